//! Masks of personal data (domain.md §0). A value too short for its mask shows less, never more.

const STARS: &str = "****";
const ID_STARS: &str = "**********";

/// 张三丰 becomes 张*: the first character and one star, whatever the length.
#[must_use]
pub fn name(name: &str) -> String {
    name.trim().chars().take(1).chain(['*']).collect()
}

/// 13812345678 becomes 138****5678.
#[must_use]
pub fn mobile(number: &str) -> String {
    ends(number, 3, 4, 11, STARS)
}

/// 18 characters become the first 4, ten stars and the last 4.
#[must_use]
pub fn id_number(number: &str) -> String {
    ends(number, 4, 4, 15, ID_STARS)
}

/// The ends around the stars, or the stars alone where the value is shorter than `length_min`.
fn ends(value: &str, head: usize, tail: usize, length_min: usize, stars: &str) -> String {
    let chars: Vec<char> = value.trim().chars().collect();
    if chars.len() < length_min {
        return stars.to_owned();
    }
    let head: String = chars[..head].iter().collect();
    let tail: String = chars[chars.len() - tail..].iter().collect();
    format!("{head}{stars}{tail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_shows_its_first_character_and_one_star() {
        assert_eq!(name("张三"), "张*");
        assert_eq!(name("欧阳明月"), "欧*");
        assert_eq!(name("阿依古丽·买买提"), "阿*");
        assert_eq!(name("𠮷田"), "𠮷*");
        assert_eq!(name("李"), "李*");
        assert_eq!(name(""), "*");
    }

    #[test]
    fn a_mobile_shows_three_and_four_digits() {
        assert_eq!(mobile("13812345678"), "138****5678");
    }

    #[test]
    fn an_id_number_shows_four_and_four() {
        assert_eq!(id_number("500112199506120027"), "5001**********0027");
        assert_eq!(id_number("11010519491231002X"), "1101**********002X");
    }

    #[test]
    fn the_shortest_value_that_is_masked_has_the_length_of_its_kind() {
        assert_eq!(mobile("13812345678"), "138****5678");
        assert_eq!(mobile("1381234567"), "****");
        assert_eq!(id_number("USA110000000001"), "USA1**********0001");
        assert_eq!(id_number("USA11000000001"), "**********");
    }

    #[test]
    fn a_short_value_shows_nothing_of_itself() {
        for short in ["", "1", "1234567", "1381234567"] {
            assert_eq!(mobile(short), "****");
        }
        for short in ["", "12345678", "E12345678"] {
            assert_eq!(id_number(short), "**********");
        }
    }
}

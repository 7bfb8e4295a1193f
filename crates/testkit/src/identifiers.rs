/// An invented ID number with a right check digit: `birth` is `yyyymmdd`; an odd `order` is 男.
pub fn id_number(birth: &str, order: u32) -> String {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let body = format!("500112{birth}{order:03}");
    let sum: u32 = body
        .bytes()
        .zip(WEIGHTS)
        .map(|(digit, weight)| u32::from(digit - b'0') * weight)
        .sum();
    let check = char::from(b"10X98765432"[(sum % 11) as usize]);
    format!("{body}{check}")
}

/// An invented 统一社会信用代码 with a right check character.
pub fn credit_code(order: u32) -> String {
    const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    let body = format!("91500112MA5{order:06}");
    let value = |c| ALPHABET.find(c).expect("the body is of the alphabet");
    let mut weight = 1;
    let mut sum = 0;
    for c in body.chars() {
        sum += value(c) * weight;
        weight = weight * 3 % 31;
    }
    let check = ALPHABET
        .chars()
        .nth((31 - sum % 31) % 31)
        .expect("below 31");
    format!("{body}{check}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use docket_domain::identifiers::{CreditCode, IdNumber};

    #[test]
    fn invented_identifiers_pass_the_checks() {
        for order in 0..100 {
            assert!(IdNumber::parse_accepted(&id_number("19910315", order)).is_ok());
            assert!(CreditCode::parse(&credit_code(order)).is_ok());
        }
    }
}

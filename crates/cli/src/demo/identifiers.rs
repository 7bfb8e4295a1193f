//! Invented identifiers with right check digits.

/// An 18-digit ID number in region 500112: `birth` is `yyyy-mm-dd`; an odd `order` is 男.
pub fn id_number(birth: &str, order: u32) -> String {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let body = format!("500112{}{:03}", birth.replace('-', ""), order % 1_000);
    let sum: u32 = body
        .bytes()
        .zip(WEIGHTS)
        .map(|(digit, weight)| u32::from(digit - b'0') * weight)
        .sum();
    let check = char::from(b"10X98765432"[(sum % 11) as usize]);
    format!("{body}{check}")
}

/// A 统一社会信用代码.
pub fn credit_code(order: usize) -> String {
    const ALPHABET: &[u8] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
    let body = format!("91500112MA6{order:06}");
    let value = |byte| {
        ALPHABET
            .iter()
            .position(|known| *known == byte)
            .expect("the body is of the alphabet")
    };
    let (mut weight, mut sum) = (1, 0);
    for byte in body.bytes() {
        sum += value(byte) * weight;
        weight = weight * 3 % 31;
    }
    format!("{body}{}", char::from(ALPHABET[(31 - sum % 31) % 31]))
}

/// A mobile number of a range nobody is given numbers of one after the other.
pub fn mobile(order: u32) -> String {
    format!("1990000{order:04}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use docket_domain::identifiers::{CreditCode, IdNumber, Mobile};

    #[test]
    fn invented_identifiers_pass_the_checks() {
        for order in 0..200 {
            assert!(IdNumber::parse_accepted(&id_number("1991-03-15", order)).is_ok());
            assert!(CreditCode::parse(&credit_code(order as usize)).is_ok());
            assert!(Mobile::parse(&mobile(order)).is_ok());
        }
    }
}

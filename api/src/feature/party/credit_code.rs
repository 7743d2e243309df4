//! Unified social credit codes (统一社会信用代码, GB 32100-2015).

use std::fmt;

use chrono::{Datelike, NaiveDate};

use crate::kernel::text::{is_unseen, narrow};

/// The characters of a code in the order of their values: no I, O, S, V or Z.
const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
const BASE: usize = 31;
const LENGTH: usize = 18;

/// A code whose check character is right.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CreditCode(String);

/// Why a text is no credit code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// Not 18 characters.
    #[error("a credit code has 18 characters, not {0}")]
    Length(usize),
    /// A character that no code has.
    #[error(
        "character {position} is {character:?}; a credit code has only digits and capitals other than I, O, S, V, Z"
    )]
    Foreign {
        /// Which, from 1.
        position: usize,
        /// What stands there.
        character: char,
    },
    /// The number of a person's identity card, which is theirs and not to be shown.
    #[error("this is the number of an identity card, not a credit code")]
    IdentityCard,
    /// No authority registers organisations under the first character.
    #[error("no authority registers under {0:?}")]
    Authority(char),
    /// That authority has no such category.
    #[error("no organisation is of category {0:?}")]
    Category(char),
    /// There is no province that the division's digits begin with.
    #[error("no division is called {0:?}")]
    Division(String),
    /// The last character does not follow from the others.
    #[error("the check character is {found}, but {expected} was expected")]
    Check {
        /// What should stand there.
        expected: char,
        /// What does.
        found: char,
    },
}

impl CreditCode {
    /// Reads a code, exactly as it is printed.
    ///
    /// # Errors
    /// Where the length, a character or the check character is wrong.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let length = text.chars().count();
        if length != LENGTH {
            return Err(Invalid::Length(length));
        }
        if let Some((place, character)) = text.chars().enumerate().find(|(_, character)| value(*character).is_none()) {
            return Err(Invalid::Foreign { position: place + 1, character });
        }
        if is_identity_card(text) {
            return Err(Invalid::IdentityCard);
        }
        let expected = text.get(..LENGTH - 1).and_then(check_character);
        match (expected, text.chars().next_back()) {
            (Some(expected), Some(found)) if expected != found => Err(Invalid::Check { expected, found }),
            _ => registered(text).map(|()| Self(text.to_owned())),
        }
    }

    /// The 18 characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CreditCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<CreditCode> for String {
    fn from(code: CreditCode) -> Self {
        code.0
    }
}

/// A code as it is kept, however it was typed: full width, in small letters, with blanks, dashes or brackets.
#[must_use]
pub fn normal(text: &str) -> String {
    let narrow = text.chars().map(narrow).filter(|letter| !is_unseen(*letter) && !"-()[]（）【】—–".contains(*letter));
    narrow.flat_map(char::to_uppercase).collect()
}

/// Authorities (登记管理部门), by the first character of what they register: GB 32100-2015, table 1.
const AUTHORITIES: &str = "123456789ANY";
/// What kinds of organisation they register (机构类别).
const CATEGORIES: &str = "123459";
/// What a division's digits begin with: a province, or 10 for what the central authorities register.
const PROVINCES: [&str; 35] = [
    "10", "11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42", "43",
    "44", "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "71", "81", "82",
];

/// Whether somebody can have registered an organisation under this code.
fn registered(code: &str) -> Result<(), Invalid> {
    let mut letters = code.chars();
    let (authority, category) = (letters.next().unwrap_or_default(), letters.next().unwrap_or_default());
    if !AUTHORITIES.contains(authority) {
        return Err(Invalid::Authority(authority));
    }
    if !CATEGORIES.contains(category) {
        return Err(Invalid::Category(category));
    }
    let division = code.get(2..8).unwrap_or_default();
    let is_known = division.bytes().all(|digit| digit.is_ascii_digit());
    if is_known && division.get(..2).is_some_and(|province| PROVINCES.contains(&province)) {
        return Ok(());
    }
    Err(Invalid::Division(division.to_owned()))
}

/// Whether this is the number of an identity card (GB 11643-1999): a day of birth stands in it, and its check digit is right.
pub(crate) fn is_identity_card(text: &str) -> bool {
    let digits: Vec<u32> = text.chars().map_while(|letter| letter.to_digit(10)).take(LENGTH - 1).collect();
    let birth = text.get(6..14).and_then(|birth| NaiveDate::parse_from_str(birth, "%Y%m%d").ok());
    if digits.len() < LENGTH - 1 || birth.is_none_or(|birth| birth.year() < 1800) {
        return false;
    }
    let sum: u32 = digits.iter().enumerate().map(|(place, digit)| digit * (1 << (LENGTH - 1 - place)) % 11).sum();
    "10X98765432".chars().nth(sum as usize % 11) == text.chars().next_back()
}

/// The check character of the first 17; none where they are not 17 characters of a code.
#[must_use]
pub fn check_character(first: &str) -> Option<char> {
    if first.chars().count() != LENGTH - 1 {
        return None;
    }
    let (mut sum, mut weight) = (0, 1);
    for character in first.chars() {
        sum += value(character)? * weight;
        weight = weight * 3 % BASE;
    }
    ALPHABET.chars().nth((BASE - sum % BASE) % BASE)
}

/// The alphabet is ASCII, so a character's place in bytes is its value.
fn value(character: char) -> Option<usize> {
    ALPHABET.find(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUBLISHED: [&str; 4] =
        ["914403001922038216", "9144030071526726XG", "91110000802100433B", "91330100799655058B"];

    #[test]
    fn published_codes_are_codes() {
        for code in PUBLISHED {
            assert_eq!(CreditCode::parse(code).map(String::from).as_deref(), Ok(code));
        }
    }

    #[test]
    fn a_wrong_character_anywhere_is_found() {
        for code in PUBLISHED {
            for (place, character) in code.char_indices() {
                for wrong in ALPHABET.chars().filter(|wrong| *wrong != character) {
                    let mut text = code.to_owned();
                    text.replace_range(place..=place, wrong.encode_utf8(&mut [0; 4]));
                    assert!(matches!(CreditCode::parse(&text), Err(Invalid::Check { .. })), "{text}");
                }
            }
        }
    }

    #[test]
    fn a_code_is_known_however_it_is_typed() {
        for typed in [
            "91350211m000100y46",
            "９１３５０２１１Ｍ０００１００Ｙ４６",
            " 9135 0211-M000100Y46\u{200b}",
            "（91350211M000100Y46）",
        ] {
            assert_eq!(normal(typed), "91350211M000100Y46");
        }
    }

    /// A code that begins so, with the check character that follows.
    fn checked(first: &str) -> String {
        format!("{first}{}", check_character(first).unwrap_or_default())
    }

    #[test]
    fn nobody_registers_what_no_authority_could() {
        let fault = |first: &str| CreditCode::parse(&checked(first)).err();
        assert_eq!(fault("00000000000000000"), Some(Invalid::Authority('0')));
        assert_eq!(fault("01440300192203821"), Some(Invalid::Authority('0')));
        assert_eq!(fault("90440300192203821"), Some(Invalid::Category('0')));
        assert_eq!(fault("91000000192203821"), Some(Invalid::Division("000000".into())));
        assert_eq!(fault("9144A300192203821"), Some(Invalid::Division("44A300".into())));
        for first in
            ["11100000000013127", "12100000400000000", "52510600MJ0000000", "N2510603MF0000000", "Y1440300192203821"]
        {
            assert_eq!(fault(first), None, "{first}");
        }
    }

    #[test]
    fn an_identity_card_is_no_credit_code() {
        for card in ["11010519491231002X", "440524188001010014"] {
            assert_eq!(CreditCode::parse(card), Err(Invalid::IdentityCard), "{card}");
        }
        // Another last digit, or no such day: a code with a slip in it.
        for slip in ["110105194912310021", "11010519491331002X"] {
            assert!(CreditCode::parse(slip).is_err_and(|fault| fault != Invalid::IdentityCard), "{slip}");
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        let fault = |text: &str| CreditCode::parse(text).err().map(|fault| fault.to_string()).unwrap_or_default();
        assert_eq!(fault("91440300192203821"), "a credit code has 18 characters, not 17");
        assert_eq!(
            fault("91440300I922038216"),
            "character 9 is 'I'; a credit code has only digits and capitals other than I, O, S, V, Z"
        );
        assert_eq!(CreditCode::parse("91440300192203821六"), Err(Invalid::Foreign { position: 18, character: '六' }));
        assert_eq!(fault("914403001922038210"), "the check character is 0, but 6 was expected");
        assert_eq!(check_character("9144030019220382"), None);
        assert_eq!(check_character("91440300192203821"), Some('6'));
    }
}

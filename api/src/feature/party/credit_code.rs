//! Unified social credit codes (统一社会信用代码, GB 32100-2015).

use std::fmt;

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
        let expected = text.get(..LENGTH - 1).and_then(check_character);
        match (expected, text.chars().next_back()) {
            (Some(expected), Some(found)) if expected != found => Err(Invalid::Check { expected, found }),
            _ => Ok(Self(text.to_owned())),
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

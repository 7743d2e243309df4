//! Telephone numbers as they are kept: one spelling of each, however it was typed or pasted.

use crate::kernel::text::{is_unseen, narrow};

/// The longest extension (分机), in digits.
const LONGEST_EXTENSION: usize = 6;

/// The one spelling of a number: `13812345678`, `0838-2201234`, `0838-2201234转801`, `4008001234`, `+85221234567`. None where it is no
/// number that can be called from here, such as a mobile number that lacks a digit.
///
/// Numbers of the mainland lose their country code (+86, 0086). Full-width signs, spaces, dashes, dots, brackets and the marks that
/// come along when a number is copied from a chat do not count.
#[must_use]
pub fn canonical(text: &str) -> Option<String> {
    let text: String = text.chars().map(narrow).filter(|letter| !is_between(*letter)).collect();
    let (number, extension) = parted(&text)?;
    let digits = number.strip_prefix('+').unwrap_or(number);
    if digits.is_empty() || !digits.bytes().all(|letter| letter.is_ascii_digit()) {
        return None;
    }
    let number = if number.starts_with('+') { abroad(digits) } else { at_home(digits) }?;
    match extension {
        // Nobody puts a call through to a mobile telephone, to a number abroad, or to 110.
        Some(extension) => has_extensions(&number).then(|| format!("{number}转{extension}")),
        None => Some(number),
    }
}

/// A number and its extension: 转801, 分机801, ext. 801, x801, #801.
fn parted(text: &str) -> Option<(&str, Option<&str>)> {
    let lower = text.to_ascii_lowercase();
    let words = ["转分机", "转接", "分机", "转", "轉", "extension", "ext", "x", "#"];
    let found = words.iter().filter_map(|word| lower.find(word).map(|at| (at, word.len())));
    let Some((at, length)) = found.min_by_key(|(at, length)| (*at, std::cmp::Reverse(*length))) else {
        return Some((text, None));
    };
    let (number, extension) = (text.get(..at)?, text.get(at + length..)?);
    let is_one =
        (1..=LONGEST_EXTENSION).contains(&extension.len()) && extension.bytes().all(|one| one.is_ascii_digit());
    is_one.then_some((number, Some(extension)))
}

/// A number as it is dialled abroad: the country's code first.
fn abroad(digits: &str) -> Option<String> {
    match digits.strip_prefix("86") {
        Some(rest) => mainland(rest),
        None => (7..=15).contains(&digits.len()).then(|| format!("+{digits}")),
    }
}

/// A number as it is dialled here.
fn at_home(digits: &str) -> Option<String> {
    if let Some(rest) = digits.strip_prefix("00") {
        return abroad(rest);
    }
    let mobile = digits.strip_prefix("86").filter(|rest| is_mobile(rest));
    mobile.map(str::to_owned).or_else(|| mainland(digits))
}

/// A number of the mainland, with or without the zero before its area's code.
fn mainland(digits: &str) -> Option<String> {
    if is_mobile(digits) || is_service(digits) || is_short(digits) || is_local(digits) {
        return Some(digits.to_owned());
    }
    let digits = digits.strip_prefix('0').unwrap_or(digits);
    // Beijing is 10, nine great cities are 20 to 29, all others have three digits.
    let length = if digits.starts_with("10") || digits.starts_with('2') { 2 } else { 3 };
    let (area, rest) = digits.split_at_checked(length)?;
    (is_local(rest) && !area.starts_with('0')).then(|| format!("0{area}-{rest}"))
}

fn is_mobile(digits: &str) -> bool {
    digits.len() == 11 && digits.starts_with('1') && digits.as_bytes().get(1).is_some_and(|second| *second >= b'3')
}

/// 400 and 800: paid by the one who is called.
fn is_service(digits: &str) -> bool {
    digits.len() == 10 && (digits.starts_with("400") || digits.starts_with("800"))
}

/// 110, 12345, 95598, 962121.
fn is_short(digits: &str) -> bool {
    (3..=6).contains(&digits.len()) && (digits.starts_with('1') || digits.starts_with('9'))
}

/// A landline without its area's code.
fn is_local(digits: &str) -> bool {
    (7..=8).contains(&digits.len()) && digits.as_bytes().first().is_some_and(|first| (b'2'..=b'9').contains(first))
}

/// Whether these digits are most likely somebody's own number: a mobile, or a landline with its area's code.
#[must_use]
pub(crate) fn is_persons(digits: &str) -> bool {
    let digits = digits.strip_prefix("86").filter(|rest| rest.len() == 11).unwrap_or(digits);
    is_mobile(digits) && digits.bytes().all(|digit| digit.is_ascii_digit())
        || digits.starts_with('0') && canonical(digits).is_some_and(|number| number.contains('-'))
}

fn has_extensions(number: &str) -> bool {
    number.contains('-') || is_service(number) || is_local(number)
}

/// What stands between digits.
fn is_between(letter: char) -> bool {
    is_unseen(letter)
        || matches!(letter, '-' | '.' | '·' | '(' | ')' | '/' | ':' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn kept(as_typed: &str, as_kept: &str) {
        assert_eq!(canonical(as_typed).as_deref(), Some(as_kept), "{as_typed:?}");
    }

    #[test]
    fn one_number_has_one_spelling() {
        for typed in [
            "13812345678",
            "138 1234 5678",
            "138-1234-5678",
            "+86 138 1234 5678",
            "+8613812345678",
            "0086 13812345678",
            "8613812345678",
            "１３８１２３４５６７８",
            "（＋８６）１３８—１２３４—５６７８",
            "\u{202d}13812345678\u{202c}",
            "138\u{200b}12345678\u{feff}",
            " 138.1234.5678 ",
        ] {
            kept(typed, "13812345678");
        }
        for typed in
            ["0838-2201234", "08382201234", "(0838) 2201234", "+86 838 2201234", "0086-838-2201234", "0838—2201234"]
        {
            kept(typed, "0838-2201234");
        }
        for typed in [
            "0838-2201234转801",
            "0838-2201234 ext. 801",
            "08382201234x801",
            "0838-2201234#801",
            "0838-2201234轉801",
            "0838-2201234 分机 801",
            "0838-2201234转分机801",
        ] {
            kept(typed, "0838-2201234转801");
        }
    }

    #[test]
    fn numbers_of_all_kinds_are_taken() {
        kept("010 6552 9988", "010-65529988");
        kept("+86 10 65529988", "010-65529988");
        kept("021-61234567", "021-61234567");
        kept("2201234", "2201234");
        kept("400-800-1234", "4008001234");
        kept("400-800-1234转2", "4008001234转2");
        kept("110", "110");
        kept("12345", "12345");
        kept("+852 2123 4567", "+85221234567");
        kept("00852 2123 4567", "+85221234567");
    }

    #[test]
    fn what_cannot_be_called_is_no_number() {
        for wrong in [
            "",
            " ",
            "1381234567",
            "138123456789",
            "12812345678",
            "0838-22012",
            "0838-22012345678",
            "电话",
            "138123456七八",
            "0838-2201234转",
            "0838-2201234转8010101",
            "13812345678转1",
            "510603199001011234",
            "+86",
            "++8613812345678",
            "1",
        ] {
            assert_eq!(canonical(wrong), None, "{wrong:?}");
        }
    }
}

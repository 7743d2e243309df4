//! Texts that people wrote: masking what is personal (个人信息保护法), and what a text field takes.

use super::refusal::{Refusal, message};

/// A person's name as others see it: 王**.
#[must_use]
pub fn masked_name(name: &str) -> String {
    name.chars().next().map_or_else(String::new, |first| format!("{first}**"))
}

/// A phone number as others see it: 138****5678. A short one keeps its last two digits.
#[must_use]
pub fn masked_phone(phone: &str) -> String {
    let digits: Vec<char> = phone.chars().collect();
    let (front, back) = if digits.len() >= 8 { (3, 4) } else { (0, 2.min(digits.len())) };
    let front: String = digits.iter().take(front).collect();
    let back: String = digits.iter().skip(digits.len().saturating_sub(back)).collect();
    format!("{front}****{back}")
}

/// A full-width sign as the narrow one that it stands for: numbers and codes are typed either way.
#[must_use]
pub fn narrow(letter: char) -> char {
    match letter {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(letter) - 0xfee0).unwrap_or(letter),
        letter => letter,
    }
}

/// Blanks, and the marks that are copied along with a number and are not seen.
#[must_use]
pub fn is_unseen(letter: char) -> bool {
    letter.is_whitespace()
        || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{ad}')
}

/// A text that may be left out: trimmed, none where nothing is left of it.
///
/// # Errors
/// `INVALID` at `field` where it is longer than `longest` characters, or holds what no database keeps.
pub fn optional(field: &str, text: Option<String>, longest: usize) -> Result<Option<String>, Refusal> {
    let Some(text) = text else { return Ok(None) };
    let text = text.trim();
    let length = text.chars().count();
    if length > longest {
        let message =
            message!("at most {longest} characters; it has {length}", "最多 {longest} 个字符，现有 {length} 个");
        return Err(Refusal::invalid(field, message));
    }
    if text.contains('\0') {
        return Err(Refusal::invalid(field, message!("it holds a NUL character", "含有不允许的空字符")));
    }
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

/// A text that must be there.
///
/// # Errors
/// As `optional`, and where nothing is left of it.
pub fn required(field: &str, text: String, longest: usize) -> Result<String, Refusal> {
    optional(field, Some(text), longest)?
        .ok_or_else(|| Refusal::invalid(field, message!("it may not be empty", "不能为空")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn persons_are_masked() {
        assert_eq!(masked_name("王小明"), "王**");
        assert_eq!(masked_name(""), "");
        assert_eq!(masked_phone("13812345678"), "138****5678");
        assert_eq!(masked_phone("0838-2201234"), "083****1234");
        assert_eq!(masked_phone("110"), "****10");
    }
}

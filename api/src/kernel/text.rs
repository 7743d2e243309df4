//! Texts that people wrote: masking what is personal (个人信息保护法), and what a text field takes.

use unicode_properties::UnicodeGeneralCategory;

use super::refusal::{Refusal, UserErrorCode, message};

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

/// Blanks, and whatever else takes no ink: the marks that are copied along with a number, and letters that only fill a place.
#[must_use]
pub fn is_unseen(letter: char) -> bool {
    let takes_no_ink = matches!(
        letter,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{e0000}'..='\u{e0fff}'
    );
    takes_no_ink || letter.is_whitespace() || letter.is_control()
}

/// A code of letters and digits as it is kept, however it was typed or pasted: narrow, with nothing between its signs.
#[must_use]
pub fn code(text: &str) -> String {
    text.chars().map(narrow).filter(|letter| !is_unseen(*letter)).collect()
}

/// Whether a text shows anything: a letter, a digit, a sign, one of a private use. Marks that sit on others do not show alone.
#[must_use]
pub fn is_seen(text: &str) -> bool {
    text.chars().any(|letter| {
        !is_unseen(letter) && letter.general_category_group() != unicode_properties::GeneralCategoryGroup::Mark
    })
}

/// A text of one line that may be left out: without the blanks around it, none where nothing that shows is left of it.
///
/// Whatever can be seen stays as it was written: rare and private characters, and emoji that are joined from several.
///
/// # Errors
/// `INVALID` at `field` where it is longer than `longest` characters, or has in it what no such text has: a line break, a control
/// character, or what turns the order of the letters after it.
pub fn optional(field: &str, text: Option<String>, longest: usize) -> Result<Option<String>, Refusal> {
    checked(field, text, longest, |letter| {
        letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}') || turns_the_order(letter)
    })
}

/// A text that may be left out and may have several lines: as `optional`, with line breaks and tabs.
///
/// # Errors
/// As `optional`.
pub fn optional_lines(field: &str, text: Option<String>, longest: usize) -> Result<Option<String>, Refusal> {
    let text = text.map(|text| text.replace("\r\n", "\n").replace('\r', "\n"));
    checked(field, text, longest, |letter| {
        (letter.is_control() && !matches!(letter, '\n' | '\t')) || turns_the_order(letter)
    })
}

/// How long a reason may be, in characters.
const LONGEST_REASON: usize = 2_000;

/// Why something is done that is not done without saying why: the field `reason`, as it is kept.
///
/// # Errors
/// `REASON_REQUIRED` where nothing is said, `INVALID` as `optional_lines`.
pub fn reason(given: &str) -> Result<String, Refusal> {
    let missing = || Refusal::new(UserErrorCode::ReasonRequired, message!("say why", "请说明理由")).at("reason");
    optional_lines("reason", Some(given.to_owned()), LONGEST_REASON)?.ok_or_else(missing)
}

/// A text of one line that must be there.
///
/// # Errors
/// As `optional`, and where nothing that shows is left of it.
pub fn required(field: &str, text: String, longest: usize) -> Result<String, Refusal> {
    optional(field, Some(text), longest)?
        .ok_or_else(|| Refusal::invalid(field, message!("it may not be empty", "不能为空")))
}

/// What makes the letters after it run the other way: a name with it reads as another name.
const fn turns_the_order(letter: char) -> bool {
    matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn checked(
    field: &str,
    text: Option<String>,
    longest: usize,
    is_refused: impl Fn(char) -> bool,
) -> Result<Option<String>, Refusal> {
    let Some(text) = text else { return Ok(None) };
    let text = text.trim_matches(|letter: char| letter.is_whitespace() || matches!(letter, '\u{200b}' | '\u{feff}'));
    let length = text.chars().count();
    if length > longest {
        let message =
            message!("at most {longest} characters; it has {length}", "最多 {longest} 个字符，现有 {length} 个");
        return Err(Refusal::invalid(field, message));
    }
    if let Some((place, letter)) = text.chars().enumerate().find(|(_, letter)| is_refused(*letter)) {
        let (place, letter) = (place + 1, u32::from(letter));
        let message = message!(
            "character {place} (U+{letter:04X}) may not stand here: no line breaks, control characters or marks of direction",
            "第 {place} 个字符（U+{letter:04X}）不允许：不能含换行、控制字符或方向控制符"
        );
        return Err(Refusal::invalid(field, message));
    }
    Ok(is_seen(text).then(|| text.to_owned()))
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

    fn line(text: &str) -> Result<Option<String>, Vec<String>> {
        optional("title", Some(text.to_owned()), 20).map_err(|refusal| refusal.path)
    }

    #[test]
    fn whatever_can_be_seen_stays_as_it_was_written() {
        for text in
            ["𠮷野家", "王\u{e000}", "👩‍👩‍👧 家庭日", "☆", "龘", "é", "e\u{301}", "️❤️", "〇", "①", "🏴\u{e0067}\u{e007f}"]
        {
            assert_eq!(line(text), Ok(Some(text.to_owned())), "{text:?}");
        }
        assert_eq!(line(" \u{feff}路灯\u{3000}\n"), Ok(Some("路灯".to_owned())));
    }

    #[test]
    fn what_shows_nothing_is_no_text() {
        for text in ["", " ", "\u{200b}", "\u{3164}", "\u{2800}\u{115f}", "\u{200d}\u{fe0f}", "\u{301}", "\u{e0020}"] {
            assert_eq!(line(text), Ok(None), "{text:?}");
            assert!(required("title", text.to_owned(), 20).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_line_is_one_line_and_reads_in_its_order() {
        for text in [
            "路灯\n长椅",
            "路\0灯",
            "路\u{7}灯",
            "\u{202e}灯路",
            "路\u{2066}灯",
            "路\u{2028}灯",
            "路\t灯",
            "路\u{85}灯",
        ] {
            assert_eq!(line(text), Err(vec!["title".to_owned()]), "{text:?}");
        }
        let lines = |text: &str| optional_lines("note", Some(text.to_owned()), 20).ok().flatten();
        assert_eq!(lines("一\r\n二\r三\t四").as_deref(), Some("一\n二\n三\t四"));
        assert_eq!(lines("一\u{202e}二"), None);
        assert_eq!(lines("一\0二"), None);
    }
}

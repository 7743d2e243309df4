//! The words of a document, one after the other, as the grammar of September 2025 has them.

use crate::kernel::error::Error;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Name,
    Number,
    /// A text between quotes.
    Text,
    /// A text between three quotes either side.
    Block,
    Punctuator,
}

/// A token, and where it begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'t> {
    pub kind: Kind,
    pub text: &'t str,
    pub start: usize,
}

impl Token<'_> {
    pub(super) const fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

/// What is no GraphQL, and where.
#[derive(Debug)]
pub(super) struct Fault {
    at: usize,
    reason: String,
}

impl Fault {
    pub(super) fn new(at: usize, reason: impl Into<String>) -> Self {
        Self { at, reason: reason.into() }
    }

    /// As a caller is told.
    pub(super) fn of(self, document: &str) -> Error {
        let before = document.get(..self.at).unwrap_or(document);
        let lines = before.replace("\r\n", "\n");
        let mut lines = lines.rsplit(['\n', '\r']);
        let column = lines.next().unwrap_or_default().chars().count() + 1;
        let line = lines.count() + 1;
        Error::BadRequest(format!("line {line}, column {column}: {}", self.reason))
    }
}

/// Reads a document token by token.
#[derive(Debug)]
pub(super) struct Lexer<'t> {
    document: &'t str,
    at: usize,
}

impl<'t> Lexer<'t> {
    pub(super) const fn new(document: &'t str) -> Self {
        Self { document, at: 0 }
    }

    /// The next token; none at the end.
    pub(super) fn next(&mut self) -> Result<Option<Token<'t>>, Fault> {
        self.skip_ignored();
        let rest = self.rest();
        let Some(first) = rest.bytes().next() else { return Ok(None) };
        let start = self.at;
        let (kind, length) = match first {
            b'"' if rest.starts_with(QUOTES) => (Kind::Block, block_length(rest)),
            b'"' => (Kind::Text, text_length(rest).map_err(|(at, reason)| Fault::new(start + at, reason))?),
            b'-' | b'0'..=b'9' => {
                (Kind::Number, Some(number_length(rest).map_err(|at| Fault::new(start + at, "this is no number"))?))
            }
            b'_' | b'a'..=b'z' | b'A'..=b'Z' => (Kind::Name, Some(run(rest, is_word))),
            b'.' if rest.starts_with("...") => (Kind::Punctuator, Some(3)),
            b'!' | b'$' | b'&' | b'(' | b')' | b':' | b'=' | b'@' | b'[' | b']' | b'{' | b'|' | b'}' => {
                (Kind::Punctuator, Some(1))
            }
            _ => {
                let character = rest.chars().next().unwrap_or_default();
                return Err(Fault::new(start, format!("unexpected character {}", character.escape_debug())));
            }
        };
        let text = length.and_then(|length| rest.get(..length));
        let text = text.ok_or_else(|| Fault::new(start, "the text never ends"))?;
        self.at += text.len();
        Ok(Some(Token { kind, text, start }))
    }

    fn rest(&self) -> &'t str {
        self.document.get(self.at..).unwrap_or_default()
    }

    /// White space, commas, marks of byte order and comments.
    fn skip_ignored(&mut self) {
        loop {
            let rest = self.rest();
            self.at += match rest.bytes().next() {
                Some(b' ' | b'\t' | b'\n' | b'\r' | b',') => 1,
                Some(b'#') => rest.find(['\n', '\r']).unwrap_or(rest.len()),
                _ if rest.starts_with('\u{feff}') => '\u{feff}'.len_utf8(),
                _ => return,
            };
        }
    }
}

const QUOTES: &str = "\"\"\"";

const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

const fn is_digit(byte: u8) -> bool {
    byte.is_ascii_digit()
}

/// How many bytes from the start on are so.
fn run(text: &str, is: impl Fn(u8) -> bool) -> usize {
    text.bytes().position(|byte| !is(byte)).unwrap_or(text.len())
}

/// How long the number at the start is; or where it stops to be one.
fn number_length(text: &str) -> Result<usize, usize> {
    let after = |at: usize| text.get(at..).unwrap_or_default();
    let digits = |at: usize| match run(after(at), is_digit) {
        0 => Err(at),
        count => Ok(at + count),
    };
    let mut at = usize::from(text.starts_with('-'));
    let starts_with_zero = after(at).starts_with('0');
    at = if starts_with_zero { at + 1 } else { digits(at)? };
    if after(at).starts_with('.') {
        at = digits(at + 1)?;
    }
    if after(at).starts_with(['e', 'E']) {
        at += 1 + usize::from(after(at + 1).starts_with(['+', '-']));
        at = digits(at)?;
    }
    // A zero in front, a second point and a word right behind are no numbers.
    match after(at).bytes().next() {
        Some(next) if is_word(next) || next == b'.' => Err(at),
        _ => Ok(at),
    }
}

/// How long the text at the start is, quotes included; none where it never ends; or where it is none.
fn text_length(text: &str) -> Result<Option<usize>, (usize, &'static str)> {
    let mut at = 1;
    while let Some(next) = text.as_bytes().get(at) {
        match next {
            b'"' => return Ok(Some(at + 1)),
            b'\n' | b'\r' => return Ok(None),
            b'\\' => {
                let escape = Escape::read(text.get(at..).unwrap_or_default()).map_err(|reason| (at, reason))?;
                at += escape.length;
            }
            _ => at += 1,
        }
    }
    Ok(None)
}

fn block_length(text: &str) -> Option<usize> {
    let mut at = QUOTES.len();
    loop {
        let end = at + text.get(at..)?.find(QUOTES)?;
        at = end + QUOTES.len();
        if !text.get(..end).is_some_and(|before| before.ends_with('\\')) {
            return Some(at);
        }
    }
}

/// A character that a text spells with a backslash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Escape {
    pub length: usize,
    pub character: char,
    /// Whether the parser reads it as well: it knows no braces and no pairs of surrogates.
    pub is_plain: bool,
}

impl Escape {
    /// The escape at the start of a text, or why it is none.
    pub(super) fn read(text: &str) -> Result<Self, &'static str> {
        let plain = |character| Ok(Self { length: 2, character, is_plain: true });
        match text.as_bytes().get(1) {
            Some(b'"') => plain('"'),
            Some(b'\\') => plain('\\'),
            Some(b'/') => plain('/'),
            Some(b'b') => plain('\u{8}'),
            Some(b'f') => plain('\u{c}'),
            Some(b'n') => plain('\n'),
            Some(b'r') => plain('\r'),
            Some(b't') => plain('\t'),
            Some(b'u') => Self::of_code(text.get(2..).unwrap_or_default()).ok_or("this stands for no character"),
            _ => Err("no such escape"),
        }
    }

    /// What follows `\u`: digits in braces, four digits, or two times four that are a pair of surrogates.
    fn of_code(text: &str) -> Option<Self> {
        if let Some(braced) = text.strip_prefix('{') {
            let digits = braced.split_once('}')?.0;
            let code = hexadecimal(digits).filter(|_| digits.len() <= LONGEST_CODE)?;
            return Some(Self { length: digits.len() + 4, character: char::from_u32(code)?, is_plain: false });
        }
        let code = hexadecimal(text.get(..4)?)?;
        if let Some(character) = char::from_u32(code) {
            return Some(Self { length: 6, character, is_plain: true });
        }
        let second = hexadecimal(text.get(4..)?.strip_prefix("\\u")?.get(..4)?)?;
        let is_pair = (0xd800..0xdc00).contains(&code) && (0xdc00..0xe000).contains(&second);
        let code = is_pair.then(|| 0x1_0000 + ((code - 0xd800) << 10) + (second - 0xdc00))?;
        Some(Self { length: 12, character: char::from_u32(code)?, is_plain: false })
    }
}

/// How many digits there are between braces at most, leading zeros and all, as the reference implementation has it.
const LONGEST_CODE: usize = 8;

/// A number in hexadecimal digits alone: `from_str_radix` takes a sign, too.
fn hexadecimal(digits: &str) -> Option<u32> {
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_number.then(|| u32::from_str_radix(digits, 16).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(document: &str) -> Result<Vec<&str>, String> {
        let mut lexer = Lexer::new(document);
        let mut tokens = Vec::new();
        while let Some(token) = lexer.next().map_err(|fault| fault.of(document).to_string())? {
            tokens.push(token.text);
        }
        Ok(tokens)
    }

    fn refusal(document: &str) -> String {
        read(document).unwrap_err()
    }

    #[test]
    fn what_is_between_the_words_is_skipped() {
        assert_eq!(read("\u{feff}{a,,b...\u{feff}c # ?\r\n} #"), Ok(vec!["{", "a", "b", "...", "c", "}"]));
        assert_eq!(refusal("{ a\r\n\r\n  ü }"), "line 3, column 3: unexpected character ü");
        assert_eq!(refusal("{ a .. b }"), "line 1, column 5: unexpected character .");
        assert_eq!(refusal("\u{a0}{ a }"), "line 1, column 1: unexpected character \\u{a0}");
    }

    #[test]
    fn a_number_has_one_form() {
        for number in ["0", "-0", "7", "-70", "0.0", "-0.5", "1e9", "1E+9", "1.5e-3"] {
            assert_eq!(read(number), Ok(vec![number]));
        }
        for wrong in
            ["01", "-01", "00", "1.", "1.e1", "1e", "1e+", "-", "-a", "1a", "0x1", "1_000", "1.0.0", "1.5e3.2", "1..2"]
        {
            assert!(refusal(wrong).ends_with("this is no number"), "{wrong}");
        }
        assert!(refusal(".5").ends_with("unexpected character ."));
        assert!(refusal("+1").ends_with("unexpected character +"));
    }

    #[test]
    fn a_text_ends_on_its_line_and_spells_characters() {
        for text in [
            r#""""#,
            r#""\"\\\/\b\f\n\r\t""#,
            r#""\u0041\u{41}\u{00000041}\u{10FFFF}""#,
            r#""\uD83D\uDE00""#,
            "\"\u{7}#\"",
        ] {
            assert_eq!(read(text), Ok(vec![text]));
        }
        for never in ["\"", "\"a\n\"", "\"a\r\"", "\"\\\"", "\"\"\"a\"\"", "\"\"\"\\\"\"\""] {
            assert!(refusal(never).ends_with("the text never ends"), "{never}");
        }
        let wrong = [
            r#""\u{}""#,
            r#""\u{110000}""#,
            r#""\u{D83D}""#,
            r#""\u{+41}""#,
            r#""\u{41""#,
            r#""\u00""#,
            r#""\u+041""#,
            r#""\uD83D""#,
            r#""\uDE00""#,
            r#""\uD83D\u0041""#,
            r#""\uDE00\uD83D""#,
            r#""\uD83D\u{DE00}""#,
            r#""\u{FFFFFFFFF}""#,
            r#""\u{000000041}""#,
        ];
        for text in wrong {
            assert_eq!(refusal(text), "line 1, column 2: this stands for no character", "{text}");
        }
        assert_eq!(refusal(r#""ab\x""#), "line 1, column 4: no such escape");
    }
}

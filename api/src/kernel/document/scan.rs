//! One look at a document's text, before the parser: it recurses, and a few kilobytes of brackets overflow its stack.

use crate::kernel::error::{Error, Result};

/// Bytes of a document; the standard introspection query has 2,000 to 3,000.
const MOST_BYTES: usize = 16 * 1024;
/// Names, numbers, texts and punctuators.
const MOST_TOKENS: usize = 5_000;
/// Brackets within brackets.
const MOST_DEPTH: usize = 40;

/// Refuses a document that is too long, has too many tokens, or nests its brackets too deeply.
pub(super) fn check(text: &str) -> Result<()> {
    limit("bytes", text.len(), MOST_BYTES)?;
    let (mut tokens, mut depth) = (0, 0_usize);
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '#' => rest.find(['\n', '\r']).unwrap_or(rest.len()),
            '"' => {
                tokens += 1;
                text_length(rest)
            }
            '(' | '[' | '{' => {
                tokens += 1;
                depth += 1;
                limit("levels of brackets", depth, MOST_DEPTH)?;
                1
            }
            ')' | ']' | '}' => {
                tokens += 1;
                depth = depth.saturating_sub(1);
                1
            }
            _ if is_word(first) => {
                tokens += 1;
                rest.find(|character| !is_word(character)).unwrap_or(rest.len())
            }
            _ => {
                tokens += usize::from(first.is_ascii_punctuation() && first != ',');
                first.len_utf8()
            }
        };
        limit("tokens", tokens, MOST_TOKENS)?;
        rest = rest.get(length..).unwrap_or_default();
    }
    Ok(())
}

fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

/// How long the text at the start of `rest` is, quotes included; all that is left, where it never ends.
fn text_length(rest: &str) -> usize {
    if let Some(block) = rest.strip_prefix("\"\"\"") {
        let mut from = 0;
        while let Some(end) = block.get(from..).and_then(|block| block.find("\"\"\"")) {
            let end = from + end;
            if !block.get(..end).is_some_and(|before| before.ends_with('\\')) {
                return end + 6;
            }
            from = end + 3;
        }
        return rest.len();
    }
    let mut escaped = false;
    for (place, character) in rest.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' | '\n' | '\r' => return place + 1,
            _ => {}
        }
    }
    rest.len()
}

fn limit(what: &str, found: usize, most: usize) -> Result<()> {
    if found <= most {
        return Ok(());
    }
    Err(Error::LimitExceeded(format!("the document has {found} {what}, or more; at most {most}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> Option<String> {
        check(text).err().map(|error| error.to_string())
    }

    #[test]
    fn brackets_count_where_they_are_brackets() {
        let nested = |depth: usize| format!("{{ a(b: {}{}) }}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(refusal(&nested(38)), None);
        assert_eq!(
            refusal(&nested(39)).as_deref(),
            Some("the document has 41 levels of brackets, or more; at most 40")
        );
        let brackets = "[".repeat(100);
        assert_eq!(refusal(&format!("{{ a(b: \"\\\"{brackets}\") }} # {brackets}")), None);
        assert_eq!(refusal(&format!("{{ a(b: \"\"\" \\\"\"\" {brackets} \"\"\") }}")), None);
        assert!(refusal(&format!("{{ a(b: \"\"\" \"\"\" {brackets}) }}")).is_some());
    }

    #[test]
    fn a_long_document_is_refused_before_it_is_read() {
        assert_eq!(refusal(&"a ".repeat(5_000)), None);
        assert_eq!(
            refusal(&"a ".repeat(5_001)).as_deref(),
            Some("the document has 5001 tokens, or more; at most 5000")
        );
        assert_eq!(refusal(&" ".repeat(16_384)), None);
        assert_eq!(
            refusal(&" ".repeat(16_385)).as_deref(),
            Some("the document has 16385 bytes, or more; at most 16384")
        );
        assert_eq!(refusal("\"never ends"), None);
    }
}

//! One look at a document's text, before the parser: it recurses, and a few kilobytes of brackets overflow its stack.

use super::limits::{Limit, Limits};
use crate::kernel::error::{Error, Result};

/// Refuses a document that is too long, has too many tokens, nests its brackets too deeply, or names a field of an object twice.
pub(super) fn check(text: &str, limits: &Limits) -> Result<()> {
    limits.check(Limit::Bytes, text.len())?;
    let (mut tokens, mut brackets) = (0_u64, Brackets::default());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '#' => rest.find(['\n', '\r']).unwrap_or(rest.len()),
            '"' => text_length(rest),
            _ if is_word(first) => rest.find(|character| !is_word(character)).unwrap_or(rest.len()),
            _ => first.len_utf8(),
        };
        let (token, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
        rest = after;
        tokens += u64::from(is_word(first) || (first.is_ascii_punctuation() && first != ',' && first != '#'));
        limits.check(Limit::Tokens, tokens)?;
        brackets.take(token)?;
        limits.check(Limit::Brackets, brackets.open.len())?;
    }
    Ok(())
}

fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

/// The brackets that are open, and what was named in those that hold an object: the parser keeps the last of two fields with one
/// name, the specification allows none (§5.6.3).
#[derive(Default)]
struct Brackets<'t> {
    open: Vec<Open<'t>>,
    last: &'t str,
}

enum Open<'t> {
    Selection,
    Arguments,
    List,
    Object(Vec<&'t str>),
}

impl<'t> Brackets<'t> {
    fn take(&mut self, token: &'t str) -> Result<()> {
        match token {
            "{" if matches!(self.open.last(), None | Some(Open::Selection)) => self.open.push(Open::Selection),
            "{" => self.open.push(Open::Object(Vec::new())),
            "(" => self.open.push(Open::Arguments),
            "[" => self.open.push(Open::List),
            ")" | "]" | "}" => drop(self.open.pop()),
            ":" => {
                if let Some(Open::Object(names)) = self.open.last_mut() {
                    if names.contains(&self.last) {
                        return Err(Error::BadRequest(format!("an object has the field {} twice", self.last)));
                    }
                    names.push(self.last);
                }
            }
            _ => {}
        }
        if token.starts_with(is_word) {
            self.last = token;
        }
        Ok(())
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Budget;

    fn refusal(text: &str) -> Option<String> {
        check(text, &Limits::new(Budget::default())).err().map(|error| error.to_string())
    }

    #[test]
    fn brackets_count_where_they_are_brackets() {
        let nested = |depth: usize| format!("{{ a(b: {}{}) }}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(refusal(&nested(38)), None);
        assert_eq!(refusal(&nested(39)).as_deref(), Some("brackets within brackets: 41; at most 40"));
        let brackets = "[".repeat(100);
        assert_eq!(refusal(&format!("{{ a(b: \"\\\"{brackets}\") }} # {brackets}")), None);
        assert_eq!(refusal(&format!("{{ a(b: \"\"\" \\\"\"\" {brackets} \"\"\") }}")), None);
        assert!(refusal(&format!("{{ a(b: \"\"\" \"\"\" {brackets}) }}")).is_some());
    }

    #[test]
    fn a_field_named_twice_is_refused_in_an_object_alone() {
        assert_eq!(refusal("{ a: x(b: {c: 1, d: [{c: 1}, {c: 1}]}) a: x(b: {c: 1}) }"), None);
        assert_eq!(refusal("{ x(b: {c: 1, c: 2}) }").as_deref(), Some("an object has the field c twice"));
        assert_eq!(refusal("query($v: I = {c: 1, c: 2}) { x }").as_deref(), Some("an object has the field c twice"));
    }

    #[test]
    fn a_long_document_is_refused_before_it_is_read() {
        assert_eq!(refusal(&"a ".repeat(5_000)), None);
        assert_eq!(refusal(&"a ".repeat(5_001)).as_deref(), Some("tokens of the document: 5001; at most 5000"));
        assert_eq!(refusal(&" ".repeat(16_384)), None);
        assert_eq!(refusal(&" ".repeat(16_385)).as_deref(), Some("bytes of the document: 16385; at most 16384"));
        assert_eq!(refusal("\"never ends"), None);
    }
}

//! Texts of a document in the spelling that the library's parser knows, as long as they were.

use super::lex::Escape;

/// As many characters of white space, on as many lines.
pub(super) fn blank(text: &str) -> String {
    text.chars().map(|character| if matches!(character, '\n' | '\r') { character } else { ' ' }).collect()
}

/// A text whose escapes are those that the parser knows, and as long.
pub(super) fn respelled(text: &str) -> String {
    let (mut out, mut rest, mut room) = (String::with_capacity(text.len()), text, 0);
    while let Some((plain, from)) = rest.find('\\').and_then(|at| rest.split_at_checked(at)) {
        out.push_str(plain);
        let Ok(escape) = Escape::read(from) else { break };
        let (written, after) = from.split_at_checked(escape.length).unwrap_or((from, ""));
        if escape.is_plain {
            out.push_str(written);
        } else {
            room += written.len() - push_quoted(&mut out, escape.character);
        }
        rest = after;
    }
    out.push_str(rest);
    out.extend(std::iter::repeat_n(' ', room));
    out
}

/// Adds a character as it stands between quotes, and answers with how many it takes there.
fn push_quoted(out: &mut String, character: char) -> usize {
    let escaped = match character {
        '"' => "\\\"",
        '\\' => "\\\\",
        '\n' => "\\n",
        '\r' => "\\r",
        _ => {
            out.push(character);
            return 1;
        }
    };
    out.push_str(escaped);
    escaped.len()
}

/// A block of text as a text between quotes, and then as many lines and columns as the block took.
pub(super) fn unblocked(block: &str) -> String {
    let inside = block.get(3..block.len().saturating_sub(3)).unwrap_or_default();
    let inside = inside.replace("\\\"\"\"", "\"\"\"").replace("\r\n", "\n").replace('\r', "\n");
    let lines: Vec<&str> = inside.split('\n').collect();
    let indent_of = |line: &&str| line.find(|character| !matches!(character, ' ' | '\t'));
    let indent = lines.iter().skip(1).filter_map(indent_of).min().unwrap_or(0);
    let is_said = |line: &&str| indent_of(line).is_some();
    let (first, last) = (lines.iter().position(is_said), lines.iter().rposition(is_said));
    let mut out = String::from('"');
    for (place, line) in lines.iter().enumerate() {
        if first.is_none_or(|first| place < first) || last.is_none_or(|last| place > last) {
            continue;
        }
        if first.is_some_and(|first| place > first) {
            push_quoted(&mut out, '\n');
        }
        let line = if place == 0 { line } else { line.get(indent..).unwrap_or_default() };
        for character in line.chars() {
            push_quoted(&mut out, character);
        }
    }
    out.push('"');
    if block.contains(['\n', '\r']) {
        out.push_str(&blank(block));
    } else {
        let room = block.chars().count().saturating_sub(out.chars().count());
        out.extend(std::iter::repeat_n(' ', room));
    }
    out
}

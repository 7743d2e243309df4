//! One look at a document's text, before the parser: it recurses, and a few kilobytes of brackets overflow its stack.
//!
//! The parser knows the grammar of 2021, and takes some words for two. What it would misread is refused here, or put in a form
//! that it reads, with every line and, as far as it can be, every column as it was.

use std::borrow::Cow;

use super::lex::{Fault, Kind, Lexer, Token};
use super::limits::{Limit, Limits};
use super::respelled::{blank, respelled, unblocked};
use crate::kernel::error::Result;

/// Answers with the document as the parser reads it.
///
/// # Errors
/// `LIMIT_EXCEEDED` for one that is too long, has too many tokens or nests its brackets too deeply; `BAD_REQUEST` for one that
/// has something that is no token, or names a field of an object twice.
pub(super) fn read<'t>(document: &'t str, limits: &Limits) -> Result<Cow<'t, str>> {
    limits.check(Limit::Bytes, document.len())?;
    let (mut lexer, mut scan) = (Lexer::new(document), Scan::new(document));
    let mut tokens = 0_u64;
    while let Some(token) = lexer.next().map_err(|fault| fault.of(document))? {
        tokens += 1;
        limits.check(Limit::Tokens, tokens)?;
        scan.take(token).map_err(|fault| fault.of(document))?;
        limits.check(Limit::Brackets, scan.open.len())?;
    }
    Ok(scan.end())
}

/// A bracket that is open.
enum Open<'t> {
    Selection,
    /// The definitions of an operation's variables.
    Definitions,
    Arguments,
    List,
    /// With the names of its fields so far: the parser keeps the last of two with one name, the specification allows none (§5.6.3).
    Object(Vec<&'t str>),
}

/// What was seen of a document so far, and how the parser gets it.
struct Scan<'t> {
    document: &'t str,
    open: Vec<Open<'t>>,
    /// The last tokens, the latest first.
    before: [Option<Token<'t>>; 2],
    /// A text that describes a definition, if one begins right behind it.
    description: Option<Token<'t>>,
    /// The type of a variable that is being read.
    typed: Option<Typed>,
    out: String,
    /// Up to where the document is in `out`; nothing is until something has to change.
    copied: usize,
}

/// The type of a variable: the parser wants it in one piece.
#[derive(Default)]
struct Typed {
    start: usize,
    text: String,
    gaps: String,
    is_split: bool,
}

const DEFINITIONS: [&str; 4] = ["query", "mutation", "subscription", "fragment"];

impl<'t> Scan<'t> {
    fn new(document: &'t str) -> Self {
        let (before, out) = ([None, None], String::new());
        Self { document, open: Vec::new(), before, description: None, typed: None, out, copied: 0 }
    }

    fn take(&mut self, token: Token<'t>) -> Result<(), Fault> {
        let is_described = self.end_description(token);
        self.take_gap(token.start);
        if !self.take_type(token) {
            self.check_word(token, is_described)?;
            self.take_text(token);
            self.take_number(token);
            self.take_bracket(token)?;
        }
        self.before = [Some(token), self.before[0]];
        Ok(())
    }

    fn end(mut self) -> Cow<'t, str> {
        let end = self.document.len();
        self.take_gap(end);
        self.end_type(end);
        if self.copied == 0 {
            return Cow::Borrowed(self.document);
        }
        self.out.push_str(self.document.get(self.copied..).unwrap_or_default());
        Cow::Owned(self.out)
    }

    /// The text of the token before, if there is one.
    fn last(&self) -> &'t str {
        self.before[0].map_or("", |token| token.text)
    }

    fn last_but_one(&self) -> &'t str {
        self.before[1].map_or("", |token| token.text)
    }

    /// Puts something in place of what stands from one byte to another.
    fn replace(&mut self, start: usize, end: usize, with: &str) {
        self.out.push_str(self.document.get(self.copied..start).unwrap_or_default());
        self.out.push_str(with);
        self.copied = end;
    }

    /// What lies between two tokens. The parser wants white space behind `on`, and does not take a comment for it.
    fn take_gap(&mut self, end: usize) {
        let start = self.before[0].map_or(0, |token| token.end());
        let gap = self.document.get(start..end).unwrap_or_default();
        if let Some(typed) = &mut self.typed {
            typed.gaps.push_str(&blank(gap));
        } else if gap.contains('#') {
            self.replace(start, end, &blank(gap));
        }
    }

    /// Reads on in the type of a variable. Answers with whether the token belongs to it.
    fn take_type(&mut self, token: Token<'t>) -> bool {
        let is_type = match token.kind {
            Kind::Name => matches!(self.last(), ":" | "["),
            _ => matches!(token.text, "[" | "]" | "!"),
        };
        let is_apart = self.before[0].is_some_and(|last| last.end() < token.start);
        if let Some(typed) = self.typed.as_mut().filter(|_| is_type) {
            typed.is_split |= is_apart && !typed.text.is_empty();
            typed.text.push_str(token.text);
            match token.text {
                "[" => self.open.push(Open::List),
                "]" => drop(self.open.pop()),
                _ => {}
            }
            return true;
        }
        self.end_type(token.start);
        if token.text == ":" && matches!(self.open.last(), Some(Open::Definitions)) {
            self.typed = Some(Typed { start: token.end(), ..Typed::default() });
        }
        false
    }

    /// Puts the type in one piece, and what lay within it behind it.
    fn end_type(&mut self, end: usize) {
        if let Some(Typed { start, text, gaps, is_split: true }) = self.typed.take() {
            self.replace(start, end, &format!("{text}{gaps}"));
        }
    }

    /// Refuses a word that the parser would take for another, or for two.
    fn check_word(&self, token: Token<'_>, is_described: bool) -> Result<(), Fault> {
        let Token { kind, text, start } = token;
        let is_name = kind == Kind::Name;
        let is_outside = self.open.is_empty();
        let begins = is_outside && (matches!(self.last(), "" | "}") || is_described);
        let refuse = |reason: String| Err(Fault::new(start, reason));
        if begins && is_name && !DEFINITIONS.contains(&text) {
            return refuse(format!("a definition does not begin with {text}"));
        }
        if text == "{" && begins && is_described {
            return refuse("a query that is described begins with the word query".into());
        }
        let is_named_on = match (self.last(), self.last_but_one()) {
            ("fragment", "" | "}") => is_outside && text == "on",
            ("on", "...") => !is_name,
            _ => false,
        };
        if is_named_on {
            return refuse("no fragment is named on".into());
        }
        if text == ")" && self.last() == "(" {
            return refuse("there is nothing in the brackets".into());
        }
        let is_constant = ["true", "false", "null"].iter().any(|word| text.starts_with(word) && text != *word);
        let is_value = match self.open.last() {
            Some(Open::List) => self.last() != "$",
            Some(Open::Arguments | Open::Object(_)) => self.last() == ":",
            Some(Open::Definitions) => self.last() == "=",
            _ => false,
        };
        if is_name && is_constant && is_value {
            return refuse(format!("there is no value {text}"));
        }
        Ok(())
    }

    /// Drops the text before, where it describes what begins with `token`: the parser knows no descriptions here. Answers with
    /// whether there was one.
    fn end_description(&mut self, token: Token<'t>) -> bool {
        let Some(text) = self.description.take() else { return false };
        let describes = match self.open.last() {
            None => DEFINITIONS.contains(&token.text),
            _ => token.text == "$",
        };
        if describes {
            self.replace(text.start, text.end(), &blank(text.text));
        } else {
            self.respell(text);
        }
        true
    }

    /// A text that may describe what comes next, or that the parser would not read.
    fn take_text(&mut self, token: Token<'t>) {
        if !matches!(token.kind, Kind::Text | Kind::Block) {
            return;
        }
        let may_describe = match self.open.last() {
            None => matches!(self.last(), "" | "}"),
            Some(Open::Definitions) => !matches!(self.last(), ":" | "="),
            _ => false,
        };
        if may_describe {
            self.description = Some(token);
        } else {
            self.respell(token);
        }
    }

    /// Minus zero is zero; the parser would make a number with a fraction of it.
    fn take_number(&mut self, token: Token<'_>) {
        let is_zero = |text: &str| {
            text.bytes().take_while(|byte| !matches!(byte, b'e' | b'E')).all(|byte| matches!(byte, b'0' | b'.'))
        };
        if token.kind == Kind::Number && token.text.strip_prefix('-').is_some_and(is_zero) {
            self.replace(token.start, token.start + 1, " ");
        }
    }

    /// Spells a text as the parser reads it.
    fn respell(&mut self, token: Token<'_>) {
        let spelled = match token.kind {
            Kind::Text if token.text.contains("\\u") => respelled(token.text),
            // It leaves the backslash of three quotes where it is.
            Kind::Block if token.text.contains("\\\"\"\"") => unblocked(token.text),
            _ => return,
        };
        self.replace(token.start, token.end(), &spelled);
    }

    fn take_bracket(&mut self, token: Token<'t>) -> Result<(), Fault> {
        match token.text {
            "{" if matches!(self.open.last(), None | Some(Open::Selection)) => self.open.push(Open::Selection),
            "{" => self.open.push(Open::Object(Vec::new())),
            "(" if self.open.is_empty() && self.last_but_one() != "@" => self.open.push(Open::Definitions),
            "(" => self.open.push(Open::Arguments),
            "[" => self.open.push(Open::List),
            ")" | "]" | "}" => drop(self.open.pop()),
            ":" => {
                let last = self.last();
                if let Some(Open::Object(names)) = self.open.last_mut() {
                    if names.contains(&last) {
                        return Err(Fault::new(token.start, format!("an object has the field {last} twice")));
                    }
                    names.push(last);
                }
            }
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::*;

    fn scanned(document: &str) -> Result<String, String> {
        let limits = Limits::USUAL;
        read(document, &limits).map(Cow::into_owned).map_err(|error| error.to_string())
    }

    fn refusal(document: &str) -> Option<String> {
        scanned(document).err()
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
        assert_eq!(
            refusal(&format!("query($a: {brackets}")).as_deref(),
            Some("brackets within brackets: 41; at most 40")
        );
    }

    #[test]
    fn a_field_named_twice_is_refused_in_an_object_alone() {
        assert_eq!(refusal("{ a: x(b: {c: 1, d: [{c: 1}, {c: 1}]}) a: x(b: {c: 1}) }"), None);
        let twice = |place| Some(format!("line 1, column {place}: an object has the field c twice"));
        assert_eq!(refusal("{ x(b: {c: 1, c: 2}) }"), twice(16));
        assert_eq!(refusal("query($v: I = {c: 1, c: 2}) { x }"), twice(23));
    }

    #[test]
    fn a_long_document_is_refused_before_it_is_read() {
        assert_eq!(refusal(&"{ ".repeat(30)), None);
        let selection = |count: usize| format!("{{ {} }}", "a ".repeat(count));
        assert_eq!(refusal(&selection(4_998)), None);
        assert_eq!(refusal(&selection(4_999)).as_deref(), Some("tokens of the document: 5001; at most 5000"));
        assert_eq!(refusal(&" ".repeat(16_384)), None);
        assert_eq!(refusal(&" ".repeat(16_385)).as_deref(), Some("bytes of the document: 16385; at most 16384"));
    }

    /// What the parser makes of the document, and that nothing else of it has moved.
    fn becomes(document: &str, expected: &str) {
        let read = scanned(document).unwrap();
        assert_eq!(read, expected);
        assert_eq!(read.lines().count(), document.lines().count());
        parse_query(&read).unwrap();
    }

    #[test]
    fn texts_are_respelled_for_the_parser() {
        becomes(r#"{ a(b: "\u{1F600}|") c }"#, "{ a(b: \"\u{1f600}|\"        ) c }");
        becomes(r#"{ a(b: "\uD83D\uDE00\u0041") c }"#, "{ a(b: \"\u{1f600}\\u0041\"           ) c }");
        becomes(r#"{ a(b: "\u{22}\u{5c}\u{a}") c }"#, r#"{ a(b: "\"\\\n"           ) c }"#);
        becomes(
            "{ a(b: \"\"\"\n  1 \\\"\"\"\n    \\2\n\"\"\") c }",
            "{ a(b: \"1 \\\"\\\"\\\"\\n  \\\\2\"   \n        \n      \n   ) c }",
        );
        becomes("{ a(b: \"\"\"\\\"\"\"\"\"\") c }", "{ a(b: \"\\\"\\\"\\\"\"  ) c }");
    }

    #[test]
    fn descriptions_comments_and_types_are_read() {
        becomes("\"one\" query A { a }", "      query A { a }");
        becomes(
            "{ a } \"\"\"\ntwo\"\"\" # and\nfragment F on T { a }",
            "{ a }    \n            \nfragment F on T { a }",
        );
        becomes(
            "query(\"x\" $a: Int = 1 \"\\u{41}\" $b: S = \"y\" $c: I) { a }",
            "query(    $a: Int = 1          $b: S = \"y\" $c: I) { a }",
        );
        becomes("{ ... on # which\n T { a } }", "{ ... on        \n T { a } }");
        becomes("query($a: [ Int # x\n! ] ! = [1]) { a }", "query($a:[Int!]!      \n   = [1]) { a }");
        becomes(
            "query($a: [Int!]! # x\n $b: T @d(x: {y: [1]})) { a }",
            "query($a: [Int!]! # x\n $b: T @d(x: {y: [1]})) { a }",
        );
    }

    #[test]
    fn minus_zero_is_zero() {
        becomes("{ a(b: [-0, -0.0, -0E5, -0.01, -1]) }", "{ a(b: [ 0,  0.0,  0E5, -0.01, -1]) }");
    }

    #[test]
    fn what_the_parser_would_take_for_something_else_is_refused() {
        let refused = [
            ("queryA { a }", "line 1, column 1: a definition does not begin with queryA"),
            ("{ a } fragmentF on T { a }", "line 1, column 7: a definition does not begin with fragmentF"),
            ("\"d\" { a }", "line 1, column 5: a query that is described begins with the word query"),
            ("fragment on on T { a }", "line 1, column 10: no fragment is named on"),
            ("{ ...on }", "line 1, column 9: no fragment is named on"),
            ("{ ...on @skip(if: true) { a } }", "line 1, column 9: no fragment is named on"),
            ("query() { a }", "line 1, column 7: there is nothing in the brackets"),
            ("{ a(b: [truefalse]) }", "line 1, column 9: there is no value truefalse"),
            ("{ a(b: nullc: 1) }", "line 1, column 8: there is no value nullc"),
            ("{ a(b: {c: truex}) }", "line 1, column 12: there is no value truex"),
            ("query($a: B = falsey) { a }", "line 1, column 15: there is no value falsey"),
        ];
        for (document, message) in refused {
            assert_eq!(refusal(document).as_deref(), Some(message));
        }
        let fine =
            "query nullable($true1: truth @d(on: $true1)) { falsely: nullish(trueA: $true1, b: [$true1]) ...nullPart }";
        assert_eq!(refusal(fine), None);
        // What describes nothing is left for the parser to refuse.
        for document in [
            "\"d\"",
            "\"d\" \"e\" query A { a }",
            "query \"d\" A { a }",
            "query A @d(a: \"x\" $y) { a }",
            "{ \"d\" a }",
        ] {
            assert!(parse_query(scanned(document).unwrap()).is_err(), "{document}");
        }
    }
}

//! What a request goes by in the logs of all who handle it: its id, and the trace that it is part of.

use axum::http::{HeaderMap, HeaderName, HeaderValue};

pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
pub(super) const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// An id that is longer is made up to fill logs.
const LONGEST_ID: usize = 128;

/// What one request goes by.
#[derive(Clone, Debug)]
pub(super) struct Correlation {
    /// The id that it came with, or one of ours.
    pub(super) request_id: String,
    traceparent: Option<String>,
}

impl Correlation {
    /// What the headers say, as far as it is well-formed: it goes into logs, and back.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let request_id = single(headers, &REQUEST_ID).filter(|id| is_id(id)).map_or_else(new_id, str::to_owned);
        let traceparent = single(headers, &TRACEPARENT).filter(|parent| is_traceparent(parent)).map(str::to_owned);
        Self { request_id, traceparent }
    }

    /// The trace that it is part of.
    pub(super) fn trace_id(&self) -> Option<&str> {
        self.traceparent.as_deref().and_then(|parent| parent.split('-').nth(1))
    }

    /// Gives it back with an answer.
    pub(super) fn put_into(&self, headers: &mut HeaderMap) {
        let values = [(REQUEST_ID, Some(&self.request_id)), (TRACEPARENT, self.traceparent.as_ref())];
        let values = values.into_iter().filter_map(|(name, value)| Some((name, HeaderValue::from_str(value?).ok()?)));
        headers.extend(values);
    }
}

/// An id of ours.
pub(super) fn new_id() -> String {
    uuid::Uuid::now_v7().simple().to_string()
}

/// The value of a header that stands once.
fn single<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    let mut lines = headers.get_all(name).iter();
    let line = lines.next()?.to_str().ok()?;
    lines.next().is_none().then_some(line)
}

fn is_id(text: &str) -> bool {
    let is_letter = |letter: u8| letter.is_ascii_alphanumeric() || b"-_.:".contains(&letter);
    (1..=LONGEST_ID).contains(&text.len()) && text.bytes().all(is_letter)
}

/// Whether it is a `traceparent` as W3C's Trace Context has it: version, trace, parent and flags, in small hexadecimal digits, of
/// which neither trace nor parent are all nought. Later versions may say more.
fn is_traceparent(text: &str) -> bool {
    let is_hex = |part: &str, length| {
        part.len() == length && part.bytes().all(|letter| letter.is_ascii_digit() || (b'a'..=b'f').contains(&letter))
    };
    let is_named = |part: &str, length| is_hex(part, length) && part.bytes().any(|letter| letter != b'0');
    let mut parts = text.split('-');
    let mut part = || parts.next().unwrap_or_default();
    let (version, trace, parent, flags) = (part(), part(), part(), part());
    is_hex(version, 2)
        && version != "ff"
        && is_named(trace, 32)
        && is_named(parent, 16)
        && is_hex(flags, 2)
        && (parts.next().is_none() || version != "00")
        && text.len() <= LONGEST_ID
        && text.bytes().all(|letter| letter.is_ascii_alphanumeric() || letter == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    fn of(lines: &[(HeaderName, &str)]) -> Correlation {
        let mut headers = HeaderMap::new();
        lines.iter().for_each(|(name, value)| {
            headers.append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        });
        Correlation::of(&headers)
    }

    #[test]
    fn a_well_formed_id_is_taken_over() {
        for id in ["1", "req-7_a.b:c", &"x".repeat(128)] {
            assert_eq!(of(&[(REQUEST_ID, id)]).request_id, id);
        }
        for id in ["", " ", "a b", "a\tb", "a\"b", "\u{e9}", "a=b", &"x".repeat(129)] {
            assert_eq!(of(&[(REQUEST_ID, id)]).request_id.len(), 32, "{id}");
        }
        assert_eq!(of(&[(REQUEST_ID, "a"), (REQUEST_ID, "b")]).request_id.len(), 32);
        assert_ne!(of(&[]).request_id, of(&[]).request_id);
    }

    #[test]
    fn a_well_formed_trace_is_taken_over() {
        assert_eq!(of(&[(TRACEPARENT, TRACE)]).trace_id(), Some("0af7651916cd43dd8448eb211c80319c"));
        assert!(of(&[(TRACEPARENT, &TRACE.replacen("00", "cc", 1))]).trace_id().is_some());
        assert!(of(&[(TRACEPARENT, &format!("{}-more", TRACE.replacen("00", "cc", 1)))]).trace_id().is_some());
        for wrong in [
            String::new(),
            format!("{TRACE}-more"),
            format!("{TRACE}-"),
            TRACE.to_uppercase(),
            TRACE.replacen("00", "ff", 1),
            TRACE.replace("b7ad6b7169203331", "0000000000000000"),
            TRACE.replace("0af7651916cd43dd8448eb211c80319c", "00000000000000000000000000000000"),
            TRACE.replace("-01", "-1"),
            TRACE.replace('-', "_"),
            format!("cc{}-{}", &TRACE[2..], "x".repeat(100)),
        ] {
            assert_eq!(of(&[(TRACEPARENT, &wrong)]).trace_id(), None, "{wrong}");
        }
    }

    #[test]
    fn both_are_given_back() {
        let mut headers = HeaderMap::new();
        of(&[(REQUEST_ID, "a"), (TRACEPARENT, TRACE)]).put_into(&mut headers);
        assert_eq!((&headers[REQUEST_ID], &headers[TRACEPARENT]), (&"a".parse().unwrap(), &TRACE.parse().unwrap()));
    }
}

//! A kind of hostile request: the bytes that are sent, and what has to come of them.

use serde_json::{Value, json};

/// A kind of hostile request.
pub(super) struct Kind {
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
    pub(super) expected: Expected,
}

/// What has to come of it.
#[derive(Debug)]
pub(super) enum Expected {
    /// It is refused as a whole: one kind of error, and no data.
    Refused(u16, &'static str),
    /// A field of it fails, and all else is answered.
    Failed(&'static str),
    /// It is answered with nothing: this is the data.
    Nothing(Value),
    /// It is no request for the graph, and answered with this status, or not at all where that is none.
    TurnedAway(Option<u16>),
}

pub(super) const LIMIT: Expected = Expected::Refused(400, "LIMIT_EXCEEDED");
pub(super) const BAD: Expected = Expected::Refused(400, "BAD_REQUEST");
pub(super) const UNAUTHENTICATED: Expected = Expected::Refused(401, "UNAUTHENTICATED");

/// A client that knows the newer media type, in which each kind of failure has its own status.
const HEADERS: &str = "host: localhost\r\nconnection: close\r\naccept: application/graphql-response+json\r\n";

const JSON: &str = "content-type: application/json\r\n";

/// Any bytes at all.
pub(super) fn raw(name: &str, bytes: impl Into<Vec<u8>>, expected: Expected) -> Kind {
    Kind { name: name.to_owned(), bytes: bytes.into(), expected }
}

/// A document.
pub(super) fn document(name: &str, document: impl AsRef<str>, expected: Expected) -> Kind {
    body(name, json!({ "query": document.as_ref() }).to_string(), expected)
}

/// A document and its variables.
pub(super) fn variables(name: &str, document: &str, variables: impl Into<Value>, expected: Expected) -> Kind {
    body(name, json!({ "query": document, "variables": variables.into() }).to_string(), expected)
}

/// A body of JSON, or of what says so.
pub(super) fn body(name: &str, body: impl AsRef<[u8]>, expected: Expected) -> Kind {
    post(name, JSON, body, expected)
}

/// A body, with headers of its own besides its length.
pub(super) fn post(name: &str, headers: &str, body: impl AsRef<[u8]>, expected: Expected) -> Kind {
    let body = body.as_ref();
    let length = format!("content-length: {}\r\n", body.len());
    let head = format!("POST /graphql HTTP/1.1\r\n{HEADERS}{headers}{length}\r\n");
    raw(name, [head.as_bytes(), body].concat(), expected)
}

/// A body in chunks, whose length nobody says beforehand.
pub(super) fn chunked(name: &str, body: &[u8], expected: Expected) -> Kind {
    let head = format!("POST /graphql HTTP/1.1\r\n{HEADERS}{JSON}transfer-encoding: chunked\r\n\r\n");
    let mut bytes = head.into_bytes();
    for chunk in body.chunks(65_536) {
        bytes.extend(format!("{:x}\r\n", chunk.len()).bytes());
        bytes.extend(chunk);
        bytes.extend(b"\r\n");
    }
    bytes.extend(b"0\r\n\r\n");
    raw(name, bytes, expected)
}

/// A request without a body.
pub(super) fn bare(name: &str, line: &str, headers: &str, expected: Expected) -> Kind {
    raw(name, format!("{line} HTTP/1.1\r\n{HEADERS}{headers}\r\n"), expected)
}

/// A query in an address.
pub(super) fn get(name: &str, parameters: &[(&str, &str)], headers: &str, expected: Expected) -> Kind {
    let pairs: Vec<String> = parameters.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
    bare(name, &format!("GET /graphql?{}", pairs.join("&")), headers, expected)
}

fn escaped(value: &str) -> String {
    value.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

//! Requests that are none, or not what they say they are.

use serde_json::{Value, json};

use super::kind::{BAD, Expected, Kind, bare, body, chunked, get, post, raw};

pub(super) fn kinds() -> Vec<Kind> {
    [parameters(), batches(), large(), mislabelled(), methods(), lines()].into_iter().flatten().collect()
}

const TOO_LARGE: Expected = Expected::Refused(413, "LIMIT_EXCEEDED");
const UNSUPPORTED: Expected = Expected::Refused(415, "BAD_REQUEST");
const NOT_ALLOWED: Expected = Expected::Refused(405, "BAD_REQUEST");
const NOT_ACCEPTABLE: Expected = Expected::Refused(406, "BAD_REQUEST");
const JSON: &str = "content-type: application/json\r\n";
const QUERY: &str = r#"{"query":"{ __typename }"}"#;

fn parameters() -> Vec<Kind> {
    let wrong = |name: &str, parameter: &str, value: Value| {
        let mut parameters = json!({ "query": "{ __typename }" });
        parameters[parameter] = value;
        body(name, parameters.to_string(), BAD)
    };
    vec![
        wrong("a query that is a number", "query", json!(1)),
        wrong("a query that is a list", "query", json!(["{ __typename }"])),
        wrong("a query that is an object", "query", json!({ "kind": "Document" })),
        wrong("a query that is null", "query", json!(null)),
        wrong("variables that are a text", "variables", json!("{}")),
        wrong("variables that are a list", "variables", json!([])),
        wrong("variables that are a number", "variables", json!(1)),
        wrong("the name of an operation that is an object", "operationName", json!({})),
        wrong("the name of an operation that is not there", "operationName", json!("nowhere")),
        wrong("extensions that are a text", "extensions", json!("x")),
        wrong("extensions that are a list", "extensions", json!([])),
        body("a body without a query", "{}", BAD),
        body("an empty body", "", BAD),
        body("a body of null", "null", BAD),
        body("a body of a number beyond all numbers", "1e999999", BAD),
        body("a body that breaks off", &QUERY[..20], BAD),
        body("two bodies in one", QUERY.repeat(2), BAD),
    ]
}

fn batches() -> Vec<Kind> {
    vec![
        body("a batch of none", "[]", BAD),
        body("a batch of two", format!("[{QUERY},{QUERY}]"), BAD),
        body(
            "a batch of 10,000",
            format!("[{QUERY}{}]", format!(",{QUERY}").repeat(9_999)),
            Expected::Refused(400, "LIMIT_EXCEEDED"),
        ),
        body("a batch of batches", format!("[[{QUERY}]]"), BAD),
    ]
}

fn large() -> Vec<Kind> {
    let ten = vec![b'x'; 10_000_000];
    let spaces = format!("{QUERY}{}", " ".repeat(1 << 20));
    let tokens = json!({ "query": "a ".repeat(1_500_000) }).to_string();
    vec![
        body("10 MB of nothing", &ten, TOO_LARGE),
        chunked("10 MB that nobody announced", &ten, TOO_LARGE),
        body("3 MB of tokens", &tokens, TOO_LARGE),
        chunked("3 MB of tokens that nobody announced", tokens.as_bytes(), TOO_LARGE),
        body("a query and a megabyte of spaces", spaces, TOO_LARGE),
        bare(
            "a body of ten terabytes",
            "POST /graphql",
            &format!("{JSON}content-length: 10000000000000\r\n"),
            TOO_LARGE,
        ),
    ]
}

fn mislabelled() -> Vec<Kind> {
    let as_a = |name: &str, media: &str| post(name, &format!("content-type: {media}\r\n"), QUERY, UNSUPPORTED);
    let utf_16: Vec<u8> = "\u{feff}{\"query\":\"{ __typename }\"}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let gzip = [0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    vec![
        as_a("a query that says it is text", "text/plain"),
        as_a("a query that says it is a form", "application/x-www-form-urlencoded"),
        as_a("a query that says it has parts", "multipart/form-data; boundary=x"),
        as_a("a query that says it is GraphQL", "application/graphql"),
        as_a("a query in another alphabet", "application/json; charset=utf-16"),
        as_a("a query of a type that is none", "/;;="),
        post("a query that says nothing of itself", "", QUERY, UNSUPPORTED),
        body("a body in UTF-16", utf_16, BAD),
        body("a mark before the body", [b"\xef\xbb\xbf", QUERY.as_bytes()].concat(), BAD),
        body("a body that is compressed and does not say so", gzip, BAD),
        raw(
            "an answer of no kind that there is",
            with_headers("content-length: 26\r\naccept: image/png"),
            NOT_ACCEPTABLE,
        ),
        raw(
            "an answer of ten thousand kinds",
            with_headers(&format!("content-length: 26\r\naccept: {}", "a/b,".repeat(10_000))),
            NOT_ACCEPTABLE,
        ),
    ]
}

fn methods() -> Vec<Kind> {
    let other = |method: &str| {
        bare(&format!("{method} of a query"), &format!("{method} /graphql?query=%7B__typename%7D"), "", NOT_ALLOWED)
    };
    vec![
        get(
            "a mutation by GET",
            &[("query", "mutation { signOut(input: {}) { userErrors { code } } }")],
            "",
            NOT_ALLOWED,
        ),
        get("GET without a query", &[("variables", "{}")], "", BAD),
        get("GET with variables that are none", &[("query", "{ __typename }"), ("variables", "{")], "", BAD),
        get(
            "GET with a query too long",
            &[("query", &format!("{{ {}}}", "a ".repeat(5_001)))],
            "",
            Expected::Refused(400, "LIMIT_EXCEEDED"),
        ),
        bare("GET with bytes that are no UTF-8", "GET /graphql?query=%ff%fe", "", BAD),
        other("PUT"),
        other("DELETE"),
        other("PATCH"),
        other("TRACE"),
        other("PROPFIND"),
        bare("a way out of the folder", "GET /../../../../etc/passwd", "", Expected::TurnedAway(Some(404))),
        bare("an address of nothing", &format!("GET /{}", "x".repeat(8_000)), "", Expected::TurnedAway(Some(404))),
        bare(
            "a WebSocket where there is none",
            "GET /graphql",
            "upgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n",
            BAD,
        ),
    ]
}

/// A good query with these headers besides the usual ones.
fn with_headers(headers: &str) -> Vec<u8> {
    format!("POST /graphql HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{JSON}{headers}\r\n\r\n{QUERY}")
        .into_bytes()
}

/// What is hardly HTTP.
fn lines() -> Vec<Kind> {
    let turned = |name: &str, bytes: &[u8], status: Option<u16>| raw(name, bytes, Expected::TurnedAway(status));
    let headers: String = (0..2_000).map(|n| format!("x{n}: y\r\n")).collect();
    let headers = format!("GET /graphql HTTP/1.1\r\n{headers}\r\n");
    vec![
        turned("a line of nonsense", b"nonsense\r\n\r\n", Some(400)),
        turned("bytes of every value", &(0..=255).collect::<Vec<u8>>(), Some(400)),
        turned("a greeting of TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", Some(400)),
        turned("a greeting of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", None),
        turned("a version that is none", b"GET /graphql HTTP/9.9\r\n\r\n", Some(400)),
        turned("2,000 headers", headers.as_bytes(), Some(431)),
        turned(
            "a header of a megabyte",
            format!("GET /graphql HTTP/1.1\r\nx: {}\r\n\r\n", "y".repeat(1_000_000)).as_bytes(),
            Some(431),
        ),
        turned("an address of 100 KB", format!("GET /{} HTTP/1.1\r\n\r\n", "y".repeat(100_000)).as_bytes(), Some(414)),
        turned("a header with a NUL", b"GET /graphql HTTP/1.1\r\nx: \0\r\n\r\n", Some(400)),
        turned("a header that goes on in the next line", b"GET /graphql HTTP/1.1\r\nx: a\r\n b: c\r\n\r\n", Some(400)),
        turned("two lengths that differ", &with_headers("content-length: 5\r\ncontent-length: 6"), Some(400)),
        turned("a negative length", &with_headers("content-length: -1"), Some(400)),
        turned("a length and chunks", &with_headers("content-length: 26\r\ntransfer-encoding: chunked"), Some(400)),
        turned("a coding that is none", &with_headers("transfer-encoding: nonsense"), Some(400)),
        turned(
            "a chunk of no size",
            &[with_headers("transfer-encoding: chunked"), b"nonsense\r\n".to_vec()].concat(),
            Some(400),
        ),
    ]
}

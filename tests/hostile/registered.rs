//! Documents asked for by a hash that is not theirs, and floods of good requests that leave something behind each.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::kind::{BAD, Expected, Kind, body, document};

const NOT_FOUND: Expected = Expected::Refused(400, "PERSISTED_QUERY_NOT_FOUND");

/// Well more than the 8 MiB that the server remembers.
const FLOOD: usize = 580;
const LONG: usize = 15_000;

fn persisted(name: &str, query: Option<&str>, persisted: Value, expected: Expected) -> Kind {
    let asked = json!({ "query": query, "extensions": { "persistedQuery": persisted } });
    body(name, asked.to_string(), expected)
}

pub(super) fn kinds() -> Vec<Kind> {
    let query = Some("{ __typename }");
    let hash = |hash: &str| json!({ "version": 1, "sha256Hash": hash });
    vec![
        persisted("a hash of what nobody sent", None, hash(&"0".repeat(64)), NOT_FOUND),
        persisted("a hash as long as a body", None, hash(&"0".repeat(900_000)), NOT_FOUND),
        persisted("a hash of SQL", None, hash("' OR 1=1; --"), NOT_FOUND),
        persisted("a hash of another document", query, hash(&"0".repeat(64)), BAD),
        persisted("a hash that is a number", query, json!({ "version": 1, "sha256Hash": 0 }), BAD),
        persisted("a hash of another version", query, json!({ "version": 2, "sha256Hash": "0" }), BAD),
        persisted("a hash that is a list", query, json!([]), BAD),
        body("a document by the name of a file", r#"{"documentId":"../../etc/passwd"}"#, NOT_FOUND),
    ]
}

/// Good requests, each of which leaves something behind: documents with their hashes, and names of operations.
pub(super) fn floods() -> impl Iterator<Item = Kind> {
    let answer = || Expected::Nothing(json!({ "__typename": "Query" }));
    let documents = (0..FLOOD).map(move |n| {
        let query = format!("{{ __typename }} # {n} {}", "x".repeat(LONG));
        let hash: String = Sha256::digest(&query).iter().map(|byte| format!("{byte:02x}")).collect();
        let hash = json!({ "version": 1, "sha256Hash": hash });
        persisted("documents registered without end", Some(&query), hash, answer())
    });
    let names = (0..FLOOD).map(move |n| {
        let query = format!("query q{n}{} {{ __typename }}", "x".repeat(LONG));
        document("ever new names of operations", query, answer())
    });
    documents.chain(names)
}

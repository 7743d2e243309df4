//! Documents asked for by a hash that is not theirs, and documents registered without end.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::kind::{BAD, Expected, Kind, body};

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

/// Good documents, each with its hash, each another one.
pub(super) fn flood() -> impl Iterator<Item = Kind> {
    (0..FLOOD).map(|n| {
        let query = format!("{{ __typename }} # {n} {}", "x".repeat(LONG));
        let hash: String = Sha256::digest(&query).iter().map(|byte| format!("{byte:02x}")).collect();
        let hash = json!({ "version": 1, "sha256Hash": hash });
        persisted(
            "documents registered without end",
            Some(&query),
            hash,
            Expected::Nothing(json!({ "__typename": "Query" })),
        )
    })
}

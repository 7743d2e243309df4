//! Values of the wrong type, too deep, too many, or of characters that are none.

use serde_json::{Map, Value, json};

use super::kind::{BAD, Expected, Kind, LIMIT, body, document, variables};

pub(super) fn kinds() -> Vec<Kind> {
    [types(), sizes(), texts()].into_iter().flatten().collect()
}

const FIND: &str = "query($filter: UnitFilter) { units(filter: $filter) { totalCount nodes { id } } }";

fn nobody() -> Expected {
    Expected::Nothing(json!({ "units": { "totalCount": 0, "nodes": [] } }))
}

fn types() -> Vec<Kind> {
    let filter = |name: &str, filter: Value| variables(name, FIND, json!({ "filter": filter }), BAD);
    let literal =
        |name: &str, filter: &str| document(name, format!("{{ claims(filter: {filter}) {{ totalCount }} }}"), BAD);
    vec![
        variables("a text for an object", FIND, json!({ "filter": "x" }), BAD),
        variables("a list for an object", FIND, json!({ "filter": [[]] }), BAD),
        filter("an object for a text", json!({ "name": { "eq": {} } })),
        filter("a number for a text", json!({ "name": { "eq": 1 } })),
        filter("a text for a number", json!({ "memberCount": { "gt": "1" } })),
        filter("a fraction for a whole number", json!({ "memberCount": { "gt": 1.5 } })),
        variables(
            "a number beyond 32 bits",
            FIND,
            json!({ "filter": { "memberCount": { "gt": 99_999_999_999_u64 } } }),
            BAD,
        ),
        filter("an enum that is not there", json!({ "kind": { "eq": "NOTHING" } })),
        filter("a number for an enum", json!({ "kind": { "eq": 1 } })),
        filter("an input field that is not there", json!({ "password": { "eq": "x" } })),
        filter("a null in a list of none", json!({ "name": { "in": [null] } })),
        variables("a variable of an output type", "query($a: Unit) { node(id: $a) { id } }", json!({ "a": "x" }), BAD),
        variables("a variable of no type", "query($a: Nothing) { node(id: $a) { id } }", json!({ "a": "x" }), BAD),
        variables("a variable nobody declared", "{ node(id: $a) { id } }", json!({ "a": "x" }), BAD),
        variables(
            "a text for a condition",
            "query($a: Boolean!) { __typename @include(if: $a) }",
            json!({ "a": "yes" }),
            BAD,
        ),
        document("a condition of no boolean", "{ __typename @include(if: \"yes\") }", BAD),
        document("a condition without one", "{ __typename @include }", BAD),
        literal("a literal of the wrong type", "1"),
        document("an argument that is not there", "{ units(where: {}) { totalCount } }", BAD),
        document("an argument too few", "{ node { id } }", BAD),
        literal("a moment that is none", "{createdAt: {gt: \"yesterday\"}}"),
        literal("a moment of the year 99999", "{createdAt: {gt: \"99999-01-01T00:00:00Z\"}}"),
        literal("a day that is none", "{createdAt: {during: {from: \"2026-02-30\"}}}"),
    ]
}

fn sizes() -> Vec<Kind> {
    let nested = |levels: usize| (0..levels).fold(json!({}), |inner, _| json!({ "not": inner }));
    let wide: Map<String, Value> = (0..50_000).map(|n| (format!("a{n}"), json!(1))).collect();
    let brackets =
        format!(r#"{{"query":"{{ __typename }}","variables":{{"a":{}{}}}}}"#, "[".repeat(200_000), "]".repeat(200_000));
    let objects = format!(r#"{{"query":"{{ __typename }}","variables":{}"#, r#"{"a":"#.repeat(100_000));
    let pairs = json!({ "or": vec![json!({ "name": { "contains": "医\0" } }); 160] });
    let sought =
        |count: usize| json!({ "or": vec![json!({ "communities": { "some": { "name": { "eq": "x" } } } }); count] });
    let fifty: String = (0..50)
        .map(|n| format!("a{n}: units(filter: {{not: $filter, name: {{eq: \"{n}\"}}}}) {{ totalCount }} "))
        .collect();
    let fifty = format!("query($filter: UnitFilter) {{ {fifty} }}");
    vec![
        variables("a filter of 30 levels", FIND, json!({ "filter": nested(30) }), LIMIT),
        variables("a filter of 15 levels", FIND, json!({ "filter": nested(15) }), LIMIT),
        variables("a variable of 100 levels that nobody uses", "{ __typename }", json!({ "a": nested(100) }), LIMIT),
        body("a variable of 200,000 levels", brackets, LIMIT),
        body(
            "a variable of 500 levels",
            format!(r#"{{"query":"{{ __typename }}","variables":{{"a":{}"#, "[".repeat(500)),
            BAD,
        ),
        body("objects in objects, never closed", objects, LIMIT),
        variables("a list of 2,001 values", FIND, json!({ "filter": { "name": { "in": vec!["x"; 2_001] } } }), LIMIT),
        variables(
            "a list of 1,990 values, used forty times",
            &"query($c: [String!]) { units(filter: {or: [W]}) { totalCount } }"
                .replace('W', &"{area: {within: $c}} ".repeat(40)),
            json!({ "c": (0..1_990).map(|code| code.to_string()).collect::<Vec<_>>() }),
            LIMIT,
        ),
        variables(
            "a list of 100 values, by fragments that spread each other twice",
            &many_times(10),
            json!({ "c": vec!["0"; 100] }),
            // However often it is said, it is one field, and runs once.
            Expected::Nothing(json!({ "units": { "totalCount": 0 } })),
        ),
        variables("a list of 200,000 values", FIND, json!({ "filter": { "name": { "in": vec![1; 200_000] } } }), LIMIT),
        variables("50,000 variables", "{ __typename }", wide, LIMIT),
        variables("a filter of 160 alternatives", FIND, json!({ "filter": pairs }), nobody()),
        variables("a filter of 10,000 alternatives", FIND, json!({ "filter": sought(10_000) }), LIMIT),
        variables("a filter of 120 alternatives that look further", FIND, json!({ "filter": sought(120) }), nobody()),
        variables("a filter of 300 alternatives", FIND, json!({ "filter": sought(300) }), LIMIT),
        variables("a filter of 50 alternatives, fifty times", &fifty, json!({ "filter": sought(50) }), LIMIT),
    ]
}

/// A document that uses `$c` as often as 2 to this power.
fn many_times(power: usize) -> String {
    let spread = |level: usize| format!("...f{level}");
    let fragment = |level: usize| {
        let next = if level == power {
            "units(filter: {area: {within: $c}}) { totalCount }".to_owned()
        } else {
            spread(level + 1)
        };
        format!("fragment f{level} on Query {{ {next} ... on Query {{ {next} }} }} ")
    };
    format!("query($c: [String!]) {{ ...f1 }} {}", (1..=power).map(fragment).collect::<String>())
}

fn texts() -> Vec<Kind> {
    let quoted = |name: &str, word: &[u8], expected: Expected| {
        let (start, end) = (br#"{"query":"query($n: String) { units(filter: {name: {eq: $n}}) { totalCount nodes { id } } }","variables":{"n":""#, br#""}}"#);
        body(name, [start.as_slice(), word, end].concat(), expected)
    };
    let contains =
        |name: &str, word: &str| variables(name, FIND, json!({ "filter": { "name": { "contains": word } } }), nobody());
    vec![
        quoted("bytes that are no UTF-8", b"\xff\xfe", BAD),
        quoted("a NUL written two bytes long", b"\xc0\x80", BAD),
        quoted("half a surrogate pair in bytes", b"\xed\xa0\x80", BAD),
        quoted("half a surrogate pair in JSON", br"\ud800", BAD),
        quoted("surrogates the wrong way round", br"\udc00\ud800", BAD),
        quoted("a NUL in JSON", br"\u0000", nobody()),
        quoted("a bare control character in JSON", b"\x01", BAD),
        contains("a pattern of a million characters", &"%_".repeat(250_000)),
        contains("a text of SQL", "' OR 1=1; DROP TABLE party; --"),
        contains("a text that turns the line around", "\u{202e}\u{2066}\u{feff}"),
    ]
}

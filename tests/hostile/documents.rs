//! Documents that are too deep, too wide or too long, or that are none.

use serde_json::json;

use super::kind::{BAD, Kind, LIMIT, body, document};

/// About as many bytes as a document may have.
const FULL: usize = 16_000;

pub(super) fn kinds() -> Vec<Kind> {
    [nested(), deep(), wide(), long(), wrong()].into_iter().flatten().collect()
}

/// What overflows the stack of a parser that looks at it.
fn nested() -> Vec<Kind> {
    let (open, close) = ("[".repeat(4_000), "]".repeat(4_000));
    let lists = format!("{open}{close}");
    let objects = format!("{}{}", "{a:".repeat(3_000), "}".repeat(3_000));
    let mixed = "[{a:(".repeat(2_000);
    vec![
        document("lists in lists of an argument", format!("{{ nodes(ids: {lists}) {{ id }} }}"), LIMIT),
        document("lists that are never closed", format!("{{ nodes(ids: {open}"), LIMIT),
        document(
            "objects in objects of an argument",
            format!("{{ units(filter: {objects}) {{ totalCount }} }}"),
            LIMIT,
        ),
        document("brackets of every kind in each other", format!("{{ units(filter: {mixed}"), LIMIT),
        document(
            "lists in lists of a default",
            format!("query($a: [ID!]! = {lists}) {{ nodes(ids: $a) {{ id }} }}"),
            LIMIT,
        ),
        document("lists in lists of a type", format!("query($a: {open}ID{close}) {{ __typename }}"), LIMIT),
        document("lists in lists of a directive", format!("{{ __typename @include(if: {lists}) }}"), LIMIT),
        document("selections in selections", format!("{}{}", "{a".repeat(4_000), "}".repeat(4_000)), LIMIT),
        document("inline fragments in each other", format!("{}{}", "{...".repeat(3_000), "}".repeat(3_000)), LIMIT),
        document("brackets that close what is not open", "}".repeat(4_000), BAD),
        document("brackets in a text that never ends", format!("{{ a(b: \"\"\"{}", "[{(".repeat(5_000)), BAD),
        document(
            "brackets behind quotes that are escaped",
            format!("{{ a(b: \"\\\"\") {} }}", "[".repeat(8_000)),
            LIMIT,
        ),
    ]
}

/// What nests further than anybody needs.
fn deep() -> Vec<Kind> {
    let parents = |times: usize| format!("{}{{ id }}{}", "{ parent ".repeat(times), " }".repeat(times));
    let chain: String = (0..40).map(|n| format!("fragment f{n} on Area {{ parent {{ ...f{} }} }} ", n + 1)).collect();
    let not = |times: usize| format!("{}{{}}{}", "{not: ".repeat(times), "}".repeat(times));
    let and = |times: usize| format!("{}{{}}{}", "{and: [".repeat(times), "]}".repeat(times));
    vec![
        document("fields in fields", format!("{{ area(code: \"51\") {} }}", parents(20)), LIMIT),
        document(
            "fields in fields, by one fragment after another",
            format!("{{ area(code: \"51\") {{ ...f0 }} }} {chain} fragment f40 on Area {{ id }}"),
            LIMIT,
        ),
        document("filters in filters", format!("{{ units(filter: {}) {{ totalCount }} }}", not(12)), LIMIT),
        document("filters in lists of filters", format!("{{ units(filter: {}) {{ totalCount }} }}", and(12)), LIMIT),
    ]
}

/// What asks for much side by side.
fn wide() -> Vec<Kind> {
    let numbered =
        |text: &str, times: usize| -> String { (0..times).map(|n| text.replace('#', &n.to_string())).collect() };
    vec![
        document("10,000 aliases", format!("{{ {} }}", numbered("a#: __typename ", 10_000)), LIMIT),
        document("51 aliases", format!("{{ {} }}", numbered("a#: __typename ", 51)), LIMIT),
        document("aliases of whole lists", format!("{{ {} }}", numbered("a#:units{totalCount} ", 600)), LIMIT),
        document("10,000 selections", format!("{{ {} }}", "__typename ".repeat(10_000)), LIMIT),
        document("501 selections", format!("{{ {} }}", "__typename ".repeat(501)), LIMIT),
        document("501 fields that are not there", format!("{{ {} }}", numbered("a# ", 501)), LIMIT),
        document("500 fields that are not there", format!("{{ {} }}", numbered("a# ", 500)), BAD),
        document(
            "fields under one name that differ",
            format!("{{ {} }}", numbered("units(first: #) { totalCount } ", 100)),
            BAD,
        ),
        document("10,000 directives", format!("{{ __typename {} }}", "@include(if: true) ".repeat(10_000)), LIMIT),
        document("51 directives on a field", format!("{{ __typename {} }}", "@include(if: true) ".repeat(51)), LIMIT),
        document("directives that are not there", format!("{{ __typename {} }}", "@a".repeat(2_000)), LIMIT),
        document("directives on the operation", format!("query {} {{ __typename }}", "@a".repeat(2_000)), LIMIT),
        document(
            "directives on a fragment",
            format!("{{ ...f }} fragment f on Query {} {{ __typename }}", "@a".repeat(2_000)),
            LIMIT,
        ),
        document(
            "directives on spreads",
            format!("{{ {} }}", "... @skip(if: false) { __typename } ".repeat(51)),
            LIMIT,
        ),
        document("directives on a variable", format!("query($a: Int {}) {{ __typename }}", "@a".repeat(2_000)), LIMIT),
        document("600 operations, and no word which", numbered("query q# { __typename } ", 600), BAD),
        body(
            "600 operations",
            json!({ "query": numbered("query q# { __typename } ", 600), "operationName": "q1" }).to_string(),
            LIMIT,
        ),
        document(
            "1,000 variables that nobody uses",
            format!("query({}) {{ __typename }}", numbered("$a#: Int ", 1_000)),
            BAD,
        ),
        document(
            "the same argument a thousand times",
            format!("{{ units({}) {{ totalCount }} }}", "first: 1 ".repeat(1_000)),
            BAD,
        ),
    ]
}

/// What takes long to read.
fn long() -> Vec<Kind> {
    vec![
        document("more tokens than are counted", format!("{{ {}}}", "a ".repeat(5_001)), LIMIT),
        document("nothing but spaces", " ".repeat(500_000), LIMIT),
        document("nothing but commas", ",".repeat(FULL), BAD),
        document("one long comment", format!("# {}\n{{ __typename }}", "x".repeat(500_000)), LIMIT),
        document("one long name", format!("{{ {} }}", "a".repeat(FULL)), BAD),
        document("one long text", format!("{{ node(id: \"{}\") {{ id }} }}", "a".repeat(500_000)), LIMIT),
        document("one long number", format!("{{ units(first: {}) {{ totalCount }} }}", "9".repeat(FULL)), BAD),
    ]
}

/// What is no query that runs.
fn wrong() -> Vec<Kind> {
    vec![
        document("an empty document", "", BAD),
        document("a document of brackets alone", "{}", BAD),
        document("a document that breaks off", "{ units { nodes { id", BAD),
        document("a NUL in a document", "{ __typename \0 }", BAD),
        document("half a surrogate pair in a document", "{ node(id: \"\\uD800\") { id } }", BAD),
        document("a document in another language", "SELECT * FROM party; DROP TABLE party; --", BAD),
        document("a schema in place of a query", "type Query { a: Int }", BAD),
        document("a subscription", "subscription { claimEvents { cursor } }", BAD),
        document("a mutation that is not there", "mutation { dropEverything }", BAD),
        document("several operations and no name", "query a { __typename } query b { __typename }", BAD),
        document("two operations of one name", "query a { __typename } query a { __typename }", BAD),
        document("an object that names a field twice", "{ units(filter: {and: [], and: []}) { totalCount } }", BAD),
    ]
}

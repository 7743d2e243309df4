//! Pages that are huge, negative or within each other, and cursors and ids that nobody gave out.

use serde_json::{Value, json};

use super::kind::{BAD, Expected, Kind, LIMIT, document, variables};

pub(super) fn kinds() -> Vec<Kind> {
    [sizes(), costs(), cursors(), ids()].into_iter().flatten().collect()
}

const WRONG: Expected = Expected::Failed("BAD_REQUEST");
const NO_CURSOR: Expected = Expected::Failed("BAD_CURSOR");

fn sizes() -> Vec<Kind> {
    let page = |arguments: &str| format!("{{ units({arguments}) {{ totalCount nodes {{ id }} }} }}");
    vec![
        document("a page of two thousand million", page("first: 2147483647"), LIMIT),
        document("a page beyond 64 bits", page("first: 99999999999999999999"), BAD),
        document("a page beyond 32 bits", page("first: 4294967297"), BAD),
        document("a page of one too many", page("first: 101"), WRONG),
        document("a negative page", page("first: -1"), BAD),
        document("the most negative page", page("first: -2147483648"), BAD),
        document("a negative page from the back", page("last: -1"), BAD),
        document("a page beyond 64 bits, from the back", page("last: -99999999999999999999"), BAD),
        document("a page from both ends", page("first: 1, last: 1"), WRONG),
        document("a page of a fraction", page("first: 1.5"), BAD),
        document("a page of a text", page("first: \"20\""), BAD),
        document("an order of 400 lines", page(&format!("orderBy: [{}]", "{field: NAME} ".repeat(400))), WRONG),
        document("an order of 800 lines", page(&format!("orderBy: [{}]", "{field: NAME} ".repeat(800))), LIMIT),
        document(
            "a distance of no number",
            "{ needs(filter: {near: {lng: 1e400, lat: 31, metres: 1}}) { totalCount } }",
            BAD,
        ),
        document(
            "a distance from no place",
            "{ needs(filter: {near: {lng: 1000, lat: 31, metres: 1}}) { totalCount } }",
            BAD,
        ),
        document(
            "a distance around the world",
            "{ needs(filter: {near: {lng: 104, lat: 31, metres: 2000000000}}) { totalCount } }",
            BAD,
        ),
    ]
}

fn costs() -> Vec<Kind> {
    let claims = "claims(first: 100) { nodes { events(first: 100) { nodes { id } } } }";
    let fifty: String = (0..50)
        .map(|n| format!("a{n}: claims(first: 100) {{ nodes {{ events(first: 100) {{ nodes {{ id }} }} }} }} "))
        .collect();
    let usual = format!("{{ {} id {} }}", "communities { nodes { units { nodes { ".repeat(5), "} } } } ".repeat(5));
    vec![
        document(
            "a hundred of a hundred of a hundred",
            format!("{{ needs(first: 100) {{ nodes {{ {claims} }} }} }}"),
            LIMIT,
        ),
        document("pages within pages that say no size", usual, LIMIT),
        document("many lists of lists", format!("{{ {fifty} }}"), LIMIT),
        document(
            "pages within pages of an interface",
            format!("{{ node(id: \"x\") {{ ... on Party {{ needs(first: 100) {{ nodes {{ {claims} }} }} }} }} }}"),
            LIMIT,
        ),
        document(
            "pages within pages by fragments",
            format!("{{ needs(first: 100) {{ nodes {{ ...f }} }} }} fragment f on ListItem {{ {claims} }}"),
            LIMIT,
        ),
        variables(
            "pages within pages whose size is a variable",
            "query($n: Int) { needs(first: $n) { nodes { claims(first: $n) { nodes { events(first: $n) { nodes { id } } } } } } }",
            json!({ "n": 100 }),
            LIMIT,
        ),
        document(
            "pages within pages whose size is a default",
            "query($n: Int = 100) { needs(first: $n) { nodes { claims(first: $n) { nodes { events(first: $n) { nodes { id } } } } } } }",
            LIMIT,
        ),
    ]
}

fn cursors() -> Vec<Kind> {
    let after = |name: &str, cursor: &str| {
        variables(
            name,
            "query($after: String) { units(after: $after) { nodes { id } } }",
            json!({ "after": cursor }),
            NO_CURSOR,
        )
    };
    vec![
        after("a cursor that is none", "nonsense"),
        after("an empty cursor", ""),
        after("a cursor of another list", "QRxCiYxc0D9_yrjUWyIwMWExNGNiMTdlZDg3ZTQzYjc1YjUyZjgxYjE4NDVjNCJd"),
        after("a cursor that was cut", "QRxCiYxc0D9_yrjUWyIw"),
        after("a cursor of SQL", "' OR 1=1; DROP TABLE party; --"),
        after("a cursor with a NUL", "\0"),
        after("a cursor as long as a body", &"QRxC".repeat(200_000)),
        after("a cursor of brackets", "W1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tb"),
    ]
}

fn ids() -> Vec<Kind> {
    let node = |name: &str, id: &str| {
        variables(
            name,
            "query($id: ID!) { node(id: $id) { id } }",
            json!({ "id": id }),
            Expected::Nothing(json!({ "node": null })),
        )
    };
    let many = |count: usize| vec!["x"; count];
    let nodes = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }";
    let unit = |id: Value| json!({ "id": id });
    vec![
        node("an id that is none", "nonsense"),
        node("an id of a table that is not there", "_wGRrMwtOH_bh9oLXQD8ZMU"),
        node("an id of a key that is not there", "AgAAAAAAAAAAAAAAAAAAAAA"),
        node("an id of SQL", "' OR 1=1; DROP TABLE party; --"),
        node("an id with a NUL", "\0"),
        document(
            "an id with a NUL, in the document",
            "{ node(id: \"\\u0000\") { id } }",
            Expected::Nothing(json!({ "node": null })),
        ),
        node("an id as long as a body", &"A".repeat(900_000)),
        variables("101 ids", nodes, json!({ "ids": many(101) }), WRONG),
        variables("2,001 ids", nodes, json!({ "ids": many(2_001) }), LIMIT),
        variables("an id that is a list", "query($id: ID!) { node(id: $id) { id } }", unit(json!([1])), BAD),
        variables("an id that is an object", "query($id: ID!) { node(id: $id) { id } }", unit(json!({ "a": 1 })), BAD),
        variables("no id at all", "query($id: ID!) { node(id: $id) { id } }", unit(json!(null)), BAD),
    ]
}

//! Fragments that stand for more than they look like, and introspection that does.

use super::kind::{BAD, Kind, LIMIT, document};

/// The introspection that tools send, which is answered.
const STANDARD: &str =
    "__schema { queryType { name } mutationType { name } subscriptionType { name } types { ...FullType }
    directives { name description isRepeatable locations args { ...InputValue } } }";

const FRAGMENTS: &str = "fragment FullType on __Type { kind name description specifiedByURL isOneOf
        fields(includeDeprecated: true) { name description args { ...InputValue } type { ...TypeRef } isDeprecated deprecationReason }
        inputFields { ...InputValue } interfaces { ...TypeRef }
        enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason } possibleTypes { ...TypeRef } }
    fragment InputValue on __InputValue { name description type { ...TypeRef } defaultValue }
    fragment TypeRef on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType {
        kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } } } }";

pub(super) fn kinds() -> Vec<Kind> {
    [bombs(), cycles(), crowds(), introspection()].into_iter().flatten().collect()
}

/// Fragments of which each spreads the next one so many times: a few lines that stand for `times` to the power of `levels`.
fn bomb(levels: usize, times: usize, on: &str, last: &str) -> String {
    let spread = |n: usize| format!("...f{n} ").repeat(times);
    let middle: String = (0..levels).map(|n| format!("fragment f{n} on {on} {{ {} }} ", spread(n + 1))).collect();
    format!("{middle} fragment f{levels} on {on} {{ {last} }}")
}

fn bombs() -> Vec<Kind> {
    let of_lists = |levels, times| format!("{{ ...f0 }} {}", bomb(levels, times, "Query", "units { nodes { name } }"));
    let nested: String = (0..20)
        .map(|n| format!("fragment f{n} on Area {{ a: parent {{ ...f{0} }} b: parent {{ ...f{0} }} }} ", n + 1))
        .collect();
    vec![
        document("a fragment bomb of 2^26", of_lists(26, 2), LIMIT),
        document("a fragment bomb of 2^49", of_lists(49, 2), LIMIT),
        document("a fragment bomb beyond what can be counted", of_lists(30, 50), LIMIT),
        document(
            "a fragment bomb within a list",
            format!("{{ units {{ nodes {{ ...f0 }} }} }} {}", bomb(26, 2, "Unit", "name")),
            LIMIT,
        ),
        document(
            "a fragment bomb whose spreads nest",
            format!("{{ area(code: \"51\") {{ ...f0 }} }} {nested} fragment f20 on Area {{ id }}"),
            LIMIT,
        ),
        document(
            "a fragment bomb that is not spread",
            format!("{{ __typename }} {}", bomb(26, 2, "Query", "__typename")),
            BAD,
        ),
        document(
            "a fragment bomb of inline fragments",
            format!("{{ units {{ nodes {{ {}name{} }} }} }}", "... on Party { ".repeat(60), " }".repeat(60)),
            LIMIT,
        ),
    ]
}

fn cycles() -> Vec<Kind> {
    let ring: String = (0..40).map(|n| format!("fragment f{n} on Query {{ ...f{} }} ", (n + 1) % 40)).collect();
    vec![
        document("a fragment that spreads itself", "{ ...f } fragment f on Query { ...f }", BAD),
        document(
            "two fragments that spread each other",
            "{ ...f } fragment f on Query { ...g } fragment g on Query { ...f }",
            BAD,
        ),
        document("a ring of 40 fragments", format!("{{ ...f0 }} {ring}"), BAD),
        document("a cycle that is not spread", "{ __typename } fragment f on Query { ...f }", BAD),
        document(
            "a cycle through fields",
            "{ area(code: \"51\") { ...f } } fragment f on Area { parent { children { nodes { ...f } } } }",
            BAD,
        ),
        document(
            "a cycle in the introspection",
            "{ __schema { types { ...f } } } fragment f on __Type { ofType { ...f } }",
            BAD,
        ),
    ]
}

fn crowds() -> Vec<Kind> {
    let conflicts: String = (0..450).map(|n| format!("units(first: {}) {{ totalCount }} ", n % 90)).collect();
    let many: String = (0..500).map(|n| format!("fragment f{n} on Query {{ id }} ")).collect();
    vec![
        document("500 fragments", format!("{{ __typename }} {many}"), LIMIT),
        document("450 fields that conflict", format!("{{ {conflicts} }}"), BAD),
        document("a fragment that is not there", "{ ...nowhere }", BAD),
        document("a fragment on what it cannot be", "{ ...f } fragment f on Unit { name }", BAD),
        document("a fragment on no type", "{ ...f } fragment f on Nothing { name }", BAD),
        document(
            "two fragments of one name",
            "{ ...f } fragment f on Query { __typename } fragment f on Query { __typename }",
            BAD,
        ),
    ]
}

fn introspection() -> Vec<Kind> {
    let fields = "name kind description fields { name type { name kind ofType { name kind ofType { name } } } } inputFields { name }";
    let twice = format!("a: {STANDARD} b: {STANDARD}");
    let ring = "fields { type { ".repeat(4);
    let named: String = (0..50).map(|n| format!("a{n}: __type(name: \"Unit\") {{ {fields} }} ")).collect();
    vec![
        document("the standard introspection twice", format!("{{ {twice} }} {FRAGMENTS}"), LIMIT),
        document("introspection of one type fifty times", format!("{{ {named} }}"), LIMIT),
        document(
            "introspection in a ring",
            format!("{{ __schema {{ types {{ {ring} name {} }} }} }}", "} } ".repeat(4)),
            LIMIT,
        ),
        document(
            "introspection deeper than there are types",
            format!("{{ __schema {{ types {{ {} name {} }} }} }}", "ofType { ".repeat(100), "} ".repeat(100)),
            LIMIT,
        ),
        document(
            "a fragment bomb of introspection",
            format!("{{ __schema {{ types {{ ...f0 }} }} }} {}", bomb(26, 2, "__Type", "fields { name }")),
            LIMIT,
        ),
    ]
}

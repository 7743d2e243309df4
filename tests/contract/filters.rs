//! Every line of every filter, found by walking the schema, runs on both databases and splits the rows in two.

use serde_json::Value;

use super::crowd::Crowd;
use crate::harness::{SchemaText, World, case};

/// The lists of the root that each filter is tried on.
const LISTS: &[(&str, &str)] = &[
    ("AreaFilter", "areas"),
    ("CommunityFilter", "communities"),
    ("UnitFilter", "units"),
    ("ListItemFilter", "listItems"),
    ("ClaimFilter", "claims"),
    ("ClaimEventFilter", "claimEvents"),
    ("CheckInFilter", "checkIns"),
    ("MemberCheckInFilter", "memberCheckIns"),
    ("AccountFilter", "accounts"),
    ("AuditFilter", "auditEntries"),
];

/// Filters that no list takes: one reaches them through others.
const NESTED: &[&str] = &["PartyFilter", "CategoryFilter", "RatingFilter", "FormerNameFilter"];

case!(every_line_of_every_filter_splits_the_rows_in_two);
async fn every_line_of_every_filter_splits_the_rows_in_two(world: World) {
    let world = world.whatever_it_costs();
    let schema = SchemaText::read();
    let crowd = Crowd::new(&world.given).await;
    crowd.grow(1).await;
    let known = |name: &String| LISTS.iter().any(|(filter, _)| filter == name) || NESTED.contains(&name.as_str());
    let unknown: Vec<_> = schema.inputs("Filter").into_iter().filter(|name| !known(name)).collect();
    assert!(unknown.is_empty(), "it is not said here on which list these filters are tried: {unknown:?}");
    let admin = world.admin().await;
    for (filter, list) in LISTS {
        let lines = lines(&schema, filter, 1);
        for lines in lines.chunks(20) {
            let pairs = lines.iter().enumerate().map(|(place, line)| {
                format!("yes{place}: {list}(filter: {line}) {{ totalCount }} no{place}: {list}(filter: {{ not: {line} }}) {{ totalCount }}")
            });
            let query = format!("{{ all: {list} {{ totalCount }} {} }}", pairs.collect::<Vec<_>>().join(" "));
            let answer = admin.ask(&query).await;
            assert!(answer.codes().is_empty(), "{}\n{query}", answer.text);
            let count = |name: String| answer.body["data"][name]["totalCount"].as_u64().expect("a count");
            for (place, line) in lines.iter().enumerate() {
                let halves = count(format!("yes{place}")) + count(format!("no{place}"));
                assert_eq!(halves, count("all".to_owned()), "{list} {line}");
            }
        }
    }
}

/// A filter for each line of a filter's input type and each thing that may be said there, `depth` filters deep.
fn lines(schema: &SchemaText, filter: &str, depth: usize) -> Vec<String> {
    let fields = schema.fields_of_input(filter).into_iter();
    let own = fields.filter(|(line, _)| !["and", "or", "not"].contains(&line.as_str()));
    let lines = own.flat_map(|(line, kind)| {
        said(schema, &kind, depth).into_iter().map(move |said| format!("{{ {line}: {said} }}"))
    });
    ["{}", "{ and: [{}] }", "{ or: [{}, {}] }", "{ not: {} }"].map(str::to_owned).into_iter().chain(lines).collect()
}

/// What may be said where the schema wants this type.
fn said(schema: &SchemaText, kind: &str, depth: usize) -> Vec<String> {
    if let Some(item) = kind.strip_prefix('[') {
        let items = said(schema, item.trim_matches(['!', ']']), depth);
        return [vec!["[]".to_owned()], vec![format!("[{}]", items.join(", "))]].concat();
    }
    let kind = kind.trim_end_matches('!');
    let words: &[&str] = match kind {
        "Boolean" => &["true", "false"],
        "Int" => &["1", "-1"],
        "String" => &["\"文\"", "\"\"", "\"%_\\\\\""],
        "ID" => &["\"nonsense\"", "\"B_8tZnJnbWekWm8F30rQ8M0\""],
        "DateTime" => &["\"2026-03-01T00:00:00+08:00\""],
        "Date" => &["\"2026-03-01\"", "\"0001-01-01\"", "\"9999-12-31\""],
        "NearInput" => &["{ lng: 104.4, lat: 31.1, metres: 500 }", "{ lng: -180, lat: -90, metres: 100000 }"],
        _ if kind.ends_with("Filter") => {
            return if depth == 0 { vec!["{}".to_owned()] } else { lines(schema, kind, depth - 1) };
        }
        _ if schema.is_enum(kind) => return schema.words(kind).into_iter().take(depth + 1).collect(),
        _ => {
            let fields = schema.fields_of_input(kind).into_iter();
            let each = fields.map(|(name, kind)| {
                let said = said(schema, &kind, depth).into_iter();
                said.map(|said| format!("{name}: {said}")).collect::<Vec<_>>()
            });
            let is_deep_down = depth == 0 && kind.ends_with("Op") && !is_quantified(schema, kind);
            let said: Vec<String> = if is_deep_down {
                // One of each operator, all at once.
                vec![each.filter_map(|said| said.into_iter().next()).collect::<Vec<_>>().join(", ")]
            } else {
                each.flatten().chain([String::new()]).collect()
            };
            return said.into_iter().map(|said| format!("{{ {said} }}")).collect();
        }
    };
    // Deep down, one word of each kind says enough.
    let number = if depth == 0 { 1 } else { words.len() };
    words.iter().take(number).map(ToString::to_string).collect()
}

/// `{ some every none }`.
fn is_quantified(schema: &SchemaText, kind: &str) -> bool {
    schema.fields_of_input(kind).iter().any(|(name, _)| name == "every")
}

case!(every_filter_of_a_nested_list_gives_the_page_that_is_counted);
async fn every_filter_of_a_nested_list_gives_the_page_that_is_counted(world: World) {
    let world = world.whatever_it_costs();
    let schema = SchemaText::read();
    let crowd = Crowd::new(&world.given).await;
    crowd.grow(1).await;
    // A nested list goes through another statement than one of the root, and both through another than a count.
    for (filter, list, parent) in [
        ("ListItemFilter", "listItems", "communities"),
        ("ClaimFilter", "claims", "communities"),
        ("UnitFilter", "units", "communities"),
        ("CommunityFilter", "communities", "units"),
        ("CheckInFilter", "checkIns", "units"),
        ("AreaFilter", "children", "areas"),
        ("ClaimEventFilter", "events", "claims"),
    ] {
        let lines = lines(&schema, filter, 0);
        for lines in lines.chunks(20) {
            let lists = lines.iter().enumerate().map(|(place, line)| {
                format!("list{place}: {list}(filter: {line}, first: 100) {{ nodes {{ id }} totalCount }}")
            });
            let query = format!("{{ {parent}(first: 3) {{ nodes {{ {} }} }} }}", lists.collect::<Vec<_>>().join(" "));
            let answer = world.stranger.read(&query).await;
            for node in answer[parent]["nodes"].as_array().unwrap() {
                for (place, line) in lines.iter().enumerate() {
                    let found = &node[format!("list{place}")];
                    let shown = found["nodes"].as_array().map(Vec::len);
                    assert_eq!(shown.map(Value::from).as_ref(), Some(&found["totalCount"]), "{list} {line}");
                }
            }
        }
    }
}

//! What a query costs follows from its shape, never from the data: every list of the schema, found by walking it.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use serde_json::Value;

use super::crowd::{Crowd, FULL};
use crate::harness::{Answer, Client, ListField, SchemaText, World, case};

/// How a page of a type's rows is reached. The list that is tested stands in place of `LIST`.
struct Way {
    to: &'static str,
    query: &'static str,
    /// Where the parents stand in the answer.
    parents: &'static [&'static str],
    /// How many rows reaching takes, beside those that a last step to one neighbour reads.
    rows: u64,
    /// Whether the last step is to one neighbour.
    is_neighbour: bool,
    /// How many statements all steps take together: a neighbour that everybody may see is read with what points at it.
    steps: u64,
}

const fn way(to: &'static str, query: &'static str, parents: &'static [&'static str]) -> Way {
    Way { to, query, parents, rows: FULL as u64, is_neighbour: false, steps: 1 }
}

const fn neighbour(to: &'static str, query: &'static str, parents: &'static [&'static str]) -> Way {
    Way { is_neighbour: true, steps: 2, ..way(to, query, parents) }
}

const fn joined(to: &'static str, query: &'static str, parents: &'static [&'static str]) -> Way {
    Way { is_neighbour: true, ..way(to, query, parents) }
}

/// Every type that has lists, and those that lead on without having any. Each page leaves one row unread, and looks at it.
const WAYS: &[Way] = &[
    Way { rows: 0, ..way("Query", "{ LIST }", &[]) },
    way("Area", "{ areas(first: 4, filter: { level: { eq: STREET } }) { nodes { id LIST } } }", &["areas", "nodes"]),
    way(
        "Community",
        "{ communities(first: 4, filter: { population: { isNull: false } }) { nodes { id LIST } } }",
        &["communities", "nodes"],
    ),
    way(
        "Unit",
        "{ units(first: 4, filter: { memberCount: { isNull: false } }) { nodes { id LIST } } }",
        &["units", "nodes"],
    ),
    joined(
        "Party",
        "{ listItems(first: 4, filter: { urgency: { eq: EMERGENCY } }) { nodes { owner { id __typename LIST } } } }",
        &["listItems", "nodes", "owner"],
    ),
    joined(
        "Party",
        "{ claims(first: 4, filter: { peopleServed: { gt: 0 } }) { nodes { claimant { id __typename LIST } } } }",
        &["claims", "nodes", "claimant"],
    ),
    way(
        "Need",
        "{ needs(first: 4, filter: { urgency: { eq: EMERGENCY } }) { nodes { id LIST } } }",
        &["needs", "nodes"],
    ),
    way(
        "Resource",
        "{ resources(first: 4, filter: { urgency: { eq: EMERGENCY } }) { nodes { id LIST } } }",
        &["resources", "nodes"],
    ),
    way(
        "Service",
        "{ services(first: 4, filter: { urgency: { eq: EMERGENCY } }) { nodes { id LIST } } }",
        &["services", "nodes"],
    ),
    way(
        "ListItem",
        "{ listItems(first: 4, filter: { urgency: { eq: EMERGENCY } }) { nodes { id LIST } } }",
        &["listItems", "nodes"],
    ),
    neighbour(
        "ListItem",
        "{ claims(first: 4, filter: { peopleServed: { gt: 0 } }) { nodes { item { id LIST } } } }",
        &["claims", "nodes", "item"],
    ),
    way(
        "Claim",
        "{ claims(first: 4, filter: { peopleServed: { gt: 0 } }) { nodes { id LIST } } }",
        &["claims", "nodes"],
    ),
    way("ClaimEvent", "{ claimEvents(first: 4) { nodes { id LIST } } }", &["claimEvents", "nodes"]),
    way("CheckIn", "{ checkIns(first: 4) { nodes { id LIST } } }", &["checkIns", "nodes"]),
    Way { rows: 0, ..way("Viewer", "{ viewer { id LIST } }", &["viewer"]) },
];

/// What is asked of a list, and what that costs.
struct Shape {
    selection: String,
    /// Statements, however many parents there are.
    statements: u64,
    /// Rows read for each parent.
    rows: u64,
    /// How many rows each page shows.
    shown: usize,
}

/// How many statements a page takes together with its count: of a list that hangs on nothing, one tells both.
fn with_count(list: &ListField) -> u64 {
    if ["Query", "Viewer"].contains(&&*list.on) { 1 } else { 2 }
}

case!(a_page_and_its_count_take_two_statements_anywhere_and_one_at_the_root);
async fn a_page_and_its_count_take_two_statements_anywhere_and_one_at_the_root(world: World) {
    hold_everywhere(&world, |list| Shape {
        selection: format!(
            "{}(first: 2) {{ nodes {{ id }} totalCount pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }}",
            list.field
        ),
        statements: with_count(list),
        rows: 3,
        shown: 2,
    })
    .await;
}

case!(the_same_list_asked_twice_is_read_twice_and_no_more);
async fn the_same_list_asked_twice_is_read_twice_and_no_more(world: World) {
    hold_everywhere(&world, |list| {
        let (field, order) = (&list.field, list.orders.first().expect("an order"));
        let order = format!("orderBy: [{{ field: {order}, direction: DESC }}]");
        Shape {
            selection: format!(
                "one: {field}(first: 1) {{ nodes {{ id }} }} \
                 again: {field}(first: 1) {{ edges {{ cursor node {{ id }} }} }} \
                 other: {field}(filter: {{ not: {{ or: [] }} }}, {order}, last: 1) {{ nodes {{ id }} totalCount }}"
            ),
            statements: 1 + with_count(list),
            rows: 4,
            shown: 1,
        }
    })
    .await;
}

case!(every_order_reads_no_more_than_its_page);
async fn every_order_reads_no_more_than_its_page(world: World) {
    hold_everywhere(&world, |list| {
        let lines = list.orders.iter().flat_map(|order| [(order, "ASC", "first"), (order, "DESC", "last")]);
        let lists = lines.enumerate().map(|(place, (order, direction, end))| {
            let near = "filter: { near: { lng: 104.4, lat: 31.1, metres: 1000 } }, ";
            let filter = if order == "DISTANCE" { near } else { "" };
            let order = format!("orderBy: [{{ field: {order}, direction: {direction} }}]");
            format!("list{place}: {}({filter}{order}, {end}: 2) {{ nodes {{ id }} }}", list.field)
        });
        let number = list.orders.len() as u64 * 2;
        Shape { selection: lists.collect::<Vec<_>>().join(" "), statements: number, rows: number * 3, shown: 2 }
    })
    .await;
}

case!(a_count_alone_reads_no_row);
async fn a_count_alone_reads_no_row(world: World) {
    hold_everywhere(&world, |list| Shape {
        selection: format!("{}(first: 7) {{ totalCount totalCountIsExact all: totalCount(exact: true) }}", list.field),
        // One that stops, which says whether it did, and one that does not.
        statements: 2,
        rows: 0,
        shown: 0,
    })
    .await;
}

/// Asks every list of the schema in this shape under a page of parents, on some rows and on ten times as many.
async fn hold_everywhere(world: &World, shape: impl Fn(&ListField) -> Shape) {
    let schema = SchemaText::read();
    let missing: Vec<_> = schema.parents().into_iter().filter(|on| WAYS.iter().all(|way| way.to != on)).collect();
    assert!(missing.is_empty(), "no way to a page of these is known, so their lists are not held: {missing:?}");
    let crowd = Crowd::new(&world.given).await;
    crowd.grow(1).await;
    // Somebody who sees every row of every list, and may ask for all of them.
    let admin = world.whatever_it_costs().admin().await;
    let few = measure(&admin, &schema, &shape).await;
    crowd.grow(9).await;
    let many = measure(&admin, &schema, &shape).await;
    for ((query, few), (_, many)) in few.into_iter().zip(many) {
        assert!(many.is_none() || many > few, "the list did not grow: {query}");
    }
}

/// Holds the cost of every list. Answers with each query and the rows that its lists had in all, where it says.
async fn measure(
    reader: &Client,
    schema: &SchemaText,
    shape: &impl Fn(&ListField) -> Shape,
) -> Vec<(String, Option<u64>)> {
    let mut measured = Vec::new();
    // An administrator lives nowhere, so their own check-ins are none.
    let is_empty = |list: &ListField| (list.on.as_str(), list.field.as_str()) == ("Viewer", "memberCheckIns");
    for list in schema.lists().into_iter().filter(|list| !is_empty(list)) {
        for way in WAYS.iter().filter(|way| way.to == list.on) {
            let shape = shape(&list);
            let query = way.query.replace("LIST", &shape.selection);
            let answer = reader.ask(&query).await;
            let total = hold(way, &shape, &query, &answer);
            measured.push((query, total));
        }
    }
    measured
}

fn hold(way: &Way, shape: &Shape, query: &str, answer: &Answer) -> Option<u64> {
    let parents = descend(answer.good(), way.parents);
    let names: BTreeSet<&str> = parents.iter().filter_map(|parent| parent["id"].as_str()).collect();
    let number = names.len().max(1) as u64;
    let (steps, read) = if way.is_neighbour { (way.steps, number) } else { (u64::from(way.rows > 0), 0) };
    // Whoever reads the audit log is in it: the entry, the end of the chain, and where that is now.
    let accounted = if query.contains("auditEntries") { 3 } else { 0 };
    let expected = (steps + shape.statements + accounted, way.rows + read + number * shape.rows);
    assert_eq!(answer.cost(), expected, "statements and rows of {query}");
    if way.to == "Party" {
        let kinds: BTreeSet<&str> = parents.iter().filter_map(|parent| parent["__typename"].as_str()).collect();
        assert_eq!(kinds, BTreeSet::from(["Community", "Unit"]), "{query}");
    }
    let lists = || parents.iter().flat_map(|parent| parent.as_object().expect("an object").values());
    for rows in lists().filter_map(|list| list["nodes"].as_array()) {
        assert_eq!(rows.len(), shape.shown, "a page is full: {query}");
    }
    lists().filter_map(|list| list["totalCount"].as_u64()).reduce(|one, other| one + other)
}

/// What stands at a path of an answer, lists laid flat.
fn descend<'a>(value: &'a Value, path: &[&str]) -> Vec<&'a Value> {
    path.iter().fold(vec![value], |found, key| {
        let next = found.into_iter().map(|value| &value[*key]);
        next.flat_map(|value| value.as_array().map_or_else(|| vec![value], |list| list.iter().collect())).collect()
    })
}

case!(what_is_not_a_list_takes_at_most_one_statement);
async fn what_is_not_a_list_takes_at_most_one_statement(world: World) {
    let schema = SchemaText::read();
    let crowd = Crowd::new(&world.given).await;
    crowd.grow(1).await;
    let admin = world.admin().await;
    // At the root these take arguments, which say what one row to read.
    for way in WAYS.iter().filter(|way| way.to != "Query") {
        for field in schema.neighbours(way.to) {
            let query = way.query.replace("LIST", &format!("{field} {{ __typename }}"));
            let (statements, _) = admin.ask(&query).await.cost();
            assert!((way.steps..=way.steps + 1).contains(&statements), "{statements} statements: {query}");
        }
    }
}

case!(a_page_of_both_kinds_of_party_costs_what_one_of_either_does);
async fn a_page_of_both_kinds_of_party_costs_what_one_of_either_does(world: World) {
    let crowd = Crowd::new(&world.given).await;
    crowd.grow(1).await;
    let claims = "claims(first: 2) { nodes { id } totalCount }";
    for owner in ["{ community: {} }", "{ unit: {} }", "{ or: [{ community: {} }, { unit: {} }] }"] {
        let query = format!(
            "{{ listItems(first: 12, filter: {{ urgency: {{ eq: EMERGENCY }}, owner: {owner} }}) {{ nodes {{ owner {{
                id __typename {claims} ... on Community {{ {claims} }} ... on Unit {{ {claims} }}
            }} }} }} }}"
        );
        let answer = world.stranger.ask(&query).await;
        let owners = descend(answer.good(), &["listItems", "nodes", "owner"]);
        let distinct = owners.iter().map(|owner| owner["id"].as_str()).collect::<BTreeSet<_>>().len() as u64;
        let kinds = owners.iter().map(|owner| owner["__typename"].as_str()).collect::<BTreeSet<_>>().len();
        assert_eq!(kinds, if owner.contains("or:") { 2 } else { 1 }, "{owner}");
        // The items with their owners, a page of claims and a count.
        assert_eq!(answer.cost(), (3, 13 + distinct + distinct * 3), "{owner}");
    }
}

/// Queries six levels deep, some of them uneven, and how many statements each takes.
const DEEP: &[(&str, u64)] = &[
    (
        "{ areas(first: 3, filter: { level: { eq: STREET } }) { nodes { communities(first: 3) { nodes { needs(first: 2, orderBy: [{ field: CREATED_AT }]) {
            nodes { claims(first: 2) { nodes { claimant { services(first: 2) { nodes { id } } } } } }
        } } } } } }",
        5,
    ),
    (
        "{ units(first: 3) { nodes { communities(first: 2) { nodes { units(first: 2) { nodes { checkIns(first: 2) {
            nodes { community { area { parent { id } } } }
        } } } } } } } }",
        5,
    ),
    (
        "{ claims(first: 8) { nodes {
            item { owner { claims(first: 2) { nodes { events(first: 2) { nodes { id } } } totalCount } } }
            claimant { needs(first: 3) { nodes { category { parent { id } } claims(first: 1) { totalCount } } } }
            unit { area { ancestors { id } } }
            events(first: 1) { nodes { claim { id } } }
        } } }",
        // 1: claims, with both neighbours. 2: items, needs with their categories, areas with what is above, events.
        // 3: counts, parents of categories, claims of events. Owners have been met. 4: their claims and a count. 5: events.
        10,
    ),
];

case!(a_deep_query_takes_the_same_statements_a_hundred_times_of_a_hundred);
async fn a_deep_query_takes_the_same_statements_a_hundred_times_of_a_hundred(world: World) {
    let crowd = Crowd::new(&world.given).await;
    crowd.grow(2).await;
    for (query, statements) in DEEP {
        let first = world.stranger.ask(query).await;
        first.good();
        assert_eq!(first.cost().0, *statements, "{query}");
        for _ in 0..99 {
            let again = world.stranger.ask(query).await;
            assert_eq!((again.cost(), &again.body["data"]), (first.cost(), &first.body["data"]), "{query}");
        }
    }
}

case!(requests_side_by_side_cost_what_each_costs_alone);
async fn requests_side_by_side_cost_what_each_costs_alone(world: World) {
    let crowd = Crowd::new(&world.given).await;
    crowd.grow(1).await;
    let mut alone = Vec::new();
    for (query, _) in DEEP {
        alone.push(world.stranger.ask(query).await);
    }
    for _ in 0..2 {
        let asked = DEEP.iter().cycle().take(24).map(|(query, _)| world.stranger.ask(query));
        for (place, answer) in join_all(asked).await.into_iter().enumerate() {
            let expected = &alone[place % DEEP.len()];
            assert_eq!(
                (answer.cost(), answer.good()),
                (expected.cost(), expected.good()),
                "{}",
                DEEP[place % DEEP.len()].0
            );
        }
    }
}

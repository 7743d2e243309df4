//! What a request costs before it runs: nothing in the schema is without a price, and what looks through much costs much.

use api::graph::prices::PRICES;
use api::kernel::document::ANYWHERE;
use api::server::config::Budget;
use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{BaseType, TypeDefinition, TypeKind, TypeSystemDefinition};
use serde_json::{Value, json};

use crate::harness::{Client, SchemaText, World, case, pure};

fn types() -> Vec<TypeDefinition> {
    let definitions =
        parse_schema(api::server::app::schema_text(&api::server::app::graph())).expect("a schema").definitions;
    let types = definitions.into_iter().filter_map(|definition| match definition {
        TypeSystemDefinition::Type(definition) => Some(definition.node),
        _ => None,
    });
    types.collect()
}

/// Every plain list of things that have fields, as the type and the field.
fn plain_lists() -> Vec<(String, String)> {
    let types = types();
    let has_fields = |name: &str| {
        types.iter().any(|kind| {
            kind.name.node == name
                && matches!(kind.kind, TypeKind::Object(_) | TypeKind::Interface(_) | TypeKind::Union(_))
        })
    };
    let mut lists = Vec::new();
    for kind in &types {
        let (on, fields) = match &kind.kind {
            TypeKind::Object(object) => (&kind.name.node, &object.fields),
            TypeKind::Interface(interface) => (&kind.name.node, &interface.fields),
            _ => continue,
        };
        for field in fields.iter().map(|field| &field.node) {
            let takes_ids = field.arguments.iter().any(|argument| argument.node.name.node == "ids");
            if let BaseType::List(item) = &field.ty.node.base
                && has_fields(item.to_string().trim_end_matches('!'))
                && !on.ends_with("Connection")
                && !takes_ids
            {
                lists.push((on.to_string(), field.name.node.to_string()));
            }
        }
    }
    lists
}

pure!(every_plain_list_says_how_much_it_holds);
fn every_plain_list_says_how_much_it_holds() {
    let lists = plain_lists();
    let unbounded: Vec<_> = lists.iter().filter(|(on, field)| PRICES.most(on, field).is_none()).collect();
    assert!(unbounded.is_empty(), "prices.rs does not say how much these hold at most: {unbounded:?}");
    let is_there = |on: &str, field: &str| lists.iter().any(|list| list.1 == field && (on == ANYWHERE || list.0 == on));
    let gone: Vec<_> = PRICES.lists.iter().filter(|(on, field, _)| !is_there(on, field)).collect();
    assert!(gone.is_empty(), "prices.rs prices lists that the schema does not have: {gone:?}");
}

pure!(every_list_says_what_it_takes_to_search_it);
fn every_list_says_what_it_takes_to_search_it() {
    let schema = SchemaText::read();
    let searched = schema.inputs("Filter");
    let unknown: Vec<_> = searched.iter().filter(|filter| PRICES.table(filter).is_none()).collect();
    assert!(unknown.is_empty(), "prices.rs does not say how much these search: {unknown:?}");
    let gone: Vec<_> = PRICES.tables.iter().filter(|table| !searched.iter().any(|name| name == table.filter)).collect();
    assert!(gone.is_empty(), "prices.rs prices filters that are not there: {gone:?}");
    for (filter, line, _) in PRICES.lines {
        let lines = schema.fields_of_input(filter);
        assert!(lines.iter().any(|(name, _)| name == line), "prices.rs prices {filter}.{line}, which is not there");
    }
    for (list, orders) in PRICES.kept {
        let lists = schema.lists();
        let list = lists.iter().find(|known| known.on == "Query" && known.field == *list).expect(list);
        orders.iter().for_each(|order| assert!(list.orders.iter().any(|known| known == order), "{list:?} {order}"));
    }
}

async fn cost(client: &Client, query: &str) -> u64 {
    let answer = client.ask(query).await;
    answer.good();
    answer.body["extensions"]["cost"]["requested"].as_u64().expect("a cost")
}

case!(what_has_to_be_looked_through_is_paid_for);
async fn what_has_to_be_looked_through_is_paid_for(world: World) {
    let contains = "title: { contains: \"zzzz\" }";
    let page = "(first: 1";
    for (query, expected) in [
        // Fields alone: a page that an index keeps.
        ("{ needs(first: 1) { nodes { id } } }".to_owned(), 3),
        ("{ needs(first: 1, orderBy: [{ field: PUBLISHED_AT, direction: DESC }]) { nodes { id } } }".to_owned(), 3),
        // An order that no index keeps, over the two hundred thousand items of a city.
        ("{ needs(first: 1, orderBy: [{ field: TITLE }]) { nodes { id } } }".to_owned(), 3 + 50 * (5 + 15)),
        (format!("{{ needs{page}, filter: {{ {contains} }}) {{ nodes {{ id }} }} }}"), 3 + 50 * (5 + 15)),
        // Counted as well, in another statement.
        (format!("{{ needs{page}, filter: {{ {contains} }}) {{ nodes {{ id }} totalCount }} }}"), 4 + 2 * 50 * (5 + 15)),
        // A claim is seen through its item. A count stops at ten thousand, unless it is told to go on or cannot know.
        ("{ claims(first: 1) { totalCount totalCountIsExact } }".to_owned(), 3 + 3 * (5 + 5)),
        ("{ claims(first: 1) { totalCount(exact: true) } }".to_owned(), 2 + 125 * (5 + 5)),
        ("{ claims(first: 1, filter: { quantity: { gt: 1 } }) { totalCount } }".to_owned(), 2 + 125 * (5 + 5 + 1)),
        // Two relations, and what lets a viewer see an event.
        (
            format!("{{ claimEvents{page}, filter: {{ claim: {{ item: {{ {contains} }} }} }}) {{ nodes {{ id }} }} }}"),
            3 + 500 * (10 + 5 + 5 + 5 + 15),
        ),
        // By the ids of what it points at, it is looked up.
        (
            "{ claims(first: 1, filter: { item: { id: { eq: \"x\" } } }) { nodes { id } } }".to_owned(),
            3 + (5 + 5 + 5 + 1),
        ),
        // By four hundred ids of units, each of which has five hundred claims.
        (
            format!("{{ claims(first: 1, filter: {{ unit: {{ id: {{ in: [{}] }} }} }}) {{ nodes {{ id }} }} }}", "1 ".repeat(400)),
            3 + 50 * (5 + 5 + 2 + 1),
        ),
        // Many rows hang on one: half a million claims on a thousand units.
        (
            format!("{{ units{page}, filter: {{ claims: {{ none: {{ item: {{ {contains} }} }} }} }}) {{ nodes {{ id }} }} }}"),
            3 + 5 + 5 + 125 * (5 + 5 + 15),
        ),
        // An area is a range of paths; alternatives are summed.
        (
            "{ needs(first: 1, filter: { or: [{ area: { within: [\"51\", \"52\"] } }, { quantity: { gt: 1, lt: 9 } }] }) { nodes { id } } }".to_owned(),
            3 + 50 * (5 + 1 + 2),
        ),
        // Below a parent there is less to look through, once for each parent.
        (
            format!("{{ units(first: 5) {{ nodes {{ needs{page}, filter: {{ {contains} }}) {{ nodes {{ id }} }} }} }} }}"),
            1 + 5 * (1 + 3 + 5 + 15),
        ),
        // What the viewer may claim: each item is tried with their parties.
        (
            "{ needs(first: 1, filter: { claimableBy: { mine: true } }) { nodes { id } } }".to_owned(),
            3 + 50 * (5 + 20 * 2),
        ),
    ] {
        assert_eq!(cost(&world.stranger, &query).await, expected, "{query}");
    }
}

case!(fifty_scans_are_refused_before_they_run);
async fn fifty_scans_are_refused_before_they_run(world: World) {
    let filter = "filter: { claim: { item: { title: { contains: \"zzzz\" } } } }";
    let scans = |number: usize| {
        let one = |place: usize| format!("a{place}: claimEvents(first: 1, {filter}) {{ nodes {{ id }} }} ");
        format!("{{ {} }}", (0..number).map(one).collect::<String>())
    };
    world.stranger.ask(&scans(1)).await.good();
    let answer = world.stranger.ask(&scans(50)).await;
    answer.refused("LIMIT_EXCEEDED");
    assert_eq!(answer.body["errors"][0]["message"], "cost: 1000150; at most 50000");
    assert_eq!(answer.cost(), (0, 0));
    // Whatever stands in the same place many times is as much to do each time.
    for filter in [
        "or: [W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W]"
            .replace('W', "{ claim: { community: { units: { some: { name: { contains: \"z\" } } } } } }"),
        "claim: { item: { claimableBy: { name: { contains: \"z\" } } } }".to_owned(),
        "claim: { unit: { communities: { every: { units: { every: { communities: { some: { name: { contains: \"z\" } } } } } } } } }".to_owned(),
    ] {
        let query = format!("{{ claimEvents(first: 1, filter: {{ {filter} }}) {{ totalCount nodes {{ id }} }} }}");
        world.stranger.ask(&query).await.refused("LIMIT_EXCEEDED");
    }
}

case!(however_many_values_are_named_they_are_one_parameter);
async fn however_many_values_are_named_they_are_one_parameter(world: World) {
    let (community, unit) = (world.given.community("文庙社区").await, world.given.unit("区人民医院").await);
    world.given.need(&community).title("路灯").await;
    world.given.resource(&unit).title("礼堂").await;
    // Each fifty times: more values than PostgreSQL takes parameters.
    let query = "query($codes: [String!], $ids: [ID!], $words: [String!], $numbers: [Int!], $moments: [DateTime!]) {
        near: needs(filter: { or: [AREAS] }) { nodes { title } }
        named: listItems(filter: { or: [VALUES] }) { nodes { title } }
        others: listItems(filter: { not: { or: [VALUES] } }) { nodes { title } }
        areas(filter: { within: $codes }) { totalCount }
    }";
    let areas = "{ area: { within: $codes } } ".repeat(50);
    let values = "{ id: { in: $ids } } { title: { in: $words } } { quantity: { in: $numbers } } { createdAt: { in: $moments } } ";
    let query = query.replace("AREAS", &areas).replace("VALUES", &values.repeat(50));
    let many = |word: &dyn Fn(usize) -> Value, last: &[Value]| -> Vec<Value> {
        (0..380).map(word).chain(last.iter().cloned()).collect()
    };
    let variables = json!({
        // A code below another is in it; what is not there is nowhere.
        "codes": many(&|place| json!(format!("nowhere {place}")), &[json!("51"), json!("510603"), json!("51")]),
        "ids": many(&|place| json!(format!("id {place}")), &[]),
        "words": many(&|place| json!(format!("“{place}”\"\\")), &[json!("路灯"), json!("a\0b")]),
        "numbers": many(&|place| json!(1_000_000 + place), &[]),
        "moments": many(&|place| json!(format!("2001-01-01T00:00:00.{place:03}Z")), &[]),
    });
    let budget = Budget { values: u64::MAX, conditions: u64::MAX, ..Budget::default() };
    let world = world.with_budget(budget);
    let answer = world.stranger.ask_with(&query, variables.clone()).await;
    let need = json!({ "nodes": [{ "title": "路灯" }] });
    let rest = json!({ "nodes": [{ "title": "礼堂" }] });
    let areas = world.stranger.read("{ areas { totalCount } }").await["areas"].clone();
    assert_eq!(answer.good(), &json!({ "near": need, "named": need, "others": rest, "areas": areas }));
    // Four lists, and one look at the codes, which all of them share.
    assert_eq!(answer.cost().0, 5);

    let answer = World::with_budget(&world, Budget { cost: u64::MAX, ..Budget::default() })
        .stranger
        .ask_with(&query, variables)
        .await;
    answer.refused("LIMIT_EXCEEDED");
    assert_eq!(answer.cost(), (0, 0));
}

case!(areas_by_the_dozen_are_found_as_one_is);
async fn areas_by_the_dozen_are_found_as_one_is(world: World) {
    let district = "510603";
    for place in 0..12 {
        world.given.need(&world.given.community(&format!("{place}号社区")).await).title(&format!("需求{place}")).await;
    }
    let communities = world.stranger.read("{ communities(first: 100) { nodes { area { code } } } }").await;
    let codes: Vec<Value> = communities["communities"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| node["area"]["code"].clone())
        .collect();
    assert!(codes.len() > 10, "more than are ranges in the text: {codes:?}");
    let query = "query($codes: [String!]) {
        needs(filter: { area: { within: $codes } }) { totalCount } outside: needs(filter: { not: { area: { within: $codes } } }) { totalCount }
        areas(filter: { within: $codes }) { totalCount } owned: needs(filter: { owner: { area: { within: $codes } } }) { totalCount }
        units(filter: { area: { within: $codes } }) { totalCount }
    }";
    let found = async |codes: Value| {
        let answer = world.stranger.ask_with(query, json!({ "codes": codes })).await;
        let counts = ["needs", "outside", "areas", "owned", "units"]
            .map(|list| answer.good()[list]["totalCount"].as_u64().unwrap());
        (counts, answer.cost().0)
    };
    let all = codes.len() as u64;
    assert_eq!(found(json!(codes)).await, ([12, 0, all, 12, 0], 6));
    assert_eq!(found(json!(codes[..10])).await.0[2], 10);
    let ([inside, outside, ..], statements) = found(json!([district])).await;
    assert_eq!((inside, outside, statements), (12, 0, 6));
    assert_eq!(found(json!([])).await, ([0, 12, 0, 0, 0], 5));
}

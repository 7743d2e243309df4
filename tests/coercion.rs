//! Values and variables: each is judged by its type before anything runs.

use entity::list_item;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};

use crate::harness::{World, case, pure, sources};
use crate::listing::{category, party_id, place};

const GOOD_AND: &str =
    "mutation($good: CreateNeedInput!) { a: createNeed(input: $good) { need { id } userErrors { code } } ";

/// A mutation whose first field is good, and what is wrong with the rest of it: it is refused whole, and nothing was done.
async fn is_refused_whole(world: &World, rest: &str, message: &str) {
    let place = place(world).await;
    let good = json!({
        "ownerId": party_id(&place.community), "categoryId": category(world, "safety.fire").await, "title": "路灯",
    });
    let answer = place.clerk.ask_with(&format!("{GOOD_AND} {rest} }}"), json!({ "good": good })).await;
    assert_eq!(answer.status, 400, "{}", answer.text);
    assert_eq!((answer.body.get("data"), &answer.body["errors"][0]["message"]), (None, &json!(message)));
    assert_eq!(list_item::Entity::find().count(&world.database.reader).await.unwrap(), 0);
}

case!(a_value_that_is_none_stops_the_whole_mutation);
async fn a_value_that_is_none_stops_the_whole_mutation(world: World) {
    let rest = r#"b: createNeed(input: {ownerId: "x", categoryId: "x", title: "x", availableFrom: "garbage"}) { need { id } }"#;
    let message = "the argument input of createNeed is wrong at input.availableFrom: it is DateTime, and this is not a moment \
        as RFC 3339 has it, such as 2026-03-01T08:30:00+08:00";
    is_refused_whole(&world, rest, message).await;
}

case!(a_page_that_cannot_be_stops_the_whole_mutation);
async fn a_page_that_cannot_be_stops_the_whole_mutation(world: World) {
    let below =
        |arguments: &str| format!("b: createNeed(input: $good) {{ need {{ claims({arguments}) {{ totalCount }} }} }}");
    is_refused_whole(&world, &below("first: 101"), "claims: first is 101; a page has at most 100").await;
}

case!(a_cursor_of_another_list_stops_the_whole_mutation);
async fn a_cursor_of_another_list_stops_the_whole_mutation(world: World) {
    let rest = "b: createNeed(input: $good) { ...Below } } fragment Below on NeedPayload { need { owner { ... on Community { needs(after: \"x\") { totalCount } } } }";
    is_refused_whole(&world, rest, "needs: this is no cursor: pass one that this list gave out").await;
}

case!(an_order_without_its_point_stops_the_whole_mutation);
async fn an_order_without_its_point_stops_the_whole_mutation(world: World) {
    let rest = "b: createNeed(input: $good) { need { owner { needs(orderBy: {field: DISTANCE}) { totalCount } } } }";
    let message = "needs: orderBy DISTANCE needs a point to measure from: filter with near: { lng, lat, metres }";
    is_refused_whole(&world, rest, message).await;
}

/// What is wrong with a request, to the word.
async fn says(world: &World, query: &str, variables: Value, message: &str) {
    let answer = world.stranger.ask_with(query, variables).await;
    assert_eq!(answer.status, 400, "{query}: {}", answer.text);
    assert_eq!(answer.body["errors"][0]["message"], message, "{query}");
    answer.refused("BAD_REQUEST");
}

case!(a_literal_is_of_its_type);
async fn a_literal_is_of_its_type(world: World) {
    let first = "the argument first of units is wrong at first: ";
    let needs = "the argument filter of needs is wrong at filter.";
    for (query, message) in [
        ("{ units(first: 1.0) { totalCount } }", format!("{first}it is Int, and cannot be a number with a fraction")),
        ("{ units(first: 2147483648) { totalCount } }", format!("{first}it is Int, which is a whole number of 32 bits")),
        ("{ units(first: \"1\") { totalCount } }", format!("{first}it is Int, and cannot be a text")),
        ("{ units(first: [1]) { totalCount } }", format!("{first}it is Int, and cannot be a list")),
        ("{ units(first: {}) { totalCount } }", format!("{first}it is Int, and cannot be an object")),
        ("{ units @skip(if: \"true\") { totalCount } }", "the argument if of @skip is wrong at if: it is Boolean, and cannot be a text".into()),
        ("{ node(id: null) { id } }", "the argument id of node is wrong at id: it is ID!, and cannot be null".into()),
        ("{ node(id: 1.5) { id } }", "the argument id of node is wrong at id: it is ID, and cannot be a number".into()),
        ("{ needs(filter: {and: [{}, {title: {eq: 1}}]}) { totalCount } }", format!("{needs}and[1].title.eq: it is String, and cannot be a number")),
        ("{ needs(filter: {and: [null]}) { totalCount } }", format!("{needs}and[0]: it is ListItemFilter!, and cannot be null")),
        ("{ needs(filter: {urgency: {eq: \"URGENT\"}}) { totalCount } }", format!("{needs}urgency.eq: it is Urgency, and cannot be a text")),
        ("{ needs(filter: {urgency: {in: [URGENT, LATER]}}) { totalCount } }", format!("{needs}urgency.in[1]: it is Urgency, and cannot be LATER")),
        ("{ needs(filter: {nobody: 1}) { totalCount } }", format!("{needs}nobody: ListItemFilter has no field nobody")),
        ("{ needs(filter: {near: {lng: 1, lat: 91, metres: 1}}) { totalCount } }", format!("{needs}near.lat: 91 does not lie from -90 to 90")),
        ("{ needs(filter: {near: {lng: 1, lat: 1}}) { totalCount } }", format!("{needs}near.metres: it is Float!, and NearInput must have it")),
        ("{ needs(filter: {createdAt: {gt: 5}}) { totalCount } }", format!("{needs}createdAt.gt: it is DateTime, and cannot be a number")),
        ("{ needs(filter: {createdAt: {during: {from: \"2026-3-1\"}}}) { totalCount } }", format!("{needs}createdAt.during.from: it is Date, and this is not a day such as 2026-03-01")),
        (
            "mutation { deliverClaim(input: {id: 1, deliveredQuantity: 1, evidence: {url: \"x\", id: \"y\"}}) { claim { id } } }",
            "the argument input of deliverClaim is wrong at input.evidence: AttachmentInput takes exactly one of its fields, and that not null".into(),
        ),
        ("query($x: Int = \"a\") { units(first: $x) { totalCount } }", "the default of $x is wrong at x: it is Int, and cannot be a text".into()),
    ] {
        says(&world, query, json!({}), &message).await;
    }
}

case!(the_value_of_a_variable_is_of_its_type);
async fn the_value_of_a_variable_is_of_its_type(world: World) {
    let deliver = "mutation($input: DeliverClaimInput!) { deliverClaim(input: $input) { claim { id } } }";
    let units = "query($first: Int, $by: [UnitOrder!], $filter: UnitFilter) { units(first: $first, orderBy: $by, filter: $filter) { totalCount } }";
    for (query, variables, message) in [
        (
            units,
            json!({ "first": 1.5 }),
            "the variable $first is wrong at first: it is Int, and cannot be a number with a fraction",
        ),
        (
            units,
            json!({ "first": -2_147_483_649_i64 }),
            "the variable $first is wrong at first: it is Int, which is a whole number of 32 bits",
        ),
        (
            units,
            json!({ "first": 1e300 }),
            "the variable $first is wrong at first: it is Int, which is a whole number of 32 bits",
        ),
        (
            units,
            json!({ "by": [{ "field": "NAME" }, { "field": "name" }] }),
            "the variable $by is wrong at by[1].field: it is UnitOrderField, and cannot be a text",
        ),
        (
            units,
            json!({ "by": [{ "field": "NAME", "direction": null }] }),
            "the variable $by is wrong at by[0].direction: it is OrderDirection!, and cannot be null",
        ),
        (
            units,
            json!({ "by": {} }),
            "the variable $by is wrong at by.field: it is UnitOrderField!, and UnitOrder must have it",
        ),
        (
            units,
            json!({ "filter": [{}] }),
            "the variable $filter is wrong at filter: it is UnitFilter, and cannot be a list",
        ),
        (
            units,
            json!({ "filter": "{}" }),
            "the variable $filter is wrong at filter: it is UnitFilter, and cannot be a text",
        ),
        (
            deliver,
            json!({ "input": { "id": true, "deliveredQuantity": 1 } }),
            "the variable $input is wrong at input.id: it is ID, and cannot be true or false",
        ),
        (
            deliver,
            json!({ "input": { "id": "x", "deliveredQuantity": 1, "evidence": [{ "url": null }] } }),
            "the variable $input is wrong at input.evidence[0]: AttachmentInput takes exactly one of its fields, and that not null",
        ),
    ] {
        says(&world, query, variables, message).await;
    }
}

case!(a_variable_stands_where_its_type_may);
async fn a_variable_stands_where_its_type_may(world: World) {
    let deliver = |definitions: &str, evidence: &str| {
        format!(
            "mutation({definitions}) {{ deliverClaim(input: {{id: 1, deliveredQuantity: 1, evidence: {evidence}}}) {{ claim {{ id }} }} }}"
        )
    };
    for (query, variables, message) in [
        (
            "query($id: ID) { node(id: $id) { id } }".to_owned(),
            json!({ "id": "x" }),
            "the variable $id is ID, and cannot stand for id, which is ID!",
        ),
        (
            "query($id: String!) { ...A } fragment A on Query { node(id: $id) { id } }".to_owned(),
            json!({ "id": "x" }),
            "the variable $id is String!, and cannot stand for id, which is ID!",
        ),
        (
            "query($ids: ID!) { nodes(ids: $ids) { id } }".to_owned(),
            json!({ "ids": "x" }),
            "the variable $ids is ID!, and cannot stand for ids, which is [ID!]!",
        ),
        (
            "query($ids: [ID]!) { nodes(ids: $ids) { id } }".to_owned(),
            json!({ "ids": ["x"] }),
            "the variable $ids is [ID]!, and cannot stand for ids, which is [ID!]!",
        ),
        (
            "query($x: Boolean = true) { units @skip(if: $x) { totalCount } }".to_owned(),
            json!({ "x": null }),
            "the variable $x is Boolean, and cannot stand for if, which is Boolean!: it cannot be null there",
        ),
        (
            deliver("$url: String", "{url: $url}"),
            json!({ "url": "x" }),
            "the variable $url is String, and cannot stand for url, which is String and the only one given: declare it as not null",
        ),
        (
            deliver("$file: AttachmentInput", "[$file]"),
            json!({ "file": { "id": "x" } }),
            "the variable $file is AttachmentInput, and cannot stand for evidence, which is AttachmentInput!",
        ),
    ] {
        says(&world, &query, variables, message).await;
    }
    for (query, variables) in [
        ("query($id: ID = \"x\") { node(id: $id) { id } }", json!({})),
        ("query($way: OrderDirection) { units(orderBy: {field: NAME, direction: $way}) { totalCount } }", json!({})),
        ("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", json!({ "ids": "x" })),
        ("query($code: String!) { areas(filter: {within: [$code]}) { totalCount } }", json!({ "code": "51" })),
    ] {
        world.stranger.ask_with(query, variables).await.good();
    }
}

case!(a_value_has_one_meaning_in_each_form);
async fn a_value_has_one_meaning_in_each_form(world: World) {
    for name in ["一号医院", "二号医院"] {
        world.given.unit(name).await;
    }
    let count = async |query: &str, variables: Value| {
        let answer = world.stranger.ask_with(query, variables).await;
        answer.good()["units"]["nodes"].as_array().map(Vec::len)
    };
    let literal =
        async |arguments: &str| count(&format!("{{ units({arguments}) {{ nodes {{ id }} }} }}"), json!({})).await;
    assert_eq!(literal("first: -0").await, Some(0));
    assert_eq!(literal("filter: {name: {eq: \"\\u{4E00}号医院\"}}").await, Some(1));
    assert_eq!(literal("filter: {name: {eq: \"\"\"\n   一号医院\n\"\"\"}}").await, Some(1));
    let given = async |first: &str| {
        let variables = serde_json::from_str(&format!("{{\"first\":{first}}}")).unwrap();
        count("\"how many\" query($first: Int) { units(first: $first) { nodes { id } } }", variables).await
    };
    assert_eq!(
        (given("1.0").await, given("-0").await, given("-0.0").await, given("1e0").await),
        (Some(1), Some(0), Some(0), Some(1))
    );
}

// Where nothing is said the usual holds; a null says something.
case!(an_omitted_variable_is_not_a_null);
async fn an_omitted_variable_is_not_a_null(world: World) {
    let query =
        "query($way: OrderDirection = DESC) { units(orderBy: {field: NAME, direction: $way}) { nodes { name } } }";
    for name in ["a", "b"] {
        world.given.unit(name).await;
    }
    let answer = world.stranger.ask_with(query, json!({})).await;
    assert_eq!(answer.good()["units"]["nodes"], json!([{ "name": "b" }, { "name": "a" }]));
    let message = "the variable $way is OrderDirection, and cannot stand for direction, which is OrderDirection!: it cannot be null there";
    says(&world, query, json!({ "way": null }), message).await;
}

/// A scalar whose values only a resolver could judge would be found wrong when half of a mutation is done.
fn every_scalar_is_judged_before_anything_runs() {
    let scalars = api::server::app::schema_text(&api::server::app::graph());
    let scalars = scalars
        .lines()
        .filter_map(|line| line.strip_prefix("scalar "))
        .filter_map(|line| line.split_whitespace().next());
    let (known, unknown): (Vec<&str>, Vec<&str>) = scalars.partition(|name| api::kernel::scalar::is_known(name));
    assert_eq!((known, unknown), (vec!["Date", "DateTime", "Long"], vec![]));
}
pure!(every_scalar_is_judged_before_anything_runs);

/// A validator of the library's runs when its field does. The bounds in `Between` are known before; another kind needs a place there.
fn every_validator_is_known_before_anything_runs() {
    let found = |source: &sources::Source| (source.path.clone(), source.text.matches("validator(custom").count());
    let with: Vec<_> = sources::of("api/src").iter().map(found).filter(|(_, count)| *count > 0).collect();
    assert_eq!(with, [("api/src/kernel/near.rs".to_owned(), 3)]);
    let others = sources::of("api/src").iter().map(|source| source.text.matches("validator(").count()).sum::<usize>();
    assert_eq!(others, 3);
}
pure!(every_validator_is_known_before_anything_runs);

//! What a document says and leaves out: variables that were omitted, operations that do not run, and what an answer is made of.

use std::io::Write;
use std::sync::{Arc, Mutex};

use api::database::{Database, Pool};
use api::server::http::router;
use serde_json::{Value, json};
use tracing_subscriber::util::SubscriberInitExt;

use crate::harness::{Answer, Client, World, case};

/// Asks for one of a document's operations.
async fn run(world: &World, document: &str, operation: &str, variables: Value) -> Answer {
    let body = json!({ "query": document, "operationName": operation, "variables": variables });
    world.stranger.post(&body).await
}

// Absent means "not said": the usual page, and not the error that a null would be.
case!(an_omitted_variable_is_as_if_its_argument_were_not_there);
async fn an_omitted_variable_is_as_if_its_argument_were_not_there(world: World) {
    for name in ["一号医院", "二号医院"] {
        world.given.unit(name).await;
    }
    let query = "query($first: Int, $name: String) { units(first: $first, filter: {name: {eq: $name}}) { nodes { name } totalCount } }";
    assert_eq!(world.stranger.ask_with(query, json!({})).await.good()["units"]["totalCount"], 2);
    let one = world.stranger.ask_with(query, json!({ "first": 1 })).await;
    assert_eq!(one.good()["units"]["nodes"].as_array().map(Vec::len), Some(1));
    let named = world.stranger.ask_with(query, json!({ "name": "二号医院" })).await;
    assert_eq!(named.good()["units"], json!({ "nodes": [{ "name": "二号医院" }], "totalCount": 1 }));
}

const SHARED: &str = "
    query Without($name: String) { units(filter: {name: {eq: $name}}) { totalCount } }
    query With($name: String) { communities(filter: {name: {eq: $name}}) { totalCount } }";

// Operations name their variables as they like: what one leaves out, another may use.
case!(an_operation_that_does_not_run_keeps_its_variables);
async fn an_operation_that_does_not_run_keeps_its_variables(world: World) {
    world.given.unit("一号医院").await;
    let answer = run(&world, SHARED, "Without", json!({})).await;
    assert_eq!(answer.good(), &json!({ "units": { "totalCount": 1 } }));
    let answer = run(&world, SHARED, "With", json!({})).await;
    assert_eq!(answer.good(), &json!({ "communities": { "totalCount": 0 } }));
}

const FRAGMENT: &str = "
    query Without($name: String) { ...Named }
    query With($name: String!) { ...Named again: units(first: 1) { totalCount } }
    query Unused($name: String) { units { totalCount } }
    fragment Named on Query { units(filter: {name: {eq: $name}}) { totalCount } }";

// What the fragment no longer uses was used, as it was written; what never was is still an error.
case!(operations_that_share_a_fragment_are_validated_as_written);
async fn operations_that_share_a_fragment_are_validated_as_written(world: World) {
    world.given.unit("一号医院").await;
    let shared = FRAGMENT.replace("query Unused($name: String) { units { totalCount } }", "");
    let answer = run(&world, &shared, "Without", json!({})).await;
    assert_eq!(answer.good(), &json!({ "units": { "totalCount": 1 } }));
    let answer = run(&world, &shared, "With", json!({ "name": "二号医院" })).await;
    assert_eq!(answer.good(), &json!({ "units": { "totalCount": 0 }, "again": { "totalCount": 1 } }));
    let answer = run(&world, FRAGMENT, "Without", json!({})).await;
    answer.refused("BAD_REQUEST");
    assert_eq!(answer.body["errors"][0]["message"], r#"Variable "$name" is not used by operation "Unused""#);
}

case!(a_directive_on_typename_is_one_like_any_other);
async fn a_directive_on_typename_is_one_like_any_other(world: World) {
    let query = "query($x: Boolean!) { kind: __typename @include(if: $x) ...More units(first: 1) { __typename @skip(if: $x) totalCount } }
        fragment More on Query { other: __typename @skip(if: $x) }";
    let answer = world.stranger.ask_with(query, json!({ "x": true })).await;
    assert_eq!(answer.good(), &json!({ "kind": "Query", "units": { "totalCount": 0 } }));
    let answer = world.stranger.ask_with(query, json!({ "x": false })).await;
    assert_eq!(
        answer.good(),
        &json!({ "other": "Query", "units": { "__typename": "UnitConnection", "totalCount": 0 } })
    );
    for wrong in [
        "{ __typename @nowhere }",
        "{ __typename @include }",
        "{ __typename @include(if: 1) }",
        "{ __typename @include(if: $x) }",
    ] {
        world.stranger.ask(wrong).await.refused("BAD_REQUEST");
    }
}

case!(an_answer_keeps_the_order_asked);
async fn an_answer_keeps_the_order_asked(world: World) {
    world.given.street().await;
    let query =
        r#"{ z: area(code: "51") { name id fullName } units { totalCount } a: area(code: "51") { fullName name } }"#;
    let answer = world.stranger.ask(query).await;
    let id = answer.good()["z"]["id"].clone();
    let data = format!(
        r#"{{"data":{{"z":{{"name":"四川省","id":{id},"fullName":"四川省"}},"units":{{"totalCount":0}},"a":{{"fullName":"四川省","name":"四川省"}}}},"#
    );
    assert!(answer.text.starts_with(&data), "{}", answer.text);
}

// The same price list: a field is one. What was asked for is priced with full pages, what was spent with those that came.
case!(an_answer_tells_what_was_asked_for_and_what_it_came_to);
async fn an_answer_tells_what_was_asked_for_and_what_it_came_to(world: World) {
    for name in ["一号医院", "二号医院"] {
        world.given.unit(name).await;
    }
    let cost = async |query: &str| {
        let answer = world.stranger.ask(query).await;
        answer.good();
        answer.body["extensions"]["cost"].to_string()
    };
    let page = "{ units(first: 10) { nodes { name kind } } }";
    assert_eq!(cost(page).await, r#"{"requested":31,"spent":6,"statements":1,"rows":2}"#);
    assert_eq!(
        cost("{ units(first: 2) { totalCount } }").await,
        r#"{"requested":8,"spent":2,"statements":1,"rows":0}"#
    );
    let introspection = "{ s: __schema { queryType { name } } __type(name: \"Unit\") { name } __typename }";
    assert_eq!(cost(introspection).await, r#"{"requested":1,"spent":1,"statements":0,"rows":0}"#);
    let wrong = world.stranger.ask("{ nowhere }").await;
    assert_eq!(wrong.body["extensions"]["cost"]["spent"], 0);
}

case!(a_schema_that_is_not_told_is_not_hinted_at);
async fn a_schema_that_is_not_told_is_not_hinted_at(world: World) {
    let app = world.app_over(world.database.clone());
    let open = Client::new(router(app.clone()));
    let closed = Client::new(router(app.without_introspection()));
    let typo = |answer: &Answer| answer.body["errors"][0]["message"].as_str().expect("a message").to_owned();
    let hint = typo(&open.ask("{ unitz { id } }").await);
    assert!(hint.contains("Did you mean"), "{hint}");
    assert_eq!(typo(&closed.ask("{ unitz { id } }").await), r#"Unknown field "unitz" on type "Query"."#);
    for query in [
        "{ __schema { queryType { name } } }",
        "{ s: __type(name: \"Unit\") { name } }",
        "query A { ...F } fragment F on Query { ... { __schema { types { name } } } }",
    ] {
        open.ask(query).await.good();
        let answer = closed.ask(query).await;
        answer.refused("BAD_REQUEST");
        assert_eq!(typo(&answer), "introspection is switched off");
    }
    assert_eq!(closed.read("{ __typename }").await, json!({ "__typename": "Query" }));
}

/// What is logged, for whom wants to read it.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    pub fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

// A connection to nothing panics in whoever loads by it.
case!(a_panic_is_one_masked_error);
async fn a_panic_is_one_masked_error(world: World) {
    let database = Database::of(Pool::default(), world.database.writer.clone());
    let broken = Client::new(router(world.app_over(database)));
    let log = Log::default();
    let lines = log.clone();
    let logger = tracing_subscriber::fmt().with_writer(move || lines.clone()).with_ansi(false).finish();
    let logging = logger.set_default();
    let answer = broken.ask("{ units { nodes { name } } }").await;
    drop(logging);
    answer.refused("INTERNAL");
    let log = log.text();
    let id = answer.body["errors"][0]["extensions"]["requestId"].as_str().expect("an id");
    assert_eq!(
        log.matches(&format!("A request failed on our side request.id=\"{id}\" error=a resolver panicked")).count(),
        1,
        "{log}"
    );
    assert_eq!((answer.status.as_u16(), answer.body.get("data")), (500, None));
    let told = "something went wrong on our side: the log has it under this request's id";
    assert_eq!(answer.body["errors"][0]["message"], told);
    assert_eq!(broken.read("{ __typename }").await, json!({ "__typename": "Query" }));
}

//! Answers are bounded in bytes, however few fields hold them.

use std::time::Duration;

use api::kernel::global_id::Table;
use api::server::app::App;
use api::server::config::Budget;
use entity::account_grant::Role::CommunityStaff;
use entity::list_item;
use sea_orm::{ConnectionTrait, EntityTrait, QueryResult, Statement};
use serde_json::json;

use crate::harness::{Client, World, case};

/// A description as long as one may be: 15,000 bytes.
fn long() -> String {
    "灯".repeat(5_000)
}

/// The door of a server that answers with so many bytes at most.
fn door(world: &World, answer_bytes: u64) -> Client {
    let budget = Budget { answer_bytes, ..Budget::default() };
    Client::new(api::server::http::router(App::new(world.database.clone(), world.app.clock().clone(), budget)))
}

async fn needs(world: &World, number: usize) -> entity::party::Model {
    let community = world.given.community("文庙社区").await;
    for _ in 0..number {
        world.given.need(&community).with(|row| row.description = long()).await;
    }
    community
}

case!(long_texts_are_answered_up_to_so_many_bytes);
async fn long_texts_are_answered_up_to_so_many_bytes(world: World) {
    needs(&world, 10).await;
    let stranger = door(&world, 100_000);
    let six = stranger.ask("{ needs(first: 6) { nodes { description } } }").await;
    assert_eq!(six.good()["needs"]["nodes"][5]["description"], long());
    for too_much in [
        "{ needs { nodes { description } } }",
        "{ needs(first: 1) { nodes { a: description b: description c: description d: description e: description f: description g: description } } }",
        "{ needs(first: 4) { nodes { description } } more: needs(last: 4) { nodes { description } } }",
    ] {
        let answer = stranger.ask(too_much).await;
        assert_eq!((answer.status.as_u16(), answer.codes()), (400, vec!["LIMIT_EXCEEDED"]), "{too_much}");
        assert_eq!(
            (answer.body["errors"][0]["message"].as_str(), answer.body.get("data")),
            (Some("bytes of the answer: more than 100000; ask for fewer rows, or for fewer texts"), None)
        );
    }
    // What is short is answered, though the rows have long texts that nobody asked for.
    stranger.ask("{ needs { nodes { title } } }").await.good();
}

case!(short_texts_count_too_when_there_are_many);
async fn short_texts_count_too_when_there_are_many(world: World) {
    let community = world.given.community("文庙社区").await;
    for _ in 0..10 {
        world.given.need(&community).await;
    }
    let stranger = door(&world, 1_000);
    let answer = stranger.ask("{ needs(first: 1) { nodes { id title status createdAt } } }").await;
    answer.good();
    let answer = stranger.ask("{ needs { nodes { id title status createdAt } } }").await;
    assert_eq!((answer.status.as_u16(), answer.codes()), (400, vec!["LIMIT_EXCEEDED"]));
}

// Who may be called is told by one who looks at the whole row; a title is told by the title alone.
case!(rows_that_are_read_whole_are_read_up_to_so_many_bytes_though_nobody_asks_for_their_texts);
async fn rows_that_are_read_whole_are_read_up_to_so_many_bytes_though_nobody_asks_for_their_texts(world: World) {
    needs(&world, 12).await;
    let answer = door(&world, 40_000).ask("{ needs { nodes { title contact { name } } } }").await;
    assert_eq!((answer.status.as_u16(), answer.codes()), (400, vec!["LIMIT_EXCEEDED"]));
    door(&world, 60_000).ask("{ needs { nodes { title contact { name } } } }").await.good();
    door(&world, 40_000).ask("{ needs { nodes { title } } }").await.good();
}

// The rows of a statement are weighed as they come; this one has no last row.
case!(what_is_not_wanted_any_more_is_not_read);
async fn what_is_not_wanted_any_more_is_not_read(world: World) {
    let database = &world.databases.serving(Duration::from_secs(20)).await.reader;
    let numbers = "WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number) SELECT CAST(n AS BIGINT) FROM number";
    for _ in 0..3 {
        let mut read: Vec<i64> = Vec::new();
        let mut three = |row: QueryResult| {
            read.push(row.try_get_by_index(0).unwrap());
            read.len() < 3
        };
        let statement = Statement::from_string(database.get_database_backend(), numbers);
        tokio::time::timeout(Duration::from_secs(5), database.query_each_raw(statement, &mut three))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(read, [1, 2, 3]);
        let statement = Statement::from_string(database.get_database_backend(), "SELECT 7");
        assert!(database.query_one_raw(statement).await.unwrap().is_some());
    }
}

case!(a_mutation_whose_answer_is_too_long_is_done_and_says_which_field_it_lacks);
async fn a_mutation_whose_answer_is_too_long_is_done_and_says_which_field_it_lacks(world: World) {
    let community = needs(&world, 1).await;
    let account = world.given.account().await;
    world.given.grant(&account, CommunityStaff).on(&community).await;
    let (token, row) = world.given.access_token(&account);
    row.await;
    let clerk = door(&world, 20_000).with_token(&token);
    let need = list_item::Entity::find().one(&world.database.reader).await.unwrap().unwrap();
    let document = "mutation($input: UpdateNeedInput!) { updateNeed(input: $input) { need { title a: description b: description } userErrors { code } } }";
    let input = json!({ "id": Table::ListItem.id(need.id).0, "ifVersion": 1, "title": "东巷路灯" });
    let answer = clerk.ask_with(document, json!({ "input": input })).await;
    assert_eq!((answer.status.as_u16(), answer.codes()), (200, vec!["LIMIT_EXCEEDED"]));
    assert_eq!(answer.body["data"], json!({ "updateNeed": { "need": null, "userErrors": [] } }));
    assert_eq!(answer.body["errors"][0]["path"], json!(["updateNeed", "need", "b"]));
    let need = list_item::Entity::find().one(&world.database.reader).await.unwrap().unwrap();
    assert_eq!((need.title.as_str(), need.version), ("东巷路灯", 2));
}

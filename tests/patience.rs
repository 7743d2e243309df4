//! What takes too long is given up, and what nobody waits for any more is stopped.

use std::sync::Arc;
use std::time::Duration;

use api::server::config::{Connections, Front, Seconds};
use api::server::http::Door;
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::time::sleep;

use crate::harness::{Client, Listening, World, case, post, timed};

const QUERY: &str = "{ units { nodes { name } } communities: __typename }";

/// Lets every look at the parties take very long: on PostgreSQL it sleeps, on SQLite it counts.
pub async fn slow(world: &World) {
    world.given.unit("一号医院").await;
    let forever = match world.backend {
        DbBackend::Postgres => "pg_sleep(60)",
        _ => {
            "(WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 1000000000) SELECT max(n) FROM c)"
        }
    };
    for step in [
        "ALTER TABLE party RENAME TO party_itself".to_owned(),
        format!("CREATE VIEW party AS SELECT party_itself.* FROM party_itself, {forever}"),
    ] {
        world.database.writer.execute_unprepared(&step).await.expect("a slow database");
    }
}

/// A door to the world's database as it is when the server serves.
pub async fn door(world: &World, statement: f64, front: Front) -> Door {
    let database = world.databases.serving(Duration::from_secs_f64(statement)).await;
    Door::new(world.app_over(database), front).expect("settings that hold")
}

case!(a_statement_that_takes_too_long_is_stopped);
async fn a_statement_that_takes_too_long_is_stopped(world: World) {
    slow(&world).await;
    let stranger = Client::new(Arc::new(door(&world, 0.5, Front::default()).await).router());
    // More often than there are connections: each of them can be used again.
    for _ in 0..6 {
        let (answer, time) = timed(stranger.ask(QUERY)).await;
        answer.refused("TIMEOUT");
        let told = "the database took longer than one statement may: ask for less";
        assert_eq!(answer.body["errors"][0]["message"], told);
        assert!((Duration::from_millis(450)..Duration::from_secs(3)).contains(&time), "{time:?}");
    }
    stranger.ask("{ categories { code } }").await.good();
}

case!(a_request_that_takes_too_long_is_given_up);
async fn a_request_that_takes_too_long_is_given_up(world: World) {
    slow(&world).await;
    let front = Front { request_timeout: Seconds(0.3), ..Front::default() };
    let stranger = Client::new(Arc::new(door(&world, 2.0, front).await).router());
    let (answer, time) = timed(stranger.ask(QUERY)).await;
    answer.refused("TIMEOUT");
    assert_eq!((answer.status.as_u16(), answer.body.get("data")), (504, None));
    assert_eq!(answer.body["errors"][0]["message"], "this took longer than 0.3 seconds, and was given up");
    assert!(time < Duration::from_secs(2), "{time:?}");
    stranger.ask("{ categories { code } }").await.good();
}

// PostgreSQL tells what it is at; of SQLite we see that its connections, of which there are fewer, are free again.
case!(the_queries_of_somebody_who_went_away_are_stopped);
async fn the_queries_of_somebody_who_went_away_are_stopped(world: World) {
    slow(&world).await;
    let door = door(&world, 60.0, Front::default()).await;
    let server = Listening::with(door, Connections::USUAL).await;
    for _ in 0..6 {
        let mut stream = server.connect().await;
        stream.write_all(post(QUERY, "").as_bytes()).await.unwrap();
        sleep(Duration::from_millis(300)).await;
        if world.backend == DbBackend::Postgres {
            assert!(at_work(&world).await >= 1);
        }
        drop(stream);
    }
    sleep(Duration::from_secs(3)).await;
    if world.backend == DbBackend::Postgres {
        assert_eq!(at_work(&world).await, 0);
    }
    let ((status, _, body), time) = timed(server.ask("{ categories { code } }", "")).await;
    assert_eq!((status, body["errors"].clone()), (200, json!(null)));
    assert!(time < Duration::from_secs(1), "{time:?}");
}

/// How many slow statements the database is at.
async fn at_work(world: &World) -> i64 {
    let sql = "SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' AND pid <> pg_backend_pid()";
    let row = world.database.writer.query_one_raw(Statement::from_string(world.backend, sql)).await.unwrap();
    row.expect("a count").try_get("", "n").unwrap()
}

//! How the server does: alive, ready, and in figures.

use std::time::Duration;

use api::database::{Database, Pool};
use api::server::config::{Connections, Front, Seconds};
use api::server::http::router;
use axum::body::Body;
use axum::http::Request;
use sea_orm::ConnectionTrait;
use serde_json::json;
use tokio::time::sleep;

use crate::harness::{Client, Listening, World, case, pure};

async fn get(client: &Client, path: &str) -> (u16, String) {
    let answer = client.send(Request::get(path).body(Body::empty()).unwrap()).await;
    (answer.status.as_u16(), answer.text)
}

fn request(path: &str, headers: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{headers}\r\n")
}

case!(a_server_is_ready_once_its_tables_are_there);
async fn a_server_is_ready_once_its_tables_are_there(world: World) {
    assert_eq!(get(&world.stranger, "/readyz").await, (200, "ok\n".to_owned()));
    let forget = "DELETE FROM seaql_migrations WHERE version = 'm0006_claim'";
    assert_eq!(world.database.writer.execute_unprepared(forget).await.unwrap().rows_affected(), 1);
    assert_eq!(get(&world.stranger, "/readyz").await, (503, "the tables are not up to date\n".to_owned()));
    assert_eq!(get(&world.stranger, "/healthz").await, (200, "ok\n".to_owned()));
}

case!(a_server_without_its_database_is_alive_but_not_ready);
async fn a_server_without_its_database_is_alive_but_not_ready(world: World) {
    let database = Database::of(Pool::default(), world.database.writer.clone());
    let alone = Client::new(router(world.app_over(database)));
    assert_eq!(get(&alone, "/readyz").await, (503, "the database cannot be reached\n".to_owned()));
    assert_eq!(get(&alone, "/healthz").await, (200, "ok\n".to_owned()));
}

// Load balancers notice in time, and whoever they still send is answered.
pure!(async a_server_that_is_about_to_stop_says_so_first);
async fn a_server_that_is_about_to_stop_says_so_first() {
    let connections = Connections { drain_delay: Seconds(0.8), ..Connections::USUAL };
    let world = World::new(None).await;
    let mut server = Listening::start(&world, connections, Front::default()).await;
    assert!(server.exchange(&request("/readyz", "")).await.starts_with("HTTP/1.1 200 OK"));
    server.stop();
    sleep(Duration::from_millis(100)).await;
    let said = server.exchange(&request("/readyz", "")).await;
    assert!(said.starts_with("HTTP/1.1 503 Service Unavailable") && said.ends_with("\r\n\r\nstopping\n"), "{said}");
    assert_eq!(server.ask("{ __typename }", "").await.2["data"], json!({ "__typename": "Query" }));
    sleep(Duration::from_secs(1)).await;
    assert!(tokio::net::TcpStream::connect(server.address).await.is_err());
    server.stopped().await;
}

case!(figures_tell_what_was_asked_and_how_it_went);
async fn figures_tell_what_was_asked_and_how_it_went(world: World) {
    world.given.unit("一号医院").await;
    let stranger = &world.stranger;
    stranger.read("query Units { units { nodes { name } totalCount } }").await;
    stranger.read("query Units { units { nodes { name } } }").await;
    stranger.read("{ __typename }").await;
    stranger.ask("{ units(after: \"nonsense\") { nodes { name } } }").await.refused("BAD_CURSOR");
    stranger.ask("{ nowhere }").await.refused("BAD_REQUEST");
    stranger.ask(&format!("{{ {} }}", "a: __typename ".repeat(51))).await.refused("LIMIT_EXCEEDED");
    stranger.ask(&format!("{{ __typename }} #{}", "x".repeat(1 << 20))).await.refused("LIMIT_EXCEEDED");
    let (status, text) = get(stranger, "/metrics").await;
    assert_eq!(status, 200);
    for line in [
        r#"cobuild_requests_total{kind="query",operation="Units",outcome="ok"} 2"#,
        r#"cobuild_requests_total{kind="query",operation="",outcome="ok"} 1"#,
        r#"cobuild_requests_total{kind="query",operation="",outcome="partial"} 1"#,
        r#"cobuild_request_seconds_count{kind="query"} 4"#,
        r#"cobuild_request_seconds_bucket{le="+Inf",kind="query"} 4"#,
        r#"cobuild_refusals_total{code="BAD_REQUEST",limit=""} 1"#,
        r#"cobuild_refusals_total{code="LIMIT_EXCEEDED",limit="aliases"} 1"#,
        r#"cobuild_refusals_total{code="LIMIT_EXCEEDED",limit="body"} 1"#,
        "cobuild_statements_total 2",
        "cobuild_rows_total 2",
        "cobuild_turns{state=\"running\"} 0",
        "cobuild_turns{state=\"waiting\"} 0",
        "cobuild_connections 0",
        "cobuild_connections_turned_away_total 0",
    ] {
        assert!(text.lines().any(|there| there == line), "{line} is not in:\n{text}");
    }
    let pool = if world.backend == sea_orm::DbBackend::Sqlite { "readers" } else { "all" };
    assert!(text.contains(&format!("cobuild_pool_connections{{pool=\"{pool}\",state=\"idle\"}} ")), "{text}");
    assert!(text.ends_with("# EOF\n"));
}

case!(names_that_are_made_up_are_counted_together);
async fn names_that_are_made_up_are_counted_together(world: World) {
    for number in 0..110 {
        world.stranger.read(&format!("query Name{number} {{ __typename }}")).await;
    }
    world.stranger.read("query Name1 { __typename }").await;
    let (_, text) = get(&world.stranger, "/metrics").await;
    assert_eq!(text.matches("operation=\"Name").count(), 100);
    assert!(text.contains(r#"operation="Name1",outcome="ok"} 2"#), "{text}");
    assert!(text.contains(r#"operation="(other)",outcome="ok"} 10"#), "{text}");
}

pure!(async figures_are_told_to_whom_they_are_for);
async fn figures_are_told_to_whom_they_are_for() {
    let world = World::new(None).await;
    let usual = Listening::start(&world, Connections::USUAL, Front::default()).await;
    let said = usual.exchange(&request("/metrics", "")).await;
    assert!(said.starts_with("HTTP/1.1 200 OK") && said.contains("\ncobuild_connections 1\n"), "{said}");
    // Through a proxy that nobody told us of, or by a page that is led here, it might be anybody.
    for hint in [
        "x-forwarded-for: 10.0.0.1",
        "x-real-ip: 127.0.0.1",
        "forwarded: for=127.0.0.1",
        "via: 1.1 x",
        "origin: https://evil.example",
    ] {
        let hidden = usual.exchange(&request("/metrics", &format!("{hint}\r\n"))).await;
        assert!(hidden.starts_with("HTTP/1.1 404 Not Found"), "{hint}: {hidden}");
    }
    let rebound = "GET /metrics HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n";
    assert!(usual.exchange(rebound).await.starts_with("HTTP/1.1 404 Not Found"));
    let behind = Front { trusted_proxies: vec!["127.0.0.0/8".parse().unwrap()], ..Front::default() };
    let behind = Listening::start(&world, Connections::USUAL, behind).await;
    for (from, status) in [("10.0.0.1", 200), ("203.0.113.9", 404), ("127.0.0.1", 404), ("unknown", 404)] {
        let said = behind.exchange(&request("/metrics", &format!("x-forwarded-for: {from}\r\n"))).await;
        assert!(said.starts_with(&format!("HTTP/1.1 {status} ")), "{from}: {said}");
    }
    let closed =
        Listening::start(&world, Connections::USUAL, Front { metrics_networks: Vec::new(), ..Front::default() });
    assert!(closed.await.exchange(&request("/metrics", "")).await.starts_with("HTTP/1.1 404 "));
}

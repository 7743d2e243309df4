//! How much somebody may ask for a minute.

use api::server::config::{Connections, Front, Switch};

use crate::harness::{Listening, World, case, pure};
use crate::patience::{door, slow};

/// It costs 16: a list and a field as often as a page has rows, and 5 to look through it.
const QUERY: &str = "{ units(first: 10) { totalCount } }";

async fn server(limit: u32, proxies: &str) -> Listening {
    let trusted_proxies = proxies.split_whitespace().map(|network| network.parse().unwrap()).collect();
    let front = Front { rate_limit_cost: limit, rate_limit_loopback: Switch::On, trusted_proxies, ..Front::default() };
    // What a statement takes is not the same each time.
    let front = Front { rate_limit_millisecond: 0, ..front };
    Listening::start(&World::new(None).await, Connections::USUAL, front).await
}

pure!(async who_asks_for_too_much_is_told_when_to_come_back);
async fn who_asks_for_too_much_is_told_when_to_come_back() {
    let server = server(51, "").await;
    // Each takes its cost, and one for being read.
    for _ in 0..3 {
        let (status, _, body) = server.ask(QUERY, "").await;
        assert_eq!((status, &body["extensions"]["cost"]["requested"]), (200, &16.into()), "{body}");
    }
    let (status, head, body) = server.ask(QUERY, "").await;
    assert_eq!((status, &body["errors"][0]["extensions"]["code"]), (429, &"RATE_LIMITED".into()), "{body}");
    assert!(body.get("data").is_none());
    let wait: u32 = head.split("retry-after: ").nth(1).and_then(|rest| rest.lines().next()?.parse().ok()).expect(&head);
    assert!((1..=2).contains(&wait), "one of 51 a minute comes back after less than two seconds: {wait}");
    let told = format!("more than 51 of cost was asked for in a minute: try again in {wait} seconds");
    assert_eq!(body["errors"][0]["message"], told);
    assert!(
        server
            .exchange("GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
            .await
            .starts_with("HTTP/1.1 200")
    );
}

pure!(async a_request_that_is_refused_takes_something);
async fn a_request_that_is_refused_takes_something() {
    let server = server(3, "").await;
    let bad = "POST /graphql HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: 1\r\n\r\n{";
    for _ in 0..3 {
        assert!(server.exchange(bad).await.starts_with("HTTP/1.1 400"));
    }
    assert!(server.exchange(bad).await.starts_with("HTTP/1.1 429"));
}

pure!(async everybody_behind_a_trusted_proxy_has_a_bucket_of_their_own);
async fn everybody_behind_a_trusted_proxy_has_a_bucket_of_their_own() {
    let behind = server(17, "127.0.0.0/8").await;
    for from in ["198.51.100.1", "198.51.100.2", "2001:db8:0:1::1"] {
        assert_eq!(behind.ask(QUERY, &format!("x-forwarded-for: {from}\r\n")).await.0, 200);
        assert_eq!(behind.ask(QUERY, &format!("x-forwarded-for: {from}\r\n")).await.0, 429);
    }
    // The same network of version 6 is the same household, and an address is itself however it is written.
    for same in [
        "x-forwarded-for: 2001:db8:0:1::2",
        "forwarded: for=\"[2001:db8:0:1::3]:80\"",
        "x-real-ip: 198.51.100.1",
        "x-forwarded-for: 198.51.100.2:4711",
    ] {
        assert_eq!(behind.ask(QUERY, &format!("{same}\r\n")).await.0, 429, "{same}");
    }
    // Those of whom the proxy says nothing that can be believed share one.
    assert_eq!(behind.ask(QUERY, "x-forwarded-for: unknown\r\n").await.0, 200);
    for nobody in
        ["forwarded: for=_x", "x-forwarded-for: 1.2.3.4.5", "x-forwarded-for: 198.51.100.7\r\nx-real-ip: 198.51.100.8"]
    {
        assert_eq!(behind.ask(QUERY, &format!("{nobody}\r\n")).await.0, 429, "{nobody}");
    }

    let before = server(17, "").await;
    assert_eq!(before.ask(QUERY, "x-forwarded-for: 198.51.100.1\r\n").await.0, 200);
    assert_eq!(before.ask(QUERY, "x-forwarded-for: 198.51.100.2\r\n").await.0, 429);
}

pure!(async this_machine_is_not_limited_unless_told);
async fn this_machine_is_not_limited_unless_told() {
    let front = Front { rate_limit_cost: 17, ..Front::default() };
    let server = Listening::start(&World::new(None).await, Connections::USUAL, front).await;
    for _ in 0..5 {
        assert_eq!(server.ask(QUERY, "").await.0, 200);
    }
}

// A proxy on this machine has its address, and whoever asks through it does not ask from here.
pure!(async who_asks_through_a_proxy_here_is_limited);
async fn who_asks_through_a_proxy_here_is_limited() {
    let front = Front { rate_limit_cost: 17, ..Front::default() };
    let server = Listening::start(&World::new(None).await, Connections::USUAL, front).await;
    assert_eq!(server.ask(QUERY, "forwarded: for=198.51.100.1\r\n").await.0, 200);
    for hint in [
        "x-forwarded-for: 127.0.0.1",
        "x-forwarded-proto: https",
        "via: 1.1 proxy",
        "origin: https://portal.example.org",
    ] {
        assert_eq!(server.ask(QUERY, &format!("{hint}\r\n")).await.0, 429, "{hint}");
    }
    assert_eq!(server.ask(QUERY, "").await.0, 200);
    let trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    let front = Front { rate_limit_cost: 17, trusted_proxies, ..Front::default() };
    let server = Listening::start(&World::new(None).await, Connections::USUAL, front).await;
    for status in [200, 429] {
        assert_eq!(server.ask(QUERY, "").await.0, status);
        assert_eq!(server.ask(QUERY, "x-forwarded-for: unknown\r\n").await.0, status);
    }
}

case!(what_was_spent_at_the_database_is_taken_afterwards);
async fn what_was_spent_at_the_database_is_taken_afterwards(world: World) {
    slow(&world).await;
    let front = Front { rate_limit_cost: 1_000, rate_limit_loopback: Switch::On, ..Front::default() };
    // Half a second is more than twice what there is: a debt has an end.
    let front = Front { rate_limit_millisecond: 10, ..front };
    let server = Listening::with(door(&world, 0.5, front).await, Connections::USUAL).await;
    let (status, _, body) = server.ask("{ units { nodes { name } } }", "").await;
    assert_eq!((status, &body["errors"][0]["extensions"]["code"]), (200, &"TIMEOUT".into()), "{body}");
    let (status, head, body) = server.ask("{ __typename }", "").await;
    assert_eq!((status, &body["errors"][0]["extensions"]["code"]), (429, &"RATE_LIMITED".into()), "{body}");
    let wait: u32 = head.split("retry-after: ").nth(1).and_then(|rest| rest.lines().next()?.parse().ok()).expect(&head);
    assert!((50..=61).contains(&wait), "a debt of a whole bucket is paid within a minute: {wait}");
    let probe = server.exchange("GET /readyz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    assert!(probe.starts_with("HTTP/1.1 200"), "{probe}");
}

// Files, pages and paths that lead nowhere are work, too.
pure!(async whatever_is_asked_for_takes_something);
async fn whatever_is_asked_for_takes_something() {
    let get = |path: &str| format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    let limits =
        [("/files/x", 3), ("/nowhere", 3), ("/", 60), ("/graphiql", 60), ("/schema.graphql", 1_500), ("/metrics", 60)];
    for (path, limit) in limits {
        let server = server(limit, "").await;
        for _ in 0..3 {
            let said = server.exchange(&get(path)).await;
            assert!(!said.starts_with("HTTP/1.1 429"), "{path}: {said}");
        }
        let said = server.exchange(&get(path)).await;
        assert!(
            said.starts_with("HTTP/1.1 429 Too Many Requests") && said.contains("\r\nretry-after: "),
            "{path}: {said}"
        );
        assert!(said.contains(r#""code":"RATE_LIMITED""#), "{said}");
        for probe in ["/healthz", "/readyz"] {
            assert!(!server.exchange(&get(probe)).await.starts_with("HTTP/1.1 429"), "{probe}");
        }
    }
}

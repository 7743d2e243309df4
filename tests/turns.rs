//! Nobody's statements keep those of others waiting.

use std::time::Duration;

use api::server::config::{Connections, Front};
use tokio::io::AsyncWriteExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::document::Log;
use crate::harness::{Client, Listening, World, case, post};
use crate::patience::{door, slow};

/// From so many addresses, each so often at a time: more than there are connections to either database.
const ADDRESSES: u8 = 4;
const EACH: usize = 5;

const SLOW: &str = "{ units { nodes { name } } }";
const QUICK: &str = "{ categories { code } }";

fn from(number: u8) -> String {
    format!("x-forwarded-for: 198.51.100.{number}\r\n")
}

case!(four_who_ask_for_much_do_not_keep_a_fifth_waiting);
async fn four_who_ask_for_much_do_not_keep_a_fifth_waiting(world: World) {
    slow(&world).await;
    let front = Front { trusted_proxies: vec!["127.0.0.0/8".parse().unwrap()], ..Front::default() };
    let server = Listening::with(door(&world, 60.0, front).await, Connections::USUAL).await;
    let mut besiegers = Vec::new();
    for number in 1..=ADDRESSES {
        for _ in 0..EACH {
            let mut stream = server.connect().await;
            stream.write_all(post(SLOW, &from(number)).as_bytes()).await.unwrap();
            besiegers.push(stream);
        }
    }
    for _ in 0..10 {
        let (status, _, body) = server.ask(QUICK, &from(100)).await;
        assert_eq!((status, body["errors"].is_null()), (200, true), "{body}");
    }
    // All the while, none of the others was answered.
    let mut byte = [0];
    assert!(besiegers.iter_mut().all(|stream| stream.try_read(&mut byte).is_err()));
    drop(besiegers);
}

case!(a_slow_statement_is_logged_without_what_was_asked_for);
async fn a_slow_statement_is_logged_without_what_was_asked_for(world: World) {
    let asked = |limit| Client::new(api::server::http::router(world.app.clone().with_slow_statement(limit)));
    let log = Log::default();
    let lines = log.clone();
    let logger = tracing_subscriber::fmt().with_writer(move || lines.clone()).with_ansi(false).finish();
    let logging = logger.set_default();
    let query = "{ units(filter: { name: { eq: \"四川省医院\" } }) { nodes { name } } }";
    asked(Duration::from_secs(60)).read(query).await;
    assert!(!log.text().contains("A statement was slow"), "{}", log.text());
    asked(Duration::ZERO).read(query).await;
    drop(logging);
    let log = log.text();
    let line = log.lines().find(|line| line.contains("A statement was slow")).expect(&log);
    assert!(
        line.contains("request.id=") && line.contains("milliseconds=") && line.contains("FROM \\\"party\\\""),
        "{line}"
    );
    assert!(!log.contains("四川省医院"), "{log}");
}

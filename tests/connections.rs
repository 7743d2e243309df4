//! Connections: how many there may be, how long each may take, and how they end.

use std::time::Duration;

use api::server::config::{Connections, Front, Seconds, Switch};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::sleep;

use crate::harness::{Listening, World, pure, rest, timed};

/// A whole request, for an answer after which the connection closes.
const HEALTH: &str = "GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";

/// The beginning of one that posts a query, but for its length.
const POST: &str = "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n";

const QUICK: Connections =
    Connections { header_timeout: Seconds(0.4), write_timeout: Seconds(0.4), ..Connections::USUAL };

pure!(async a_connection_that_says_nothing_is_closed_in_time);
async fn a_connection_that_says_nothing_is_closed_in_time() {
    let server = Listening::start(&World::new(None).await, QUICK, Front::default()).await;
    let mut silent = server.connect().await;
    let (said, time) = timed(rest(&mut silent)).await;
    assert_eq!(said, "");
    assert!((Duration::from_millis(350)..Duration::from_secs(2)).contains(&time), "{time:?}");
    assert!(server.exchange(HEALTH).await.starts_with("HTTP/1.1 200 OK"));
}

pure!(async headers_that_drip_are_closed_in_time);
async fn headers_that_drip_are_closed_in_time() {
    let server = Listening::start(&World::new(None).await, QUICK, Front::default()).await;
    let (mut reading, mut writing) = server.connect().await.into_split();
    tokio::spawn(async move {
        for letter in format!("GET /healthz HTTP/1.1\r\nx: {}", "x".repeat(100)).bytes() {
            let _ = writing.write_all(&[letter]).await;
            sleep(Duration::from_millis(50)).await;
        }
    });
    let mut said = Vec::new();
    let (_, time) = timed(reading.read_to_end(&mut said)).await;
    assert!(said.is_empty() && time < Duration::from_secs(2), "{time:?}");
}

pure!(async a_connection_is_kept_for_a_while_and_no_longer);
async fn a_connection_is_kept_for_a_while_and_no_longer() {
    let server = Listening::start(&World::new(None).await, QUICK, Front::default()).await;
    let mut kept = server.connect().await;
    for _ in 0..3 {
        kept.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
        let mut beginning = [0; 15];
        kept.read_exact(&mut beginning).await.unwrap();
        assert_eq!(&beginning, b"HTTP/1.1 200 OK");
        assert!(until(&mut kept, "ok\n").await);
        sleep(Duration::from_millis(200)).await;
    }
    let (said, time) = timed(rest(&mut kept)).await;
    assert!(said.is_empty() && time < Duration::from_secs(2), "{time:?}: {said}");
}

/// Reads up to these words.
async fn until(stream: &mut TcpStream, words: &str) -> bool {
    let mut bytes = Vec::new();
    while !bytes.ends_with(words.as_bytes()) {
        match stream.read_u8().await {
            Ok(byte) => bytes.push(byte),
            Err(_) => return false,
        }
    }
    true
}

pure!(async a_body_that_drips_is_refused_in_time);
async fn a_body_that_drips_is_refused_in_time() {
    let front = Front { body_timeout: Seconds(0.4), ..Front::default() };
    let server = Listening::start(&World::new(None).await, Connections::USUAL, front).await;
    let mut stream = server.connect().await;
    stream.write_all(format!("{POST}content-length: 1000\r\n\r\n{{").as_bytes()).await.unwrap();
    let (said, time) = timed(rest(&mut stream)).await;
    assert!(said.starts_with("HTTP/1.1 408 Request Timeout"), "{said}");
    assert!(
        said.contains(r#""message":"the body took longer than 0.4 seconds","extensions":{"code":"TIMEOUT""#),
        "{said}"
    );
    assert!(time < Duration::from_secs(2), "{time:?}");
}

pure!(async a_body_announced_too_long_is_not_waited_for);
async fn a_body_announced_too_long_is_not_waited_for() {
    let server = Listening::start(&World::new(None).await, Connections::USUAL, Front::default()).await;
    let mut stream = server.connect().await;
    stream.write_all(format!("{POST}content-length: 10000000\r\n\r\n").as_bytes()).await.unwrap();
    let (said, time) = timed(rest(&mut stream)).await;
    assert!(said.starts_with("HTTP/1.1 413 Payload Too Large"), "{said}");
    assert!(time < Duration::from_secs(2), "{time:?}");
}

pure!(async an_answer_that_nobody_reads_is_given_up);
async fn an_answer_that_nobody_reads_is_given_up() {
    let connections = Connections { most: 1, ..QUICK };
    let server = Listening::start(&World::new(None).await, connections, Front::default()).await;
    let mut deaf = server.connect().await;
    let request = "GET /schema.graphql HTTP/1.1\r\nhost: localhost\r\n\r\n".repeat(400);
    // Some megabytes are answered, more than the sockets between us hold.
    let _ = tokio::time::timeout(Duration::from_millis(300), deaf.write_all(request.as_bytes())).await;
    assert!(server.exchange(HEALTH).await.starts_with("HTTP/1.1 503 Service Unavailable"));
    sleep(Duration::from_millis(1_200)).await;
    assert!(server.exchange(HEALTH).await.starts_with("HTTP/1.1 200 OK"));
}

pure!(async one_connection_too_many_is_turned_away);
async fn one_connection_too_many_is_turned_away() {
    let connections = Connections { most: 2, ..Connections::USUAL };
    let server = Listening::start(&World::new(None).await, connections, Front::default()).await;
    let (one, _two) = (server.connect().await, server.connect().await);
    let said = server.connect().await;
    let said = rest(&mut { said }).await;
    assert!(
        said.starts_with("HTTP/1.1 503 Service Unavailable") && said.ends_with("\r\n\r\nToo many are here already\n"),
        "{said}"
    );
    drop(one);
    sleep(Duration::from_millis(100)).await;
    assert!(server.exchange(HEALTH).await.starts_with("HTTP/1.1 200 OK"));
}

/// A connection from another of this machine's addresses.
async fn connect_from(server: &Listening, address: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(format!("{address}:0").parse().unwrap()).unwrap();
    socket.connect(server.address).await.unwrap()
}

// Somebody who opens all the connections they can leaves places to their neighbours.
pure!(async an_address_takes_only_so_many_places);
async fn an_address_takes_only_so_many_places() {
    let connections = Connections { most: 10, most_of_address: 3, ..Connections::USUAL };
    let front = Front { rate_limit_loopback: Switch::On, ..Front::default() };
    let server = Listening::start(&World::new(None).await, connections, front).await;
    let mut held = Vec::new();
    for _ in 0..3 {
        held.push(connect_from(&server, "127.0.0.2").await);
    }
    let said = rest(&mut connect_from(&server, "127.0.0.2").await).await;
    assert!(
        said.starts_with("HTTP/1.1 503 ") && said.ends_with("\r\n\r\nToo many are here already from your address\n"),
        "{said}"
    );
    assert!(said.contains("\r\nx-request-id: ") && said.contains("\r\nretry-after: 1\r\n"), "{said}");
    assert!(server.exchange(HEALTH).await.starts_with("HTTP/1.1 200 OK"));
    held.pop();
    sleep(Duration::from_millis(100)).await;
    let mut again = connect_from(&server, "127.0.0.2").await;
    again.write_all(HEALTH.as_bytes()).await.unwrap();
    assert!(rest(&mut again).await.starts_with("HTTP/1.1 200 OK"));
}

pure!(async a_request_under_way_is_finished_when_the_server_stops);
async fn a_request_under_way_is_finished_when_the_server_stops() {
    let mut server = Listening::start(&World::new(None).await, Connections::USUAL, Front::default()).await;
    let mut stream = server.connect().await;
    let body = r#"{"query":"{ __typename }"}"#;
    let beginning = format!("{POST}content-length: {}\r\n\r\n", body.len());
    stream.write_all(beginning.as_bytes()).await.unwrap();
    sleep(Duration::from_millis(100)).await;
    server.stop();
    sleep(Duration::from_millis(100)).await;
    assert!(TcpStream::connect(server.address).await.is_err(), "it listens no longer");
    stream.write_all(body.as_bytes()).await.unwrap();
    let said = rest(&mut stream).await;
    assert!(said.starts_with("HTTP/1.1 200 OK") && said.contains(r#"{"__typename":"Query"}"#), "{said}");
    server.stopped().await;
}

pure!(async a_request_that_never_ends_does_not_keep_the_server);
async fn a_request_that_never_ends_does_not_keep_the_server() {
    let connections = Connections { drain_timeout: Seconds(0.3), ..Connections::USUAL };
    let mut server = Listening::start(&World::new(None).await, connections, Front::default()).await;
    let mut stream = server.connect().await;
    stream.write_all(format!("{POST}content-length: 1000\r\n\r\n{{").as_bytes()).await.unwrap();
    sleep(Duration::from_millis(100)).await;
    server.stop();
    let ((), time) = timed(server.stopped()).await;
    assert!((Duration::from_millis(250)..Duration::from_secs(2)).contains(&time), "{time:?}");
    assert_eq!(rest(&mut stream).await, "");
}

//! Connections that drip, say nothing, do not listen, or hang up.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use super::{assert_alive, kind};
use crate::server::Server;

/// Ten seconds, and some for a machine that does other things, too.
const CLOSED_WITHIN: Duration = Duration::from_secs(14);

const PAUSE: Duration = Duration::from_millis(250);

const POST: &str = "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n";
const GOOD: &str = "GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n";

/// A kind by its name, and what is wrong with how it went, if anything.
type Outcome = (&'static str, Option<String>);

/// A name, what is written at once, and what is written byte by byte, again and again.
type Drip = (&'static str, String, &'static str);

fn drips() -> [Drip; 9] {
    [
        ("headers that drip", String::new(), "GET /graphql?query=x HTTP/1.1\r\nx: y"),
        ("headers without an end", "GET / HTTP/1.1\r\n".to_owned(), "x: y\r\n"),
        ("headers that drip after a good request", GOOD.to_owned(), "GET /graphql?query=x HTTP/1.1\r\nx: y"),
        ("a body that drips", format!("{POST}content-length: 1000\r\n\r\n{{"), " "),
        ("a body that drips in chunks", format!("{POST}transfer-encoding: chunked\r\n\r\n"), "1\r\n \r\n"),
        ("a body that never comes", format!("{POST}content-length: 1000\r\n\r\n"), ""),
        ("a connection that says nothing", String::new(), ""),
        ("a connection that says nothing more", GOOD.to_owned(), ""),
        ("empty lines without an end", String::new(), "\r\n"),
    ]
}

/// Sends all of them at the same time, and asks plain queries meanwhile.
pub(super) fn run(server: &Server) -> Vec<Outcome> {
    let drips = drips();
    let idle: Vec<TcpStream> = (0..500).map(|_| server.connect()).collect();
    let dripping = |(name, first, then): &Drip| (*name, not_closed(drip(server.connect(), first, then)));
    thread::scope(|scope| {
        let mut running: Vec<_> = drips.iter().map(|kind| scope.spawn(|| dripping(kind))).collect();
        running.push(scope.spawn(|| ("an answer that nobody reads", not_closed(deaf(server.connect())))));
        running.push(scope.spawn(|| ("500 connections that say nothing", not_closed(last_closed(idle)))));
        let mut outcomes = hang_ups(server);
        outcomes.extend(running.into_iter().map(|running| running.join().unwrap()));
        outcomes
    })
}

fn not_closed(time: Duration) -> Option<String> {
    (time > CLOSED_WITHIN).then(|| format!("not closed after {time:?}"))
}

/// Writes the first part, then a byte of the rest again and again; how long until the connection was closed.
fn drip(mut stream: TcpStream, first: &str, then: &str) -> Duration {
    let start = Instant::now();
    stream.set_read_timeout(Some(PAUSE)).unwrap();
    stream.write_all(first.as_bytes()).unwrap();
    let mut rest = then.bytes().cycle();
    let mut answer = [0; 4096];
    while start.elapsed() < 2 * CLOSED_WITHIN {
        let is_broken = rest.next().is_some_and(|byte| stream.write_all(&[byte]).is_err());
        match stream.read(&mut answer) {
            Ok(0) => break,
            Err(error) if !is_pause(error.kind()) => break,
            _ if is_broken => break,
            _ => {}
        }
    }
    start.elapsed()
}

fn is_pause(error: ErrorKind) -> bool {
    matches!(error, ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}

/// Asks for much and reads nothing; how long until the connection was closed.
fn deaf(mut stream: TcpStream) -> Duration {
    let start = Instant::now();
    stream.set_write_timeout(Some(PAUSE)).unwrap();
    let request = b"GET /schema.graphql HTTP/1.1\r\nhost: localhost\r\n\r\n".repeat(100);
    while start.elapsed() < 2 * CLOSED_WITHIN {
        if stream.write(&request).is_err_and(|error| !is_pause(error.kind())) {
            break;
        }
    }
    start.elapsed()
}

/// How long until all of them were closed.
fn last_closed(streams: Vec<TcpStream>) -> Duration {
    let start = Instant::now();
    for mut stream in streams {
        stream.set_read_timeout(Some(2 * CLOSED_WITHIN)).unwrap();
        let _ = stream.read(&mut [0; 16]);
    }
    start.elapsed()
}

/// Whoever hangs up early costs nothing: the plain query that follows is answered at once, or the case ends here.
fn hang_ups(server: &Server) -> Vec<Outcome> {
    let costly = "{ communities(first: 50) { nodes { units(first: 50) { nodes { name claims(first: 5) { nodes { id } } } } } } }";
    let costly = kind::document("", costly, kind::LIMIT).bytes;
    let half = format!("{POST}content-length: 1000\r\n\r\n{{\"query\":");
    let say = |bytes: &[u8]| {
        let mut stream = server.connect();
        stream.write_all(bytes).unwrap();
        stream
    };
    let kinds: [(&str, &dyn Fn()); 4] = [
        ("connections that hang up at once", &|| drop(server.connect())),
        ("queries that nobody waits for", &|| drop(say(&costly))),
        ("bodies of which half comes", &|| drop(say(half.as_bytes()))),
        ("bodies that end too early", &|| say(half.as_bytes()).shutdown(Shutdown::Write).unwrap()),
    ];
    let sent = kinds.map(|(name, send)| {
        (0..100).for_each(|_| send());
        assert_alive(server);
        (name, None)
    });
    sent.to_vec()
}

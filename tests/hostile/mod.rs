//! The hostile set: more than a hundred kinds of request that mean harm, each answered at once, none of which takes the server
//! down, makes it grow, or keeps it from answering the next one.

mod bodies;
mod connections;
mod documents;
mod exchange;
mod fragments;
mod kind;
mod pages;
mod registered;
mod tokens;
mod values;

use std::collections::HashSet;
use std::io::Write;
use std::time::Duration;

use serde_json::json;

use crate::NAMED;
use crate::program::Folder;
use crate::server::Server;
use kind::Kind;

/// Generous: a debug build, on a machine that does other things, too. The line that the case writes tells the truth.
const LONGEST: Duration = Duration::from_secs(5);

/// How much more memory the server may ever have held than before, in bytes.
const GROWTH: u64 = 50_000_000;

#[test]
fn no_hostile_request_takes_the_server_down() {
    let folder = Folder::new();
    folder.run_with(&[NAMED], &["demo"]).good();
    let server = Server::start(&folder, &[NAMED, ("COBUILD_LOG", "warn")]);
    assert_alive(&server);
    let before = server.memory();
    let kinds = kinds();
    let mut names: HashSet<&str> = kinds.iter().map(|kind| kind.name.as_str()).collect();
    assert_eq!(names.len(), kinds.len(), "two kinds have one name");
    let mut wrong = Vec::new();
    let mut times: Vec<(Duration, &str)> = Vec::new();
    let floods: Vec<Kind> = registered::floods().collect();
    names.extend(floods.iter().map(|kind| kind.name.as_str()));
    for kind in kinds.iter().chain(&floods) {
        let (reply, time) = exchange::exchange(&server, &kind.bytes);
        wrong.extend(exchange::complaint(kind, reply.as_ref()));
        times.push((time, &kind.name));
    }
    assert_alive(&server);
    let connections = connections::run(&server);
    for (name, complaint) in &connections {
        assert!(names.insert(name), "two kinds are called {name}");
        wrong.extend(complaint.iter().map(|complaint| format!("{name}: {complaint}")));
    }
    assert_alive(&server);
    let grown = server.memory().saturating_sub(before);
    let (slowest, name) = times.iter().max().expect("a kind");
    let mut errors = std::io::stderr();
    let _ = writeln!(errors, "{} kinds; slowest {slowest:?}, {name}; at most {grown} bytes more", names.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(names.len() >= 100, "{} kinds", names.len());
    assert!(*slowest < LONGEST, "{name} took {slowest:?}");
    assert!(grown < GROWTH, "it grew by {grown} bytes");
    assert!(!server.log().contains("ERROR"), "{}", server.log());
    assert_eq!(server.stop(), Some(0));
}

fn kinds() -> Vec<Kind> {
    let families = [
        documents::kinds,
        fragments::kinds,
        pages::kinds,
        values::kinds,
        bodies::kinds,
        registered::kinds,
        tokens::kinds,
    ];
    families.iter().flat_map(|kinds| kinds()).collect()
}

/// A plain query is answered, and at once.
fn assert_alive(server: &Server) {
    let start = std::time::Instant::now();
    let answer = server.ask("{ communities { totalCount nodes { name } } }", json!({}));
    assert!(answer["data"]["communities"]["totalCount"].as_u64() > Some(0), "{answer}");
    assert!(start.elapsed() < LONGEST, "a plain query took {:?}", start.elapsed());
}

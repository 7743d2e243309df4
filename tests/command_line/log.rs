//! A log that cannot be written, and standard output that nobody reads: the API goes on without them.

use std::fs::OpenOptions;
use std::io::Write;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::program::Folder;
use crate::server::Server;

/// A sign-in, which writes, between queries that are logged; then the server stops as it should.
fn goes_on(server: Server) {
    let start = Instant::now();
    for _ in 0..30 {
        let there = server.ask("{ communities { totalCount } }", json!({}));
        assert_eq!(there["errors"], json!(null), "{there}");
        assert!(there["data"]["communities"]["totalCount"].as_u64() > Some(0), "{there}");
    }
    let created = server.ask(
        "mutation { signIn(input: { username: \"liaison\", password: \"nonsense\" }) { userErrors { code } } }",
        json!({}),
    );
    assert_eq!(
        (&created["errors"], created["data"]["signIn"]["userErrors"].as_array().map(Vec::len)),
        (&json!(null), Some(1))
    );
    assert_eq!(server.get("/readyz").body, "ok\n");
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    assert_eq!(server.stop(), Some(0));
}

fn lost(server: &Server) -> u64 {
    let figures = server.get("/metrics").body;
    let line = figures.lines().find_map(|line| line.strip_prefix("cobuild_log_lines_lost_total "));
    line.unwrap_or_else(|| panic!("no figure in {figures}")).parse().unwrap()
}

#[test]
fn a_log_on_a_full_disk_stops_nothing_and_is_told() {
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let folder = Folder::new();
    let server = Server::start_with(&folder, &[], |command| {
        command.stderr(full);
    });
    assert_eq!(server.get("/readyz").status, 200);
    server.ask("{ __typename }", json!({}));
    let start = Instant::now();
    while lost(&server) == 0 {
        assert!(start.elapsed() < Duration::from_secs(10));
    }
    goes_on(server);
}

#[test]
fn a_log_whose_reader_went_away_stops_nothing() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let folder = Folder::new();
    let server = Server::start_with(&folder, &[], |command| {
        command.stderr(writer);
    });
    goes_on(server);
}

// The pipe is full before the server starts, and both of its outputs go there.
#[test]
fn a_log_that_nobody_reads_stops_nothing() {
    let (reader, writer) = std::io::pipe().unwrap();
    let mut filler = std::process::Command::new("sh");
    filler.args(["-c", "exec timeout 1 cat /dev/zero"]).stdout(writer.try_clone().unwrap());
    filler.status().unwrap();
    let folder = Folder::new();
    let server = Server::start_with(&folder, &[("COBUILD_LOG", "debug")], |command| {
        command.stderr(writer);
    });
    goes_on(server);
    drop(reader);
}

#[test]
fn a_server_starts_whose_standard_output_nobody_reads() {
    let (reader, writer) = std::io::pipe().unwrap();
    let mut filler = std::process::Command::new("sh");
    filler.args(["-c", "exec timeout 1 cat /dev/zero"]).stdout(writer.try_clone().unwrap());
    filler.status().unwrap();
    let folder = Folder::new();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let address = format!("127.0.0.1:{port}");
    let mut command = folder.command(&[("COBUILD_LISTEN", &address)]);
    let mut process = command.stdout(writer).stderr(Stdio::null()).spawn().unwrap();
    let start = Instant::now();
    let mut stream = loop {
        if let Ok(stream) = std::net::TcpStream::connect(&address) {
            break stream;
        }
        assert!(
            start.elapsed() < Duration::from_secs(120) && process.try_wait().unwrap().is_none(),
            "it does not listen"
        );
    };
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    std::io::Read::read_to_string(&mut stream, &mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    process.kill().unwrap();
    process.wait().unwrap();
    drop(reader);
}

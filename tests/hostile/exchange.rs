//! Sending a kind, and holding its answer against what was expected.

use std::io::{Read, Write};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::kind::{Expected, Kind};
use crate::server::Server;

/// What came back.
#[derive(Debug)]
pub(super) struct Reply {
    status: u16,
    head: String,
    body: Value,
    text: String,
}

/// Sends these bytes on a connection of their own; what came back, if anything, and how long that took.
pub(super) fn exchange(server: &Server, bytes: &[u8]) -> (Option<Reply>, Duration) {
    let start = Instant::now();
    let mut stream = server.connect();
    let mut writer = stream.try_clone().unwrap();
    let mut answer = Vec::new();
    thread::scope(|scope| {
        // The server may answer, and hang up, before it has read all of it.
        scope.spawn(move || writer.write_all(bytes));
        let _ = stream.read_to_end(&mut answer);
        let _ = stream.shutdown(std::net::Shutdown::Both);
    });
    let time = start.elapsed();
    (Reply::parse(&String::from_utf8_lossy(&answer)), time)
}

impl Reply {
    fn parse(text: &str) -> Option<Self> {
        let (head, body) = text.split_once("\r\n\r\n")?;
        let status = head.split(' ').nth(1)?.parse().ok()?;
        let parsed = serde_json::from_str(body).unwrap_or_default();
        Some(Self { status, head: head.to_lowercase(), body: parsed, text: body.to_owned() })
    }

    fn errors(&self) -> &[Value] {
        self.body["errors"].as_array().map_or(&[], Vec::as_slice)
    }

    /// Whether there are errors, and all of them have this code, a message of one line, and the id of the request.
    fn has_code(&self, code: &str) -> bool {
        let is_right = |error: &Value| {
            error["extensions"]["code"] == code
                && error["extensions"]["requestId"].is_string()
                && error["message"].as_str().is_some_and(|message| !message.is_empty() && !message.contains('\n'))
        };
        !self.errors().is_empty() && self.errors().iter().all(is_right)
    }
}

/// What is wrong with the answer, if anything.
pub(super) fn complaint(kind: &Kind, reply: Option<&Reply>) -> Option<String> {
    let is_right = match (&kind.expected, reply) {
        (Expected::TurnedAway(status), reply) => reply.map(|reply| reply.status) == *status,
        (_, None) => false,
        (Expected::Refused(status, code), Some(reply)) => {
            let is_challenged = *status != 401 || reply.head.contains("\r\nwww-authenticate: bearer");
            let is_told = *status != 405 || reply.head.contains("\r\nallow: ");
            let is_empty = reply.body.get("data").is_none();
            reply.status == *status && reply.has_code(code) && is_empty && is_challenged && is_told
        }
        (Expected::Failed(code), Some(reply)) => {
            let has_place = reply.errors().iter().all(|error| error["path"].is_array());
            reply.status == 200 && reply.has_code(code) && has_place
        }
        (Expected::Nothing(data), Some(reply)) => {
            reply.status == 200 && reply.errors().is_empty() && reply.body["data"] == *data
        }
    };
    let told = reply.map_or("nothing at all".to_owned(), |reply| {
        format!("{} {}", reply.status, reply.text.chars().take(400).collect::<String>())
    });
    (!is_right).then(|| format!("{}: expected {:?}, got {told}", kind.name, kind.expected))
}

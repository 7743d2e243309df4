//! A server in a process of its own, asked over a real socket.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::program::{Folder, PROGRAM};

/// How long a first start may take, demo data and all, on a slow machine.
const START: Duration = Duration::from_secs(120);

/// How long it may take to stop.
const STOP: Duration = Duration::from_secs(10);

/// A running server.
pub(crate) struct Server {
    process: Child,
    /// What it printed until it listened.
    pub(crate) printed: Vec<String>,
    address: String,
    log: PathBuf,
}

/// What it answered.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// Status line and headers.
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Server {
    /// Starts one in `folder`, on a port that is free, and waits until it says where it listens.
    pub(crate) fn start(folder: &Folder, settings: &[(&str, &str)]) -> Self {
        Self::start_with(folder, settings, |_| ())
    }

    /// The same, where whoever starts it has it ignore a signal.
    pub(crate) fn start_ignoring(signal: &str, folder: &Folder, settings: &[(&str, &str)]) -> Self {
        Self::start_after(&format!("trap '' {signal}"), folder, settings)
    }

    /// The same, by a shell that does this first.
    pub(crate) fn start_after(first: &str, folder: &Folder, settings: &[(&str, &str)]) -> Self {
        let mut shell = folder.within(Command::new("/bin/sh"), settings);
        shell.args(["-c", &format!("{first}; exec \"$0\""), PROGRAM]);
        Self::launch(folder, settings, shell, |_| ())
    }

    /// The same, prepared in another way: with its standard error elsewhere.
    pub(crate) fn start_with(folder: &Folder, settings: &[(&str, &str)], prepare: impl FnOnce(&mut Command)) -> Self {
        Self::launch(folder, settings, folder.command(settings), prepare)
    }

    fn launch(
        folder: &Folder,
        settings: &[(&str, &str)],
        mut command: Command,
        prepare: impl FnOnce(&mut Command),
    ) -> Self {
        let log = folder.path().join("log");
        if settings.iter().all(|(name, _)| *name != "COBUILD_LISTEN") {
            command.env("COBUILD_LISTEN", "127.0.0.1:0");
        }
        command.stdout(Stdio::piped()).stderr(File::create(&log).unwrap());
        prepare(&mut command);
        let mut process = command.spawn().unwrap();
        let lines = lines(process.stdout.take().unwrap());
        let mut server = Self { process, printed: Vec::new(), address: String::new(), log };
        while server.printed.last().is_none_or(|line| line != "Ctrl-C stops it.") {
            let line = lines.recv_timeout(START);
            server.printed.push(line.unwrap_or_else(|_| panic!("it does not listen: {}", server.log())));
        }
        let address = server.printed.iter().find_map(|line| line.trim().strip_prefix("click   http://"));
        server.address = address.expect("it says where to click").trim_end_matches('/').to_owned();
        server
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Ends it at once, as a power cut would.
    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    pub(crate) fn get(&self, path: &str) -> Reply {
        self.send(&format!("GET {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n", self.address))
    }

    /// Asks a query with variables; the data and all else of the answer.
    pub(crate) fn ask(&self, query: &str, variables: Value) -> Value {
        self.ask_as("", query, variables)
    }

    /// The same, with this access token, where there is one.
    pub(crate) fn ask_as(&self, token: &str, query: &str, variables: Value) -> Value {
        let token = if token.is_empty() { String::new() } else { format!("authorization: Bearer {token}\r\n") };
        self.send_query(&self.address, &token, &json!({ "query": query, "variables": variables }))
    }

    /// Asks a query at this host name and with these headers, each with its line's end, as a proxy or a browser would.
    pub(crate) fn post(&self, host: &str, headers: &str, query: &str) -> Value {
        self.send_query(host, headers, &json!({ "query": query }))
    }

    fn send_query(&self, host: &str, headers: &str, body: &Value) -> Value {
        let body = body.to_string();
        let reply = self.send(&format!(
            "POST /graphql HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-type: application/json\r\n\
             {headers}content-length: {}\r\n\r\n{body}",
            body.len()
        ));
        assert_eq!(reply.status, 200, "{reply:?}");
        serde_json::from_str(&reply.body).unwrap()
    }

    fn send(&self, request: &str) -> Reply {
        let mut stream = self.connect();
        stream.write_all(request.as_bytes()).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").expect("headers and a body");
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        Reply { status, head: head.to_lowercase(), body: body.to_owned() }
    }

    /// A connection on which nothing is sent yet.
    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(START)).unwrap();
        stream
    }

    /// The most memory that it has held since it started, in bytes, as Linux counts it.
    pub(crate) fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let most = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("its peak");
        most.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1_024
    }

    /// What it logged so far.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    /// What it logged, once it has these words so often: a thread of its own writes the log, soon, but not before the answer.
    pub(crate) fn log_with(&self, words: &str, times: usize) -> String {
        let (mut log, start) = (self.log(), Instant::now());
        while log.matches(words).count() < times && start.elapsed() < STOP {
            thread::yield_now();
            log = self.log();
        }
        log
    }

    /// Its number among the processes.
    pub(crate) fn process_id(&self) -> u32 {
        self.process.id()
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.process.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    }

    /// Sends it SIGTERM, and answers with its exit code once it is gone.
    pub(crate) fn stop(self) -> Option<i32> {
        self.signal("TERM");
        self.ended()
    }

    /// Its exit code, once it is gone.
    pub(crate) fn ended(mut self) -> Option<i32> {
        // The end of its standard error would do as well, but it goes to a file; so a thread waits for its end.
        let (sender, ended) = channel();
        let mut process = std::mem::replace(&mut self.process, Command::new("true").spawn().unwrap());
        thread::spawn(move || sender.send(process.wait()));
        let status = ended.recv_timeout(STOP).unwrap_or_else(|_| panic!("it does not stop: {}", self.log()));
        status.unwrap().code()
    }
}

/// A case that failed leaves no server behind.
impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Lines as they come, so that whoever waits for one can give up.
fn lines(source: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || BufReader::new(source).lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
    receiver
}

//! Who asks: the besiegers, each in a loop, and their neighbour, who asks for little.

use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// What the neighbour asks for.
const SMALL: &str = "{ communities(first: 3) { nodes { name needs(first: 3) { nodes { title } } } } }";

/// How long answers took, in milliseconds, in order.
pub struct Times(Vec<f64>);

impl Times {
    pub fn median(&self) -> f64 {
        self.at(0.5)
    }

    fn at(&self, share: f64) -> f64 {
        self.0[((self.0.len() - 1) as f64 * share).round() as usize]
    }
}

impl Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (median, late, most) = (self.median(), self.at(0.95), self.at(1.0));
        write!(f, "median {median:6.1} ms  p95 {late:6.1} ms  most {most:6.1} ms  of {:4}", self.0.len())
    }
}

/// Somebody on a connection that stays open.
struct Line {
    stream: TcpStream,
    headers: String,
}

impl Line {
    async fn to(server: SocketAddr, from: &str) -> Self {
        let stream = TcpStream::connect(server).await.expect("it listens");
        stream.set_nodelay(true).expect("a socket");
        Self { stream, headers: format!("host: x\r\nx-forwarded-for: {from}\r\ncontent-type: application/json\r\n") }
    }

    /// Sends a request and reads its answer: its status, and the code of its first error, where it has one.
    async fn ask(&mut self, body: &str) -> (u16, Option<String>) {
        let request = format!("POST /graphql HTTP/1.1\r\n{}content-length: {}\r\n\r\n{body}", self.headers, body.len());
        self.stream.write_all(request.as_bytes()).await.expect("it listens");
        let mut bytes = Vec::new();
        let (head, length) = loop {
            assert!(self.stream.read_buf(&mut bytes).await.expect("it answers") > 0, "the connection was closed");
            let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
            let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
            break (head, end + 4 + length.expect("a length"));
        };
        while bytes.len() < length {
            assert!(self.stream.read_buf(&mut bytes).await.expect("it answers") > 0, "the connection was closed");
        }
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        let body = &bytes[bytes.len().min(head.len() + 4)..];
        // Errors stand before or after the data, and a large answer is not read for them.
        let answer: Value = if body.len() < 10_000 { serde_json::from_slice(body).expect("JSON") } else { json!({}) };
        (status, answer["errors"][0]["extensions"]["code"].as_str().map(str::to_owned))
    }
}

/// Who asks for little.
pub struct Neighbour(Line);

impl Neighbour {
    pub async fn at(server: SocketAddr) -> Self {
        Self(Line::to(server, "203.0.113.9").await)
    }

    /// Asks again and again, with a short pause in between, and is answered each time.
    pub async fn ask_for(&mut self, time: Duration) -> Times {
        let body = json!({ "query": SMALL }).to_string();
        let (begun, mut times) = (Instant::now(), Vec::new());
        while begun.elapsed() < time || times.len() < 3 {
            let start = Instant::now();
            let (status, error) = self.0.ask(&body).await;
            assert_eq!((status, error), (200, None), "the neighbour is refused");
            times.push(start.elapsed().as_secs_f64() * 1_000.0);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        times.sort_by(f64::total_cmp);
        Times(times)
    }
}

/// Who asks for much, from four addresses.
pub struct Besiegers {
    tasks: JoinSet<()>,
    answers: Arc<Mutex<BTreeMap<String, usize>>>,
    begun: Instant,
}

impl Besiegers {
    pub fn around(server: SocketAddr, body: &str, each: usize) -> Self {
        let (mut tasks, answers) = (JoinSet::new(), Arc::new(Mutex::new(BTreeMap::new())));
        for number in 0..4 * each {
            let (body, answers) = (body.to_owned(), Arc::clone(&answers));
            tasks.spawn(async move {
                let mut line = Line::to(server, &format!("198.51.100.{}", number % 4 + 1)).await;
                loop {
                    let (status, error) = line.ask(&body).await;
                    let answer = error.unwrap_or_else(|| status.to_string());
                    *answers.lock().expect("no panic in here").entry(answer).or_default() += 1;
                }
            });
        }
        Self { tasks, answers, begun: Instant::now() }
    }

    /// Sends them home. Answers with what they were answered.
    pub async fn end(mut self) -> String {
        let seconds = self.begun.elapsed().as_secs_f64();
        self.tasks.shutdown().await;
        let answers = self.answers.lock().expect("no panic in here");
        let answers = answers.iter().map(|(answer, times)| format!("{answer} × {times}")).collect::<Vec<_>>();
        format!("[theirs in {seconds:.0} s: {}]", answers.join(", "))
    }
}

//! Who asks: so many at once, each on one connection that stays open.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// One of them.
pub struct Caller {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Caller {
    pub async fn to(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.expect("it listens");
        stream.set_nodelay(true).expect("a socket");
        Self { stream, buffer: Vec::with_capacity(4_096) }
    }

    /// Sends a request and gives the body of its answer, which has to say `done`.
    pub async fn send(&mut self, request: &str, done: &str) -> String {
        self.stream.write_all(request.as_bytes()).await.expect("it listens");
        self.buffer.clear();
        loop {
            let read = self.stream.read_buf(&mut self.buffer).await.expect("it answers");
            assert!(read > 0, "the connection was closed: {}", String::from_utf8_lossy(&self.buffer));
            let text = String::from_utf8_lossy(&self.buffer);
            let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).expect("a length");
            if body.len() >= length.parse().expect("a number") {
                assert!(head.starts_with("HTTP/1.1 200") && body.contains(done), "{text}");
                return body.to_owned();
            }
        }
    }
}

/// Everybody sends their requests, one after the other. Answers with how many were answered a second, and how long each took.
pub async fn round(callers: Vec<Caller>, requests: Vec<Vec<String>>, done: &'static str) -> (f64, Vec<Duration>) {
    let mut tasks = JoinSet::new();
    let start = Instant::now();
    for (mut caller, requests) in callers.into_iter().zip(requests) {
        tasks.spawn(async move {
            let mut times = Vec::with_capacity(requests.len());
            for request in requests {
                let asked = Instant::now();
                caller.send(&request, done).await;
                times.push(asked.elapsed());
            }
            times
        });
    }
    let times = tasks.join_all().await.concat();
    (times.len() as f64 / start.elapsed().as_secs_f64(), times)
}

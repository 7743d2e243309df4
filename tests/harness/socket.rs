//! The server at a real socket, in this process: for what only connections show.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use api::server::config::{Connections, Front};
use api::server::http::{Door, serve};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::World;

/// A server that listens.
pub struct Listening {
    pub address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    served: JoinHandle<()>,
}

impl Listening {
    /// Over a world's database.
    pub async fn start(world: &World, connections: Connections, front: Front) -> Self {
        Self::with(world.door(front), connections).await
    }

    pub async fn with(door: Door, connections: Connections) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (stop, stopped) = oneshot::channel();
        let served = tokio::spawn(serve(listener, Arc::new(door), connections, async move {
            let _ = stopped.await;
        }));
        Self { address, stop: Some(stop), served }
    }

    pub async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("a connection")
    }

    /// What comes back on a connection of its own, up to its end.
    pub async fn exchange(&self, request: &str) -> String {
        let mut stream = self.connect().await;
        stream.write_all(request.as_bytes()).await.expect("it listens");
        rest(&mut stream).await
    }

    /// Posts a query on a connection of its own, with more headers, each with its line's end: status, headers and body.
    pub async fn ask(&self, query: &str, headers: &str) -> (u16, String, Value) {
        let said = self.exchange(&post(query, &format!("connection: close\r\n{headers}"))).await;
        let (head, body) = said.split_once("\r\n\r\n").expect("an answer");
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        (status, head.to_lowercase(), serde_json::from_str(body).expect("JSON"))
    }

    /// Tells it to stop.
    pub fn stop(&mut self) {
        let _ = self.stop.take().expect("it was not stopped yet").send(());
    }

    /// Waits until it has stopped.
    pub async fn stopped(self) {
        self.served.await.expect("it stops in good order");
    }
}

/// A query, as it is posted.
pub fn post(query: &str, headers: &str) -> String {
    let body = json!({ "query": query }).to_string();
    format!(
        "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n{headers}content-length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// What is still read from a connection before its end, however it ends.
pub async fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes).await;
    String::from_utf8(bytes).expect("UTF-8")
}

/// How long something takes.
pub async fn timed<T>(future: impl Future<Output = T>) -> (T, Duration) {
    let start = Instant::now();
    let outcome = future.await;
    (outcome, start.elapsed())
}

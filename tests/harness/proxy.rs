//! What stands between the server and PostgreSQL, and fails as networks do: connections that freeze, break, or are not made.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, split};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch::{Receiver, Sender, channel};

/// Forwards connections as long as the weather is fine.
pub struct Proxy {
    pub address: SocketAddr,
    weather: Sender<Weather>,
}

/// What becomes of connections. They are numbered as they come, from 0.
#[derive(Clone, Copy, Default)]
struct Weather {
    /// How many came.
    came: u64,
    /// Those before this one say nothing any more, in either direction, and stay open.
    frozen: u64,
    /// Those before this one are broken.
    cut: u64,
    /// All others are broken, too.
    refuses: bool,
    /// All others say nothing, either.
    swallows: bool,
}

impl Weather {
    fn breaks(self, number: u64) -> bool {
        self.refuses || number < self.cut
    }

    fn passes(self, number: u64) -> bool {
        !self.swallows && number >= self.frozen
    }
}

/// Where PostgreSQL listens.
#[derive(Clone)]
pub enum Target {
    Socket(PathBuf),
    Address(String),
}

impl Proxy {
    pub async fn before(target: Target) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (weather, _) = channel(Weather::default());
        let proxy = Self { address, weather: weather.clone() };
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let number = weather.borrow().came;
                weather.send_modify(|weather| weather.came += 1);
                tokio::spawn(forward(client, target.clone(), number, weather.subscribe()));
            }
        });
        proxy
    }

    /// What is open says nothing any more; new connections pass.
    pub fn freeze(&self) {
        self.weather.send_modify(|weather| weather.frozen = weather.came);
    }

    /// The same, and new connections are taken and say nothing either.
    pub fn swallow(&self) {
        self.weather.send_modify(|weather| weather.swallows = true);
    }

    /// What is open breaks; new connections pass.
    pub fn cut(&self) {
        self.weather.send_modify(|weather| weather.cut = weather.came);
    }

    /// The same, and there are no new connections.
    pub fn refuse(&self) {
        self.weather.send_modify(|weather| (weather.cut, weather.refuses) = (weather.came, true));
    }

    /// From here on all passes, also what was held back.
    pub fn clear(&self) {
        self.weather.send_modify(|weather| (weather.frozen, weather.refuses, weather.swallows) = (0, false, false));
    }
}

async fn forward(client: TcpStream, target: Target, number: u64, weather: Receiver<Weather>) {
    let mut watched = weather.clone();
    let broken = async move { watched.wait_for(|weather| weather.breaks(number)).await.map(|_| ()) };
    let passing = async move {
        let mut cleared = weather.clone();
        if cleared.wait_for(|weather| !weather.refuses).await.is_err() {
            return Ok(());
        }
        match target {
            Target::Socket(path) => both_ways(client, UnixStream::connect(path).await?, number, weather).await,
            Target::Address(address) => both_ways(client, TcpStream::connect(address).await?, number, weather).await,
        }
    };
    tokio::select! {
        biased;
        _ = broken => {}
        _ = passing => {}
    }
}

async fn both_ways<S>(client: TcpStream, server: S, number: u64, weather: Receiver<Weather>) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite,
{
    let ((from_client, to_client), (from_server, to_server)) = (split(client), split(server));
    tokio::select! {
        ended = one_way(from_client, to_server, number, weather.clone()) => ended,
        ended = one_way(from_server, to_client, number, weather) => ended,
    }
}

async fn one_way(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    number: u64,
    mut weather: Receiver<Weather>,
) -> io::Result<()> {
    let mut some = vec![0; 16 * 1024];
    loop {
        let length = from.read(&mut some).await?;
        // The end of a connection does not pass, either, where nothing passes.
        weather.wait_for(|weather| weather.passes(number)).await.map_err(io::Error::other)?;
        if length == 0 {
            return Ok(());
        }
        to.write_all(&some[..length]).await?;
    }
}

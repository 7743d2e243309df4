//! Connections: SQLite with one writer and several readers, or PostgreSQL with one pool for both.

mod fault;
mod kept;
mod lease;
mod lock;
mod migrate;
mod pool;
mod postgres;
mod probe;
mod readiness;
mod shares;
mod sound;
mod sqlite;
mod waiting;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sea_orm::{ConnectOptions, Database as Orm, DatabaseConnection, DbBackend, DbErr, EntityTrait};

pub use fault::Fault;
pub use lock::ServerLock;
pub use migrate::Step;
pub use pool::{Pool, Transaction};
pub use postgres::postgres_place;
pub use readiness::Obstacle;
pub use shares::Shares;
pub use sqlite::sqlite_path;
pub use waiting::while_waited_for;

use crate::private;
use postgres::{Limits, Server};
use probe::Probe;

/// One database, as seen by readers and by writers.
///
/// SQLite lets one connection write at a time, so writers share one and queue for it in here, where waiting is cheap, and
/// readers never wait for them (write-ahead log). On PostgreSQL both are the same pool.
#[derive(Clone, Debug)]
pub struct Database {
    /// For SELECT.
    pub reader: Pool,
    /// For everything else.
    pub writer: Pool,
    /// For those who ask whether it is there, who must not wait with everybody else.
    aside: Pool,
    probe: Arc<Probe>,
}

/// For how long another process may be about to make a SQLite file while this one opens it.
const PATIENCE_WITH_MAKERS: Duration = Duration::from_secs(10);

/// How long a command waits for one answer of PostgreSQL's: an index of millions of rows is made in minutes.
const LONGEST_ANSWER: Duration = Duration::from_secs(30 * 60);

impl Database {
    /// Connects to `sqlite:PATH`, made where it is not there, or to `postgres://…`.
    ///
    /// # Errors
    /// Where the database cannot be reached or opened.
    pub async fn connect(url: &str) -> Result<Self, DbErr> {
        Self::open(url, None, LONGEST_ANSWER).await
    }

    /// The same, where an answer of PostgreSQL's that stays away for so long does not come any more.
    ///
    /// # Errors
    /// Where the database cannot be reached or opened.
    pub async fn connect_within(url: &str, answer: Duration) -> Result<Self, DbErr> {
        Self::open(url, None, answer).await
    }

    /// The same, for serving: a statement that takes longer than this is stopped, and so is one that nobody waits for any more.
    ///
    /// On SQLite, where writers queue, it is the statements of a whole transaction that may take so long together.
    ///
    /// # Errors
    /// Where the database cannot be reached or opened.
    pub async fn connect_bounded(url: &str, statement: Duration) -> Result<Self, DbErr> {
        Self::open(url, Some(statement), LONGEST_ANSWER).await
    }

    async fn open(url: &str, statement: Option<Duration>, answer: Duration) -> Result<Self, DbErr> {
        let probe = Arc::new(Probe::default());
        if !url.starts_with("sqlite:") {
            let limits = Limits { statement, answer, acquire: PATIENCE_WITH_POOL, connections: postgres::CONNECTIONS };
            let server = Server::open(url, limits, &probe.has_failed).await?;
            let aside = Pool::postgres(server.beside(readiness::LIMITS));
            let pool = Pool::postgres(server);
            return Ok(Self { aside, probe, ..Self::of(pool.clone(), pool) });
        }
        if let Some(path) = sqlite_path(url) {
            keep_private(path).map_err(|error| DbErr::Custom(format!("{}: {error}", path.display())))?;
        }
        // The writer comes first: it makes the file and turns the write-ahead log on.
        let mut writer = sqlite::pool(url, 1, false);
        sound::keep_sound(&mut writer, statement, &probe.has_failed);
        let writer = make(writer).await?;
        let mut reader = sqlite::pool(url, sqlite::readers(), true);
        if let Some(limit) = statement {
            sqlite::bound_readers(&mut reader, limit);
        }
        let reader = Pool::sqlite(Orm::connect(reader).await?);
        Ok(Self { probe, ..Self::of(reader, Pool::sqlite(writer)) })
    }

    /// One that reads and writes by these.
    #[must_use]
    pub fn of(reader: Pool, writer: Pool) -> Self {
        Self { aside: reader.clone(), reader, writer, probe: Arc::default() }
    }

    /// The pools, each with how many connections it has and how many of those are idle.
    #[must_use]
    pub fn pools(&self) -> Vec<(&'static str, i64, i64)> {
        let idle = |idle: usize| i64::try_from(idle).unwrap_or(i64::MAX);
        if self.backend() != DbBackend::Sqlite {
            let pool = self.reader.plain().get_postgres_connection_pool();
            return vec![("all", pool.size().into(), idle(pool.num_idle() + self.reader.kept()))];
        }
        let pools = [("readers", self.reader.plain()), ("writer", self.writer.plain())];
        let pools = pools.map(|(name, database)| (name, database.get_sqlite_connection_pool()));
        pools.into_iter().map(|(name, pool)| (name, pool.size().into(), idle(pool.num_idle()))).collect()
    }

    /// How many statements read at a time, and how many transactions write: fewer than there are connections, so that nobody waits
    /// for one of those.
    #[must_use]
    pub fn shares(&self) -> (Shares, usize) {
        match self.backend() {
            DbBackend::Sqlite => (sqlite::shares(), 1),
            _ => (postgres::SHARES, postgres::WRITERS),
        }
    }

    /// Whether any community or unit is there.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn has_parties(&self) -> Result<bool, DbErr> {
        Ok(entity::party::Entity::find().one(&self.reader).await?.is_some())
    }

    /// Which of the two kinds.
    #[must_use]
    pub fn backend(&self) -> DbBackend {
        self.writer.plain().get_database_backend()
    }

    /// Closes all connections, once those in use are back.
    ///
    /// # Errors
    /// Where the driver fails to.
    pub async fn close(self) -> Result<(), DbErr> {
        self.aside.close().await?;
        self.reader.close().await?;
        self.writer.close().await
    }
}

/// Makes a database's file and its folder where there are none. What SQLite puts beside it is as open as the file is.
fn keep_private(path: &Path) -> std::io::Result<()> {
    path.parent().map_or(Ok(()), private::folder)?;
    private::file(path)?;
    ["-wal", "-shm"].iter().try_for_each(|ending| {
        let mut beside = path.as_os_str().to_owned();
        beside.push(ending);
        private::close(Path::new(&beside))
    })
}

/// Opens a SQLite file, or makes it. While somebody else does so, SQLite refuses at once, whatever its own patience.
async fn make(options: ConnectOptions) -> Result<DatabaseConnection, DbErr> {
    let started = Instant::now();
    loop {
        match Orm::connect(options.clone()).await {
            Err(error) if Fault::of(&error) == Fault::Collision && started.elapsed() < PATIENCE_WITH_MAKERS => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            made => return made,
        }
    }
}
/// How long a request waits for a connection.
const PATIENCE_WITH_POOL: Duration = Duration::from_secs(5);

/// What both kinds have in common.
fn options(url: &str, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(10))
        .connect_timeout(Duration::from_secs(10))
        .sqlx_logging(false);
    options
}

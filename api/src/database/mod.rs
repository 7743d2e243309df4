//! Connections: SQLite with one writer and several readers, or PostgreSQL with one pool for both.

mod migrate;
mod postgres;
mod sqlite;
mod waiting;

use std::path::Path;
use std::time::Duration;

use sea_orm::{ConnectOptions, Database as Orm, DatabaseConnection, DbBackend, DbErr, EntityTrait};

use crate::kernel::turns::Turns;

pub use migrate::Step;
pub use sqlite::sqlite_path;
pub use waiting::while_waited_for;

/// One database, as seen by readers and by writers.
///
/// SQLite lets one connection write at a time, so writers share one and queue for it in here, where waiting is cheap, and
/// readers never wait for them (write-ahead log). On PostgreSQL both are the same pool.
#[derive(Clone, Debug)]
pub struct Database {
    /// For SELECT.
    pub reader: DatabaseConnection,
    /// For everything else.
    pub writer: DatabaseConnection,
}

impl Database {
    /// Connects to `sqlite:PATH`, made where it is not there, or to `postgres://…`.
    ///
    /// # Errors
    /// Where the database cannot be reached or opened.
    pub async fn connect(url: &str) -> Result<Self, DbErr> {
        Self::open(url, None).await
    }

    /// The same, for serving: a statement that takes longer than this is stopped, and so is one that nobody waits for any more.
    ///
    /// On SQLite this is so of readers alone: what writes is short.
    ///
    /// # Errors
    /// Where the database cannot be reached or opened.
    pub async fn connect_bounded(url: &str, statement: Duration) -> Result<Self, DbErr> {
        Self::open(url, Some(statement)).await
    }

    async fn open(url: &str, statement: Option<Duration>) -> Result<Self, DbErr> {
        if !url.starts_with("sqlite:") {
            let pool = Orm::connect(postgres::pool(url, statement)).await?;
            return Ok(Self { reader: pool.clone(), writer: pool });
        }
        if let Some(folder) = sqlite_path(url).and_then(Path::parent) {
            std::fs::create_dir_all(folder).map_err(|error| DbErr::Custom(format!("{}: {error}", folder.display())))?;
        }
        // The writer comes first: it makes the file and turns the write-ahead log on.
        let writer = Orm::connect(sqlite::pool(url, 1, false)).await?;
        let mut reader = sqlite::pool(url, sqlite::readers(), true);
        if let Some(limit) = statement {
            sqlite::bound_readers(&mut reader, limit);
        }
        Ok(Self { reader: Orm::connect(reader).await?, writer })
    }

    /// The pools, each with how many connections it has and how many of those are idle.
    #[must_use]
    pub fn pools(&self) -> Vec<(&'static str, i64, i64)> {
        let idle = |idle: usize| i64::try_from(idle).unwrap_or(i64::MAX);
        if self.backend() != DbBackend::Sqlite {
            let pool = self.reader.get_postgres_connection_pool();
            return vec![("all", pool.size().into(), idle(pool.num_idle()))];
        }
        let pools = [("readers", &self.reader), ("writer", &self.writer)];
        let pools = pools.map(|(name, database)| (name, database.get_sqlite_connection_pool()));
        pools.into_iter().map(|(name, pool)| (name, pool.size().into(), idle(pool.num_idle()))).collect()
    }

    /// Turns at it: fewer than there are connections, so that nobody waits for one of those.
    #[must_use]
    pub fn turns(&self) -> Turns {
        match self.backend() {
            DbBackend::Sqlite => Turns::new(sqlite::shares(), 1),
            _ => Turns::new(postgres::SHARES, postgres::WRITERS),
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
        self.writer.get_database_backend()
    }

    /// Closes all connections, once those in use are back.
    ///
    /// # Errors
    /// Where the driver fails to.
    pub async fn close(self) -> Result<(), DbErr> {
        self.reader.close().await?;
        self.writer.close().await
    }
}

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

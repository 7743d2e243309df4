//! Connections: SQLite with one writer and several readers, or PostgreSQL with one pool for both.

use std::path::Path;
use std::time::Duration;

use migration::{Migrator, MigratorTrait};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database as Orm, DatabaseConnection, DbBackend, DbErr, EntityTrait,
    TransactionTrait,
};

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

/// A migration, and whether a database has it.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its name.
    pub name: String,
    /// Whether it was run.
    pub is_applied: bool,
}

/// What servers that would migrate at the same moment queue for: "cobuild" in ASCII.
const MIGRATION_LOCK: u64 = u64::from_be_bytes(*b"\0cobuild");

const SQLITE_READERS: u32 = 4;

impl Database {
    /// Connects to `sqlite:PATH`, made where it is not there, or to `postgres://…`.
    ///
    /// # Errors
    /// Where the database cannot be reached or opened.
    pub async fn connect(url: &str) -> Result<Self, DbErr> {
        if !url.starts_with("sqlite:") {
            let pool = Orm::connect(options(url, 16)).await?;
            return Ok(Self { reader: pool.clone(), writer: pool });
        }
        if let Some(folder) = sqlite_path(url).and_then(Path::parent) {
            std::fs::create_dir_all(folder).map_err(|error| DbErr::Custom(format!("{}: {error}", folder.display())))?;
        }
        // The writer comes first: it makes the file and turns the write-ahead log on.
        let writer = Orm::connect(sqlite(url, 1, false)).await?;
        let reader = Orm::connect(sqlite(url, SQLITE_READERS, true)).await?;
        Ok(Self { reader, writer })
    }

    /// Runs the migrations that this database does not have yet.
    ///
    /// Servers that start together wait for each other: the first migrates, the others find it done.
    ///
    /// # Errors
    /// Where one fails; those before it stay.
    pub async fn migrate(&self) -> Result<(), DbErr> {
        if self.backend() == DbBackend::Sqlite {
            return Migrator::up(&self.writer, None).await;
        }
        let turn = self.writer.begin().await?;
        turn.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")).await?;
        Migrator::up(&self.writer, None).await?;
        turn.commit().await
    }

    /// The migrations there are, and which of them this database has.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn steps(&self) -> Result<Vec<Step>, DbErr> {
        let steps = Migrator::get_migration_with_status(&self.writer).await?;
        let step = |migration: &migration::Migration| Step {
            name: migration.name().to_owned(),
            is_applied: migration.status() == migration::MigrationStatus::Applied,
        };
        Ok(steps.iter().map(step).collect())
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

/// The file of a SQLite address; none for one in memory or for another database.
#[must_use]
pub fn sqlite_path(url: &str) -> Option<&Path> {
    let path = url.strip_prefix("sqlite:")?;
    let path = path.strip_prefix("//").unwrap_or(path);
    let path = path.split('?').next().unwrap_or(path);
    (!path.is_empty() && path != ":memory:").then(|| Path::new(path))
}

fn options(url: &str, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(10))
        .connect_timeout(Duration::from_secs(10))
        .sqlx_logging(false);
    options
}

fn sqlite(url: &str, connections: u32, read_only: bool) -> ConnectOptions {
    let mut options = options(url, connections);
    options.min_connections(1).map_sqlx_sqlite_opts(move |options| {
        options
            .create_if_missing(!read_only)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(5))
            .pragma("journal_mode", "WAL")
            .pragma("synchronous", "NORMAL")
            .pragma("query_only", if read_only { "ON" } else { "OFF" })
            .pragma("mmap_size", "268435456")
    });
    options
}

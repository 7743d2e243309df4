//! Connections: SQLite with one writer and several readers, or PostgreSQL with one pool for both.

use std::collections::HashSet;
use std::path::Path;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use migration::{Migrator, MigratorTrait};
use sea_orm::sqlx::{self, Connection, Executor, SqliteConnection};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database as Orm, DatabaseConnection, DbBackend, DbErr, EntityTrait, Statement,
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
            let pool = Orm::connect(postgres(url, statement)).await?;
            return Ok(Self { reader: pool.clone(), writer: pool });
        }
        if let Some(folder) = sqlite_path(url).and_then(Path::parent) {
            std::fs::create_dir_all(folder).map_err(|error| DbErr::Custom(format!("{}: {error}", folder.display())))?;
        }
        // The writer comes first: it makes the file and turns the write-ahead log on.
        let writer = Orm::connect(sqlite(url, 1, false)).await?;
        let mut reader = sqlite(url, SQLITE_READERS, true);
        if let Some(limit) = statement {
            bound_sqlite(&mut reader, limit);
        }
        Ok(Self { reader: Orm::connect(reader).await?, writer })
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

    /// Whether this database can be read, and has all the migrations that we know. It may have more: a newer server's.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn is_current(&self) -> Result<bool, DbErr> {
        let sql = Statement::from_string(self.backend(), "SELECT version FROM seaql_migrations");
        let rows = self.reader.query_all_raw(sql).await?;
        let applied = rows.iter().map(|row| row.try_get("", "version")).collect::<Result<HashSet<String>, _>>()?;
        Ok(Migrator::migrations().iter().all(|migration| applied.contains(migration.name())))
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

fn postgres(url: &str, statement: Option<Duration>) -> ConnectOptions {
    let mut options = options(url, 16);
    if let Some(limit) = statement {
        options.statement_timeout(limit).map_sqlx_postgres_pool_opts(|options| {
            let options = options.after_connect(|connection, _| {
                Box::pin(async move {
                    // Makes the server notice that a connection was closed while it works. Not every system can.
                    let _ = connection.execute("SET client_connection_check_interval = '1s'").await;
                    Ok(())
                })
            });
            // The driver waits for a statement whose request was dropped; we close its connection, which stops it.
            options.after_release(|connection, _| {
                Box::pin(async move {
                    if !was_one_given_up() {
                        return Ok(true);
                    }
                    let answered = tokio::time::timeout(PATIENCE_WITH_DROPPED, connection.ping()).await;
                    answered.map_or(Ok(false), |answered| answered.map(|()| true))
                })
            })
        });
        // Every connection was tested when it came back.
        options.test_before_acquire_if_idle_for(Duration::from_secs(10));
    }
    options
}

/// How long a connection that came back may be busy with what nobody waits for.
const PATIENCE_WITH_DROPPED: Duration = Duration::from_millis(500);

tokio::task_local! {
    /// Whether somebody still waits for the request that this task works at.
    static IS_WAITED_FOR: Arc<AtomicBool>;
}

/// When a request was last dropped before it was done: the connections that come back just then may be busy with it.
static LAST_GIVEN_UP: Mutex<Option<Instant>> = Mutex::new(None);

/// Whether a request was dropped lately. Nobody else leaves a connection busy, and to ask each of them takes a round trip.
fn was_one_given_up() -> bool {
    let last = *LAST_GIVEN_UP.lock().unwrap_or_else(PoisonError::into_inner);
    last.is_some_and(|moment| moment.elapsed() < Duration::from_secs(10))
}

/// Works at a request. Once this is dropped, done or not, what the database still does for it stops.
pub async fn while_waited_for<T>(work: impl Future<Output = T>) -> T {
    struct Waiting {
        anybody: Arc<AtomicBool>,
        is_done: bool,
    }
    impl Drop for Waiting {
        fn drop(&mut self) {
            self.anybody.store(false, Relaxed);
            if !self.is_done {
                *LAST_GIVEN_UP.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
            }
        }
    }
    let anybody = Arc::new(AtomicBool::new(true));
    let work = pin!(IS_WAITED_FOR.scope(Arc::clone(&anybody), work));
    // Made last, this is dropped first: whoever takes the work's connections back knows already.
    let mut waiting = Waiting { anybody, is_done: false };
    let answer = work.await;
    waiting.is_done = true;
    answer
}

/// Stops what takes longer, and what nobody waits for any more. SQLite asks us every so many steps of its machine whether to
/// go on; for whom and until when, is set whenever a connection is taken from the pool, which is once a statement.
fn bound_sqlite(options: &mut ConnectOptions, limit: Duration) {
    async fn bound(connection: &mut SqliteConnection, limit: Duration) -> Result<(), sqlx::Error> {
        let is_waited_for = IS_WAITED_FOR.try_with(Arc::clone).unwrap_or_else(|_| Arc::new(AtomicBool::new(true)));
        let end = Instant::now() + limit;
        let goes_on = move || is_waited_for.load(Relaxed) && Instant::now() < end;
        connection.lock_handle().await?.set_progress_handler(10_000, goes_on);
        Ok(())
    }
    options.test_before_acquire(false).map_sqlx_sqlite_pool_opts(move |options| {
        options
            .after_connect(move |connection, _| Box::pin(bound(connection, limit)))
            .before_acquire(move |connection, _| Box::pin(async move { bound(connection, limit).await.map(|()| true) }))
    });
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

//! Migrations as a server runs them: one at a time, whoever else starts at that moment, each whole or not at all.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use migration::{MigrationTrait, Migrator, MigratorTrait, SchemaManager};
use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, SqliteTransactionMode, Statement, TransactionOptions,
    TransactionTrait,
};

use super::{Database, Fault};
use crate::kernel::clock::Clock;

/// A migration, and whether a database has it.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its name.
    pub name: String,
    /// Whether it was run.
    pub is_applied: bool,
}

/// What servers that would migrate at the same moment queue for on PostgreSQL: "cobuild" in ASCII.
const MIGRATION_LOCK: u64 = u64::from_be_bytes(*b"\0cobuild");

/// For how long others may be busy with a SQLite file, whatever they do with it.
const PATIENCE_WITH_OTHERS: Duration = Duration::from_secs(300);

/// The table of the steps that were run, as its library makes it.
const RECORD: &str =
    "CREATE TABLE IF NOT EXISTS seaql_migrations (version varchar NOT NULL PRIMARY KEY, applied_at bigint NOT NULL)";

impl Database {
    /// Runs the migrations that this database does not have yet, and says how many those were.
    ///
    /// Whoever does so at the same moment queues, step by step: the first runs it, the others find it done. Where none is to be
    /// run, nothing is written.
    ///
    /// # Errors
    /// Where a step fails; those before it stay.
    pub async fn migrate(&self) -> Result<usize, DbErr> {
        let mut run = 0;
        while self.migrate_once().await?.is_some() {
            run += 1;
        }
        Ok(run)
    }

    /// Runs the first migration that this database does not have yet, and names it.
    ///
    /// # Errors
    /// Where it fails; it leaves no trace then.
    pub async fn migrate_once(&self) -> Result<Option<String>, DbErr> {
        if self.pending().await?.is_empty() {
            return Ok(None);
        }
        let turn = self.turn().await?;
        let applied = applied(&turn, self.backend()).await?;
        let Some(step) = Migrator::migrations().into_iter().find(|step| !applied.contains(step.name())) else {
            turn.rollback().await?;
            return Ok(None);
        };
        take(&turn, step.as_ref()).await?;
        turn.commit().await?;
        tracing::info!("Ran {}, a step of the tables", step.name());
        Ok(Some(step.name().to_owned()))
    }

    /// The migrations there are, and which of them this database has.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn steps(&self) -> Result<Vec<Step>, DbErr> {
        let applied = applied(&self.aside, self.backend()).await?;
        let step = |migration: Box<dyn MigrationTrait>| Step {
            is_applied: applied.contains(migration.name()),
            name: migration.name().to_owned(),
        };
        Ok(Migrator::migrations().into_iter().map(step).collect())
    }

    /// The names of those that it does not have.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn pending(&self) -> Result<Vec<String>, DbErr> {
        let steps = self.steps().await?.into_iter();
        Ok(steps.filter(|step| !step.is_applied).map(|step| step.name).collect())
    }

    /// Whether this database can be read, and has all the migrations that we know. It may have more: a newer server's.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn is_current(&self) -> Result<bool, DbErr> {
        Ok(self.pending().await?.is_empty())
    }

    /// The names of the migrations that this database has and we do not know: a newer Cobuild's.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn unknown(&self) -> Result<Vec<String>, DbErr> {
        let mut applied = applied(&self.aside, self.backend()).await?;
        applied.retain(|name| Migrator::migrations().iter().all(|step| step.name() != name));
        Ok(applied.into_iter().collect())
    }

    /// A transaction in which nobody else migrates.
    async fn turn(&self) -> Result<DatabaseTransaction, DbErr> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let started = Instant::now();
        let turn = loop {
            match self.writer.plain().begin_with_options(options).await {
                Err(error) if Fault::of(&error) == Fault::Collision && started.elapsed() < PATIENCE_WITH_OTHERS => {
                    tracing::warn!("Others write to the database; its tables wait to be brought up to date");
                }
                turn => break turn?,
            }
        };
        if self.backend() == DbBackend::Postgres {
            turn.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")).await?;
        }
        if self.writer.is_shared() {
            // What is prepared here has a name, which others may have left behind in the session that is lent to us.
            turn.execute_unprepared("DEALLOCATE ALL").await?;
        }
        Ok(turn)
    }
}

/// Takes a step and records it.
async fn take(turn: &DatabaseTransaction, step: &dyn MigrationTrait) -> Result<(), DbErr> {
    turn.execute_unprepared(RECORD).await?;
    step.up(&SchemaManager::new(turn)).await?;
    let seconds = Clock::System.now().milliseconds() / 1_000;
    let record = format!("INSERT INTO seaql_migrations (version, applied_at) VALUES ('{}', {seconds})", step.name());
    turn.execute_unprepared(&record).await?;
    Ok(())
}

/// The steps that were run, as far as anybody has recorded any.
async fn applied(database: &impl ConnectionTrait, backend: DbBackend) -> Result<BTreeSet<String>, DbErr> {
    let is_there = match backend {
        DbBackend::Sqlite => "SELECT 1 FROM sqlite_schema WHERE name = 'seaql_migrations'",
        _ => "SELECT 1 WHERE to_regclass('seaql_migrations') IS NOT NULL",
    };
    if database.query_one_raw(Statement::from_string(backend, is_there)).await?.is_none() {
        return Ok(BTreeSet::new());
    }
    let sql = Statement::from_string(backend, "SELECT version FROM seaql_migrations");
    database.query_all_raw(sql).await?.iter().map(|row| row.try_get("", "version")).collect()
}

//! Migrations as a server runs them: one at a time, whoever else starts at that moment.

use std::collections::HashSet;

use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement, TransactionTrait};

use super::Database;

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

impl Database {
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
}

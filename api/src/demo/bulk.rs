//! What makes a big load quick: indexes wait until the rows are in, and SQLite gets memory to work in.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, Statement};

/// Tables that get so many rows that it pays.
const TABLES: &str = "('list_item', 'claim', 'claim_event', 'rating', 'attachment')";

/// What SQLite runs with while it loads. Keys arrive in no order, and pages put out too early are read again: so it gets
/// 128 MiB to keep them in, but maps no file, which would count as memory, too. Statistics are taken from a sample.
const SETTINGS: [(&str, i64); 3] = [("cache_size", -128 * 1024), ("mmap_size", 0), ("analysis_limit", 1_000)];

/// Indexes that were dropped, as the statements that make them again.
#[derive(Debug)]
#[must_use]
pub(super) struct Indexes(Vec<String>);

impl Indexes {
    /// Drops those that no constraint stands on.
    pub(super) async fn drop_all(tx: &DatabaseTransaction) -> Result<Self, DbErr> {
        let backend = tx.get_database_backend();
        let catalogue = if backend == DbBackend::Sqlite {
            format!(
                "SELECT name, sql AS definition FROM sqlite_master
                 WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN {TABLES} ORDER BY name"
            )
        } else {
            format!(
                "SELECT name.relname::text AS name, pg_get_indexdef(name.oid) AS definition
                 FROM pg_index JOIN pg_class name ON name.oid = indexrelid JOIN pg_class home ON home.oid = indrelid
                 WHERE home.relname IN {TABLES} AND home.relnamespace = current_schema()::regnamespace
                   AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid) ORDER BY 1"
            )
        };
        let mut definitions = Vec::new();
        for row in tx.query_all_raw(Statement::from_string(backend, catalogue)).await? {
            let name: String = row.try_get("", "name")?;
            definitions.push(row.try_get("", "definition")?);
            tx.execute_unprepared(&format!("DROP INDEX \"{name}\"")).await?;
        }
        Ok(Self(definitions))
    }

    /// Makes them again.
    pub(super) async fn make(self, tx: &DatabaseTransaction) -> Result<(), DbErr> {
        for definition in self.0 {
            tx.execute_unprepared(&definition).await?;
        }
        Ok(())
    }
}

/// Settings as they were before a load.
#[derive(Debug)]
#[must_use]
pub(super) struct Settings(Vec<(&'static str, i64)>);

impl Settings {
    /// Sets SQLite up to load; PostgreSQL looks after itself.
    pub(super) async fn for_load(db: &impl ConnectionTrait) -> Result<Self, DbErr> {
        let mut before = Vec::new();
        if db.get_database_backend() == DbBackend::Sqlite {
            for (name, value) in SETTINGS {
                let asked = Statement::from_string(DbBackend::Sqlite, format!("PRAGMA {name}"));
                if let Some(row) = db.query_one_raw(asked).await? {
                    before.push((name, row.try_get_by_index(0)?));
                }
                db.execute_unprepared(&format!("PRAGMA {name} = {value}")).await?;
            }
        }
        Ok(Self(before))
    }

    /// Sets it back.
    pub(super) async fn restore(self, db: &impl ConnectionTrait) -> Result<(), DbErr> {
        for (name, value) in self.0 {
            db.execute_unprepared(&format!("PRAGMA {name} = {value}")).await?;
        }
        Ok(())
    }
}

//! What makes a big load quick: indexes and keys wait until the rows are in, and SQLite gets memory to work in.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};

use crate::database::Transaction;

/// Tables that get so many rows that it pays.
const TABLES: &str = "('list_item', 'claim', 'claim_event', 'rating', 'attachment')";

/// What SQLite runs with while it loads. Keys arrive in no order, and pages put out too early are read again: so it gets
/// 128 MiB to keep them in, but maps no file, which would count as memory, too. Statistics are taken from a sample.
const SETTINGS: [(&str, i64); 3] = [("cache_size", -128 * 1024), ("mmap_size", 0), ("analysis_limit", 1_000)];

/// What to drop before a load, and how to make it again: indexes on which no constraint stands.
const ON_SQLITE: &str = r#"
SELECT format('DROP INDEX "%w"', name) AS gone, sql AS again
FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN {tables} ORDER BY name"#;

/// The same, and foreign keys: PostgreSQL looks each row's up by itself, but all rows' at once when the key is made.
const ON_POSTGRES: &str = r#"
WITH home AS (
    SELECT oid, relname FROM pg_class
    WHERE relname IN {tables} AND relnamespace = current_schema()::regnamespace
)
SELECT 'DROP INDEX ' || indexrelid::regclass AS gone, pg_get_indexdef(indexrelid) AS again
FROM pg_index JOIN home ON home.oid = indrelid
WHERE NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid)
UNION ALL
SELECT format('ALTER TABLE %I DROP CONSTRAINT %I', relname, conname),
       format('ALTER TABLE %I ADD CONSTRAINT %I %s', relname, conname, pg_get_constraintdef(pg_constraint.oid))
FROM pg_constraint JOIN home ON home.oid = conrelid WHERE contype = 'f'
ORDER BY gone"#;

/// Indexes and keys that were dropped, as the statements that make them again.
#[derive(Debug)]
#[must_use]
pub(super) struct Aside(Vec<String>);

impl Aside {
    /// Drops them. It is all one transaction, so nobody ever sees the tables without.
    pub(super) async fn set(tx: &Transaction) -> Result<Self, DbErr> {
        let backend = tx.get_database_backend();
        let catalogue = if backend == DbBackend::Sqlite { ON_SQLITE } else { ON_POSTGRES };
        let catalogue = Statement::from_string(backend, catalogue.replace("{tables}", TABLES));
        let mut again = Vec::new();
        for row in tx.query_all_raw(catalogue).await? {
            tx.execute_unprepared(&row.try_get::<String>("", "gone")?).await?;
            again.push(row.try_get("", "again")?);
        }
        Ok(Self(again))
    }

    /// Makes them again; here PostgreSQL checks every key.
    pub(super) async fn put_back(self, tx: &Transaction) -> Result<(), DbErr> {
        for statement in self.0 {
            tx.execute_unprepared(&statement).await?;
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

//! One text of SQL for two databases: the few words that differ are written in braces.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// What each braced word means, as (word, SQLite, PostgreSQL).
///
/// * Text compares by code point on both: SQLite's default, PostgreSQL's collation "C".
/// * A time is milliseconds since 1970 in UTC, so that both sort and compare it alike.
/// * `{place}` is where a row stands in the tree of areas. The path is a copy that the database itself keeps
///   true: moving an area cascades to everything in it.
const WORDS: &[(&str, &str, &str)] = &[
    ("{id}", "BLOB", "UUID"),
    ("{text}", "TEXT", "TEXT COLLATE \"C\""),
    ("{time}", "BIGINT", "BIGINT"),
    ("{serial}", "INTEGER PRIMARY KEY AUTOINCREMENT", "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"),
    ("{real}", "DOUBLE", "DOUBLE PRECISION"),
    (
        "{live}",
        "('PROPOSED', 'ACCEPTED', 'IN_PROGRESS', 'DELIVERED')",
        "('PROPOSED', 'ACCEPTED', 'IN_PROGRESS', 'DELIVERED')",
    ),
    (
        "{statuses}",
        "('PROPOSED', 'ACCEPTED', 'IN_PROGRESS', 'DELIVERED', 'COMPLETED', 'DECLINED', 'WITHDRAWN', 'CANCELLED', 'EXPIRED')",
        "('PROPOSED', 'ACCEPTED', 'IN_PROGRESS', 'DELIVERED', 'COMPLETED', 'DECLINED', 'WITHDRAWN', 'CANCELLED', 'EXPIRED')",
    ),
    (
        "{place}",
        "FOREIGN KEY (area_id, area_path) REFERENCES area (id, path) ON UPDATE CASCADE",
        "FOREIGN KEY (area_id, area_path) REFERENCES area (id, path) ON UPDATE CASCADE",
    ),
];

/// Tables whose rows are never changed and never deleted: the database itself refuses it, whoever asks.
const APPEND_ONLY: &[&str] = &["audit_entry", "claim_event"];

fn append_only(table: &str, sqlite: bool) -> String {
    if sqlite {
        let refuse = |verb: &str| {
            format!(
                "CREATE TRIGGER {table}_no_{} BEFORE {verb} ON {table} \
                 BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END;",
                verb.to_lowercase()
            )
        };
        return refuse("UPDATE") + &refuse("DELETE");
    }
    format!(
        "CREATE FUNCTION {table}_is_append_only() RETURNS trigger LANGUAGE plpgsql AS \
         $$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$; \
         CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} \
         FOR EACH STATEMENT EXECUTE FUNCTION {table}_is_append_only();"
    )
}

/// Runs `text`, one or more statements, after putting this database's words in.
pub(crate) async fn run(manager: &SchemaManager<'_>, text: &str) -> Result<(), DbErr> {
    manager.get_connection().execute_unprepared(&translate(text, manager.get_database_backend())).await?;
    Ok(())
}

/// A text with this database's words in.
#[must_use]
pub fn translate(text: &str, backend: DbBackend) -> String {
    let sqlite = backend == DbBackend::Sqlite;
    let text = WORDS.iter().fold(text.to_owned(), |text, (word, on_sqlite, on_postgres)| {
        text.replace(word, if sqlite { on_sqlite } else { on_postgres })
    });
    APPEND_ONLY
        .iter()
        .fold(text, |text, table| text.replace(&format!("{{{table} is append-only}}"), &append_only(table, sqlite)))
}

/// A step that only runs SQL: its name in `seaql_migrations` is the name of its file.
macro_rules! step {
    ($up:expr) => {
        /// This step.
        #[derive(sea_orm_migration::prelude::DeriveMigrationName)]
        pub(crate) struct Migration;

        #[sea_orm_migration::async_trait::async_trait]
        impl sea_orm_migration::prelude::MigrationTrait for Migration {
            async fn up(
                &self,
                manager: &sea_orm_migration::prelude::SchemaManager,
            ) -> Result<(), sea_orm_migration::prelude::DbErr> {
                $crate::dialect::run(manager, $up).await
            }
        }
    };
}
pub(crate) use step;

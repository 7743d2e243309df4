//! Parties, persons and areas end, and others take over from them. What they were called is kept, so that they are found by it; and the
//! database itself refuses whatever would be hung on a party that has ended, even by a writer that read it just before.

use std::fmt::Write;

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

use crate::dialect::translate;

const COLUMNS: &str = r#"
ALTER TABLE party ADD COLUMN ended_at {time};
ALTER TABLE party ADD COLUMN successor_id {id} REFERENCES party (id);
ALTER TABLE party ADD COLUMN status {text} NOT NULL DEFAULT 'ACTIVE' CONSTRAINT party_status CHECK (
    status IN ('ACTIVE', 'CLOSED', 'MERGED')
    AND (status = 'ACTIVE') = (ended_at IS NULL) AND (status = 'MERGED') = (successor_id IS NOT NULL) AND successor_id <> id);
CREATE INDEX party_of_successor ON party (successor_id) WHERE successor_id IS NOT NULL;

ALTER TABLE member ADD COLUMN successor_id {id} REFERENCES member (id) CONSTRAINT member_successor CHECK (successor_id <> id);
CREATE INDEX member_of_successor ON member (successor_id) WHERE successor_id IS NOT NULL;

ALTER TABLE area ADD COLUMN ended_at {time};
ALTER TABLE area ADD COLUMN successor_id {id} REFERENCES area (id)
    CONSTRAINT area_successor CHECK (successor_id IS NULL OR (successor_id <> id AND ended_at IS NOT NULL));
CREATE INDEX area_of_successor ON area (successor_id) WHERE successor_id IS NOT NULL;

CREATE TABLE former_name (
    id       {id}   NOT NULL PRIMARY KEY,
    party_id {id}   NOT NULL REFERENCES party (id),
    name     {text} NOT NULL CHECK (name <> ''),
    until    {time} NOT NULL
);
CREATE INDEX former_name_of_party ON former_name (party_id, until, id);
CREATE INDEX former_name_by_name ON former_name (name, party_id);
"#;

/// What points at a party or a person that has to be there still when the row is written, and what says that it is not.
const HANGS_ON: &[(&str, &str, &str, &str)] = &[
    ("list_item", "owner_id", "party", "ended_at"),
    ("claim", "claimant_id", "party", "ended_at"),
    ("claim", "owner_id", "party", "ended_at"),
    ("check_in", "unit_id", "party", "ended_at"),
    ("check_in", "community_id", "party", "ended_at"),
    ("member_check_in", "community_id", "party", "ended_at"),
    ("member_check_in", "member_id", "member", "successor_id"),
    ("member", "unit_id", "party", "ended_at"),
    ("account_grant", "party_id", "party", "ended_at"),
    ("account_grant", "member_id", "member", "successor_id"),
];

/// PostgreSQL waits for whoever is about to end it, and looks again: what they have taken over by then is not this writer's any
/// more, who is told to try again. SQLite has one writer at a time.
pub(crate) fn standing((table, column, other, gone): (&str, &str, &str, &str), backend: DbBackend) -> String {
    let name = format!("{table}_{column}_stands");
    let change = format!("OLD.{column} IS DISTINCT FROM NEW.{column}");
    let mut sql = String::new();
    if backend == DbBackend::Sqlite {
        let ended = format!("EXISTS (SELECT 1 FROM {other} WHERE id = NEW.{column} AND {gone} IS NOT NULL)");
        let refuse = format!("BEGIN SELECT RAISE(ABORT, 'the {other} in {table}.{column} has ended'); END;");
        let _ = write!(sql, "CREATE TRIGGER {name}_in_new BEFORE INSERT ON {table} WHEN {ended} {refuse}");
        let _ = write!(
            sql,
            "CREATE TRIGGER {name} BEFORE UPDATE OF {column} ON {table} WHEN {change} AND {ended} {refuse}"
        );
        return sql;
    }
    let _ = write!(
        sql,
        "CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            PERFORM 1 FROM {other} WHERE id = NEW.{column} AND {gone} IS NULL FOR KEY SHARE;
            IF NOT FOUND AND EXISTS (SELECT 1 FROM {other} WHERE id = NEW.{column}) THEN
                RAISE EXCEPTION 'the {other} in {table}.{column} has ended' USING ERRCODE = 'serialization_failure';
            END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER {name}_in_new BEFORE INSERT ON {table} FOR EACH ROW
            WHEN (NEW.{column} IS NOT NULL) EXECUTE FUNCTION {name}();
        CREATE TRIGGER {name} BEFORE UPDATE OF {column} ON {table} FOR EACH ROW
            WHEN (NEW.{column} IS NOT NULL AND {change}) EXECUTE FUNCTION {name}();"
    );
    sql
}

/// This step.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let (connection, backend) = (manager.get_connection(), manager.get_database_backend());
        connection.execute_unprepared(&translate(COLUMNS, backend)).await?;
        for line in HANGS_ON {
            connection.execute_unprepared(&standing(*line, backend)).await?;
        }
        Ok(())
    }
}

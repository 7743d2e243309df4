//! The audit log tells tampering: each entry has the hash of the one before it in its lane. What a person is owed by law can be taken out
//! of it, and of what was said of a claim, and leaves its hash. Who acted for a party stays known after they do no more.

use std::fmt::Write;

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::prelude::Uuid;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, QueryResult, Statement};
use sha2::{Digest, Sha256};

use crate::dialect::{run, translate};

/// How many entries are sealed by one statement.
const BATCH: usize = 500;

/// Lanes: PostgreSQL's writers each take one that is free, so that none waits for another.
const TABLES: &str = r#"
ALTER TABLE audit_entry ADD COLUMN lane INTEGER;
ALTER TABLE audit_entry ADD COLUMN number BIGINT;
-- SHA-256 of the changes, in hex: what is left of those that were taken out.
ALTER TABLE audit_entry ADD COLUMN changes_hash {text};
-- SHA-256 of the hash before it in its lane and of all that it says, in hex.
ALTER TABLE audit_entry ADD COLUMN hash {text};
ALTER TABLE audit_entry ADD COLUMN redacted_at {time};
ALTER TABLE claim_event ADD COLUMN redacted_at {time};
CREATE TABLE audit_lane (
    lane   INTEGER NOT NULL PRIMARY KEY,
    -- The number and the hash of its last entry.
    number BIGINT  NOT NULL,
    hash   {text}  NOT NULL
);

CREATE TABLE past_grant (
    id         {id}   NOT NULL PRIMARY KEY,
    account_id {id}   NOT NULL REFERENCES account (id),
    party_id   {id}   REFERENCES party (id),
    area_id    {id},
    area_path  {text},
    until      {time} NOT NULL,
    {place}
);
CREATE INDEX past_grant_of_account ON past_grant (account_id, party_id, area_id);
CREATE INDEX past_grant_by_place ON past_grant (area_id, area_path);
INSERT INTO past_grant (id, account_id, party_id, until)
SELECT {new id}, e.actor_id, e.on_behalf_of_id, MAX(e.at) FROM audit_entry e
WHERE e.actor_id IS NOT NULL AND e.on_behalf_of_id IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM account_grant g WHERE g.account_id = e.actor_id AND g.party_id = e.on_behalf_of_id)
GROUP BY e.actor_id, e.on_behalf_of_id;
"#;

/// This step.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let (connection, backend) = (manager.get_connection(), manager.get_database_backend());
        let new_id = if backend == DbBackend::Sqlite { "randomblob(16)" } else { "gen_random_uuid()" };
        connection.execute_unprepared(&lifted(backend)).await?;
        connection.execute_unprepared(&translate(TABLES, backend).replace("{new id}", new_id)).await?;
        seal(connection, backend).await?;
        run(manager, "CREATE UNIQUE INDEX audit_entry_in_lane ON audit_entry (lane, number);").await?;
        let entry = ["id", "at", "source", "actor_id", "on_behalf_of_id", "action", "subject", "request_id", "address"];
        let sealed = ["lane", "number", "changes_hash", "hash"];
        let event = ["id", "claim_id", "action", "from_status", "to_status", "at", "on_behalf_of_id", "actor_id"];
        let counts = ["quantity", "people_served"];
        let guards = guard("audit_entry", &[&entry[..], &sealed].concat(), backend)
            + &guard("claim_event", &[&event[..], &counts].concat(), backend);
        connection.execute_unprepared(&guards).await?;
        Ok(())
    }
}

/// Takes the old guards away.
fn lifted(backend: DbBackend) -> String {
    let lift = |table: &str| match backend {
        DbBackend::Sqlite => format!("DROP TRIGGER {table}_no_update; DROP TRIGGER {table}_no_delete;"),
        _ => format!("DROP TRIGGER {table}_no_change ON {table};"),
    };
    lift("audit_entry") + &lift("claim_event")
}

/// Guards a table: no row goes, none is put in the place of another, and one is changed only where it is stamped as redacted and all
/// these columns stay as they are.
pub(crate) fn guard(table: &str, columns: &[&str], backend: DbBackend) -> String {
    let refused = format!("{table} is append-only");
    if backend == DbBackend::Sqlite {
        let same: Vec<String> = columns.iter().map(|column| format!("NEW.{column} IS OLD.{column}")).collect();
        let same = same.join(" AND ");
        return format!(
            "CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} WHEN NEW.redacted_at IS NULL OR NOT ({same})
             BEGIN SELECT RAISE(ABORT, '{refused}'); END;
             CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} BEGIN SELECT RAISE(ABORT, '{refused}'); END;
             CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table}
             WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, '{refused}'); END;"
        );
    }
    let row = |name: &str| columns.iter().map(|column| format!("{name}.{column}")).collect::<Vec<_>>().join(", ");
    format!(
        "CREATE FUNCTION {table}_is_redacted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             IF NEW.redacted_at IS NULL OR ({}) IS DISTINCT FROM ({}) THEN RAISE EXCEPTION '{refused}'; END IF;
             RETURN NEW;
         END $$;
         CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_is_redacted();
         CREATE TRIGGER {table}_no_delete BEFORE DELETE OR TRUNCATE ON {table}
         FOR EACH STATEMENT EXECUTE FUNCTION {table}_is_append_only();",
        row("NEW"),
        row("OLD")
    )
}

/// Puts all entries that there are into the first lane, in the order of their keys, and opens the lanes.
async fn seal(connection: &SchemaManagerConnection<'_>, backend: DbBackend) -> Result<(), DbErr> {
    let (mut number, mut hash, mut last) = (0_i64, String::new(), None::<Uuid>);
    let sql = "SELECT id, at, source, actor_id, on_behalf_of_id, action, subject, changes, request_id, address FROM audit_entry";
    loop {
        let (after, values) = match last {
            None => (String::new(), vec![]),
            Some(last) => {
                (format!("WHERE id > {}", if backend == DbBackend::Sqlite { "?" } else { "$1" }), vec![last.into()])
            }
        };
        let page = format!("{sql} {after} ORDER BY id LIMIT {BATCH}");
        let rows = connection.query_all_raw(Statement::from_sql_and_values(backend, page, values)).await?;
        let mut sealed = Vec::with_capacity(rows.len());
        for row in &rows {
            number += 1;
            let id: Uuid = row.try_get_by_index(0)?;
            let changes = digest(&row.try_get_by_index::<String>(7)?);
            hash = digest(&said(row, &hash, number, &changes)?);
            let key =
                if backend == DbBackend::Sqlite { format!("X'{}'", id.simple()) } else { format!("'{id}'::uuid") };
            sealed.push(format!("({key}, {number}, '{changes}', '{hash}')"));
            last = Some(id);
        }
        if sealed.is_empty() {
            break;
        }
        let update = format!(
            "WITH sealed (key, number, changes_hash, hash) AS (VALUES {})
             UPDATE audit_entry SET lane = 0, number = sealed.number, changes_hash = sealed.changes_hash, hash = sealed.hash
             FROM sealed WHERE audit_entry.id = sealed.key",
            sealed.join(", ")
        );
        connection.execute_unprepared(&update).await?;
    }
    let others = (1..8).fold(String::new(), |mut others, lane| {
        let _ = write!(others, ", ({lane}, 0, '')");
        others
    });
    let open = format!("INSERT INTO audit_lane (lane, number, hash) VALUES (0, {number}, '{hash}'){others}");
    connection.execute_unprepared(&open).await?;
    Ok(())
}

/// All that an entry says, each part with its length before it: no two entries say the same in other parts.
fn said(row: &QueryResult, before: &str, number: i64, changes: &str) -> Result<String, DbErr> {
    let key = |place| Ok::<_, DbErr>(row.try_get_by_index::<Option<Uuid>>(place)?.map(|key| key.simple().to_string()));
    let text = |place| row.try_get_by_index::<Option<String>>(place);
    let parts = [
        Some(before.to_owned()),
        Some("0".to_owned()),
        Some(number.to_string()),
        key(0)?,
        Some(row.try_get_by_index::<i64>(1)?.to_string()),
        text(2)?,
        key(3)?,
        key(4)?,
        text(5)?,
        text(6)?,
        Some(changes.to_owned()),
        text(8)?,
        text(9)?,
    ];
    let part = |part: Option<String>| part.map_or_else(|| "-".to_owned(), |part| format!("{}:{part}", part.len()));
    Ok(parts.map(part).concat())
}

fn digest(text: &str) -> String {
    let bytes = Sha256::digest(text.as_bytes());
    bytes.iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

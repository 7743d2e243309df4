//! Claims can be amended: how many, what was delivered, what was said of the other side. Who rated, and whether one person acted for both
//! sides, stands with the row; and whether a person's check-in was asked for, and ended, by themselves or by staff.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

use crate::dialect::translate;
use crate::m0017_chain::guard;

const COLUMNS: &str = r#"
ALTER TABLE claim ADD COLUMN acted_for_both BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE claim SET acted_for_both = TRUE WHERE EXISTS (
    SELECT 1 FROM claim_event one JOIN claim_event other ON other.claim_id = one.claim_id AND other.actor_id = one.actor_id
    WHERE one.claim_id = claim.id AND one.on_behalf_of_id = claim.claimant_id AND other.on_behalf_of_id = claim.owner_id);
ALTER TABLE rating ADD COLUMN actor_id {id} REFERENCES account (id);
UPDATE rating SET actor_id = (SELECT e.actor_id FROM claim_event e
    WHERE e.claim_id = rating.claim_id AND e.action = 'RATE' AND e.on_behalf_of_id = rating.by_id ORDER BY e.id DESC LIMIT 1);
-- Of those that there are nobody knows: they count as the staff's, which shows less and shuts nobody out.
ALTER TABLE member_check_in ADD COLUMN asked_by_staff BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE member_check_in ADD COLUMN ended_by_staff BOOLEAN NOT NULL DEFAULT TRUE;
"#;

const ACTIONS: &str = "('PROPOSE', 'ACCEPT', 'DECLINE', 'WITHDRAW', 'EXPIRE', 'START', 'DELIVER', 'REWORK', 'CONFIRM', 'CANCEL', \
                       'RATE', 'CHANGE_QUANTITY', 'CORRECT', 'WITHDRAW_RATING')";

/// SQLite changes no constraint of a table that there is, so the table is made anew.
const ON_SQLITE: &str = r#"
CREATE TABLE claim_event_anew (
    id              {id}   NOT NULL PRIMARY KEY,
    claim_id        {id}   NOT NULL REFERENCES claim (id),
    action          {text} NOT NULL CHECK (action IN {actions}),
    from_status     {text} CHECK (from_status IN {statuses}),
    to_status       {text} NOT NULL CHECK (to_status IN {statuses}),
    at              {time} NOT NULL,
    on_behalf_of_id {id}   REFERENCES party (id),
    note            {text},
    quantity        INTEGER,
    people_served   INTEGER,
    actor_id        {id}   REFERENCES account (id),
    redacted_at     {time},
    CONSTRAINT claim_event_first CHECK ((action = 'PROPOSE') = (from_status IS NULL))
);
INSERT INTO claim_event_anew (id, claim_id, action, from_status, to_status, at, on_behalf_of_id, note, quantity, people_served, actor_id,
    redacted_at)
SELECT id, claim_id, action, from_status, to_status, at, on_behalf_of_id, note, quantity, people_served, actor_id, redacted_at
FROM claim_event ORDER BY id;
DROP TABLE claim_event;
ALTER TABLE claim_event_anew RENAME TO claim_event;
CREATE INDEX claim_event_of_claim ON claim_event (claim_id, id);
CREATE INDEX claim_event_by_time ON claim_event (at, id);
CREATE INDEX claim_event_of_actor ON claim_event (actor_id, id);
"#;

const ON_POSTGRES: &str = r#"
ALTER TABLE claim_event DROP CONSTRAINT claim_event_action_check;
ALTER TABLE claim_event ADD CONSTRAINT claim_event_action_check CHECK (action IN {actions});
"#;

/// This step.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let (connection, backend) = (manager.get_connection(), manager.get_database_backend());
        connection.execute_unprepared(&translate(COLUMNS, backend)).await?;
        let actions = if backend == DbBackend::Sqlite { ON_SQLITE } else { ON_POSTGRES };
        connection.execute_unprepared(&translate(&actions.replace("{actions}", ACTIONS), backend)).await?;
        if backend == DbBackend::Sqlite {
            // The guards went with the table.
            let event = ["id", "claim_id", "action", "from_status", "to_status", "at", "on_behalf_of_id", "actor_id"];
            let columns = [&event[..], &["quantity", "people_served"]].concat();
            connection.execute_unprepared(&guard("claim_event", &columns, backend)).await?;
        }
        Ok(())
    }
}

//! A claim can be handed to another party, which has to take it over.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

use crate::dialect::translate;
use crate::m0017_chain::guard;
use crate::m0019_succession::standing;

const COLUMNS: &str = r#"
ALTER TABLE claim ADD COLUMN transfer_to_id {id} REFERENCES party (id) CONSTRAINT claim_transfer CHECK (
    transfer_to_id IS NULL OR (status IN ('PROPOSED', 'ACCEPTED', 'IN_PROGRESS') AND transfer_to_id <> claimant_id));
CREATE INDEX claim_of_transfer ON claim (transfer_to_id, id) WHERE transfer_to_id IS NOT NULL;
"#;

const ACTIONS: &str = "('PROPOSE', 'ACCEPT', 'DECLINE', 'WITHDRAW', 'EXPIRE', 'START', 'DELIVER', 'REWORK', 'CONFIRM', 'CANCEL', \
                       'RATE', 'CHANGE_QUANTITY', 'CORRECT', 'WITHDRAW_RATING', 'TRANSFER', 'TAKE_OVER', 'REFUSE_TRANSFER')";

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
        let stands = ("claim", "transfer_to_id", "party", "ended_at");
        connection.execute_unprepared(&standing(stands, backend)).await?;
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

//! The chain of the audit log, lane by lane: what was changed, taken out or slipped in since it was written.

use std::collections::BTreeMap;

use entity::{Timestamp, audit_entry, audit_lane};
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, FromQueryResult, Statement};

use super::verdict::{Breach, Check};
use crate::database::Transaction;
use crate::kernel::chain::{digest, seal};

pub(super) const NAME: &str = "the audit log is as it was written: nothing is changed, missing or put in";

/// By lane, then in the order in which it was written: one entry at a time is in memory.
const SQL: &str = "SELECT * FROM audit_entry ORDER BY COALESCE(lane, -1), number, id";

/// The acts that take something out of the audit log.
pub(super) const REDACTIONS: [&str; 2] = ["redact", "eraseMember"];

/// Where the chain of a lane has got to.
#[derive(Clone, Debug, Default)]
struct End {
    number: i64,
    hash: String,
}

/// Follows every lane from its beginning to its end.
pub(super) async fn check(db: &Transaction) -> Result<Check, DbErr> {
    let mut check = Check { name: NAME, ..Check::default() };
    let (mut ends, mut redacted, mut told) = (BTreeMap::<i32, End>::new(), Vec::new(), Vec::new());
    let rows = db.each_row(Statement::from_string(db.get_database_backend(), SQL), |row| {
        let entry = audit_entry::Model::from_query_result(&row, "")?;
        check.rows += 1;
        if REDACTIONS.contains(&entry.action.as_str()) {
            told.push(entry.at);
        }
        if let Some(at) = entry.redacted_at {
            redacted.push((entry.clone(), at));
        }
        follow(&entry, &mut ends, &mut check);
        Ok::<_, DbErr>(())
    });
    rows.await?;
    for (entry, at) in redacted {
        if !told.contains(&at) {
            check.add(breach(&entry, "no act took its changes out", "an act at that moment".to_owned(), at));
        }
    }
    for lane in audit_lane::Entity::find().all(db).await? {
        let end = ends.remove(&lane.lane).unwrap_or_default();
        if (end.number, &end.hash) != (lane.number, &lane.hash) {
            check.add(Breach {
                table: "audit_lane",
                key: sea_orm::prelude::Uuid::nil(),
                handle: lane.lane.to_string(),
                wrong: "the last entries of the lane are missing",
                expected: format!("entry {}", lane.number),
                found: format!("entry {}", end.number),
            });
        }
    }
    Ok(check)
}

fn follow(entry: &audit_entry::Model, ends: &mut BTreeMap<i32, End>, check: &mut Check) {
    let (Some(lane), Some(number), Some(hash)) = (entry.lane, entry.number, &entry.hash) else {
        check.add(breach(entry, "it stands in no lane of the chain", "a place in the chain".to_owned(), "none"));
        return;
    };
    let end = ends.entry(lane).or_default();
    let changes = digest(&entry.changes);
    if number != end.number + 1 {
        check.add(breach(entry, "entries before it are missing", format!("entry {}", end.number + 1), number));
    } else if seal(entry, &end.hash) != *hash {
        check.add(breach(entry, "it is not what was written", hash.clone(), seal(entry, &end.hash)));
    } else if entry.redacted_at.is_none() && entry.changes_hash.as_ref() != Some(&changes) {
        let expected = entry.changes_hash.clone().unwrap_or_default();
        check.add(breach(entry, "its changes are not what was written", expected, changes));
    }
    // What follows is held against what stands there, so that one breach is told once.
    *end = End { number, hash: hash.clone() };
}

fn breach(entry: &audit_entry::Model, wrong: &'static str, expected: String, found: impl ToString) -> Breach {
    let handle = format!("{} at {}", entry.action, Timestamp(entry.at.milliseconds()));
    Breach { table: "audit_entry", key: entry.id, handle, wrong, expected, found: found.to_string() }
}

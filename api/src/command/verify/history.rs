//! The history of each claim, replayed.

use entity::Timestamp;
use entity::claim::ClaimStatus;
use entity::claim_event::ClaimAction;
use sea_orm::prelude::Uuid;
use sea_orm::{ActiveEnum, ConnectionTrait, DbErr, QueryResult, Statement};

use super::verdict::{Breach, Check};
use crate::database::Transaction;
use crate::feature::claim::machine;

pub(super) const NAME: &str =
    "a claim's events, in the order of their keys, replay to its status and its times, and do not run backwards";

/// By claim, then in the order of time: one claim at a time is in memory.
const SQL: &str = "SELECT c.id, c.status, c.promised_title, e.id, e.action, e.from_status, e.to_status, e.at,
    c.accepted_at, c.delivered_at, c.completed_at
    FROM claim c LEFT JOIN claim_event e ON e.claim_id = c.id ORDER BY c.id, e.id";

struct Claim {
    id: Uuid,
    title: String,
    status: String,
    times: Times,
    events: Vec<Event>,
}

/// When a claim was accepted, delivered and confirmed.
type Times = [Option<Timestamp>; 3];

/// An event, its words as they stand in the database: it may hold some that are none of ours.
#[derive(Clone, Debug)]
struct Event {
    id: Uuid,
    action: String,
    from: Option<String>,
    to: String,
    at: Timestamp,
}

/// Replays every claim's events.
pub(super) async fn check(db: &Transaction) -> Result<Check, DbErr> {
    let mut check = Check { name: NAME, ..Check::default() };
    let mut current: Option<Claim> = None;
    let statement = Statement::from_string(db.get_database_backend(), SQL);
    let rows = db.each_row(statement, |row| {
        let id = row.try_get_by_index(0)?;
        if current.as_ref().is_none_or(|claim| claim.id != id) {
            let (status, title) = (row.try_get_by_index(1)?, row.try_get_by_index(2)?);
            let times = [row.try_get_by_index(8)?, row.try_get_by_index(9)?, row.try_get_by_index(10)?];
            close(current.replace(Claim { id, title, status, times, events: Vec::new() }), &mut check);
        }
        if let (Some(claim), Some(event)) = (&mut current, event(&row)?) {
            claim.events.push(event);
        }
        Ok::<_, DbErr>(())
    });
    rows.await?;
    close(current, &mut check);
    Ok(check)
}

fn event(row: &QueryResult) -> Result<Option<Event>, DbErr> {
    let Some(id) = row.try_get_by_index(3)? else { return Ok(None) };
    let (action, from, to) = (row.try_get_by_index(4)?, row.try_get_by_index(5)?, row.try_get_by_index(6)?);
    Ok(Some(Event { id, action, from, to, at: row.try_get_by_index(7)? }))
}

fn close(claim: Option<Claim>, check: &mut Check) {
    let Some(claim) = claim else { return };
    check.rows += u64::try_from(claim.events.len()).unwrap_or(u64::MAX).max(1);
    let told = check.total;
    replay(&claim, check);
    for (before, event) in claim.events.iter().zip(claim.events.iter().skip(1)) {
        if event.at < before.at {
            let expected = format!("{} or later", before.at);
            check.add(breach(
                &claim,
                Some(event),
                "its time is before that of the event before it",
                expected,
                event.at,
            ));
        }
    }
    if check.total == told && times(&claim.events) != claim.times {
        let wrong = "it was accepted, delivered or confirmed at another moment than its events say";
        check.add(breach(&claim, None, wrong, words(&times(&claim.events)), words(&claim.times)));
    }
}

/// Compares what the events make of a claim with its status. A word that is none of ours allows no step.
fn replay(claim: &Claim, check: &mut Check) {
    let known = claim.events.iter().map_while(|event| {
        let from = event.from.as_ref().map(ClaimStatus::try_from_value).transpose().ok()?;
        Some((ClaimAction::try_from_value(&event.action).ok()?, from, ClaimStatus::try_from_value(&event.to).ok()?))
    });
    let known: Vec<_> = known.collect();
    let allowed = machine::replay(known.iter().copied()).err().unwrap_or(known.len());
    let reached = allowed.checked_sub(1).and_then(|last| claim.events.get(last)).map(|event| event.to.clone());
    match (claim.events.get(allowed), reached) {
        (Some(event), reached) => {
            let expected = reached.map_or_else(|| "PROPOSE".to_owned(), |reached| format!("a step from {reached}"));
            let found = format!("{} from {} to {}", event.action, event.from.as_deref().unwrap_or("nothing"), event.to);
            check.add(breach(claim, Some(event), "it is no step that may be taken here", expected, found));
        }
        (None, None) => check.add(breach(claim, None, "it has no events", "PROPOSE".to_owned(), "nothing")),
        (None, Some(reached)) if reached != claim.status => {
            check.add(breach(claim, None, "its events lead to another status", reached, &claim.status));
        }
        (None, Some(_)) => {}
    }
}

/// The times that a history makes. What was sent back was not delivered.
fn times(events: &[Event]) -> Times {
    let mut times = Times::default();
    for event in events {
        match (event.action.as_str(), event.to.as_str()) {
            (_, "ACCEPTED") => times[0] = Some(event.at),
            ("DELIVER", _) => times[1] = Some(event.at),
            ("REWORK", _) => times[1] = None,
            ("CONFIRM", _) => times[2] = Some(event.at),
            _ => {}
        }
    }
    times
}

fn words(times: &Times) -> String {
    times.map(|moment| moment.map_or_else(|| "never".to_owned(), |moment| moment.to_string())).join(", ")
}

fn breach(claim: &Claim, event: Option<&Event>, wrong: &'static str, expected: String, found: impl ToString) -> Breach {
    let (table, key) = event.map_or(("claim", claim.id), |event| ("claim_event", event.id));
    Breach { table, key, handle: claim.title.clone(), wrong, expected, found: found.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(status: &str, events: &[(u128, &str, &str, &str, i64)]) -> Vec<String> {
        let event = |&(id, action, from, to, at): &(u128, &str, &str, &str, i64)| Event {
            id: Uuid::from_u128(id),
            action: action.to_owned(),
            from: (!from.is_empty()).then(|| from.to_owned()),
            to: to.to_owned(),
            at: Timestamp(at),
        };
        let events: Vec<Event> = events.iter().map(event).collect();
        let mut check = Check::default();
        let times = [events.iter().find(|event: &&Event| event.to == "ACCEPTED").map(|event| event.at), None, None];
        let status = status.to_owned();
        close(Some(Claim { id: Uuid::nil(), title: String::new(), status, times, events }), &mut check);
        let says = |breach: Breach| {
            let Breach { table, key, expected, found, .. } = breach;
            format!("{table} {}: {expected} / {found}", key.as_u128())
        };
        check.breaches.into_iter().map(says).collect()
    }

    const PROPOSE: (u128, &str, &str, &str, i64) = (1, "PROPOSE", "", "PROPOSED", 5_000);
    const ACCEPT: (u128, &str, &str, &str, i64) = (2, "ACCEPT", "PROPOSED", "ACCEPTED", 6_000);

    #[test]
    fn events_lead_to_the_status() {
        assert!(verdict("ACCEPTED", &[PROPOSE, ACCEPT]).is_empty());
        assert_eq!(verdict("DECLINED", &[PROPOSE, ACCEPT]), ["claim 0: ACCEPTED / DECLINED"]);
        assert_eq!(verdict("PROPOSED", &[]), ["claim 0: PROPOSE / nothing"]);
    }

    #[test]
    fn the_first_step_off_the_table_is_named() {
        let start = (3, "START", "PROPOSED", "IN_PROGRESS", 7_000);
        let named = ["claim_event 3: a step from PROPOSED / START from PROPOSED to IN_PROGRESS"];
        assert_eq!(verdict("IN_PROGRESS", &[PROPOSE, start]), named);
        assert_eq!(verdict("ACCEPTED", &[ACCEPT]), ["claim_event 2: PROPOSE / ACCEPT from PROPOSED to ACCEPTED"]);
        let strange = (4, "ACCEPT", "PROPOSED", "LOST", 6_000);
        let named = ["claim_event 4: a step from PROPOSED / ACCEPT from PROPOSED to LOST"];
        assert_eq!(verdict("ACCEPTED", &[PROPOSE, strange]), named);
    }

    #[test]
    fn time_does_not_run_backwards() {
        let early = (2, "ACCEPT", "PROPOSED", "ACCEPTED", 4_000);
        let named = ["claim_event 2: 1970-01-01T00:00:05Z or later / 1970-01-01T00:00:04Z"];
        assert_eq!(verdict("ACCEPTED", &[PROPOSE, early]), named);
    }
}

//! What the clock does to claims: proposals that nobody answered expire, deliveries that nobody confirmed are confirmed, and what is
//! due follows the calendar.

use entity::Timestamp;
use entity::claim::{self, ClaimStatus};
use entity::claim_event::ClaimAction;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::actions::take_by_clock;
use super::calendar::Rules;
use super::machine::LIVE;
use crate::database::Pool;
use crate::kernel::error::{Error, Result};
use crate::kernel::global_id::Table;
use crate::kernel::refusal::Stop;
use crate::kernel::tally::{Tally, limited};
use crate::kernel::write::{Changes, Desk, Tx};

/// The clock's steps: from which status, by which action, to which, and what the audit log calls it.
const STEPS: [(ClaimStatus, ClaimAction, ClaimStatus, &str); 2] = [
    (ClaimStatus::Proposed, ClaimAction::Expire, ClaimStatus::Expired, "expireClaim"),
    (ClaimStatus::Delivered, ClaimAction::Confirm, ClaimStatus::Completed, "confirmClaim"),
];

/// Takes the clock's step on up to `most` claims of each kind whose time has come, each on its own. How many it took.
///
/// Where several servers do so at once, one of them takes each step: the others find the claim moved.
///
/// # Errors
/// Where the database fails, or some of the claims cannot be moved; the others are, then.
pub async fn take_due(desk: &Desk, database: &Pool, rules: &Rules, most: u64) -> Result<u64> {
    let mut taken = Tally::default();
    for (from, action, to, name) in STEPS {
        if action == ClaimAction::Confirm && rules.days_to_confirm.is_none() {
            continue;
        }
        // The expression is the one that the index is on.
        let due = Expr::cust("COALESCE(due_at, 9007199254740992)");
        let claims = claim::Entity::find()
            .filter(due.clone().lt(desk.now()))
            .filter(claim::Column::Status.eq(from))
            .order_by_asc(due)
            .limit(most);
        for claim in claims.all(database).await? {
            let claim = &claim;
            let written = desk.write(name, |tx| async move { take_by_clock(&tx, rules, claim, action, to).await });
            let written = limited(written).await.map(|written| u64::from(written.is_ok()));
            taken.add(written.map_err(|error| error.about(&format!("claim {}", claim.id))));
            if taken.is_over() {
                return taken.sum();
            }
        }
    }
    taken.sum()
}

/// How many claims one transaction looks through: it holds those that it changes until it is done.
const BATCH: u64 = 200;

/// Reckons anew when the awaited step of each live claim is due: the calendar or the days that each side has may be others since, and an
/// earlier version may have left a claim without a date. A date that is ahead is never moved into the past: nobody is late, and
/// nothing expires, because a table was mended. How many dates it changed.
///
/// # Errors
/// Where the database fails; what was done until then stays.
pub async fn reckon_due(desk: &Desk, database: &Pool, rules: &Rules) -> Result<u64> {
    let mut changed = 0;
    for status in LIVE {
        let live = || claim::Entity::find().filter(claim::Column::Status.eq(status)).order_by_asc(claim::Column::Id);
        let mut page = live().limit(BATCH).all(database).await?;
        while let Some(last) = page.last().map(|claim| claim.id) {
            let found = &page;
            if found.iter().any(|claim| moved_due(rules, claim, desk.now()).is_some()) {
                let written = desk.write("reckonDue", |tx| async move { reckon(&tx, rules, found).await });
                changed += written.await?.map_err(|_| Error::Internal("the clock was refused".into()))?;
            }
            page = live().filter(claim::Column::Id.gt(last)).limit(BATCH).all(database).await?;
        }
    }
    Ok(changed)
}

/// Writes the dates of those that nobody moved meanwhile: whoever did reckoned by the same rules.
async fn reckon(tx: &Tx, rules: &Rules, claims: &[claim::Model]) -> Result<u64, Stop> {
    let mut changed = 0;
    for claim in claims {
        let Some(due) = moved_due(rules, claim, tx.now) else { continue };
        let saved = claim::Entity::update_many()
            .col_expr(claim::Column::DueAt, Expr::value(due))
            .col_expr(claim::Column::Version, Expr::col(claim::Column::Version).add(1))
            .col_expr(claim::Column::UpdatedAt, Expr::value(tx.now))
            .filter(claim::Column::Id.eq(claim.id))
            .filter(claim::Column::Version.eq(claim.version));
        if saved.exec(&tx.connection).await?.rows_affected == 0 {
            continue;
        }
        let word = |moment: Option<Timestamp>| moment.map(|moment| moment.to_string());
        let told = Changes::default().field("dueAt", word(claim.due_at), word(due));
        tx.audit((Table::Claim, claim.id), None, &told);
        tx.tell((Table::Claim, claim.id), None);
        changed += 1;
    }
    Ok(changed)
}

/// The date that a claim ought to have, where it has another. Where that has passed and the claim's own has not, it keeps its own; where
/// it had none and the clock would take the step, people still get a working day.
fn moved_due(rules: &Rules, claim: &claim::Model, now: Timestamp) -> Option<Option<Timestamp>> {
    let due = rules.due(claim);
    let is_ahead = claim.due_at.is_none_or(|old| old >= now);
    let due = match due {
        Some(past) if past < now && is_ahead => match claim.status {
            ClaimStatus::Accepted | ClaimStatus::InProgress if claim.due_at.is_none() => due,
            _ => claim.due_at.or_else(|| Some(rules.calendar.due(now, 1))),
        },
        _ => due,
    };
    (due != claim.due_at).then_some(due)
}

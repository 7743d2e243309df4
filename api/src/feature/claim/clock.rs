//! What the clock does to claims: proposals that nobody answered expire, deliveries that nobody confirmed are confirmed.

use entity::claim::{self, ClaimStatus};
use entity::claim_event::ClaimAction;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::actions::take_by_clock;
use super::calendar::Rules;
use crate::database::Pool;
use crate::kernel::error::Result;
use crate::kernel::tally::{Tally, limited};
use crate::kernel::write::Desk;

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

//! Two live claims on one item whose claimants become one: a party has one there at most, so the one that is further along stays, and is of
//! as much as both.

use entity::claim::{self, ClaimStatus};
use entity::claim_event::ClaimAction;
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::actions::{Step, move_on};
use super::amend::{move_held, record, save};
use super::calendar::Rules;
use super::holding::While;
use super::machine::LIVE;
use crate::kernel::global_id::Table;
use crate::kernel::refusal::{Refusal, Stop, UserErrorCode, message};
use crate::kernel::write::Tx;

/// Leaves these two parties one live claim on each item, and counts those that ended. Whoever calls holds their claims already.
///
/// # Errors
/// `HELD_BY_CLAIMS` with those of which both are delivered: the other side has to say first what it got.
pub(crate) async fn join(tx: &Tx, rules: &Rules, from: Uuid, into: Uuid, reason: &str) -> Result<u64, Stop> {
    let live = claim::Entity::find()
        .filter(claim::Column::ClaimantId.is_in([from, into]))
        .filter(claim::Column::Status.is_in(LIVE))
        .order_by_asc(claim::Column::ItemId)
        .order_by_asc(claim::Column::Id);
    let live = live.all(&tx.connection).await?;
    let (mut pairs, mut delivered) = (Vec::new(), Vec::new());
    for pair in live.chunk_by(|one, other| one.item_id == other.item_id) {
        let [one, other] = pair else { continue };
        let (of_heir, of_other) = if one.claimant_id == into { (one, other) } else { (other, one) };
        let is_behind = place(of_heir.status) < place(of_other.status);
        let (stays, ends) = if is_behind { (of_other, of_heir) } else { (of_heir, of_other) };
        if ends.status == ClaimStatus::Delivered { delivered.extend([ends, stays]) } else { pairs.push((stays, ends)) }
    }
    if !delivered.is_empty() {
        let message = message!(
            "both have delivered on the same item: let the other side confirm one of the two first",
            "双方对同一清单均已交付，请先由对方确认其中一个"
        );
        let refusal = Refusal::new(UserErrorCode::HeldByClaims, message).at("id");
        return Err(delivered.iter().fold(refusal, |refusal, claim| refusal.on(Table::Claim, claim.id)).into());
    }
    for (stays, ends) in &pairs {
        end(tx, rules, ends, reason).await?;
        add(tx, stays, ends.quantity, reason).await?;
    }
    Ok(pairs.len() as u64)
}

fn place(status: ClaimStatus) -> usize {
    LIVE.iter().position(|live| *live == status).unwrap_or(LIVE.len())
}

fn step(claim: &claim::Model, action: ClaimAction, reason: &str) -> Step {
    let (party, note) = (Some(claim.claimant_id), Some(reason.to_owned()));
    Step { claim: claim.id, action, party, if_version: None, note, delivery: None, stars: None }
}

async fn end(tx: &Tx, rules: &Rules, claim: &claim::Model, reason: &str) -> Result<(), Stop> {
    let (action, to) = match claim.status {
        ClaimStatus::Proposed => (ClaimAction::Withdraw, ClaimStatus::Withdrawn),
        _ => (ClaimAction::Cancel, ClaimStatus::Cancelled),
    };
    move_on(tx, rules, claim, &step(claim, action, reason), Some(claim.claimant_id), to).await?;
    Ok(())
}

/// What is delivered already stays what it was.
async fn add(tx: &Tx, claim: &claim::Model, more: i32, reason: &str) -> Result<(), Stop> {
    if claim.status == ClaimStatus::Delivered {
        return Ok(());
    }
    let quantity = claim.quantity.saturating_add(more);
    move_held(tx, claim.item_id, i64::from(quantity - claim.quantity), While::Any).await?;
    let party = claim.claimant_id;
    save(tx, claim, party, &[(claim::Column::Quantity, Expr::value(quantity))]).await?;
    let step = step(claim, ClaimAction::ChangeQuantity, reason);
    record(tx, claim, &step, party, claim.status, Some(quantity)).await?;
    Ok(())
}

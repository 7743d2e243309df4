//! Amending a claim: how many are claimed, what was delivered, what was said of the other side. The history keeps what was.

use entity::claim::{self, ClaimStatus};
use entity::list_item;
use entity::rating;
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::actions::{Event, Step, acted_for_both, check_step, stand};
use super::calendar::Rules;
use super::holding::{While, hold};
use super::quantity;
use super::rules::{is_open, left};
use crate::kernel::error::Error;
use crate::kernel::global_id::Table;
use crate::kernel::refusal::{Refusal, Stop, UserErrorCode, message};
use crate::kernel::write::{Done, Tx};

/// Claims more or fewer of an item.
///
/// # Errors
/// As `rules::Standing` says; where the item takes no claims, or has not as many left, and more are wanted. Nothing is changed then.
pub async fn change_quantity(tx: &Tx, rules: &Rules, step: &Step, wanted: i32) -> Result<Done, Stop> {
    let (claim, party, to) = stand(tx, rules, step).await?;
    let more = i64::from(wanted) - i64::from(claim.quantity);
    let item = item_of(tx, &claim).await?;
    check_quantity(tx, &item, &claim, wanted)?;
    if more == 0 {
        return Ok(Done::to(claim.id));
    }
    // Fewer are claimed of whatever it is; more only while it takes claims.
    move_held(tx, item.id, more, if more > 0 { While::Open } else { While::Any }).await?;
    let quantity = Expr::value(wanted);
    save(tx, &claim, party, &[(claim::Column::Quantity, quantity)]).await?;
    record(tx, &claim, step, party, to, Some(wanted)).await
}

fn check_quantity(tx: &Tx, item: &list_item::Model, claim: &claim::Model, wanted: i32) -> Result<(), Refusal> {
    if wanted < 1 {
        return Err(Refusal::invalid("quantity", message!("at least 1", "数量至少为 1")));
    }
    let more = i64::from(wanted) - i64::from(claim.quantity);
    if more > 0 && !is_open(item, tx.now) {
        let message = message!("it takes no claims now", "当前不可认领");
        return Err(Refusal::new(UserErrorCode::NotClaimable, message).at("quantity").on(Table::ListItem, item.id));
    }
    match left(item) {
        Some(left) if more > left => {
            let most = i64::from(claim.quantity) + left;
            let message = message!("only {left} left: {most} at most", "仅剩 {left}，最多 {most}");
            let refusal = Refusal::new(UserErrorCode::NotEnoughRemaining, message).at("quantity");
            Err(refusal.on(Table::ListItem, item.id))
        }
        _ => Ok(()),
    }
}

/// Corrects what was delivered of a completed claim; what it holds of its item follows.
///
/// # Errors
/// As `rules::Standing` says, and as for a delivery; where the item has not as many left. Nothing is changed then.
pub async fn correct(tx: &Tx, rules: &Rules, step: &Step) -> Result<Done, Stop> {
    let (claim, party, to) = stand(tx, rules, step).await?;
    check_step(&claim, step)?;
    let delivery = step.delivery.clone().unwrap_or_default();
    let item = item_of(tx, &claim).await?;
    let held = |delivered| quantity::held(ClaimStatus::Completed, item.form, claim.quantity, delivered);
    let more = i64::from(held(Some(delivery.quantity))) - i64::from(held(claim.delivered_quantity));
    move_held(tx, item.id, more, While::Any).await?;
    let delivered = Expr::value(Some(delivery.quantity));
    let people = Expr::value(delivery.people_served);
    let columns = [(claim::Column::DeliveredQuantity, delivered), (claim::Column::PeopleServed, people)];
    save(tx, &claim, party, &columns).await?;
    record(tx, &claim, step, party, to, Some(delivery.quantity)).await
}

/// Takes back what one side said of the other.
///
/// # Errors
/// As `rules::Standing` says; `CONFLICT` where it was taken back meanwhile. Nothing is changed then.
pub async fn withdraw_rating(tx: &Tx, rules: &Rules, step: &Step) -> Result<Done, Stop> {
    let (claim, party, to) = stand(tx, rules, step).await?;
    let own = rating::Entity::delete_many()
        .filter(rating::Column::ClaimId.eq(claim.id))
        .filter(rating::Column::ById.eq(party));
    if own.exec(&tx.connection).await?.rows_affected == 0 {
        return Err(Refusal::conflict(Table::Claim, claim.id).into());
    }
    save(tx, &claim, party, &[]).await?;
    record(tx, &claim, step, party, to, None).await
}

pub(super) async fn item_of(tx: &Tx, claim: &claim::Model) -> Result<list_item::Model, Stop> {
    let item = list_item::Entity::find_by_id(claim.item_id).one(&tx.connection).await?;
    Ok(item.ok_or_else(|| Error::Internal(format!("the item of claim {} is gone", claim.id)))?)
}

/// Holds so many more of an item, or fewer, and tells of it.
pub(super) async fn move_held(tx: &Tx, item: Uuid, more: i64, when: While) -> Result<(), Stop> {
    if more == 0 {
        return Ok(());
    }
    if !hold(tx, item, more, when).await? {
        return Err(Refusal::conflict(Table::ListItem, item).into());
    }
    tx.tell((Table::ListItem, item), None);
    Ok(())
}

/// Writes a claim by compare-and-set.
pub(super) async fn save(
    tx: &Tx,
    claim: &claim::Model,
    party: Uuid,
    columns: &[(claim::Column, Expr)],
) -> Result<(), Stop> {
    let mut update = claim::Entity::update_many()
        .col_expr(claim::Column::Version, Expr::col(claim::Column::Version).add(1))
        .col_expr(claim::Column::UpdatedAt, Expr::value(tx.now))
        .col_expr(claim::Column::ActedForBoth, acted_for_both(tx, claim, Some(party)))
        .filter(claim::Column::Id.eq(claim.id))
        .filter(claim::Column::Version.eq(claim.version));
    for (column, value) in columns {
        update = update.col_expr(*column, value.clone());
    }
    if update.exec(&tx.connection).await?.rows_affected == 0 {
        return Err(Refusal::conflict(Table::Claim, claim.id).into());
    }
    Ok(())
}

pub(super) async fn record(
    tx: &Tx,
    claim: &claim::Model,
    step: &Step,
    party: Uuid,
    to: ClaimStatus,
    quantity: Option<i32>,
) -> Result<Done, Stop> {
    let event = Event {
        claim: claim.id,
        action: step.action,
        from: Some(claim.status),
        to,
        party: Some(party),
        note: step.note.clone(),
        quantity,
        people_served: step.delivery.as_ref().and_then(|delivery| delivery.people_served),
        stars: None,
    };
    Ok(Done { thing: Some(claim.id), event: Some(event.write(tx).await?) })
}

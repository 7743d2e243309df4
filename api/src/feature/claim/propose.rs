//! Claiming an item: what somebody would claim, whether they may, and what is written then.

use entity::claim::{self, ClaimDirection, ClaimStatus};
use entity::claim_event::ClaimAction;
use entity::list_item::{self, ListItemStatus};
use entity::party::{self, PartyKind};
use entity::{Timestamp, check_in};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query, SelectStatement};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter};

use super::actions::Event;
use super::calendar::Rules;
use super::machine::LIVE;
use super::rules::{Proposal, already_claimed, which_party};
use crate::access::roles::{self, Permission};
use crate::feature::check_in::joins;
use crate::kernel::error::Error;
use crate::kernel::global_id::Table;
use crate::kernel::refusal::{Refusal, Stop, message};
use crate::kernel::write::{Done, Tx};

/// What somebody would claim.
#[derive(Clone, Debug)]
pub struct Wish {
    /// The item.
    pub item: Uuid,
    /// For which party; none: the only one they act for.
    pub claimant: Option<Uuid>,
    /// How many.
    pub quantity: i32,
    /// When the work is to start.
    pub starts_at: Option<Timestamp>,
    /// When it is to end.
    pub ends_at: Option<Timestamp>,
    /// By when it is to be delivered.
    pub deliver_by: Option<Timestamp>,
    /// What to say.
    pub note: Option<String>,
}

/// Claims an item.
///
/// # Errors
/// As `rules::Proposal` says; nothing is changed then.
pub async fn propose(tx: &Tx, rules: &Rules, wish: &Wish) -> Result<Done, Stop> {
    let item = tx.find::<list_item::Entity>(wish.item).await?.ok_or_else(|| Refusal::not_found("itemId"))?;
    let claimant = claimant(tx, wish.claimant).await?;
    check_proposal(tx, &item, &claimant, wish.quantity).await?;
    check_times(&item, wish, tx.now)?;
    if !hold(tx, &item, wish.quantity).await? {
        // Somebody else was quicker: look again, and say what became of it.
        let item = tx.find::<list_item::Entity>(wish.item).await?.ok_or_else(|| Refusal::not_found("itemId"))?;
        check_proposal(tx, &item, &claimant, wish.quantity).await?;
        return Err(Refusal::conflict(Table::ListItem, item.id).into());
    }
    let status = if item.auto_accept { ClaimStatus::Accepted } else { ClaimStatus::Proposed };
    let claim = new_claim(tx, rules, &item, &claimant, wish, status);
    let id = claim.0;
    let insert = claim::Entity::insert(claim.1).on_conflict(OnConflict::new().do_nothing().to_owned());
    if insert.exec_without_returning(&tx.connection).await? == 0 {
        let live = tx.connection.query_one(&live_claim(item.id, claimant.id)).await?;
        return Err(already_claimed(live.map(|row| row.try_get_by_index(0)).transpose()?).into());
    }
    let event = Event {
        claim: id,
        action: ClaimAction::Propose,
        from: None,
        to: status,
        party: Some(claimant.id),
        note: wish.note.clone(),
        quantity: Some(wish.quantity),
        people_served: None,
        stars: None,
    };
    tx.tell((Table::ListItem, item.id), None);
    Ok(Done { thing: Some(id), event: Some(event.write(tx).await?) })
}

/// Whether the claim may be made. All that is asked of the database, in one statement.
async fn check_proposal(tx: &Tx, item: &list_item::Model, claimant: &party::Model, quantity: i32) -> Result<(), Stop> {
    let check_ins = Query::select()
        .expr(Expr::cust("1"))
        .from(check_in::Entity)
        .cond_where(joins(item.owner_id, claimant.id))
        .take();
    let select = Query::select()
        .column(party::Column::Kind)
        .expr(Expr::exists(check_ins))
        .expr(Expr::SubQuery(None, Box::new(live_claim(item.id, claimant.id).into())))
        .from(party::Entity)
        .and_where(party::Column::Id.eq(item.owner_id))
        .take();
    let row = tx.connection.query_one(&select).await?;
    let row = row.ok_or_else(|| Error::Internal(format!("the owner of item {} is gone", item.id)))?;
    let (owner_kind, is_checked_in, live) =
        (row.try_get_by_index(0)?, row.try_get_by_index(1)?, row.try_get_by_index(2)?);
    Ok(Proposal { item, owner_kind, claimant, is_checked_in, live, quantity, now: tx.now }.check()?)
}

fn check_times(item: &list_item::Model, wish: &Wish, now: Timestamp) -> Result<(), Refusal> {
    if let (Some(start), Some(end)) = (wish.starts_at, wish.ends_at)
        && end < start
    {
        return Err(Refusal::invalid("endsAt", message!("it ends before it starts", "结束时间早于开始时间")));
    }
    if wish.deliver_by.is_some_and(|deadline| deadline < now) {
        return Err(Refusal::invalid("deliverBy", message!("it has passed already", "交付期限已过")));
    }
    for (field, moment) in [("startsAt", wish.starts_at), ("endsAt", wish.ends_at)] {
        let Some(moment) = moment else { continue };
        let early = item.available_from.is_some_and(|from| moment < from);
        let late = item.available_until.is_some_and(|until| moment > until);
        if early || late {
            let message = message!("it is outside the item's window", "不在清单的可用时间内");
            return Err(Refusal::invalid(field, message).on(Table::ListItem, item.id));
        }
    }
    Ok(())
}

/// The party for which the writer claims.
async fn claimant(tx: &Tx, named: Option<Uuid>) -> Result<party::Model, Stop> {
    if let Some(key) = named {
        let party = tx.find::<party::Entity>(key).await?.ok_or_else(|| Refusal::not_found("asPartyId"))?;
        if !roles::may(tx.viewer(), Permission::ActFor, &party) {
            return Err(Refusal::forbidden().at("asPartyId").into());
        }
        return Ok(party);
    }
    let mut parties = tx.select_some::<party::Entity>(|at| roles::holds(at, Permission::ActFor), 2).await?;
    match (parties.pop(), parties.pop()) {
        (Some(_), Some(_)) => Err(which_party(&[]).into()),
        (Some(only), None) => Ok(only),
        _ => Err(Refusal::forbidden().into()),
    }
}

/// The key of the live claim of a party on an item. An index holds that there is one at most.
fn live_claim(item: Uuid, claimant: Uuid) -> SelectStatement {
    Query::select()
        .column(claim::Column::Id)
        .from(claim::Entity)
        .and_where(claim::Column::ItemId.eq(item))
        .and_where(claim::Column::ClaimantId.eq(claimant))
        .and_where(claim::Column::Status.is_in(LIVE))
        .take()
}

/// Takes so many of an item, in one statement: however many try at once, no more is held than there is.
async fn hold(tx: &Tx, item: &list_item::Model, quantity: i32) -> Result<bool, Stop> {
    let held = Expr::col(list_item::Column::Held).add(i64::from(quantity));
    let fits = Condition::any()
        .add(list_item::Column::Quantity.is_null())
        .add(held.clone().lte(Expr::col(list_item::Column::Quantity)));
    let still = |column: list_item::Column| Condition::any().add(column.is_null()).add(column.gte(tx.now));
    let updated = list_item::Entity::update_many()
        .col_expr(list_item::Column::Held, held)
        .col_expr(list_item::Column::Version, Expr::col(list_item::Column::Version).add(1))
        .col_expr(list_item::Column::UpdatedAt, Expr::value(tx.now))
        .filter(list_item::Column::Id.eq(item.id))
        .filter(list_item::Column::Status.eq(ListItemStatus::Published))
        .filter(still(list_item::Column::ClaimBy))
        .filter(still(list_item::Column::AvailableUntil))
        .filter(fits)
        .exec(&tx.connection)
        .await?;
    Ok(updated.rows_affected > 0)
}

fn new_claim(
    tx: &Tx,
    rules: &Rules,
    item: &list_item::Model,
    claimant: &party::Model,
    wish: &Wish,
    status: ClaimStatus,
) -> (Uuid, claim::ActiveModel) {
    let id = tx.key();
    let direction = match claimant.kind {
        PartyKind::Unit => ClaimDirection::UnitToCommunity,
        PartyKind::Community => ClaimDirection::CommunityToUnit,
    };
    let row = claim::ActiveModel {
        id: Set(id),
        item_id: Set(item.id),
        item_kind: Set(item.kind),
        claimant_id: Set(claimant.id),
        owner_id: Set(item.owner_id),
        direction: Set(direction),
        status: Set(status),
        quantity: Set(wish.quantity),
        delivered_quantity: Set(None),
        people_served: Set(None),
        promised_title: Set(item.title.clone()),
        promised_description: Set(item.description.clone()),
        promised_measure: Set(item.measure.clone()),
        promised_quantity: Set(item.quantity),
        promised_from: Set(item.available_from),
        promised_until: Set(item.available_until),
        starts_at: Set(wish.starts_at),
        ends_at: Set(wish.ends_at),
        deliver_by: Set(wish.deliver_by),
        due_at: Set(rules.due(status, tx.now, wish.deliver_by)),
        note: Set(wish.note.clone()),
        created_at: Set(tx.now),
        updated_at: Set(tx.now),
        version: Set(1),
        community_id: NotSet,
        unit_id: NotSet,
        provider_id: NotSet,
        receiver_id: NotSet,
        awaiting_id: NotSet,
    };
    (id, row)
}

//! Claiming an item: what somebody would claim, whether they may, and what is written then.

use entity::claim::{self, ClaimDirection, ClaimStatus};
use entity::claim_event::ClaimAction;
use entity::list_item;
use entity::party::{self, PartyKind};
use entity::{Timestamp, check_in};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Expr, OnConflict, Query, SelectStatement};
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel};

use super::actions::Event;
use super::calendar::Rules;
use super::holding::{While, hold};
use super::machine::LIVE;
use super::rules::{LONGEST_NOTE, Proposal, already_claimed, which_party};
use crate::access::roles::{self, Permission};
use crate::feature::check_in::joins;
use crate::feature::party::succession::standing;
use crate::kernel::error::Error;
use crate::kernel::global_id::Table;
use crate::kernel::refusal::{Refusal, Stop, message};
use crate::kernel::say::Faults;
use crate::kernel::text::optional_lines;
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
    /// What to say, as it came.
    pub note: Option<String>,
}

/// Claims an item.
///
/// # Errors
/// As `rules::Proposal` says, and where its moments or its words do not do: all at once. Nothing is changed then.
pub async fn propose(tx: &Tx, rules: &Rules, wish: &Wish) -> Result<Done, Stop> {
    let item = tx.find::<list_item::Entity>(wish.item).await?.ok_or_else(|| Refusal::not_found("itemId"))?;
    let claimant = claimant(tx, wish.claimant).await?;
    let note = check(tx, &item, &claimant, wish).await?;
    if !hold(tx, item.id, wish.quantity.into(), While::Open).await? {
        // Somebody else was quicker: look again, and say what became of it.
        let item = tx.find::<list_item::Entity>(wish.item).await?.ok_or_else(|| Refusal::not_found("itemId"))?;
        check(tx, &item, &claimant, wish).await?;
        return Err(Refusal::conflict(Table::ListItem, item.id).into());
    }
    let wish = &Wish { note, ..wish.clone() };
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

/// Whether the claim may be made, or all that stands in its way. Answers with what is to be said, as it is kept.
async fn check(tx: &Tx, item: &list_item::Model, claimant: &party::Model, wish: &Wish) -> Result<Option<String>, Stop> {
    let proposal = proposal(tx, item, claimant, wish.quantity).await?;
    let mut faults = Faults::default();
    faults.sound(proposal.may());
    faults.sound(proposal.is_left());
    check_times(item, wish, tx.now, &mut faults);
    let note = faults.sound(optional_lines("note", wish.note.clone(), LONGEST_NOTE));
    faults.end()?;
    Ok(note.flatten())
}

/// All that is asked of the database, in one statement.
pub(super) async fn proposal<'a>(
    tx: &Tx,
    item: &'a list_item::Model,
    claimant: &'a party::Model,
    quantity: i32,
) -> Result<Proposal<'a>, Stop> {
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
    Ok(Proposal { item, owner_kind, claimant, is_checked_in, live, quantity, now: tx.now })
}

/// Whether the moments of a wish fit each other, the present, and the item's window.
fn check_times(item: &list_item::Model, wish: &Wish, now: Timestamp, faults: &mut Faults) {
    for (field, moment) in [("startsAt", wish.starts_at), ("endsAt", wish.ends_at), ("deliverBy", wish.deliver_by)] {
        if moment.is_some_and(|moment| moment < now) {
            faults.note(Refusal::invalid(field, message!("it has passed already", "该时间已过")));
        }
    }
    for (field, moment) in [("startsAt", wish.starts_at), ("endsAt", wish.ends_at)] {
        let early = moment.zip(item.available_from).is_some_and(|(moment, from)| moment < from);
        let late = moment.zip(item.available_until).is_some_and(|(moment, until)| moment > until);
        if early || late {
            let message = message!("it is outside the item's window", "不在清单的可用时间内");
            faults.note(Refusal::invalid(field, message).on(Table::ListItem, item.id));
        }
    }
    let Some(start) = wish.starts_at else { return };
    if wish.ends_at.is_some_and(|end| end <= start) {
        let message = message!("the work is to end after it starts", "结束时间须晚于开始时间");
        faults.note(Refusal::invalid("endsAt", message));
    }
    if wish.deliver_by.is_some_and(|deadline| deadline < start) {
        let message = message!("it is before the work starts", "交付期限早于开始时间");
        faults.note(Refusal::invalid("deliverBy", message));
    }
}

/// The party for which the writer claims.
async fn claimant(tx: &Tx, named: Option<Uuid>) -> Result<party::Model, Stop> {
    if let Some(key) = named {
        let party = standing(tx, key, "asPartyId").await?;
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
    let row = claim::Model {
        id,
        item_id: item.id,
        item_kind: item.kind,
        claimant_id: claimant.id,
        owner_id: item.owner_id,
        direction,
        status,
        quantity: wish.quantity,
        promised_category_id: Some(item.category_id),
        promised_title: item.title.clone(),
        promised_description: item.description.clone(),
        promised_measure: item.measure.clone(),
        promised_quantity: item.quantity,
        promised_from: item.available_from,
        promised_until: item.available_until,
        starts_at: wish.starts_at,
        ends_at: wish.ends_at,
        deliver_by: wish.deliver_by,
        note: wish.note.clone(),
        accepted_at: (status == ClaimStatus::Accepted).then_some(tx.now),
        created_at: tx.now,
        updated_at: tx.now,
        version: 1,
        ..claim::Model::default()
    };
    let row = claim::ActiveModel {
        due_at: Set(rules.due(&row)),
        community_id: NotSet,
        unit_id: NotSet,
        provider_id: NotSet,
        receiver_id: NotSet,
        awaiting_id: NotSet,
        is_public: NotSet,
        receiver_stars: NotSet,
        ..row.into_active_model().reset_all()
    };
    (id, row)
}

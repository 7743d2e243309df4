//! The steps on a claim that there is: each one transaction's worth of statements. `propose` makes one.

use entity::claim::{self, ClaimDirection, ClaimStatus};
use entity::claim_event::{self, ClaimAction};
use entity::list_item::{self, ListItemKind};
use entity::party::{self, PartyKind};
use entity::{Timestamp, rating};
use sea_orm::ActiveValue::Set;
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::calendar::Rules;
use super::holding::{While, hold};
use super::machine::{self, is_live};
use super::quantity;
use super::rules::{Rated, Standing, already_rated};
use crate::access::roles::{self, Permission};
use crate::access::steps::heir;
use crate::feature::attachment::{self, AttachmentInput, Owner};
use crate::kernel::error::Error;
use crate::kernel::global_id::Table;
use crate::kernel::loader::one_of;
use crate::kernel::refusal::{Refusal, Stop, UserErrorCode, message};
use crate::kernel::write::{Changes, Done, Tx};

/// A step on a claim.
#[derive(Clone, Debug)]
pub struct Step {
    /// Which claim.
    pub claim: Uuid,
    /// Which step.
    pub action: ClaimAction,
    /// For which party; none: the only side they act for.
    pub party: Option<Uuid>,
    /// The version that was read, where the step depends on it.
    pub if_version: Option<i32>,
    /// What to say: a reason, or a note.
    pub note: Option<String>,
    /// Of a delivery.
    pub delivery: Option<Delivery>,
    /// Of a rating: 1 to 5.
    pub stars: Option<i32>,
}

/// What was delivered.
#[derive(Clone, Debug, Default)]
pub struct Delivery {
    /// How many.
    pub quantity: i32,
    /// How many people it served.
    pub people_served: Option<i32>,
    /// What shows it.
    pub evidence: Vec<AttachmentInput>,
}

/// Takes a step on a claim, for one of its sides.
///
/// # Errors
/// As `rules::Standing` says; nothing is changed then.
pub async fn take(tx: &Tx, rules: &Rules, step: &Step) -> Result<Done, Stop> {
    let (claim, party, to) = stand(tx, rules, step).await?;
    check_step(&claim, step)?;
    let event = move_on(tx, rules, &claim, step, Some(party), to).await?;
    Ok(Done { thing: Some(claim.id), event: Some(event) })
}

/// The claim, the party for which a step is taken, and where it leads.
///
/// # Errors
/// As `rules::Standing` says, and `CONFLICT` where it is of another version than was read.
pub(super) async fn stand(tx: &Tx, rules: &Rules, step: &Step) -> Result<(claim::Model, Uuid, ClaimStatus), Stop> {
    let claim = tx.find::<claim::Entity>(step.claim).await?.ok_or_else(|| Refusal::not_found("id"))?;
    let rates = matches!(step.action, ClaimAction::Rate | ClaimAction::WithdrawRating);
    let rated = if rates { raters(tx, claim.id).await? } else { Vec::new() };
    let keys: Vec<Uuid> =
        [claim.claimant_id, claim.owner_id].into_iter().chain(claim.transfer_to_id).chain(step.party).collect();
    let sides = tx.select::<party::Entity>(|at| one_of(at, at.id(), &keys)).await?;
    let named = heir(&sides, step.party);
    let acts = |key| sides.iter().any(|side| side.id == key && roles::may(tx.viewer(), Permission::ActFor, side));
    let standing = Standing {
        claim: &claim,
        acts_for_claimant: acts(claim.claimant_id),
        acts_for_owner: acts(claim.owner_id),
        acts_for_addressee: claim.transfer_to_id.is_some_and(acts),
        rated: &rated,
        account: tx.actor(),
        now: tx.now,
        rules,
    };
    // Who read it before it moved is told so first: whatever else stands in the way may not any more.
    standing.party(step.action, named)?;
    if step.if_version.is_some_and(|version| version != claim.version) {
        return Err(Refusal::conflict(Table::Claim, claim.id).at("ifVersion").into());
    }
    let (party, to) = standing.step(step.action, named)?;
    Ok((claim, party, to))
}

/// The clock's step on a claim, whose time has come.
///
/// # Errors
/// `CONFLICT` where somebody else moved it first.
pub async fn take_by_clock(
    tx: &Tx,
    rules: &Rules,
    claim: &claim::Model,
    action: ClaimAction,
    to: ClaimStatus,
) -> Result<Done, Stop> {
    let step = Step { claim: claim.id, action, party: None, if_version: None, note: None, delivery: None, stars: None };
    let event = move_on(tx, rules, claim, &step, None, to).await?;
    Ok(Done { thing: Some(claim.id), event: Some(event) })
}

async fn raters(tx: &Tx, claim: Uuid) -> Result<Vec<Rated>, Stop> {
    let ratings = rating::Entity::find().filter(rating::Column::ClaimId.eq(claim)).all(&tx.connection).await?;
    Ok(ratings.iter().map(Rated::from).collect())
}

/// Whether somebody has acted for both sides of a claim: before, or now whoever writes, as its events tell.
pub(super) fn acted_for_both(tx: &Tx, claim: &claim::Model, party: Option<Uuid>) -> Expr {
    let (Some(actor), Some(party)) = (tx.actor(), party) else { return Expr::value(claim.acted_for_both) };
    // The sides are of two kinds, whoever has taken over from whom meanwhile.
    let other = match (party == claim.owner_id, claim.direction) {
        (true, ClaimDirection::UnitToCommunity) | (false, ClaimDirection::CommunityToUnit) => PartyKind::Unit,
        (true, ClaimDirection::CommunityToUnit) | (false, ClaimDirection::UnitToCommunity) => PartyKind::Community,
    };
    let of_other = Query::select()
        .expr(Expr::cust("1"))
        .from(party::Entity)
        .and_where(party::Column::Id.into_expr().equals(claim_event::Column::OnBehalfOfId.as_column_ref()))
        .and_where(party::Column::Kind.eq(other))
        .take();
    let before = Query::select()
        .expr(Expr::cust("1"))
        .from(claim_event::Entity)
        .and_where(claim_event::Column::ClaimId.eq(claim.id))
        .and_where(claim_event::Column::ActorId.eq(actor))
        .and_where(Expr::exists(of_other))
        .take();
    Expr::col(claim::Column::ActedForBoth).or(Expr::exists(before))
}

/// Whether a step has what it needs.
pub(super) fn check_step(claim: &claim::Model, step: &Step) -> Result<(), Refusal> {
    let needs_reason =
        matches!(step.action, ClaimAction::Decline | ClaimAction::Rework | ClaimAction::Cancel | ClaimAction::Correct);
    if needs_reason && step.note.is_none() {
        let message = message!("say why", "请说明理由");
        return Err(Refusal::new(UserErrorCode::ReasonRequired, message).at("reason"));
    }
    if let Some(delivery) = &step.delivery {
        let most = claim.quantity;
        if !(1..=most).contains(&delivery.quantity) {
            let message = message!("1 to {most}, which was claimed", "交付数量须为 1 至 {most}（认领数量）");
            return Err(Refusal::invalid("deliveredQuantity", message).on(Table::Claim, claim.id));
        }
        if delivery.people_served.is_some_and(|people| people < 0) {
            return Err(Refusal::invalid("peopleServed", message!("0 or more", "服务人次不能为负数")));
        }
    }
    if step.stars.is_some_and(|stars| !(1..=5).contains(&stars)) {
        return Err(Refusal::invalid("stars", message!("1 to 5", "评分须为 1 至 5")));
    }
    Ok(())
}

/// Moves a claim by compare-and-set, with all that goes with it: what it holds, its event, its evidence, its rating.
pub(super) async fn move_on(
    tx: &Tx,
    rules: &Rules,
    claim: &claim::Model,
    step: &Step,
    party: Option<Uuid>,
    to: ClaimStatus,
) -> Result<Uuid, Stop> {
    // The item comes first, as in a proposal: two writers never wait for each other crosswise.
    give_back(tx, claim, step, to).await?;
    let after = moved(claim, step, to, tx.now);
    let mut update = claim::Entity::update_many()
        .col_expr(claim::Column::Status, Expr::value(to))
        .col_expr(claim::Column::Version, Expr::col(claim::Column::Version).add(1))
        .col_expr(claim::Column::UpdatedAt, Expr::value(tx.now))
        .col_expr(claim::Column::ActedForBoth, acted_for_both(tx, claim, party))
        .filter(claim::Column::Id.eq(claim.id))
        .filter(claim::Column::Status.eq(claim.status));
    // Both sides may rate at once, so a rating writes nothing that was read, but comes after what it waited for; any other step is
    // taken from the very row that was read.
    if step.action == ClaimAction::Rate {
        update = update.filter(claim::Column::UpdatedAt.lte(tx.now));
    } else {
        update = update
            .col_expr(claim::Column::DueAt, Expr::value(rules.due(&after)))
            .col_expr(claim::Column::AcceptedAt, Expr::value(after.accepted_at))
            .col_expr(claim::Column::DeliveredAt, Expr::value(after.delivered_at))
            .col_expr(claim::Column::CompletedAt, Expr::value(after.completed_at))
            .col_expr(claim::Column::DeliveredQuantity, Expr::value(after.delivered_quantity))
            .col_expr(claim::Column::PeopleServed, Expr::value(after.people_served))
            .col_expr(claim::Column::TransferToId, Expr::value(after.transfer_to_id))
            .filter(claim::Column::Version.eq(claim.version));
    }
    if update.exec(&tx.connection).await?.rows_affected == 0 {
        if step.action == ClaimAction::Rate {
            return Err(Error::Busy.into());
        }
        return Err(Refusal::conflict(Table::Claim, claim.id).into());
    }
    if let (Some(stars), Some(by)) = (step.stars, party) {
        rate(tx, claim.id, by, stars, step.note.clone()).await?;
    }
    if let Some(delivery) = &step.delivery {
        attachment::attach(tx, Owner::Claim(claim.id), "evidence", &delivery.evidence).await?;
    }
    let event = Event {
        claim: claim.id,
        action: step.action,
        from: Some(claim.status),
        to,
        party,
        note: step.note.clone(),
        quantity: step.delivery.as_ref().map(|delivery| delivery.quantity),
        people_served: step.delivery.as_ref().and_then(|delivery| delivery.people_served),
        stars: step.stars,
    };
    event.write(tx).await
}

/// A claim once a step has moved it. What is sent back was not delivered.
fn moved(claim: &claim::Model, step: &Step, to: ClaimStatus, now: Timestamp) -> claim::Model {
    let mut after = claim::Model { status: to, ..claim.clone() };
    match step.action {
        ClaimAction::Accept => after.accepted_at = Some(now),
        ClaimAction::Deliver => after.delivered_at = Some(now),
        ClaimAction::Rework => (after.delivered_at, after.delivered_quantity, after.people_served) = (None, None, None),
        ClaimAction::Confirm => after.completed_at = Some(now),
        _ => {}
    }
    // What is delivered or over is offered to nobody any more.
    if !machine::is_open(to) {
        after.transfer_to_id = None;
    }
    if let Some(delivery) = &step.delivery {
        (after.delivered_quantity, after.people_served) = (Some(delivery.quantity), delivery.people_served);
    }
    after
}

/// Gives an item back what a claim holds of it no more.
async fn give_back(tx: &Tx, claim: &claim::Model, step: &Step, to: ClaimStatus) -> Result<(), Stop> {
    if is_live(to) || step.action == ClaimAction::Rate {
        return Ok(());
    }
    let form = if to == ClaimStatus::Completed && claim.item_kind == ListItemKind::Resource {
        list_item::Entity::find_by_id(claim.item_id).one(&tx.connection).await?.and_then(|item| item.form)
    } else {
        None
    };
    let keeps = quantity::held(to, form, claim.quantity, claim.delivered_quantity);
    let back = claim.quantity - keeps;
    if back == 0 {
        return Ok(());
    }
    if !hold(tx, claim.item_id, -i64::from(back), While::Any).await? {
        // Somebody else moved the claim and gave it back before.
        return Err(Refusal::conflict(Table::Claim, claim.id).into());
    }
    tx.tell((Table::ListItem, claim.item_id), None);
    Ok(())
}

async fn rate(tx: &Tx, claim: Uuid, by: Uuid, stars: i32, comment: Option<String>) -> Result<(), Stop> {
    let row = rating::ActiveModel {
        id: Set(tx.key()),
        claim_id: Set(claim),
        by_id: Set(by),
        stars: Set(stars),
        comment: Set(comment),
        at: Set(tx.now),
        actor_id: Set(tx.actor()),
    };
    let insert = rating::Entity::insert(row).on_conflict(OnConflict::new().do_nothing().to_owned());
    if insert.exec_without_returning(&tx.connection).await? == 0 {
        return Err(already_rated(claim).into());
    }
    Ok(())
}

/// What happened to a claim, before it is written down.
pub(super) struct Event {
    pub(super) claim: Uuid,
    pub(super) action: ClaimAction,
    pub(super) from: Option<ClaimStatus>,
    pub(super) to: ClaimStatus,
    pub(super) party: Option<Uuid>,
    pub(super) note: Option<String>,
    pub(super) quantity: Option<i32>,
    pub(super) people_served: Option<i32>,
    /// Of a rating; the event itself does not keep it.
    pub(super) stars: Option<i32>,
}

impl Event {
    /// Writes it down, in the history, the audit log and the outbox. Answers with its key.
    pub(super) async fn write(self, tx: &Tx) -> Result<Uuid, Stop> {
        let id = tx.key();
        let changes = Changes::default()
            .field("status", self.from.map(ClaimStatus::word), Some(self.to.word()))
            .field("quantity", None, self.quantity.map(|quantity| quantity.to_string()))
            .field("peopleServed", None, self.people_served.map(|people| people.to_string()))
            .field("stars", None, self.stars.map(|stars| stars.to_string()))
            .field("note", None, self.note.clone());
        tx.audit((Table::Claim, self.claim), self.party, &changes);
        tx.tell((Table::Claim, self.claim), Some(id));
        let row = claim_event::ActiveModel {
            id: Set(id),
            claim_id: Set(self.claim),
            action: Set(self.action),
            from_status: Set(self.from),
            to_status: Set(self.to),
            at: Set(tx.now),
            on_behalf_of_id: Set(self.party),
            actor_id: Set(tx.actor()),
            note: Set(self.note),
            quantity: Set(self.quantity),
            people_served: Set(self.people_served),
            redacted_at: Set(None),
        };
        claim_event::Entity::insert(row).exec_without_returning(&tx.connection).await?;
        Ok(id)
    }
}

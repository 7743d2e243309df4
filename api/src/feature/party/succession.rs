//! How parties end: closed, opened again, or merged into a successor that has from then on whatever was theirs.
//!
//! What was said stays said: events and the audit log go on naming the party for which it was done, whose row stays and leads on.

use entity::claim;
use entity::list_item::{self, ListItemStatus};
use entity::party::{self, PartyKind, PartyStatus};
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Expr, ExprTrait, LockType};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::actions::remember_home;
use super::former_name;
use super::handing_over::{hand_over, run};
use crate::access::ended::refuse_ended;
use crate::access::roles::{self, Permission};
use crate::feature::claim::calendar::Rules;
use crate::feature::claim::machine::LIVE;
use crate::feature::claim::twice;
use crate::kernel::error::Error;
use crate::kernel::global_id::Table;
use crate::kernel::refusal::{Refusal, Stop, UserErrorCode, message};
use crate::kernel::text;
use crate::kernel::write::{Changes, Done, Tx};

/// Closes a party.
///
/// # Errors
/// `FORBIDDEN` to whoever ends no parties there, `ENDED` where it has ended, `HELD_BY_CLAIMS` with those that are live, `CONFLICT` where it
/// is of another version than was read. Nothing is changed then.
pub async fn close(tx: &Tx, id: Uuid, version: Option<i32>, reason: &str) -> Result<Done, Stop> {
    let party = to_end(tx, id, "id").await?;
    check_version(&party, version)?;
    let reason = text::reason(reason)?;
    let [party] = hold(tx, [id]).await?;
    check_version(&party, version)?;
    refuse_ended(&party, "id")?;
    let live = of_party(id).add(claim::Column::Status.is_in(LIVE));
    let live = claim::Entity::find().filter(live).order_by_asc(claim::Column::Id).limit(20).all(&tx.connection).await?;
    if !live.is_empty() {
        let message = message!("it has claims that are not done yet", "尚有未办结的认领");
        let refusal = Refusal::new(UserErrorCode::HeldByClaims, message).at("id");
        return Err(live.iter().fold(refusal, |refusal, claim| refusal.on(Table::Claim, claim.id)).into());
    }
    let items = list_item::Entity::update_many()
        .col_expr(list_item::Column::Status, Expr::value(ListItemStatus::Closed))
        .col_expr(list_item::Column::Version, Expr::col(list_item::Column::Version).add(1))
        .col_expr(list_item::Column::UpdatedAt, Expr::value(tx.now))
        .filter(list_item::Column::OwnerId.eq(id))
        .filter(list_item::Column::Status.eq(ListItemStatus::Published));
    let items = items.exec(&tx.connection).await?.rows_affected;
    // Whoever is just about to publish one of the others finds it changed.
    run(tx, "UPDATE list_item SET version = version + 1 WHERE owner_id = $1 AND status <> 'CLOSED'", &[id.into()])
        .await?;
    let check_ins = run(tx, END_CHECK_INS, &[id.into(), tx.now.into()]).await?;
    let persons = run(tx, END_MEMBER_CHECK_INS, &[id.into(), tx.now.into()]).await?;
    run(tx, END_OFFERS, &[id.into(), tx.now.into()]).await?;
    end(tx, &party, PartyStatus::Closed, None).await?;
    let changes = Changes::default()
        .field("status", Some(party.status.word()), Some(PartyStatus::Closed.word()))
        .new("listItems", items)
        .new("checkIns", check_ins + persons)
        .new("reason", reason);
    tx.audit((Table::Party, id), Some(id), &changes);
    tx.tell((Table::Party, id), None);
    Ok(Done::to(id))
}

/// Opens a party again that was closed.
///
/// # Errors
/// As `close`; `INVALID_TRANSITION` where it was not closed.
pub async fn reopen(tx: &Tx, id: Uuid, version: Option<i32>, reason: &str) -> Result<Done, Stop> {
    let party = to_end(tx, id, "id").await?;
    check_version(&party, version)?;
    let reason = text::reason(reason)?;
    match party.status {
        PartyStatus::Closed => {}
        PartyStatus::Merged => refuse_ended(&party, "id")?,
        PartyStatus::Active => {
            let message = message!("it is not closed", "该单位或社区并未关闭");
            return Err(Refusal::new(UserErrorCode::InvalidTransition, message).at("id").into());
        }
    }
    set_status(tx, &party, PartyStatus::Active, None).await?;
    let changes = Changes::default()
        .field("status", Some(party.status.word()), Some(PartyStatus::Active.word()))
        .new("reason", reason);
    tx.audit((Table::Party, id), Some(id), &changes);
    tx.tell((Table::Party, id), None);
    Ok(Done::to(id))
}

/// Merges a party into another of its kind.
///
/// # Errors
/// As `close`, for both; `HELD_BY_CLAIMS` where both have delivered on one item, of which one has to be confirmed first.
pub async fn merge(
    tx: &Tx,
    rules: &Rules,
    from: Uuid,
    into: Uuid,
    version: Option<i32>,
    reason: &str,
) -> Result<Done, Stop> {
    let old = to_end(tx, from, "id").await?;
    check_version(&old, version)?;
    let new = to_end(tx, into, "intoId").await?;
    let reason = text::reason(reason)?;
    if old.id == new.id {
        let message = message!("it cannot take over from itself", "不能并入自身");
        return Err(Refusal::invalid("intoId", message).into());
    }
    if old.kind != new.kind {
        let message = message!(
            "a unit is merged into a unit, a community into a community",
            "单位只能并入单位，社区只能并入社区"
        );
        return Err(Refusal::new(UserErrorCode::SameSide, message).at("intoId").into());
    }
    let [old, new] = hold(tx, [from, into]).await?;
    check_version(&old, version)?;
    if old.status == PartyStatus::Merged {
        refuse_ended(&old, "id")?;
    }
    refuse_ended(&new, "intoId")?;
    let joined = twice::join(tx, rules, from, into, &reason).await?;
    let changes = hand_over(tx, &old, &new).await?.new("joinedClaims", joined);
    former_name::remember(tx, into, &old.name).await?;
    end(tx, &old, PartyStatus::Merged, Some(into)).await?;
    for (party, changes) in [
        (&old, changes.clone().field("successor", None, Some(new.name.clone())).new("reason", &reason)),
        (&new, changes.field("tookOverFrom", None, Some(old.name.clone())).new("reason", &reason)),
    ] {
        tx.audit((Table::Party, party.id), Some(party.id), &changes);
        tx.tell((Table::Party, party.id), None);
    }
    Ok(Done::to(into))
}

/// The party with this key, or the one that took over from it: so that what was noted before a merger still names somebody.
///
/// # Errors
/// `NOT_FOUND` at `field` where there is none, `ENDED` where it was closed.
pub async fn standing(tx: &Tx, key: Uuid, field: &str) -> Result<party::Model, Stop> {
    let not_found = || Refusal::not_found(field);
    let party = tx.find::<party::Entity>(key).await?.ok_or_else(not_found)?;
    let party = match party.successor_id {
        Some(successor) => tx.find::<party::Entity>(successor).await?.ok_or_else(not_found)?,
        None => party,
    };
    refuse_ended(&party, field)?;
    Ok(party)
}

pub(super) async fn to_end(tx: &Tx, id: Uuid, field: &str) -> Result<party::Model, Stop> {
    let party = tx.find::<party::Entity>(id).await?.ok_or_else(|| Refusal::not_found(field))?;
    if !roles::may(tx.viewer(), Permission::EndParties, &party) {
        return Err(Refusal::forbidden().at(field).into());
    }
    Ok(party)
}

pub(super) fn check_version(party: &party::Model, version: Option<i32>) -> Result<(), Refusal> {
    match version {
        Some(version) if version != party.version => Err(Refusal::conflict(Table::Party, party.id).at("ifVersion")),
        _ => Ok(()),
    }
}

fn of_party(party: Uuid) -> Condition {
    Condition::all().add(claim::Column::ClaimantId.eq(party).or(claim::Column::OwnerId.eq(party)))
}

/// Holds whatever is of these parties until the end, in the order in which all writers do, items first: who is in the midst of writing
/// is waited for, and who comes later waits, and then sees that they have ended. Answers with the parties as they are then.
pub(super) async fn hold<const N: usize>(tx: &Tx, parties: [Uuid; N]) -> Result<[party::Model; N], Stop> {
    let db = &tx.connection;
    let keys = || parties.iter().copied();
    list_item::Entity::find()
        .select_only()
        .column(list_item::Column::Id)
        .filter(list_item::Column::OwnerId.is_in(keys()))
        .order_by_asc(list_item::Column::Id)
        .lock(LockType::Update)
        .into_tuple::<Uuid>()
        .all(db)
        .await?;
    claim::Entity::find()
        .select_only()
        .column(claim::Column::Id)
        .filter(claim::Column::ClaimantId.is_in(keys()).or(claim::Column::OwnerId.is_in(keys())))
        .order_by_asc(claim::Column::Id)
        .lock(LockType::Update)
        .into_tuple::<Uuid>()
        .all(db)
        .await?;
    let held = party::Entity::find()
        .filter(party::Column::Id.is_in(keys()))
        .order_by_asc(party::Column::Id)
        .lock(LockType::Update)
        .all(db)
        .await?;
    // As they are now: an area may have moved with them since they were read.
    let mut found = Vec::with_capacity(N);
    for key in parties {
        let row =
            held.iter().find(|row| row.id == key).ok_or_else(|| Error::Internal(format!("party {key} is gone")))?;
        found.push(row.clone());
    }
    Ok(found.try_into().map_err(|_| Error::Internal("a party was held that nobody asked for".into()))?)
}

/// Marks a party as ended. What was a unit's home is remembered, and the unit stands where its successor does: whoever oversees that one
/// reads its history too.
async fn end(tx: &Tx, party: &party::Model, status: PartyStatus, successor: Option<Uuid>) -> Result<(), Stop> {
    set_status(tx, party, status, successor).await?;
    let Some(successor) = successor.filter(|_| party.kind == PartyKind::Unit) else { return Ok(()) };
    if run(tx, STAND_WHERE, &[party.id.into(), successor.into()]).await? > 0 {
        remember_home(tx, party).await?;
    }
    Ok(())
}

async fn set_status(tx: &Tx, party: &party::Model, status: PartyStatus, successor: Option<Uuid>) -> Result<(), Stop> {
    let ended = (status != PartyStatus::Active).then_some(party.ended_at.unwrap_or(tx.now));
    let moved = party::Entity::update_many()
        .col_expr(party::Column::Status, Expr::value(status))
        .col_expr(party::Column::EndedAt, Expr::value(ended))
        .col_expr(party::Column::SuccessorId, Expr::value(successor))
        .col_expr(party::Column::Version, Expr::col(party::Column::Version).add(1))
        .col_expr(party::Column::UpdatedAt, Expr::value(tx.now))
        .filter(party::Column::Id.eq(party.id))
        .filter(party::Column::Version.eq(party.version));
    if moved.exec(&tx.connection).await?.rows_affected == 0 {
        return Err(Refusal::conflict(Table::Party, party.id).into());
    }
    Ok(())
}

const STAND_WHERE: &str = "UPDATE party SET area_id = (SELECT s.area_id FROM party s WHERE s.id = $2),
    area_path = (SELECT s.area_path FROM party s WHERE s.id = $2)
    WHERE id = $1 AND area_id <> (SELECT s.area_id FROM party s WHERE s.id = $2)";

/// Nobody takes over from others who is not there.
const END_OFFERS: &str =
    "UPDATE claim SET transfer_to_id = NULL, version = version + 1, updated_at = $2 WHERE transfer_to_id = $1";

/// A check-in that was never confirmed is taken back.
const END_CHECK_INS: &str = "UPDATE check_in SET status = 'ENDED', until = $2, version = version + 1, updated_at = $2
    WHERE (unit_id = $1 OR community_id = $1) AND status IN ('PENDING', 'CONFIRMED')";

const END_MEMBER_CHECK_INS: &str = "UPDATE member_check_in SET status = 'ENDED', until = $2, ended_by_staff = TRUE,
    version = version + 1, updated_at = $2 WHERE community_id = $1 AND status IN ('PENDING', 'CONFIRMED')";

//! What can be done to check-ins: ask, confirm, reject, end.

use entity::check_in::{self, CheckInStatus};
use entity::party::{self, PartyKind};
use entity::{Timestamp, area, member, member_check_in};
use sea_orm::ActiveValue::Set;
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Expr, ExprTrait, LockType, OnConflict};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};

use super::rules::{CheckInAction, Standing};
use crate::access::roles::{self, Permission};
use crate::access::steps::heir;
use crate::feature::party::phone::canonical;
use crate::feature::party::succession::standing;
use crate::kernel::global_id::Table;
use crate::kernel::loader::one_of;
use crate::kernel::refusal::{Refusal, Stop, UserErrorCode, message};
use crate::kernel::text::masked_name;
use crate::kernel::tree;
use crate::kernel::viewer::{GrantScope, Viewer};
use crate::kernel::write::{Changes, Done, Tx};

/// The statuses of a check-in that is not over.
const LIVE: [CheckInStatus; 2] = [CheckInStatus::Pending, CheckInStatus::Confirmed];

/// A step on a check-in.
#[derive(Clone, Debug)]
pub struct Step {
    /// Which one.
    pub id: Uuid,
    /// Which step.
    pub action: CheckInAction,
    /// For which party.
    pub party: Option<Uuid>,
    /// The version that was read.
    pub if_version: Option<i32>,
    /// What to say; for the audit log.
    pub note: Option<String>,
}

/// Who a person is that checks in: one who is known, or one who is now.
#[derive(Clone, Debug)]
pub enum Person {
    /// Known by key.
    Known(Uuid),
    /// New: name, phone, unit and what they are good at.
    New {
        /// Name.
        name: String,
        /// Phone.
        phone: Option<String>,
        /// Where they work.
        unit: Option<Uuid>,
        /// What they are good at.
        specialities: Vec<String>,
    },
}

/// Checks a unit in to a community, or to a part of it; the community answers.
///
/// # Errors
/// `FORBIDDEN` to whoever does not act for the unit, `DUPLICATE` with the check-in that is live already.
pub async fn check_in(tx: &Tx, unit: Uuid, community: Uuid, part: Option<Uuid>) -> Result<Done, Stop> {
    let unit = of_kind(tx, unit, PartyKind::Unit, "unitId").await?;
    let community = of_kind(tx, community, PartyKind::Community, "communityId").await?;
    if !roles::may(tx.viewer(), Permission::ActFor, &unit) {
        return Err(Refusal::forbidden().at("unitId").into());
    }
    let (area_id, area_path) = place(tx, &community, part).await?;
    let id = tx.key();
    let row = check_in::ActiveModel {
        id: Set(id),
        unit_id: Set(unit.id),
        community_id: Set(community.id),
        area_id: Set(area_id),
        area_path: Set(area_path.clone()),
        status: Set(CheckInStatus::Pending),
        requested_at: Set(tx.now),
        since: Set(None),
        until: Set(None),
        version: Set(1),
        updated_at: Set(tx.now),
    };
    let insert = check_in::Entity::insert(row).on_conflict(OnConflict::new().do_nothing().to_owned());
    if insert.exec_without_returning(&tx.connection).await? == 0 {
        let live = check_in::Entity::find()
            .filter(check_in::Column::UnitId.eq(unit.id))
            .filter(check_in::Column::CommunityId.eq(community.id))
            .filter(check_in::Column::Status.is_in(LIVE));
        let live = live.one(&tx.connection).await?.map(|live| (Table::CheckIn, live.id));
        return Err(duplicate(live).into());
    }
    let changes = Changes::default().new("community", &community.name).new("area", tree::code(&area_path));
    tx.audit((Table::CheckIn, id), Some(unit.id), &changes);
    tx.tell((Table::CheckIn, id), None);
    Ok(Done::to(id))
}

/// Checks a person in to the community in which they live: by themselves, or by its staff.
///
/// # Errors
/// As `check_in`; a person who is not known is registered by the staff alone.
pub async fn check_in_member(tx: &Tx, person: Person, community: Uuid, part: Option<Uuid>) -> Result<Done, Stop> {
    let community = of_kind(tx, community, PartyKind::Community, "communityId").await?;
    let is_staff = roles::may(tx.viewer(), Permission::ActFor, &community);
    let member = match person {
        Person::Known(key) if is_oneself(tx.viewer(), key) => key,
        Person::Known(key) => {
            let known = tx.find::<member::Entity>(key).await?.ok_or_else(|| Refusal::not_found("memberId"))?;
            let known = known.successor_id.unwrap_or(known.id);
            if !is_staff && !is_oneself(tx.viewer(), known) {
                return Err(Refusal::forbidden().at("communityId").into());
            }
            known
        }
        Person::New { .. } if !is_staff => return Err(Refusal::forbidden().at("communityId").into()),
        Person::New { name, phone, unit, specialities } => {
            refuse_known(tx, &community, &name, phone.as_deref()).await?;
            register(tx, name, phone, unit, &specialities).await?
        }
    };
    let is_own = is_oneself(tx.viewer(), member);
    if !is_own {
        refuse_ended(tx, member, community.id).await?;
    }
    let (area_id, area_path) = place(tx, &community, part).await?;
    let id = tx.key();
    let row = member_check_in::ActiveModel {
        asked_by_staff: Set(!is_own),
        ended_by_staff: Set(false),
        id: Set(id),
        member_id: Set(member),
        community_id: Set(community.id),
        area_id: Set(area_id),
        area_path: Set(area_path.clone()),
        status: Set(CheckInStatus::Pending),
        requested_at: Set(tx.now),
        since: Set(None),
        until: Set(None),
        version: Set(1),
        updated_at: Set(tx.now),
    };
    let insert = member_check_in::Entity::insert(row).on_conflict(OnConflict::new().do_nothing().to_owned());
    if insert.exec_without_returning(&tx.connection).await? == 0 {
        let live = member_check_in::Entity::find()
            .filter(member_check_in::Column::MemberId.eq(member))
            .filter(member_check_in::Column::CommunityId.eq(community.id))
            .filter(member_check_in::Column::Status.is_in(LIVE));
        let live = live.one(&tx.connection).await?.map(|live| (Table::MemberCheckIn, live.id));
        return Err(duplicate(live).into());
    }
    let changes = Changes::default().new("community", &community.name).new("area", tree::code(&area_path));
    tx.audit((Table::MemberCheckIn, id), is_staff.then_some(community.id), &changes);
    tx.tell((Table::MemberCheckIn, id), None);
    Ok(Done::to(id))
}

/// Refuses staff who would check somebody in again after they ended their check-in themselves: only they renew it.
async fn refuse_ended(tx: &Tx, member: Uuid, community: Uuid) -> Result<(), Stop> {
    let last = member_check_in::Entity::find()
        .filter(member_check_in::Column::MemberId.eq(member))
        .filter(member_check_in::Column::CommunityId.eq(community))
        .order_by_desc(member_check_in::Column::Id);
    match last.one(&tx.connection).await? {
        Some(last) if last.status == CheckInStatus::Ended && !last.ended_by_staff => {
            let message = message!(
                "they ended their check-in themselves: only they renew it",
                "本人已结束报到，须由本人重新报到"
            );
            Err(Refusal::new(UserErrorCode::Forbidden, message).on(Table::MemberCheckIn, last.id).into())
        }
        _ => Ok(()),
    }
}

/// Refuses a person whom this community knows by the same name and phone: two of that name without a phone may be two.
///
/// The community is held until the end: whoever registers somebody there at the same moment waits, and then sees this one.
async fn refuse_known(tx: &Tx, community: &party::Model, name: &str, phone: Option<&str>) -> Result<(), Stop> {
    let Some(phone) = phone else { return Ok(()) };
    party::Entity::find_by_id(community.id).lock(LockType::NoKeyUpdate).one(&tx.connection).await?;
    let here = member_check_in::Entity::find()
        .select_only()
        .column(member_check_in::Column::MemberId)
        .filter(member_check_in::Column::CommunityId.eq(community.id))
        .into_query();
    let namesakes = member::Entity::find()
        .filter(member::Column::Name.eq(name))
        .filter(member::Column::Id.in_subquery(here))
        .order_by_asc(member::Column::Id);
    let namesakes = namesakes.all(&tx.connection).await?;
    // Those who were registered before phones had one spelling have theirs as it was typed.
    let is_same =
        |known: &&member::Model| known.phone.as_deref().and_then(canonical).is_some_and(|known| known == phone);
    let Some(known) = namesakes.iter().find(is_same) else { return Ok(()) };
    let message = message!(
        "this person is known here by name and phone: check them in by memberId",
        "本社区已登记同名同电话的人员，请用 memberId 为其报到"
    );
    Err(Refusal::new(UserErrorCode::Duplicate, message).at("person").on(Table::Member, known.id).into())
}

async fn register(
    tx: &Tx,
    name: String,
    phone: Option<String>,
    unit: Option<Uuid>,
    specialities: &[String],
) -> Result<Uuid, Stop> {
    let unit = match unit {
        Some(unit) => Some(of_kind(tx, unit, PartyKind::Unit, "unitId").await?.id),
        None => None,
    };
    let id = tx.key();
    tx.audit((Table::Member, id), None, &Changes::default().new("name", masked_name(&name)));
    let row = member::ActiveModel {
        id: Set(id),
        name: Set(name),
        phone: Set(phone),
        unit_id: Set(unit),
        specialities: Set(serde_json::Value::from(specialities.to_vec()).to_string()),
        version: Set(1),
        created_at: Set(tx.now),
        updated_at: Set(tx.now),
        successor_id: Set(None),
    };
    member::Entity::insert(row).exec_without_returning(&tx.connection).await?;
    Ok(id)
}

fn duplicate(live: Option<(Table, Uuid)>) -> Refusal {
    let message = message!("there is a check-in of the two already", "双方已有报到记录");
    let refusal = Refusal::new(UserErrorCode::Duplicate, message);
    live.into_iter().fold(refusal, |refusal, (table, key)| refusal.on(table, key))
}

/// Whether the viewer is this person.
pub(crate) fn is_oneself(viewer: &Viewer, member: Uuid) -> bool {
    viewer.grants().iter().any(|grant| grant.scope == GrantScope::Member(member))
}

async fn of_kind(tx: &Tx, key: Uuid, kind: PartyKind, field: &str) -> Result<party::Model, Stop> {
    let party = Some(standing(tx, key, field).await?).filter(|party| party.kind == kind);
    Ok(party.ok_or_else(|| Refusal::not_found(field))?)
}

/// The community's own area, or the part of it that is meant.
async fn place(tx: &Tx, community: &party::Model, part: Option<Uuid>) -> Result<(Uuid, String), Stop> {
    let Some(part) = part else { return Ok((community.area_id, community.area_path.clone())) };
    let area = tx.find::<area::Entity>(part).await?.ok_or_else(|| Refusal::not_found("areaId"))?;
    if !tree::is_within(&area.path, &community.area_path) {
        let message = message!("it does not lie in the community", "该区域不在此社区内");
        return Err(Refusal::invalid("areaId", message).on(Table::Area, area.id).into());
    }
    Ok((area.id, area.path))
}

/// Moves a row of either table by compare-and-set: the two have these columns alike.
macro_rules! move_on {
    ($table:ident, $tx:expr, $row:expr, $subject:expr, $to:expr) => {
        let update = $table::Entity::update_many()
            .col_expr($table::Column::Status, Expr::value($to))
            .col_expr($table::Column::Since, Expr::value(since($to, $row.since, $tx.now)))
            .col_expr($table::Column::Until, Expr::value(until($to, $tx.now)))
            .col_expr($table::Column::Version, Expr::col($table::Column::Version).add(1))
            .col_expr($table::Column::UpdatedAt, Expr::value($tx.now))
            .filter($table::Column::Id.eq($row.id))
            .filter($table::Column::Version.eq($row.version));
        if update.exec(&$tx.connection).await?.rows_affected == 0 {
            let (table, key) = $subject;
            return Err(Refusal::conflict(table, key).into());
        }
    };
}

/// Takes a step on a unit's check-in.
///
/// # Errors
/// As `rules::Standing` says, and `CONFLICT` where somebody else was quicker.
pub async fn take(tx: &Tx, step: &Step) -> Result<Done, Stop> {
    let row = tx.find::<check_in::Entity>(step.id).await?.ok_or_else(|| Refusal::not_found("id"))?;
    let keys: Vec<Uuid> = [row.unit_id, row.community_id].into_iter().chain(step.party).collect();
    let sides = tx.select::<party::Entity>(|at| one_of(at, at.id(), &keys)).await?;
    let named = heir(&sides, step.party);
    let acts = |key| sides.iter().any(|side| side.id == key && roles::may(tx.viewer(), Permission::ActFor, side));
    let subject = (Table::CheckIn, row.id);
    let standing = Standing {
        check_in: subject,
        status: row.status,
        guest: (Some(row.unit_id), acts(row.unit_id)),
        host: (row.community_id, acts(row.community_id)),
    };
    standing.side(named)?;
    check_version(step, row.version, subject)?;
    let (party, to) = standing.step(step.action, named)?;
    move_on!(check_in, tx, row, subject, to);
    leave(tx, step, subject, party, row.status, to);
    Ok(Done::to(row.id))
}

/// Takes a step on a person's check-in.
///
/// # Errors
/// As `take`.
pub async fn take_for_member(tx: &Tx, step: &Step) -> Result<Done, Stop> {
    let row = tx.find::<member_check_in::Entity>(step.id).await?.ok_or_else(|| Refusal::not_found("id"))?;
    let community = tx.find::<party::Entity>(row.community_id).await?;
    let acts = community.is_some_and(|community| roles::may(tx.viewer(), Permission::ActFor, &community));
    let subject = (Table::MemberCheckIn, row.id);
    let standing = Standing {
        check_in: subject,
        status: row.status,
        guest: (None, is_oneself(tx.viewer(), row.member_id)),
        host: (row.community_id, acts),
    };
    standing.side(step.party)?;
    check_version(step, row.version, subject)?;
    let (party, to) = standing.step(step.action, step.party)?;
    move_on!(member_check_in, tx, row, subject, to);
    if to == CheckInStatus::Ended {
        let ended = member_check_in::Entity::update_many()
            .col_expr(member_check_in::Column::EndedByStaff, Expr::value(party.is_some()))
            .filter(member_check_in::Column::Id.eq(row.id));
        ended.exec(&tx.connection).await?;
    }
    leave(tx, step, subject, party, row.status, to);
    Ok(Done::to(row.id))
}

fn check_version(step: &Step, version: i32, (table, key): (Table, Uuid)) -> Result<(), Refusal> {
    match step.if_version {
        Some(read) if read != version => Err(Refusal::conflict(table, key).at("ifVersion")),
        _ => Ok(()),
    }
}

fn since(to: CheckInStatus, since: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
    if to == CheckInStatus::Confirmed { Some(now) } else { since }
}

fn until(to: CheckInStatus, now: Timestamp) -> Option<Timestamp> {
    (to == CheckInStatus::Ended).then_some(now)
}

fn leave(tx: &Tx, step: &Step, subject: (Table, Uuid), party: Option<Uuid>, from: CheckInStatus, to: CheckInStatus) {
    let changes =
        Changes::default().field("status", Some(from.word()), Some(to.word())).field("note", None, step.note.clone());
    tx.audit(subject, party, &changes);
    tx.tell(subject, None);
}

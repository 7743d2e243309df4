//! Persons who were registered twice (重复登记): one of the two takes over from the other. Nothing does so by itself, since two may have one name.

use async_graphql::{Context, ID, InputObject, Object};
use entity::{member, member_check_in, party};
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Expr, ExprTrait, LockType};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Value};

use crate::access::payload::{mutate, payload};
use crate::access::roles::{self, Permission};
use crate::feature::member::Member;
use crate::feature::party::handing_over::{hand_check_ins_over, run, take_grants};
use crate::kernel::error::Result;
use crate::kernel::global_id::Table;
use crate::kernel::refusal::{Refusal, Stop, message};
use crate::kernel::text::{self, masked_name};
use crate::kernel::write::{Changes, Done, Tx};

payload! {
    /// What became of merging two persons.
    MergeMemberPayload {
        /// The one that is left; null where it was refused.
        member: Member = member::Entity,
    }
}

/// Merge two persons that are one (合并重复人员).
#[derive(Clone, Debug, InputObject)]
pub struct MergeMemberInput {
    /// The one that ends.
    id: ID,
    /// The one that is left.
    into_id: ID,
    /// The version of the one that ends that was read: refused with CONFLICT where it is another now.
    if_version: Option<i32>,
    /// Why (理由).
    reason: String,
    /// The same key and input has one effect, for 24 hours.
    idempotency_key: Option<String>,
}

/// What joins persons that were registered twice.
#[derive(Debug, Default)]
pub struct SamePersonMutation;

/// What joins persons that were registered twice.
#[Object]
impl SamePersonMutation {
    /// Merges two persons that are one (合并重复人员): the one that is left has the other's check-ins and account, and what it did not
    /// know itself. The other's id still leads there. For managers of every community to which one of the two checked in. It cannot be
    /// undone.
    async fn merge_member(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whom into whom, and why.")] input: MergeMemberInput,
    ) -> Option<Result<MergeMemberPayload>> {
        let input = &input;
        mutate(context, |tx| async move { merge(&tx, input).await }).await
    }
}

async fn merge(tx: &Tx, input: &MergeMemberInput) -> Result<Done, Stop> {
    let old = find_person(tx, &input.id, "id").await?;
    let new = find_person(tx, &input.into_id, "intoId").await?;
    for (person, field) in [(&old, "id"), (&new, "intoId")] {
        may_end(tx, person, field).await?;
    }
    if input.if_version.is_some_and(|version| version != old.version) {
        return Err(Refusal::conflict(Table::Member, old.id).at("ifVersion").into());
    }
    let reason = text::reason(&input.reason)?;
    if old.id == new.id {
        let message = message!("they are the same already", "二者已是同一人员");
        return Err(Refusal::invalid("intoId", message).on(Table::Member, new.id).into());
    }
    hold(tx, old.id, new.id).await?;
    let keys: [Value; 2] = [old.id.into(), new.id.into()];
    let check_ins = hand_check_ins_over(tx, "member_check_in", ("member_id", "community_id"), old.id, new.id).await?;
    let grants = take_grants(tx, "member_id", &keys).await?;
    run(tx, "UPDATE member SET successor_id = $2 WHERE successor_id = $1", &keys).await?;
    let specialities = if new.specialities == "[]" { &old.specialities } else { &new.specialities };
    let left = member::Entity::update_many()
        .col_expr(member::Column::Phone, Expr::value(new.phone.clone().or_else(|| old.phone.clone())))
        .col_expr(member::Column::UnitId, Expr::value(new.unit_id.or(old.unit_id)))
        .col_expr(member::Column::Specialities, Expr::value(specialities.as_str()));
    save(tx, left, &new).await?;
    // Nothing of the person is kept twice.
    let ended = member::Entity::update_many()
        .col_expr(member::Column::Name, Expr::value(new.name.as_str()))
        .col_expr(member::Column::Phone, Expr::value(None::<String>))
        .col_expr(member::Column::UnitId, Expr::value(None::<Uuid>))
        .col_expr(member::Column::Specialities, Expr::value("[]"))
        .col_expr(member::Column::SuccessorId, Expr::value(new.id));
    save(tx, ended, &old).await?;
    let changes = Changes::default()
        .new("tookOverFrom", Table::Member.id(old.id).as_str())
        .field("name", Some(masked_name(&old.name)), Some(masked_name(&new.name)))
        .new("checkIns", check_ins)
        .new("grants", grants)
        .new("reason", reason);
    tx.audit((Table::Member, new.id), community(tx, new.id).await?, &changes);
    tx.tell((Table::Member, old.id), None);
    tx.tell((Table::Member, new.id), None);
    Ok(Done::to(new.id))
}

async fn save(tx: &Tx, update: sea_orm::UpdateMany<member::Entity>, person: &member::Model) -> Result<(), Stop> {
    let saved = update
        .col_expr(member::Column::Version, Expr::col(member::Column::Version).add(1))
        .col_expr(member::Column::UpdatedAt, Expr::value(tx.now))
        .filter(member::Column::Id.eq(person.id))
        .filter(member::Column::Version.eq(person.version));
    if saved.exec(&tx.connection).await?.rows_affected == 0 {
        return Err(Refusal::conflict(Table::Member, person.id).into());
    }
    Ok(())
}

/// The person with this id, or the one that is left of them.
///
/// # Errors
/// `NOT_FOUND` at `field`.
pub(crate) async fn find_person(tx: &Tx, id: &ID, field: &str) -> Result<member::Model, Stop> {
    let person = tx.find_id::<member::Entity>(Table::Member, id).await?;
    let person = person.ok_or_else(|| Refusal::not_found(field))?;
    match person.successor_id {
        Some(successor) => Ok(tx.find::<member::Entity>(successor).await?.ok_or_else(|| Refusal::not_found(field))?),
        None => Ok(person),
    }
}

/// Whoever merges persons does so wherever they checked in.
async fn may_end(tx: &Tx, person: &member::Model, field: &str) -> Result<(), Stop> {
    let homes = member_check_in::Entity::find().filter(member_check_in::Column::MemberId.eq(person.id));
    let homes: Vec<Uuid> =
        homes.select_only().column(member_check_in::Column::CommunityId).into_tuple().all(&tx.connection).await?;
    let homes = party::Entity::find().filter(party::Column::Id.is_in(homes)).all(&tx.connection).await?;
    let may = |home| roles::may(tx.viewer(), Permission::EndParties, home);
    if homes.is_empty() || !homes.iter().all(may) {
        return Err(Refusal::forbidden().at(field).into());
    }
    Ok(())
}

/// Holds both until the end: who checks one of them in meanwhile is waited for, or waits.
async fn hold(tx: &Tx, old: Uuid, new: Uuid) -> Result<(), Stop> {
    let both = member::Entity::find()
        .filter(member::Column::Id.is_in([old, new]))
        .order_by_asc(member::Column::Id)
        .lock(LockType::Update);
    both.all(&tx.connection).await?;
    Ok(())
}

async fn community(tx: &Tx, person: Uuid) -> Result<Option<Uuid>, Stop> {
    let last = member_check_in::Entity::find()
        .filter(member_check_in::Column::MemberId.eq(person))
        .order_by_desc(member_check_in::Column::Id);
    Ok(last.one(&tx.connection).await?.map(|last| last.community_id))
}

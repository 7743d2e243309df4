//! What can be done to list items: each action one transaction's worth of statements.

use async_graphql::ID;
use entity::claim::{self, ClaimStatus};
use entity::list_item::{self, ListItemKind, ListItemStatus};
use entity::{Timestamp, party};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};

use super::changes::changes;
use super::content::{Content, follow};
use super::draft::{blank, write_down};
use super::rules::{ListItemAction, Standing, held};
use crate::access::roles::{self, Permission};
use crate::feature::attachment::{self, Owner};
use crate::feature::claim::machine::{self, LIVE};
use crate::feature::claim::quantity::{self, comes_back};
use crate::feature::party::succession::standing;
use crate::kernel::error::Error;
use crate::kernel::global_id::Table;
use crate::kernel::list::LARGEST_SIZE;
use crate::kernel::refusal::{Refusal, Stop, message};
use crate::kernel::write::{Done, Tx};

/// Something new to be listed.
#[derive(Clone, Debug)]
pub struct New {
    /// Whose.
    pub owner: ID,
    /// Whether it is published at once.
    pub publish: bool,
    /// What it says.
    pub content: Content,
}

/// A change of what an item says.
#[derive(Clone, Debug)]
pub struct Edit {
    /// Which item.
    pub id: ID,
    /// The version that was read.
    pub if_version: i32,
    /// What it is to say.
    pub content: Content,
}

/// A step of an item, or a copy of it.
#[derive(Clone, Debug)]
pub struct Step {
    /// Which item.
    pub id: ID,
    /// Which step.
    pub action: ListItemAction,
    /// The version that was read, where the step depends on it.
    pub if_version: Option<i32>,
}

/// Lists something.
///
/// # Errors
/// Where it is not the writer's to list, or does not say what it must; nothing is changed then.
pub async fn create(tx: &Tx, kind: ListItemKind, new: &New) -> Result<Done, Stop> {
    let owner = Table::Party.key(&new.owner).ok_or_else(|| Refusal::not_found("ownerId"))?;
    let owner = standing(tx, owner, "ownerId").await?;
    if !roles::may(tx.viewer(), Permission::ActFor, &owner) {
        return Err(Refusal::forbidden().at("ownerId").into());
    }
    let mut item = blank(tx, kind, &owner);
    write_down(tx, &mut item, &owner, &new.content, new.publish).await?;
    if new.publish {
        (item.status, item.published_at) = (ListItemStatus::Published, Some(tx.now));
    }
    let key = item.id;
    list_item::Entity::insert(item.clone().into_active_model().reset_all())
        .exec_without_returning(&tx.connection)
        .await?;
    let links = new.content.attachments.clone().flatten().unwrap_or_default();
    attachment::attach(tx, Owner::Item(key), "attachments", &links).await?;
    tx.audit((Table::ListItem, key), Some(owner.id), &changes(None, &item));
    tx.tell((Table::ListItem, key), None);
    Ok(Done::to(key))
}

/// Changes what an item says. What claims were promised stays as it was: they have their own copy.
///
/// # Errors
/// As `rules::Standing` says, where claims hold more than the new quantity, or somebody else changed it; nothing is changed then.
pub async fn update(tx: &Tx, kind: ListItemKind, edit: &Edit) -> Result<Done, Stop> {
    let before = find(tx, &edit.id).await?;
    if before.kind != kind {
        return Err(Refusal::not_found("id").into());
    }
    let owner = party_of(tx, before.owner_id).await?;
    check_version(tx, &before, &owner, Some(edit.if_version))?;
    allowed(tx, &before, &owner, ListItemAction::Update).await?;
    let mut after = before.clone();
    write_down(tx, &mut after, &owner, &edit.content, before.status == ListItemStatus::Published).await?;
    check_claims(tx, &before, &after).await?;
    let links = edit.content.attachments.clone().map(Option::unwrap_or_default);
    if after == before && links.is_none() {
        return Ok(Done::to(before.id));
    }
    save(tx, &before, &after).await?;
    let changed = changes(Some(&before), &after);
    let changed = match &links {
        Some(links) => {
            let (old, new) = attachment::replace(tx, before.id, "attachments", links).await?;
            changed.field("attachments", old, new)
        }
        None => changed,
    };
    tx.audit((Table::ListItem, before.id), Some(owner.id), &changed);
    tx.tell((Table::ListItem, before.id), None);
    Ok(Done::to(before.id))
}

/// Whether the claims that an item has allow a change of it.
pub(super) async fn check_claims(tx: &Tx, before: &list_item::Model, after: &list_item::Model) -> Result<(), Stop> {
    if after.quantity != before.quantity && after.quantity.is_some_and(|quantity| i64::from(quantity) < before.held) {
        let claims = claims_of(tx, before.id, Some(ClaimStatus::Completed)).await?;
        let holds = |claim: &claim::Model| {
            quantity::held(claim.status, before.form, claim.quantity, claim.delivered_quantity) > 0
        };
        let holding: Vec<Uuid> = claims.iter().filter(|claim| holds(claim)).map(|claim| claim.id).collect();
        let taken = before.held;
        return Err(held(message!("claims hold {taken} of it", "认领已占用 {taken}"), &holding).at("quantity").into());
    }
    if after.available_from != before.available_from || after.available_until != before.available_until {
        check_window(tx, before, after).await?;
    }
    // What a claim holds when it is done goes by the form: it stays what it was for every claim.
    if comes_back(after.form) != comes_back(before.form) {
        let claims = claims_of(tx, before.id, Some(ClaimStatus::Completed)).await?;
        if !claims.is_empty() {
            let message = message!("claims were made of it in this form", "已有认领，不能改变资源形式");
            let claims: Vec<Uuid> = claims.iter().map(|claim| claim.id).collect();
            return Err(held(message, &claims).at("form").into());
        }
    }
    Ok(())
}

/// Whether what was agreed with the claims that were accepted still lies in the window of an item.
async fn check_window(tx: &Tx, before: &list_item::Model, after: &list_item::Model) -> Result<(), Stop> {
    let claims = claims_of(tx, before.id, None).await?;
    let accepted = claims.iter().filter(|claim| machine::is_accepted(claim.status));
    let falls_out =
        |moment: Option<Timestamp>| moment.is_some_and(|moment| in_window(before, moment) && !in_window(after, moment));
    let cut: Vec<Uuid> = accepted
        .filter(|claim| falls_out(claim.starts_at) || falls_out(claim.ends_at) || falls_out(claim.due_at))
        .map(|claim| claim.id)
        .collect();
    if cut.is_empty() {
        return Ok(());
    }
    let field = if after.available_until == before.available_until { "availableFrom" } else { "availableUntil" };
    let message = message!("accepted claims are to be done outside the new window", "已受理的认领将超出新的可用时间");
    Err(held(message, &cut).at(field).into())
}

fn in_window(item: &list_item::Model, moment: Timestamp) -> bool {
    item.available_from.is_none_or(|from| from <= moment) && item.available_until.is_none_or(|until| moment <= until)
}

/// An item's live claims, and those with one more status: the newest first, and no more than a page of them.
async fn claims_of(tx: &Tx, item: Uuid, more: Option<ClaimStatus>) -> Result<Vec<claim::Model>, Stop> {
    let claims = claim::Entity::find()
        .filter(claim::Column::ItemId.eq(item))
        .filter(claim::Column::Status.is_in(LIVE.into_iter().chain(more)))
        .order_by_desc(claim::Column::Id)
        .limit(u64::from(LARGEST_SIZE.unsigned_abs()));
    Ok(claims.all(&tx.connection).await?)
}

/// Writes an item by compare-and-set. Every claim that takes or gives back some of it counts its version up, so that none is
/// overlooked; and whatever was read, no less is left than claims hold.
pub(super) async fn save(tx: &Tx, before: &list_item::Model, after: &list_item::Model) -> Result<(), Stop> {
    let mut row = after.clone().into_active_model().reset_all();
    (row.id, row.held) = (NotSet, NotSet);
    (row.version, row.updated_at) = (Set(before.version.saturating_add(1)), Set(tx.now));
    if after.area_id == before.area_id {
        // The database keeps the path true: what was read may have moved meanwhile.
        (row.area_id, row.area_path) = (NotSet, NotSet);
    }
    let fits = after
        .quantity
        .map_or_else(Condition::all, |quantity| Condition::all().add(list_item::Column::Held.lte(i64::from(quantity))));
    let saved = list_item::Entity::update_many()
        .set(row)
        .filter(list_item::Column::Id.eq(before.id))
        .filter(list_item::Column::Version.eq(before.version))
        .filter(list_item::Column::Status.eq(before.status))
        .filter(fits)
        .exec(&tx.connection)
        .await?;
    if saved.rows_affected == 0 {
        return Err(Refusal::conflict(Table::ListItem, before.id).into());
    }
    Ok(())
}

/// Publishes, closes or withdraws an item.
///
/// # Errors
/// As `rules::Standing` says, or where somebody else moved it first; nothing is changed then.
pub async fn take(tx: &Tx, step: &Step) -> Result<Done, Stop> {
    let before = find(tx, &step.id).await?;
    let owner = party_of(tx, before.owner_id).await?;
    check_version(tx, &before, &owner, step.if_version)?;
    let to = allowed(tx, &before, &owner, step.action).await?;
    let mut after = before.clone();
    after.status = to;
    if step.action == ListItemAction::Publish {
        after.published_at = Some(tx.now);
    }
    if !move_on(tx, &before, &after, step).await? {
        // Somebody else was quicker: look again, and say what became of it.
        let now = find(tx, &step.id).await?;
        allowed(tx, &now, &owner, step.action).await?;
        return Err(Refusal::conflict(Table::ListItem, now.id).into());
    }
    tx.audit((Table::ListItem, before.id), Some(owner.id), &changes(Some(&before), &after));
    tx.tell((Table::ListItem, before.id), None);
    Ok(Done::to(before.id))
}

/// Moves an item's status by compare-and-set. Only a closing does not mind what claims do at the same moment.
async fn move_on(tx: &Tx, before: &list_item::Model, after: &list_item::Model, step: &Step) -> Result<bool, Stop> {
    let mut update = list_item::Entity::update_many()
        .col_expr(list_item::Column::Status, Expr::value(after.status))
        .col_expr(list_item::Column::PublishedAt, Expr::value(after.published_at))
        .col_expr(list_item::Column::Version, Expr::col(list_item::Column::Version).add(1))
        .col_expr(list_item::Column::UpdatedAt, Expr::value(tx.now))
        .filter(list_item::Column::Id.eq(before.id))
        .filter(list_item::Column::Status.eq(before.status));
    if step.action != ListItemAction::Close || step.if_version.is_some() {
        update = update.filter(list_item::Column::Version.eq(before.version));
    }
    Ok(update.exec(&tx.connection).await?.rows_affected > 0)
}

/// Begins another item like one: a draft that says the same, at no date that has passed.
///
/// # Errors
/// Where it is not the writer's to copy; nothing is changed then.
pub async fn copy(tx: &Tx, step: &Step) -> Result<Done, Stop> {
    let original = find(tx, &step.id).await?;
    let owner = party_of(tx, original.owner_id).await?;
    check_version(tx, &original, &owner, step.if_version)?;
    let status = allowed(tx, &original, &owner, ListItemAction::Copy).await?;
    let ahead = |moment: Option<Timestamp>| moment.filter(|moment| *moment >= tx.now);
    let mut copy = list_item::Model {
        id: tx.key(),
        status,
        held: 0,
        available_from: ahead(original.available_from),
        available_until: ahead(original.available_until),
        claim_by: ahead(original.claim_by),
        published_at: None,
        created_at: tx.now,
        updated_at: tx.now,
        version: 1,
        ..original.clone()
    };
    if !copy.has_own_place {
        follow(&mut copy, &owner);
    }
    list_item::Entity::insert(copy.clone().into_active_model().reset_all())
        .exec_without_returning(&tx.connection)
        .await?;
    attachment::copy(tx, original.id, copy.id).await?;
    let changed = changes(None, &copy).new("copyOf", Table::ListItem.id(original.id).as_str());
    tx.audit((Table::ListItem, copy.id), Some(owner.id), &changed);
    tx.tell((Table::ListItem, copy.id), None);
    Ok(Done::to(copy.id))
}

pub(super) async fn find(tx: &Tx, id: &ID) -> Result<list_item::Model, Stop> {
    let found = tx.find_id::<list_item::Entity>(Table::ListItem, id).await?;
    Ok(found.ok_or_else(|| Refusal::not_found("id"))?)
}

pub(super) async fn party_of(tx: &Tx, key: Uuid) -> Result<party::Model, Stop> {
    let owner = party::Entity::find_by_id(key).one(&tx.connection).await?;
    Ok(owner.ok_or_else(|| Error::Internal(format!("party {key} is gone")))?)
}

/// Whether whoever may write an item read it as it is: they are told so first, since whatever else stands in the way may not any more.
pub(super) fn check_version(
    tx: &Tx,
    item: &list_item::Model,
    owner: &party::Model,
    read: Option<i32>,
) -> Result<(), Refusal> {
    if !roles::may(tx.viewer(), Permission::ActFor, owner) {
        return Err(Refusal::forbidden());
    }
    match read {
        Some(read) if read != item.version => Err(Refusal::conflict(Table::ListItem, item.id).at("ifVersion")),
        _ => Ok(()),
    }
}

pub(super) async fn allowed(
    tx: &Tx,
    item: &list_item::Model,
    owner: &party::Model,
    action: ListItemAction,
) -> Result<ListItemStatus, Stop> {
    let acts_for_owner = roles::may(tx.viewer(), Permission::ActFor, owner);
    let live = if action == ListItemAction::Withdraw && acts_for_owner {
        claims_of(tx, item.id, None).await?.into_iter().map(|claim| claim.id).collect()
    } else {
        Vec::new()
    };
    Ok(Standing { item, acts_for_owner, live: &live, now: tx.now }.step(action)?)
}

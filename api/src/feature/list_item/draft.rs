//! What callers say of an item, looked up and written into it.

use async_graphql::ID;
use entity::list_item::{self, ListItemKind, ListItemStatus, ResourceForm, ServiceMode, Urgency, Visibility};
use entity::{area, category, party};
use sea_orm::prelude::Uuid;

use super::content::{Content, follow};
use super::rules::{must_say, past, unsaid};
use crate::feature::category::{is_in_force, last_in_force};
use crate::kernel::global_id::Table;
use crate::kernel::refusal::{Refusal, Stop, message};
use crate::kernel::say::{Faults, Say};
use crate::kernel::tree;
use crate::kernel::write::Tx;

/// What stands where a title is not said yet.
const UNTITLED: &str = "（未填写标题）";

/// An item that says nothing yet.
pub(super) fn blank(tx: &Tx, kind: ListItemKind, owner: &party::Model) -> list_item::Model {
    let mut item = list_item::Model {
        id: tx.key(),
        kind,
        owner_id: owner.id,
        category_id: Uuid::nil(),
        title: String::new(),
        description: String::new(),
        status: ListItemStatus::Draft,
        urgency: Urgency::Normal,
        visibility: Visibility::Public,
        auto_accept: false,
        open_to_all: false,
        quantity: None,
        held: 0,
        measure: None,
        beneficiaries: None,
        available_from: None,
        available_until: None,
        claim_by: None,
        has_own_place: false,
        area_id: owner.area_id,
        area_path: String::new(),
        address: None,
        longitude: None,
        latitude: None,
        contact_name: None,
        contact_phone: None,
        form: None,
        mode: None,
        frequency: None,
        lacks: must_say(kind).join(" "),
        published_at: None,
        created_at: tx.now,
        updated_at: tx.now,
        version: 1,
    };
    follow(&mut item, owner);
    item
}

/// Writes into `item` what is said of it, or says all that is wrong with that.
pub(super) async fn write_down(
    tx: &Tx,
    item: &mut list_item::Model,
    owner: &party::Model,
    content: &Content,
    is_open: bool,
) -> Result<(), Stop> {
    let mut faults = Faults::default();
    if let Some(id) = faults.some("categoryId", content.category_id.clone()) {
        let found = find_category(tx, &id, owner).await?;
        item.category_id = faults.sound(found).unwrap_or(item.category_id);
    }
    content.write(item, &mut faults);
    note_lacks(tx, item, owner, content, is_open, &mut faults).await?;
    let place = faults.sound(find_place(tx, content, owner).await?).flatten();
    content.write_place(item, owner, place, &mut faults);
    for (field, message) in past(item, tx.now) {
        let says = |it| if it == "claimBy" { content.claim_by.is_some() } else { content.available_until.is_some() };
        // Who moves one date of what is open is told of the other, too: nobody could claim of it.
        if says(field) || (is_open && (says("claimBy") || says("availableUntil"))) {
            faults.note(Refusal::invalid(field, message));
        }
    }
    faults.end()
}

/// Notes what an item does not say yet, which is a fault where it is open; in its place something stands that nobody said.
async fn note_lacks(
    tx: &Tx,
    item: &mut list_item::Model,
    owner: &party::Model,
    content: &Content,
    is_open: bool,
    faults: &mut Faults,
) -> Result<(), Stop> {
    let says = |field| match field {
        "categoryId" => content.category_id.is_some(),
        "title" => content.title.is_some(),
        "form" => content.form.is_some(),
        _ => content.mode.is_some(),
    };
    let lacks: Vec<&str> = item.lacks.split_whitespace().filter(|field| !says(field)).collect();
    if is_open {
        lacks.iter().for_each(|field| faults.note(Refusal::invalid(field, unsaid(&[field]))));
    }
    for field in &lacks {
        match *field {
            "categoryId" if item.category_id.is_nil() => item.category_id = last_in_force(tx, &owner.area_path).await?,
            "title" if item.title.is_empty() => UNTITLED.clone_into(&mut item.title),
            "form" => item.form = Some(ResourceForm::Other),
            "mode" => item.mode = Some(ServiceMode::OnSite),
            _ => {}
        }
    }
    item.lacks = lacks.join(" ");
    Ok(())
}

async fn find_category(tx: &Tx, id: &ID, owner: &party::Model) -> Result<Result<Uuid, Refusal>, Stop> {
    let found = tx.find_id::<category::Entity>(Table::Category, id).await?;
    let Some(found) = found else { return Ok(Err(Refusal::not_found("categoryId"))) };
    if is_in_force(tx, &found, &owner.area_path).await? {
        return Ok(Ok(found.id));
    }
    let message = message!("this category is not in force where the owner is", "该类别不属于本地现行的类别");
    Ok(Err(Refusal::invalid("categoryId", message).on(Table::Category, found.id)))
}

/// The area that is said, where such an item may lie there: a community's in the community, a unit's anywhere.
async fn find_place(
    tx: &Tx,
    content: &Content,
    owner: &party::Model,
) -> Result<Result<Say<area::Model>, Refusal>, Stop> {
    let id = match &content.area_id {
        None => return Ok(Ok(None)),
        Some(None) => return Ok(Ok(Some(None))),
        Some(Some(id)) => id,
    };
    let found = tx.find_id::<area::Entity>(Table::Area, id).await?;
    let Some(found) = found else { return Ok(Err(Refusal::not_found("areaId"))) };
    if owner.kind == party::PartyKind::Community && !tree::is_within(&found.path, &owner.area_path) {
        let message = message!("it lies outside the community", "不在本社区范围内");
        return Ok(Err(Refusal::invalid("areaId", message).on(Table::Area, found.id)));
    }
    Ok(Ok(Some(Some(found))))
}

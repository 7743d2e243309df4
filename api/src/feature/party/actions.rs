//! What can be done to parties: register units, keep profiles.

use async_graphql::ID;
use entity::area;
use entity::area::AreaLevel;
use entity::list_item;
use entity::party::{self, PartyKind, PartyStatus, UnitKind};
use entity::past_home;
use sea_orm::ActiveValue::NotSet;
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Expr, ExprTrait, LockType};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};

use super::former_name;
use super::name::essence;
use super::profile::{Profile, differences};
use crate::access::ended::refuse_ended;
use crate::access::roles::{self, Permission};
use crate::kernel::global_id::Table;
use crate::kernel::refusal::{Refusal, Stop, UserErrorCode, message};
use crate::kernel::say::Faults;
use crate::kernel::scope::{all, in_subtree};
use crate::kernel::tree;
use crate::kernel::write::{Done, Tx};

/// Registers a unit.
///
/// # Errors
/// `FORBIDDEN` where the writer keeps no units there, `INVALID` for what cannot be, `DUPLICATE` for what there is already.
pub async fn create_unit(tx: &Tx, home: &ID, profile: Profile) -> Result<Done, Stop> {
    let home = tx.find_id::<area::Entity>(Table::Area, home).await?.ok_or_else(|| Refusal::not_found("areaId"))?;
    if !roles::may_in(tx.viewer(), Permission::KeepUnits, &home.path) {
        return Err(Refusal::forbidden().at("areaId").into());
    }
    let blank = blank_unit(tx, &home);
    let unit = changed(tx, &blank, profile).await?;
    refuse_duplicate(tx, &unit).await?;
    let changes = differences(&blank, &unit);
    tx.audit((Table::Party, unit.id), Some(unit.id), &changes);
    tx.tell((Table::Party, unit.id), None);
    let id = unit.id;
    party::Entity::insert(unit.into_active_model().reset_all()).exec_without_returning(&tx.connection).await?;
    Ok(Done::to(id))
}

/// Changes a party's profile, if it is still of the version that was read.
///
/// # Errors
/// As `create_unit`; `CONFLICT` where somebody else changed it first.
pub async fn update(tx: &Tx, kind: PartyKind, id: Uuid, version: i32, profile: Profile) -> Result<Done, Stop> {
    let party = tx.find::<party::Entity>(id).await?.filter(|party| party.kind == kind);
    let party = party.ok_or_else(|| Refusal::not_found("id"))?;
    let may = |permission| roles::may(tx.viewer(), permission, &party);
    if !may(Permission::ActFor) && !may(Permission::KeepUnits) {
        return Err(Refusal::forbidden().into());
    }
    if party.version != version {
        return Err(Refusal::conflict(Table::Party, id).at("ifVersion").into());
    }
    refuse_ended(&party, "id")?;
    let mut new = changed(tx, &party, profile).await?;
    // Who oversees a unit goes by its home, so moving it takes whoever could have registered it there, too.
    let moves = new.area_id != party.area_id;
    if moves && !(may(Permission::KeepUnits) && roles::may_in(tx.viewer(), Permission::KeepUnits, &new.area_path)) {
        return Err(Refusal::forbidden().at("areaId").into());
    }
    if (&new.name, &new.credit_code, &new.area_id) != (&party.name, &party.credit_code, &party.area_id) {
        refuse_duplicate(tx, &new).await?;
    }
    (new.version, new.updated_at) = (party.version + 1, tx.now);
    tx.audit((Table::Party, id), Some(id), &differences(&party, &new));
    tx.tell((Table::Party, id), None);
    let mut row = new.clone().into_active_model().reset_all();
    row.id = NotSet;
    let moved = party::Entity::update_many()
        .set(row)
        .filter(party::Column::Id.eq(id))
        .filter(party::Column::Version.eq(party.version))
        .exec(&tx.connection)
        .await?;
    if moved.rows_affected == 0 {
        return Err(Refusal::conflict(Table::Party, id).at("ifVersion").into());
    }
    if moves {
        remember_home(tx, &party).await?;
    }
    if new.name != party.name {
        former_name::remember(tx, id, &party.name).await?;
    }
    take_items_along(tx, &party, new).await?;
    Ok(Done::to(id))
}

/// Remembers where a party was until now: what happened there stays with those who oversaw it.
pub(super) async fn remember_home(tx: &Tx, party: &party::Model) -> Result<(), Stop> {
    let last = past_home::Entity::find()
        .filter(past_home::Column::PartyId.eq(party.id))
        .order_by_desc(past_home::Column::Until)
        .order_by_desc(past_home::Column::Id);
    let last = last.one(&tx.connection).await?;
    let home = past_home::Model {
        id: tx.key(),
        party_id: party.id,
        area_id: party.area_id,
        area_path: party.area_path.clone(),
        since: last.map(|last| last.until),
        until: tx.now,
    };
    past_home::Entity::insert(home.into_active_model().reset_all()).exec_without_returning(&tx.connection).await?;
    Ok(())
}

/// What a party listed stands where the party does, until it says otherwise: when the party moves, it follows.
async fn take_items_along(tx: &Tx, before: &party::Model, after: party::Model) -> Result<(), Stop> {
    let place = |party: &party::Model| (party.area_id, party.address.clone(), party.longitude, party.latitude);
    if place(&after) == place(before) {
        return Ok(());
    }
    list_item::Entity::update_many()
        .col_expr(list_item::Column::AreaId, Expr::value(after.area_id))
        .col_expr(list_item::Column::AreaPath, Expr::value(after.area_path))
        .col_expr(list_item::Column::Address, Expr::value(after.address))
        .col_expr(list_item::Column::Longitude, Expr::value(after.longitude))
        .col_expr(list_item::Column::Latitude, Expr::value(after.latitude))
        .col_expr(list_item::Column::Version, Expr::col(list_item::Column::Version).add(1))
        .col_expr(list_item::Column::UpdatedAt, Expr::value(tx.now))
        .filter(list_item::Column::OwnerId.eq(after.id))
        .filter(list_item::Column::HasOwnPlace.eq(false))
        .exec(&tx.connection)
        .await?;
    Ok(())
}

fn blank_unit(tx: &Tx, home: &area::Model) -> party::Model {
    party::Model {
        id: tx.key(),
        kind: PartyKind::Unit,
        name: String::new(),
        area_id: home.id,
        area_path: home.path.clone(),
        address: None,
        longitude: None,
        latitude: None,
        contact_name: None,
        contact_phone: None,
        committee_kind: None,
        population: None,
        households: None,
        staff_count: None,
        secretary_name: None,
        secretary_phone: None,
        short_name: None,
        credit_code: None,
        unit_kind: Some(UnitKind::Other),
        unit_level: None,
        member_count: None,
        version: 1,
        created_at: tx.now,
        updated_at: tx.now,
        ended_at: None,
        successor_id: None,
        status: PartyStatus::Active,
    }
}

/// The party as it will be, or all that is wrong with what is said of it.
async fn changed(tx: &Tx, party: &party::Model, profile: Profile) -> Result<party::Model, Stop> {
    let (mut new, mut faults) = (party.clone(), Faults::default());
    if let Some(id) = faults.some("areaId", profile.area_id.clone()) {
        match tx.find_id::<area::Entity>(Table::Area, &id).await? {
            Some(area) => (new.area_id, new.area_path) = (area.id, area.path),
            None => faults.note(Refusal::not_found("areaId")),
        }
    }
    profile.write(&mut new, &mut faults);
    faults.end()?;
    Ok(new)
}

/// Refuses a unit that is there already: by its credit code anywhere, or in one district by a name that is spelled otherwise at
/// most. Two that have different codes are two.
async fn refuse_duplicate(tx: &Tx, unit: &party::Model) -> Result<(), Stop> {
    if unit.kind != PartyKind::Unit {
        return Ok(());
    }
    if let Some(code) = &unit.credit_code {
        let same = party::Entity::find().filter(party::Column::CreditCode.eq(code.as_str()));
        let same = same.filter(party::Column::Id.ne(unit.id)).one(&tx.connection).await?;
        if let Some(same) = same {
            return Err(duplicate("creditCode", &same).into());
        }
    }
    let district = district(tx, &unit.area_path).await?;
    let near = tx.select::<party::Entity>(|at| {
        all([
            at.column(party::Column::Kind).eq(PartyKind::Unit.literal()),
            in_subtree(at.column(party::Column::AreaPath), Expr::val(district)),
            at.id().ne(unit.id),
        ])
    });
    let wanted = essence(&unit.name);
    let differ = |one: &Option<String>, other: &Option<String>| one.is_some() && other.is_some() && one != other;
    let same = near
        .await?
        .into_iter()
        .find(|other| essence(&other.name) == wanted && !differ(&other.credit_code, &unit.credit_code));
    same.map_or(Ok(()), |same| Err(duplicate("name", &same).into()))
}

fn duplicate(field: &str, party: &party::Model) -> Refusal {
    let name = &party.name;
    let message = message!("there is one already: {name}", "已有相同单位：{name}");
    Refusal::new(UserErrorCode::Duplicate, message).at(field).on(Table::Party, party.id)
}

/// The path of the district that an area lies in; its own where it lies in none.
///
/// It is held until the end: whoever registers another unit there at the same moment waits, and then sees this one. What only
/// points at the district does not wait.
async fn district(tx: &Tx, path: &str) -> Result<String, Stop> {
    let paths: Vec<&str> = tree::above(path).chain([path]).collect();
    let district = area::Entity::find()
        .filter(area::Column::Path.is_in(paths))
        .filter(area::Column::Level.eq(AreaLevel::District))
        .lock(LockType::NoKeyUpdate)
        .one(&tx.connection)
        .await?;
    Ok(district.map_or_else(|| path.to_owned(), |district| district.path))
}

//! What can be done to parties: register units, keep profiles.

use async_graphql::MaybeUndefined::{self, Null, Undefined, Value};
use entity::area;
use entity::area::AreaLevel;
use entity::list_item;
use entity::party::{self, CommitteeKind, PartyKind, UnitKind, UnitLevel};
use sea_orm::ActiveValue::NotSet;
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};

use super::contact::Point;
use super::credit_code::{CreditCode, Invalid};
use super::input::{ContactInput, LONGEST_ADDRESS, LONGEST_NAME, PointInput};
use super::name::essence;
use crate::area::tree;
use crate::kernel::global_id::Table;
use crate::kernel::refusal::{Refusal, Stop, UserErrorCode, message};
use crate::kernel::scope::{all, in_subtree};
use crate::kernel::text::{masked_name, masked_phone, optional, required};
use crate::kernel::write::{Changes, Done, Tx};
use crate::roles::{self, Permission};

/// What a profile may be changed to: absent leaves a field, null empties it.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    /// Of a unit: name.
    pub name: MaybeUndefined<String>,
    /// Of a unit: short name.
    pub short_name: MaybeUndefined<String>,
    /// Of a unit: credit code.
    pub credit_code: MaybeUndefined<String>,
    /// Of a unit: kind.
    pub kind: MaybeUndefined<UnitKind>,
    /// Of a unit: level.
    pub level: MaybeUndefined<UnitLevel>,
    /// Of a unit: party members.
    pub member_count: MaybeUndefined<i32>,
    /// Of a unit: its home.
    pub area: MaybeUndefined<Uuid>,
    /// Of a community: who runs it.
    pub committee_kind: MaybeUndefined<CommitteeKind>,
    /// Of a community: residents.
    pub population: MaybeUndefined<i32>,
    /// Of a community: households.
    pub households: MaybeUndefined<i32>,
    /// Of a community: paid staff.
    pub staff_count: MaybeUndefined<i32>,
    /// Of a community: secretary.
    pub secretary: MaybeUndefined<ContactInput>,
    /// Street address.
    pub address: MaybeUndefined<String>,
    /// Where on the map.
    pub location: MaybeUndefined<PointInput>,
    /// Whom to call.
    pub contact: MaybeUndefined<ContactInput>,
}

/// Registers a unit.
///
/// # Errors
/// `FORBIDDEN` where the writer keeps no units there, `INVALID` for what cannot be, `DUPLICATE` for what there is already.
pub async fn create_unit(tx: &Tx, area: Uuid, profile: Profile) -> Result<Done, Stop> {
    let home = tx.find::<area::Entity>(area).await?.ok_or_else(|| Refusal::not_found("areaId"))?;
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
    let mut new = changed(tx, &party, profile).await?;
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
    take_items_along(tx, &party, new).await?;
    Ok(Done::to(id))
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
    }
}

/// The party as it will be.
async fn changed(tx: &Tx, party: &party::Model, profile: Profile) -> Result<party::Model, Stop> {
    let mut new = party.clone();
    if let Some(name) = needed("name", profile.name)? {
        new.name = required("name", name, LONGEST_NAME)?;
    }
    if let Some(kind) = needed("kind", profile.kind)? {
        new.unit_kind = Some(kind);
    }
    if let Some(kind) = needed("committeeKind", profile.committee_kind)? {
        new.committee_kind = Some(kind);
    }
    if let Some(area) = needed("areaId", profile.area)? {
        let area = tx.find::<area::Entity>(area).await?.ok_or_else(|| Refusal::not_found("areaId"))?;
        (new.area_id, new.area_path) = (area.id, area.path);
    }
    if let Some(code) = said(profile.credit_code) {
        new.credit_code = code.map(|code| read_credit_code(&code)).transpose()?;
    }
    set_text(&mut new.short_name, "shortName", profile.short_name, LONGEST_NAME)?;
    set_text(&mut new.address, "address", profile.address, LONGEST_ADDRESS)?;
    if let Some(level) = said(profile.level) {
        new.unit_level = level;
    }
    set_number(&mut new.member_count, "memberCount", profile.member_count)?;
    set_number(&mut new.population, "population", profile.population)?;
    set_number(&mut new.households, "households", profile.households)?;
    set_number(&mut new.staff_count, "staffCount", profile.staff_count)?;
    if let Some(point) = said(profile.location) {
        let point: Option<Point> = point.map(|point| point.read("location")).transpose()?;
        (new.longitude, new.latitude) = (point.map(|point| point.lng), point.map(|point| point.lat));
    }
    if let Some(contact) = said(profile.contact) {
        (new.contact_name, new.contact_phone) = read_contact("contact", contact)?;
    }
    if let Some(secretary) = said(profile.secretary) {
        (new.secretary_name, new.secretary_phone) = read_contact("secretary", secretary)?;
    }
    Ok(new)
}

/// What is said of a field that may be empty: nothing, that it is empty, or a value.
fn said<T>(field: MaybeUndefined<T>) -> Option<Option<T>> {
    match field {
        Undefined => None,
        Null => Some(None),
        Value(value) => Some(Some(value)),
    }
}

/// What is said of a field that may not.
fn needed<T>(name: &str, field: MaybeUndefined<T>) -> Result<Option<T>, Refusal> {
    match field {
        Undefined => Ok(None),
        Null => Err(Refusal::invalid(name, message!("it may not be empty", "不能为空"))),
        Value(value) => Ok(Some(value)),
    }
}

fn set_text(
    target: &mut Option<String>,
    name: &str,
    field: MaybeUndefined<String>,
    longest: usize,
) -> Result<(), Refusal> {
    if let Some(text) = said(field) {
        *target = optional(name, text, longest)?;
    }
    Ok(())
}

fn set_number(target: &mut Option<i32>, name: &str, field: MaybeUndefined<i32>) -> Result<(), Refusal> {
    let Some(number) = said(field) else { return Ok(()) };
    if number.is_some_and(|number| number < 0) {
        return Err(Refusal::invalid(name, message!("0 or more", "不能为负数")));
    }
    *target = number;
    Ok(())
}

fn read_contact(field: &str, contact: Option<ContactInput>) -> Result<(Option<String>, Option<String>), Refusal> {
    contact.map_or(Ok((None, None)), |contact| contact.read(field))
}

fn read_credit_code(code: &str) -> Result<String, Refusal> {
    let code = code.trim().to_uppercase();
    let fault = match CreditCode::parse(&code) {
        Ok(_) => return Ok(code),
        Err(fault) => fault,
    };
    let message = match fault {
        Invalid::Length(length) => message!("{fault}", "统一社会信用代码应为 18 位，现为 {length} 位"),
        Invalid::Foreign { position, character } => {
            message!("{fault}", "第 {position} 位“{character}”不是代码允许的字符")
        }
        Invalid::Check { expected, found } => message!("{fault}", "校验位应为 {expected}，现为 {found}"),
    };
    Err(Refusal::invalid("creditCode", message))
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
            at.column(party::Column::Kind).eq(PartyKind::Unit.word()),
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
async fn district(tx: &Tx, path: &str) -> Result<String, Stop> {
    let paths: Vec<&str> = tree::above(path).chain([path]).collect();
    let district = area::Entity::find()
        .filter(area::Column::Path.is_in(paths))
        .filter(area::Column::Level.eq(AreaLevel::District))
        .one(&tx.connection)
        .await?;
    Ok(district.map_or_else(|| path.to_owned(), |district| district.path))
}

/// What an audit entry tells of a change; persons masked.
fn differences(before: &party::Model, after: &party::Model) -> Changes {
    let both = |read: fn(&party::Model) -> Option<String>| (read(before), read(after));
    let mut changes = Changes::default();
    for (name, (before, after)) in [
        ("name", both(|party| Some(party.name.clone()).filter(|name| !name.is_empty()))),
        ("shortName", both(|party| party.short_name.clone())),
        ("creditCode", both(|party| party.credit_code.clone())),
        ("kind", both(|party| party.unit_kind.map(UnitKind::word))),
        ("level", both(|party| party.unit_level.map(UnitLevel::word))),
        ("committeeKind", both(|party| party.committee_kind.map(CommitteeKind::word))),
        ("area", both(|party| Some(tree::code(&party.area_path).to_owned()))),
        ("address", both(|party| party.address.clone())),
        ("lng", both(|party| party.longitude.map(|degrees| degrees.to_string()))),
        ("lat", both(|party| party.latitude.map(|degrees| degrees.to_string()))),
        ("memberCount", both(|party| party.member_count.map(|number| number.to_string()))),
        ("population", both(|party| party.population.map(|number| number.to_string()))),
        ("households", both(|party| party.households.map(|number| number.to_string()))),
        ("staffCount", both(|party| party.staff_count.map(|number| number.to_string()))),
        ("contact.name", both(|party| party.contact_name.as_deref().map(masked_name))),
        ("contact.phone", both(|party| party.contact_phone.as_deref().map(masked_phone))),
        ("secretary.name", both(|party| party.secretary_name.as_deref().map(masked_name))),
        ("secretary.phone", both(|party| party.secretary_phone.as_deref().map(masked_phone))),
    ] {
        changes = changes.field(name, before, after);
    }
    changes
}

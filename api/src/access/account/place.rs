//! Where grants hold: from what names a place to the place itself.

use entity::account_grant;
use entity::check_in::CheckInStatus;
use entity::{area, member, member_check_in, party};
use sea_orm::prelude::Uuid;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::rules::Place;
use crate::access::ended::refuse_ended;
use crate::kernel::global_id::Table;
use crate::kernel::refusal::Stop;
use crate::kernel::write::Tx;

/// Where a grant holds.
///
/// # Errors
/// Where the database fails.
pub async fn place_of(tx: &Tx, grant: &account_grant::Model) -> Result<Option<Place>, Stop> {
    let table_and_key = [
        grant.party_id.map(|key| (Table::Party, key)),
        grant.area_id.map(|key| (Table::Area, key)),
        grant.member_id.map(|key| (Table::Member, key)),
    ];
    match table_and_key.into_iter().flatten().next() {
        Some((table, key)) => place(tx, table, key).await,
        None => Ok(Some(Place::Everywhere)),
    }
}

/// The place with this table and key; none where there is none.
///
/// # Errors
/// Where the database fails.
pub async fn place(tx: &Tx, table: Table, key: Uuid) -> Result<Option<Place>, Stop> {
    Ok(match table {
        Table::Party => party::Entity::find_by_id(key).one(&tx.connection).await?.map(Box::new).map(Place::Party),
        Table::Area => area::Entity::find_by_id(key).one(&tx.connection).await?.map(Box::new).map(Place::Area),
        Table::Member => match member::Entity::find_by_id(key).one(&tx.connection).await? {
            Some(_) => Some(Place::Member(key, homes(tx, key).await?)),
            None => None,
        },
        _ => None,
    })
}

/// The place itself, or what took over from it: nobody is granted anything where nothing is any more.
///
/// # Errors
/// `ENDED` where it was closed.
pub async fn standing(tx: &Tx, place: Place) -> Result<Place, Stop> {
    let heir = match &place {
        Place::Everywhere => None,
        Place::Party(party) => party.successor_id.map(|key| (Table::Party, key)),
        Place::Area(area) => area.successor_id.map(|key| (Table::Area, key)),
        Place::Member(key, _) => {
            let member = member::Entity::find_by_id(*key).one(&tx.connection).await?;
            member.and_then(|member| member.successor_id).map(|key| (Table::Member, key))
        }
    };
    let place = match heir {
        Some((table, key)) => self::place(tx, table, key).await?.unwrap_or(place),
        None => place,
    };
    if let Place::Party(party) = &place {
        refuse_ended(party, "scopeId")?;
    }
    Ok(place)
}

/// Where a person is checked in.
async fn homes(tx: &Tx, member: Uuid) -> Result<Vec<String>, Stop> {
    let check_ins = member_check_in::Entity::find()
        .filter(member_check_in::Column::MemberId.eq(member))
        .filter(member_check_in::Column::Status.eq(CheckInStatus::Confirmed));
    Ok(check_ins.all(&tx.connection).await?.into_iter().map(|row| row.area_path).collect())
}

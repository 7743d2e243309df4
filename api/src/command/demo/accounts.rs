//! Accounts to try things out with: one of each role in the first district, and a second clerk and liaison, who are strangers to
//! the first two.

use entity::account_grant::{self, Role};
use entity::area::AreaLevel;
use entity::check_in::CheckInStatus;
use entity::party::UnitKind;
use entity::{Timestamp, account};
use sea_orm::prelude::Uuid;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::dice::Dice;
use super::moment::{DAY, Moment};
use super::parties::Party;
use super::place::{Ground, Spot};
use super::rows::Rows;
use crate::database::Transaction;
use crate::kernel::error::Result;

/// The password of them all.
pub const PASSWORD: &str = "cobuild-demo";

/// Its hash, worked out beforehand: everybody knows the password, so its salt is no secret either.
const HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$Y29idWlsZC1kZW1vLXNhbA$PBPvBamHFEQ8uXQiJTrQ1ZxjDLkwqqYL+s+HGzb2BBA";

/// Where a grant holds.
enum At<'a> {
    Everywhere,
    Area(&'a Spot),
    Party(&'a Party),
    Member(Uuid),
}

/// Makes the accounts, by dice of their own: the rest of the story comes out as if there were none.
pub(super) fn make(
    ground: &Ground,
    (communities, units): (&[Party], &[Party]),
    as_of: Moment,
    seed: u64,
    rows: &mut Rows,
) {
    let mut dice = Dice::new(seed ^ u64::from_be_bytes(*b"accounts"));
    let mut made = as_of.plus(-30 * DAY);
    let mut add = |username: &str, name: &str, role: Role, place: Option<At<'_>>| {
        let Some(place) = place else { return };
        // One after the other, so that they are listed as they stand here.
        made = made.plus(60_000);
        let at = made.stamp();
        let account = account(dice.key(at), at, username, name);
        rows.grants.push(grant(dice.key(at), &account, role, &place));
        rows.accounts.push(account);
    };
    let district = ground.districts.first();
    let first = pair(communities, units, |_, _| true);
    let grid = first.and_then(|(clerk, _)| clerk.parts.iter().find(|part| part.level == AreaLevel::Grid));
    let member = first.and_then(|(clerk, _)| {
        let lives_there = rows
            .member_check_ins
            .iter()
            .find(|check_in| check_in.community_id == clerk.id && check_in.status == CheckInStatus::Confirmed)?;
        rows.members.iter().find(|member| member.id == lives_there.member_id)
    });
    let member = member.map(|member| (member.id, member.name.clone()));
    let second = first.and_then(|(clerk, liaison)| {
        let knows = |one: &Party, other: Uuid, all: &[Party]| {
            one.partners.iter().any(|partner| all.get(partner.other).is_some_and(|party| party.id == other))
        };
        pair(communities, units, |other, unit| {
            other.id != clerk.id
                && unit.id != liaison.id
                && !knows(other, liaison.id, units)
                && !knows(unit, clerk.id, communities)
        })
    });
    add("admin", "陈立新", Role::Admin, Some(At::Everywhere));
    add("manager", "周晓燕", Role::AreaManager, district.map(At::Area));
    add("analyst", "林文静", Role::Analyst, district.map(At::Area));
    add("clerk", "王海燕", Role::CommunityStaff, first.map(|(clerk, _)| At::Party(clerk)));
    add("liaison", "刘志强", Role::UnitLiaison, first.map(|(_, liaison)| At::Party(liaison)));
    add("grid", "张国庆", Role::GridWorker, grid.map(At::Area));
    let (key, name) = member.unzip();
    add("member", name.as_deref().unwrap_or_default(), Role::Member, key.map(At::Member));
    add("clerk2", "李红梅", Role::CommunityStaff, second.map(|(clerk, _)| At::Party(clerk)));
    add("liaison2", "杨思远", Role::UnitLiaison, second.map(|(_, liaison)| At::Party(liaison)));
}

/// The first community of the first district and a unit checked in to it, a hospital where there is one.
fn pair<'a>(
    communities: &'a [Party],
    units: &'a [Party],
    fits: impl Fn(&Party, &Party) -> bool,
) -> Option<(&'a Party, &'a Party)> {
    communities.iter().filter(|community| community.district == 0).find_map(|community| {
        let partners = community.partners.iter().filter_map(|partner| units.get(partner.other));
        let partners: Vec<_> = partners.filter(|unit| unit.district == 0 && fits(community, unit)).collect();
        let hospital = partners.iter().find(|unit| unit.unit_kind == Some(UnitKind::Hospital));
        hospital.or(partners.first()).map(|unit| (community, *unit))
    })
}

fn account(id: Uuid, at: Timestamp, username: &str, name: &str) -> account::Model {
    account::Model {
        id,
        username: username.to_owned(),
        name: name.to_owned(),
        password_hash: Some(HASH.to_owned()),
        subject: None,
        is_disabled: false,
        is_demo: true,
        created_by_id: None,
        version: 1,
        created_at: at,
        updated_at: at,
    }
}

fn grant(id: Uuid, account: &account::Model, role: Role, place: &At<'_>) -> account_grant::Model {
    let area = if let At::Area(area) = place { Some(area) } else { None };
    account_grant::Model {
        id,
        account_id: account.id,
        role,
        party_id: if let At::Party(party) = place { Some(party.id) } else { None },
        member_id: if let At::Member(key) = place { Some(*key) } else { None },
        area_id: area.map(|area| area.id),
        area_path: area.map(|area| area.path.clone()),
        granted_by_id: None,
        granted_at: account.created_at,
        expires_at: None,
    }
}

/// Leaves out accounts whose names somebody has already: a database may have accounts before it has demo data.
pub(super) async fn leave_out_taken(tx: &Transaction, rows: &mut Rows) -> Result<()> {
    if rows.accounts.is_empty() {
        return Ok(());
    }
    let names = rows.accounts.iter().map(|account| account.username.as_str());
    let taken = account::Entity::find().filter(account::Column::Username.is_in(names)).all(tx).await?;
    rows.accounts.retain(|account| taken.iter().all(|taken| taken.username != account.username));
    let kept: Vec<Uuid> = rows.accounts.iter().map(|account| account.id).collect();
    rows.grants.retain(|grant| kept.contains(&grant.account_id));
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::access::account::password::Hasher;

    #[tokio::test]
    async fn the_hash_is_that_of_the_password() {
        assert!(Arc::new(Hasher::default()).verify(PASSWORD.into(), Some(HASH.into())).await.unwrap());
    }
}

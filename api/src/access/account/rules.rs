//! Who may grant what, and where a role can hold: pure.

use entity::Timestamp;
use entity::account_grant::Role;
use entity::area::{self, AreaLevel};
use entity::party::{self, PartyKind};
use sea_orm::prelude::Uuid;

use crate::access::roles::{self, Permission};
use crate::kernel::global_id::Table;
use crate::kernel::refusal::{Message, Refusal, message};
use crate::kernel::viewer::{GrantScope, Granted, Viewer};

/// Where a grant holds, as far as one must know to grant it.
#[derive(Clone, Debug)]
pub enum Place {
    /// Everywhere.
    Everywhere,
    /// For one party.
    Party(Box<party::Model>),
    /// In an area and all below.
    Area(Box<area::Model>),
    /// For one person, who lives in the areas with these paths.
    Member(Uuid, Vec<String>),
}

impl Place {
    /// Its table and key; none for everywhere.
    #[must_use]
    pub fn node(&self) -> Option<(Table, Uuid)> {
        match self {
            Self::Everywhere => None,
            Self::Party(party) => Some((Table::Party, party.id)),
            Self::Area(area) => Some((Table::Area, area.id)),
            Self::Member(key, _) => Some((Table::Member, *key)),
        }
    }
}

/// Refuses a role where it cannot hold.
///
/// # Errors
/// `INVALID` at `scopeId`, which says what the role takes.
pub fn check_fit(role: Role, place: &Place) -> Result<(), Refusal> {
    let (fits, takes) = fit(role, place);
    if fits { Ok(()) } else { Err(Refusal::invalid("scopeId", takes)) }
}

fn fit(role: Role, place: &Place) -> (bool, Message) {
    let is = |kind: PartyKind| matches!(place, Place::Party(party) if party.kind == kind);
    match role {
        Role::UnitLiaison => (is(PartyKind::Unit), message!("a liaison is of a unit", "单位联络员的范围须为一个单位")),
        Role::CommunityStaff => {
            (is(PartyKind::Community), message!("staff is of a community", "社区工作者的范围须为一个社区"))
        }
        Role::GridWorker => {
            let is_grid = |area: &area::Model| matches!(area.level, AreaLevel::Grid | AreaLevel::MicroGrid);
            let fits = matches!(place, Place::Area(area) if is_grid(area));
            (fits, message!("a grid worker is of a grid", "网格员的范围须为一个网格"))
        }
        Role::Member => {
            (matches!(place, Place::Member(..)), message!("a member is of one person", "党员的范围须为本人"))
        }
        Role::AreaManager | Role::Analyst => (
            matches!(place, Place::Area(_)),
            message!("managers and analysts are of an area", "区域管理员和分析员的范围须为一个区域"),
        ),
        Role::Admin => (
            matches!(place, Place::Everywhere),
            message!("an administrator is so everywhere: name no scope", "系统管理员不限范围，请勿填写"),
        ),
    }
}

/// For how long somebody may grant a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Granting {
    /// Not at all.
    Never,
    /// Until their own right ends.
    Until(Timestamp),
    /// For as long as they like.
    ForEver,
}

/// For how long the viewer may grant that role there: where they keep accounts, no more than they hold, and no longer.
#[must_use]
pub fn granting(viewer: &Viewer, role: Role, place: &Place) -> Granting {
    let rights = viewer.grants().iter().filter(|grant| lets_grant(grant, role, place));
    rights.fold(Granting::Never, |longest, grant| match (longest, grant.expires_at) {
        (Granting::ForEver, _) | (_, None) => Granting::ForEver,
        (Granting::Until(one), Some(other)) => Granting::Until(one.max(other)),
        (Granting::Never, Some(end)) => Granting::Until(end),
    })
}

/// Whether this grant of the viewer's lets them grant that role there.
fn lets_grant(grant: &Granted, role: Role, place: &Place) -> bool {
    let keeps_everywhere = roles::has(grant.role, Permission::KeepAccounts) && grant.scope == GrantScope::Everywhere;
    let keeps_in = |path: &str| roles::gives_in(grant, Permission::KeepAccounts, path);
    let keeps_there = match place {
        Place::Everywhere => keeps_everywhere,
        Place::Party(party) => roles::gives(grant, Permission::KeepAccounts, party),
        Place::Area(area) => keeps_in(&area.path),
        Place::Member(_, homes) => keeps_everywhere || homes.iter().any(|home| keeps_in(home)),
    };
    keeps_there && (role != Role::Admin || grant.role == Role::Admin)
}

/// A username: lower case letters, digits and what stands in addresses.
///
/// # Errors
/// `INVALID` at `username`.
pub fn check_username(username: &str) -> Result<(), Refusal> {
    let fits = (2..=64).contains(&username.len())
        && username.starts_with(|first: char| first.is_ascii_lowercase() || first.is_ascii_digit())
        && username.chars().all(|letter| {
            letter.is_ascii_lowercase() || letter.is_ascii_digit() || matches!(letter, '.' | '_' | '-' | '@' | '+')
        });
    let message = message!(
        "a username has 2 to 64 letters a-z, digits and . _ - @ +, and begins with a letter or a digit",
        "用户名须为 2 至 64 个小写字母、数字或 . _ - @ +，并以字母或数字开头"
    );
    if fits { Ok(()) } else { Err(Refusal::invalid("username", message)) }
}

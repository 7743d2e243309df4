//! Roles (角色): what each may do and see, in one table, which reach and every mutation obey.

use entity::account_grant::Role;
use entity::party::{self, PartyKind, PartyStatus};
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Expr, ExprTrait};

use crate::kernel::loader::one_of;
use crate::kernel::scope::{Scope, all, any, in_subtree};
use crate::kernel::tree;
use crate::kernel::viewer::{GrantScope, Granted, Viewer};

use Permission::{ActFor, EndParties, KeepAccounts, KeepUnits, ReadAudit, Redact, See};

/// What a role may do in its scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// See everything of a party, personal data masked.
    See,
    /// Act for a party: keep its profile and its lists, check in and answer check-ins, claim, deliver, confirm, rate.
    ActFor,
    /// Register units and keep their profiles.
    KeepUnits,
    /// Close parties, and merge them or persons into others.
    EndParties,
    /// Make accounts, disable them, grant and revoke roles.
    KeepAccounts,
    /// Read the audit log.
    ReadAudit,
    /// Take a person's data out of what was written down.
    Redact,
}

/// The whole table (DOMAIN.md §7). What a role does not have here, it may not do.
///
/// In an area, acting is for its communities alone: a unit speaks for itself, wherever it has its home.
pub const TABLE: &[(Role, &[Permission])] = &[
    (Role::UnitLiaison, &[See, ActFor]),
    (Role::CommunityStaff, &[See, ActFor]),
    (Role::GridWorker, &[]),
    (Role::Member, &[]),
    (Role::AreaManager, &[See, ActFor, KeepUnits, EndParties, KeepAccounts, ReadAudit, Redact]),
    (Role::Analyst, &[See]),
    (Role::Admin, &[See, ActFor, KeepUnits, EndParties, KeepAccounts, ReadAudit, Redact]),
];

/// Whether the table gives this role that permission.
#[must_use]
pub fn has(role: Role, permission: Permission) -> bool {
    TABLE.iter().any(|(row, permissions)| *row == role && permissions.contains(&permission))
}

/// Whether the viewer has the permission everywhere.
#[must_use]
pub fn may_everywhere(viewer: &Viewer, permission: Permission) -> bool {
    with(viewer, permission).any(|grant| grant.scope == GrantScope::Everywhere)
}

/// Whether the viewer has the permission anywhere at all.
#[must_use]
pub fn may_somewhere(viewer: &Viewer, permission: Permission) -> bool {
    with(viewer, permission).next().is_some()
}

/// Whether the viewer has the permission for this party.
#[must_use]
pub fn may(viewer: &Viewer, permission: Permission, party: &party::Model) -> bool {
    with(viewer, permission).any(|grant| gives(grant, permission, party))
}

/// Whether this grant gives the permission for this party. For one that has ended nobody acts.
#[must_use]
pub fn gives(grant: &Granted, permission: Permission, party: &party::Model) -> bool {
    has(grant.role, permission)
        && (permission != ActFor || party.status == PartyStatus::Active)
        && match &grant.scope {
            GrantScope::Everywhere => true,
            GrantScope::Party(key) => *key == party.id,
            GrantScope::Area(top) => tree::is_within(&party.area_path, top) && in_areas(permission, party.kind),
            GrantScope::Member(_) => false,
        }
}

/// Whether the viewer has the permission in the area with this path.
#[must_use]
pub fn may_in(viewer: &Viewer, permission: Permission, path: &str) -> bool {
    with(viewer, permission).any(|grant| gives_in(grant, permission, path))
}

/// Whether this grant gives the permission in the area with this path.
#[must_use]
pub fn gives_in(grant: &Granted, permission: Permission, path: &str) -> bool {
    has(grant.role, permission)
        && match &grant.scope {
            GrantScope::Everywhere => true,
            GrantScope::Area(top) => tree::is_within(path, top),
            GrantScope::Party(_) | GrantScope::Member(_) => false,
        }
}

/// The parties that the viewer has the permission for by name, and the paths of the areas in which they have it; `None` where
/// they have it everywhere.
#[must_use]
pub fn places(viewer: &Viewer, permission: Permission) -> Option<(Vec<Uuid>, Vec<String>)> {
    let (mut parties, mut paths) = (Vec::new(), Vec::new());
    for grant in with(viewer, permission) {
        match &grant.scope {
            GrantScope::Everywhere => return None,
            GrantScope::Party(key) => parties.push(*key),
            GrantScope::Area(path) => paths.push(path.clone()),
            GrantScope::Member(_) => {}
        }
    }
    Some((parties, paths))
}

/// A condition: the viewer has the permission for the party with this key.
#[must_use]
pub fn is_for(at: Scope<'_>, permission: Permission, party: Expr) -> Expr {
    let Some((parties, paths)) = places(at.viewer, permission) else { return any_party(party) };
    let by_name = (!parties.is_empty()).then(|| one_of(at, party.clone(), &parties));
    let by_place = (!paths.is_empty())
        .then(|| at.exists::<party::Entity>(|row| row.id().eq(party).and(placed(row, permission, &paths))));
    any(by_name.into_iter().chain(by_place))
}

/// A condition on a row of `party`: the viewer has the permission for it.
#[must_use]
pub fn holds(at: Scope<'_>, permission: Permission) -> Expr {
    let stands = if permission == ActFor { at.column(party::Column::EndedAt).is_null() } else { all([]) };
    let Some((parties, paths)) = places(at.viewer, permission) else { return any_party(at.id()).and(stands) };
    let by_name = (!parties.is_empty()).then(|| one_of(at, at.id(), &parties));
    let by_place = (!paths.is_empty()).then(|| placed(at, permission, &paths));
    any(by_name.into_iter().chain(by_place)).and(stands)
}

/// A condition: the path lies in an area in which the viewer has the permission.
#[must_use]
pub fn is_in(at: Scope<'_>, permission: Permission, path: Expr) -> Expr {
    let Some((_, paths)) = places(at.viewer, permission) else { return any_party(path) };
    any(paths.into_iter().map(|top| in_subtree(path.clone(), Expr::val(top))))
}

/// A condition: the path lies below an area in which the viewer has the permission, and is not that area's own.
#[must_use]
pub fn is_below(at: Scope<'_>, permission: Permission, path: Expr) -> Expr {
    let Some((_, paths)) = places(at.viewer, permission) else { return any_party(path) };
    any(paths
        .into_iter()
        .map(|top| in_subtree(path.clone(), Expr::val(top.as_str())).and(path.clone().ne(Expr::val(top)))))
}

/// The roles that the table gives that permission.
pub fn with_permission(permission: Permission) -> impl Iterator<Item = Role> {
    TABLE.iter().filter(move |(_, permissions)| permissions.contains(&permission)).map(|(role, _)| *role)
}

fn placed(row: Scope<'_>, permission: Permission, paths: &[String]) -> Expr {
    let path = row.column(party::Column::AreaPath);
    let within = any(paths.iter().map(|top| in_subtree(path.clone(), Expr::val(top.as_str()))));
    if in_areas(permission, PartyKind::Unit) {
        return within;
    }
    within.and(row.column(party::Column::Kind).eq(PartyKind::Community.literal()))
}

/// Whether a permission that holds in an area is for its parties of this kind.
const fn in_areas(permission: Permission, kind: PartyKind) -> bool {
    match permission {
        ActFor => matches!(kind, PartyKind::Community),
        KeepUnits => matches!(kind, PartyKind::Unit),
        See | EndParties | KeepAccounts | ReadAudit | Redact => true,
    }
}

/// What has the permission everywhere has it wherever there is a party at all.
fn any_party(value: Expr) -> Expr {
    value.is_not_null()
}

fn with(viewer: &Viewer, permission: Permission) -> impl Iterator<Item = &Granted> {
    viewer.grants().iter().filter(move |grant| has(grant.role, permission))
}

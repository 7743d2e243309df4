//! What a viewer may see, table by table: the one page for whoever reviews security. What roles may do: `roles.rs`.
//!
//! Every row that is fetched, counted, filtered by or looked through has passed here; nothing can go round it, since
//! `Scope::select` is the only way to a table.

use entity::check_in::CheckInStatus;
use entity::list_item::Visibility;
use entity::{
    access_token, account, account_grant, area, attachment, audit_entry, category, check_in, claim, claim_event,
    former_name, list_item, member, member_check_in, party, past_grant, past_home, rating,
};
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Expr, ExprTrait};

use crate::access::roles::{self, Permission};
use crate::kernel::loader::one_of;
use crate::kernel::scope::{Public, Reach, Scope, all, any, not};
use crate::kernel::viewer::{GrantScope, Viewer};

/// Declares tables of which everybody sees every row.
macro_rules! public {
    ($($(#[$why:meta])* $table:ident;)+) => {$(
        $(#[$why])*
        impl Reach for $table::Entity {
            fn reach(_: Scope<'_>) -> Expr {
                all([])
            }
        }

        impl Public for $table::Entity {}
    )+};
}

public! {
    /// Areas are public.
    area;
    /// Communities and units are public; their contacts are not (see `party::contact`).
    party;
    /// What parties were called before is public.
    former_name;
    /// Categories are public.
    category;
}

/// Who acted where before is for reach itself to ask.
impl Reach for past_grant::Entity {
    fn reach(_: Scope<'_>) -> Expr {
        any([])
    }
}

/// Where parties had their homes before is for reach itself to ask.
impl Reach for past_home::Entity {
    fn reach(_: Scope<'_>) -> Expr {
        any([])
    }
}

/// Check-ins are public once they are confirmed; before and after, they are for the two sides.
impl Reach for check_in::Entity {
    fn reach(at: Scope<'_>) -> Expr {
        any([
            at.column(check_in::Column::Status).eq(CheckInStatus::Confirmed.literal()),
            saw(at, at.column(check_in::Column::UnitId), at.column(check_in::Column::RequestedAt)),
            sees(at, at.column(check_in::Column::CommunityId)),
        ])
    }
}

/// Persons are for the communities that they checked in to, and for themselves; who was registered twice, for those who see the one
/// that is left.
impl Reach for member::Entity {
    fn reach(at: Scope<'_>) -> Expr {
        let now = at.column(member::Column::SuccessorId).if_null(at.id());
        any([
            is_oneself(at, now.clone()),
            at.there_is::<member_check_in::Entity>(|check_in| {
                all([
                    check_in.column(member_check_in::Column::MemberId).eq(now),
                    sees(check_in, check_in.column(member_check_in::Column::CommunityId)),
                ])
            }),
        ])
    }
}

/// Where persons live is for that community, and for themselves.
impl Reach for member_check_in::Entity {
    fn reach(at: Scope<'_>) -> Expr {
        any([
            is_oneself(at, at.column(member_check_in::Column::MemberId)),
            sees(at, at.column(member_check_in::Column::CommunityId)),
        ])
    }
}

/// List items that are public, once they are published and until they are withdrawn; those for parties and for whoever checked in,
/// likewise; one's own; and those that one has claimed, whatever became of them.
impl Reach for list_item::Entity {
    fn reach(at: Scope<'_>) -> Expr {
        let for_all = is_published_for(at, Visibility::Public);
        if at.viewer.grants().is_empty() {
            return for_all;
        }
        any([
            for_all,
            saw(at, at.column(list_item::Column::OwnerId), at.column(list_item::Column::CreatedAt)),
            is_published_for(at, Visibility::Parties).and(Expr::val(acts_for_a_party(at.viewer))),
            is_published_for(at, Visibility::CheckedIn).and(is_checked_in_with(at, list_item::Column::OwnerId)),
            at.there_is::<claim::Entity>(|claim| {
                all([
                    claim.column(claim::Column::ItemId).eq(at.id()),
                    saw(claim, claim.column(claim::Column::ClaimantId), claim.column(claim::Column::CreatedAt)),
                ])
            }),
        ])
    }
}

/// Claims on items that one may see. What is said between the two sides: `claim::IsInside`.
///
/// The cheapest first: an item that everybody may see, then a side that one sees, which leads to the item as well. Both say less than the
/// item's own reach, never more, so that a claim's item is never out of reach.
impl Reach for claim::Entity {
    fn reach(at: Scope<'_>) -> Expr {
        let for_all = at.column(claim::Column::IsPublic);
        if at.viewer.grants().is_empty() {
            return for_all;
        }
        any([
            for_all,
            sees(at, at.column(claim::Column::OwnerId)),
            sees(at, at.column(claim::Column::ClaimantId)),
            at.leads_to::<list_item::Entity>(claim::Column::ItemId),
        ])
    }
}

/// The history of claims that one may see.
impl Reach for claim_event::Entity {
    fn reach(at: Scope<'_>) -> Expr {
        at.leads_to::<claim::Entity>(claim_event::Column::ClaimId)
    }
}

/// The ratings of claims that one may see.
impl Reach for rating::Entity {
    fn reach(at: Scope<'_>) -> Expr {
        at.leads_to::<claim::Entity>(rating::Column::ClaimId)
    }
}

/// What is attached to items that one may see. Evidence is for the two sides; what hangs on nothing yet, for whoever sent it.
impl Reach for attachment::Entity {
    fn reach(at: Scope<'_>) -> Expr {
        let of_item = at.leads_to::<list_item::Entity>(attachment::Column::ItemId);
        let Some(account) = at.viewer.account() else { return of_item };
        let hangs_on_nothing =
            all([at.column(attachment::Column::ItemId).is_null(), at.column(attachment::Column::ClaimId).is_null()]);
        any([
            of_item,
            at.there_is::<claim::Entity>(|claim| {
                all([claim.id().eq(at.column(attachment::Column::ClaimId)), sees_a_side(claim)])
            }),
            hangs_on_nothing.and(at.column(attachment::Column::UploadedById).eq(account)),
        ])
    }
}

/// Accounts are for themselves, for whoever made them, for colleagues, and for those who keep accounts where they have a grant; or had
/// one: what somebody did stays theirs after their role was taken back.
impl Reach for account::Entity {
    fn reach(at: Scope<'_>) -> Expr {
        let Some(account) = at.viewer.account() else { return any([]) };
        if roles::may_everywhere(at.viewer, Permission::KeepAccounts) {
            return all([]);
        }
        any([
            at.id().eq(account),
            at.column(account::Column::CreatedById).eq(account),
            at.there_is::<account_grant::Entity>(|grant| {
                all([grant.column(account_grant::Column::AccountId).eq(at.id()), grant_reach(grant)])
            }),
            at.there_is::<past_grant::Entity>(|grant| {
                use past_grant::Column::{AccountId, AreaPath, PartyId};
                let is_within = is_near(grant, grant.column(PartyId), grant.column(AreaPath));
                all([grant.column(AccountId).eq(at.id()), is_within])
            }),
        ])
    }
}

/// Grants are for whoever has them, for colleagues, and for those who keep accounts there.
impl Reach for account_grant::Entity {
    fn reach(at: Scope<'_>) -> Expr {
        let Some(account) = at.viewer.account() else { return any([]) };
        if roles::may_everywhere(at.viewer, Permission::KeepAccounts) {
            return all([]);
        }
        any([at.column(account_grant::Column::AccountId).eq(account), grant_reach(at)])
    }
}

/// Tokens are for whoever made them, and for those who keep the account.
impl Reach for access_token::Entity {
    fn reach(at: Scope<'_>) -> Expr {
        let Some(account) = at.viewer.account() else { return any([]) };
        any([
            at.column(access_token::Column::AccountId).eq(account),
            at.there_is::<account::Entity>(|row| {
                all([row.id().eq(at.column(access_token::Column::AccountId)), keeps(row)])
            }),
        ])
    }
}

/// The audit log is for those who may read it: what was done for the parties there.
impl Reach for audit_entry::Entity {
    fn reach(at: Scope<'_>) -> Expr {
        if roles::may_everywhere(at.viewer, Permission::ReadAudit) {
            return all([]);
        }
        had(at, Permission::ReadAudit, at.column(audit_entry::Column::OnBehalfOfId), at.column(audit_entry::Column::At))
    }
}

/// The viewer sees everything of the party with this key.
pub(crate) fn sees(at: Scope<'_>, party: Expr) -> Expr {
    roles::is_for(at, Permission::See, party)
}

/// The viewer sees everything of one of a claim's sides, as it was when the claim was made or as it is.
pub(crate) fn sees_a_side(claim: Scope<'_>) -> Expr {
    let side = |column: claim::Column| saw(claim, claim.column(column), claim.column(claim::Column::CreatedAt));
    any([side(claim::Column::ClaimantId), side(claim::Column::OwnerId)])
}

/// The viewer sees everything of the party with this key, or oversees where it had its home at that moment. A party that moves takes
/// its future along, and leaves its past with those who oversaw it.
fn saw(at: Scope<'_>, party: Expr, moment: Expr) -> Expr {
    had(at, Permission::See, party, moment)
}

fn had(at: Scope<'_>, permission: Permission, party: Expr, moment: Expr) -> Expr {
    let has = roles::is_for(at, permission, party.clone());
    if roles::places(at.viewer, permission).is_none_or(|(_, paths)| paths.is_empty()) {
        return has;
    }
    let had = at.there_is::<past_home::Entity>(|home| {
        let since = home.column(past_home::Column::Since);
        all([
            home.column(past_home::Column::PartyId).eq(party),
            home.column(past_home::Column::Until).gte(moment.clone()),
            any([since.clone().is_null(), since.lte(moment)]),
            roles::is_in(home, permission, home.column(past_home::Column::AreaPath)),
        ])
    });
    any([has, had])
}

/// A grant on a party that the viewer acts for, or in an area in which they keep accounts.
fn grant_reach(grant: Scope<'_>) -> Expr {
    use account_grant::Column::{AreaPath, PartyId};
    is_near(grant, grant.column(PartyId), grant.column(AreaPath))
}

fn is_near(grant: Scope<'_>, party: Expr, area: Expr) -> Expr {
    any([
        roles::is_for(grant, Permission::ActFor, party.clone()),
        roles::is_for(grant, Permission::KeepAccounts, party),
        roles::is_in(grant, Permission::KeepAccounts, area),
    ])
}

/// The viewer keeps this account: not their own, and whatever it was granted is below them. Where it was granted nothing, an
/// administrator keeps it, or whoever made it.
pub(crate) fn keeps(account: Scope<'_>) -> Expr {
    let Some(viewer) = account.viewer.account() else { return any([]) };
    if !roles::may_somewhere(account.viewer, Permission::KeepAccounts) {
        return any([]);
    }
    let holds = |grant: Scope<'_>| {
        let end = grant.column(account_grant::Column::ExpiresAt);
        all([
            grant.column(account_grant::Column::AccountId).eq(account.id()),
            any([end.clone().is_null(), end.gt(account.now)]),
        ])
    };
    let is_everywhere = roles::may_everywhere(account.viewer, Permission::KeepAccounts);
    all([
        account.id().ne(viewer),
        any([
            Expr::val(is_everywhere),
            account.column(account::Column::CreatedById).eq(viewer),
            account.there_is::<account_grant::Entity>(holds),
        ]),
        not(account.there_is::<account_grant::Entity>(|grant| holds(grant).and(not(is_below(grant))))),
    ])
}

/// The grant is below the viewer: they keep accounts where it holds, and where it lets somebody keep accounts, too, they do so from
/// above. So those who keep the same accounts keep none of each other's, and nobody keeps an administrator's.
pub(crate) fn is_below(grant: Scope<'_>) -> Expr {
    use account_grant::Column::{AreaPath, MemberId, PartyId, Role};
    if roles::may_everywhere(grant.viewer, Permission::KeepAccounts) {
        return grant.column(Role).ne(account_grant::Role::Admin.literal());
    }
    let keepers = roles::with_permission(Permission::KeepAccounts).map(|role| role.word());
    let keeps_accounts = grant.column(Role).is_in(keepers);
    any([
        roles::is_for(grant, Permission::KeepAccounts, grant.column(PartyId)),
        roles::is_below(grant, Permission::KeepAccounts, grant.column(AreaPath)),
        all([not(keeps_accounts), roles::is_in(grant, Permission::KeepAccounts, grant.column(AreaPath))]),
        grant.there_is::<member_check_in::Entity>(|home| {
            all([
                home.column(member_check_in::Column::MemberId).eq(grant.column(MemberId)),
                home.column(member_check_in::Column::Status).eq(CheckInStatus::Confirmed.literal()),
                roles::is_in(home, Permission::KeepAccounts, home.column(member_check_in::Column::AreaPath)),
            ])
        }),
    ])
}

fn is_published_for(item: Scope<'_>, visibility: Visibility) -> Expr {
    all([
        item.column(list_item::Column::Visibility).eq(visibility.literal()),
        item.column(list_item::Column::Status).ne(list_item::ListItemStatus::Withdrawn.literal()),
        item.column(list_item::Column::PublishedAt).is_not_null(),
    ])
}

fn acts_for_a_party(viewer: &Viewer) -> bool {
    roles::may_somewhere(viewer, Permission::ActFor)
}

/// A confirmed check-in joins the party that `column` points at with one that the viewer acts for, whichever is the unit.
fn is_checked_in_with(at: Scope<'_>, column: list_item::Column) -> Expr {
    at.there_is::<check_in::Entity>(|row| {
        let (unit, community) = (row.column(check_in::Column::UnitId), row.column(check_in::Column::CommunityId));
        let acts = |party| roles::is_for(row, Permission::ActFor, party);
        all([
            row.column(check_in::Column::Status).eq(CheckInStatus::Confirmed.literal()),
            any([
                community.clone().eq(at.column(column)).and(acts(unit.clone())),
                unit.eq(at.column(column)).and(acts(community)),
            ]),
        ])
    })
}

/// The person is one for whom the viewer signed in.
pub(crate) fn is_oneself(at: Scope<'_>, member: Expr) -> Expr {
    let oneself = at.viewer.grants().iter().filter_map(|grant| match grant.scope {
        GrantScope::Member(key) => Some(key),
        _ => None,
    });
    let oneself: Vec<Uuid> = oneself.collect();
    any((!oneself.is_empty()).then(|| one_of(at, member, &oneself)))
}

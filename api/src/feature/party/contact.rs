//! Contacts (联系人): personal data, shown only to those who have a reason to see it.

use async_graphql::{Context, Enum, SimpleObject};
use entity::check_in::CheckInStatus;
use entity::claim::ClaimStatus;
use entity::{claim, list_item, member, member_check_in, party};
use futures_util::try_join;
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Expr, ExprTrait};

use crate::access::reach::is_oneself;
use crate::access::roles::{self, Permission};
use crate::kernel::error::Result;
use crate::kernel::global_id::Table;
use crate::kernel::loader::{Act, Test, passes, rows, viewer};
use crate::kernel::scope::{Scope, all, any, not};
use crate::kernel::text::{masked_name, masked_phone};

/// A place on the map: CGCS2000 (WGS-84), in degrees. Convert it before drawing on a GCJ-02 map.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct Point {
    /// Degrees east.
    pub lng: f64,
    /// Degrees north.
    pub lat: f64,
}

impl Point {
    /// The point with these coordinates, where both are known.
    #[must_use]
    pub const fn shown(longitude: &Option<f64>, latitude: &Option<f64>) -> Option<Self> {
        match (longitude, latitude) {
            (Some(lng), Some(lat)) => Some(Self { lng: *lng, lat: *lat }),
            _ => None,
        }
    }
}

/// Why a contact is not shown in clear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum MaskReason {
    /// Nobody asked: give `unmask: true`
    NotAsked,
    /// Sign in first
    SignIn,
    /// It takes an accepted claim between the two
    NoAcceptedClaim,
    /// The claim ended before it was completed
    ClaimEnded,
    /// Not for this viewer
    OutOfReach,
}

/// Whom to call (联系人). Personal data: masked as 王** and 138****5678 unless the viewer has a reason to see it.
#[derive(Clone, Debug, SimpleObject)]
pub struct Contact {
    /// Name; null where not even a masked one is shown.
    name: Option<String>,
    /// Phone; null where not even a masked one is shown.
    phone: Option<String>,
    /// Why it is masked; null: it is in clear.
    masked: Option<MaskReason>,
}

/// Whose contact it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    /// A party's, or its secretary.
    Party(Uuid),
    /// A list item's: its own, or its owner's.
    Item(Uuid),
    /// A person's.
    Member(Uuid),
}

/// What the viewer sees of a contact. A stranger sees the same whether there is one or not; where the viewer sees it in clear,
/// that goes into the audit log.
pub(crate) async fn shown(
    context: &Context<'_>,
    subject: Subject,
    name: Option<&String>,
    phone: Option<&String>,
    unmask: bool,
) -> Option<Result<Contact>> {
    if viewer(context).account().is_none() {
        return Some(Ok(Contact { name: None, phone: None, masked: Some(MaskReason::SignIn) }));
    }
    if name.is_none() && phone.is_none() {
        return None;
    }
    let reason = if unmask { reason(context, subject).await } else { Ok(Some(MaskReason::NotAsked)) };
    Some(reason.map(|masked| match masked {
        None => Contact { name: name.cloned(), phone: phone.cloned(), masked },
        Some(_) => {
            Contact { name: name.map(|name| masked_name(name)), phone: phone.map(|phone| masked_phone(phone)), masked }
        }
    }))
}

/// Why the viewer does not see it in clear; none where they do, which is remembered for the audit log.
async fn reason(context: &Context<'_>, subject: Subject) -> Result<Option<MaskReason>> {
    let (is_own, has_claim, had_claim) = match subject {
        Subject::Party(key) => try_join!(
            passes::<IsActedFor>(context, key),
            passes::<HasClaimWith>(context, key),
            passes::<HadClaimWith>(context, key)
        )?,
        Subject::Item(key) => try_join!(
            passes::<IsListedByViewer>(context, key),
            passes::<IsClaimedByViewer>(context, key),
            passes::<WasClaimedByViewer>(context, key)
        )?,
        Subject::Member(key) => (passes::<IsLookedAfter>(context, key).await?, false, false),
    };
    if is_own || has_claim {
        let (table, key) = match subject {
            Subject::Party(key) => (Table::Party, key),
            Subject::Item(key) => (Table::ListItem, key),
            Subject::Member(key) => (Table::Member, key),
        };
        rows(context)?.loader().account_for(Act::UnmaskContact, table, key);
        return Ok(None);
    }
    let acts = roles::may_somewhere(viewer(context), Permission::ActFor) && !matches!(subject, Subject::Member(_));
    Ok(Some(match (had_claim, acts) {
        (true, _) => MaskReason::ClaimEnded,
        (false, true) => MaskReason::NoAcceptedClaim,
        (false, false) => MaskReason::OutOfReach,
    }))
}

/// Declares a test of who has a reason to see a contact.
macro_rules! test {
    ($(#[$meta:meta])* $name:ident of $table:ident, |$at:ident| $holds:expr) => {
        $(#[$meta])*
        struct $name;

        impl Test for $name {
            type Entity = $table::Entity;

            fn holds($at: Scope<'_>) -> Expr {
                $holds
            }
        }
    };
}

test!(
    /// The viewer acts for the party.
    IsActedFor of party, |at| roles::holds(at, Permission::ActFor)
);
test!(
    /// A claim between the party and one that the viewer acts for was accepted, and has not been called off.
    HasClaimWith of party, |at| is_joined(at, ACCEPTED)
);
test!(
    /// Such a claim was called off.
    HadClaimWith of party, |at| is_joined(at, CALLED_OFF)
);
test!(
    /// The viewer acts for the item's owner.
    IsListedByViewer of list_item, |at| acts(at, at.column(list_item::Column::OwnerId))
);
test!(
    /// The viewer acts for a claimant whose claim on the item was accepted, and has not been called off.
    IsClaimedByViewer of list_item, |at| is_claimed(at, ACCEPTED)
);
test!(
    /// Such a claim was called off.
    WasClaimedByViewer of list_item, |at| is_claimed(at, CALLED_OFF)
);
test!(
    /// The viewer acts for a community to which the person checked in, or is that person.
    IsLookedAfter of member, |at| any([
        is_oneself(at, at.id()),
        at.exists::<member_check_in::Entity>(|check_in| all([
            check_in.column(member_check_in::Column::MemberId).eq(at.id()),
            any([
                check_in.column(member_check_in::Column::Status).eq(CheckInStatus::Confirmed.literal()),
                // What staff ask for tells them nothing before they confirmed it as theirs to keep.
                all([
                    check_in.column(member_check_in::Column::Status).eq(CheckInStatus::Pending.literal()),
                    not(check_in.column(member_check_in::Column::AskedByStaff)),
                ]),
            ]),
            acts(check_in, check_in.column(member_check_in::Column::CommunityId)),
        ])),
    ])
);

/// Accepted, and not called off: the work goes on, or is done.
const ACCEPTED: &[ClaimStatus] =
    &[ClaimStatus::Accepted, ClaimStatus::InProgress, ClaimStatus::Delivered, ClaimStatus::Completed];
/// Accepted once, and called off before it was done.
const CALLED_OFF: &[ClaimStatus] = &[ClaimStatus::Cancelled];

fn acts(at: Scope<'_>, party: Expr) -> Expr {
    roles::is_for(at, Permission::ActFor, party)
}

fn stands(claim: Scope<'_>, statuses: &[ClaimStatus]) -> Expr {
    claim.column(claim::Column::Status).is_in(statuses.iter().map(|status| status.literal()))
}

fn is_joined(party: Scope<'_>, statuses: &[ClaimStatus]) -> Expr {
    party.exists::<claim::Entity>(|claim| {
        let (claimant, owner) = (claim.column(claim::Column::ClaimantId), claim.column(claim::Column::OwnerId));
        any([
            claimant.clone().eq(party.id()).and(acts(claim, owner.clone())),
            owner.eq(party.id()).and(acts(claim, claimant)),
        ])
        .and(stands(claim, statuses))
    })
}

fn is_claimed(item: Scope<'_>, statuses: &[ClaimStatus]) -> Expr {
    item.exists::<claim::Entity>(|claim| {
        all([
            claim.column(claim::Column::ItemId).eq(item.id()),
            acts(claim, claim.column(claim::Column::ClaimantId)),
            stands(claim, statuses),
        ])
    })
}

//! What the three lists may be asked by: one filter and one order for all of them.

use entity::check_in::CheckInStatus;
use entity::list_item::{self, ListItemKind, ListItemStatus, ResourceForm, ServiceMode, Urgency, Visibility};
use entity::{category, check_in, claim, party};
use sea_orm::sea_query::{Expr, ExprTrait};

use crate::feature::area::{AreaFilter, placed};
use crate::feature::category::CategoryFilter;
use crate::feature::claim::ClaimsOp;
use crate::feature::claim::machine::LIVE;
use crate::feature::party::PartyFilter;
use crate::kernel::filter::{
    Condition, DateTimeOp, IdOp, IntOp, NearInput, StringOp, choice_operators, column, filter, flag, id, many, one,
    one_of_few, quantified,
};
use crate::kernel::global_id::Table;
use crate::kernel::order::{declared, optional, order, text, whole};
use crate::kernel::scope::{Scope, all, any};

choice_operators! {
    /// Operators on which of the three lists.
    ListItemKindOp of ListItemKind;
    /// Operators on a list item's status.
    ListItemStatusOp of ListItemStatus;
    /// Operators on a list item's urgency.
    UrgencyOp of Urgency;
    /// Operators on a list item's visibility.
    VisibilityOp of Visibility;
    /// Operators on a resource's form.
    ResourceFormOp of ResourceForm;
    /// Operators on a service's mode.
    ServiceModeOp of ServiceMode;
}

quantified! {
    /// List items that hang on something.
    ListItemsOp of ListItemFilter
}

filter! {
    /// Which list items. One filter serves the three lists: a line on what only one kind has matches only that kind.
    ListItemFilter near near {
        /// By id.
        id: IdOp = id(Table::ListItem),
        /// By which of the three lists.
        kind: ListItemKindOp = column(list_item::Column::Kind),
        /// By status.
        status: ListItemStatusOp = column(list_item::Column::Status),
        /// By urgency.
        urgency: UrgencyOp = column(list_item::Column::Urgency),
        /// By who sees it.
        visibility: VisibilityOp = column(list_item::Column::Visibility),
        /// By title.
        title: StringOp = column(list_item::Column::Title),
        /// By category.
        category: CategoryFilter = one_of_few::<category::Entity, _>(list_item::Column::CategoryId),
        /// By where it is.
        area: AreaFilter = placed(list_item::Column::AreaId, list_item::Column::AreaPath),
        /// By its owner.
        owner: PartyFilter = one::<party::Entity, _>(list_item::Column::OwnerId),
        /// Whether it may be claimed without a confirmed check-in.
        open_to_all: bool = flag(|at| at.column(list_item::Column::OpenToAll)),
        /// Whether a claim is accepted as soon as it is proposed.
        auto_accept: bool = flag(|at| at.column(list_item::Column::AutoAccept)),
        /// Whether any of it is left; unlimited counts.
        has_remaining: bool = flag(has_remaining),
        /// By its whole quantity.
        quantity: IntOp = column(list_item::Column::Quantity),
        /// By how many people it is for.
        beneficiaries: IntOp = column(list_item::Column::Beneficiaries),
        /// By the start of its window.
        available_from: DateTimeOp = column(list_item::Column::AvailableFrom),
        /// By the end of its window.
        available_until: DateTimeOp = column(list_item::Column::AvailableUntil),
        /// By its deadline to claim.
        claim_by: DateTimeOp = column(list_item::Column::ClaimBy),
        /// By when it was published.
        published_at: DateTimeOp = column(list_item::Column::PublishedAt),
        /// By when it was made.
        created_at: DateTimeOp = column(list_item::Column::CreatedAt),
        /// By when it last changed.
        updated_at: DateTimeOp = column(list_item::Column::UpdatedAt),
        /// By a resource's form; only resources match.
        form: ResourceFormOp = column(list_item::Column::Form),
        /// By a service's mode; only services match.
        mode: ServiceModeOp = column(list_item::Column::Mode),
        /// Within a distance of a point; then `orderBy` may say `DISTANCE`.
        near: NearInput = |at: Scope<'_>, near: &NearInput| {
            near.within(at.column(list_item::Column::Longitude), at.column(list_item::Column::Latitude))
        },
        /// What one of these parties may claim now. `{ mine: true }`: what the viewer may.
        claimable_by: PartyFilter = claimable_by,
        /// By its claims.
        claims: ClaimsOp = many::<claim::Entity, _>(|at, claim| claim.column(claim::Column::ItemId).eq(at.id())),
    }
}

fn has_remaining(at: Scope<'_>) -> Expr {
    let quantity = at.column(list_item::Column::Quantity);
    any([quantity.clone().is_null(), quantity.gt(at.column(list_item::Column::Held))])
}

/// Some party of these may claim one of it: the conditions of `claim::rules::Proposal`, in its order.
fn claimable_by(item: Scope<'_>, parties: &PartyFilter) -> Expr {
    let still = |column: list_item::Column| any([item.column(column).is_null(), item.column(column).gte(item.now)]);
    let claimant = item.exists::<party::Entity>(|claimant| {
        let other_side = claimant.exists::<party::Entity>(|owner| {
            all([
                owner.id().eq(item.column(list_item::Column::OwnerId)),
                owner.column(party::Column::Kind).ne(claimant.column(party::Column::Kind)),
            ])
        });
        let owner = item.column(list_item::Column::OwnerId);
        let is_joined = any([item.column(list_item::Column::OpenToAll), joined(claimant, owner)]);
        let has_live = claimant.exists::<claim::Entity>(|claim| {
            all([
                claim.column(claim::Column::ItemId).eq(item.id()),
                claim.column(claim::Column::ClaimantId).eq(claimant.id()),
                claim.column(claim::Column::Status).is_in(LIVE.map(|status| status.literal())),
            ])
        });
        all([parties.condition(claimant), other_side, is_joined, has_live.not()])
    });
    all([
        item.column(list_item::Column::Status).eq(ListItemStatus::Published.literal()),
        still(list_item::Column::ClaimBy),
        still(list_item::Column::AvailableUntil),
        has_remaining(item),
        claimant,
    ])
}

/// A confirmed check-in joins the party with the owner, whichever is the unit.
fn joined(party: Scope<'_>, owner: Expr) -> Expr {
    party.exists::<check_in::Entity>(|check_in| {
        let (unit, community) =
            (check_in.column(check_in::Column::UnitId), check_in.column(check_in::Column::CommunityId));
        all([
            check_in.column(check_in::Column::Status).eq(CheckInStatus::Confirmed.literal()),
            any([
                all([unit.clone().eq(party.id()), community.clone().eq(owner.clone())]),
                all([community.eq(party.id()), unit.eq(owner)]),
            ]),
        ])
    })
}

order! {
    /// How list items are ordered.
    ListItemOrder by ListItemOrderField, usually [] Desc {
        /// When it was published
        PublishedAt = optional(list_item::Column::PublishedAt),
        /// When it was made
        CreatedAt = whole(list_item::Column::CreatedAt),
        /// When it last changed
        UpdatedAt = whole(list_item::Column::UpdatedAt),
        /// Its deadline to claim
        ClaimBy = optional(list_item::Column::ClaimBy),
        /// The start of its window
        AvailableFrom = optional(list_item::Column::AvailableFrom),
        /// The end of its window
        AvailableUntil = optional(list_item::Column::AvailableUntil),
        /// Urgency, as declared
        Urgency = declared::<Urgency>(list_item::Column::Urgency),
        /// Status, as declared
        Status = declared::<ListItemStatus>(list_item::Column::Status),
        /// Title, by code point
        Title = text(list_item::Column::Title),
        /// Its whole quantity; unlimited comes last
        Quantity = optional(list_item::Column::Quantity),
        /// How many people it is for
        Beneficiaries = optional(list_item::Column::Beneficiaries),
    }
    by distance {
        /// How far it is from the point that the filter's `near` names
        Distance = list_item::Column::Longitude, list_item::Column::Latitude
    }
}

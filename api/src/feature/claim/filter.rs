//! What claims may be asked by.

use entity::claim::{self, ClaimDirection, ClaimStatus};
use entity::{category, list_item, party, rating};
use sea_orm::sea_query::{Expr, ExprTrait};

use crate::feature::category::CategoryFilter;
use crate::feature::list_item::ListItemFilter;
use crate::feature::party::{CommunityFilter, PartyFilter, UnitFilter};
use crate::feature::rating::RatingsOp;
use crate::kernel::filter::{
    DateTimeOp, IdOp, IntOp, StringOp, choice_operators, column, filter, flag, id, many, one, quantified,
};
use crate::kernel::global_id::Table;
use crate::kernel::order::{declared, optional, order, whole};
use crate::kernel::scope::{Scope, any};

choice_operators! {
    /// Operators on a claim's status.
    ClaimStatusOp of ClaimStatus;
    /// Operators on a claim's direction.
    ClaimDirectionOp of ClaimDirection;
}

quantified! {
    /// Claims that hang on something.
    ClaimsOp of ClaimFilter
}

filter! {
    /// Which claims.
    ClaimFilter {
        /// By id.
        id: IdOp = id(Table::Claim),
        /// By status.
        status: ClaimStatusOp = column(claim::Column::Status),
        /// By direction.
        direction: ClaimDirectionOp = column(claim::Column::Direction),
        /// By how many were claimed.
        quantity: IntOp = column(claim::Column::Quantity),
        /// By how many were delivered.
        delivered_quantity: IntOp = column(claim::Column::DeliveredQuantity),
        /// By how many people it served.
        people_served: IntOp = column(claim::Column::PeopleServed),
        /// By how the receiver rated it; null where they did not.
        receiver_stars: IntOp = column(claim::Column::ReceiverStars),
        /// By the measure of what was claimed, such as hours or pieces.
        measure: StringOp = column(claim::Column::PromisedMeasure),
        /// By what the item was about when it was claimed.
        category: CategoryFilter = one::<category::Entity, _>(claim::Column::PromisedCategoryId),
        /// Whether one account acted for both sides.
        acted_for_both: bool = flag(|at| at.column(claim::Column::ActedForBoth)),
        /// By when it was accepted.
        accepted_at: DateTimeOp = column(claim::Column::AcceptedAt),
        /// By when it was delivered.
        delivered_at: DateTimeOp = column(claim::Column::DeliveredAt),
        /// By when it was confirmed.
        completed_at: DateTimeOp = column(claim::Column::CompletedAt),
        /// By when it was made.
        created_at: DateTimeOp = column(claim::Column::CreatedAt),
        /// By when it last changed.
        updated_at: DateTimeOp = column(claim::Column::UpdatedAt),
        /// By when the awaited step is due.
        due_at: DateTimeOp = column(claim::Column::DueAt),
        /// By when it is to be delivered.
        deliver_by: DateTimeOp = column(claim::Column::DeliverBy),
        /// Whether the awaited step is overdue now.
        is_overdue: bool = flag(|at| at.column(claim::Column::DueAt).lt(at.now)),
        /// By what is claimed.
        item: ListItemFilter = one::<list_item::Entity, _>(claim::Column::ItemId),
        /// By a party on either side.
        party: PartyFilter = either,
        /// By who claimed.
        claimant: PartyFilter = one::<party::Entity, _>(claim::Column::ClaimantId),
        /// By who listed the item.
        owner: PartyFilter = one::<party::Entity, _>(claim::Column::OwnerId),
        /// By who does it.
        provider: PartyFilter = one::<party::Entity, _>(claim::Column::ProviderId),
        /// By who gets it.
        receiver: PartyFilter = one::<party::Entity, _>(claim::Column::ReceiverId),
        /// By whose move it is.
        awaiting: PartyFilter = one::<party::Entity, _>(claim::Column::AwaitingId),
        /// By who is to take it over.
        transfer_to: PartyFilter = one::<party::Entity, _>(claim::Column::TransferToId),
        /// By the community of the two.
        community: CommunityFilter = one::<party::Entity, _>(claim::Column::CommunityId),
        /// By the unit of the two.
        unit: UnitFilter = one::<party::Entity, _>(claim::Column::UnitId),
        /// By its ratings.
        ratings: RatingsOp = many::<rating::Entity, _>(|at, rating| rating.column(rating::Column::ClaimId).eq(at.id())),
    }
}

impl ClaimFilter {
    /// Those that are live.
    #[must_use]
    pub fn live() -> Self {
        let status = ClaimStatusOp { one_of: Some(super::machine::LIVE.to_vec()), ..ClaimStatusOp::default() };
        Self { status: Some(Box::new(status)), ..Self::default() }
    }
}

/// Two look-ups, each by key: asked as one, neither index would serve.
fn either(at: Scope<'_>, filter: &PartyFilter) -> Expr {
    let is = |side| one::<party::Entity, _>(side)(at, filter);
    any([is(claim::Column::ClaimantId), is(claim::Column::OwnerId)])
}

order! {
    /// How claims are ordered.
    ClaimOrder by ClaimOrderField, usually [] Desc {
        /// When it was made
        CreatedAt = whole(claim::Column::CreatedAt),
        /// When it last changed
        UpdatedAt = whole(claim::Column::UpdatedAt),
        /// When the awaited step is due
        DueAt = optional(claim::Column::DueAt),
        /// By when it is to be delivered
        DeliverBy = optional(claim::Column::DeliverBy),
        /// When it was accepted
        AcceptedAt = optional(claim::Column::AcceptedAt),
        /// When it was delivered
        DeliveredAt = optional(claim::Column::DeliveredAt),
        /// When it was confirmed
        CompletedAt = optional(claim::Column::CompletedAt),
        /// Status, as declared
        Status = declared::<ClaimStatus>(claim::Column::Status),
        /// How many were claimed
        Quantity = whole(claim::Column::Quantity),
        /// How many people it served
        PeopleServed = optional(claim::Column::PeopleServed),
    }
}

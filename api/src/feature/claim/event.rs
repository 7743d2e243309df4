//! Claim events (办理记录): the append-only history of a claim.

use async_graphql::{Context, ID};
use entity::claim_event::{self, ClaimAction, ClaimStatus};
use sea_orm::sea_query::ExprTrait;

use super::filter::{ClaimFilter, ClaimStatusOp};
use super::types::{Claim, claim, for_the_sides};
use crate::access::account::Account;
use crate::feature::party::{Party, party};
use crate::kernel::bulk::LongText;
use crate::kernel::error::Result;
use crate::kernel::filter::{DateTimeOp, IdOp, choice_operators, column, filter, id, one};
use crate::kernel::global_id::Table;
use crate::kernel::list::parent;
use crate::kernel::loader::find;
use crate::kernel::object::{list, node, object};
use crate::kernel::order::{order, whole};
use crate::kernel::scalar::DateTime;

node!(
    /// Something that happened to a claim.
    ClaimEvent of claim_event
);

object! {
    /// Something that happened to a claim (办理记录). Never changed, never deleted.
    ClaimEvent {}

    /// Opaque, global, stable for ever.
    pub(crate) async fn id(&self) -> ID {
        Table::ClaimEvent.id(self.0.id)
    }

    /// What it happened to.
    claim: Claim = claim(claim_id);

    /// What was done (动作).
    action: ClaimAction;

    /// The status before; null for a proposal.
    from: Option<ClaimStatus> = (from_status) => |status: &Option<ClaimStatus>| *status;

    /// The status after.
    to: ClaimStatus = (to_status) => |status: &ClaimStatus| *status;

    /// When.
    at: DateTime;

    /// Who did it; null for the clock, and where it is not this viewer's to know.
    async fn actor(&self, context: &Context<'_>) -> Option<Result<Account>> {
        Some(find::<entity::account::Entity>(context, self.0.actor_id?).await.transpose()?.map(Account))
    }

    /// The party for whom it was done; null for the clock, and where it is not this viewer's to know.
    async fn on_behalf_of(&self, context: &Context<'_>) -> Option<Result<Party>> {
        match for_the_sides(context, self.0.claim_id, self.0.on_behalf_of_id).await? {
            Ok(key) => Some(party(context, key).await),
            Err(error) => Some(Err(error)),
        }
    }

    /// What was said; for the two sides.
    async fn note(&self, context: &Context<'_>) -> Option<Result<LongText<&String>>> {
        for_the_sides(context, self.0.claim_id, self.0.note.as_ref().map(LongText)).await
    }

    /// How many: claimed, or delivered; for the two sides.
    async fn quantity(&self, context: &Context<'_>) -> Option<Result<i32>> {
        for_the_sides(context, self.0.claim_id, self.0.quantity).await
    }

    /// How many people it served; for the two sides.
    async fn people_served(&self, context: &Context<'_>) -> Option<Result<i32>> {
        for_the_sides(context, self.0.claim_id, self.0.people_served).await
    }
}

choice_operators! {
    /// Operators on what was done to a claim.
    ClaimActionOp of ClaimAction;
}

filter! {
    /// Which events.
    ClaimEventFilter {
        /// By id.
        id: IdOp = id(Table::ClaimEvent),
        /// By the claim.
        claim: ClaimFilter = one::<entity::claim::Entity, _>(claim_event::Column::ClaimId),
        /// By what was done.
        action: ClaimActionOp = column(claim_event::Column::Action),
        /// By the status after.
        to: ClaimStatusOp = column(claim_event::Column::ToStatus),
        /// By when.
        at: DateTimeOp = column(claim_event::Column::At),
    }
}

order! {
    /// How events are ordered.
    ClaimEventOrder by ClaimEventOrderField, usually [At] Asc {
        /// When
        At = whole(claim_event::Column::At),
    }
}

list!(
    /// All events.
    ClaimEvents: claim_event::Entity, ClaimEventFilter, ClaimEventOrder => ClaimEvent, |_at| []
);
list!(
    /// What happened to one claim.
    EventsOfClaim: claim_event::Entity, ClaimEventFilter, ClaimEventOrder => ClaimEvent,
    |at| [at.column(claim_event::Column::ClaimId).eq(parent(at))]
);

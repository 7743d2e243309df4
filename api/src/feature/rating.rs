//! Ratings (双向评价): each side of a completed claim rates the other once.

use async_graphql::{Context, ID};
use entity::{party, rating};
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::ExprTrait;

use crate::feature::claim::{Claim, claim, for_the_sides};
use crate::feature::party::{Party, PartyFilter};
use crate::kernel::bulk::LongText;
use crate::kernel::error::Result;
use crate::kernel::filter::{DateTimeOp, IntOp, column, filter, one, quantified};
use crate::kernel::global_id::Table;
use crate::kernel::list::{Parent, parent};
use crate::kernel::loader::few;
use crate::kernel::object::{list, node, object};
use crate::kernel::order::{order, whole};
use crate::kernel::scalar::DateTime;

/// How many ratings a claim has: one of each side.
pub const MOST: u64 = 2;

node!(
    /// What one side of a claim said of the other.
    Rating of rating
);

object! {
    /// What one side of a completed claim said of the other (评价).
    Rating {}

    /// Opaque, global, stable for ever.
    pub(crate) async fn id(&self) -> ID {
        Table::Rating.id(self.0.id)
    }

    /// What is rated.
    claim: Claim = claim(claim_id);

    /// Who rates.
    async fn by(&self, context: &Context<'_>) -> Result<Party> {
        crate::feature::party::party(context, self.0.by_id).await
    }

    /// 1 to 5.
    stars: i32;

    /// What was said; null where it is not this viewer's to read.
    async fn comment(&self, context: &Context<'_>) -> Option<Result<LongText<&String>>> {
        for_the_sides(context, self.0.claim_id, self.0.comment.as_ref().map(LongText)).await
    }

    /// When.
    at: DateTime;
}

quantified! {
    /// Ratings that hang on a claim.
    RatingsOp of RatingFilter
}

filter! {
    /// Which ratings.
    RatingFilter {
        /// By stars, 1 to 5.
        stars: IntOp = column(rating::Column::Stars),
        /// By who rated.
        by: PartyFilter = one::<party::Entity, _>(rating::Column::ById),
        /// By when.
        at: DateTimeOp = column(rating::Column::At),
    }
}

order! {
    /// How ratings are ordered.
    RatingOrder by RatingOrderField, usually [] Asc {
        /// When
        At = whole(rating::Column::At),
    }
}

list!(
    /// The ratings of a claim.
    OfClaim: rating::Entity, RatingFilter, RatingOrder => Rating, |at| [at.column(rating::Column::ClaimId).eq(parent(at))]
);

/// The ratings of a claim, oldest first.
///
/// # Errors
/// Where the database fails.
pub async fn of_claim(context: &Context<'_>, claim: Uuid) -> Result<Vec<Rating>> {
    few::<OfClaim>(context, Parent::Row(claim), MOST).await
}

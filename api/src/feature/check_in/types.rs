//! Check-ins of units (单位报到): a unit takes part in a community, and may take on a part of it (包联).

use async_graphql::{Context, ID};
use entity::check_in::{self, CheckInStatus};
use entity::party;
use futures_util::try_join;
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition};

use super::rules::{CheckInAction, Standing};
use crate::access::payload::UserError;
use crate::access::steps::{acts_for, available_actions, why_not};
use crate::feature::area::{Area, AreaFilter, area_at, placed};
use crate::feature::party::{Community, CommunityFilter, Unit, UnitFilter, community, unit};
use crate::kernel::error::Result;
use crate::kernel::filter::{DateTimeOp, IdOp, choice_operators, column, filter, id, one, quantified};
use crate::kernel::global_id::Table;
use crate::kernel::list::parent;
use crate::kernel::object::{list, node, object};
use crate::kernel::order::{optional, order, whole};
use crate::kernel::scalar::DateTime;
use crate::kernel::scope::{Scope, all};

node!(
    /// A unit's check-in to a community.
    CheckIn of check_in points at {
        unit: Unit by unit_id, community: Community by community_id
    }
);

object! {
    /// A unit's check-in (单位报到) to a community, and the part of it that the unit takes on (包联).
    CheckIn {}

    /// Opaque, global, stable for ever.
    pub(crate) async fn id(&self) -> ID {
        Table::CheckIn.id(self.0.id)
    }

    /// Who checks in.
    unit: Unit = unit(unit_id);

    /// Where to.
    community: Community = community(community_id);

    /// The community's own area, or the compound, grid or building in it that the unit takes on.
    area: Area = area_at(&area_path);

    /// Where it stands (状态).
    status: CheckInStatus;

    /// When it was asked for.
    requested_at: DateTime;

    /// When it was confirmed.
    since: Option<DateTime>;

    /// When it ended.
    until: Option<DateTime>;

    /// Counts changes: a writer names the one it read.
    version: i32;

    /// What the viewer may do to it now, for any party or for this one.
    async fn available_actions(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "For this party alone.")] as_party_id: Option<ID>,
    ) -> Result<Vec<CheckInAction>> {
        available_actions(context, as_party_id.as_ref(), standing(context, &self.0)).await
    }

    /// Why the viewer may not do this to it now: what the mutation would answer. Null: they may.
    async fn why_not(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What.")] action: CheckInAction,
        #[graphql(desc = "For which party. Needed only by who acts for both sides.")] as_party_id: Option<ID>,
    ) -> Option<Result<UserError>> {
        why_not(context, action, as_party_id.as_ref(), standing(context, &self.0)).await
    }
}

/// What is known of a check-in and of the viewer.
async fn standing(context: &Context<'_>, row: &check_in::Model) -> Result<Standing> {
    let (guest, host) = try_join!(acts_for(context, row.unit_id), acts_for(context, row.community_id))?;
    Ok(Standing {
        check_in: (Table::CheckIn, row.id),
        status: row.status,
        guest: (Some(row.unit_id), guest),
        host: (row.community_id, host),
    })
}

choice_operators! {
    /// Operators on a check-in's status.
    CheckInStatusOp of CheckInStatus;
}

quantified! {
    /// Check-ins that hang on something.
    CheckInsOp of CheckInFilter
}

filter! {
    /// Which check-ins.
    CheckInFilter {
        /// By id.
        id: IdOp = id(Table::CheckIn),
        /// By status.
        status: CheckInStatusOp = column(check_in::Column::Status),
        /// By the unit.
        unit: UnitFilter = one::<party::Entity, _>(check_in::Column::UnitId),
        /// By the community.
        community: CommunityFilter = one::<party::Entity, _>(check_in::Column::CommunityId),
        /// By the area it is for.
        area: AreaFilter = placed(check_in::Column::AreaId, check_in::Column::AreaPath),
        /// By when it was asked for.
        requested_at: DateTimeOp = column(check_in::Column::RequestedAt),
        /// By when it was confirmed.
        since: DateTimeOp = column(check_in::Column::Since),
        /// By when it ended.
        until: DateTimeOp = column(check_in::Column::Until),
    }
}

order! {
    /// How check-ins are ordered.
    CheckInOrder by CheckInOrderField, usually [] Asc {
        /// When it was asked for
        RequestedAt = whole(check_in::Column::RequestedAt),
        /// When it was confirmed
        Since = optional(check_in::Column::Since),
    }
}

list!(
    /// All check-ins.
    CheckIns: check_in::Entity, CheckInFilter, CheckInOrder => CheckIn, |_at| []
);
list!(
    /// The check-ins of a party: a unit's own, or those to a community.
    CheckInsOfParty: check_in::Entity, CheckInFilter, CheckInOrder => CheckIn, |at| [
        at.column(check_in::Column::UnitId).eq(parent(at)),
        at.column(check_in::Column::CommunityId).eq(parent(at)),
    ]
);

/// The unit is checked in to this community, and confirmed.
#[must_use]
pub fn is_checked_in(unit: Scope<'_>, community: Expr) -> Expr {
    // A search among check-ins, which are few to a party, and not among parties.
    unit.is_among::<check_in::Entity>(check_in::Column::UnitId, |check_in| {
        all([check_in.column(check_in::Column::CommunityId).eq(community), is_confirmed(check_in)])
    })
}

/// The community has confirmed this unit's check-in.
#[must_use]
pub fn has_confirmed(community: Scope<'_>, unit: Expr) -> Expr {
    community.is_among::<check_in::Entity>(check_in::Column::CommunityId, |check_in| {
        all([check_in.column(check_in::Column::UnitId).eq(unit), is_confirmed(check_in)])
    })
}

/// A condition on check-ins: confirmed, and between these two parties, whichever is the unit.
pub(crate) fn joins(one: Uuid, other: Uuid) -> Condition {
    let between = |unit, community| {
        Condition::all().add(check_in::Column::UnitId.eq(unit)).add(check_in::Column::CommunityId.eq(community))
    };
    Condition::all()
        .add(check_in::Column::Status.eq(CheckInStatus::Confirmed))
        .add(Condition::any().add(between(one, other)).add(between(other, one)))
}

fn is_confirmed(check_in: Scope<'_>) -> Expr {
    check_in.column(check_in::Column::Status).eq(CheckInStatus::Confirmed.literal())
}

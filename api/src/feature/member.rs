//! Members (党员) and their check-ins (党员报到) to the community in which they live. Personal data throughout.

use async_graphql::{Context, ID};
use entity::check_in::CheckInStatus;
use entity::{member, member_check_in, party};
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::ExprTrait;

use crate::access::payload::UserError;
use crate::access::reach::is_oneself;
use crate::access::steps::{acts_for, available_actions, why_not};
use crate::feature::area::{Area, AreaFilter, area_at, placed};
use crate::feature::check_in::rules::{CheckInAction, Standing};
use crate::feature::check_in::{CheckInStatusOp, is_oneself as is_known_as};
use crate::feature::party::{Community, CommunityFilter, Contact, Subject, Unit, community, shown, unit};
use crate::kernel::error::Result;
use crate::kernel::filter::{DateTimeOp, IdOp, column, filter, id, one};
use crate::kernel::global_id::Table;
use crate::kernel::list::parent;
use crate::kernel::loader::{find, neighbour, viewer};
use crate::kernel::object::{list, node, object};
use crate::kernel::order::{optional, order, whole};
use crate::kernel::scalar::DateTime;

node!(
    /// A person who checks in where they live.
    Member of member
);

object! {
    /// A person (党员) who checks in to the community in which they live.
    Member {}

    /// Opaque, global, stable for ever.
    pub(crate) async fn id(&self) -> ID {
        Table::Member.id(self.0.id)
    }

    /// The person's name and phone.
    async fn contact(
        &self,
        context: &Context<'_>,
        #[graphql(default = false, desc = "Asks for it in clear; logged where it is granted.")] unmask: bool,
    ) -> Option<Result<Contact>> {
        shown(context, Subject::Member(self.0.id), Some(&self.0.name), self.0.phone.as_ref(), unmask).await
    }

    /// Where the person works (所在单位), if that takes part.
    async fn unit(&self, context: &Context<'_>) -> Option<Result<Unit>> {
        let key: Uuid = self.0.unit_id?;
        Some(unit(context, key).await)
    }

    /// Who they are now, where they were registered twice (合并到).
    async fn successor(&self, context: &Context<'_>) -> Option<Result<Member>> {
        Some(neighbour::<member::Entity>(context, self.0.successor_id?).await.map(Member))
    }

    /// What the person is good at (特长).
    async fn specialities(&self) -> Vec<String> {
        serde_json::from_str(&self.0.specialities).unwrap_or_default()
    }

    /// Counts changes: a writer names the one it read.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

node!(
    /// A member's check-in.
    MemberCheckIn of member_check_in
);

object! {
    /// A member's check-in (党员报到) to the community in which they live, or a building of it.
    MemberCheckIn {}

    /// Opaque, global, stable for ever.
    pub(crate) async fn id(&self) -> ID {
        Table::MemberCheckIn.id(self.0.id)
    }

    /// Who checks in; null where that is not this viewer's to know.
    async fn member(&self, context: &Context<'_>) -> Option<Result<Member>> {
        find::<member::Entity>(context, self.0.member_id).await.map(|member| member.map(Member)).transpose()
    }

    /// Where to.
    async fn community(&self, context: &Context<'_>) -> Result<Community> {
        community(context, self.0.community_id).await
    }

    /// The community's own area, or a building of it.
    async fn area(&self, context: &Context<'_>) -> Result<Area> {
        area_at(context, &self.0.area_path).await
    }

    /// Where it stands (状态).
    async fn status(&self) -> CheckInStatus {
        self.0.status
    }

    /// When it was asked for.
    async fn requested_at(&self) -> DateTime {
        self.0.requested_at.into()
    }

    /// When it was confirmed.
    async fn since(&self) -> Option<DateTime> {
        self.0.since.map(DateTime)
    }

    /// When it ended.
    async fn until(&self) -> Option<DateTime> {
        self.0.until.map(DateTime)
    }

    /// Counts changes: a writer names the one it read.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// What the viewer may do to it now, as themselves or for any party, or for this one.
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
        #[graphql(desc = "For the community. Not needed: nobody else is a party to it.")] as_party_id: Option<ID>,
    ) -> Option<Result<UserError>> {
        why_not(context, action, as_party_id.as_ref(), standing(context, &self.0)).await
    }
}

/// What is known of a check-in and of the viewer.
async fn standing(context: &Context<'_>, row: &member_check_in::Model) -> Result<Standing> {
    Ok(Standing {
        check_in: (Table::MemberCheckIn, row.id),
        status: row.status,
        guest: (None, is_known_as(viewer(context), row.member_id)),
        host: (row.community_id, acts_for(context, row.community_id).await?),
    })
}

filter! {
    /// Which check-ins of persons.
    MemberCheckInFilter {
        /// By id.
        id: IdOp = id(Table::MemberCheckIn),
        /// By status.
        status: CheckInStatusOp = column(member_check_in::Column::Status),
        /// By the community.
        community: CommunityFilter = one::<party::Entity, _>(member_check_in::Column::CommunityId),
        /// By the area: the community's own, or a building of it.
        area: AreaFilter = placed(member_check_in::Column::AreaId, member_check_in::Column::AreaPath),
        /// By when it was asked for.
        requested_at: DateTimeOp = column(member_check_in::Column::RequestedAt),
        /// By when it was confirmed.
        since: DateTimeOp = column(member_check_in::Column::Since),
        /// By when it ended.
        until: DateTimeOp = column(member_check_in::Column::Until),
    }
}

order! {
    /// How check-ins of persons are ordered.
    MemberCheckInOrder by MemberCheckInOrderField, usually [] Asc {
        /// When it was asked for
        RequestedAt = whole(member_check_in::Column::RequestedAt),
        /// When it was confirmed
        Since = optional(member_check_in::Column::Since),
    }
}

list!(
    /// All check-ins of persons.
    MemberCheckIns: member_check_in::Entity, MemberCheckInFilter, MemberCheckInOrder => MemberCheckIn, |_at| []
);
list!(
    /// The check-ins of persons to a community.
    MemberCheckInsOfCommunity: member_check_in::Entity, MemberCheckInFilter, MemberCheckInOrder => MemberCheckIn,
    |at| [at.column(member_check_in::Column::CommunityId).eq(parent(at))]
);
list!(
    /// The check-ins of the person who asks.
    MemberCheckInsOfViewer: member_check_in::Entity, MemberCheckInFilter, MemberCheckInOrder => MemberCheckIn,
    |at| [is_oneself(at, at.column(member_check_in::Column::MemberId))]
);

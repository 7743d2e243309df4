//! Parties in the schema: an interface and its two types.

use std::sync::Arc;

use async_graphql::{Context, ID};
use entity::party::{self, CommitteeKind, PartyKind, PartyStatus, UnitKind, UnitLevel};
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::ExprTrait;

use super::contact::{self, Contact, Point, Subject};
use super::filter::{CommunityFilter, CommunityOrder, PartyFilter, PartyOrder, UnitFilter, UnitOrder};
use super::former_name::{self, FormerName};
use crate::access::roles::{self, Permission};
use crate::feature::area::{Area, area_at};
use crate::feature::check_in::{self, CheckIn, CheckInFilter, CheckInOrder, CheckInsOfParty};
use crate::feature::claim::{Claim, ClaimFilter, ClaimOrder, ClaimsMade, ClaimsOfParty, ClaimsReceived};
use crate::feature::list_item::{
    ItemsOfOwner, ListItem, ListItemFilter, ListItemOrder, Need, NeedsOfOwner, Resource, ResourcesOfOwner, Service,
    ServicesOfOwner,
};
use crate::feature::member::MemberCheckInsOfCommunity;
use crate::kernel::columns::{Object, Shows};
use crate::kernel::connection::Connection;
use crate::kernel::error::Result;
use crate::kernel::filter::{IdOp, StringOp};
use crate::kernel::global_id::Table;
use crate::kernel::list::{Node, Parent, in_subtree, parent};
use crate::kernel::listed::Listed;
use crate::kernel::loader::{first, first_or_heir, shown};
use crate::kernel::object::{interface, list, node, object};
use crate::kernel::scalar::DateTime;
use crate::kernel::scope::{Scope, all};
use crate::kernel::tree;

node!(
    /// A community as an actor.
    Community of party
);
node!(
    /// A resident unit.
    Unit of party
);

interface! {
    /// Whoever can own list items and claim (参与方): a community or a unit.
    Party {
        /// A community.
        Community,
        /// A unit.
        Unit,
    }
    fields {
        field(name = "id", ty = "ID", desc = "Opaque, global, stable for ever."),
        field(name = "name", ty = "&String", desc = "Name (名称)."),
        field(name = "area", ty = "Area", desc = "A community's area, or a unit's home (所在区域)."),
        field(name = "address", ty = "Option<&String>", desc = "Street address (地址)."),
        field(name = "location", ty = "Option<Point>", desc = "Where it is on the map."),
        field(name = "status", ty = "PartyStatus", desc = "Whether it is there still (状态)."),
        field(name = "ended_at", ty = "Option<DateTime>", desc = "When it was closed or merged."),
        field(name = "successor", ty = "Option<Result<Party>>", desc = "Who took over from it (并入)."),
        field(name = "former_names", ty = "Result<Listed<FormerName>>", desc = "What it was called before, and whom it took over from, latest first (曾用名)."),
        field(name = "version", ty = "i32", desc = "Counts changes: a writer names the one it read."),
        field(
            name = "contact", ty = "Option<Result<Contact>>", desc = "Whom to call (联系人).",
            arg(name = "unmask", ty = "bool", default = false, desc = "Asks for it in clear; logged where it is granted.")
        ),
    }
    lists {
        "needs": "Connection<Need>", "Option<ListItemFilter>", "Option<Vec<ListItemOrder>>", "Its needs (需求清单).";
        "resources": "Connection<Resource>", "Option<ListItemFilter>", "Option<Vec<ListItemOrder>>", "Its resources (资源清单).";
        "services": "Connection<Service>", "Option<ListItemFilter>", "Option<Vec<ListItemOrder>>", "Its services (服务清单).";
        "list_items": "Connection<ListItem>", "Option<ListItemFilter>", "Option<Vec<ListItemOrder>>",
            "Its three lists together (三张清单).";
        "claims": "Connection<Claim>", "Option<ClaimFilter>", "Option<Vec<ClaimOrder>>", "Claims on either side of it (认领).";
        "claims_made": "Connection<Claim>", "Option<ClaimFilter>", "Option<Vec<ClaimOrder>>", "What it claimed (我认领的).";
        "claims_received": "Connection<Claim>", "Option<ClaimFilter>", "Option<Vec<ClaimOrder>>",
            "What others claimed of what it listed (被认领的).";
        "check_ins": "Connection<CheckIn>", "Option<CheckInFilter>", "Option<Vec<CheckInOrder>>", "Its check-ins (报到).";
    }
}

impl From<Arc<party::Model>> for Party {
    fn from(model: Arc<party::Model>) -> Self {
        match model.kind {
            PartyKind::Community => Self::Community(Community(model)),
            PartyKind::Unit => Self::Unit(Unit(model)),
        }
    }
}

impl Node for Party {
    type Model = party::Model;

    const OBJECTS: &'static [&'static [Shows]] = &[Community::SHOWS, Unit::SHOWS];
}

/// Declares a kind of party: what every party has, and what only this kind has.
macro_rules! party_object {
    (
        $(#[$meta:meta])* $name:ident {
            $($(#[$list_meta:meta])* $list:ident: $type:ty = $parent:ident($hangs_on:ident);)*
        }
        $($fields:tt)*
    ) => {
        object! {
            $(#[$meta])*
            $name {
                $($(#[$list_meta])* $list: $type = $parent($hangs_on);)*
                /// Its needs (需求清单).
                needs: NeedsOfOwner = row(id);
                /// Its resources (资源清单).
                resources: ResourcesOfOwner = row(id);
                /// Its services (服务清单).
                services: ServicesOfOwner = row(id);
                /// Its three lists together (三张清单).
                list_items: ItemsOfOwner = row(id);
                /// Claims on either side of it (认领).
                claims: ClaimsOfParty = row(id);
                /// What it claimed (我认领的).
                claims_made: ClaimsMade = row(id);
                /// What others claimed of what it listed (被认领的).
                claims_received: ClaimsReceived = row(id);
                /// Its check-ins (报到).
                check_ins: CheckInsOfParty = row(id);
            }

            /// Opaque, global, stable for ever.
            pub(crate) async fn id(&self) -> ID {
                Table::Party.id(self.0.id)
            }

            /// Name (名称).
            name: &String;

            /// A community's area, or a unit's home (所在区域).
            area: Area = area_at(&area_path);

            /// Street address (地址).
            address: Option<&String>;

            /// Where it is on the map.
            location: Option<Point> = (longitude, latitude) => Point::shown;

            /// Whether it is there still (状态).
            status: PartyStatus;

            /// When it was closed or merged.
            ended_at: Option<DateTime>;

            /// Who took over from it (并入).
            async fn successor(&self, context: &Context<'_>) -> Option<Result<Party>> {
                Some(party(context, self.0.successor_id?).await)
            }

            /// What it was called before, and whom it took over from, latest first (曾用名).
            async fn former_names(&self, context: &Context<'_>) -> Result<Listed<FormerName>> {
                former_name::of_party(context, self.0.id).await.map(Listed)
            }

            /// Counts changes: a writer names the one it read.
            version: i32;

            /// Whom to call (联系人).
            async fn contact(
                &self,
                context: &Context<'_>,
                #[graphql(default = false, desc = "Asks for it in clear; logged where it is granted.")] unmask: bool,
            ) -> Option<Result<Contact>> {
                let party = &self.0;
                contact::shown(context, Subject::Party(party.id), party.contact_name.as_ref(), party.contact_phone.as_ref(), unmask).await
            }

            $($fields)*
        }
    };
}

party_object! {
    /// A community (社区) as an actor: the profile of an area of level COMMUNITY.
    Community {
        /// The units whose check-in is confirmed (驻区单位).
        units: UnitsOfCommunity = row(id);
        /// The check-ins of persons to it (党员报到), for its staff and for the persons themselves.
        member_check_ins: MemberCheckInsOfCommunity = row(id);
    }

    /// Division code (区划代码): its area's.
    code: &str = (area_path) => tree::code;

    /// What kind of committee runs it; null where that is not known.
    committee_kind: Option<CommitteeKind>;

    /// Residents (人口).
    population: Option<i32>;

    /// Households (户数).
    households: Option<i32>;

    /// Paid staff (社区工作者).
    staff_count: Option<i32>;

    /// Its secretary (书记).
    async fn secretary(
        &self,
        context: &Context<'_>,
        #[graphql(default = false, desc = "Asks for it in clear; logged where it is granted.")] unmask: bool,
    ) -> Option<Result<Contact>> {
        let party = &self.0;
        contact::shown(context, Subject::Party(party.id), party.secretary_name.as_ref(), party.secretary_phone.as_ref(), unmask).await
    }
}

party_object! {
    /// A resident unit (驻区单位): an organisation that takes part.
    Unit {
        /// The communities that have confirmed its check-in (报到社区).
        communities: CommunitiesOfUnit = row(id);
    }

    /// Short name (简称).
    short_name: Option<&String>;

    /// Unified social credit code (统一社会信用代码, GB 32100-2015).
    credit_code: Option<&String>;

    /// What kind of organisation (单位类别).
    kind: UnitKind = (unit_kind) => |kind: &Option<UnitKind>| kind.unwrap_or(UnitKind::Other);

    /// The administrative level it answers to (隶属层级).
    level: Option<UnitLevel> = (unit_level) => |level: &Option<UnitLevel>| *level;

    /// Party members (党员人数).
    member_count: Option<i32>;
}

fn is(at: Scope<'_>, kind: PartyKind) -> sea_orm::sea_query::Expr {
    at.column(party::Column::Kind).eq(kind.literal())
}

list!(
    /// All communities.
    Communities: party::Entity, CommunityFilter, CommunityOrder => Community, |at| [is(at, PartyKind::Community)]
);
list!(
    /// All units.
    Units: party::Entity, UnitFilter, UnitOrder => Unit, |at| [is(at, PartyKind::Unit)]
);
list!(
    /// The communities of an area's subtree.
    CommunitiesOfArea: party::Entity, CommunityFilter, CommunityOrder => Community,
    |at| [all([is(at, PartyKind::Community), in_subtree(at.column(party::Column::AreaPath))])]
);
list!(
    /// The units whose check-in to a community is confirmed.
    UnitsOfCommunity: party::Entity, UnitFilter, UnitOrder => Unit,
    |at| [check_in::is_checked_in(at, parent(at))]
);
list!(
    /// The communities that have confirmed a unit's check-in.
    CommunitiesOfUnit: party::Entity, CommunityFilter, CommunityOrder => Community,
    |at| [check_in::has_confirmed(at, parent(at))]
);

list!(
    /// The parties that the viewer acts for.
    PartiesOfViewer: party::Entity, PartyFilter, PartyOrder => Party, |at| [roles::holds(at, Permission::ActFor)]
);

/// The party with this key.
///
/// # Errors
/// Where the database fails.
pub async fn party(context: &Context<'_>, key: Uuid) -> Result<Party> {
    shown(context, key).await
}

/// The community with this key.
///
/// # Errors
/// Where the database fails.
pub async fn community(context: &Context<'_>, key: Uuid) -> Result<Community> {
    shown(context, key).await
}

/// The unit with this key.
///
/// # Errors
/// Where the database fails.
pub async fn unit(context: &Context<'_>, key: Uuid) -> Result<Unit> {
    shown(context, key).await
}

list!(
    /// The one community of an area.
    CommunityOfArea: party::Entity, CommunityFilter, CommunityOrder => Community,
    |at| [all([is(at, PartyKind::Community), at.column(party::Column::AreaId).eq(parent(at))])]
);

/// The community whose profile this area has.
///
/// # Errors
/// Where the database fails.
pub async fn community_of_area(context: &Context<'_>, area: Uuid) -> Result<Option<Community>> {
    first::<CommunityOfArea>(context, Parent::Row(area), None).await
}

/// The community with this id or this division code, or the one that took over from it.
///
/// # Errors
/// Where the database fails.
pub async fn find_community(context: &Context<'_>, id: Option<ID>, code: Option<String>) -> Result<Option<Community>> {
    let filter = CommunityFilter { id: id.map(is_id), code: code.map(is_text), ..CommunityFilter::default() };
    first_or_heir::<Communities>(context, filter, |community| community.0.successor_id).await
}

/// The unit with this id or this credit code, or the one that took over from it.
///
/// # Errors
/// Where the database fails.
pub async fn find_unit(context: &Context<'_>, id: Option<ID>, code: Option<String>) -> Result<Option<Unit>> {
    let filter = UnitFilter { id: id.map(is_id), credit_code: code.map(is_text), ..UnitFilter::default() };
    first_or_heir::<Units>(context, filter, |unit| unit.0.successor_id).await
}

fn is_id(id: ID) -> Box<IdOp> {
    Box::new(IdOp { eq: Some(id), ..IdOp::default() })
}

fn is_text(text: String) -> Box<StringOp> {
    Box::new(StringOp { eq: Some(text), ..StringOp::default() })
}

//! The root of every query.

use std::borrow::Cow;

use async_graphql::parser::types::Field;
use async_graphql::registry::Registry;
use async_graphql::{Context, ContextSelectionSet, ID, Interface, OutputType, Positioned, ServerResult, Value};
use entity::{
    access_token, account, account_grant, area, attachment, audit_entry, category, check_in, claim, claim_event,
    list_item, member, member_check_in, party, rating,
};
use futures_util::future::try_join_all;

use crate::access::account::{AccessToken, Account, Accounts, Grant, Viewer};
use crate::access::audit::{AuditEntries, AuditEntry};
use crate::feature::area::{Area, Areas, find_area};
use crate::feature::attachment::Attachment;
use crate::feature::category::{Category, default_roots};
use crate::feature::check_in::{CheckIn, CheckIns};
use crate::feature::claim::{Claim, ClaimEvent, ClaimEvents, Claims, find_claim};
use crate::feature::list_item::{Items, ListItem, Need, Needs, Resource, Resources, Service, Services, find_item};
use crate::feature::member::{Member, MemberCheckIn, MemberCheckIns};
use crate::feature::party::{Communities, Community, Party, Unit, Units, find_community, find_unit};
use crate::feature::rating::Rating;
use crate::kernel::error::{Error, Result};
use crate::kernel::global_id::{self, Table};
use crate::kernel::list::LARGEST_SIZE;
use crate::kernel::listed::Listed;
use crate::kernel::loader::find;
use crate::kernel::object::object;

/// Everything that has an id.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "Opaque, global, stable for ever."))]
pub enum Node {
    /// An area.
    Area(Area),
    /// A community.
    Community(Community),
    /// A unit.
    Unit(Unit),
    /// A unit's check-in.
    CheckIn(CheckIn),
    /// A person.
    Member(Member),
    /// A person's check-in.
    MemberCheckIn(MemberCheckIn),
    /// A category.
    Category(Category),
    /// A need.
    Need(Need),
    /// A resource.
    Resource(Resource),
    /// A service.
    Service(Service),
    /// A claim.
    Claim(Claim),
    /// Something that happened to a claim.
    ClaimEvent(ClaimEvent),
    /// A rating.
    Rating(Rating),
    /// A link or a file.
    Attachment(Attachment),
    /// An account.
    Account(Account),
    /// A grant.
    Grant(Grant),
    /// An entry of the audit log.
    AuditEntry(AuditEntry),
    /// A personal access token.
    AccessToken(AccessToken),
    /// Who asks.
    Viewer(Viewer),
}

/// Which interfaces are nodes as well. The library knows none within another: fragments on objects would break.
#[derive(Clone, Copy, Debug)]
pub enum Interfaces {}

impl OutputType for Interfaces {
    fn type_name() -> Cow<'static, str> {
        Node::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        for interface in [ListItem::type_name(), Party::type_name()] {
            registry.add_implements(&interface, &Node::type_name());
        }
        Self::qualified_type_name()
    }

    async fn resolve(&self, _: &ContextSelectionSet<'_>, _: &Positioned<Field>) -> ServerResult<Value> {
        match *self {}
    }
}

/// The root of every query.
#[derive(Debug)]
pub struct Query;

object! {
    /// Everything that can be read.
    Query {
        /// Areas (区域): the whole tree, level after level.
        areas: Areas = root;
        /// Communities (社区).
        communities: Communities = root;
        /// Resident units (驻区单位).
        units: Units = root;
        /// Needs (需求清单), newest first.
        needs: Needs = root;
        /// Resources (资源清单), newest first.
        resources: Resources = root;
        /// Services (服务清单), newest first.
        services: Services = root;
        /// The three lists together (三张清单), newest first.
        list_items: Items = root;
        /// Claims (认领), newest first.
        claims: Claims = root;
        /// What happened to claims (办理记录), oldest first.
        claim_events: ClaimEvents = root;
        /// Check-ins of units (单位报到).
        check_ins: CheckIns = root;
        /// Check-ins of persons (党员报到), for the communities and the persons themselves.
        member_check_ins: MemberCheckIns = root;
        /// Accounts (账号) that the viewer may see.
        accounts: Accounts = root;
        /// The audit log (审计日志), newest first, for those who may read it.
        audit_entries: AuditEntries = root;
    }

    /// Who asks; null for whoever is not signed in.
    async fn viewer(&self, context: &Context<'_>) -> Option<Viewer> {
        Viewer::of(context)
    }

    /// The thing with this id. Null for what is not, is not yours to see, or is no id.
    async fn node(&self, context: &Context<'_>, #[graphql(desc = "An id that this API gave out.")] id: ID) -> Option<Result<Node>> {
        find_node(context, &id).await.transpose()
    }

    /// The things with these ids, in their order; null where `node` would be.
    async fn nodes(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "At most 100 ids.")] ids: Vec<ID>,
    ) -> Result<Listed<Option<Node>>> {
        if ids.len() > LARGEST_SIZE.unsigned_abs() as usize {
            return Err(Error::BadRequest(format!("nodes was given {} ids; at most {LARGEST_SIZE}", ids.len())));
        }
        try_join_all(ids.iter().map(|id| find_node(context, id))).await.map(Listed)
    }

    /// The area with this id or this division code, or the one that took over from it: give exactly one.
    async fn area(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Its id.")] id: Option<ID>,
        #[graphql(desc = "Its division code (区划代码).")] code: Option<String>,
    ) -> Option<Result<Area>> {
        if let Err(error) = exactly_one("area", "id", id.is_some(), "code", code.is_some()) {
            return Some(Err(error));
        }
        find_area(context, id, code).await.transpose()
    }

    /// The community with this id or this division code, or the one that took over from it: give exactly one.
    async fn community(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Its id.")] id: Option<ID>,
        #[graphql(desc = "Its division code (区划代码).")] code: Option<String>,
    ) -> Option<Result<Community>> {
        match exactly_one("community", "id", id.is_some(), "code", code.is_some()) {
            Ok(()) => find_community(context, id, code).await.transpose(),
            Err(error) => Some(Err(error)),
        }
    }

    /// The unit with this id or this credit code, or the one that took over from it: give exactly one.
    async fn unit(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Its id.")] id: Option<ID>,
        #[graphql(desc = "Its unified social credit code (统一社会信用代码).")] credit_code: Option<String>,
    ) -> Option<Result<Unit>> {
        match exactly_one("unit", "id", id.is_some(), "creditCode", credit_code.is_some()) {
            Ok(()) => find_unit(context, id, credit_code).await.transpose(),
            Err(error) => Some(Err(error)),
        }
    }

    /// The need, resource or service with this id.
    async fn list_item(&self, context: &Context<'_>, #[graphql(desc = "Its id.")] id: ID) -> Option<Result<ListItem>> {
        find_item(context, &id).await.transpose()
    }

    /// The claim with this id.
    async fn claim(&self, context: &Context<'_>, #[graphql(desc = "Its id.")] id: ID) -> Option<Result<Claim>> {
        find_claim(context, &id).await.transpose()
    }

    /// The roots of the default categories (默认类别). A district's own: `Area.categories`.
    async fn categories(&self, context: &Context<'_>) -> Result<Listed<Category>> {
        default_roots(context).await.map(Listed)
    }
}

fn exactly_one(field: &str, one: &str, has_one: bool, other: &str, has_other: bool) -> Result<()> {
    if has_one != has_other {
        return Ok(());
    }
    let given = if has_one { "both" } else { "neither" };
    Err(Error::BadRequest(format!("{field} takes exactly one of {one} and {other}; {given} was given")))
}

/// The thing with this id, if there is one that the viewer may see.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn find_node(context: &Context<'_>, id: &ID) -> Result<Option<Node>> {
    let Some((table, key)) = global_id::parse(id) else { return Ok(None) };
    Ok(match table {
        Table::Area => find::<area::Entity>(context, key).await?.map(|model| Node::Area(model.into())),
        Table::Party => find::<party::Entity>(context, key).await?.map(|model| match Party::from(model) {
            Party::Community(community) => Node::Community(community),
            Party::Unit(unit) => Node::Unit(unit),
        }),
        Table::CheckIn => find::<check_in::Entity>(context, key).await?.map(|model| Node::CheckIn(CheckIn(model))),
        Table::Member => find::<member::Entity>(context, key).await?.map(|model| Node::Member(Member(model))),
        Table::MemberCheckIn => {
            find::<member_check_in::Entity>(context, key).await?.map(|model| Node::MemberCheckIn(MemberCheckIn(model)))
        }
        Table::Category => find::<category::Entity>(context, key).await?.map(|model| Node::Category(Category(model))),
        Table::ListItem => find::<list_item::Entity>(context, key).await?.map(|model| match ListItem::from(model) {
            ListItem::Need(need) => Node::Need(need),
            ListItem::Resource(resource) => Node::Resource(resource),
            ListItem::Service(service) => Node::Service(service),
        }),
        Table::Claim => find::<claim::Entity>(context, key).await?.map(|model| Node::Claim(Claim(model))),
        Table::ClaimEvent => {
            find::<claim_event::Entity>(context, key).await?.map(|model| Node::ClaimEvent(ClaimEvent(model)))
        }
        Table::Rating => find::<rating::Entity>(context, key).await?.map(|model| Node::Rating(Rating(model))),
        Table::Attachment => {
            find::<attachment::Entity>(context, key).await?.map(|model| Node::Attachment(Attachment(model)))
        }
        Table::Account => find::<account::Entity>(context, key).await?.map(|model| Node::Account(Account(model))),
        Table::Grant => find::<account_grant::Entity>(context, key).await?.map(|model| Node::Grant(Grant(model))),
        Table::AuditEntry => {
            find::<audit_entry::Entity>(context, key).await?.map(|model| Node::AuditEntry(AuditEntry(model)))
        }
        Table::AccessToken => {
            find::<access_token::Entity>(context, key).await?.map(|model| Node::AccessToken(AccessToken(model)))
        }
        Table::Viewer => Viewer::of(context).filter(|viewer| viewer.0.account == key).map(Node::Viewer),
    })
}

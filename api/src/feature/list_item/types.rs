//! The three lists in the schema: an interface and its three types.

use std::sync::Arc;

use async_graphql::{Context, ID};
use entity::list_item::{self, ListItemKind, ListItemStatus, ResourceForm, ServiceMode, Urgency, Visibility};
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Expr, ExprTrait};

use super::allowed;
use super::filter::{ListItemFilter, ListItemOrder};
use super::rules::ListItemAction;
use crate::access::payload::UserError;
use crate::feature::area::{Area, area_at};
use crate::feature::attachment::{self, Attachment};
use crate::feature::category::{Category, category};
use crate::feature::claim::{Claim, ClaimFilter, ClaimOrder, ClaimsOfItem};
use crate::feature::party::{Contact, Party, Point, Subject, party, shown};
use crate::kernel::bulk::LongText;
use crate::kernel::columns::{Object, Shows};
use crate::kernel::connection::Connection;
use crate::kernel::error::Result;
use crate::kernel::global_id::Table;
use crate::kernel::list::{Neighbour, Node, parent};
use crate::kernel::listed::Listed;
use crate::kernel::loader::{find, neighbour, viewer};
use crate::kernel::object::{interface, list, node, object};
use crate::kernel::scalar::DateTime;
use crate::kernel::scope::{Scope, all};

node!(
    /// What a party lacks.
    Need of list_item points at { owner: Party by owner_id, category: Category by category_id }
);
node!(
    /// What a party can lend.
    Resource of list_item points at { owner: Party by owner_id, category: Category by category_id }
);
node!(
    /// What a party can do.
    Service of list_item points at { owner: Party by owner_id, category: Category by category_id }
);

interface! {
    /// A line of one of the three lists (三张清单): a need, a resource or a service.
    ListItem {
        /// A need.
        Need,
        /// A resource.
        Resource,
        /// A service.
        Service,
    }
    fields {
        field(name = "id", ty = "ID", desc = "Opaque, global, stable for ever."),
        field(name = "kind", ty = "ListItemKind", desc = "Which of the three lists (清单类别)."),
        field(name = "owner", ty = "Party", desc = "Who listed it (提出方)."),
        field(name = "category", ty = "Category", desc = "What about (类别)."),
        field(name = "title", ty = "&String", desc = "Title (标题)."),
        field(name = "description", ty = "LongText<&String>", desc = "Description (内容); may be empty."),
        field(name = "status", ty = "ListItemStatus", desc = "Where it stands (状态)."),
        field(name = "urgency", ty = "Urgency", desc = "How urgent (紧急程度)."),
        field(name = "visibility", ty = "Visibility", desc = "Who sees it once it is published (可见范围)."),
        field(name = "auto_accept", ty = "bool", desc = "A claim is accepted as soon as it is proposed."),
        field(name = "open_to_all", ty = "bool", desc = "May be claimed without a confirmed check-in."),
        field(name = "quantity", ty = "Option<i32>", desc = "How many; null: unlimited. Of a FUND, whole yuan."),
        field(name = "remaining", ty = "Option<i32>", desc = "What claims leave of it; null: unlimited; never negative."),
        field(name = "measure", ty = "Option<&String>", desc = "What one is (单位): 人, 场, 平方米."),
        field(name = "beneficiaries", ty = "Option<i32>", desc = "How many people it is for (受益人数)."),
        field(name = "attachments", ty = "Listed<Attachment>", desc = "Links and files (附件), in order."),
        field(name = "available_from", ty = "Option<DateTime>", desc = "Start of its window."),
        field(name = "available_until", ty = "Option<DateTime>", desc = "End of its window."),
        field(name = "claim_by", ty = "Option<DateTime>", desc = "Deadline to claim (认领截止)."),
        field(name = "area", ty = "Area", desc = "Where; the owner's, unless it says otherwise."),
        field(name = "address", ty = "Option<&String>", desc = "Street address; the owner's, unless it says otherwise."),
        field(name = "location", ty = "Option<Point>", desc = "Where on the map; the owner's, unless it says otherwise."),
        field(
            name = "contact", ty = "Option<Result<Contact>>", desc = "Whom to call: its own contact, else the owner's (联系人).",
            arg(name = "unmask", ty = "bool", default = false, desc = "Asks for it in clear; logged where it is granted.")
        ),
        field(
            name = "missing", ty = "Vec<String>",
            desc = "What a draft has to say before it is published: fields of its input. Until then what they show was not said by anybody."
        ),
        field(name = "published_at", ty = "Option<DateTime>", desc = "When it was published (发布时间)."),
        field(name = "created_at", ty = "DateTime", desc = "When it was made."),
        field(name = "updated_at", ty = "DateTime", desc = "When it last changed."),
        field(name = "version", ty = "i32", desc = "Counts changes: a writer names the one it read."),
        field(
            name = "available_actions", ty = "Vec<ListItemAction>",
            desc = "What the viewer may do to it now: for this party, or for the one that there could be.",
            arg(name = "as_party_id", ty = "Option<ID>", desc = "For which party. Needed only by who acts for several.")
        ),
        field(
            name = "why_not", ty = "Option<Result<UserError>>",
            desc = "Why the viewer may not: what the mutation would answer. Null: they may. A claim is tried with a quantity of 1.",
            arg(name = "action", ty = "ListItemAction", desc = "What they would do."),
            arg(name = "as_party_id", ty = "Option<ID>", desc = "For which party. Needed only by who acts for several.")
        ),
    }
    lists {
        "claims": "Connection<Claim>", "Option<ClaimFilter>", "Option<Vec<ClaimOrder>>", "Who claimed of it (认领).";
    }
}

impl From<Arc<list_item::Model>> for ListItem {
    fn from(model: Arc<list_item::Model>) -> Self {
        match model.kind {
            ListItemKind::Need => Self::Need(Need(model)),
            ListItemKind::Resource => Self::Resource(Resource(model)),
            ListItemKind::Service => Self::Service(Service(model)),
        }
    }
}

impl Node for ListItem {
    type Model = list_item::Model;

    const OBJECTS: &'static [&'static [Shows]] = &[Need::SHOWS, Resource::SHOWS, Service::SHOWS];
    const NEIGHBOURS: &'static [Neighbour] = Need::NEIGHBOURS;
}

/// Declares one of the three: what every list item has, and what only this one has.
macro_rules! list_item_object {
    ($(#[$meta:meta])* $name:ident $($fields:tt)*) => {
        object! {
            $(#[$meta])*
            $name {
                /// Who claimed of it (认领).
                claims: ClaimsOfItem = row(id);
            }

            /// Opaque, global, stable for ever.
            pub(crate) async fn id(&self) -> ID {
                Table::ListItem.id(self.0.id)
            }

            /// Which of the three lists (清单类别).
            kind: ListItemKind;

            /// Who listed it (提出方).
            owner: Party = party(owner_id);

            /// What about (类别).
            category: Category = category(category_id);

            /// Title (标题).
            title: &String;

            /// Description (内容); may be empty.
            description: LongText<&String>;

            /// Where it stands (状态).
            status: ListItemStatus;

            /// How urgent (紧急程度).
            urgency: Urgency;

            /// Who sees it once it is published (可见范围).
            visibility: Visibility;

            /// A claim is accepted as soon as it is proposed.
            auto_accept: bool;

            /// May be claimed without a confirmed check-in.
            open_to_all: bool;

            /// How many; null: unlimited. Of a FUND, whole yuan.
            quantity: Option<i32>;

            /// What claims leave of it; null: unlimited; never negative.
            remaining: Option<i32> = (quantity, held) => remaining;

            /// What one is (单位): 人, 场, 平方米.
            measure: Option<&String>;

            /// How many people it is for (受益人数).
            beneficiaries: Option<i32>;

            /// Links and files (附件), in order.
            async fn attachments(&self, context: &Context<'_>) -> Result<Listed<Attachment>> {
                attachment::of_item(context, self.0.id).await.map(Listed)
            }

            /// Start of its window.
            available_from: Option<DateTime>;

            /// End of its window.
            available_until: Option<DateTime>;

            /// Deadline to claim (认领截止).
            claim_by: Option<DateTime>;

            /// Where; the owner's, unless it says otherwise.
            area: Area = area_at(&area_path);

            /// Street address; the owner's, unless it says otherwise.
            address: Option<&String>;

            /// Where on the map; the owner's, unless it says otherwise.
            location: Option<Point> = (longitude, latitude) => Point::shown;

            /// Whom to call: its own contact, else the owner's (联系人).
            async fn contact(
                &self,
                context: &Context<'_>,
                #[graphql(default = false, desc = "Asks for it in clear; logged where it is granted.")] unmask: bool,
            ) -> Option<Result<Contact>> {
                contact(context, &self.0, unmask).await
            }

            /// When it was published (发布时间).
            published_at: Option<DateTime>;

            /// What a draft has to say before it is published: fields of its input. Until then what they show was not said by anybody.
            missing: Vec<String> = (lacks) => |lacks: &String| lacks.split_whitespace().map(str::to_owned).collect();

            /// When it was made.
            created_at: DateTime;

            /// When it last changed.
            updated_at: DateTime;

            /// Counts changes: a writer names the one it read.
            version: i32;

            /// What the viewer may do to it now: for this party, or for the one that there could be.
            async fn available_actions(
                &self,
                context: &Context<'_>,
                #[graphql(desc = "For which party. Needed only by who acts for several.")] as_party_id: Option<ID>,
            ) -> Result<Vec<ListItemAction>> {
                allowed::available(context, &self.0, as_party_id.as_ref()).await
            }

            /// Why the viewer may not: what the mutation would answer. Null: they may. A claim is tried with a quantity of 1.
            async fn why_not(
                &self,
                context: &Context<'_>,
                #[graphql(desc = "What they would do.")] action: ListItemAction,
                #[graphql(desc = "For which party. Needed only by who acts for several.")] as_party_id: Option<ID>,
            ) -> Option<Result<UserError>> {
                let refusal = allowed::why_not(context, &self.0, action, as_party_id.as_ref()).await;
                refusal.map(|refusal| refusal.map(UserError)).transpose()
            }

            $($fields)*
        }
    };
}

/// An item's own contact, else its owner's.
async fn contact(context: &Context<'_>, item: &list_item::Model, unmask: bool) -> Option<Result<Contact>> {
    let subject = Subject::Item(item.id);
    if item.contact_name.is_some() || item.contact_phone.is_some() || viewer(context).account().is_none() {
        return shown(context, subject, item.contact_name.as_ref(), item.contact_phone.as_ref(), unmask).await;
    }
    match neighbour::<entity::party::Entity>(context, item.owner_id).await {
        Ok(owner) => shown(context, subject, owner.contact_name.as_ref(), owner.contact_phone.as_ref(), unmask).await,
        Err(error) => Some(Err(error)),
    }
}

/// What claims leave of an item. The database keeps what they hold within its quantity.
fn remaining(quantity: &Option<i32>, held: &i64) -> Option<i32> {
    let left = i64::from((*quantity)?).saturating_sub(*held);
    Some(i32::try_from(left).unwrap_or(0))
}

list_item_object! {
    /// A need (需求): what a party lacks.
    Need
}

list_item_object! {
    /// A resource (资源): what a party can lend.
    Resource

    /// What it is (资源形式).
    form: ResourceForm = (form) => |form: &Option<ResourceForm>| form.unwrap_or(ResourceForm::Other);
}

list_item_object! {
    /// A service (服务): what a party can do.
    Service

    /// Where it is given (服务方式).
    mode: ServiceMode = (mode) => |mode: &Option<ServiceMode>| mode.unwrap_or(ServiceMode::OnSite);

    /// How often (服务频次).
    frequency: Option<&String>;
}

fn is(at: Scope<'_>, kind: ListItemKind) -> Expr {
    at.column(list_item::Column::Kind).eq(kind.literal())
}

fn owned(at: Scope<'_>, kind: ListItemKind) -> Expr {
    all([at.column(list_item::Column::OwnerId).eq(parent(at)), is(at, kind)])
}

list!(
    /// All needs.
    Needs: list_item::Entity, ListItemFilter, ListItemOrder => Need, |at| [is(at, ListItemKind::Need)]
);
list!(
    /// All resources.
    Resources: list_item::Entity, ListItemFilter, ListItemOrder => Resource, |at| [is(at, ListItemKind::Resource)]
);
list!(
    /// All services.
    Services: list_item::Entity, ListItemFilter, ListItemOrder => Service, |at| [is(at, ListItemKind::Service)]
);
list!(
    /// The three lists together.
    Items: list_item::Entity, ListItemFilter, ListItemOrder => ListItem, |_at| []
);
list!(
    /// A party's needs.
    NeedsOfOwner: list_item::Entity, ListItemFilter, ListItemOrder => Need, |at| [owned(at, ListItemKind::Need)]
);
list!(
    /// A party's resources.
    ResourcesOfOwner: list_item::Entity, ListItemFilter, ListItemOrder => Resource,
    |at| [owned(at, ListItemKind::Resource)]
);
list!(
    /// A party's services.
    ServicesOfOwner: list_item::Entity, ListItemFilter, ListItemOrder => Service, |at| [owned(at, ListItemKind::Service)]
);
list!(
    /// A party's three lists together.
    ItemsOfOwner: list_item::Entity, ListItemFilter, ListItemOrder => ListItem,
    |at| [at.column(list_item::Column::OwnerId).eq(parent(at))]
);

/// The list item with this key.
///
/// # Errors
/// Where the database fails.
pub async fn item(context: &Context<'_>, key: Uuid) -> Result<ListItem> {
    neighbour::<list_item::Entity>(context, key).await.map(ListItem::from)
}

/// The list item with this id, if there is one that the viewer may see.
///
/// # Errors
/// Where the database fails.
pub async fn find_item(context: &Context<'_>, id: &ID) -> Result<Option<ListItem>> {
    let Some(key) = Table::ListItem.key(id) else { return Ok(None) };
    Ok(find::<list_item::Entity>(context, key).await?.map(ListItem::from))
}

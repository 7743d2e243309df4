//! List items (三张清单): needs, resources and services. One table, one interface, three types.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

crate::choice::choice! {
    /// Which of the three lists (清单类别).
    ListItemKind {
        /// Need (需求): what I lack
        Need,
        /// Resource (资源): what I can lend
        Resource,
        /// Service (服务): what I can do
        Service,
    }
}

crate::choice::choice! {
    /// Where a list item stands (状态). Fully claimed is no status: see `remaining`.
    ListItemStatus {
        /// Being written (草稿)
        Draft,
        /// Open to claims (已发布)
        Published,
        /// Closed by its owner (已关闭)
        Closed,
        /// Taken back by its owner (已撤回)
        Withdrawn,
        /// Its deadline to claim passed (已过期)
        Expired,
    }
}

crate::choice::choice! {
    /// How urgent a list item is (紧急程度).
    Urgency {
        /// In its turn (一般)
        Normal,
        /// Soon (紧急)
        Urgent,
        /// At once (特急)
        Emergency,
    }
}

crate::choice::choice! {
    /// Who sees a list item once it is published (可见范围).
    Visibility {
        /// Everybody (公开)
        Public,
        /// Parties that are signed in (参与方可见)
        Parties,
        /// Parties that are checked in to its owner (报到单位可见)
        CheckedIn,
    }
}

crate::choice::choice! {
    /// What a resource is (资源形式).
    ResourceForm {
        /// A place: hall, pitch, classroom (场地)
        Venue,
        /// Things that come back (设备)
        Equipment,
        /// Money; its quantity counts whole yuan (资金)
        Fund,
        /// People (人才)
        Talent,
        /// Information (信息)
        Information,
        /// Anything else (其他)
        Other,
    }
}

crate::choice::choice! {
    /// Where a service is given (服务方式).
    ServiceMode {
        /// Where the receiver is (上门)
        OnSite,
        /// Where the provider is (到店)
        AtUnit,
        /// Online (线上)
        Online,
    }
}

/// A list item. `form` is of resources alone, `mode` and `frequency` of services alone.
#[sea_orm::model]
#[derive(Clone, Debug, Default, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "list_item")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Which list.
    pub kind: ListItemKind,
    /// Whose.
    pub owner_id: Uuid,
    /// What about.
    pub category_id: Uuid,
    /// Title.
    pub title: String,
    /// Description; may be empty.
    pub description: String,
    /// Where it stands.
    pub status: ListItemStatus,
    /// How urgent.
    pub urgency: Urgency,
    /// Who sees it.
    pub visibility: Visibility,
    /// A claim is accepted as soon as it is proposed.
    pub auto_accept: bool,
    /// May be claimed without a confirmed check-in.
    pub open_to_all: bool,
    /// How many; none for unlimited. Of a fund, whole yuan.
    pub quantity: Option<i32>,
    /// What claims hold of the quantity.
    pub held: i64,
    /// What one is: 人, 场, 平方米.
    pub measure: Option<String>,
    /// How many people it is for.
    pub beneficiaries: Option<i32>,
    /// Start of its window.
    pub available_from: Option<Timestamp>,
    /// End of its window.
    pub available_until: Option<Timestamp>,
    /// Deadline to claim.
    pub claim_by: Option<Timestamp>,
    /// Whether the place below is its own, or a copy of its owner's.
    pub has_own_place: bool,
    /// Where.
    pub area_id: Uuid,
    /// The path of that area; the database keeps it true.
    pub area_path: String,
    /// Street address.
    pub address: Option<String>,
    /// Degrees east, CGCS2000.
    pub longitude: Option<f64>,
    /// Degrees north, CGCS2000.
    pub latitude: Option<f64>,
    /// Its own contact's name, personal data; else its owner's contact.
    pub contact_name: Option<String>,
    /// Its own contact's phone, personal data.
    pub contact_phone: Option<String>,
    /// Of a resource: what it is.
    pub form: Option<ResourceForm>,
    /// Of a service: where it is given.
    pub mode: Option<ServiceMode>,
    /// Of a service: how often.
    pub frequency: Option<String>,
    /// What a draft does not say yet: fields of its input, apart by spaces. What stands in their columns was not said.
    pub lacks: String,
    /// When it was published; none for a draft.
    pub published_at: Option<Timestamp>,
    /// When the row was made.
    pub created_at: Timestamp,
    /// When the row last changed.
    pub updated_at: Timestamp,
    /// Counts changes.
    pub version: i32,
    /// Whose.
    #[sea_orm(belongs_to, from = "owner_id", to = "id")]
    pub owner: BelongsTo<super::party::Entity>,
    /// What about.
    #[sea_orm(belongs_to, from = "category_id", to = "id")]
    pub category: BelongsTo<super::category::Entity>,
    /// Where.
    #[sea_orm(belongs_to, from = "area_id", to = "id")]
    pub area: BelongsTo<super::area::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

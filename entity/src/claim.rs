//! Claims (认领): one party takes up what another listed.

use sea_orm::entity::prelude::*;

use crate::Timestamp;
pub use crate::list_item::ListItemKind;

crate::choice::choice! {
    /// Who claims from whom, claimant first (认领方向).
    ClaimDirection {
        /// A unit claims what a community listed (单位认领社区)
        UnitToCommunity,
        /// A community claims what a unit listed (社区认领单位)
        CommunityToUnit,
    }
}

crate::choice::choice! {
    /// Where a claim stands (认领状态). The first four are live: they hold the quantity claimed.
    ClaimStatus {
        /// Proposed, waiting for the owner's answer (待受理)
        Proposed,
        /// Accepted, not yet begun (已受理)
        Accepted,
        /// Under way (办理中)
        InProgress,
        /// Delivered, waiting to be confirmed (待确认)
        Delivered,
        /// Confirmed (已办结)
        Completed,
        /// Declined by the owner (已谢绝)
        Declined,
        /// Withdrawn by the claimant (已撤回)
        Withdrawn,
        /// Cancelled by either side (已取消)
        Cancelled,
        /// Never answered in time (已过期)
        Expired,
    }
}

/// A claim.
#[sea_orm::model]
#[derive(Clone, Debug, Default, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "claim")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What is claimed.
    pub item_id: Uuid,
    /// Which list that is of.
    pub item_kind: ListItemKind,
    /// Who claims.
    pub claimant_id: Uuid,
    /// Who listed it.
    pub owner_id: Uuid,
    /// Who claims from whom.
    pub direction: ClaimDirection,
    /// Where it stands.
    pub status: ClaimStatus,
    /// How many were claimed.
    pub quantity: i32,
    /// How many were delivered.
    pub delivered_quantity: Option<i32>,
    /// How many people it served.
    pub people_served: Option<i32>,
    /// What the item was about when it was claimed.
    pub promised_category_id: Option<Uuid>,
    /// Its title then.
    pub promised_title: String,
    /// Its description then.
    pub promised_description: String,
    /// Its measure then.
    pub promised_measure: Option<String>,
    /// Its whole quantity then.
    pub promised_quantity: Option<i32>,
    /// The start of its window then.
    pub promised_from: Option<Timestamp>,
    /// The end of its window then.
    pub promised_until: Option<Timestamp>,
    /// When the work is to start.
    pub starts_at: Option<Timestamp>,
    /// When the work is to end.
    pub ends_at: Option<Timestamp>,
    /// By when it is to be delivered.
    pub deliver_by: Option<Timestamp>,
    /// When the awaited step is due; none once it ended.
    pub due_at: Option<Timestamp>,
    /// What the claimant said.
    pub note: Option<String>,
    /// When it was accepted.
    pub accepted_at: Option<Timestamp>,
    /// When it was delivered; none where the delivery was sent back.
    pub delivered_at: Option<Timestamp>,
    /// When it was confirmed.
    pub completed_at: Option<Timestamp>,
    /// Who is to take it over; none where it was offered to nobody.
    pub transfer_to_id: Option<Uuid>,
    /// Whether one account acted for both sides.
    pub acted_for_both: bool,
    /// Whether everybody may see its item, and so the claim; kept by the database.
    pub is_public: bool,
    /// How the receiver rated it; kept by the database.
    pub receiver_stars: Option<i32>,
    /// When it was proposed.
    pub created_at: Timestamp,
    /// When the row last changed.
    pub updated_at: Timestamp,
    /// Counts changes.
    pub version: i32,
    /// The community of the two; worked out by the database.
    pub community_id: Uuid,
    /// The unit of the two; worked out by the database.
    pub unit_id: Uuid,
    /// Who does it; worked out by the database.
    pub provider_id: Uuid,
    /// Who gets it; worked out by the database.
    pub receiver_id: Uuid,
    /// Whose move it is; worked out by the database.
    pub awaiting_id: Option<Uuid>,
    /// What is claimed.
    #[sea_orm(belongs_to, from = "item_id", to = "id")]
    pub item: BelongsTo<super::list_item::Entity>,
    /// What the item was about when it was claimed.
    #[sea_orm(belongs_to, relation_enum = "PromisedCategory", from = "promised_category_id", to = "id")]
    pub promised_category: BelongsTo<Option<super::category::Entity>>,
    /// Who claims.
    #[sea_orm(belongs_to, relation_enum = "Claimant", from = "claimant_id", to = "id")]
    pub claimant: BelongsTo<super::party::Entity>,
    /// Who listed it.
    #[sea_orm(belongs_to, relation_enum = "Owner", from = "owner_id", to = "id")]
    pub owner: BelongsTo<super::party::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

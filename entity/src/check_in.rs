//! Check-ins of units (单位报到): a unit takes part in a community, and may take on a part of it (包联).

use sea_orm::entity::prelude::*;

use crate::Timestamp;

crate::choice::choice! {
    /// Where a check-in stands (报到状态).
    CheckInStatus {
        /// Asked for, not yet answered (待确认)
        Pending,
        /// Confirmed by the community (已确认)
        Confirmed,
        /// Rejected by the community (已退回)
        Rejected,
        /// Over (已结束)
        Ended,
    }
}

/// A check-in.
#[sea_orm::model]
#[derive(Clone, Debug, Default, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "check_in")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Who checks in.
    pub unit_id: Uuid,
    /// Where to.
    pub community_id: Uuid,
    /// The community's own area, or the part of it that the unit takes on.
    pub area_id: Uuid,
    /// The path of that area; the database keeps it true.
    pub area_path: String,
    /// Where it stands.
    pub status: CheckInStatus,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// When it was confirmed.
    pub since: Option<Timestamp>,
    /// When it ended.
    pub until: Option<Timestamp>,
    /// Counts changes.
    pub version: i32,
    /// When the row last changed.
    pub updated_at: Timestamp,
    /// Who checks in.
    #[sea_orm(belongs_to, relation_enum = "Unit", from = "unit_id", to = "id")]
    pub unit: BelongsTo<super::party::Entity>,
    /// Where to.
    #[sea_orm(belongs_to, relation_enum = "Community", from = "community_id", to = "id")]
    pub community: BelongsTo<super::party::Entity>,
    /// The area.
    #[sea_orm(belongs_to, from = "area_id", to = "id")]
    pub area: BelongsTo<super::area::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

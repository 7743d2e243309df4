//! Check-ins of members (党员报到) to the community in which they live, or a building of it.

use sea_orm::entity::prelude::*;

use crate::Timestamp;
pub use crate::check_in::CheckInStatus;

/// A check-in.
#[sea_orm::model]
#[derive(Clone, Debug, Default, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "member_check_in")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Who checks in.
    pub member_id: Uuid,
    /// Where to.
    pub community_id: Uuid,
    /// The community's own area, or a building of it.
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
    /// Whether staff asked for it, not the person.
    pub asked_by_staff: bool,
    /// Whether staff ended it, not the person; says nothing before it ended.
    pub ended_by_staff: bool,
    /// Counts changes.
    pub version: i32,
    /// When the row last changed.
    pub updated_at: Timestamp,
    /// Who checks in.
    #[sea_orm(belongs_to, from = "member_id", to = "id")]
    pub member: BelongsTo<super::member::Entity>,
    /// Where to.
    #[sea_orm(belongs_to, from = "community_id", to = "id")]
    pub community: BelongsTo<super::party::Entity>,
    /// The area.
    #[sea_orm(belongs_to, from = "area_id", to = "id")]
    pub area: BelongsTo<super::area::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

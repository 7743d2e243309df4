//! Categories (类别): a two-level taxonomy shared by the three lists.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// A category.
#[sea_orm::model]
#[derive(Clone, Debug, Default, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "category")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The category above; none for a root.
    pub parent_id: Option<Uuid>,
    /// The district whose own tree it belongs to; none for the default tree.
    pub area_id: Option<Uuid>,
    /// Code, unique within its tree.
    pub code: String,
    /// Name.
    pub name: String,
    /// Its place among its siblings, from 0.
    pub position: i32,
    /// When the row was made.
    pub created_at: Timestamp,
    /// The category above.
    #[sea_orm(self_ref, relation_enum = "Parent", from = "parent_id", to = "id")]
    pub parent: BelongsTo<Option<Entity>>,
    /// The district whose own tree it belongs to.
    #[sea_orm(belongs_to, from = "area_id", to = "id")]
    pub area: BelongsTo<Option<super::area::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}

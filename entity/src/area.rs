//! Areas (区域): one tree from province to building.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

crate::choice::choice! {
    /// How high an area stands in the tree (区域层级). Levels may be skipped.
    AreaLevel {
        /// Province (省)
        Province,
        /// Prefecture city (市)
        City,
        /// District or county (区县)
        District,
        /// Street or town (街道、乡镇)
        Street,
        /// Community or village (社区、村)
        Community,
        /// Compound (小区)
        Compound,
        /// Grid (网格)
        Grid,
        /// Micro-grid (微网格)
        MicroGrid,
        /// Building (楼栋)
        Building,
    }
}

/// A node of the tree.
#[sea_orm::model]
#[derive(Clone, Debug, Default, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "area")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What it lies in; none for a root.
    pub parent_id: Option<Uuid>,
    /// How high it stands.
    pub level: AreaLevel,
    /// Division code (区划代码), unique.
    pub code: String,
    /// Name.
    pub name: String,
    /// The codes from the root down to this one, each followed by a slash.
    pub path: String,
    /// When the row was made.
    pub created_at: Timestamp,
    /// When the row last changed.
    pub updated_at: Timestamp,
    /// When it ended (撤销).
    pub ended_at: Option<Timestamp>,
    /// What took over from it.
    pub successor_id: Option<Uuid>,
    /// What it lies in.
    #[sea_orm(self_ref, relation_enum = "Parent", from = "parent_id", to = "id")]
    pub parent: BelongsTo<Option<Entity>>,
    /// The parties that stand in it.
    #[sea_orm(has_many)]
    pub parties: HasMany<super::party::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

//! Ratings (评价): each side of a completed claim rates the other once.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// A rating.
#[sea_orm::model]
#[derive(Clone, Debug, Default, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rating")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What is rated.
    pub claim_id: Uuid,
    /// Who rates.
    pub by_id: Uuid,
    /// 1 to 5.
    pub stars: i32,
    /// What was said.
    pub comment: Option<String>,
    /// When.
    pub at: Timestamp,
    /// Who acted for them; none where that was not kept.
    pub actor_id: Option<Uuid>,
    /// What is rated.
    #[sea_orm(belongs_to, from = "claim_id", to = "id")]
    pub claim: BelongsTo<super::claim::Entity>,
    /// Who rates.
    #[sea_orm(belongs_to, from = "by_id", to = "id")]
    pub by: BelongsTo<super::party::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

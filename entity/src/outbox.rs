//! The outbox: what changed, for those who are to hear of it, in order.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// A change.
#[sea_orm::model]
#[derive(Clone, Debug, Default, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outbox")]
pub struct Model {
    /// Where it stands in the order.
    #[sea_orm(primary_key)]
    pub position: i64,
    /// When.
    pub at: Timestamp,
    /// What changed, as a global id.
    pub subject: String,
    /// The event that says how.
    pub event_id: Option<Uuid>,
}

impl ActiveModelBehavior for ActiveModel {}

//! What parties were called before (曾用名): they are found by it still.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// A name that a party had, or a party that it took over from.
#[sea_orm::model]
#[derive(Clone, Debug, Default, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "former_name")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose.
    pub party_id: Uuid,
    /// The name.
    pub name: String,
    /// Until when.
    pub until: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}

//! Where parties had their homes before.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// A home that a party had.
#[sea_orm::model]
#[derive(Clone, Debug, Default, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "past_home")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose.
    pub party_id: Uuid,
    /// Where.
    pub area_id: Uuid,
    /// The path of that area; the database keeps it true.
    pub area_path: String,
    /// From when on; none where it is the first that is known.
    pub since: Option<Timestamp>,
    /// Until when.
    pub until: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}

//! Who acted where before: those who act there now still see who it was.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// A role on a party or in an area that an account had.
#[sea_orm::model]
#[derive(Clone, Debug, Default, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "past_grant")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose.
    pub account_id: Uuid,
    /// On which party.
    pub party_id: Option<Uuid>,
    /// In which area.
    pub area_id: Option<Uuid>,
    /// The path of that area; the database keeps it true.
    pub area_path: Option<String>,
    /// Until when.
    pub until: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}

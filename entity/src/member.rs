//! Members (党员): persons who check in to the community in which they live. Personal data throughout.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// A person.
#[sea_orm::model]
#[derive(Clone, Debug, Default, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "member")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Name.
    pub name: String,
    /// Phone.
    pub phone: Option<String>,
    /// Where the person works, if that takes part.
    pub unit_id: Option<Uuid>,
    /// What the person is good at: a JSON list of words.
    pub specialities: String,
    /// Counts changes.
    pub version: i32,
    /// When the row was made.
    pub created_at: Timestamp,
    /// When the row last changed.
    pub updated_at: Timestamp,
    /// Who they are now, where they were registered twice.
    pub successor_id: Option<Uuid>,
    /// Where the person works.
    #[sea_orm(belongs_to, from = "unit_id", to = "id")]
    pub unit: BelongsTo<Option<super::party::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}

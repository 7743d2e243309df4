//! Attachments (附件): of a list item, or evidence of a claim.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// An attachment. Belongs to an item, to a claim, or to nothing yet.
#[sea_orm::model]
#[derive(Clone, Debug, Default, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "attachment")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The item it belongs to.
    pub item_id: Option<Uuid>,
    /// The claim whose evidence it is.
    pub claim_id: Option<Uuid>,
    /// Its place among its owner's, from 0.
    pub position: i32,
    /// Where it can be fetched.
    pub url: String,
    /// File name.
    pub name: Option<String>,
    /// Media type, as `image/png`.
    pub media_type: Option<String>,
    /// Size in bytes.
    pub bytes: Option<i64>,
    /// Who sent it.
    pub uploaded_by_id: Option<Uuid>,
    /// Of a file: SHA-256 of what is in it, in hex.
    pub content_hash: Option<String>,
    /// Of a picture: whether nothing is left of it but its pixels. All others are.
    pub is_bare: bool,
    /// When the row was made.
    pub created_at: Timestamp,
    /// The item it belongs to.
    #[sea_orm(belongs_to, from = "item_id", to = "id")]
    pub item: BelongsTo<Option<super::list_item::Entity>>,
    /// The claim whose evidence it is.
    #[sea_orm(belongs_to, from = "claim_id", to = "id")]
    pub claim: BelongsTo<Option<super::claim::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}

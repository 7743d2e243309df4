//! Idempotency keys: what a mutation did the first time it was sent.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// A key, and what was done under it.
#[sea_orm::model]
#[derive(Clone, Debug, Default, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency_key")]
pub struct Model {
    /// Whose key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: Uuid,
    /// The key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// SHA-256 of the mutation and its input, in hex.
    pub fingerprint: String,
    /// What it made or changed.
    pub thing_id: Option<Uuid>,
    /// The event that says how.
    pub event_id: Option<Uuid>,
    /// When.
    pub created_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}

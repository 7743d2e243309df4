//! Personal access tokens (访问令牌): what scripts sign in with.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// An access token.
#[sea_orm::model]
#[derive(Clone, Debug, Default, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "access_token")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose.
    pub account_id: Uuid,
    /// What it is for.
    pub name: String,
    /// SHA-256 of the token, in hex: the token itself is shown once.
    pub hash: String,
    /// Whether it may change anything.
    pub may_write: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it is void.
    pub expires_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

impl ActiveModelBehavior for ActiveModel {}

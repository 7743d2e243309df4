//! Refresh tokens: each is spent once for the next.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// A refresh token.
#[sea_orm::model]
#[derive(Clone, Debug, Default, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "refresh_token")]
pub struct Model {
    /// SHA-256 of the token, in hex: the token itself is nowhere.
    #[sea_orm(primary_key, auto_increment = false)]
    pub hash: String,
    /// Of which session.
    pub session_id: Uuid,
    /// When it was given out.
    pub created_at: Timestamp,
    /// When it is void.
    pub expires_at: Timestamp,
    /// When it was spent.
    pub spent_at: Option<Timestamp>,
    /// Which client spent it, hashed under the servers' key.
    pub spent_by: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}

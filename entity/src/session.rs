//! Sessions (会话): a sign-in, and all that was refreshed from it.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// A session.
#[sea_orm::model]
#[derive(Clone, Debug, Default, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "session")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose.
    pub account_id: Uuid,
    /// When it began.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// When it was ended.
    pub ended_at: Option<Timestamp>,
    /// From which network it was opened, hashed under the servers' key; none where that is not known.
    pub network: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}

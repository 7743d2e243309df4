//! Accounts (账号): who signs in.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// An account.
#[sea_orm::model]
#[derive(Clone, Debug, Default, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What it signs in with: lower case, unique.
    pub username: String,
    /// The person's name, as colleagues see it.
    pub name: String,
    /// argon2id, as a PHC string; none where it signs in elsewhere alone.
    pub password_hash: Option<String>,
    /// What an outside identity provider calls it of which nobody knows yet which one it is; `outside_identity` has the others.
    pub subject: Option<String>,
    /// Whether it is shut out.
    pub is_disabled: bool,
    /// Whether it came with the demo data, with a password that everybody knows.
    pub is_demo: bool,
    /// Who made it.
    pub created_by_id: Option<Uuid>,
    /// Counts changes; a writer names the one it read.
    pub version: i32,
    /// When the row was made.
    pub created_at: Timestamp,
    /// When the row last changed.
    pub updated_at: Timestamp,
    /// What it was granted.
    #[sea_orm(has_many)]
    pub grants: HasMany<super::account_grant::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

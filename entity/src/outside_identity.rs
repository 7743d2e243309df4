//! What other identity providers call accounts (外部身份).

use sea_orm::entity::prelude::*;

/// An account's name at an identity provider.
#[sea_orm::model]
#[derive(Clone, Debug, Default, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outside_identity")]
pub struct Model {
    /// Which provider, as its tokens' `iss` says it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub issuer: String,
    /// What it calls the account, as its tokens' `sub` says it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject: String,
    /// Which account.
    pub account_id: Uuid,
}

impl ActiveModelBehavior for ActiveModel {}

//! Failed sign-ins of late.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// How often one account or one address failed.
#[sea_orm::model]
#[derive(Clone, Debug, Default, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sign_in_failure")]
pub struct Model {
    /// Which account or address.
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject: String,
    /// How often.
    pub failures: i32,
    /// Since when they are counted.
    pub since: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}

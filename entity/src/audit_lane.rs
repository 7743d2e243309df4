//! The lanes of the audit log's chain, each with its end.

use sea_orm::entity::prelude::*;

/// A lane.
#[sea_orm::model]
#[derive(Clone, Debug, Default, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_lane")]
pub struct Model {
    /// Which.
    #[sea_orm(primary_key, auto_increment = false)]
    pub lane: i32,
    /// The number of its last entry; 0 where it has none.
    pub number: i64,
    /// The hash of its last entry; empty where it has none.
    pub hash: String,
}

impl ActiveModelBehavior for ActiveModel {}

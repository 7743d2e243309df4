//! The audit log (审计日志): who did what, when, for whom, from where. Append-only.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

crate::choice::choice! {
    /// Where an act came from (来源).
    AuditSource {
        /// The API
        Api,
        /// The server's command line
        CommandLine,
        /// The clock
        Clock,
    }
}

/// An entry.
#[sea_orm::model]
#[derive(Clone, Debug, Default, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_entry")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// When.
    pub at: Timestamp,
    /// From where: the API, the command line, the clock.
    pub source: AuditSource,
    /// Who; none for the command line and the clock.
    pub actor_id: Option<Uuid>,
    /// For which party.
    pub on_behalf_of_id: Option<Uuid>,
    /// What, as the mutation is called.
    pub action: String,
    /// To what, as a global id.
    pub subject: String,
    /// A JSON list of what changed: field, before, after; personal data masked.
    pub changes: String,
    /// In which request.
    pub request_id: Option<String>,
    /// From which address.
    pub address: Option<String>,
    /// In which lane of the chain it stands.
    pub lane: Option<i32>,
    /// Which it is in that lane, from 1.
    pub number: Option<i64>,
    /// SHA-256 of the changes, in hex: what is left of those that were taken out.
    pub changes_hash: Option<String>,
    /// SHA-256 of the hash before it in its lane and of all that it says, in hex.
    pub hash: Option<String>,
    /// When its changes were taken out.
    pub redacted_at: Option<Timestamp>,
}

impl ActiveModelBehavior for ActiveModel {}

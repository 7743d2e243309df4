//! The audit log (审计日志) read back: who did what, when, for whom, from where. The database itself refuses to change it.

use async_graphql::{Context, ID, SimpleObject};
use entity::audit_entry::{self, AuditSource};
use entity::{account, party};
use sea_orm::prelude::Uuid;
use serde::Deserialize;

use crate::access::account::{Account, AccountFilter};
use crate::feature::party::{Party, PartyFilter, party};
use crate::graph::query::{Node, find_node};
use crate::kernel::bulk::LongText;
use crate::kernel::error::Result;
use crate::kernel::filter::{DateTimeOp, StringOp, choice_operators, column, filter, one};
use crate::kernel::global_id::Table;
use crate::kernel::loader::find;
use crate::kernel::object::{list, node, object};
use crate::kernel::order::{order, whole};
use crate::kernel::scalar::DateTime;

node!(
    /// One act.
    AuditEntry of audit_entry
);

/// One field that an act changed.
#[derive(Clone, Debug, Deserialize, SimpleObject)]
pub struct AuditChange {
    /// Which field.
    field: String,
    /// What it was; null: nothing. Personal data masked.
    before: Option<LongText<String>>,
    /// What it is now; null: nothing. Personal data masked.
    after: Option<LongText<String>>,
}

object! {
    /// An entry of the audit log (审计日志). Never changed, never deleted.
    AuditEntry {}

    /// Opaque, global, stable for ever.
    pub(crate) async fn id(&self) -> ID {
        Table::AuditEntry.id(self.0.id)
    }

    /// When.
    async fn at(&self) -> DateTime {
        self.0.at.into()
    }

    /// Where the act came from.
    async fn source(&self) -> AuditSource {
        self.0.source
    }

    /// Who; null for the command line and the clock, and where it is not yours to know.
    async fn actor(&self, context: &Context<'_>) -> Option<Result<Account>> {
        Some(find::<account::Entity>(context, self.0.actor_id?).await.transpose()?.map(Account))
    }

    /// For which party.
    async fn on_behalf_of(&self, context: &Context<'_>) -> Option<Result<Party>> {
        let key: Uuid = self.0.on_behalf_of_id?;
        Some(party(context, key).await)
    }

    /// What, as the mutation is called.
    async fn action(&self) -> &String {
        &self.0.action
    }

    /// To what; null where it is gone, or not yours to see.
    async fn subject(&self, context: &Context<'_>) -> Option<Result<Node>> {
        find_node(context, &ID(self.0.subject.clone())).await.transpose()
    }

    /// What changed.
    async fn changes(&self) -> Vec<AuditChange> {
        serde_json::from_str(&self.0.changes).unwrap_or_default()
    }

    /// In which request: its answer and its log lines have the same id.
    async fn request_id(&self) -> Option<&String> {
        self.0.request_id.as_ref()
    }

    /// From which address.
    async fn address(&self) -> Option<&String> {
        self.0.address.as_ref()
    }
}

choice_operators! {
    /// Operators on where an act came from.
    AuditSourceOp of AuditSource;
}

filter! {
    /// Which entries.
    AuditFilter {
        /// By when.
        at: DateTimeOp = column(audit_entry::Column::At),
        /// By where the act came from.
        source: AuditSourceOp = column(audit_entry::Column::Source),
        /// By who.
        actor: AccountFilter = one::<account::Entity, _>(audit_entry::Column::ActorId),
        /// By the party for which it was done.
        on_behalf_of: PartyFilter = one::<party::Entity, _>(audit_entry::Column::OnBehalfOfId),
        /// By what was done, as the mutation is called.
        action: StringOp = column(audit_entry::Column::Action),
        /// By the id of what it was done to.
        subject: StringOp = column(audit_entry::Column::Subject),
    }
}

order! {
    /// How entries are ordered.
    AuditOrder by AuditOrderField, usually [At] Desc {
        /// When
        At = whole(audit_entry::Column::At),
    }
}

list!(
    /// All entries that the viewer may read.
    AuditEntries: audit_entry::Entity, AuditFilter, AuditOrder => AuditEntry, |_at| []
);

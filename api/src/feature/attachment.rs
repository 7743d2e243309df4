//! Attachments (附件): links and files of a list item, or evidence of a claim.

mod animation;
mod attach;
pub mod cleaning;
pub mod files;
pub mod picture;

use async_graphql::{Context, ID};
use entity::attachment;
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::ExprTrait;

pub use attach::{AttachmentInput, MOST, Owner, attach};
pub(crate) use attach::{copy, remove_all, replace};

use crate::kernel::error::Result;
use crate::kernel::filter::{IdOp, filter, id};
use crate::kernel::global_id::Table;
use crate::kernel::list::{Parent, parent};
use crate::kernel::loader::few;
use crate::kernel::object::{list, node, object};
use crate::kernel::order::{order, whole};
use crate::kernel::scalar::{DateTime, Long};

node!(
    /// A link or a file.
    Attachment of attachment
);

object! {
    /// A link or a file (附件).
    Attachment {}

    /// Opaque, global, stable for ever.
    pub(crate) async fn id(&self) -> ID {
        Table::Attachment.id(self.0.id)
    }

    /// Where it can be fetched.
    async fn url(&self) -> &str {
        &self.0.url
    }

    /// File name.
    async fn name(&self) -> Option<&String> {
        self.0.name.as_ref()
    }

    /// Media type, as `image/png`.
    async fn media_type(&self) -> Option<&String> {
        self.0.media_type.as_ref()
    }

    /// Size in bytes.
    async fn bytes(&self) -> Option<Long> {
        self.0.bytes.map(Long)
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }
}

filter! {
    /// Which attachments.
    AttachmentFilter {
        /// By id.
        id: IdOp = id(Table::Attachment),
    }
}

order! {
    /// How attachments are ordered.
    AttachmentOrder by AttachmentOrderField, usually [Position] Asc {
        /// Its place among its owner's
        Position = whole(attachment::Column::Position),
    }
}

list!(
    /// What is attached to an item.
    OfItem: attachment::Entity, AttachmentFilter, AttachmentOrder => Attachment,
    |at| [at.column(attachment::Column::ItemId).eq(parent(at))]
);
list!(
    /// The evidence of a claim.
    OfClaim: attachment::Entity, AttachmentFilter, AttachmentOrder => Attachment,
    |at| [at.column(attachment::Column::ClaimId).eq(parent(at))]
);

/// What is attached to an item, in order.
///
/// # Errors
/// Where the database fails.
pub async fn of_item(context: &Context<'_>, item: Uuid) -> Result<Vec<Attachment>> {
    few::<OfItem>(context, Parent::Row(item), MOST).await
}

/// The evidence of a claim, in order.
///
/// # Errors
/// Where the database fails.
pub async fn of_claim(context: &Context<'_>, claim: Uuid) -> Result<Vec<Attachment>> {
    few::<OfClaim>(context, Parent::Row(claim), MOST).await
}

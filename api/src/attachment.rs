//! Attachments (附件): links and files of a list item, or evidence of a claim.

use async_graphql::{Context, ID, OneofObject};
use entity::attachment;
use sea_orm::ActiveValue::Set;
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};

use crate::kernel::error::Result;
use crate::kernel::filter::{IdOp, filter, id};
use crate::kernel::global_id::Table;
use crate::kernel::list::{Parent, parent};
use crate::kernel::loader::children;
use crate::kernel::object::{list, node, object};
use crate::kernel::order::{order, whole};
use crate::kernel::refusal::{Refusal, Stop, message};
use crate::kernel::scalar::{DateTime, Long};
use crate::kernel::text::required;
use crate::kernel::write::Tx;

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

/// An attachment on its way in: a link, or what `POST /files` answered.
#[derive(Clone, Debug, OneofObject)]
pub enum AttachmentInput {
    /// A link: http or https.
    Url(String),
    /// The id that `POST /files` answered; it hangs on nothing yet.
    Id(ID),
}

/// What an attachment hangs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// A list item.
    Item(Uuid),
    /// A claim, as its evidence.
    Claim(Uuid),
}

/// How many attachments an item or a claim may have.
pub const MOST: u64 = 20;
/// How long a link may be, in characters.
const LONGEST_URL: usize = 2_000;

/// Hangs attachments on `owner`, behind those that it has. `field` is the one of the input that they came in.
///
/// # Errors
/// `INVALID` for what is no link, and for too many; `NOT_FOUND` for a file that is not the writer's, or hangs on something.
pub async fn attach(tx: &Tx, owner: Owner, field: &str, inputs: &[AttachmentInput]) -> Result<(), Stop> {
    if inputs.is_empty() {
        return Ok(());
    }
    let of_owner = match owner {
        Owner::Item(key) => attachment::Column::ItemId.eq(key),
        Owner::Claim(key) => attachment::Column::ClaimId.eq(key),
    };
    let there = attachment::Entity::find().filter(of_owner).count(&tx.connection).await?;
    if there.saturating_add(inputs.len() as u64) > MOST {
        let message = message!("at most {MOST} in all; there are {there}", "最多 {MOST} 个，现已有 {there} 个");
        return Err(Refusal::invalid(field, message).into());
    }
    for (place, input) in inputs.iter().enumerate() {
        let position =
            i32::try_from(there).unwrap_or(i32::MAX).saturating_add(i32::try_from(place).unwrap_or(i32::MAX));
        let at = |refusal: Refusal| Stop::from(refusal.at(&place.to_string()));
        match input {
            AttachmentInput::Url(url) => {
                link(tx, owner, position, url).await.map_err(|stop| in_field(stop, field, place))?
            }
            AttachmentInput::Id(id) => {
                let key = Table::Attachment.key(id).ok_or_else(|| at(Refusal::not_found(field)))?;
                if !hang(tx, owner, position, key).await? {
                    return Err(at(Refusal::not_found(field)));
                }
            }
        }
    }
    Ok(())
}

fn in_field(stop: Stop, field: &str, place: usize) -> Stop {
    match stop {
        Stop::Refused(refusals) => {
            let path = || vec![field.to_owned(), place.to_string()];
            Stop::Refused(refusals.into_iter().map(|refusal| Refusal { path: path(), ..refusal }).collect())
        }
        failed @ Stop::Failed(_) => failed,
    }
}

async fn link(tx: &Tx, owner: Owner, position: i32, url: &str) -> Result<(), Stop> {
    let url = required("url", url.to_owned(), LONGEST_URL)?;
    let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).unwrap_or_default();
    if host.is_empty() || host.starts_with('/') || url.chars().any(|one| one.is_whitespace() || one.is_control()) {
        return Err(
            Refusal::invalid("url", message!("not a link: http:// or https://", "不是有效的 http(s) 链接")).into()
        );
    }
    let (item_id, claim_id) = owner.keys();
    let row = attachment::ActiveModel {
        id: Set(tx.key()),
        item_id: Set(item_id),
        claim_id: Set(claim_id),
        position: Set(position),
        url: Set(url),
        name: Set(None),
        media_type: Set(None),
        bytes: Set(None),
        uploaded_by_id: Set(tx.actor()),
        content_hash: Set(None),
        created_at: Set(tx.now),
    };
    attachment::Entity::insert(row).exec_without_returning(&tx.connection).await?;
    Ok(())
}

/// Hangs a file on `owner`, if it is the writer's and hangs on nothing.
async fn hang(tx: &Tx, owner: Owner, position: i32, key: Uuid) -> Result<bool, Stop> {
    let (item_id, claim_id) = owner.keys();
    let hung = attachment::Entity::update_many()
        .col_expr(attachment::Column::ItemId, Expr::value(item_id))
        .col_expr(attachment::Column::ClaimId, Expr::value(claim_id))
        .col_expr(attachment::Column::Position, Expr::value(position))
        .filter(attachment::Column::Id.eq(key))
        .filter(attachment::Column::ItemId.is_null())
        .filter(attachment::Column::ClaimId.is_null())
        .filter(attachment::Column::UploadedById.eq(tx.actor()))
        .exec(&tx.connection)
        .await?;
    Ok(hung.rows_affected > 0)
}

impl Owner {
    const fn keys(self) -> (Option<Uuid>, Option<Uuid>) {
        match self {
            Self::Item(key) => (Some(key), None),
            Self::Claim(key) => (None, Some(key)),
        }
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
    AttachmentOrder by AttachmentOrderField beside AttachmentFilter, usually [Position] Asc {
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
    children::<OfItem>(context, Parent::Row(item)).await
}

/// The evidence of a claim, in order.
///
/// # Errors
/// Where the database fails.
pub async fn of_claim(context: &Context<'_>, claim: Uuid) -> Result<Vec<Attachment>> {
    children::<OfClaim>(context, Parent::Row(claim)).await
}

//! How attachments come to hang on something, and off it again.

use async_graphql::{ID, OneofObject};
use entity::attachment;
use sea_orm::ActiveValue::Set;
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder,
};

use super::files;
use crate::kernel::global_id::Table;
use crate::kernel::refusal::{Refusal, Stop, message};
use crate::kernel::text::required;
use crate::kernel::write::Tx;

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
    let there = attachment::Entity::find().filter(owner.condition()).count(&tx.connection).await?;
    check_number(field, inputs, there)?;
    hang_all(tx, owner, field, inputs, there).await
}

fn check_number(field: &str, inputs: &[AttachmentInput], there: u64) -> Result<(), Refusal> {
    if there.saturating_add(inputs.len() as u64) <= MOST {
        return Ok(());
    }
    let message = message!("at most {MOST} in all; there are {there}", "最多 {MOST} 个，现已有 {there} 个");
    Err(Refusal::invalid(field, message))
}

/// Hangs them on `owner`, from this place on.
async fn hang_all(tx: &Tx, owner: Owner, field: &str, inputs: &[AttachmentInput], start: u64) -> Result<(), Stop> {
    let start = i32::try_from(start).unwrap_or(i32::MAX);
    for (place, input) in inputs.iter().enumerate() {
        let position = start.saturating_add(i32::try_from(place).unwrap_or(i32::MAX));
        match input {
            AttachmentInput::Url(url) => {
                link(tx, owner, position, url).await.map_err(|stop| in_field(stop, field, place))?;
            }
            AttachmentInput::Id(id) => {
                let hung = match Table::Attachment.key(id) {
                    Some(key) => hang(tx, owner, position, key).await?,
                    None => false,
                };
                if !hung {
                    return Err(Refusal::not_found(field).at(&place.to_string()).into());
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
        is_bare: Set(true),
        created_at: Set(tx.now),
    };
    attachment::Entity::insert(row).exec_without_returning(&tx.connection).await?;
    Ok(())
}

/// Hangs a file on `owner`, if it is the writer's and hangs on nothing, or hangs there already.
async fn hang(tx: &Tx, owner: Owner, position: i32, key: Uuid) -> Result<bool, Stop> {
    let (item_id, claim_id) = owner.keys();
    let is_loose = Condition::all()
        .add(attachment::Column::ItemId.is_null())
        .add(attachment::Column::ClaimId.is_null())
        .add(attachment::Column::UploadedById.eq(tx.actor()));
    let hung = attachment::Entity::update_many()
        .col_expr(attachment::Column::ItemId, Expr::value(item_id))
        .col_expr(attachment::Column::ClaimId, Expr::value(claim_id))
        .col_expr(attachment::Column::Position, Expr::value(position))
        .filter(attachment::Column::Id.eq(key))
        .filter(Condition::any().add(is_loose).add(owner.condition()))
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

    fn condition(self) -> Expr {
        match self {
            Self::Item(key) => attachment::Column::ItemId.eq(key),
            Self::Claim(key) => attachment::Column::ClaimId.eq(key),
        }
    }
}

/// Gives an item these attachments in place of those it has: one of them that stays is named by its id, the others are gone.
/// Answers with what it had and what it has, as the audit log tells it.
///
/// # Errors
/// As `attach`.
pub(crate) async fn replace(
    tx: &Tx,
    item: Uuid,
    field: &str,
    inputs: &[AttachmentInput],
) -> Result<(Option<String>, Option<String>), Stop> {
    let old = of_item(tx, item).await?;
    check_number(field, inputs, 0)?;
    hang_all(tx, Owner::Item(item), field, inputs, 0).await?;
    let stays = |row: &attachment::Model| {
        inputs.iter().any(|input| matches!(input, AttachmentInput::Id(id) if Table::Attachment.key(id) == Some(row.id)))
    };
    let gone = old.iter().filter(|row| !stays(row)).map(|row| row.id);
    attachment::Entity::delete_many().filter(attachment::Column::Id.is_in(gone)).exec(&tx.connection).await?;
    let new = of_item(tx, item).await?;
    let told = |rows: &[attachment::Model]| {
        let urls: Vec<&str> = rows.iter().map(|row| row.url.as_str()).collect();
        (!urls.is_empty()).then(|| urls.join(" "))
    };
    Ok((told(&old), told(&new)))
}

/// Hangs on one item what hangs on another, too.
pub(crate) async fn copy(tx: &Tx, from: Uuid, to: Uuid) -> Result<(), Stop> {
    for row in of_item(tx, from).await? {
        let id = tx.key();
        let url = if row.content_hash.is_some() { files::url(id) } else { row.url.clone() };
        let copy =
            attachment::Model { id, item_id: Some(to), url, uploaded_by_id: tx.actor(), created_at: tx.now, ..row };
        attachment::Entity::insert(copy.into_active_model().reset_all()).exec_without_returning(&tx.connection).await?;
    }
    Ok(())
}

/// Takes away all that hangs on an item. Contents that nothing points at any more are swept away.
pub(crate) async fn remove_all(tx: &Tx, item: Uuid) -> Result<(), Stop> {
    let all = attachment::Entity::delete_many().filter(attachment::Column::ItemId.eq(item));
    all.exec(&tx.connection).await?;
    Ok(())
}

async fn of_item(tx: &Tx, item: Uuid) -> Result<Vec<attachment::Model>, Stop> {
    let rows = attachment::Entity::find().filter(attachment::Column::ItemId.eq(item));
    Ok(rows.order_by_asc(attachment::Column::Position).order_by_asc(attachment::Column::Id).all(&tx.connection).await?)
}

//! Pictures that came in before they were left their pixels alone: a few at each tick, until there are none.

use entity::attachment;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::files::{Files, failed};
use super::picture::{self, cleaned};
use crate::database::Pool;
use crate::kernel::error::{Error, Result};
use crate::kernel::global_id::Table;
use crate::kernel::write::{Changes, Desk};
use crate::storage;

/// Cleans so many pictures at most. How many it has done. One that cannot be read stays as it is, and is not looked at again.
///
/// # Errors
/// Where the store or the database fails; what was done stays done.
pub async fn clean_kept(desk: &Desk, reader: &Pool, files: &Files, most: u64) -> Result<u64> {
    let found = attachment::Entity::find()
        .filter(attachment::Column::IsBare.eq(false))
        .order_by_asc(attachment::Column::Id)
        .limit(most)
        .all(reader)
        .await?;
    let mut done = 0;
    for row in &found {
        clean(desk, files, row).await?;
        done += 1;
    }
    Ok(done)
}

async fn clean(desk: &Desk, files: &Files, row: &attachment::Model) -> Result<()> {
    let store = &*files.storage;
    let format = row.media_type.as_deref().and_then(picture::format);
    let content = match &row.content_hash {
        Some(hash) => storage::get(store, hash).await.map_err(failed)?,
        None => None,
    };
    let bare = match (format, content) {
        (Some(format), Some(content)) => cleaned(format, content).await.ok(),
        _ => None,
    };
    let (hash, bytes) = match &bare {
        Some(content) => {
            let hash = storage::put(store, content.clone().into()).await.map_err(failed)?;
            (Some(hash), i64::try_from(content.len()).ok())
        }
        None => (row.content_hash.clone(), row.bytes),
    };
    let (new, was) = (&hash, row);
    let written = desk.write("cleanPicture", |tx| async move {
        let update = attachment::Entity::update_many()
            .col_expr(attachment::Column::ContentHash, Expr::value(new.clone()))
            .col_expr(attachment::Column::Bytes, Expr::value(bytes))
            .col_expr(attachment::Column::IsBare, Expr::value(true))
            .filter(attachment::Column::Id.eq(was.id))
            .filter(attachment::Column::IsBare.eq(false));
        if update.exec(&tx.connection).await?.rows_affected > 0 && *new != was.content_hash {
            let text = |bytes: Option<i64>| bytes.map(|bytes| bytes.to_string());
            let changes = Changes::default().field("bytes", text(was.bytes), text(bytes));
            tx.audit((Table::Attachment, was.id), None, &changes);
        }
        Ok(())
    });
    written.await?.map_err(|_| Error::Internal("the clock was refused".into()))?;
    // A sweep may have found nothing that points at it just before there was.
    if let (Some(content), Some(hash)) = (bare, &hash)
        && !store.has(hash).await.map_err(failed)?
    {
        storage::put(store, content.into()).await.map_err(failed)?;
    }
    Ok(())
}

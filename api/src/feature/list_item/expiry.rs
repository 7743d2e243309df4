//! Expiry (过期): what the clock does to items whose time to be claimed has passed.

use entity::list_item::{self, ListItemStatus};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::kernel::error::{Error, Result};
use crate::kernel::global_id::Table;
use crate::kernel::refusal::Stop;
use crate::kernel::tally::{Tally, limited};
use crate::kernel::write::{Changes, Desk, Tx};

/// How many items one transaction lets expire: it holds them until it is done, and claims of them wait.
const BATCH: u64 = 100;

/// Lets published items expire whose deadline to claim, or the end of whose window, has passed: at most so many, and answers with
/// how many. Several servers may do it at once: each item expires once.
///
/// # Errors
/// Where the database fails, or some of the items cannot be moved; the others are, then.
pub async fn expire_due(desk: &Desk, most: u64) -> Result<u64> {
    let (mut tally, mut expired) = (Tally::default(), 0);
    for column in [list_item::Column::ClaimBy, list_item::Column::AvailableUntil] {
        // Those that failed are passed over: they stand first, since they were due first.
        let mut failed = 0;
        while expired < most {
            let size = std::cmp::min(BATCH, most - expired);
            let (found, done) = match expire_some(desk, column, failed, size).await {
                Ok(counts) => counts,
                Err(error) if error.is_outage() => return Err(error),
                // One of them stops all that share its transaction: each gets one of its own.
                Err(_) => {
                    let alone = one_by_one(desk, column, failed, size).await;
                    failed += alone.errors.len() as u64;
                    alone.errors.into_iter().for_each(|error| tally.add(Err(error)));
                    (alone.found, alone.done)
                }
            };
            expired += done;
            if tally.is_over() || found < size {
                break;
            }
        }
    }
    tally.add(Ok(expired));
    tally.sum()
}

/// What came of items that were moved each on its own.
#[derive(Default)]
struct Alone {
    found: u64,
    done: u64,
    errors: Vec<Error>,
}

async fn one_by_one(desk: &Desk, column: list_item::Column, skip: u64, size: u64) -> Alone {
    let mut alone = Alone { found: size, ..Alone::default() };
    for number in 0..size {
        match expire_some(desk, column, skip + alone.errors.len() as u64, 1).await {
            Ok((0, _)) => {
                alone.found = number;
                break;
            }
            Ok((_, done)) => alone.done += done,
            Err(error) => {
                let is_over = error.is_outage();
                alone.errors.push(error);
                if is_over {
                    break;
                }
            }
        }
    }
    alone
}

/// In one transaction: how many were found due, and how many of them nobody else had moved meanwhile.
async fn expire_some(desk: &Desk, column: list_item::Column, skip: u64, size: u64) -> Result<(u64, u64)> {
    let written = desk.write("expireListItem", |tx| async move { expire_found(&tx, column, skip, size).await });
    limited(written).await?.map_err(|_| Error::Internal("the clock was refused".into()))
}

async fn expire_found(tx: &Tx, column: list_item::Column, skip: u64, size: u64) -> Result<(u64, u64), Stop> {
    let mut due = list_item::Entity::find()
        .filter(list_item::Column::Status.eq(ListItemStatus::Published))
        .filter(column.lt(tx.now))
        .order_by_asc(column)
        .order_by_asc(list_item::Column::Id)
        .offset(skip)
        .limit(size)
        .all(&tx.connection)
        .await?;
    // In the order of their keys, so that two servers never wait for each other crosswise.
    due.sort_by_key(|item| item.id);
    let found = due.len() as u64;
    let mut done = 0;
    for item in due {
        if expire(tx, &item).await? {
            done += 1;
        }
    }
    Ok((found, done))
}

async fn expire(tx: &Tx, item: &list_item::Model) -> Result<bool, Stop> {
    let due =
        Condition::any().add(list_item::Column::ClaimBy.lt(tx.now)).add(list_item::Column::AvailableUntil.lt(tx.now));
    let expired = list_item::Entity::update_many()
        .col_expr(list_item::Column::Status, Expr::value(ListItemStatus::Expired))
        .col_expr(list_item::Column::Version, Expr::col(list_item::Column::Version).add(1))
        .col_expr(list_item::Column::UpdatedAt, Expr::value(tx.now))
        .filter(list_item::Column::Id.eq(item.id))
        .filter(list_item::Column::Status.eq(ListItemStatus::Published))
        .filter(due)
        .exec(&tx.connection)
        .await?;
    if expired.rows_affected == 0 {
        return Ok(false);
    }
    let word = |status: ListItemStatus| Some(status.word());
    let changed = Changes::default().field("status", word(ListItemStatus::Published), word(ListItemStatus::Expired));
    tx.audit((Table::ListItem, item.id), Some(item.owner_id), &changed);
    tx.tell((Table::ListItem, item.id), None);
    Ok(true)
}

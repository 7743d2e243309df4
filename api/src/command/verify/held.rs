//! What is held of each item, worked out again from its claims.

use entity::claim::ClaimStatus;
use entity::list_item::ResourceForm;
use sea_orm::prelude::Uuid;
use sea_orm::{ConnectionTrait, DbErr, QueryResult, Statement};

use super::verdict::{Breach, Check};
use crate::database::Transaction;
use crate::feature::claim::quantity;

pub(super) const NAME: &str = "what is held of an item is what its claims hold";

const SQL: &str = "SELECT i.id, i.title, i.held, i.form, c.status, c.quantity, c.delivered_quantity
    FROM list_item i LEFT JOIN claim c ON c.item_id = i.id ORDER BY i.id";

struct Item {
    id: Uuid,
    title: String,
    held: i64,
    by_claims: i64,
}

/// Adds up what the claims of each item hold, item by item, by the same rule that writes go by.
pub(super) async fn check(db: &Transaction) -> Result<Check, DbErr> {
    let mut check = Check { name: NAME, ..Check::default() };
    let mut current: Option<Item> = None;
    let statement = Statement::from_string(db.get_database_backend(), SQL);
    let rows = db.each_row(statement, |row| {
        let id = row.try_get_by_index(0)?;
        if current.as_ref().is_none_or(|item| item.id != id) {
            let (title, held) = (row.try_get_by_index(1)?, row.try_get_by_index(2)?);
            close(current.replace(Item { id, title, held, by_claims: 0 }), &mut check);
        }
        if let Some(item) = &mut current {
            item.by_claims += held(&row)?;
        }
        Ok::<_, DbErr>(())
    });
    rows.await?;
    close(current, &mut check);
    Ok(check)
}

/// What the claim in `row` holds; nothing where the item has none.
fn held(row: &QueryResult) -> Result<i64, DbErr> {
    let Some(status) = row.try_get_by_index::<Option<ClaimStatus>>(4)? else { return Ok(0) };
    let form: Option<ResourceForm> = row.try_get_by_index(3)?;
    Ok(quantity::held(status, form, row.try_get_by_index(5)?, row.try_get_by_index(6)?).into())
}

fn close(item: Option<Item>, check: &mut Check) {
    let Some(item) = item else { return };
    check.rows += 1;
    if item.held != item.by_claims {
        check.add(Breach {
            table: "list_item",
            key: item.id,
            handle: item.title,
            wrong: "held is not what its claims hold",
            expected: item.by_claims.to_string(),
            found: item.held.to_string(),
        });
    }
}

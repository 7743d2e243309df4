//! What claims hold of an item: taken and given back in one statement, so that whoever else tries, no more is held than there is.

use entity::list_item::{self, ListItemStatus};
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter};

use crate::kernel::refusal::Stop;
use crate::kernel::write::Tx;

/// From what an item is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum While {
    /// While it takes claims.
    Open,
    /// However it stands.
    Any,
}

/// Holds so many more of an item, or fewer; false where it has not as many, or does not take claims any more. Items come before claims: two
/// writers never wait for each other crosswise.
pub(super) async fn hold(tx: &Tx, item: Uuid, more: i64, when: While) -> Result<bool, Stop> {
    use list_item::Column::{AvailableUntil, ClaimBy, Held, Id, Quantity, Status, UpdatedAt, Version};
    let held = Expr::col(Held).add(more);
    let mut update = list_item::Entity::update_many()
        .col_expr(Held, held.clone())
        .col_expr(Version, Expr::col(Version).add(1))
        .col_expr(UpdatedAt, Expr::value(tx.now))
        .filter(Id.eq(item));
    if when == While::Open {
        let still = |column: list_item::Column| Condition::any().add(column.is_null()).add(column.gte(tx.now));
        update =
            update.filter(Status.eq(ListItemStatus::Published)).filter(still(ClaimBy)).filter(still(AvailableUntil));
    }
    // Where less is held, that there was as much; where more is, that there is as much.
    let update = if more < 0 {
        update.filter(held.gte(0))
    } else {
        update.filter(Condition::any().add(Quantity.is_null()).add(held.lte(Expr::col(Quantity))))
    };
    Ok(update.exec(&tx.connection).await?.rows_affected > 0)
}

//! Demo data that a person believes, the same from the same seed and day.
//!
//! A load is one transaction: it is there whole, or not at all.

mod accounts;
mod attachments;
mod bulk;
mod check_ins;
mod claims;
mod course;
mod dice;
mod items;
mod moment;
mod parties;
mod place;
mod rows;
mod scale;
mod sides;
mod story;
mod times;
mod vocabulary;
mod write;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use entity::{category, party};
use sea_orm::prelude::Uuid;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter};

use crate::database::{Database, Transaction};
use crate::kernel::error::{Error, Result};

pub use accounts::PASSWORD;
pub use rows::Summary;
pub use scale::Scale;

use bulk::{Aside, Settings};
use story::Story;

/// What to load.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How much.
    pub scale: Scale,
    /// What chance starts from: the same seed twice gives the same rows.
    pub seed: u64,
    /// The day on which it all stands as it does: nothing has happened on it yet.
    pub as_of: NaiveDate,
}

/// How far a load has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// List items written so far, with all that hangs on them.
    pub items: usize,
    /// List items that there will be.
    pub of: usize,
}

/// Loads demo data into a migrated database that holds no party yet. Nothing of it falls due within a day of `as_of`.
///
/// # Errors
/// Where the database holds parties, lacks the default categories, or fails; nothing is written then.
pub async fn load(db: &Database, options: &Options, progress: impl FnMut(Progress)) -> Result<Summary> {
    let settings = Settings::for_load(&db.writer).await?;
    let loaded = load_whole(db, options, progress).await;
    settings.restore(&db.writer).await?;
    loaded
}

async fn load_whole(db: &Database, options: &Options, mut progress: impl FnMut(Progress)) -> Result<Summary> {
    let tx = db.writer.begin().await?;
    refuse_unless_empty(&tx).await?;
    let default_tree = default_tree(&tx).await?;
    let aside = Aside::set(&tx).await?;
    let (mut summary, of) = (Summary::default(), options.scale.plan().items);
    for mut rows in Story::new(options, &default_tree) {
        accounts::leave_out_taken(&tx, &mut rows).await?;
        summary.add(&rows);
        write::rows(&tx, rows).await?;
        progress(Progress { items: summary.items, of });
    }
    aside.put_back(&tx).await?;
    tx.commit().await?;
    // Until the planner knows how much there is now, it plans for an empty database.
    db.writer.execute_unprepared("ANALYZE").await?;
    Ok(summary)
}

async fn refuse_unless_empty(tx: &Transaction) -> Result<()> {
    match party::Entity::find().count(tx).await? {
        0 => Ok(()),
        parties => Err(Error::BadRequest(format!(
            "this database already holds {parties} parties; demo data only goes into an empty one"
        ))),
    }
}

async fn default_tree(tx: &Transaction) -> Result<BTreeMap<String, Uuid>> {
    let categories = category::Entity::find().filter(category::Column::AreaId.is_null()).all(tx).await?;
    let tree: BTreeMap<_, _> = categories.into_iter().map(|category| (category.code, category.id)).collect();
    match vocabulary::categories().find(|code| !tree.contains_key(*code)) {
        Some(code) => Err(Error::BadRequest(format!("the default categories lack {code}, which demo data needs"))),
        None => Ok(tree),
    }
}

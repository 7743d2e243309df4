//! How often a sign-in may fail: on one account from one network, on one account from everywhere, and from one network, counted in
//! the database, so that it holds on every server and after a restart.
//!
//! An attempt counts as failed until it succeeds: a hundred guesses sent at once count as a hundred. Where a stranger guesses, the
//! owner still gets in from elsewhere; and where many strangers do, from wherever they got in of late.

use entity::sign_in_failure::{Column, Entity};
use entity::{Timestamp, session, sign_in_failure};
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, OnConflict, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use super::token::SigningKey;
use crate::kernel::caller::Caller;
use crate::kernel::error::{Error, Result};
use crate::kernel::refusal::Stop;
use crate::kernel::write::{Desk, Tx};

/// For how long failures are counted together, in milliseconds, and for how long a network is known in which somebody signed in.
const WINDOW: i64 = 15 * 60_000;
const KNOWN: i64 = 30 * 24 * 3_600_000;

/// How often sign-ins may fail within a quarter of an hour.
#[derive(Clone, Copy, Debug)]
pub struct Throttle {
    /// On one account from one network.
    pub of_account_from_network: i32,
    /// On one account from all networks in which nobody signed in to it of late.
    pub of_account: i32,
    /// From one network, behind which a whole office may sit.
    pub of_network: i32,
    /// Whether attempts from this machine itself are not counted.
    pub spares_loopback: bool,
}

impl Default for Throttle {
    fn default() -> Self {
        Self { of_account_from_network: 10, of_account: 100, of_network: 50, spares_loopback: true }
    }
}

/// One attempt, under the names by which it was counted. The database keeps them hashed under the servers' key: people type
/// passwords where their names should be.
#[derive(Clone, Debug, Default)]
pub struct Attempt {
    from_network: Option<String>,
    others: Vec<String>,
}

impl Throttle {
    /// Counts an attempt as failed, for the time being: a caller's, on a name, which is this account's where it is anybody's.
    ///
    /// # Errors
    /// `RATE_LIMITED` where there were too many; this one does not count then.
    pub async fn count(
        &self,
        tx: &Tx,
        key: &SigningKey,
        caller: &Caller,
        (username, account): (&str, Option<Uuid>),
    ) -> Result<Attempt, Stop> {
        if self.spares_loopback && caller.is_local {
            return Ok(Attempt::default());
        }
        let network = network(key, caller);
        let of_account = key.fingerprint(&format!("account {username}"));
        let from_network =
            key.fingerprint(&format!("account {username} from {}", network.as_deref().unwrap_or("here")));
        let mut others = Vec::new();
        // Always in this order, so that two attempts never wait for each other.
        check(tx, &from_network, self.of_account_from_network).await?;
        if !is_known(tx, account, network.as_deref()).await? {
            check(tx, &of_account, self.of_account).await?;
            others.push(of_account);
        }
        if let Some(network) = network {
            check(tx, &network, self.of_network).await?;
            others.push(network);
        }
        Ok(Attempt { from_network: Some(from_network), others })
    }
}

/// The network that a caller asks from, hashed under the servers' key; none for a caller in this very process.
#[must_use]
pub fn network(key: &SigningKey, caller: &Caller) -> Option<String> {
    caller.network().map(|network| key.fingerprint(&format!("network {network}")))
}

impl Attempt {
    /// Takes a count back, of an attempt that succeeded. On its account and from its network, counting begins anew.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn succeeded(&self, tx: &Tx) -> Result<(), Stop> {
        let Some(from_network) = &self.from_network else { return Ok(()) };
        Entity::delete_by_id(from_network.clone()).exec(&tx.connection).await?;
        for subject in &self.others {
            take_back(tx, subject).await?;
        }
        // Whoever signs in sweeps a little: what is older than the window counts for nothing.
        Entity::delete_many().filter(Column::Since.lte(tx.now.plus(-WINDOW))).exec(&tx.connection).await?;
        Ok(())
    }

    /// Has the attempt judged, whether the password is right. Where nobody had the time to, it does not count.
    ///
    /// # Errors
    /// As the judge, and where the database fails.
    pub async fn judge(&self, desk: &Desk, judge: impl Future<Output = Result<bool>>) -> Result<bool> {
        let judged = judge.await;
        if judged.is_err() {
            let taken_back = desk.write("signIn", |tx| async move {
                for subject in self.from_network.iter().chain(&self.others) {
                    take_back(&tx, subject).await?;
                }
                Ok(())
            });
            // Why it could not be judged is the better answer.
            if let Err(error) = taken_back.await {
                tracing::error!(%error, "An attempt that was not judged stays counted");
            }
        }
        judged
    }
}

/// Whether somebody signed in to the account from this network of late.
async fn is_known(tx: &Tx, account: Option<Uuid>, network: Option<&str>) -> Result<bool, Stop> {
    let Some(network) = network else { return Ok(false) };
    // Nobody's account is looked for as anybody's would be: it must not be told by the time that takes.
    let sessions = session::Entity::find()
        .filter(session::Column::AccountId.eq(account.unwrap_or_default()))
        .filter(session::Column::Network.eq(network))
        .filter(session::Column::CreatedAt.gt(tx.now.plus(-KNOWN)));
    Ok(sessions.one(&tx.connection).await?.is_some())
}

/// Counts one more failure, where that is not too many.
async fn check(tx: &Tx, subject: &str, most: i32) -> Result<(), Stop> {
    let counted = count(tx, subject).await?;
    if counted.failures <= most {
        return Ok(());
    }
    let left = counted.since.plus(WINDOW).milliseconds() - tx.now.milliseconds();
    let seconds = u64::try_from(left).unwrap_or(0).div_ceil(1_000);
    Err(Error::RateLimited { seconds }.into())
}

/// One failure less.
async fn take_back(tx: &Tx, subject: &str) -> Result<(), Stop> {
    let one_less = Entity::update_many()
        .col_expr(Column::Failures, Expr::col(Column::Failures).sub(1))
        .filter(Column::Subject.eq(subject))
        .filter(Column::Failures.gt(1));
    if one_less.exec(&tx.connection).await?.rows_affected == 0 {
        let last = Entity::delete_many().filter(Column::Subject.eq(subject)).filter(Column::Failures.lte(1));
        last.exec(&tx.connection).await?;
    }
    Ok(())
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

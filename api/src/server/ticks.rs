//! What happens by itself as time passes: claims that nobody answered expire, and what is of no more use is swept away.

use std::time::Duration;

use entity::audit_entry::AuditSource;
use entity::{idempotency_key, outbox, refresh_token, session, sign_in_failure};
use sea_orm::{ColumnTrait, DbErr, DeleteResult, EntityTrait, QueryFilter};

use crate::feature::attachment::cleaning::clean_kept;
use crate::feature::attachment::files::sweep_orphans;
use crate::feature::claim::clock;
use crate::feature::list_item::expiry::expire_due;
use crate::kernel::error::{Error, Result};
use crate::kernel::once::REMEMBERED;
use crate::kernel::tally::Tally;
use crate::kernel::write::Desk;
use crate::server::app::App;

/// How often. What is due is due to the minute at best.
pub const PERIOD: Duration = Duration::from_secs(20);
/// At every so many ticks what is of no more use is swept away: once an hour.
const SWEEP: u64 = 180;
/// How many of a kind a tick takes at most, so that writers get their turn between two ticks.
const MOST: u64 = 500;
/// How many pictures a tick leaves their pixels alone: each takes a core for a moment.
const MOST_PICTURES: u64 = 20;
/// How long what is over is kept, in milliseconds: a month.
const KEPT: i64 = 30 * 24 * 3_600_000;

/// How long all that is due may take, and how long a sweep: what is not done by then is due at the next.
const TICK_LIMIT: Duration = Duration::from_secs(60);
const SWEEP_LIMIT: Duration = Duration::from_secs(300);

/// Ticks until the process ends. Several servers may do so on one database: whatever is due is done once.
pub async fn run(app: App) {
    let mut ticks = tokio::time::interval(PERIOD);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let (mut reckoned, mut due, mut swept) = (Trouble::default(), Trouble::default(), Trouble::default());
    let mut is_reckoned = false;
    for number in 0_u64.. {
        ticks.tick().await;
        // Before anything expires by a date that no longer holds.
        if !is_reckoned {
            let told = "When claims are due could not be reckoned anew; the next tick tries again";
            let done = reckoned.see(told, within(SWEEP_LIMIT, reckon(&app)).await);
            is_reckoned = done.is_some();
            if let Some(done @ 1..) = done {
                tracing::info!(done, "Claims are due at another date by this calendar");
            }
        }
        let done = within(TICK_LIMIT, tick(&app)).await;
        if let Some(done @ 1..) = due.see("What is due could not all be done; the next tick tries again", done) {
            tracing::info!(done, "Did what was due");
        }
        if number % SWEEP == 0 {
            let told = "What is of no more use could not all be swept away; the next hour tries again";
            swept.see(told, within(SWEEP_LIMIT, sweep(&app)).await);
        }
    }
}

async fn within<T>(limit: Duration, work: impl Future<Output = Result<T>>) -> Result<T> {
    let late = |_| Err(Error::Internal(format!("it took longer than {} seconds", limit.as_secs())));
    tokio::time::timeout(limit, work).await.unwrap_or_else(late)
}

/// What went wrong the last time: a cause that stays is told once, and so is its end.
#[derive(Default)]
struct Trouble(Option<String>);

impl Trouble {
    fn see<T>(&mut self, told: &'static str, outcome: Result<T>) -> Option<T> {
        let cause = outcome.as_ref().err().map(ToString::to_string);
        match &cause {
            Some(error) if self.0.as_ref() != Some(error) => tracing::error!(error, "{told}"),
            None if self.0.is_some() => tracing::info!("The clock goes on as it should"),
            _ => {}
        }
        self.0 = cause;
        outcome.ok()
    }
}

/// Brings the dates by which claims are due in line with the rules of this server. How many it changed.
///
/// # Errors
/// Where the database fails.
pub async fn reckon(app: &App) -> Result<u64> {
    clock::reckon_due(&desk(app), &app.database().reader, app.rules()).await
}

fn desk(app: &App) -> Desk {
    Desk::of_server(app.database().writer.clone(), app.clock().clone(), AuditSource::Clock)
}

/// Does all that is due now. How many things it did, besides sweeping.
///
/// # Errors
/// Where the database fails, or some of it cannot be done; the rest is done all the same.
pub async fn tick(app: &App) -> Result<u64> {
    let desk = desk(app);
    let mut tally = Tally::default();
    tally.add(expire_due(&desk, MOST).await);
    tally.add(clock::take_due(&desk, &app.database().reader, app.rules(), MOST).await);
    if let Some(files) = app.files() {
        tally.add(clean_kept(&desk, &app.database().reader, files, MOST_PICTURES).await);
    }
    tally.sum()
}

/// Removes what nobody will ask for again.
///
/// # Errors
/// Where the database or the store of files fails; what else is of no use is removed all the same.
pub async fn sweep(app: &App) -> Result<()> {
    let (writer, now) = (&app.database().writer, app.clock().now());
    let (forgotten, old) = (now.plus(-REMEMBERED), now.plus(-KEPT));
    let keys = idempotency_key::Entity::delete_many().filter(idempotency_key::Column::CreatedAt.lte(forgotten));
    let failures = sign_in_failure::Entity::delete_many().filter(sign_in_failure::Column::Since.lt(forgotten));
    let changes = outbox::Entity::delete_many().filter(outbox::Column::At.lt(old));
    let tokens = refresh_token::Entity::delete_many().filter(refresh_token::Column::ExpiresAt.lt(old));
    let sessions = session::Entity::delete_many().filter(session::Column::ExpiresAt.lt(old));
    let mut tally = Tally::default();
    tally.add(removed(keys.exec(writer).await));
    tally.add(removed(failures.exec(writer).await));
    tally.add(removed(changes.exec(writer).await));
    // A session goes after its tokens.
    tally.add(removed(tokens.exec(writer).await));
    tally.add(removed(sessions.exec(writer).await));
    tally.add(sweep_orphans(&app.database().writer, app.clock(), app.files().map(AsRef::as_ref)).await.map(|_| 0));
    tally.sum().map(|_| ())
}

fn removed(outcome: Result<DeleteResult, DbErr>) -> Result<u64> {
    Ok(outcome?.rows_affected)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_that_stays_is_told_once() {
        let mut trouble = Trouble::default();
        let broken = || Err::<u64, _>(Error::Internal("broken".into()));
        assert_eq!(trouble.see("It failed", broken()), None);
        assert_eq!(trouble.0.as_deref(), Some("broken"));
        assert_eq!((trouble.see("It failed", broken()), trouble.see("It failed", Ok(3))), (None, Some(3)));
        assert_eq!(trouble.0, None);
    }
}

//! What happens by itself as time passes: claims that nobody answered expire, and what is of no more use is swept away.

use std::time::Duration;

use entity::audit_entry::AuditSource;
use entity::{idempotency_key, outbox, refresh_token, session, sign_in_failure};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::app::App;
use crate::attachment::files::sweep_orphans;
use crate::claim::clock;
use crate::kernel::error::Result;
use crate::kernel::once::REMEMBERED;
use crate::kernel::write::Desk;
use crate::list_item::expiry::expire_due;

/// How often. What is due is due to the minute at best.
pub const PERIOD: Duration = Duration::from_secs(20);
/// At every so many ticks what is of no more use is swept away: once an hour.
const SWEEP: u64 = 180;
/// How many of a kind a tick takes at most, so that writers get their turn between two ticks.
const MOST: u64 = 500;
/// How long what is over is kept, in milliseconds: a month.
const KEPT: i64 = 30 * 24 * 3_600_000;

/// Ticks until the process ends. Several servers may do so on one database: whatever is due is done once.
pub async fn run(app: App) {
    let mut ticks = tokio::time::interval(PERIOD);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    for number in 0_u64.. {
        ticks.tick().await;
        match tick(&app).await {
            Ok(0) => {}
            Ok(done) => tracing::info!(done, "Did what was due"),
            Err(error) => tracing::error!(%error, "What is due could not be done; the next tick tries again"),
        }
        if number % SWEEP == 0
            && let Err(error) = sweep(&app).await
        {
            tracing::error!(%error, "What is of no more use could not be swept away; the next hour tries again");
        }
    }
}

/// Does all that is due now. How many things it did, besides sweeping.
///
/// # Errors
/// Where the database fails; what was done by then stays.
pub async fn tick(app: &App) -> Result<u64> {
    let desk = Desk::of_server(app.database().writer.clone(), app.clock().clone(), AuditSource::Clock);
    let expired = expire_due(&desk, MOST).await?;
    let taken = clock::take_due(&desk, &app.database().reader, app.rules(), MOST).await?;
    Ok(expired + taken)
}

/// Removes what nobody will ask for again.
///
/// # Errors
/// Where the database or the store of files fails; what was removed by then is gone.
pub async fn sweep(app: &App) -> Result<()> {
    let (writer, now) = (&app.database().writer, app.clock().now());
    let (forgotten, old) = (now.plus(-REMEMBERED), now.plus(-KEPT));
    idempotency_key::Entity::delete_many()
        .filter(idempotency_key::Column::CreatedAt.lte(forgotten))
        .exec(writer)
        .await?;
    sign_in_failure::Entity::delete_many().filter(sign_in_failure::Column::Since.lt(forgotten)).exec(writer).await?;
    outbox::Entity::delete_many().filter(outbox::Column::At.lt(old)).exec(writer).await?;
    refresh_token::Entity::delete_many().filter(refresh_token::Column::ExpiresAt.lt(old)).exec(writer).await?;
    session::Entity::delete_many().filter(session::Column::ExpiresAt.lt(old)).exec(writer).await?;
    sweep_orphans(app).await?;
    Ok(())
}

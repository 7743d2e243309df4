//! `cobuild serve`: the API, until it is told to stop.

use std::process::ExitCode;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use super::terminal::say;
use super::{Failure, connect_migrated, demo};
use crate::app::App;
use crate::config::{Demo, Settings, USUAL_DATABASE};
use crate::database::Database;
use crate::http::{self, Door};
use crate::kernel::clock::Clock;

pub(super) async fn serve(settings: &Settings) -> Result<ExitCode, Failure> {
    let database = connect_migrated(settings).await?;
    if settings.database_url.is_none() && !database.has_parties().await? {
        say(&format!("First start: loading a demo district into {USUAL_DATABASE} …"));
        demo::load(&database, &Demo::default()).await?;
    }
    // Steps of the tables and demo data may take their time; from here on, a statement may not.
    database.close().await?;
    let url = settings.database_url.as_deref().unwrap_or(USUAL_DATABASE);
    let database = Database::connect_bounded(url, settings.statement_timeout.duration()).await?;
    let listener = TcpListener::bind(settings.listen).await;
    let listener = listener.map_err(|error| format!("cannot listen on {}: {error}", settings.listen))?;
    let address = listener.local_addr()?;
    say(&format!(
        "Cobuild is listening.\n  click   http://{address}/\n  try     http://{address}/graphiql\n  \
         or      curl -s http://{address}/graphql -H 'content-type: application/json' -d '{{\"query\":\"{{ communities {{ totalCount }} }}\"}}'\n\
         Ctrl-C stops it."
    ));
    let stop = stop()?;
    let app = App::new(database.clone(), Clock::System, settings.budget);
    let door = Arc::new(Door::new(app, settings.front.clone())?);
    http::serve(listener, door, settings.connections, stop).await;
    database.close().await?;
    tracing::info!("Stopped");
    Ok(ExitCode::SUCCESS)
}

/// Ends when the process is told to: Ctrl-C or SIGTERM.
fn stop() -> Result<impl Future<Output = ()> + Send + 'static, Failure> {
    let mut terminated = signal(SignalKind::terminate())?;
    let mut interrupted = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminated.recv() => {}
            _ = interrupted.recv() => {}
        }
        tracing::info!("Stopping: requests under way are finished first");
    })
}

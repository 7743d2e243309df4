//! `cobuild serve`: the API, until it is told to stop.

use std::process::ExitCode;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use super::terminal::say;
use super::{Failure, connect_migrated, demo};
use crate::app::App;
use crate::attachment::files::Files;
use crate::config::{Demo, Settings, USUAL_DATABASE};
use crate::http::{self, Door};
use crate::kernel::clock::Clock;
use crate::storage::Folder;

pub(super) async fn serve(settings: &Settings) -> Result<ExitCode, Failure> {
    let database = connect_migrated(settings).await?;
    if settings.database_url.is_none() && !database.has_parties().await? {
        say(&format!("First start: loading a demo district into {USUAL_DATABASE} …"));
        demo::load(&database, &Demo::default()).await?;
    }
    let listener = TcpListener::bind(settings.listen).await;
    let listener = listener.map_err(|error| format!("cannot listen on {}: {error}", settings.listen))?;
    let address = listener.local_addr()?;
    say(&format!(
        "Cobuild is listening.\n  click   http://{address}/\n  try     http://{address}/graphiql\n  \
         or      curl -s http://{address}/graphql -H 'content-type: application/json' -d '{{\"query\":\"{{ communities {{ totalCount }} }}\"}}'\n\
         Ctrl-C stops it."
    ));
    let stop = stop()?;
    let folder = settings.files_folder();
    let storage = Folder::open(folder.clone()).map_err(|error| format!("{}: {error}", folder.display()))?;
    let files = Files::new(Arc::new(storage), settings.budget.file_bytes);
    let app = App::new(database.clone(), Clock::System, settings.budget).with_files(files);
    let door = Arc::new(Door::new(app, settings.front.clone()));
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

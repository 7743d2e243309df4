//! `cobuild serve`: the API, until it is told to stop.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use entity::account;
use entity::audit_entry::AuditSource;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use tokio::net::TcpListener;

use super::terminal::announce;
use super::{Failure, connect_bounded, connect_migrated, demo, gate, signals};
use crate::access::account::outside;
use crate::command::arguments::Demo;
use crate::command::demo::PASSWORD as DEMO_PASSWORD;
use crate::database::{Database, ServerLock};
use crate::feature::attachment::files::Files;
use crate::feature::claim::calendar::{Calendar, Rules};
use crate::kernel::clock::Clock;
use crate::kernel::write::Desk;
use crate::server::app::App;
use crate::server::config::{Budget, Claims, Settings, Switch, USUAL_DATABASE};
use crate::server::http::{self, Door};
use crate::server::ticks;
use crate::storage::Folder;

pub(super) async fn serve(settings: &Settings) -> Result<ExitCode, Failure> {
    let url = settings.database_url.as_deref().unwrap_or(USUAL_DATABASE);
    let _alone = ServerLock::take(url)?;
    let gate = gate::gate(settings).await?;
    let database = connect_migrated(settings).await?;
    if settings.database_url.is_none() && !database.has_parties().await? {
        announce(&format!("First start: loading a demo district into {USUAL_DATABASE} …"));
        demo::load(&database, &Demo::default()).await?;
    }
    // Steps of the tables and demo data may take their time; from here on, a statement may not.
    database.close().await?;
    let database = connect_bounded(settings).await?;
    if let Some(issuer) = &gate.issuer {
        let desk = Desk::of_server(database.writer.clone(), Clock::System, AuditSource::CommandLine);
        outside::adopt(&database.reader, &desk, issuer.name()).await?;
    }
    // The address that people will click on is this machine's own, and asking there is asking from here.
    let is_here_alone = settings.listen.ip().is_loopback() && settings.front.trusted_proxies.is_empty();
    let demo_accounts = demo_accounts(&database, gate.admits_demo || is_here_alone).await?;
    let app = App::new(database.clone(), Clock::System, settings.budget).with_gate(gate);
    let app = app.with_slow_statement(settings.slow_statement.duration());
    let app = app.with_rules(rules(&settings.claims)?).with_files(files(settings)?);
    let ticking = tokio::spawn(ticks::run(app.clone()));
    let door = Arc::new(Door::new(app, settings.front.clone())?);
    let listener = TcpListener::bind(settings.listen).await;
    let listener = listener.map_err(|error| format!("cannot listen on {}: {error}", settings.listen))?;
    // Whoever reads where it listens may tell it to stop at once.
    let (stop, insist) = (signals::told(1)?, signals::told(2)?);
    greet(listener.local_addr()?, settings.front.graphiql, &demo_accounts);
    tokio::select! {
        () = http::serve(listener, door, settings.connections, stop) => {}
        () = insist => {
            tracing::warn!("Stopped at once, whatever was under way");
            return Ok(ExitCode::FAILURE);
        }
    }
    ticking.abort();
    database.close().await?;
    tracing::info!("Stopped");
    Ok(ExitCode::SUCCESS)
}

/// Where files that are sent in are kept.
fn files(settings: &Settings) -> Result<Files, Failure> {
    let folder = settings.files_folder();
    let storage = Folder::open(folder.clone()).map_err(|error| format!("{}: {error}", folder.display()))?;
    let Budget { file_bytes, file_bytes_a_day, .. } = settings.budget;
    Ok(Files::new(Arc::new(storage), file_bytes, file_bytes_a_day))
}

/// How far ahead the calendar should know its days: about as far as dates are reckoned.
const DAYS_AHEAD: u64 = 45;

/// The rules of claims, as configured.
fn rules(claims: &Claims) -> Result<Rules, Failure> {
    let calendar = match &claims.calendar {
        None => Calendar::default(),
        Some(path) => {
            let told = |fault: String| format!("cannot read the calendar {}: {fault}", path.display());
            let table = std::fs::read_to_string(path).map_err(|error| told(error.to_string()))?;
            let calendar = Calendar::read(&table).map_err(told)?;
            for year in calendar.years_without_days(Clock::System.now().day(), DAYS_AHEAD) {
                tracing::warn!(year, calendar = %path.display(), "The calendar has no day of this year: its holidays count as worked");
            }
            calendar
        }
    };
    let days_to_confirm = (claims.days_to_confirm > 0).then_some(claims.days_to_confirm);
    let Claims { days_to_answer, days_to_deliver, days_to_correct, .. } = *claims;
    Ok(Rules { days_to_answer, days_to_deliver, days_to_confirm, days_to_correct, calendar })
}

/// Says where it is, and what to do there.
fn greet(address: SocketAddr, graphiql: Switch, demo_accounts: &str) {
    let graphiql = if graphiql.is_on() { format!("\n  try     http://{address}/graphiql") } else { String::new() };
    announce(&format!(
        "Cobuild is listening.\n  click   http://{address}/{graphiql}\n  \
         or      curl -s http://{address}/graphql -H 'content-type: application/json' -d '{{\"query\":\"{{ communities {{ totalCount }} }}\"}}'{demo_accounts}\n\
         Ctrl-C stops it."
    ));
}

/// Who may be signed in as, where the demo data is loaded.
async fn demo_accounts(database: &Database, admits_demo: bool) -> Result<String, Failure> {
    let accounts = account::Entity::find()
        .filter(account::Column::IsDemo.eq(true))
        .filter(account::Column::IsDisabled.eq(false))
        .order_by_asc(account::Column::Id);
    let accounts = accounts.all(&database.reader).await?;
    let names: Vec<&str> = accounts.iter().map(|account| account.username.as_str()).collect();
    Ok(match admits_demo {
        _ if names.is_empty() => String::new(),
        true => format!("\n  sign in as {}, password {DEMO_PASSWORD}", names.join(", ")),
        false => "\n  The demo accounts are shut out, since more than this machine can reach the server: they sign in on this \
                  machine alone, and by no proxy. COBUILD_DEMO_ACCOUNTS=1 lets them in."
            .into(),
    })
}

//! `cobuild demo`: a district that does not exist.

use std::process::ExitCode;

use super::terminal::{announce, progress};
use super::{Failure, connect_migrated};
use crate::command::arguments::Demo;
use crate::command::demo;
use crate::database::Database;
use crate::kernel::clock::Clock;
use crate::server::config::Settings;

pub(super) async fn demo(settings: &Settings, demo: &Demo) -> Result<ExitCode, Failure> {
    let database = connect_migrated(settings).await?;
    load(&database, demo).await?;
    database.close().await?;
    Ok(ExitCode::SUCCESS)
}

/// Loads the demo data and says what there is now.
pub(super) async fn load(database: &Database, demo: &Demo) -> Result<(), Failure> {
    let as_of = demo.as_of.unwrap_or_else(|| Clock::System.now().day());
    let bar = progress();
    bar.set_message("list items");
    let options = demo::Options { scale: demo.scale, seed: demo.seed, as_of };
    let loaded = demo::load(database, &options, |progress| {
        bar.set_length(progress.of as u64);
        bar.set_position(progress.items as u64);
    });
    let there = loaded.await?;
    bar.finish_and_clear();
    announce(&format!(
        "Loaded as of {as_of}: {} areas, {} parties, {} check-ins, {} list items, {} claims, {} events",
        there.areas, there.parties, there.check_ins, there.items, there.claims, there.events
    ));
    Ok(())
}

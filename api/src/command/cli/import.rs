//! `cobuild import`: data from outside.

use std::path::PathBuf;
use std::process::ExitCode;

use super::terminal::{complain, progress, say};
use super::{Failure, connect_migrated};
use crate::command::division::{self, Report};
use crate::kernel::clock::Clock;
use crate::server::config::Settings;

pub(super) async fn divisions(settings: &Settings, paths: &[PathBuf]) -> Result<ExitCode, Failure> {
    let database = connect_migrated(settings).await?;
    let bar = progress();
    let report = division::import(&database, paths, Clock::System.now(), |progress| {
        let file = progress.file.file_name().unwrap_or_default().to_string_lossy();
        bar.set_message(format!("{file} ({} rows)", progress.rows));
        bar.set_length(progress.size);
        bar.set_position(progress.bytes);
    });
    let report = report.await?;
    bar.finish_and_clear();
    database.close().await?;
    Ok(tell(&report))
}

/// Bad rows go to standard error, each where it stands; then one line says what was done.
fn tell(report: &Report) -> ExitCode {
    report.bad.iter().for_each(|row| complain(&row.to_string()));
    let untold = report.bad_total.saturating_sub(report.bad.len() as u64);
    if untold > 0 {
        complain(&format!("and {untold} more bad rows"));
    }
    say(&format!(
        "{} new, {} changed, {} same, {} gone but kept ({} ended now), {} bad",
        report.new, report.changed, report.same, report.gone, report.ended, report.bad_total
    ));
    if report.bad_total == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

//! `cobuild verify`: every invariant, on the database at hand.

use std::process::ExitCode;

use super::terminal::{complain, progress, say};
use super::{Failure, connect_existing, require_current};
use crate::command::verify;
use crate::server::config::Settings;

pub(super) async fn verify(settings: &Settings) -> Result<ExitCode, Failure> {
    let database = connect_existing(settings).await?;
    require_current(&database).await?;
    let bar = progress();
    let verdict = verify::verify(&database, |step| {
        bar.set_message(step.name);
        bar.set_length(step.of as u64);
        bar.set_position(step.done as u64);
    });
    let verdict = verdict.await?;
    bar.finish_and_clear();
    database.close().await?;
    for check in &verdict.checks {
        say(&format!("{} {} ({} rows)", if check.total == 0 { "holds " } else { "BROKEN" }, check.name, check.rows));
        check.breaches.iter().for_each(|breach| complain(&breach.to_string()));
        let untold = check.total.saturating_sub(check.breaches.len() as u64);
        if untold > 0 {
            complain(&format!("and {untold} more"));
        }
    }
    verdict.twins.iter().for_each(|twins| say(&format!("note   {twins}")));
    if verdict.holds() {
        say(&format!("All {} checks hold.", verdict.checks.len()));
        return Ok(ExitCode::SUCCESS);
    }
    say(&format!("{} breaches.", verdict.total()));
    Ok(ExitCode::FAILURE)
}

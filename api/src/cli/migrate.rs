//! `cobuild migrate`: the database's tables, step by step.

use std::process::ExitCode;

use super::terminal::say;
use super::{Failure, connect, connect_existing};
use crate::config::{MigrateAction, Settings};

pub(super) async fn migrate(settings: &Settings, action: MigrateAction) -> Result<ExitCode, Failure> {
    let database = match action {
        MigrateAction::Up => connect(settings).await?,
        MigrateAction::Status => connect_existing(settings).await?,
    };
    let pending = database.steps().await?.iter().filter(|step| !step.is_applied).count();
    if matches!(action, MigrateAction::Up) {
        database.migrate().await?;
        say(&format!("{pending} steps run; the tables are up to date"));
        return Ok(ExitCode::SUCCESS);
    }
    for step in database.steps().await? {
        say(&format!("{} {}", if step.is_applied { "applied" } else { "pending" }, step.name));
    }
    say(&format!("{pending} steps to run"));
    Ok(ExitCode::SUCCESS)
}

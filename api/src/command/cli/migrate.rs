//! `cobuild migrate`: the database's tables, step by step.

use std::process::ExitCode;

use super::terminal::say;
use super::{Failure, connect, connect_existing};
use crate::command::arguments::MigrateAction;
use crate::server::config::Settings;

pub(super) async fn migrate(settings: &Settings, action: MigrateAction) -> Result<ExitCode, Failure> {
    let database = match action {
        MigrateAction::Up => connect(settings).await?,
        MigrateAction::Status => connect_existing(settings).await?,
    };
    match action {
        MigrateAction::Up => {
            let run = database.migrate().await?;
            say(&format!("{run} steps run; the tables are up to date"));
        }
        MigrateAction::Status => {
            let steps = database.steps().await?;
            for step in &steps {
                say(&format!("{} {}", if step.is_applied { "applied" } else { "pending" }, step.name));
            }
            say(&format!("{} steps to run", steps.iter().filter(|step| !step.is_applied).count()));
        }
    }
    database.close().await?;
    Ok(ExitCode::SUCCESS)
}

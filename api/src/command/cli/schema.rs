//! `cobuild schema`: the schema in GraphQL's own language.

use std::process::ExitCode;

use super::Failure;
use super::terminal::say;
use crate::server::app::{graph, schema_text};

pub(super) fn schema() -> Result<ExitCode, Failure> {
    say(schema_text(&graph()).trim_end());
    Ok(ExitCode::SUCCESS)
}

//! The binary: parse, dispatch, exit code.

use std::process::ExitCode;

use cobuild::{cli, config::Config};

#[tokio::main]
async fn main() -> ExitCode {
    cli::run(Config::read()).await
}

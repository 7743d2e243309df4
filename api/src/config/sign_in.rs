//! The settings of signing in: what signs tokens, how long they last, and who else may vouch for somebody.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;

use super::front::{Seconds, Switch};
use crate::account::issuer::Source;

/// What signs tokens, how long they last, and who else may vouch for somebody.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Signing in")]
pub struct SignIn {
    /// What signs access tokens: 32 characters or more, the same on all servers of a database [default on SQLite: made once
    /// and kept in a file beside the database]
    #[arg(long, env = "COBUILD_SIGNING_KEY", value_name = "KEY", hide_env_values = true, global = true)]
    pub signing_key: Option<String>,
    /// A file that holds it
    #[arg(long, env = "COBUILD_SIGNING_KEY_FILE", value_name = "FILE", global = true)]
    pub signing_key_file: Option<PathBuf>,
    /// Seconds for which an access token is good
    #[arg(long, env = "COBUILD_ACCESS_TOKEN_LIFETIME", value_name = "SECONDS", default_value_t = Seconds(900.0), global = true)]
    pub access_token_lifetime: Seconds,
    /// Sign-ins that may fail on one account within a quarter of an hour
    #[arg(long, env = "COBUILD_SIGN_IN_FAILURES", value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(i32).range(1..=10_000), global = true)]
    pub sign_in_failures: i32,
    /// Sign-ins that may fail from one address within a quarter of an hour
    #[arg(long, env = "COBUILD_SIGN_IN_FAILURES_OF_ADDRESS", value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(i32).range(1..=10_000), global = true)]
    pub sign_in_failures_of_address: i32,
    /// Whether accounts of the demo data are let in from anywhere; on the server's own machine, by no proxy, they always are
    #[arg(long, env = "COBUILD_DEMO_ACCOUNTS", default_value = "off", global = true)]
    pub demo_accounts: Switch,
    /// An identity provider whose tokens are taken, too: its name, as their `iss` says it
    #[arg(long, env = "COBUILD_OIDC_ISSUER", value_name = "NAME", global = true)]
    pub oidc_issuer: Option<String>,
    /// What that provider calls this server, as the tokens' `aud` says it
    #[arg(long, env = "COBUILD_OIDC_AUDIENCE", value_name = "NAME", global = true)]
    pub oidc_audience: Option<String>,
    /// Where that provider's keys are: a JWKS file, or its address
    #[arg(long, env = "COBUILD_OIDC_JWKS", value_name = "FILE|URL", global = true)]
    pub oidc_jwks: Option<Source>,
}

impl FromStr for Source {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_url = text.starts_with("http://") || text.starts_with("https://");
        Ok(if is_url { Self::Url(text.to_owned()) } else { Self::File(text.into()) })
    }
}

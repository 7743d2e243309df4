//! The settings of signing in: what signs tokens, how long they last, and who else may vouch for somebody.

use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;

use axum::http::Uri;
use clap::Args;

use super::front::{Seconds, Switch};
use crate::access::account::issuer::Source;

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
    /// Sign-ins that may fail on one account from one network within a quarter of an hour
    #[arg(long, env = "COBUILD_SIGN_IN_FAILURES", value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(i32).range(1..=10_000), global = true)]
    pub sign_in_failures: i32,
    /// Sign-ins that may fail on one account within a quarter of an hour from all networks in which it did not sign in of late
    #[arg(long, env = "COBUILD_SIGN_IN_FAILURES_OF_ACCOUNT", value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(i32).range(1..=10_000), global = true)]
    pub sign_in_failures_of_account: i32,
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
    /// To whom that provider may have given a token that is for several, as its `azp` says; where nobody is named, to this server
    /// alone
    #[arg(long, env = "COBUILD_OIDC_CLIENTS", value_name = "NAME,…", value_delimiter = ',', global = true)]
    pub oidc_clients: Vec<String>,
    /// Seconds for which such a token may be good in all: one that is good for longer is not taken
    #[arg(long, env = "COBUILD_OIDC_LONGEST_LIFE", value_name = "SECONDS", default_value_t = Seconds(86_400.0), value_parser = Seconds::positive, global = true)]
    pub oidc_longest_life: Seconds,
    /// Where that provider's keys are: a JWKS file, or its address, by https or on this machine
    #[arg(long, env = "COBUILD_OIDC_JWKS", value_name = "FILE|URL", global = true)]
    pub oidc_jwks: Option<Source>,
}

impl FromStr for Source {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let Some((scheme, _)) = text.split_once("://") else { return Ok(Self::File(text.into())) };
        let url = text.parse::<Uri>().map_err(|_| "this is no address")?;
        let host = url.host().ok_or("this is no address")?;
        match scheme.to_ascii_lowercase().as_str() {
            "https" => Ok(Self::Url(text.to_owned())),
            "http" if is_here(host) => Ok(Self::Url(text.to_owned())),
            // Whoever is on the way could put in keys of their own.
            "http" => Err("keys are read by https, and by http from this machine alone"),
            _ => Err("keys are in a file, or at an address that begins with https://"),
        }
    }
}

/// Whether a host is this machine.
fn is_here(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_from_a_file_by_https_or_from_this_machine() {
        let source = |text: &str| text.parse::<Source>();
        assert_eq!(source("keys/jwks.json"), Ok(Source::File("keys/jwks.json".into())));
        for url in
            ["https://id.example.org/keys", "http://127.0.0.1:8080/keys", "http://[::1]/keys", "HTTP://localhost/keys"]
        {
            assert_eq!(source(url), Ok(Source::Url(url.to_owned())), "{url}");
        }
        for url in [
            "http://id.example.org/keys",
            "http://localhost.example.org/keys",
            "http://127.0.0.1@id.example.org/keys",
            "http://10.0.0.1/keys",
            "ftp://id.example.org/keys",
            "https://",
        ] {
            assert!(source(url).is_err(), "{url}");
        }
    }
}

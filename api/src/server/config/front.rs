//! The settings of the front door: connections, what may be asked in which way, and by whom.

use std::fmt::{self, Display};
use std::net::Ipv6Addr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::{Args, ValueEnum};
use ipnet::IpNet;

/// How connections are kept.
#[derive(Clone, Copy, Debug, Args)]
#[command(next_help_heading = "Connections")]
pub struct Connections {
    /// Connections at a time; further ones get 503
    #[arg(long = "max-connections", env = "COBUILD_MAX_CONNECTIONS", value_name = "N", default_value_t = Self::USUAL.most, value_parser = clap::value_parser!(u32).range(1..=1_000_000), global = true)]
    pub most: u32,
    /// Connections at a time of one address, or of one /64 network of version 6; further ones get 503. Trusted proxies, which
    /// stand for many, are not counted
    #[arg(long = "max-connections-of-address", env = "COBUILD_MAX_CONNECTIONS_OF_ADDRESS", value_name = "N", default_value_t = Self::USUAL.most_of_address, value_parser = clap::value_parser!(u32).range(1..=1_000_000), global = true)]
    pub most_of_address: u32,
    /// Seconds in which a request's headers must be there, from the opening of its connection or the answer before it: so
    /// long an idle connection is kept, too
    #[arg(long, env = "COBUILD_HEADER_TIMEOUT", value_name = "SECONDS", value_parser = Seconds::positive, default_value_t = Self::USUAL.header_timeout, global = true)]
    pub header_timeout: Seconds,
    /// Seconds for which somebody may not read an answer that waits for them
    #[arg(long, env = "COBUILD_WRITE_TIMEOUT", value_name = "SECONDS", value_parser = Seconds::positive, default_value_t = Self::USUAL.write_timeout, global = true)]
    pub write_timeout: Seconds,
    /// Seconds between SIGTERM and the end of new connections, in which /readyz says 503 and load balancers look elsewhere
    #[arg(long, env = "COBUILD_DRAIN_DELAY", value_name = "SECONDS", default_value_t = Self::USUAL.drain_delay, global = true)]
    pub drain_delay: Seconds,
    /// Seconds that requests under way have to finish after that
    #[arg(long, env = "COBUILD_DRAIN_TIMEOUT", value_name = "SECONDS", default_value_t = Self::USUAL.drain_timeout, global = true)]
    pub drain_timeout: Seconds,
}

impl Connections {
    /// What holds where nobody says otherwise.
    pub const USUAL: Self = Self {
        most: 1_024,
        most_of_address: 256,
        header_timeout: Seconds(10.0),
        write_timeout: Seconds(10.0),
        drain_delay: Seconds(0.0),
        drain_timeout: Seconds(30.0),
    };
}

impl Default for Connections {
    fn default() -> Self {
        Self::USUAL
    }
}

/// What may be asked, in which way, and by whom.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Front door")]
pub struct Front {
    /// Seconds in which a request's body must be there
    #[arg(long, env = "COBUILD_BODY_TIMEOUT", value_name = "SECONDS", value_parser = Seconds::positive, default_value_t = Seconds(10.0), global = true)]
    pub body_timeout: Seconds,
    /// Networks of reverse proxies, as in 10.0.0.0/8,127.0.0.1/32, that are believed when they say for whom they ask
    #[arg(long, env = "COBUILD_TRUSTED_PROXIES", value_name = "NETWORKS", value_delimiter = ',', global = true)]
    pub trusted_proxies: Vec<IpNet>,
    /// The header in which they say so. Any: whichever they send; those that contradict each other are not believed
    #[arg(long, env = "COBUILD_FORWARDED_HEADER", value_name = "HEADER", default_value = "any", global = true)]
    pub forwarded_header: ForwardedHeader,
    /// Host names that the server answers to, as in cobuild.example.org,*.cobuild.example.org,localhost, with any port; by
    /// default to any. /healthz and /readyz answer to any
    #[arg(long, env = "COBUILD_HOSTS", value_name = "NAMES", value_delimiter = ',', global = true)]
    pub hosts: Vec<HostName>,
    /// Queries that may be sent together, as a JSON list; 0 refuses such batches
    #[arg(long, env = "COBUILD_BATCH_LIMIT", value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u8).range(..=10), global = true)]
    pub batch_limit: u8,
    /// Bytes of documents that clients may register by their hash (automatic persisted queries); 0 turns it off
    #[arg(long, env = "COBUILD_PERSISTED_QUERIES_BYTES", value_name = "N", default_value_t = Self::PERSISTED_QUERIES_BYTES, global = true)]
    pub persisted_queries_bytes: u64,
    /// A JSON file of names and documents, as relay-compiler, graphql-codegen or Apollo write it: only these run
    #[arg(long, env = "COBUILD_TRUSTED_DOCUMENTS", value_name = "FILE", global = true)]
    pub trusted_documents: Option<PathBuf>,
    /// Whether the schema may be asked for; where not, errors do not hint at it either
    #[arg(long, env = "COBUILD_INTROSPECTION", default_value = "on", global = true)]
    pub introspection: Switch,
    /// Whether GraphiQL is served; its scripts come from esm.sh
    #[arg(long, env = "COBUILD_GRAPHIQL", default_value = "on", global = true)]
    pub graphiql: Switch,
    /// Origins whose pages may ask and read the answers, as in https://portal.example.org, or * for all
    #[arg(long, env = "COBUILD_CORS_ORIGINS", value_name = "ORIGINS", value_delimiter = ',', global = true)]
    pub cors_origins: Vec<Origin>,
    /// Cost that an address, and an account, may ask for a minute, as `extensions.cost.requested` tells it; 0 is no limit
    #[arg(long, env = "COBUILD_RATE_LIMIT_COST", value_name = "N", default_value_t = Self::RATE_LIMIT_COST, global = true)]
    pub rate_limit_cost: u32,
    /// Cost of a millisecond that a request's statements take at the database, taken afterwards: by 5, whoever keeps the
    /// database at work without a pause takes all that they may. 0 takes nothing
    #[arg(long, env = "COBUILD_RATE_LIMIT_MILLISECOND", value_name = "N", default_value_t = Self::RATE_LIMIT_MILLISECOND, global = true)]
    pub rate_limit_millisecond: u32,
    /// Whether this machine's own addresses are limited, too
    #[arg(long, env = "COBUILD_RATE_LIMIT_LOOPBACK", default_value = "off", global = true)]
    pub rate_limit_loopback: Switch,
    /// Seconds in which a request must be answered
    #[arg(long, env = "COBUILD_REQUEST_TIMEOUT", value_name = "SECONDS", value_parser = Seconds::positive, default_value_t = Seconds(30.0), global = true)]
    pub request_timeout: Seconds,
    /// Networks that /metrics is told to: by default this machine and private ones
    #[arg(long, env = "COBUILD_METRICS_NETWORKS", value_name = "NETWORKS", value_delimiter = ',', default_values_t = Self::private(), global = true)]
    pub metrics_networks: Vec<IpNet>,
}

impl Front {
    const PERSISTED_QUERIES_BYTES: u64 = 8 << 20;
    const RATE_LIMIT_COST: u32 = 300_000;
    const RATE_LIMIT_MILLISECOND: u32 = 5;
    const PRIVATE: [&str; 6] = ["127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"];

    fn private() -> Vec<IpNet> {
        Self::PRIVATE.iter().filter_map(|network| network.parse().ok()).collect()
    }
}

impl Default for Front {
    fn default() -> Self {
        Self {
            body_timeout: Seconds(10.0),
            trusted_proxies: Vec::new(),
            forwarded_header: ForwardedHeader::Any,
            hosts: Vec::new(),
            batch_limit: 0,
            persisted_queries_bytes: Self::PERSISTED_QUERIES_BYTES,
            trusted_documents: None,
            introspection: Switch::On,
            graphiql: Switch::On,
            cors_origins: Vec::new(),
            rate_limit_cost: Self::RATE_LIMIT_COST,
            rate_limit_millisecond: Self::RATE_LIMIT_MILLISECOND,
            rate_limit_loopback: Switch::Off,
            request_timeout: Seconds(30.0),
            metrics_networks: Self::private(),
        }
    }
}

/// The header in which a trusted proxy says for whom it asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ForwardedHeader {
    /// Whichever of them are there, where they do not contradict each other
    Any,
    /// The usual one
    XForwardedFor,
    /// RFC 7239's
    Forwarded,
    /// The one with a single address
    XRealIp,
}

/// A host name that the server answers to, or all below one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostName(String);

impl HostName {
    /// Whether it stands for this name, which is in small letters and has no port.
    #[must_use]
    pub fn takes(&self, name: &str) -> bool {
        match self.0.strip_prefix('*') {
            Some(ending) => name.len() > ending.len() && name.ends_with(ending),
            None => name == self.0,
        }
    }
}

impl FromStr for HostName {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let name = text.strip_prefix("*.").unwrap_or(text);
        let is_address = name
            .strip_prefix('[')
            .and_then(|name| name.strip_suffix(']'))
            .is_some_and(|name| name.parse::<Ipv6Addr>().is_ok());
        let is_name = !name.is_empty()
            && !name.starts_with('.')
            && !name.ends_with('.')
            && name.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_.".contains(letter));
        let host = (is_name || (is_address && name == text)).then(|| Self(text.to_ascii_lowercase()));
        host.ok_or("a host name is like cobuild.example.org, *.example.org, 192.0.2.1 or [2001:db8::1], without a port")
    }
}

/// Something that is there or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    /// It is there
    #[value(aliases = ["1", "true", "yes"])]
    On,
    /// It is not
    #[value(aliases = ["0", "false", "no"])]
    Off,
}

impl Switch {
    /// Whether it is there.
    #[must_use]
    pub fn is_on(self) -> bool {
        self == Self::On
    }
}

/// Where a page comes from: a scheme, a host, and perhaps a port; or `*`, which stands for anywhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(String);

impl Origin {
    /// As browsers send it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it stands for all.
    #[must_use]
    pub fn is_any(&self) -> bool {
        self.0 == "*"
    }
}

impl FromStr for Origin {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let is_origin = host.is_some_and(|host| {
            !host.is_empty() && host.chars().all(|letter| letter.is_ascii_graphic() && !"/?#@*".contains(letter))
        });
        let origin = (text == "*" || is_origin).then(|| Self(text.to_ascii_lowercase()));
        origin.ok_or("an origin is like https://portal.example.org, without a path; * stands for all")
    }
}

/// A length of time.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Seconds(pub f64);

impl Seconds {
    /// The same, for timers.
    #[must_use]
    pub fn duration(self) -> Duration {
        Duration::try_from_secs_f64(self.0).unwrap_or_default()
    }
}

impl Seconds {
    /// A length of time that is not nothing.
    pub(super) fn positive(text: &str) -> Result<Self, &'static str> {
        let seconds: Self = text.parse()?;
        if seconds.0 > 0.0 { Ok(seconds) } else { Err("more than 0 seconds") }
    }
}

impl Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Seconds {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let seconds = text.parse().ok().filter(|seconds| (0.0..=86_400.0).contains(seconds));
        seconds.map(Self).ok_or("a number of seconds, from 0 to 86400")
    }
}

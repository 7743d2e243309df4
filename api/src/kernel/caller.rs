//! From where a request comes, and in which language it is answered.

use std::fmt::{self, Display};
use std::net::{IpAddr, Ipv6Addr};

/// The languages that messages to people are written in. Codes are the same in both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English
    #[default]
    English,
    /// Chinese (中文)
    Chinese,
}

impl Language {
    /// The language of ours that an `Accept-Language` header prefers: Chinese where any `zh` weighs more than any `en`, else English.
    #[must_use]
    pub fn preferred(header: &str) -> Self {
        let weight = |wanted: &str| {
            let ranges = header.split(',').map(|range| {
                let mut parts = range.split(';').map(str::trim);
                let tag = parts.next().unwrap_or_default().split('-').next().unwrap_or_default();
                let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(1.0, |q| q.parse().unwrap_or(0.0));
                if tag.eq_ignore_ascii_case(wanted) { weight } else { 0.0 }
            });
            ranges.fold(0.0, f64::max)
        };
        if weight("zh") > weight("en") { Self::Chinese } else { Self::English }
    }
}

/// What is known about a request besides its text: for log lines, the audit log and limits.
#[derive(Clone, Debug, Default)]
pub struct Caller {
    /// What the request's log lines and errors go by.
    pub request_id: String,
    /// The address it came from, where that is known.
    pub address: Option<IpAddr>,
    /// Whether it comes from this very machine, and by no way round. Where nobody worked that out, it does not.
    pub is_local: bool,
    /// Which program asks, as its `User-Agent` says.
    pub agent: Option<String>,
    /// The language of messages to people.
    pub language: Language,
}

impl Caller {
    /// The server itself, or its command line.
    #[must_use]
    pub fn of_server() -> Self {
        Self { is_local: true, ..Self::default() }
    }

    /// What tells this client from others, as far as anybody can tell: its network and its program.
    #[must_use]
    pub fn client(&self) -> String {
        let network = self.network().map_or_else(|| "here".to_owned(), |network| network.to_string());
        format!("{network} {}", self.agent.as_deref().unwrap_or_default())
    }

    /// The network it counts to where limits are kept by network; none where it never came over one.
    #[must_use]
    pub fn network(&self) -> Option<Network> {
        match self.address {
            Some(address) => Some(Network::of(address)),
            None => (!self.is_local).then_some(Network::Unknown),
        }
    }
}

/// An address, as far as it tells callers apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Network {
    /// An address of version 4, or the network of version 6 that a household or an office is given: a /64.
    Known(IpAddr),
    /// All those of whom nobody can say from where they come. They count as one.
    Unknown,
}

impl Network {
    /// The network of an address.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        Self::Known(match address.to_canonical() {
            IpAddr::V4(address) => address.into(),
            IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into(),
        })
    }
}

impl Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(address) => address.fmt(f),
            Self::Unknown => f.write_str("unknown"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heavier_language_wins() {
        assert_eq!(Language::preferred("zh-CN,zh;q=0.9,en;q=0.8"), Language::Chinese);
        assert_eq!(Language::preferred("en-GB,en;q=0.9,zh;q=0.8"), Language::English);
        assert_eq!(Language::preferred("de, ZH;q=0.2"), Language::Chinese);
        assert_eq!(Language::preferred("*"), Language::English);
    }

    #[test]
    fn callers_are_told_apart_by_network() {
        let told = |address: Option<&str>, is_local| {
            let address = address.map(|address| address.parse().unwrap());
            Caller { address, is_local, ..Caller::default() }.network().map(|network| network.to_string())
        };
        assert_eq!(told(Some("198.51.100.7"), false).unwrap(), "198.51.100.7");
        assert_eq!(told(Some("::ffff:198.51.100.7"), false).unwrap(), "198.51.100.7");
        assert_eq!(told(Some("2001:db8:1:2:3:4:5:6"), false), told(Some("2001:db8:1:2::"), false));
        assert_ne!(told(Some("2001:db8:1:2::"), false), told(Some("2001:db8:1:3::"), false));
        // Nobody's address is a bucket of its own, and the server itself has none.
        assert_eq!((told(None, false).unwrap().as_str(), told(None, true)), ("unknown", None));
    }
}

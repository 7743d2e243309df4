//! From where a request comes, and in which language it is answered.

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
    /// The address it came from, where it came over the network.
    pub address: Option<IpAddr>,
    /// The language of messages to people.
    pub language: Language,
}

/// The address, as far as it tells callers apart: of version 6, the network that a household or an office is given.
#[must_use]
pub fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into(),
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
}

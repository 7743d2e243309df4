//! Host names: which one a request is for.

use std::net::IpAddr;

use axum::http::uri::Authority;
use axum::http::{HeaderMap, Uri, header};

/// The names that a request says it is for: that of its target, where it has one, and those of its `Host` lines. What is no host
/// is an empty name.
pub(super) fn named<'r>(uri: &'r Uri, headers: &'r HeaderMap) -> impl Iterator<Item = String> + 'r {
    let target = uri.authority().map(|authority| name(authority.as_str()));
    target
        .into_iter()
        .chain(headers.get_all(header::HOST).iter().map(|line| line.to_str().map(name).unwrap_or_default()))
}

/// The name in `name:port`, in small letters and without the dot that may end it.
fn name(authority: &str) -> String {
    let parsed = authority.parse::<Authority>().ok().filter(|_| !authority.contains('@'));
    let name = parsed.map(|authority| authority.host().to_ascii_lowercase()).unwrap_or_default();
    name.strip_suffix('.').map(str::to_owned).unwrap_or(name)
}

/// Whether it is one of a machine's names for itself. Those that a resolver is asked for are not: anybody can make one that
/// leads here.
pub(super) fn is_loopback(name: &str) -> bool {
    let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    name == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
}

/// Whether a page of this origin is one of this machine's own.
pub(super) fn is_loopback_origin(origin: &str) -> bool {
    origin.split_once("://").is_some_and(|(_, host)| is_loopback(&name(host)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_has_few_names_for_itself() {
        let own =
            ["localhost", "LOCALHOST:8000", "localhost.:80", "127.0.0.1:8000", "127.8.9.1", "[::1]:8000", "[::1]"];
        assert_eq!(own.iter().find(|text| !is_loopback(&name(text))), None);
        let others = [
            "",
            "example.org",
            "localhost.example.org",
            "127.0.0.1.nip.io",
            "127.0.0.1@example.org",
            "example.org@127.0.0.1",
            "2130706433",
            "127.1",
            "0.0.0.0:8000",
            "[::]",
            "10.0.0.1",
            "local host",
            "localhost,example.org",
            "http://localhost",
        ];
        assert_eq!(others.iter().find(|text| is_loopback(&name(text))), None);
        assert!(is_loopback_origin("http://localhost:3000") && is_loopback_origin("https://[::1]"));
        assert!(!is_loopback_origin("null") && !is_loopback_origin("https://localhost.example.org"));
    }
}

//! From where a request comes: the address, and whether that is this very machine.

use std::net::IpAddr;

use axum::http::request::Parts;
use axum::http::{HeaderMap, Version, header};
use ipnet::IpNet;

use super::forwarded::{Told, told};
use super::host;
use crate::server::config::Front;

/// The other end of a request's connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(pub(super) IpAddr);

/// From where a request comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Source {
    /// The address of whoever asks, where that is known.
    pub(super) address: Option<IpAddr>,
    /// Whether they ask from this machine, straight and not by way of a proxy.
    pub(super) is_local: bool,
    /// Whether somebody stands before them of whom nobody told us, so that the address may be anybody's.
    pub(super) is_hidden: bool,
}

impl Source {
    /// As the connection and the headers tell it.
    pub(super) fn of(parts: &Parts, front: &Front) -> Self {
        let trusted = front.trusted_proxies.as_slice();
        let peer = parts.extensions.get::<Peer>().map(|peer| peer.0.to_canonical());
        let is_trusted = peer.is_some_and(|peer| is_of(&peer, trusted));
        let is_hidden = is_forwarded(&parts.headers);
        let told = told(&parts.headers, front.forwarded_header, |address| is_of(address, trusted));
        let asked_for = match told {
            Told::Address(address) => Some(address),
            Told::Nothing if !is_hidden => peer,
            Told::Nothing | Told::Unknown => None,
        };
        Self {
            address: if is_trusted { asked_for } else { peer },
            is_local: is_local(peer, parts, trusted),
            is_hidden: is_hidden && !is_trusted,
        }
    }
}

/// Whether a request was made on this machine and came here straight, as far as can be told. A proxy that runs here has a loopback
/// address as well, so nothing may hint at one: no trusted one is configured, no header is of the kind that proxies add, the
/// version is not what they fall back to, and host and page are this machine's own, which no name that somebody else made up to
/// lead here is. What has no peer is asked within this process.
fn is_local(peer: Option<IpAddr>, parts: &Parts, trusted: &[IpNet]) -> bool {
    let mut origins = parts.headers.get_all(header::ORIGIN).iter();
    let names: Vec<String> = host::named(&parts.uri, &parts.headers).collect();
    peer.is_none_or(|peer| peer.is_loopback())
        && trusted.is_empty()
        && parts.version == Version::HTTP_11
        && !is_forwarded(&parts.headers)
        && names.iter().all(|name| host::is_loopback(name))
        && (peer.is_none() || !names.is_empty())
        && origins.all(|origin| origin.to_str().is_ok_and(host::is_loopback_origin))
}

/// Whether a header is there of the kind that proxies add, to tell for whom they ask or that they do. No program adds one that
/// asks for itself.
fn is_forwarded(headers: &HeaderMap) -> bool {
    let beginnings =
        ["via", "cf-", "cdn-", "x-envoy-", "x-original-", "x-arr-", "x-proxy", "x-scheme", "proxy-", "front-end-"];
    let endings = ["-ip", "clientip", "-addr", "-address"];
    headers.keys().map(|name| name.as_str()).any(|name| {
        name.contains("forwarded")
            || beginnings.iter().any(|beginning| name.starts_with(beginning))
            || endings.iter().any(|ending| name.ends_with(ending))
    })
}

fn is_of(address: &IpAddr, networks: &[IpNet]) -> bool {
    networks.iter().any(|network| network.contains(address))
}

#[cfg(test)]
mod tests {
    use axum::http::Request;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    /// A request from this peer, at this target, with these headers.
    fn parts(peer: Option<&str>, target: &str, headers: &[(&str, &str)]) -> Parts {
        let request = headers.iter().fold(Request::get(target), |request, (name, value)| request.header(*name, *value));
        let mut parts = request.body(()).unwrap().into_parts().0;
        if let Some(peer) = peer {
            parts.extensions.insert(Peer(peer.parse().unwrap()));
        }
        parts
    }

    /// The settings of a server behind proxies in these networks.
    fn behind(networks: &[&str]) -> Front {
        Front { trusted_proxies: networks.iter().map(|network| network.parse().unwrap()).collect(), ..Front::default() }
    }

    fn told(peer: &str, forwarded: &[&str]) -> String {
        let headers: Vec<(&str, &str)> = forwarded.iter().map(|line| ("x-forwarded-for", *line)).collect();
        source(&parts(Some(peer), "/", &headers))
    }

    fn source(parts: &Parts) -> String {
        let source = Source::of(parts, &behind(&["10.0.0.0/8", "::1/128"]));
        assert!(!source.is_local);
        source.address.map_or("unknown".to_owned(), |address| address.to_string())
    }

    #[test]
    fn only_a_trusted_proxy_says_who_asks() {
        assert_eq!(told("203.0.113.9", &["198.51.100.1"]), "203.0.113.9");
        assert_eq!(told("10.0.0.1", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(told("::ffff:10.0.0.1", &["2001:db8::7"]), "2001:db8::7");
        assert_eq!(told("::1", &[]), "::1");
    }

    #[test]
    fn a_proxy_that_does_not_say_for_whom_it_asks_asks_for_nobody_known() {
        for header in [("x-forwarded-proto", "https"), ("via", "1.1 proxy"), ("forwarded", "proto=https")] {
            assert_eq!(source(&parts(Some("10.0.0.1"), "/", &[header])), "unknown", "{header:?}");
        }
    }

    /// Whatever somebody writes into their headers: behind a trusted proxy they have their own address, or none.
    #[test]
    fn nobody_takes_the_address_of_somebody_else() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let pieces = [
            "198.51.100.1",
            "10.0.0.9",
            "127.0.0.1",
            "::1",
            "[2001:db8::7]",
            ":80",
            "unknown",
            "for=",
            "For=\"",
            "\"",
            "\\",
            ",",
            ";",
            "=",
            " ",
            "by=",
            "x",
        ];
        let mut known = 0;
        for _ in 0..20_000 {
            let written = |random: &mut ChaCha8Rng| {
                (0..random.random_range(-8_i32..8))
                    .map(|_| pieces[random.random_range(0..pieces.len())])
                    .collect::<String>()
            };
            let (lists, elements, real) = (written(&mut random), written(&mut random), written(&mut random));
            let own =
                ["203.0.113.9", "203.0.113.9:4711", "[2001:db8:1::9]:4711", "2001:db8:1::9"][random.random_range(0..4)];
            // A proxy adds to what it was given, on the same line or on its own, or writes its own header anew; the others it hands on.
            let (name, value, others) = match random.random_range(0..4) {
                0 => ("x-forwarded-for", format!("{lists},{own}"), [("forwarded", &elements), ("x-real-ip", &real)]),
                1 => ("x-forwarded-for", own.to_owned(), [("x-forwarded-for", &lists), ("forwarded", &elements)]),
                2 => (
                    "forwarded",
                    format!("{elements}, for=\"{own}\";proto=https"),
                    [("x-forwarded-for", &lists), ("x-real-ip", &real)],
                ),
                _ => ("x-real-ip", own.to_owned(), [("x-forwarded-for", &lists), ("forwarded", &elements)]),
            };
            let mut lines: Vec<(&str, &str)> = others
                .iter()
                .filter(|(_, value)| !value.is_empty())
                .map(|(name, value)| (*name, value.as_str()))
                .collect();
            lines.push((name, &value));
            let told = source(&parts(Some("10.0.0.1"), "/", &lines));
            known += usize::from(told != "unknown");
            assert!(["unknown", "203.0.113.9", "2001:db8:1::9"].contains(&told.as_str()), "{told}: {lines:?}");
        }
        assert!(known > 1_000, "{known} of them were told apart");
    }

    #[test]
    fn what_the_caller_wrote_themselves_is_not_believed() {
        assert_eq!(told("10.0.0.1", &["1.2.3.4, 198.51.100.1"]), "198.51.100.1");
        assert_eq!(told("10.0.0.1", &["1.2.3.4", "198.51.100.1, 10.0.0.2"]), "198.51.100.1");
        assert_eq!(told("10.0.0.1", &["nonsense, 10.0.0.2"]), "unknown");
        assert_eq!(told("10.0.0.1", &["nonsense"]), "unknown");
    }

    const HERE: (&str, &str) = ("host", "localhost:8000");

    fn is_local(peer: Option<&str>, target: &str, headers: &[(&str, &str)]) -> bool {
        Source::of(&parts(peer, target, headers), &behind(&[])).is_local
    }

    #[test]
    fn who_asks_on_this_machine_is_local() {
        for peer in ["127.0.0.1", "127.3.2.1", "::1", "::ffff:127.0.0.1"] {
            assert!(is_local(Some(peer), "/", &[HERE, ("user-agent", "curl"), ("x-request-id", "1")]), "{peer}");
        }
        assert!(is_local(
            Some("127.0.0.1"),
            "http://[::1]:8000/graphql",
            &[("host", "127.0.0.1"), ("origin", "http://localhost:3000")]
        ));
        assert!(is_local(None, "/", &[]));
    }

    #[test]
    fn whoever_may_be_somebody_else_is_not_local() {
        assert!(!is_local(Some("203.0.113.9"), "/", &[HERE]));
        assert!(!is_local(Some("127.0.0.1"), "/", &[]));
        for host in
            ["cobuild.example.org", "localhost.example.org:8000", "127.0.0.1.nip.io", "0.0.0.0:8000", "", "\u{e9}"]
        {
            assert!(!is_local(Some("127.0.0.1"), "/", &[("host", host)]), "{host}");
        }
        assert!(!is_local(Some("127.0.0.1"), "/", &[HERE, ("host", "cobuild.example.org")]));
        assert!(!is_local(Some("127.0.0.1"), "http://cobuild.example.org/", &[HERE]));
        for origin in ["https://evil.example", "null"] {
            assert!(!is_local(Some("127.0.0.1"), "/", &[HERE, ("origin", origin)]), "{origin}");
        }
        let mut old = parts(Some("127.0.0.1"), "/", &[HERE]);
        old.version = Version::HTTP_10;
        assert!(!Source::of(&old, &behind(&[])).is_local);
        let proxied = behind(&["10.0.0.0/8"]);
        assert!(!Source::of(&parts(Some("127.0.0.1"), "/", &[HERE]), &proxied).is_local);
    }

    #[test]
    fn whatever_a_proxy_adds_gives_it_away() {
        let names = "x-forwarded-for x-forwarded-host x-forwarded-proto x-forwarded-port x-forwarded-server x-forwarded-prefix \
            x-forwarded forwarded-for forwarded via x-real-ip true-client-ip cf-connecting-ip cf-ray x-client-ip \
            x-cluster-client-ip fastly-client-ip x-original-forwarded-for x-original-host x-envoy-external-address \
            x-azure-clientip x-appengine-user-ip wl-proxy-client-ip x-remote-addr cdn-loop proxy-connection front-end-https";
        for name in names.split_whitespace() {
            let request = parts(Some("127.0.0.1"), "/", &[HERE, (name, "127.0.0.1")]);
            let source = Source::of(&request, &behind(&[]));
            assert!(!source.is_local && source.is_hidden, "{name}");
        }
    }
}

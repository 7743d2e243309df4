//! From which address a request comes.

use std::net::IpAddr;

use axum::http::HeaderMap;
use ipnet::IpNet;

/// The other end of a request's connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(pub(super) IpAddr);

/// The address of whoever asks. Where a trusted proxy stands at the other end of the connection, it says who: of
/// `X-Forwarded-For`, the last address that is not itself a trusted proxy's. Whatever stands before that one, anybody can have written.
pub(super) fn caller(peer: Option<Peer>, headers: &HeaderMap, trusted: &[IpNet]) -> Option<IpAddr> {
    let is_trusted = |address: &IpAddr| trusted.iter().any(|network| network.contains(address));
    let peer = peer?.0.to_canonical();
    if !is_trusted(&peer) {
        return Some(peer);
    }
    let lines: Vec<&str> = headers.get_all("x-forwarded-for").iter().filter_map(|line| line.to_str().ok()).collect();
    let mut nearest = peer;
    for hop in lines.iter().flat_map(|line| line.split(',')).rev() {
        let Ok(address) = hop.trim().parse::<IpAddr>() else { break };
        nearest = address.to_canonical();
        if !is_trusted(&nearest) {
            break;
        }
    }
    Some(nearest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(peer: &str, forwarded: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        let trusted = ["10.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()];
        caller(Some(Peer(peer.parse().unwrap())), &headers, &trusted).unwrap().to_string()
    }

    #[test]
    fn only_a_trusted_proxy_says_who_asks() {
        assert_eq!(told("203.0.113.9", &["198.51.100.1"]), "203.0.113.9");
        assert_eq!(told("10.0.0.1", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(told("::ffff:10.0.0.1", &["2001:db8::7"]), "2001:db8::7");
        assert_eq!(told("::1", &[]), "::1");
    }

    #[test]
    fn what_the_caller_wrote_themselves_is_not_believed() {
        assert_eq!(told("10.0.0.1", &["1.2.3.4, 198.51.100.1"]), "198.51.100.1");
        assert_eq!(told("10.0.0.1", &["1.2.3.4", "198.51.100.1, 10.0.0.2"]), "198.51.100.1");
        assert_eq!(told("10.0.0.1", &["nonsense, 10.0.0.2"]), "10.0.0.2");
        assert_eq!(told("10.0.0.1", &["nonsense"]), "10.0.0.1");
    }
}

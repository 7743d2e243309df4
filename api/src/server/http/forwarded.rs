//! For whom a proxy says that it asks: `X-Forwarded-For`, `Forwarded` (RFC 7239) and `X-Real-IP`.

use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::server::config::ForwardedHeader;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_REAL_IP: HeaderName = HeaderName::from_static("x-real-ip");

/// What a trusted proxy says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// Nothing: it asks for itself.
    Nothing,
    /// It asks for somebody at this address.
    Address(IpAddr),
    /// It asks for somebody, and does not say for whom in a way that can be believed.
    Unknown,
}

/// What the believed headers say. Of a chain it is the last address that is not itself a trusted proxy's: whatever stands before
/// that one, anybody can have written. What cannot be read is nobody's address. Where any of the headers is believed, a proxy
/// that knows one of them hands the others on as they came, so all that are there have to agree.
pub(super) fn told(headers: &HeaderMap, believed: ForwardedHeader, is_trusted: impl Fn(&IpAddr) -> bool) -> Told {
    let chains = [
        (ForwardedHeader::XForwardedFor, chain(headers, &X_FORWARDED_FOR, listed)),
        (ForwardedHeader::Forwarded, chain(headers, &header::FORWARDED, elements)),
        (ForwardedHeader::XRealIp, single(headers)),
    ];
    let believed = chains.into_iter().filter(|(header, _)| [*header, ForwardedHeader::Any].contains(&believed));
    let mut told =
        believed.map(|(_, hops)| nearest(&hops, &is_trusted)).filter(|told| *told != Told::Nothing).collect::<Vec<_>>();
    // A header that names but proxies is of one that stands nearer, and does not contradict those that name somebody.
    let is_proxy = |told: &Told| matches!(told, Told::Address(address) if is_trusted(address));
    if !told.iter().all(is_proxy) {
        told.retain(|told| !is_proxy(told));
    }
    match told.split_first() {
        None => Told::Nothing,
        Some((first, rest)) if rest.iter().all(|other| other == first) => *first,
        Some(_) => Told::Unknown,
    }
}

/// One address of a chain, or none where it cannot be read.
type Hop = Option<IpAddr>;

fn nearest(hops: &[Hop], is_trusted: impl Fn(&IpAddr) -> bool) -> Told {
    let mut nearest = Told::Nothing;
    for hop in hops.iter().rev() {
        let Some(address) = hop else { return Told::Unknown };
        nearest = Told::Address(*address);
        if !is_trusted(address) {
            break;
        }
    }
    nearest
}

/// The hops of a header's lines, in their order. A line that cannot be read is a hop that cannot.
fn chain(headers: &HeaderMap, name: &HeaderName, read: fn(&str) -> Option<Vec<Hop>>) -> Vec<Hop> {
    let read = |line: &HeaderValue| line.to_str().ok().and_then(read).filter(|hops| !hops.is_empty());
    headers.get_all(name).iter().flat_map(|line| read(line).unwrap_or_else(|| vec![None])).collect()
}

/// The one hop of `X-Real-IP`, which names nobody where it stands twice.
fn single(headers: &HeaderMap) -> Vec<Hop> {
    let hops = chain(headers, &X_REAL_IP, |line| Some(vec![address(line)]));
    if hops.len() > 1 { vec![None] } else { hops }
}

/// Those of a list with commas between.
fn listed(line: &str) -> Option<Vec<Hop>> {
    Some(line.split(',').map(str::trim).filter(|hop| !hop.is_empty()).map(address).collect())
}

/// Those of the elements of `Forwarded`: pairs with semicolons between, of which `for` says for whom. Nothing where the line breaks
/// the grammar, since nobody knows then where one element ends.
fn elements(line: &str) -> Option<Vec<Hop>> {
    let mut hops = Vec::new();
    let mut rest = line.trim();
    while !rest.is_empty() {
        let mut whom = None;
        loop {
            let (name, value) = rest.split_once('=')?;
            let (value, after) = value_of(value)?;
            if name.trim().eq_ignore_ascii_case("for") && whom.replace(value).is_some() {
                return None;
            }
            rest = after.trim_start();
            match rest.strip_prefix(';') {
                Some(more) => rest = more.trim_start(),
                None => break,
            }
        }
        hops.push(whom.as_deref().and_then(address));
        rest = match rest.strip_prefix(',') {
            Some(more) => more.trim_start(),
            None if rest.is_empty() => rest,
            None => return None,
        };
    }
    Some(hops)
}

/// The value that a text begins with, in quotes or without, and what comes after it.
fn value_of(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([',', ';', ' ', '\t', '"']).unwrap_or(text.len());
        return text.split_at_checked(end).map(|(value, rest)| (value.to_owned(), rest));
    };
    let mut value = String::new();
    let mut letters = quoted.char_indices();
    while let Some((place, letter)) = letters.next() {
        match letter {
            '"' => return Some((value, quoted.get(place + 1..)?)),
            '\\' => value.push(letters.next()?.1),
            _ => value.push(letter),
        }
    }
    None
}

/// An address as proxies write it: bare, in brackets, or either with a port. `unknown` and made-up words are none, and neither is
/// what nobody can ask from.
fn address(hop: &str) -> Hop {
    let (bare, port) = match hop.trim().strip_prefix('[') {
        Some(rest) => rest
            .split_once(']')
            .map(|(bare, rest)| (bare, rest.strip_prefix(':').or((!rest.is_empty()).then_some(""))))?,
        None => match hop.trim().split_once(':') {
            Some((bare, port)) if !port.contains(':') => (bare, Some(port)),
            _ => (hop.trim(), None),
        },
    };
    let is_port = |port: &str| port.parse::<u16>().is_ok() || port.starts_with('_');
    let address = bare.parse::<IpAddr>().ok().filter(|_| port.is_none_or(is_port))?.to_canonical();
    (!address.is_unspecified() && !address.is_multicast()).then_some(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(lines: &[(&str, &str)], believed: ForwardedHeader) -> String {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(
                HeaderName::from_bytes(name.as_bytes()).unwrap(),
                HeaderValue::from_bytes(value.as_bytes()).unwrap(),
            );
        }
        let is_trusted = |address: &IpAddr| address.to_string().starts_with("10.");
        match told(&headers, believed, is_trusted) {
            Told::Nothing => "nothing".into(),
            Told::Address(address) => address.to_string(),
            Told::Unknown => "unknown".into(),
        }
    }

    fn x_forwarded_for(value: &str) -> String {
        said(&[("x-forwarded-for", value)], ForwardedHeader::XForwardedFor)
    }

    fn forwarded(value: &str) -> String {
        said(&[("forwarded", value)], ForwardedHeader::Forwarded)
    }

    #[test]
    fn addresses_are_read_as_proxies_write_them() {
        for (told, address) in [
            ("198.51.100.1", "198.51.100.1"),
            ("198.51.100.1:47011", "198.51.100.1"),
            ("::ffff:198.51.100.1", "198.51.100.1"),
            ("2001:db8::7", "2001:db8::7"),
            ("[2001:db8::7]", "2001:db8::7"),
            (" [2001:DB8:0::7]:47011 ", "2001:db8::7"),
            ("1.2.3.4, 198.51.100.1:80, 10.0.0.2:81", "198.51.100.1"),
            ("198.51.100.1, ", "198.51.100.1"),
            ("10.0.0.3", "10.0.0.3"),
        ] {
            assert_eq!(x_forwarded_for(told), address, "{told}");
        }
        assert_eq!(x_forwarded_for("unknown, 10.0.0.2, 198.51.100.1"), "198.51.100.1");
    }

    #[test]
    fn what_cannot_be_read_is_nobodys_address() {
        for told in [
            "unknown",
            "_hidden",
            "",
            " , ",
            "198.51.100.1:",
            "198.51.100.1:99999",
            "198.51.100.1:http",
            "198.51.100",
            "198.051.100.001",
            "[2001:db8::7",
            "[2001:db8::7]x",
            "[2001:db8::7]:",
            "[198.51.100.1",
            "fe80::1%eth0",
            "localhost",
            "0.0.0.0",
            "::",
            "224.0.0.1",
            "\"198.51.100.1\"",
            "198.51.100.1;10.0.0.1",
            "198.51.100.1 10.0.0.1",
            "\u{e9}",
            "198.51.100.1, unknown, 10.0.0.2",
            "198.51.100.1, 10.0.0.2 x",
        ] {
            assert_eq!(x_forwarded_for(told), "unknown", "{told}");
        }
        let twice = [("x-real-ip", "198.51.100.1"), ("x-real-ip", "198.51.100.1")];
        assert_eq!(said(&twice, ForwardedHeader::XRealIp), "unknown");
    }

    #[test]
    fn elements_are_read_by_their_grammar() {
        for (told, address) in [
            ("for=198.51.100.1", "198.51.100.1"),
            ("For=198.51.100.1:80;proto=https;by=10.0.0.1", "198.51.100.1"),
            ("proto=https; for=\"[2001:db8::7]:47011\" ; host=\"a,b;c=\\\"d\"", "2001:db8::7"),
            ("for=\"198.51.100.1:_port\", for=10.0.0.2", "198.51.100.1"),
            ("for=unknown, for=198.51.100.1", "198.51.100.1"),
            ("for=\"\\1\\98.51.100.1\"", "198.51.100.1"),
            ("for=_hidden", "unknown"),
            ("for=unknown", "unknown"),
            ("proto=https", "unknown"),
            ("for=198.51.100.1;for=198.51.100.2", "unknown"),
            ("for=198.51.100.1 for=198.51.100.2", "unknown"),
            ("for=\"198.51.100.1", "unknown"),
            ("198.51.100.1", "unknown"),
            ("for=\"a, for=198.51.100.1", "unknown"),
            ("for=9.9.9.9;x=\", for=\"[2001:db8::7]\"", "unknown"),
        ] {
            assert_eq!(forwarded(told), address, "{told}");
        }
    }

    #[test]
    fn headers_that_contradict_each_other_are_not_believed() {
        let any = |lines: &[(&str, &str)]| said(lines, ForwardedHeader::Any);
        let [list, element, real] =
            [("x-forwarded-for", "198.51.100.1"), ("forwarded", "for=198.51.100.1"), ("x-real-ip", "198.51.100.1")];
        for lines in [&[list][..], &[element], &[real], &[list, element, real], &[list, ("x-real-ip", "10.0.0.9")]] {
            assert_eq!(any(lines), "198.51.100.1", "{lines:?}");
        }
        for lines in [
            [list, ("forwarded", "for=9.9.9.9")],
            [real, ("x-forwarded-for", "9.9.9.9")],
            [real, ("forwarded", "for=unknown")],
        ] {
            assert_eq!(any(&lines), "unknown", "{lines:?}");
        }
        assert_eq!(any(&[]), "nothing");
        // One that is not believed is as if it were not there.
        assert_eq!(said(&[real, ("forwarded", "for=9.9.9.9")], ForwardedHeader::XRealIp), "198.51.100.1");
        assert_eq!(said(&[("forwarded", "for=9.9.9.9")], ForwardedHeader::XRealIp), "nothing");
    }
}

//! How many connections there may be at a time: in all, and of one address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use ipnet::IpNet;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::kernel::caller::Network;
use crate::server::config::{Connections, Front};

/// The places for connections.
pub(super) struct Places {
    all: Arc<Semaphore>,
    most_of_address: u32,
    taken: Arc<Mutex<HashMap<Network, u32>>>,
    /// Those who stand for many: trusted proxies, and this machine, whose proxy may not be known, where its addresses are spared.
    trusted: Vec<IpNet>,
    spares_loopback: bool,
}

/// A place that is taken, until this is dropped.
pub(super) struct Place {
    _one_of_all: OwnedSemaphorePermit,
    _one_of_address: Option<OfAddress>,
}

struct OfAddress {
    network: Network,
    taken: Arc<Mutex<HashMap<Network, u32>>>,
}

/// Why there is no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Full {
    /// There is none for anybody.
    ForAll,
    /// There is none for this address.
    ForAddress,
}

impl Places {
    pub(super) fn new(connections: Connections, front: &Front) -> Self {
        Self {
            all: Arc::new(Semaphore::new(usize::try_from(connections.most).unwrap_or(Semaphore::MAX_PERMITS))),
            most_of_address: connections.most_of_address,
            taken: Arc::default(),
            trusted: front.trusted_proxies.clone(),
            spares_loopback: !front.rate_limit_loopback.is_on(),
        }
    }

    /// Takes a place for a connection from there.
    pub(super) fn take(&self, peer: IpAddr) -> Result<Place, Full> {
        let _one_of_all = Arc::clone(&self.all).try_acquire_owned().map_err(|_| Full::ForAll)?;
        let _one_of_address = if self.stands_for_many(peer) { None } else { Some(self.of_address(peer)?) };
        Ok(Place { _one_of_all, _one_of_address })
    }

    fn stands_for_many(&self, peer: IpAddr) -> bool {
        let peer = peer.to_canonical();
        (self.spares_loopback && peer.is_loopback()) || self.trusted.iter().any(|network| network.contains(&peer))
    }

    fn of_address(&self, peer: IpAddr) -> Result<OfAddress, Full> {
        let network = Network::of(peer);
        let mut all = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = all.entry(network).or_default();
        if *taken >= self.most_of_address {
            return Err(Full::ForAddress);
        }
        *taken += 1;
        Ok(OfAddress { network, taken: Arc::clone(&self.taken) })
    }
}

impl Drop for OfAddress {
    fn drop(&mut self) {
        let mut all = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let left = all.get(&self.network).map_or(0, |taken| taken.saturating_sub(1));
        if left == 0 {
            all.remove(&self.network);
        } else {
            all.insert(self.network, left);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::config::Switch;

    fn places(most_of_address: u32, front: &Front) -> Places {
        Places::new(Connections { most: 6, most_of_address, ..Connections::USUAL }, front)
    }

    fn take(places: &Places, peer: &str) -> Result<Place, Full> {
        places.take(peer.parse().unwrap())
    }

    #[test]
    fn an_address_leaves_places_to_others() {
        let places = places(2, &Front::default());
        let (one, two) = (take(&places, "198.51.100.1"), take(&places, "::ffff:198.51.100.1"));
        assert!(one.is_ok() && two.is_ok());
        assert_eq!(take(&places, "198.51.100.1").err(), Some(Full::ForAddress));
        let household = ["2001:db8:0:1::1", "2001:db8:0:1::2", "2001:db8:0:1::3"].map(|peer| take(&places, peer));
        assert_eq!(household.each_ref().map(Result::is_ok), [true, true, false]);
        drop(one);
        assert!(take(&places, "198.51.100.1").is_ok());
        drop((two, household));
        assert_eq!(places.taken.lock().unwrap().len(), 0);
    }

    #[test]
    fn who_stands_for_many_has_all_there_are() {
        let trusted = Front { trusted_proxies: vec!["10.0.0.0/8".parse().unwrap()], ..Front::default() };
        let limited = Front { rate_limit_loopback: Switch::On, ..Front::default() };
        for (peer, front, expected) in [
            ("10.0.0.1", &trusted, Full::ForAll),
            ("127.0.0.1", &trusted, Full::ForAll),
            ("10.0.0.1", &Front::default(), Full::ForAddress),
            ("127.0.0.1", &limited, Full::ForAddress),
        ] {
            let places = places(2, front);
            let taken: Vec<Place> = (0..6).map_while(|_| take(&places, peer).ok()).collect();
            assert_eq!(
                (taken.len(), take(&places, peer).err()),
                if expected == Full::ForAll { (6, Some(expected)) } else { (2, Some(expected)) }
            );
        }
    }
}

//! Who runs, who waits, who spent what lately, and so who is next: no waiting in here, and no clock.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use sea_orm::prelude::Uuid;
use tokio::time::Instant;

use super::spent::Spent;
use crate::database::Shares;
use crate::kernel::caller::{Caller, Network};
use crate::kernel::viewer::Viewer;

/// Whose statements take their turns together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Who {
    /// An account, wherever it asks from.
    Account(Uuid),
    /// An address, or all those that nobody knows.
    Network(Network),
    /// Whoever asks from no address: a command, or a test.
    Nobody,
}

impl Who {
    pub(super) fn of(viewer: &Viewer, caller: &Caller) -> Self {
        let account = viewer.account().map(Self::Account);
        account.or_else(|| caller.network().map(Self::Network)).unwrap_or(Self::Nobody)
    }
}

/// The kinds of turn, in the order in which they are given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A short one, for whoever spent little lately.
    Light,
    /// One that ends when the statement does.
    Long,
    /// A short one for whoever spent more: most of what they ask is short all the same.
    Heavy,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Light, Self::Long, Self::Heavy];

    const fn share(self, shares: Shares) -> usize {
        match self {
            Self::Light => shares.light,
            Self::Heavy => shares.heavy,
            Self::Long => shares.long,
        }
    }
}

/// How long a short turn lasts, and how much is little to have spent lately.
pub(super) const SHORT: Duration = Duration::from_millis(250);

/// So small a part of what all spent lately is little, too: on a slow machine, or a busy one, everything takes longer. Up to
/// seven who spend alike keep nobody else from being light.
const SMALL_PART: f64 = 1.0 / 8.0;

/// How many statements of one caller may wait.
pub(super) const MOST_WAITING: usize = 512;

/// So many callers are known before those of whom nothing is to be remembered are forgotten.
const MANY: usize = 1_024;

/// What is known of one caller.
#[derive(Debug)]
struct Known {
    spent: Spent,
    long: usize,
}

/// A statement that waits.
#[derive(Debug)]
struct Waiting<T> {
    number: u64,
    /// A short turn was not enough for it.
    is_long: bool,
    ticket: T,
}

/// All that is known of turns. A waiting statement is whatever is to be told that it is its turn.
#[derive(Debug)]
pub(super) struct Ledger<T> {
    shares: Shares,
    running: [usize; Kind::ALL.len()],
    /// By all callers together.
    spent: Spent,
    callers: HashMap<Who, Known>,
    waiting: HashMap<Who, VecDeque<Waiting<T>>>,
    next_number: u64,
    /// With so many callers it is time to forget some.
    many: usize,
}

impl<T> Ledger<T> {
    pub(super) fn new(shares: Shares, now: Instant) -> Self {
        let (callers, waiting) = (HashMap::new(), HashMap::new());
        let (running, spent) = ([0; Kind::ALL.len()], Spent::nothing(now));
        Self { shares, running, spent, callers, waiting, next_number: 0, many: MANY }
    }

    /// How many run, and how many wait.
    pub(super) fn counts(&self) -> (usize, usize) {
        (self.running.iter().sum(), self.waiting.values().map(VecDeque::len).sum())
    }

    /// Lines a statement up, unless so many of this caller wait that it has no place. Answers with its number.
    pub(super) fn line_up(&mut self, who: Who, is_long: bool, ticket: T) -> Option<u64> {
        let line = self.waiting.entry(who).or_default();
        if line.len() >= MOST_WAITING {
            return None;
        }
        self.next_number += 1;
        let number = self.next_number;
        let waiting = Waiting { number, is_long, ticket };
        // One that was begun already stood in line before.
        if is_long {
            line.push_front(waiting);
        } else {
            line.push_back(waiting);
        }
        Some(number)
    }

    /// Takes a statement out of the line, where it still waits.
    pub(super) fn walk_away(&mut self, who: Who, number: u64) {
        let Some(line) = self.waiting.get_mut(&who) else { return };
        line.retain(|waiting| waiting.number != number);
        if line.is_empty() {
            self.waiting.remove(&who);
        }
    }

    /// Gives the next turn there is to whoever is next: of those it is for, to whoever spent least lately.
    pub(super) fn next(&mut self, now: Instant) -> Option<(Who, Kind, T)> {
        let (kind, who, place) = Kind::ALL.into_iter().find_map(|kind| {
            let has_place = self.running(kind) < kind.share(self.shares);
            let (who, place) = self.first(kind, now).filter(|_| has_place)?;
            Some((kind, who, place))
        })?;
        let line = self.waiting.get_mut(&who)?;
        let waiting = line.remove(place)?;
        if line.is_empty() {
            self.waiting.remove(&who);
        }
        let caller = self.callers.entry(who).or_insert_with(|| Known { spent: Spent::nothing(now), long: 0 });
        caller.spent.begin(now);
        self.spent.begin(now);
        self.take(who, kind);
        Some((who, kind, waiting.ticket))
    }

    /// Who is the first to get a turn of this kind, and which of their statements.
    fn first(&self, kind: Kind, now: Instant) -> Option<(Who, usize)> {
        let little = SHORT.as_secs_f64().max(SMALL_PART * self.spent.by(now));
        let able = self.waiting.iter().filter_map(|(who, line)| {
            let (spent, running, long) = self
                .callers
                .get(who)
                .map_or((0.0, 0, 0), |caller| (caller.spent.by(now), caller.spent.running, caller.long));
            let is_theirs = match kind {
                Kind::Light => spent < little,
                Kind::Long => long < self.shares.each_long(),
                Kind::Heavy => true,
            };
            let place = line.iter().position(|waiting| kind == Kind::Long || !waiting.is_long)?;
            let number = line.get(place)?.number;
            (is_theirs && running < self.shares.each).then_some((spent, number, *who, place))
        });
        let first = able.min_by(|one, other| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)))?;
        Some((first.2, first.3))
    }

    /// Makes a long turn of a short one, where there is one for this caller.
    pub(super) fn lengthen(&mut self, who: Who, kind: Kind) -> bool {
        let has_place = self.running(Kind::Long) < self.shares.long;
        let is_theirs = self.callers.get(&who).is_some_and(|caller| caller.long < self.shares.each_long());
        if has_place && is_theirs {
            self.give_back(who, kind);
            self.take(who, Kind::Long);
        }
        has_place && is_theirs
    }

    /// Whether somebody waits who would get a turn of this kind.
    pub(super) fn is_wanted(&self, kind: Kind, now: Instant) -> bool {
        self.first(kind, now).is_some()
    }

    /// A turn is over that began then.
    pub(super) fn end(&mut self, who: Who, kind: Kind, begun: Instant, now: Instant) {
        self.give_back(who, kind);
        self.spent.end(begun, now);
        if let Some(caller) = self.callers.get_mut(&who) {
            caller.spent.end(begun, now);
        }
        if self.callers.len() > self.many {
            // Less than a millisecond is nothing to remember.
            self.callers.retain(|_, caller| caller.spent.running > 0 || caller.spent.by(now) > 0.001);
            self.many = MANY.max(2 * self.callers.len());
        }
    }

    pub(super) fn running(&self, kind: Kind) -> usize {
        self.running.get(kind as usize).copied().unwrap_or_default()
    }

    fn take(&mut self, who: Who, kind: Kind) {
        self.count(who, kind, |count| count + 1);
    }

    fn give_back(&mut self, who: Who, kind: Kind) {
        self.count(who, kind, |count| count.saturating_sub(1));
    }

    fn count(&mut self, who: Who, kind: Kind, change: impl Fn(usize) -> usize) {
        if let Some(running) = self.running.get_mut(kind as usize) {
            *running = change(*running);
        }
        if let Some(caller) = self.callers.get_mut(&who).filter(|_| kind == Kind::Long) {
            caller.long = change(caller.long);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHARES: Shares = Shares { light: 2, heavy: 1, long: 2, each: 2 };

    fn caller(number: u8) -> Who {
        Who::Network(Network::of([198, 51, 100, number].into()))
    }

    /// A ledger in which callers from 1 on have spent so many seconds.
    fn ledger(spent: &[f64], now: Instant) -> Ledger<u8> {
        let mut ledger = Ledger::new(SHARES, now);
        for (number, seconds) in (1..).zip(spent) {
            spend(&mut ledger, number, *seconds, now);
        }
        ledger
    }

    fn spend(ledger: &mut Ledger<u8>, number: u8, seconds: f64, now: Instant) {
        let caller = ledger.callers.entry(caller(number));
        caller.or_insert(Known { spent: Spent::nothing(now), long: 0 }).spent.seconds += seconds;
        ledger.spent.seconds += seconds;
    }

    fn line_up(ledger: &mut Ledger<u8>, callers: &[u8]) {
        for number in callers {
            ledger.line_up(caller(*number), false, *number).unwrap();
        }
    }

    /// Who gets the turns there are, and of which kind.
    fn given(ledger: &mut Ledger<u8>, now: Instant) -> Vec<(u8, Kind)> {
        std::iter::from_fn(|| ledger.next(now)).map(|(_, kind, number)| (number, kind)).collect()
    }

    #[test]
    fn whoever_spent_least_lately_goes_first() {
        let now = Instant::now();
        let mut ledger = ledger(&[9.0, 3.0, 6.0], now);
        line_up(&mut ledger, &[1, 1, 2, 2, 3, 3]);
        assert_eq!(given(&mut ledger, now), [(2, Kind::Long), (3, Kind::Long), (2, Kind::Heavy)]);
        let later = now + Duration::from_secs(5);
        ledger.end(caller(2), Kind::Heavy, now, later);
        // What the others' turns took counts by now.
        assert_eq!(given(&mut ledger, later), [(1, Kind::Heavy)]);
    }

    #[test]
    fn of_many_who_spent_alike_nobody_spent_much() {
        let now = Instant::now();
        let mut ledger = ledger(&[9.0; 20], now);
        line_up(&mut ledger, &(1..=20).collect::<Vec<_>>());
        assert_eq!(given(&mut ledger, now)[..3], [(1, Kind::Light), (2, Kind::Light), (3, Kind::Long)]);
    }

    #[test]
    fn four_who_spent_much_leave_the_light_turns_to_others() {
        let now = Instant::now();
        let mut ledger = ledger(&[9.0; 4], now);
        line_up(&mut ledger, &[1, 2, 3, 4, 1, 2, 3, 4]);
        assert_eq!(given(&mut ledger, now), [(1, Kind::Long), (2, Kind::Long), (3, Kind::Heavy)]);
        // Somebody new, and somebody who spent a small part of what they did.
        spend(&mut ledger, 101, 2.0, now);
        line_up(&mut ledger, &[100, 101]);
        assert_eq!(given(&mut ledger, now), [(100, Kind::Light), (101, Kind::Light)]);
        // A statement that a short turn was not enough for waits for a long one.
        ledger.end(caller(100), Kind::Light, now, now);
        ledger.line_up(caller(100), true, 100).unwrap();
        assert_eq!(given(&mut ledger, now), []);
        assert!(ledger.is_wanted(Kind::Long, now) && !ledger.is_wanted(Kind::Light, now));
        ledger.end(caller(1), Kind::Long, now, now);
        assert_eq!(given(&mut ledger, now), [(100, Kind::Long)]);
    }

    #[test]
    fn nobody_has_more_turns_than_one_caller_may() {
        let now = Instant::now();
        let mut ledger = ledger(&[9.0], now);
        line_up(&mut ledger, &[1; 9]);
        assert_eq!(given(&mut ledger, now), [(1, Kind::Long), (1, Kind::Heavy)]);
        line_up(&mut ledger, &[2; 9]);
        assert_eq!(given(&mut ledger, now), [(2, Kind::Light), (2, Kind::Light)]);
        assert!(ledger.lengthen(caller(2), Kind::Light));
        // The second long turn would be all that there are.
        assert!(!ledger.lengthen(caller(2), Kind::Light));
        assert_eq!(ledger.counts(), (4, 14));
    }

    #[test]
    fn what_was_spent_fades_and_what_runs_counts() {
        let now = Instant::now();
        let mut ledger = ledger(&[1.0], now);
        line_up(&mut ledger, &[1]);
        assert_eq!(given(&mut ledger, now), [(1, Kind::Long)]);
        let later = now + Duration::from_secs(20);
        let spent = |ledger: &Ledger<u8>| ledger.callers[&caller(1)].spent.by(later);
        assert!((20.1..20.2).contains(&spent(&ledger)), "{}", spent(&ledger));
        ledger.end(caller(1), Kind::Long, now, now);
        assert!((0.1..0.2).contains(&spent(&ledger)), "{}", spent(&ledger));
        line_up(&mut ledger, &[1]);
        assert_eq!(given(&mut ledger, later), [(1, Kind::Light)]);
    }

    #[test]
    fn a_line_has_an_end_and_can_be_left() {
        let now = Instant::now();
        let mut ledger = ledger(&[], now);
        for _ in 0..MOST_WAITING {
            assert!(ledger.line_up(caller(1), false, 1).is_some());
        }
        assert_eq!(ledger.line_up(caller(1), false, 1), None);
        let number = ledger.line_up(caller(2), false, 2).unwrap();
        ledger.walk_away(caller(2), number);
        assert_eq!(given(&mut ledger, now), [(1, Kind::Light), (1, Kind::Light)]);
        assert_eq!(ledger.counts(), (2, MOST_WAITING - 2));
    }

    #[test]
    fn callers_of_whom_nothing_is_to_be_remembered_are_forgotten() {
        let now = Instant::now();
        let mut ledger = Ledger::new(SHARES, now);
        for number in 0..3_000_u32 {
            let who = Who::Network(Network::of(std::net::Ipv4Addr::from_bits(number).into()));
            ledger.line_up(who, false, ()).unwrap();
            let (_, kind, ()) = ledger.next(now).unwrap();
            ledger.end(who, kind, now, now);
        }
        assert!(ledger.callers.len() <= MANY + 1, "{}", ledger.callers.len());
    }
}

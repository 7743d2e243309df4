//! Turns at the database: statements run a few at a time, so that nobody's keep the others' waiting.
//!
//! Whoever spent least time at the database lately goes first. What writes has turns of its own, each a transaction long. What
//! reads gets a short turn to begin with; what is not done by its end goes on where a long turn is free, or for a while where
//! nobody wants the short one, and is stopped otherwise, to begin anew once there is a long one: it has changed nothing. So
//! there are few long statements at a time, and a short one waits for short ones alone.

mod ledger;
mod spent;

use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, oneshot};
use tokio::time::{Instant, timeout};

use ledger::{Kind, Ledger, MOST_WAITING, SHORT, Who};

use super::caller::Caller;
use super::error::{Error, Result};
use super::viewer::Viewer;
use crate::database::{Shares, while_waited_for};

/// How long a statement waits for its turn.
const PATIENCE: Duration = Duration::from_secs(15);

/// How long a short turn goes on that nobody else wants.
const LONGEST_SHORT: Duration = Duration::from_secs(1);

/// The turns of one database: those of what reads, and those of what writes, apart.
#[derive(Clone, Debug)]
pub struct Turns {
    reads: Arc<Line>,
    writes: Arc<Line>,
}

/// How it goes at the turns.
#[derive(Clone, Copy, Debug)]
pub struct Figures {
    /// Statements, and transactions, that have their turn.
    pub running: usize,
    /// Those that wait for it.
    pub waiting: usize,
    /// How long all of them have waited so far.
    pub waited: Duration,
}

impl Turns {
    /// As many turns for what reads, and so many transactions at a time.
    #[must_use]
    pub fn new(reads: Shares, writes: usize) -> Self {
        let writes = Shares { light: 0, heavy: 0, long: writes, each: writes };
        Self { reads: Line::new(reads), writes: Line::new(writes) }
    }

    /// One request's place at the turns. Its statements are those of whoever asks: of the account, or else of the address.
    #[must_use]
    pub fn place(&self, viewer: &Viewer, caller: &Caller) -> Place {
        let (who, spent) = (Who::of(viewer, caller), Arc::default());
        let own = Arc::new(Semaphore::new(self.reads.shares.each));
        Place { turns: self.clone(), who, own, spent }
    }

    /// How it goes.
    #[must_use]
    pub fn figures(&self) -> Figures {
        let lines = [&self.reads, &self.writes];
        let counts = lines.map(|line| line.ledger().counts());
        Figures {
            running: counts.iter().map(|(running, _)| running).sum(),
            waiting: counts.iter().map(|(_, waiting)| waiting).sum(),
            waited: Duration::from_nanos(lines.map(|line| line.waited.load(Relaxed)).iter().sum()),
        }
    }
}

/// Those who wait for turns of one sort, and those who have one.
#[derive(Debug)]
struct Line {
    shares: Shares,
    ledger: Mutex<Ledger<oneshot::Sender<Turn>>>,
    waited: AtomicU64,
}

impl Line {
    fn new(shares: Shares) -> Arc<Self> {
        Arc::new(Self { shares, ledger: Mutex::new(Ledger::new(shares, Instant::now())), waited: AtomicU64::new(0) })
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger<oneshot::Sender<Turn>>> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives all turns there are to whoever waits for them.
    fn give(self: &Arc<Self>) {
        let now = Instant::now();
        // A turn that nobody takes any more comes back here, so the ledger must be free by then.
        while let Some((who, kind, ticket)) = { self.ledger().next(now) } {
            let turn = Turn { line: Arc::clone(self), who, kind, begun: now, spent: Arc::default() };
            drop(ticket.send(turn));
        }
    }
}

/// A turn, until it is dropped.
#[derive(Debug)]
pub struct Turn {
    line: Arc<Line>,
    who: Who,
    kind: Kind,
    begun: Instant,
    /// What the request spent in all its turns, in nanoseconds.
    spent: Arc<AtomicU64>,
}

impl Turn {
    /// Whether the statement may go on when a short turn is over: in a long one, where there is one; or in a short one that
    /// nobody else wants, for a while.
    fn goes_on(&mut self) -> bool {
        let now = Instant::now();
        let mut ledger = self.line.ledger();
        if ledger.lengthen(self.who, self.kind) {
            self.kind = Kind::Long;
            drop(ledger);
            self.line.give();
            return true;
        }
        now.saturating_duration_since(self.begun) < LONGEST_SHORT && !ledger.is_wanted(self.kind, now)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let now = Instant::now();
        let time = now.saturating_duration_since(self.begun);
        self.spent.fetch_add(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX), Relaxed);
        self.line.ledger().end(self.who, self.kind, self.begun, now);
        self.line.give();
    }
}

/// One request's place at the turns.
#[derive(Clone, Debug)]
pub struct Place {
    turns: Turns,
    who: Who,
    /// One request alone does not fill its caller's line.
    own: Arc<Semaphore>,
    spent: Arc<AtomicU64>,
}

impl Place {
    /// Runs a statement that reads, once it is its turn. It may be begun more than once.
    ///
    /// # Errors
    /// Those of the statement; where so many of this caller wait that there is no place in the line; and where this one
    /// waited too long.
    pub async fn read<T, F: Future<Output = Result<T>>>(&self, statement: impl Fn() -> F) -> Result<T> {
        let own = self.own.acquire().await;
        let _own = own.map_err(|_| Error::Internal("the turns of a request were closed".into()))?;
        let mut is_long = false;
        loop {
            let mut turn = self.turn(&self.turns.reads, is_long).await?;
            let mut work = pin!(while_waited_for(statement()));
            while turn.kind != Kind::Long {
                if let Ok(done) = timeout(SHORT, &mut work).await {
                    return done;
                }
                if !turn.goes_on() {
                    break;
                }
            }
            if turn.kind == Kind::Long {
                return work.await;
            }
            is_long = true;
        }
    }

    /// A turn for a transaction, which is over when it is dropped.
    ///
    /// # Errors
    /// Where so many of this caller wait that there is no place in the line, and where this one waited too long.
    pub async fn write(&self) -> Result<Turn> {
        self.turn(&self.turns.writes, false).await
    }

    /// What the request has spent at the database so far, turn by turn.
    #[must_use]
    pub fn spent(&self) -> Duration {
        Duration::from_nanos(self.spent.load(Relaxed))
    }

    async fn turn(&self, line: &Arc<Line>, is_long: bool) -> Result<Turn> {
        let (ticket, called) = oneshot::channel();
        let number = line.ledger().line_up(self.who, is_long, ticket);
        let number = number.ok_or(Error::LineFull { most: MOST_WAITING })?;
        let waiting = Waiting { line, who: self.who, number, since: Instant::now() };
        line.give();
        let turn = timeout(PATIENCE, called).await;
        drop(waiting);
        let turn = turn.map_err(|_| Error::Crowded { seconds: PATIENCE.as_secs() })?;
        let mut turn = turn.map_err(|_| Error::Internal("a turn was lost".into()))?;
        turn.spent = Arc::clone(&self.spent);
        Ok(turn)
    }
}

/// A statement in the line, until it is called or goes away.
struct Waiting<'l> {
    line: &'l Line,
    who: Who,
    number: u64,
    since: Instant,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let waited = u64::try_from(self.since.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.line.waited.fetch_add(waited, Relaxed);
        self.line.ledger().walk_away(self.who, self.number);
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use futures_util::FutureExt;
    use tokio::task::JoinHandle;
    use tokio::time::sleep;

    use super::*;

    fn turns() -> Turns {
        Turns::new(Shares { light: 1, heavy: 1, long: 1, each: 1 }, 1)
    }

    fn place(turns: &Turns, number: u8) -> Place {
        let address = Some([198, 51, 100, number].into());
        turns.place(&Viewer::Anonymous, &Caller { address, ..Caller::default() })
    }

    /// A statement that never ends, in a long turn.
    async fn forever(turns: &Turns, number: u8) -> JoinHandle<Result<()>> {
        let place = place(turns, number);
        let task = tokio::spawn(async move { place.read(pending::<Result<()>>).await });
        while turns.reads.ledger().running(Kind::Long) == 0 {
            sleep(Duration::from_millis(5)).await;
        }
        task
    }

    #[tokio::test]
    async fn a_statement_goes_on_in_a_long_turn() {
        let (turns, begun) = (turns(), AtomicU64::new(0));
        let place = place(&turns, 1);
        let statement = async || {
            begun.fetch_add(1, Relaxed);
            sleep(SHORT + Duration::from_millis(50)).await;
            Ok(())
        };
        place.read(statement).await.unwrap();
        assert_eq!(begun.load(Relaxed), 1);
        assert!(place.spent() > SHORT, "{:?}", place.spent());
        assert_eq!((turns.figures().running, turns.figures().waiting), (0, 0));
    }

    #[tokio::test]
    async fn without_a_long_turn_it_is_stopped_and_begun_anew() {
        let (turns, begun) = (turns(), AtomicU64::new(0));
        let first = forever(&turns, 1).await;
        let second = place(&turns, 2);
        let statement = async || {
            if begun.fetch_add(1, Relaxed) == 0 {
                pending::<()>().await;
            }
            Ok(())
        };
        let mut second = pin!(second.read(statement));
        // It has been begun and stopped, and now waits.
        while turns.figures().waiting == 0 {
            assert!((&mut second).now_or_never().is_none());
            sleep(Duration::from_millis(5)).await;
        }
        assert_eq!((begun.load(Relaxed), turns.figures().running), (1, 1));
        // Others have their turn meanwhile.
        place(&turns, 3).read(async || Ok(())).await.unwrap();
        first.abort();
        second.await.unwrap();
        assert_eq!(begun.load(Relaxed), 2);
    }

    #[tokio::test]
    async fn whoever_goes_away_gives_their_turn_and_their_place_up() {
        let turns = turns();
        let first = forever(&turns, 1).await;
        let waits = place(&turns, 1);
        assert!(waits.read(async || Ok(())).now_or_never().is_none());
        assert_eq!((turns.figures().running, turns.figures().waiting), (1, 0));
        first.abort();
        assert!(first.await.unwrap_err().is_cancelled());
        assert_eq!(turns.figures().running, 0);
        waits.read(async || Ok(())).await.unwrap();
    }
}

//! What came of many things of which each stands alone: one that fails stops no other.

use std::time::Duration;

use tokio::time::timeout;

use super::error::{Error, Result};

/// How long one of them may take.
const LIMIT: Duration = Duration::from_secs(30);

/// How many were done, and what went wrong with the others.
#[derive(Debug, Default)]
pub struct Tally {
    done: u64,
    failed: u64,
    first: Option<Error>,
}

impl Tally {
    /// Adds what came of one thing: how much of it was done.
    pub fn add(&mut self, outcome: Result<u64>) {
        match outcome {
            Ok(done) => self.done += done,
            Err(error) => {
                self.failed += 1;
                self.first.get_or_insert(error);
            }
        }
    }

    /// Whether it is of no use to go on: the database is why one failed.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.first.as_ref().is_some_and(Error::is_outage)
    }

    /// How many were done.
    ///
    /// # Errors
    /// Where some failed: the first fault, and of how many things it is one.
    pub fn sum(self) -> Result<u64> {
        match self.first {
            None => Ok(self.done),
            Some(error) if self.failed == 1 || error.is_outage() => Err(error),
            Some(error) => {
                Err(Error::Internal(format!("{} things failed, the first of them so: {error}", self.failed)))
            }
        }
    }
}

/// Does one thing for no longer than it may take.
///
/// # Errors
/// As the thing itself, and where it takes longer.
pub async fn limited<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let late = |_| Err(Error::Internal(format!("it took longer than {} seconds, and was given up", LIMIT.as_secs())));
    timeout(LIMIT, work).await.unwrap_or_else(late)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_that_fails_stops_no_other() {
        let mut tally = Tally::default();
        for outcome in [Ok(2), Err(Error::Internal("broken".into())), Ok(3), Err(Error::Busy)] {
            tally.add(outcome);
        }
        assert!(!tally.is_over());
        assert_eq!(tally.sum().unwrap_err().to_string(), "2 things failed, the first of them so: broken");
    }
}

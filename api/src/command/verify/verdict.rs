//! What was checked, and what was found.

use sea_orm::prelude::Uuid;

/// How many breaches of a check are kept; the rest are only counted.
pub(super) const KEPT: usize = 20;

/// What was checked, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Every check that ran.
    pub checks: Vec<Check>,
    /// Persons who may be one: nothing is wrong with them, and nobody but people can tell.
    pub twins: Vec<Twins>,
}

/// Two persons with one name and phone who checked in to one community.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Twins {
    /// Whoever was registered first.
    pub first: Uuid,
    /// And later.
    pub second: Uuid,
    /// Where.
    pub community: String,
}

/// Names are personal data; the keys are enough to find the rows.
impl std::fmt::Display for Twins {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { first, second, community } = self;
        write!(
            f,
            "member {second} ({community}) has the name and phone of member {first}: mergeMember, if they are one person"
        )
    }
}

/// One check.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Check {
    /// What is to hold, as a sentence.
    pub name: &'static str,
    /// How many rows it looked at.
    pub rows: u64,
    /// The first breaches.
    pub breaches: Vec<Breach>,
    /// How many there are in all.
    pub total: u64,
}

/// A row of which a check does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// Its table.
    pub table: &'static str,
    /// Its key.
    pub key: Uuid,
    /// What people call it: a title, a name or a code.
    pub handle: String,
    /// What is wrong with it.
    pub wrong: &'static str,
    /// What should be there.
    pub expected: String,
    /// What is there.
    pub found: String,
}

/// The check that is about to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// What it checks.
    pub name: &'static str,
    /// How many checks ran before it.
    pub done: usize,
    /// How many there are.
    pub of: usize,
}

impl Verdict {
    /// Whether everything holds.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.total() == 0
    }

    /// How many breaches there are in all.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.checks.iter().map(|check| check.total).sum()
    }
}

impl Check {
    pub(super) fn add(&mut self, breach: Breach) {
        self.total += 1;
        if self.breaches.len() < KEPT {
            self.breaches.push(breach);
        }
    }
}

/// `table key (handle): what is wrong: expected this, found that`.
impl std::fmt::Display for Breach {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { table, key, handle, wrong, expected, found } = self;
        write!(f, "{table} {key} ({handle}): {wrong}: expected {expected}, found {found}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn breaches_are_all_counted_and_the_first_are_kept() {
        let breach = Breach {
            table: "list_item",
            key: Uuid::from_u128(1),
            handle: "路灯".to_owned(),
            wrong: "held differs",
            expected: "3".to_owned(),
            found: "4".to_owned(),
        };
        let text = "list_item 00000000-0000-0000-0000-000000000001 (路灯): held differs: expected 3, found 4";
        assert_eq!(breach.to_string(), text);
        let mut check = Check::default();
        (0..30).for_each(|_| check.add(breach.clone()));
        assert_eq!((check.breaches.len(), check.total), (20, 30));
        assert!(!Verdict { checks: vec![check], ..Verdict::default() }.holds() && Verdict::default().holds());
    }
}

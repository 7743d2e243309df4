//! What an import did, and how far it is.

use std::path::{Path, PathBuf};

/// How many bad rows are kept; the rest are only counted.
const KEPT: usize = 100;

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Areas that were added.
    pub new: u64,
    /// Areas whose name or parent changed.
    pub changed: u64,
    /// Areas that are as they were.
    pub same: u64,
    /// Areas of the levels read that the files do not have. They stay.
    pub gone: u64,
    /// Those among them that are marked as ended now.
    pub ended: u64,
    /// The first rows that could not be loaded.
    pub bad: Vec<BadRow>,
    /// How many there were in all.
    pub bad_total: u64,
}

/// A row that could not be loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadRow {
    /// Its file.
    pub file: PathBuf,
    /// Where it starts; the header is line 1.
    pub line: u64,
    /// What is wrong with it.
    pub reason: String,
}

/// How far an import is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress<'a> {
    /// The file being read.
    pub file: &'a Path,
    /// How many of its rows are done.
    pub rows: u64,
    /// How many of its bytes are done.
    pub bytes: u64,
    /// How many bytes it has.
    pub size: u64,
}

impl Report {
    pub(super) fn reject(&mut self, file: &Path, line: u64, reason: String) {
        self.bad_total += 1;
        if self.bad.len() < KEPT {
            self.bad.push(BadRow { file: file.to_owned(), line, reason });
        }
    }
}

/// `file:line: reason`, as compilers say it.
impl std::fmt::Display for BadRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}: {}", self.file.display(), self.line, self.reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_rows_are_all_counted_and_the_first_are_kept() {
        let mut report = Report::default();
        for line in 2..152 {
            report.reject(Path::new("cities.csv"), line, "the code is empty".to_owned());
        }
        assert_eq!((report.bad.len(), report.bad_total), (100, 150));
        assert_eq!(report.bad.first().map(ToString::to_string).as_deref(), Some("cities.csv:2: the code is empty"));
    }
}

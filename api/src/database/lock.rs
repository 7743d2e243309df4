//! One server at a time on a SQLite file: a lock beside it, which the system lets go of however its holder ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use super::sqlite_path;
use crate::private;

/// Held for as long as a server runs. Two would not corrupt the file; they would wait for each other's writes, and each would
/// count attempts and rates as if it were alone.
#[derive(Debug)]
pub struct ServerLock {
    _file: Option<File>,
}

impl ServerLock {
    /// Takes the lock of a database; on PostgreSQL, and in memory, any number of servers may run.
    ///
    /// # Errors
    /// Where another server has it: the message names that one. Where the file of the lock cannot be made.
    pub fn take(url: &str) -> Result<Self, String> {
        let Some(path) = url.starts_with("sqlite:").then(|| sqlite_path(url)).flatten() else {
            return Ok(Self { _file: None });
        };
        let name = beside(path);
        let told = |error: std::io::Error| format!("cannot make {}: {error}", name.display());
        if let Some(folder) = name.parent() {
            private::folder(folder).map_err(told)?;
        }
        private::file(&name).map_err(told)?;
        let file = OpenOptions::new().read(true).write(true).open(&name).map_err(told)?;
        match file.try_lock() {
            Ok(()) => sign(&file),
            Err(TryLockError::WouldBlock) => return Err(refusal(path, &file)),
            // A file system without locks is no place for SQLite, but that is not for us to refuse.
            Err(TryLockError::Error(error)) => {
                tracing::warn!(%error, "Cannot lock {}: nothing keeps a second server away", name.display());
            }
        }
        Ok(Self { _file: Some(file) })
    }
}

/// Beside the file itself, by whatever name it was called.
fn beside(path: &Path) -> PathBuf {
    let mut name = path.canonicalize().unwrap_or_else(|_| path.to_owned()).into_os_string();
    name.push(".lock");
    name.into()
}

/// Says who has it. Only for people: where the disk is full, it stays untold.
fn sign(mut file: &File) {
    let _ = file.set_len(0).and_then(|()| file.write_all(std::process::id().to_string().as_bytes()));
}

fn refusal(path: &Path, mut file: &File) -> String {
    let mut process = String::new();
    let _ = file.read_to_string(&mut process);
    let process = process.parse::<u32>().map(|process| format!(" (process {process})")).unwrap_or_default();
    format!(
        "another server{process} runs on {}: one SQLite file takes one server; stop that one first, or use PostgreSQL",
        path.display()
    )
}

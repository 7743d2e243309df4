//! Which files there are, and of which level each is.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use entity::area::AreaLevel;

use super::level::LEVELS;
use crate::kernel::error::{Error, Result};

/// A file of one level.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Source {
    pub(super) level: AreaLevel,
    pub(super) path: PathBuf,
}

/// The files in `paths`: of a folder those of the five names that it has, else the file itself.
pub(super) fn find(paths: &[PathBuf]) -> Result<Vec<Source>> {
    let mut sources = Vec::new();
    for path in paths {
        if path.is_dir() {
            let found = sources.len();
            sources.extend(LEVELS.iter().filter_map(|level| known(&path.join(level.file))));
            if sources.len() == found {
                return Err(Error::BadRequest(format!("{} has none of {}.", path.display(), names())));
            }
        } else if !path.exists() {
            return Err(Error::BadRequest(format!("There is no {}.", path.display())));
        } else {
            let refusal = || Error::BadRequest(format!("{} is none of {}.", path.display(), names()));
            sources.push(known(path).ok_or_else(refusal)?);
        }
    }
    if sources.is_empty() {
        return Err(Error::BadRequest(format!("Name a folder with {}.", names())));
    }
    Ok(sources)
}

fn known(path: &Path) -> Option<Source> {
    let level = LEVELS.iter().find(|level| path.file_name() == Some(OsStr::new(level.file)))?;
    path.is_file().then(|| Source { level: level.level, path: path.to_owned() })
}

fn names() -> String {
    LEVELS.iter().map(|level| level.file).collect::<Vec<_>>().join(", ")
}

//! Loading a level: each row is new, changed, the same or bad.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use csv::ByteRecord;
use entity::Timestamp;
use sea_orm::DbErr;
use sea_orm::prelude::Uuid;
use tokio::task::JoinHandle;

use super::level::Level;
use super::lines::Lines;
use super::report::{Progress, Report};
use super::row::{Columns, Row};
use super::source::Source;
use super::store::{self, BATCH, Batch, Known, Parent, Stand};
use crate::database::Database;
use crate::kernel::error::{Error, Result};

/// Refuses files of a level that has nothing to lie in.
pub(super) async fn check(db: &Database, level: &Level, sources: &[Source]) -> Result<()> {
    let Some(parent) = &level.parent else { return Ok(()) };
    let has = |level| sources.iter().any(|source| source.level == level);
    if !has(level.level) || has(parent.level) || !store::parents(db, level).await?.is_empty() {
        return Ok(());
    }
    let (file, above, word) = (level.file, parent.file, parent.level.word());
    Err(Error::BadRequest(format!("{file} needs {above}, which was not found; the database has no {word} either.")))
}

/// Loads the files of one level, and counts what they do not have. `told` are the areas that the files of the level above have, and
/// then those of this one.
pub(super) async fn level(
    db: &Database,
    level: &Level,
    files: &[&Source],
    now: Timestamp,
    report: &mut Report,
    told: &mut HashSet<Uuid>,
    progress: &mut (dyn FnMut(Progress<'_>) + Send),
) -> Result<()> {
    let bad = report.bad_total;
    let parents = store::parents(db, level).await?;
    let (known, strangers) = store::known(db, level).await?;
    let mut load = Load { db, level, now, parents, known, batch: Batch::default(), writing: None, report, told };
    for (number, source) in (0..).zip(files) {
        load.file(number, &source.path, progress).await?;
    }
    let gone = load.known.values().filter(|known| known.of_level && known.seen.is_none()).count();
    load.report.gone += strangers + u64::try_from(gone).unwrap_or(u64::MAX);
    // What could not be read may be what seems to be gone.
    if load.report.bad_total == bad {
        load.end_gone().await?;
    }
    *load.told = load.known.values().filter(|known| known.seen.is_some()).map(|known| known.id).collect();
    Ok(())
}

struct Load<'a> {
    db: &'a Database,
    level: &'a Level,
    now: Timestamp,
    parents: HashMap<String, Parent>,
    known: HashMap<u64, Known>,
    batch: Batch,
    /// The batch before, being written while this one fills.
    writing: Option<JoinHandle<Result<(), DbErr>>>,
    report: &'a mut Report,
    told: &'a mut HashSet<Uuid>,
}

impl Load<'_> {
    async fn file(&mut self, number: u32, path: &Path, progress: &mut (dyn FnMut(Progress<'_>) + Send)) -> Result<()> {
        let unreadable = |error| Error::BadRequest(format!("{} cannot be read: {error}.", path.display()));
        let (mut record, mut rows) = (ByteRecord::new(), 0_u64);
        let mut lines = Lines::open(path).map_err(unreadable)?;
        lines.next(&mut record).map_err(unreadable)?;
        let columns = Columns::find(self.level, &record)
            .map_err(|reason| Error::BadRequest(format!("{}: {reason}.", path.display())))?;
        while lines.next(&mut record).map_err(unreadable)? {
            rows += 1;
            let read = columns.read(self.level, &record);
            if let Err(reason) = read.and_then(|row| self.row(&row, (number, lines.number))) {
                self.report.reject(path, lines.number.into(), reason);
            }
            if self.batch.is_full() {
                self.write().await?;
            }
            if rows.is_multiple_of(BATCH as u64) {
                progress(Progress { file: path, rows, bytes: lines.bytes, size: lines.size });
            }
        }
        self.write().await?;
        self.written().await?;
        progress(Progress { file: path, rows, bytes: lines.bytes, size: lines.size });
        Ok(())
    }

    /// Begins to write the batch, once the one before is written.
    async fn write(&mut self) -> Result<()> {
        self.written().await?;
        if !self.batch.is_empty() {
            let (db, batch, now) = (self.db.clone(), std::mem::take(&mut self.batch), self.now);
            self.writing = Some(tokio::spawn(async move { batch.write(&db, now).await }));
        }
        Ok(())
    }

    async fn written(&mut self) -> Result<()> {
        if let Some(writing) = self.writing.take() {
            writing.await.map_err(|error| Error::Internal(format!("writing a batch: {error}")))??;
        }
        Ok(())
    }

    /// Marks as ended what the files would have if it were there: it lies in something that they tell of, or that has ended itself.
    async fn end_gone(&mut self) -> Result<()> {
        let told_here = self.known.values().filter(|known| known.seen.is_some()).filter_map(|known| known.parent);
        let ended = self.parents.values().filter(|parent| parent.has_ended).map(|parent| parent.id);
        let above: HashSet<Uuid> = told_here.chain(ended).chain(self.told.iter().copied()).collect();
        let is_gone = |known: &&Known| {
            known.of_level
                && known.seen.is_none()
                && known.stand == Stand::There
                && known.parent.is_none_or(|parent| above.contains(&parent))
        };
        let gone: Vec<Uuid> = self.known.values().filter(is_gone).map(|known| known.id).collect();
        for id in gone {
            self.report.ended += 1;
            self.batch.end(id);
            if self.batch.is_full() {
                self.write().await?;
            }
        }
        self.write().await?;
        self.written().await
    }

    /// Sorts a row, which stands in this (file, line), into what is to be done with it.
    fn row(&mut self, row: &Row<'_>, place: (u32, u32)) -> Result<(), String> {
        self.see(row, place)?;
        let parent = parent(self.level, &self.parents, row)?;
        let (parent_id, name) = (parent.map(|parent| parent.id), store::hash(row.name));
        let Some(known) = self.known.get_mut(&row.number) else {
            let id = self.batch.add(self.level, row, parent, self.now);
            self.known.insert(
                row.number,
                Known { id, parent: parent_id, name, of_level: true, stand: Stand::There, seen: Some(place) },
            );
            self.report.new += 1;
            return Ok(());
        };
        if known.stand == Stand::Merged || (known.parent, known.name, known.stand) == (parent_id, name, Stand::There) {
            self.report.same += 1;
            return Ok(());
        }
        (known.parent, known.name, known.stand) = (parent_id, name, Stand::There);
        self.batch.change(known.id, row, parent, self.now);
        self.report.changed += 1;
        Ok(())
    }

    /// Notes that a file has this code, unless it may not.
    fn see(&mut self, row: &Row<'_>, (file, line): (u32, u32)) -> Result<(), String> {
        let Some(known) = self.known.get_mut(&row.number) else { return Ok(()) };
        if !known.of_level {
            return Err(format!("the code {} is that of an area of another level", row.code));
        }
        match known.seen.replace((file, line)) {
            Some((before, first)) if before == file => {
                known.seen = Some((file, first));
                Err(format!("the code {} is in line {first} already", row.code))
            }
            _ => Ok(()),
        }
    }
}

fn parent<'a>(
    level: &Level,
    parents: &'a HashMap<String, Parent>,
    row: &Row<'_>,
) -> Result<Option<&'a Parent>, String> {
    let (Some(above), Some(code)) = (&level.parent, row.parent) else { return Ok(None) };
    let unknown = || format!("no {} has the code {code:?}, in which {} would lie", above.level.word(), row.code);
    parents.get(code).map(Some).ok_or_else(unknown)
}

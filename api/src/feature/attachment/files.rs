//! Files that are sent in: taken in, told apart by what is in them, and swept where nothing came of them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use entity::audit_entry::AuditSource;
use entity::{Timestamp, account, attachment};
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Alias, CaseStatement, Expr, ExprTrait, Func};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::database::Pool;
use crate::kernel::clock::Clock;
use crate::kernel::error::{Error, Result};
use crate::kernel::global_id::Table;
use crate::kernel::refusal::{Refusal, Stop, UserErrorCode, message};
use crate::kernel::write::{Changes, Desk, Tx};
use crate::storage::{self, Arrival, Storage};

/// Where files go, and how many may come in.
#[derive(Debug)]
pub struct Files {
    /// The store.
    pub storage: Arc<dyn Storage>,
    /// How large one may be, in bytes.
    pub most_bytes: u64,
    /// How many bytes one account may send in within a day.
    pub most_bytes_a_day: u64,
    places: Arc<Semaphore>,
    /// The places of each account that has a file on its way.
    senders: Mutex<HashMap<Uuid, Weak<Semaphore>>>,
}

/// How many files may be on their way in at a time, how many of them from one account, and how long the next one waits.
const PLACES: usize = 16;
const PLACES_OF_ONE: usize = 4;
const PATIENCE: Duration = Duration::from_secs(10);

/// A place for a file on its way in, until this is dropped: one of all, and one of its sender's.
#[derive(Debug)]
pub struct Place(#[expect(dead_code, reason = "held, and given back when dropped")] [OwnedSemaphorePermit; 2]);

impl Files {
    /// Into this store, none larger than this, and no more than that from one account within a day.
    #[must_use]
    pub fn new(storage: Arc<dyn Storage>, most_bytes: u64, most_bytes_a_day: u64) -> Self {
        let places = Arc::new(Semaphore::new(PLACES));
        Self { storage, most_bytes, most_bytes_a_day, places, senders: Mutex::default() }
    }

    /// A place for a file of this account; none where others are on their way for too long.
    pub async fn place(&self, sender: Uuid) -> Option<Place> {
        let own = self.places_of(sender);
        // One's own first: whoever sends many holds no more than their own places while they wait.
        let both = async {
            Some(Place([own.acquire_owned().await.ok()?, Arc::clone(&self.places).acquire_owned().await.ok()?]))
        };
        tokio::time::timeout(PATIENCE, both).await.ok().flatten()
    }

    fn places_of(&self, sender: Uuid) -> Arc<Semaphore> {
        let mut senders = self.senders.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(places) = senders.get(&sender).and_then(Weak::upgrade) {
            return places;
        }
        senders.retain(|_, places| places.strong_count() > 0);
        let places = Arc::new(Semaphore::new(PLACES_OF_ONE));
        senders.insert(sender, Arc::downgrade(&places));
        places
    }
}

/// What a file is, by what is in it.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// Its media type.
    pub media_type: &'static str,
    /// What its name may end in, the usual first.
    endings: &'static [&'static str],
    is: fn(&[u8]) -> bool,
}

/// All that is taken in. What runs in a browser is not among them.
const KINDS: [Kind; 5] = [
    Kind { media_type: "image/png", endings: &[".png"], is: |content| content.starts_with(b"\x89PNG\r\n\x1a\n") },
    Kind { media_type: "image/jpeg", endings: &[".jpg", ".jpeg"], is: |content| content.starts_with(b"\xff\xd8\xff") },
    Kind {
        media_type: "image/gif",
        endings: &[".gif"],
        is: |content| content.starts_with(b"GIF87a") || content.starts_with(b"GIF89a"),
    },
    Kind {
        media_type: "image/webp",
        endings: &[".webp"],
        is: |content| content.starts_with(b"RIFF") && content.get(8..12) == Some(b"WEBP"),
    },
    Kind { media_type: "application/pdf", endings: &[".pdf"], is: |content| content.starts_with(b"%PDF-") },
];

impl Kind {
    /// What this content is; none where it is nothing that is taken in.
    #[must_use]
    pub fn of(content: &[u8]) -> Option<Self> {
        KINDS.into_iter().find(|kind| (kind.is)(content))
    }

    /// A name as a file of this kind may bear it: no folders, nothing invisible, and the ending of its kind.
    fn name(self, given: &str) -> String {
        let name = given.rsplit(['/', '\\']).next().unwrap_or_default();
        let shows = |one: &char| !one.is_control() && !matches!(one, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        let name: String = name.chars().filter(shows).take(LONGEST_NAME).collect();
        let name = name.trim();
        let ends_right = self.endings.iter().any(|ending| name.to_ascii_lowercase().ends_with(ending));
        let ending = self.endings.first().copied().unwrap_or_default();
        match (name.is_empty(), ends_right) {
            (true, _) => format!("file{ending}"),
            (false, true) => name.to_owned(),
            (false, false) => format!("{name}{ending}"),
        }
    }
}

/// How long a file's name may be, in characters, without its ending.
const LONGEST_NAME: usize = 120;

/// How many files of one account may hang on nothing, and how many bytes of them.
const MOST_LOOSE: i64 = 50;
const MOST_LOOSE_BYTES: i64 = 200 << 20;

/// Where the file of this attachment is fetched.
#[must_use]
pub fn url(key: Uuid) -> String {
    format!("/files/{}", Table::Attachment.id(key).as_str())
}

/// Takes a file in that has come whole: it hangs on nothing yet, and is its sender's alone.
///
/// # Errors
/// Where the store or the database fails. The inner refusal: the sender has sent too much.
pub async fn take_in(
    desk: &Desk,
    files: &Files,
    name: &str,
    kind: Kind,
    mut arrival: Arrival,
) -> Result<Result<attachment::Model, Vec<Refusal>>> {
    let (name, hash) = (&kind.name(name), &arrival.keep().await.map_err(failed)?);
    let size = arrival.bytes();
    let bytes = i64::try_from(size).unwrap_or(i64::MAX);
    let written = desk.write("uploadFile", |tx| async move {
        if let Some(sender) = tx.actor() {
            // Their files come in one after the other, so that two never count the same.
            account::Entity::find_by_id(sender).lock_exclusive().one(&tx.connection).await?;
            check_quota(&tx.connection, files, sender, tx.now, size).await?;
        }
        let id = tx.key();
        let row = attachment::Model {
            id,
            item_id: None,
            claim_id: None,
            position: 0,
            url: url(id),
            name: Some(name.clone()),
            media_type: Some(kind.media_type.to_owned()),
            bytes: Some(bytes),
            uploaded_by_id: tx.actor(),
            content_hash: Some(hash.clone()),
            is_bare: true,
            created_at: tx.now,
        };
        let insert = attachment::Entity::insert(columns(row.clone()));
        insert.exec_without_returning(&tx.connection).await?;
        tx.audit((Table::Attachment, id), None, &Changes::default().new("name", name).new("bytes", bytes));
        Ok(row)
    });
    let written = written.await?;
    // A sweep may have found nothing that points at it just before there was.
    if written.is_ok() && !files.storage.has(hash).await.map_err(failed)? {
        arrival.keep().await.map_err(failed)?;
    }
    Ok(written)
}

fn columns(row: attachment::Model) -> attachment::ActiveModel {
    use sea_orm::{ActiveModelTrait, IntoActiveModel};
    row.into_active_model().reset_all()
}

/// Refuses a sender who has sent in too much, before a byte of it is written and once more before it is theirs.
///
/// # Errors
/// `TOO_MANY`; where the database fails.
pub async fn check_quota(
    database: &impl ConnectionTrait,
    files: &Files,
    sender: Uuid,
    now: Timestamp,
    bytes: u64,
) -> Result<(), Stop> {
    let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
    let (loose, loose_bytes, today) = counted(database, sender, now).await?;
    let left_today = i64::try_from(files.most_bytes_a_day).unwrap_or(i64::MAX).saturating_sub(today);
    let message = if loose >= MOST_LOOSE || loose_bytes.saturating_add(bytes) > MOST_LOOSE_BYTES {
        message!(
            "too many of your files hang on nothing: attach them, or wait a day",
            "未使用的文件过多：请先使用，或一天后再试"
        )
    } else if bytes > left_today {
        let most = files.most_bytes_a_day;
        message!(
            "more than {most} bytes within a day: send the rest tomorrow",
            "一天内上传超过 {most} 字节：请明天再传"
        )
    } else {
        return Ok(());
    };
    Err(Refusal::new(UserErrorCode::TooMany, message).into())
}

/// How many of a sender's files hang on nothing, how many bytes these have, and how many all that came in within a day.
async fn counted(database: &impl ConnectionTrait, sender: Uuid, now: Timestamp) -> Result<(i64, i64, i64)> {
    let of_today = Condition::all().add(attachment::Column::CreatedAt.gt(now.plus(-DAY)));
    let sum = |of: &Condition, value: Expr| {
        let some = CaseStatement::new().case(of.clone(), value).finally(0);
        Expr::expr(Func::coalesce([Func::sum(some).into(), Expr::val(0)])).cast_as(Alias::new("BIGINT"))
    };
    let bytes = || Expr::expr(Func::coalesce([attachment::Column::Bytes.into_expr(), Expr::val(0)]));
    let sums = attachment::Entity::find()
        .filter(attachment::Column::UploadedById.eq(sender))
        .filter(Condition::any().add(is_loose()).add(of_today.clone()))
        .select_only()
        .expr_as(sum(&is_loose(), Expr::val(1)), "loose")
        .expr_as(sum(&is_loose(), bytes()), "loose_bytes")
        .expr_as(sum(&of_today, bytes()), "today");
    Ok(sums.into_tuple().one(database).await?.unwrap_or_default())
}

fn is_loose() -> Condition {
    Condition::all().add(attachment::Column::ItemId.is_null()).add(attachment::Column::ClaimId.is_null())
}

/// A fault of the store.
pub(crate) fn failed(error: std::io::Error) -> Error {
    Error::Store(Arc::new(error))
}

/// A day, in milliseconds.
const DAY: i64 = 24 * 3_600_000;

/// How long a file may hang on nothing, in milliseconds.
pub const LOOSE_FOR: i64 = DAY;

/// How many rows one transaction sweeps.
const BATCH: u64 = 100;

/// What a sweep threw away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Attachments that hung on nothing for a day.
    pub attachments: u64,
    /// Contents that no attachment points at.
    pub contents: u64,
}

/// Sweeps what nothing came of. Several servers may do it at once, and while files come in.
///
/// # Errors
/// Where the store or the database fails.
pub async fn sweep_orphans(writer: &Pool, clock: &Clock, files: Option<&Files>) -> Result<Swept> {
    let desk = Desk::of_server(writer.clone(), clock.clone(), AuditSource::Clock);
    let mut swept = Swept::default();
    loop {
        let written = desk.write("sweepFiles", |tx| async move { sweep_rows(&tx).await }).await?;
        let (found, gone) = written.map_err(|_| Error::Internal("the clock was refused".into()))?;
        swept.attachments += gone;
        if found < BATCH {
            break;
        }
    }
    let Some(files) = files else { return Ok(swept) };
    for start in 0..=u8::MAX {
        let hashes = files.storage.list(&format!("{start:02x}")).await.map_err(failed)?;
        for hashes in hashes.chunks(usize::try_from(BATCH).unwrap_or(1)) {
            swept.contents += sweep_contents(writer, &*files.storage, hashes).await?;
        }
    }
    files.storage.tidy().await.map_err(failed)?;
    Ok(swept)
}

/// How many rows were found to hang on nothing for too long, and how many of them still did when they were deleted.
async fn sweep_rows(tx: &Tx) -> Result<(u64, u64), Stop> {
    let old = Condition::all().add(is_loose()).add(attachment::Column::CreatedAt.lt(tx.now.plus(-LOOSE_FOR)));
    let found = attachment::Entity::find().filter(old.clone()).order_by_asc(attachment::Column::CreatedAt).limit(BATCH);
    let mut found = found.all(&tx.connection).await?;
    found.sort_by_key(|row| row.id);
    let mut gone = 0;
    for row in &found {
        let delete = attachment::Entity::delete_many().filter(attachment::Column::Id.eq(row.id)).filter(old.clone());
        if delete.exec(&tx.connection).await?.rows_affected > 0 {
            gone += 1;
            let changed = Changes::default().field("name", row.name.clone(), None);
            tx.audit((Table::Attachment, row.id), None, &changed);
        }
    }
    Ok((found.len() as u64, gone))
}

/// Throws away the contents that nothing points at.
///
/// A file may come in meanwhile with the same content: whoever takes it in looks for it once its row is there, and this looks for
/// rows once the content is gone. One of the two sees the other.
async fn sweep_contents(database: &Pool, storage: &dyn Storage, hashes: &[String]) -> Result<u64> {
    let known = pointed_at(database, hashes).await?;
    let mut gone = 0;
    for hash in hashes.iter().filter(|hash| !known.contains(hash)) {
        let Some(content) = storage::get(storage, hash).await.map_err(failed)? else { continue };
        storage.remove(hash).await.map_err(failed)?;
        if pointed_at(database, std::slice::from_ref(hash)).await?.is_empty() {
            gone += 1;
        } else {
            storage::put(storage, content.into()).await.map_err(failed)?;
        }
    }
    Ok(gone)
}

async fn pointed_at(database: &Pool, hashes: &[String]) -> Result<Vec<String>> {
    let rows = attachment::Entity::find()
        .select_only()
        .column(attachment::Column::ContentHash)
        .filter(attachment::Column::ContentHash.is_in(hashes))
        .distinct();
    Ok(rows.into_tuple().all(database).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_is_in_it() {
        let kind = |content: &[u8]| Kind::of(content).map(|kind| kind.media_type);
        assert_eq!(kind(b"\x89PNG\r\n\x1a\n..."), Some("image/png"));
        assert_eq!(kind(b"\xff\xd8\xff\xe0"), Some("image/jpeg"));
        assert_eq!(kind(b"GIF89a"), Some("image/gif"));
        assert_eq!(kind(b"RIFF\0\0\0\0WEBPVP8 "), Some("image/webp"));
        assert_eq!(kind(b"%PDF-1.7"), Some("application/pdf"));
        for nothing in
            [&b""[..], b"<svg xmlns='...'/>", b"<html>", b"RIFF\0\0\0\0WAVE", b"MZ", b"PK\x03\x04", b" %PDF-"]
        {
            assert_eq!(kind(nothing), None);
        }
    }

    #[test]
    fn a_name_ends_as_its_kind_does() {
        let name = |given| Kind::of(b"\xff\xd8\xff").map(|kind| kind.name(given)).unwrap_or_default();
        assert_eq!(name("现场.JPG"), "现场.JPG");
        assert_eq!(name("../../etc/页面.html"), "页面.html.jpg");
        assert_eq!(name("C:\\\\照片\\\\1.jpeg"), "1.jpeg");
        assert_eq!(name("a\r\nb.jpg"), "ab.jpg");
        assert_eq!(name(""), "file.jpg");
    }
}

//! Where files are kept: by what is in them, behind one interface, so that a folder can give way to an object store.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crate::private;
use axum::body::Bytes;
use futures_util::future::BoxFuture;
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;
use tokio::io::{AsyncRead, AsyncReadExt};

/// A store of files by their hash: SHA-256 of what is in them, in hex. The same file twice is kept once.
pub trait Storage: std::fmt::Debug + Send + Sync {
    /// A file to be written piece by piece: its hash is known at its end.
    fn begin(&self) -> BoxFuture<'_, io::Result<Box<dyn Unfinished>>>;

    /// The file with this hash, to be read piece by piece.
    fn open<'a>(&'a self, hash: &'a str) -> BoxFuture<'a, io::Result<Option<Content>>>;

    /// Whether there is a file with this hash.
    fn has<'a>(&'a self, hash: &'a str) -> BoxFuture<'a, io::Result<bool>>;

    /// Throws a file away. One that is not there is thrown away already.
    fn remove<'a>(&'a self, hash: &'a str) -> BoxFuture<'a, io::Result<()>>;

    /// The hashes that begin with these two digits.
    fn list<'a>(&'a self, start: &'a str) -> BoxFuture<'a, io::Result<Vec<String>>>;

    /// Throws away what was begun and never finished.
    fn tidy(&self) -> BoxFuture<'_, io::Result<()>>;
}

/// A file that is being written. Dropped before it is kept, it is thrown away.
pub trait Unfinished: Send {
    /// Writes the next piece.
    fn write(&mut self, piece: Bytes) -> BoxFuture<'_, io::Result<()>>;

    /// Keeps what was written: when this is done it is there whole, also after a crash. May be done again, where it was thrown
    /// away meanwhile.
    fn keep<'a>(&'a mut self, hash: &'a str) -> BoxFuture<'a, io::Result<()>>;
}

/// What is in a file.
pub struct Content {
    /// How long it is.
    pub bytes: u64,
    /// Itself.
    pub reader: Pin<Box<dyn AsyncRead + Send>>,
}

/// A file on its way into a store, and what is known of it so far.
pub struct Arrival {
    file: Box<dyn Unfinished>,
    digest: Sha256,
    bytes: u64,
}

impl Arrival {
    /// Into this store.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn begin(storage: &dyn Storage) -> io::Result<Self> {
        Ok(Self { file: storage.begin().await?, digest: Sha256::new(), bytes: 0 })
    }

    /// Takes the next piece.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn take(&mut self, piece: Bytes) -> io::Result<()> {
        self.digest.update(&piece);
        self.bytes = self.bytes.saturating_add(piece.len() as u64);
        self.file.write(piece).await
    }

    /// How many bytes have come.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Keeps it, and answers with its hash.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn keep(&mut self) -> io::Result<String> {
        let hash = format!("{:x}", self.digest.clone().finalize());
        self.file.keep(&hash).await?;
        Ok(hash)
    }
}

/// Keeps a file that is there whole, and answers with its hash.
///
/// # Errors
/// Where the store fails.
pub async fn put(storage: &dyn Storage, content: Bytes) -> io::Result<String> {
    let mut arrival = Arrival::begin(storage).await?;
    arrival.take(content).await?;
    arrival.keep().await
}

/// The whole of the file with this hash.
///
/// # Errors
/// Where the store fails.
pub async fn get(storage: &dyn Storage, hash: &str) -> io::Result<Option<Vec<u8>>> {
    let Some(mut content) = storage.open(hash).await? else { return Ok(None) };
    let mut whole = Vec::new();
    content.reader.read_to_end(&mut whole).await?;
    Ok(Some(whole))
}

/// What was begun so long ago was given up.
const GIVEN_UP: Duration = Duration::from_secs(24 * 3_600);

/// A folder with a file for each content, in folders by the first two digits of the hash.
#[derive(Clone, Debug)]
pub struct Folder(Arc<Path>);

impl Folder {
    /// This folder, made where it is not there.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub fn open(path: PathBuf) -> io::Result<Self> {
        private::folder(&path.join(UNFINISHED))?;
        Ok(Self(path.into()))
    }

    /// Where the file with this hash is. What is no hash has no place.
    fn place(&self, hash: &str) -> io::Result<PathBuf> {
        let digits = || hash.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
        match hash.get(..2) {
            Some(start) if hash.len() == 64 && digits() => Ok(self.0.join(start).join(hash)),
            _ => Err(io::Error::new(io::ErrorKind::InvalidInput, "not a hash")),
        }
    }

    /// Does what waits for the disk where no request waits for it.
    fn blocking<T: Send + 'static>(
        &self,
        action: impl FnOnce(&Self) -> io::Result<T> + Send + 'static,
    ) -> BoxFuture<'static, io::Result<T>> {
        let folder = self.clone();
        Box::pin(async move { tokio::task::spawn_blocking(move || action(&folder)).await.map_err(io::Error::other)? })
    }
}

/// Where files are while they are being written. No hash begins so.
const UNFINISHED: &str = "unfinished";

impl Storage for Folder {
    fn begin(&self) -> BoxFuture<'_, io::Result<Box<dyn Unfinished>>> {
        self.blocking(|folder| {
            let file = NamedTempFile::new_in(folder.0.join(UNFINISHED))?;
            Ok(Box::new(Draft { folder: folder.clone(), file: Some(file) }) as Box<dyn Unfinished>)
        })
    }

    fn open<'a>(&'a self, hash: &'a str) -> BoxFuture<'a, io::Result<Option<Content>>> {
        let place = self.place(hash);
        Box::pin(async move {
            let Some(file) = found(tokio::fs::File::open(place?).await)? else { return Ok(None) };
            let bytes = file.metadata().await?.len();
            Ok(Some(Content { bytes, reader: Box::pin(file) }))
        })
    }

    fn has<'a>(&'a self, hash: &'a str) -> BoxFuture<'a, io::Result<bool>> {
        let place = self.place(hash);
        self.blocking(move |_| place?.try_exists())
    }

    fn remove<'a>(&'a self, hash: &'a str) -> BoxFuture<'a, io::Result<()>> {
        let place = self.place(hash);
        self.blocking(move |_| found(std::fs::remove_file(place?)).map(|_| ()))
    }

    fn list<'a>(&'a self, start: &'a str) -> BoxFuture<'a, io::Result<Vec<String>>> {
        let start = start.to_owned();
        self.blocking(move |folder| {
            let entries = found(std::fs::read_dir(folder.0.join(start)))?.into_iter().flatten();
            let names = entries.map(|entry| Ok(entry?.file_name().into_string().ok())).filter_map(Result::transpose);
            let mut names = names.collect::<io::Result<Vec<String>>>()?;
            names.retain(|name| folder.place(name).is_ok());
            names.sort_unstable();
            Ok(names)
        })
    }

    fn tidy(&self) -> BoxFuture<'_, io::Result<()>> {
        self.blocking(|folder| {
            for entry in std::fs::read_dir(folder.0.join(UNFINISHED))? {
                let entry = entry?;
                let age = entry.metadata()?.modified()?.elapsed().unwrap_or_default();
                if age > GIVEN_UP {
                    found(std::fs::remove_file(entry.path()))?;
                }
            }
            Ok(())
        })
    }
}

/// A file of the folder that is being written. Its temporary file goes with it.
struct Draft {
    folder: Folder,
    /// Out of here only while a piece is written.
    file: Option<NamedTempFile>,
}

impl Draft {
    fn take(&mut self) -> io::Result<NamedTempFile> {
        self.file.take().ok_or_else(|| io::Error::other("a piece before it could not be written"))
    }
}

impl Unfinished for Draft {
    fn write(&mut self, piece: Bytes) -> BoxFuture<'_, io::Result<()>> {
        Box::pin(async move {
            let mut file = self.take()?;
            let written = self.folder.blocking(move |_| file.write_all(&piece).map(|()| file)).await?;
            self.file = Some(written);
            Ok(())
        })
    }

    fn keep<'a>(&'a mut self, hash: &'a str) -> BoxFuture<'a, io::Result<()>> {
        Box::pin(async move {
            let (file, place) = (self.take()?, self.folder.place(hash)?);
            let kept = self.folder.blocking(move |folder| keep(folder, &file, &place).map(|()| file)).await?;
            self.file = Some(kept);
            Ok(())
        })
    }
}

/// Gives a file that is whole its name among the others. Its temporary one stays with it, for it to be kept again.
fn keep(folder: &Folder, file: &NamedTempFile, place: &Path) -> io::Result<()> {
    let home = place.parent().unwrap_or(&folder.0);
    private::folder(home)?;
    file.as_file().sync_all()?;
    match std::fs::hard_link(file.path(), place) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        // The name, too, is on the disk only once the folder is.
        linked => linked.and_then(|()| std::fs::File::open(home)?.sync_all()),
    }
}

/// What is not there is nothing, and no failure.
fn found<T>(outcome: io::Result<T>) -> io::Result<Option<T>> {
    match outcome {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_put_is_there_once_and_whole() {
        let home = tempfile::tempdir().expect("a folder");
        let folder = Folder::open(home.path().join("files")).expect("a folder");
        let one = "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed";
        let other = one.replace('7', "8");
        for _ in 0..2 {
            let mut arrival = Arrival::begin(&folder).await.expect("begun");
            for piece in ["o", "ne"] {
                arrival.take(piece.into()).await.expect("taken");
            }
            assert_eq!(arrival.bytes(), 3);
            assert_eq!(arrival.keep().await.expect("kept"), one);
        }
        drop(Arrival::begin(&folder).await.expect("begun"));
        assert_eq!(get(&folder, one).await.expect("got").as_deref(), Some(&b"one"[..]));
        assert_eq!(get(&folder, &other).await.expect("got"), None);
        assert_eq!(folder.list(&one[..2]).await.expect("listed"), [one]);
        assert_eq!(folder.list("zz").await.expect("listed"), [""; 0]);
        folder.tidy().await.expect("tidied");
        for _ in 0..2 {
            folder.remove(one).await.expect("removed");
        }
        assert!(!folder.has(one).await.expect("asked"));
        let unfinished = std::fs::read_dir(home.path().join("files").join(UNFINISHED)).expect("a folder");
        assert_eq!(unfinished.count(), 0);
    }

    #[tokio::test]
    async fn what_is_no_hash_leads_nowhere() {
        let home = tempfile::tempdir().expect("a folder");
        let folder = Folder::open(home.path().to_owned()).expect("a folder");
        for name in ["", "../../etc/passwd", "ab", &"g".repeat(64), &"A".repeat(64)] {
            assert!(get(&folder, name).await.is_err(), "{name}");
        }
    }
}

//! Where files are kept: by what is in them, behind one interface, so that a folder can give way to an object store.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

/// What is in a file, by which the store has it: SHA-256, in hex.
#[must_use]
pub fn hash(content: &[u8]) -> String {
    format!("{:x}", Sha256::digest(content))
}

/// A store of files by their hash. The same file twice is kept once.
pub trait Storage: std::fmt::Debug + Send + Sync {
    /// Keeps a file: when this is done it is there whole, also after a crash.
    fn put<'a>(&'a self, hash: &'a str, content: Arc<[u8]>) -> BoxFuture<'a, io::Result<()>>;

    /// The file with this hash.
    fn get<'a>(&'a self, hash: &'a str) -> BoxFuture<'a, io::Result<Option<Vec<u8>>>>;

    /// Whether there is a file with this hash.
    fn has<'a>(&'a self, hash: &'a str) -> BoxFuture<'a, io::Result<bool>>;

    /// Throws a file away. One that is not there is thrown away already.
    fn remove<'a>(&'a self, hash: &'a str) -> BoxFuture<'a, io::Result<()>>;

    /// The hashes that begin with these two digits.
    fn list<'a>(&'a self, start: &'a str) -> BoxFuture<'a, io::Result<Vec<String>>>;

    /// Throws away what was begun and never finished.
    fn tidy(&self) -> BoxFuture<'_, io::Result<()>>;
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
        std::fs::create_dir_all(path.join(UNFINISHED))?;
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
    fn put<'a>(&'a self, hash: &'a str, content: Arc<[u8]>) -> BoxFuture<'a, io::Result<()>> {
        let place = self.place(hash);
        self.blocking(move |folder| {
            let place = place?;
            if place.try_exists()? {
                return Ok(());
            }
            let home = place.parent().unwrap_or(&folder.0);
            std::fs::create_dir_all(home)?;
            let mut file = NamedTempFile::new_in(folder.0.join(UNFINISHED))?;
            file.write_all(&content)?;
            file.as_file().sync_all()?;
            file.persist(&place)?;
            // The name, too, is on the disk only once the folder is.
            std::fs::File::open(home)?.sync_all()
        })
    }

    fn get<'a>(&'a self, hash: &'a str) -> BoxFuture<'a, io::Result<Option<Vec<u8>>>> {
        let place = self.place(hash);
        self.blocking(move |_| found(std::fs::read(place?)))
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
        let (one, other) = (hash(b"one"), hash(b"other"));
        for _ in 0..2 {
            folder.put(&one, Arc::from(&b"one"[..])).await.expect("put");
        }
        assert_eq!(folder.get(&one).await.expect("got").as_deref(), Some(&b"one"[..]));
        assert_eq!(folder.get(&other).await.expect("got"), None);
        assert_eq!(folder.list(&one[..2]).await.expect("listed"), std::slice::from_ref(&one));
        assert_eq!(folder.list("zz").await.expect("listed"), [""; 0]);
        folder.tidy().await.expect("tidied");
        for _ in 0..2 {
            folder.remove(&one).await.expect("removed");
        }
        assert!(!folder.has(&one).await.expect("asked"));
        let unfinished = std::fs::read_dir(home.path().join("files").join(UNFINISHED)).expect("a folder");
        assert_eq!(unfinished.count(), 0);
    }

    #[tokio::test]
    async fn what_is_no_hash_leads_nowhere() {
        let home = tempfile::tempdir().expect("a folder");
        let folder = Folder::open(home.path().to_owned()).expect("a folder");
        for name in ["", "../../etc/passwd", "ab", &"g".repeat(64), &hash(b"one").to_uppercase()] {
            assert!(folder.get(name).await.is_err(), "{name}");
        }
    }
}

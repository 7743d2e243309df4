//! Passwords: what one must be, and how one is kept: as argon2id, in memory that does not grow with those who try.

use std::sync::{Arc, Mutex, PoisonError};

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{ARGON2ID_IDENT, Algorithm, Argon2, Block, Params, Version};
use tokio::sync::Semaphore;

use crate::kernel::error::{Error, Result};
use crate::kernel::refusal::{Refusal, message};

/// How long a password is, in characters.
pub const SHORTEST: usize = 10;
const LONGEST: usize = 200;

/// Ten characters and more, lower case, sorted: shorter ones are refused for being short.
const COMMON: &str = include_str!("common_passwords.txt");

/// What OWASP asks for: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;

/// Passwords hashed at a time, and those that may wait for their turn.
const AT_ONCE: usize = 2;
const WAITING: usize = 64;

/// Refuses a password that is short, or that many others would try first.
///
/// # Errors
/// `INVALID` at `field`.
pub fn check(field: &str, password: &str, username: &str) -> Result<(), Refusal> {
    let length = password.chars().count();
    if !(SHORTEST..=LONGEST).contains(&length) {
        let message = message!(
            "a password has {SHORTEST} to {LONGEST} characters; this one has {length}",
            "密码须为 {SHORTEST} 至 {LONGEST} 个字符，现有 {length} 个"
        );
        return Err(Refusal::invalid(field, message));
    }
    if is_common(&password.to_lowercase(), username) {
        let message = message!(
            "this password is one of the first that anybody would try: choose another",
            "该密码过于常见，容易被猜中，请换一个"
        );
        return Err(Refusal::invalid(field, message));
    }
    Ok(())
}

/// One of the list, the username with or without digits after it, or hardly more than one character over and over.
fn is_common(password: &str, username: &str) -> bool {
    let mut distinct: Vec<char> = password.chars().collect();
    distinct.sort_unstable();
    distinct.dedup();
    let bare = password.trim_end_matches(|letter: char| letter.is_ascii_digit() || "!@#._-".contains(letter));
    distinct.len() < 4 || password == username || bare == username || COMMON.lines().any(|line| line == password)
}

/// Hashes passwords: a few at a time, each in memory that is used again.
#[derive(Debug)]
pub struct Hasher {
    turns: Arc<Semaphore>,
    waiting: Semaphore,
    memory: Mutex<Vec<Vec<Block>>>,
    /// What a password is held against where there is no such account, so that it takes as long.
    nobody: String,
}

impl Default for Hasher {
    fn default() -> Self {
        Self::with_room_for(WAITING)
    }
}

impl Hasher {
    /// One for which so many may wait while it is at work.
    #[must_use]
    pub fn with_room_for(waiting: usize) -> Self {
        let params = params().map(|params| ParamsString::try_from(&params)).ok().and_then(Result::ok);
        let nobody = phc(params.unwrap_or_default(), &[0; 16], &[0; 32]).unwrap_or_default();
        Self {
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            waiting: Semaphore::new(waiting),
            memory: Mutex::default(),
            nobody,
        }
    }

    /// The hash of a password, as a PHC string.
    ///
    /// # Errors
    /// Where too many wait already.
    pub async fn hash(self: &Arc<Self>, password: String) -> Result<String> {
        let salt: [u8; 16] = rand::random();
        self.run(move |memory| {
            let params = params()?;
            let hash = digest(&password, &salt, &params, memory)?;
            phc(ParamsString::try_from(&params).map_err(fault)?, &salt, &hash)
        })
        .await
    }

    /// Whether a password is the one that was hashed. Where nothing was, it is not, and that takes as long to find out.
    ///
    /// # Errors
    /// Where too many wait already, or what is kept is no hash.
    pub async fn verify(self: &Arc<Self>, password: String, kept: Option<String>) -> Result<bool> {
        let is_somebody = kept.is_some();
        let kept = PasswordHash::new(kept.as_deref().unwrap_or(&self.nobody)).map_err(fault)?;
        self.run(move |memory| {
            let params = Params::try_from(&kept).map_err(fault)?;
            let salt = kept.salt.as_ref().map(AsRef::as_ref).unwrap_or_default();
            let hash = Output::new(&digest(&password, salt, &params, memory)?).map_err(fault)?;
            // This comparison takes the same time wherever they differ.
            Ok(Some(hash) == kept.hash && is_somebody)
        })
        .await
    }

    /// Does some work on a thread that may block, in its turn.
    async fn run<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&mut Vec<Block>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let waits = self.waiting.try_acquire().map_err(|_| Error::Busy)?;
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(fault)?;
        drop(waits);
        let hasher = Arc::clone(self);
        let done = tokio::task::spawn_blocking(move || {
            let mut memory = hasher.memory.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
            let done = work(&mut memory);
            hasher.memory.lock().unwrap_or_else(PoisonError::into_inner).push(memory);
            // Held until here even if nobody waits for the outcome any more.
            drop(turn);
            done
        });
        done.await.map_err(fault)?
    }
}

fn params() -> Result<Params> {
    Params::new(MEMORY_KIB, PASSES, 1, Some(32)).map_err(fault)
}

fn digest(password: &str, salt: &[u8], params: &Params, memory: &mut Vec<Block>) -> Result<[u8; 32]> {
    memory.resize(params.block_count(), Block::default());
    let mut hash = [0; 32];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
    argon2
        .hash_password_into_with_memory(password.as_bytes(), salt, &mut hash, memory.as_mut_slice())
        .map_err(fault)?;
    Ok(hash)
}

fn phc(params: ParamsString, salt: &[u8], hash: &[u8]) -> Result<String> {
    let hash = PasswordHash {
        algorithm: ARGON2ID_IDENT,
        version: Some(Version::V0x13.into()),
        params,
        salt: Some(Salt::new(salt).map_err(fault)?),
        hash: Some(Output::new(hash).map_err(fault)?),
    };
    Ok(hash.to_string())
}

fn fault(error: impl std::fmt::Display) -> Error {
    Error::Internal(format!("a password could not be hashed: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_refused(password: &str) -> bool {
        check("password", password, "lihua").is_err()
    }

    #[test]
    fn short_common_and_own_names_are_refused() {
        for password in
            ["Kj8#vQ2x1", "password123", "QWERTYUIOP", "lihua", "LiHua20260101", "lihua-2026!", "ababababab"]
        {
            assert!(is_refused(password), "{password}");
        }
        assert!(is_refused(&"长".repeat(201)));
        assert!(!is_refused("文庙社区的路灯修好了吗"));
        assert!(!is_refused("correct horse battery"));
    }

    #[test]
    fn the_list_is_sorted_lower_case_and_says_nothing_twice() {
        let lines: Vec<&str> = COMMON.lines().collect();
        let long = lines.iter().filter(|line| line.len() >= SHORTEST);
        assert!(long.count() > 200 && lines.iter().all(|line| **line == line.to_lowercase()));
        assert_eq!(lines.iter().collect::<std::collections::BTreeSet<_>>().len(), lines.len());
    }

    #[tokio::test]
    async fn a_password_is_known_again_and_no_other() {
        let hasher = Arc::new(Hasher::default());
        let kept = hasher.hash("correct horse battery".into()).await.unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert!(hasher.verify("correct horse battery".into(), Some(kept.clone())).await.unwrap());
        assert!(!hasher.verify("correct horse batterz".into(), Some(kept.clone())).await.unwrap());
        assert!(!hasher.verify("correct horse battery".into(), None).await.unwrap());
        assert_ne!(hasher.hash("correct horse battery".into()).await.unwrap(), kept);
    }

    #[tokio::test]
    async fn many_at_once_share_the_memory_of_a_few() {
        let hasher = Arc::new(Hasher::default());
        let tries = (0..WAITING + 40).map(|_| hasher.verify("x".into(), None));
        let outcomes = futures_util::future::join_all(tries).await;
        let refused = outcomes.iter().filter(|outcome| matches!(outcome, Err(Error::Busy))).count();
        assert!(refused > 0 && refused <= 40, "{refused}");
        assert!(hasher.memory.lock().unwrap().len() <= AT_ONCE);
    }
}

//! What it takes to come in here: how passwords and tokens are checked, how long they last, and who is let in at all.

use std::sync::Arc;

use super::issuer::Issuer;
use super::password::Hasher;
use super::throttle::Throttle;
use super::token::SigningKey;
use crate::kernel::caller::Caller;

/// The gate of one server.
#[derive(Debug)]
pub struct Gate {
    /// What signs access tokens.
    pub key: SigningKey,
    /// What hashes passwords.
    pub hasher: Arc<Hasher>,
    /// How often a sign-in may fail.
    pub throttle: Throttle,
    /// The identity provider besides ourselves.
    pub issuer: Option<Issuer>,
    /// Whether the accounts of the demo data, with the password that everybody knows, are let in from anywhere. From this very
    /// machine they always are.
    pub admits_demo: bool,
    /// For how long an access token is good, in milliseconds.
    pub access_lasts: i64,
}

impl Gate {
    /// For how long an access token is good where nobody says: a quarter of an hour.
    pub const ACCESS_LASTS: i64 = 15 * 60_000;

    /// The gate with this key, and all else as usual.
    #[must_use]
    pub fn new(key: SigningKey) -> Self {
        Self {
            key,
            hasher: Arc::default(),
            throttle: Throttle::default(),
            issuer: None,
            admits_demo: false,
            access_lasts: Self::ACCESS_LASTS,
        }
    }

    /// Whether an account, which may be one of the demo data, is let in from where this caller is.
    #[must_use]
    pub fn admits(&self, is_demo: bool, caller: &Caller) -> bool {
        !is_demo || self.admits_demo || caller.is_local
    }
}

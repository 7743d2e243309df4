//! Who asks.

use std::sync::Arc;

use entity::Timestamp;
use entity::account_grant::Role;
use sea_orm::prelude::Uuid;

/// Who asks, and so what there is for them to see. What one may not see does not exist for one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Viewer {
    /// Nobody in particular (DOMAIN: `ANONYMOUS`): what is public, and figures.
    Anonymous,
    /// Somebody who is signed in.
    SignedIn(Arc<SignedIn>),
}

/// Somebody who is signed in, with what they were granted when the request came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// Their account.
    pub account: Uuid,
    /// How they showed who they are.
    pub credential: Credential,
    /// Whether they may change anything: a token may be for reading alone.
    pub may_write: bool,
    /// What they are, and where.
    pub grants: Vec<Granted>,
}

/// How somebody showed who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credential {
    /// By a password, in this very request.
    Password,
    /// By the access token of a session.
    Session(Uuid),
    /// By a personal access token: it is a script that asks.
    PersonalToken,
    /// By a token of another identity provider.
    OutsideToken,
}

/// A role, and where it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Granted {
    /// What it makes of them.
    pub role: Role,
    /// Where.
    pub scope: GrantScope,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
}

/// Where a grant holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GrantScope {
    /// One party.
    Party(Uuid),
    /// One person.
    Member(Uuid),
    /// An area and all below, by its path.
    Area(String),
    /// Everywhere.
    Everywhere,
}

impl Viewer {
    /// The account of whoever is signed in.
    #[must_use]
    pub fn account(&self) -> Option<Uuid> {
        match self {
            Self::Anonymous => None,
            Self::SignedIn(who) => Some(who.account),
        }
    }

    /// The session in which they ask, where it is one.
    #[must_use]
    pub fn session(&self) -> Option<Uuid> {
        match self {
            Self::SignedIn(who) => match who.credential {
                Credential::Session(key) => Some(key),
                Credential::Password | Credential::PersonalToken | Credential::OutsideToken => None,
            },
            Self::Anonymous => None,
        }
    }

    /// What they were granted; nothing for a stranger.
    #[must_use]
    pub fn grants(&self) -> &[Granted] {
        match self {
            Self::Anonymous => &[],
            Self::SignedIn(who) => &who.grants,
        }
    }
}

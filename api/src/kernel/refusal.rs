//! Refusals: what a caller can cause and mend, as data.

use async_graphql::Enum;
use sea_orm::DbErr;
use sea_orm::prelude::Uuid;

use super::caller::Language;
use super::error::Error;
use super::global_id::Table;

/// Why a mutation was refused. Codes are the same in every language; more may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum)]
pub enum UserErrorCode {
    /// A value is not one that the field takes
    Invalid,
    /// There is no such thing, or it is not yours to see
    NotFound,
    /// Not yours to do
    Forbidden,
    /// Sign in first
    Unauthenticated,
    /// Somebody else changed it since you read it: read again, then decide
    Conflict,
    /// The item has fewer left
    NotEnoughRemaining,
    /// Not from where it stands now
    InvalidTransition,
    /// The item takes no claims now
    NotClaimable,
    /// There is a live claim of the same party on the item
    AlreadyClaimed,
    /// It takes a confirmed check-in
    NotCheckedIn,
    /// A party does not claim what it listed itself
    OwnItem,
    /// Claims run between a community and a unit
    SameSide,
    /// Say why
    ReasonRequired,
    /// Each side rates once
    AlreadyRated,
    /// Claims hold it
    HeldByClaims,
    /// There is one already
    Duplicate,
    /// The account acts for several parties: name one in `asPartyId`
    WhichParty,
    /// The idempotency key was used for something else
    KeyReused,
    /// The name and the password do not go together
    WrongCredentials,
    /// Too many attempts: wait
    TooMany,
    /// The party was closed or merged into another
    Ended,
}

/// A message to people, in the languages that we speak.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// In English.
    pub english: String,
    /// In Chinese.
    pub chinese: String,
}

impl Message {
    /// The message in this language.
    #[must_use]
    pub fn text(&self, language: Language) -> &str {
        match language {
            Language::English => &self.english,
            Language::Chinese => &self.chinese,
        }
    }
}

/// A message in English and in Chinese, side by side so that neither is forgotten.
macro_rules! message {
    ($english:literal, $chinese:literal $(,)?) => {
        $crate::kernel::refusal::Message { english: format!($english), chinese: format!($chinese) }
    };
}
pub(crate) use message;

/// How many things a refusal names. Who mends that many looks again.
pub const MOST_NODES: usize = 20;

/// A mutation refused: nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Why.
    pub code: UserErrorCode,
    /// Why, in words.
    pub message: Message,
    /// Where in the input, below `input`.
    pub path: Vec<String>,
    /// What stands in the way.
    pub nodes: Vec<(Table, Uuid)>,
}

impl Refusal {
    /// A refusal that is about no field in particular.
    #[must_use]
    pub fn new(code: UserErrorCode, message: Message) -> Self {
        Self { code, message, path: Vec::new(), nodes: Vec::new() }
    }

    /// A refusal of a field's value.
    #[must_use]
    pub fn invalid(field: &str, message: Message) -> Self {
        Self::new(UserErrorCode::Invalid, message).at(field)
    }

    /// There is nothing with the id in this field, as far as the viewer can know.
    #[must_use]
    pub fn not_found(field: &str) -> Self {
        Self::new(UserErrorCode::NotFound, message!("there is nothing with this id", "没有这个编号对应的内容"))
            .at(field)
    }

    /// Not the viewer's to do.
    #[must_use]
    pub fn forbidden() -> Self {
        Self::new(UserErrorCode::Forbidden, message!("this is not yours to do", "您没有权限进行此操作"))
    }

    /// Somebody else moved it first.
    #[must_use]
    pub fn conflict(table: Table, key: Uuid) -> Self {
        let message = message!("it was changed since you read it: read it again", "内容已被他人修改，请刷新后重试");
        Self::new(UserErrorCode::Conflict, message).on(table, key)
    }

    /// About this field of the input.
    #[must_use]
    pub fn at(mut self, field: &str) -> Self {
        self.path.push(field.to_owned());
        self
    }

    /// With this in the way, unless enough is named.
    #[must_use]
    pub fn on(mut self, table: Table, key: Uuid) -> Self {
        if self.nodes.len() < MOST_NODES {
            self.nodes.push((table, key));
        }
        self
    }
}

/// What an action ends in where it is not done. Nothing of it stays.
#[derive(Clone, Debug)]
pub enum Stop {
    /// The caller can mend it.
    Refused(Vec<Refusal>),
    /// The caller cannot.
    Failed(Error),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(vec![refusal])
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<DbErr> for Stop {
    fn from(error: DbErr) -> Self {
        Self::Failed(error.into())
    }
}

//! Whether requests should be sent here, as far as the database goes: asked on a connection of its own, and answered soon.

use std::time::Duration;

use sea_orm::{DbBackend, DbErr};
use tokio::time::timeout;

use super::postgres::Limits;
use super::{Database, Fault};

/// How long the answer may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long its parts may take on PostgreSQL.
pub(super) const LIMITS: Limits = Limits {
    statement: Some(Duration::from_secs(1)),
    answer: PATIENCE,
    acquire: Duration::from_secs(1),
    connections: 1,
};

/// Why requests had better go elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Obstacle {
    /// There are steps of the tables that it does not have.
    #[error("the tables are not up to date")]
    NotCurrent,
    /// It does not answer.
    #[error("the database cannot be reached")]
    Unreachable,
    /// Nobody could ask it.
    #[error("all connections to the database are in use")]
    Full,
    /// It can be read, and takes no changes.
    #[error("the database takes no writes: it is a standby, or for reading alone")]
    ReadOnly,
    /// A write was tried, and failed: a disk is full, or fails.
    #[error("the database takes no writes")]
    NoWrites,
    /// It refuses for another reason.
    #[error("the database cannot be written to")]
    Refused,
}

impl Database {
    /// What stands in the way of serving, if anything does.
    pub async fn obstacle(&self) -> Option<Obstacle> {
        let looked = async {
            if !self.is_current().await? {
                return Ok(Some(Obstacle::NotCurrent));
            }
            Ok::<_, DbErr>(match (self.can_write().await?, self.backend()) {
                (true, _) => None,
                (false, DbBackend::Postgres) if !self.has_failed() => Some(Obstacle::ReadOnly),
                (false, _) => Some(Obstacle::NoWrites),
            })
        };
        match timeout(PATIENCE, looked).await {
            Ok(Ok(found)) => found,
            Ok(Err(error)) => Some(Obstacle::of(&error)),
            Err(_) if self.backend() == DbBackend::Sqlite => Some(Obstacle::Full),
            Err(_) => Some(Obstacle::Unreachable),
        }
    }
}

impl Obstacle {
    fn of(error: &DbErr) -> Self {
        match Fault::of(error) {
            Fault::Unreachable => Self::Unreachable,
            Fault::Full | Fault::Collision | Fault::Cancelled => Self::Full,
            Fault::ReadOnly => Self::ReadOnly,
            Fault::Storage => Self::NoWrites,
            Fault::Taken | Fault::Other => Self::Refused,
        }
    }
}

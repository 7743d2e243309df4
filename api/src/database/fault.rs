//! What went wrong in the database, told by its error: the one place that reads the codes of drivers and servers.

use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr, SqlErr, SqlxError};

/// The kinds of what goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Two writes met: the same may go well in a moment.
    Collision,
    /// What must be unique is there already, or what is pointed at is not there as it was read.
    Taken,
    /// The database stopped a statement that took too long.
    Cancelled,
    /// All connections are in use, and none came free in time.
    Full,
    /// There is no connection to it, or the one there was is lost.
    Unreachable,
    /// It is there for reading alone: a standby, a file that may not be written.
    ReadOnly,
    /// Its storage fails: a full disk, an error of the disk, a file that is damaged.
    Storage,
    /// Whatever else, which is a fault of ours.
    Other,
}

impl Fault {
    /// Which kind this is.
    #[must_use]
    pub fn of(error: &DbErr) -> Self {
        match error {
            DbErr::ConnectionAcquire(ConnAcquireErr::Timeout) => Self::Full,
            DbErr::ConnectionAcquire(_) => Self::Unreachable,
            DbErr::Conn(RuntimeErr::SqlxError(error)) => match Self::of_driver(error) {
                Self::Other => Self::Unreachable,
                known => known,
            },
            DbErr::Conn(_) => Self::Unreachable,
            DbErr::Exec(RuntimeErr::SqlxError(_)) | DbErr::Query(RuntimeErr::SqlxError(_))
                if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) =>
            {
                Self::Taken
            }
            DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error)) => {
                Self::of_driver(error)
            }
            _ => Self::Other,
        }
    }

    /// Which kind the driver's own error is.
    #[must_use]
    pub fn of_driver(error: &SqlxError) -> Self {
        match error {
            SqlxError::Database(error) => error.code().map_or(Self::Other, |code| Self::of_code(&code)),
            SqlxError::PoolTimedOut => Self::Full,
            // Found before anything is sent, and reported as if the server had spoken wrongly.
            SqlxError::Protocol(told) if told.contains("too many arguments") => Self::Other,
            SqlxError::Io(_)
            | SqlxError::Tls(_)
            | SqlxError::Protocol(_)
            | SqlxError::PoolClosed
            | SqlxError::WorkerCrashed
            | SqlxError::BeginFailed => Self::Unreachable,
            _ => Self::Other,
        }
    }

    /// A code of PostgreSQL has five characters, one of SQLite is a number whose lowest byte tells the kind.
    pub(super) fn of_code(code: &str) -> Self {
        match (code.len(), code.parse::<u32>()) {
            (5, _) => Self::of_state(code),
            (_, Ok(number)) => Self::of_number(number & 0xff),
            _ => Self::Other,
        }
    }

    fn of_state(state: &str) -> Self {
        match state {
            // serialization_failure, deadlock_detected, lock_not_available
            "40001" | "40P01" | "55P03" => Self::Collision,
            // query_canceled
            "57014" => Self::Cancelled,
            // unique_violation; foreign_key_violation: what was pointed at has moved since it was read
            "23505" | "23503" => Self::Taken,
            // read_only_sql_transaction, as on a standby
            "25006" => Self::ReadOnly,
            // disk_full, system_error and its kin, data_corrupted, index_corrupted
            "53100" | "58000" | "58030" | "58P01" | "58P02" | "XX001" | "XX002" => Self::Storage,
            // It ended the session: idle in a transaction, a transaction that lasted, a shutdown, a crash, a start,
            // a database that was dropped, a session that idled. Or it lets nobody else in.
            "25P03" | "25P04" | "57P01" | "57P02" | "57P03" | "57P04" | "57P05" | "53000" | "53200" | "53300" => {
                Self::Unreachable
            }
            _ if state.starts_with("08") => Self::Unreachable,
            _ => Self::Other,
        }
    }

    fn of_number(kind: u32) -> Self {
        match kind {
            // BUSY, LOCKED
            5 | 6 => Self::Collision,
            // INTERRUPT
            9 => Self::Cancelled,
            // READONLY
            8 => Self::ReadOnly,
            // PERM, NOMEM, IOERR, CORRUPT, FULL, CANTOPEN, PROTOCOL, NOTADB
            3 | 7 | 10 | 11 | 13 | 14 | 15 | 26 => Self::Storage,
            _ => Self::Other,
        }
    }

    /// Whether a server that could not be connected to may be about to come: it does not answer, or does not let anybody in yet.
    #[must_use]
    pub fn may_pass(error: &DbErr) -> bool {
        let DbErr::Conn(RuntimeErr::SqlxError(error)) = error else { return false };
        match &**error {
            // Whoever hangs up while encryption is agreed on is heard as somebody who answers nonsense.
            SqlxError::Io(_) | SqlxError::Protocol(_) | SqlxError::PoolTimedOut => true,
            SqlxError::Database(_) => Self::of_driver(error) == Self::Unreachable,
            _ => false,
        }
    }

    /// Whether the database, and not what was asked of it, is why it failed: the same may be tried later.
    #[must_use]
    pub fn is_outage(self) -> bool {
        matches!(self, Self::Full | Self::Unreachable | Self::ReadOnly | Self::Storage)
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::error::Error as StdError;
    use std::fmt::{Display, Formatter};
    use std::io;
    use std::sync::Arc;

    use sea_orm::sqlx::error::{DatabaseError, ErrorKind};

    use super::*;

    #[derive(Debug)]
    struct Coded(&'static str);

    impl Display for Coded {
        fn fmt(&self, to: &mut Formatter<'_>) -> std::fmt::Result {
            write!(to, "code {}", self.0)
        }
    }

    impl StdError for Coded {}

    impl DatabaseError for Coded {
        fn message(&self) -> &str {
            self.0
        }

        fn code(&self) -> Option<Cow<'_, str>> {
            Some(self.0.into())
        }

        fn as_error(&self) -> &(dyn StdError + Send + Sync + 'static) {
            self
        }

        fn as_error_mut(&mut self) -> &mut (dyn StdError + Send + Sync + 'static) {
            self
        }

        fn into_error(self: Box<Self>) -> Box<dyn StdError + Send + Sync + 'static> {
            self
        }

        fn kind(&self) -> ErrorKind {
            ErrorKind::Other
        }
    }

    fn coded(code: &'static str) -> SqlxError {
        SqlxError::Database(Box::new(Coded(code)))
    }

    #[test]
    fn a_code_is_of_one_kind() {
        for (kind, codes) in [
            (Fault::Collision, &["40001", "40P01", "55P03", "5", "6", "261", "262", "517", "773"][..]),
            (Fault::Taken, &["23505", "23503"]),
            (Fault::Cancelled, &["57014", "9"]),
            (Fault::ReadOnly, &["25006", "8", "264", "520", "776", "1032", "1288", "1544"]),
            (
                Fault::Storage,
                &[
                    "53100", "58000", "58030", "58P01", "XX001", "XX002", "7", "10", "266", "778", "1034", "3082",
                    "3338", "11", "267", "13", "14", "526", "1038", "15", "26",
                ],
            ),
            (
                Fault::Unreachable,
                &[
                    "57P01", "57P02", "57P03", "57P04", "57P05", "08000", "08001", "08003", "08004", "08006", "08P01",
                    "53300", "53200", "25P03", "25P04",
                ],
            ),
            (Fault::Other, &["23514", "42601", "42P01", "22003", "XX000", "1", "19", "787", "", "nonsense"]),
        ] {
            for code in codes {
                assert_eq!(Fault::of_driver(&coded(code)), kind, "{code}");
                for wrapped in [DbErr::Exec as fn(RuntimeErr) -> DbErr, DbErr::Query] {
                    assert_eq!(Fault::of(&wrapped(RuntimeErr::SqlxError(Arc::new(coded(code))))), kind, "{code}");
                }
            }
        }
    }

    #[test]
    fn a_lost_connection_is_an_outage_wherever_it_is_noticed() {
        let lost: [fn() -> SqlxError; 7] = [
            || SqlxError::Io(io::ErrorKind::ConnectionReset.into()),
            || SqlxError::Io(io::ErrorKind::UnexpectedEof.into()),
            || SqlxError::Tls("close notify".into()),
            || SqlxError::Protocol("unexpected message".into()),
            || SqlxError::PoolClosed,
            || SqlxError::WorkerCrashed,
            || SqlxError::BeginFailed,
        ];
        for lost in lost {
            for wrapped in [DbErr::Conn as fn(RuntimeErr) -> DbErr, DbErr::Exec, DbErr::Query] {
                let error = wrapped(RuntimeErr::SqlxError(Arc::new(lost())));
                assert_eq!((Fault::of(&error), Fault::of(&error).is_outage()), (Fault::Unreachable, true), "{error}");
            }
        }
        assert_eq!(Fault::of(&DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed)), Fault::Unreachable);
        assert_eq!(Fault::of(&DbErr::Conn(RuntimeErr::Internal("Disconnected".into()))), Fault::Unreachable);
        let refused = DbErr::Conn(RuntimeErr::SqlxError(Arc::new(coded("28P01"))));
        assert_eq!((Fault::of(&refused), Fault::may_pass(&refused)), (Fault::Unreachable, false));
        let starting = DbErr::Conn(RuntimeErr::SqlxError(Arc::new(coded("57P03"))));
        assert_eq!((Fault::of(&starting), Fault::may_pass(&starting)), (Fault::Unreachable, true));
    }

    #[test]
    fn a_full_pool_is_no_lost_connection_and_our_own_faults_are_neither() {
        assert_eq!(Fault::of(&DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)), Fault::Full);
        assert_eq!(Fault::of_driver(&SqlxError::PoolTimedOut), Fault::Full);
        let ours = [
            SqlxError::Protocol("PgConnection::run(): too many arguments for query: 65536".into()),
            SqlxError::RowNotFound,
            SqlxError::ColumnNotFound("name".into()),
            SqlxError::Decode("nonsense".into()),
        ];
        for error in ours {
            assert_eq!(Fault::of(&DbErr::Query(RuntimeErr::SqlxError(Arc::new(error)))), Fault::Other);
        }
        assert_eq!(Fault::of(&DbErr::Custom("nonsense".into())), Fault::Other);
    }
}

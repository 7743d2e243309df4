//! Sign-ins that failed, as the log tells them: enough to count attacks and to shut their addresses out, and no names.

use super::gate::Gate;
use crate::kernel::caller::Caller;

/// Why a sign-in failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// The name and the password do not go together, or the account is shut out.
    WrongCredentials,
    /// Too many failed before it.
    TooMany,
    /// The account is one of the demo data, which are not let in from there.
    DemoAccount,
}

impl Reason {
    const fn word(self) -> &'static str {
        match self {
            Self::WrongCredentials => "wrong-credentials",
            Self::TooMany => "too-many",
            Self::DemoAccount => "demo-account",
        }
    }
}

/// Tells the log. Programs read this line: its message and the names of its fields stay as they are. People type passwords where
/// their names should be, so the name is told by what stands for it.
pub(super) fn log(gate: &Gate, caller: &Caller, username: &str, reason: Reason) {
    let (request_id, reason, name) = (&caller.request_id, reason.word(), gate.key.pseudonym(username));
    let address = caller.address.map_or_else(|| "unknown".to_owned(), |address| address.to_string());
    tracing::warn!(request.id = %request_id, %address, %name, %reason, "Sign-in failed");
}

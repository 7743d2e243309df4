//! Accounts (账号): who signs in, what each was granted, and who asks.

pub mod access_token;
pub mod actions;
pub mod alone;
pub mod credentials;
mod crypto;
mod failures;
pub mod gate;
pub mod identity;
pub mod issuer;
mod keeping;
pub mod mutation;
pub mod outside;
pub mod own;
pub mod password;
pub mod place;
pub mod rules;
pub mod session;
pub mod throttle;
pub mod token;
pub mod types;

pub use gate::Gate;
pub use mutation::AccountMutation;
pub use own::OwnMutation;
pub use types::{AccessToken, Account, AccountFilter, AccountOrder, Accounts, Grant, Viewer};

//! Accounts (账号): who signs in, what each was granted, and who asks.

pub mod identity;
pub mod types;

pub use types::{AccessToken, Account, AccountFilter, AccountOrder, Accounts, Grant, Viewer};

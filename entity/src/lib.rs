//! Tables as types: one file a table, in the order of the glossary.
//!
//! A model is a row and nothing more; what the world sees of it is declared elsewhere.

mod choice;
pub mod key;
pub mod time;

pub mod access_token;
pub mod account;
pub mod account_grant;
pub mod area;
pub mod attachment;
pub mod audit_entry;
pub mod audit_lane;
pub mod category;
pub mod check_in;
pub mod claim;
pub mod claim_event;
pub mod former_name;
pub mod idempotency_key;
pub mod list_item;
pub mod member;
pub mod member_check_in;
pub mod outbox;
pub mod outside_identity;
pub mod party;
pub mod past_grant;
pub mod past_home;
pub mod rating;
pub mod refresh_token;
pub mod session;
pub mod sign_in_failure;

pub use time::Timestamp;

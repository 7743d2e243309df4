//! Tables as types: one file a table, in the order of the glossary.
//!
//! A model is a row and nothing more; what the world sees of it is declared elsewhere.

mod choice;
pub mod key;
pub mod time;

pub mod area;
pub mod attachment;
pub mod category;
pub mod check_in;
pub mod claim;
pub mod claim_event;
pub mod list_item;
pub mod member;
pub mod member_check_in;
pub mod party;
pub mod rating;

pub use time::Timestamp;

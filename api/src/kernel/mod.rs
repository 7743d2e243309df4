//! What repeats, once. Knows no feature.

pub mod bulk;
pub mod caller;
pub mod clock;
pub mod connection;
pub mod cursor;
pub mod document;
pub mod drive;
pub mod error;
pub mod filter;
pub mod global_id;
pub mod list;
pub mod loader;
pub mod object;
pub mod once;
pub mod order;
pub mod refusal;
pub mod say;
pub mod scalar;
pub mod scope;
pub mod subtree;
pub mod tally;
pub mod text;
pub mod turns;
pub mod values;
pub mod viewer;
pub mod write;

//! What repeats, once. Knows no feature.

pub mod clock;
pub mod error;
pub mod scalar;
pub mod global_id;
pub mod viewer;
pub mod scope;
pub mod filter;
pub mod order;
pub mod cursor;
pub mod list;
pub mod loader;
pub mod drive;
pub mod connection;
pub mod object;

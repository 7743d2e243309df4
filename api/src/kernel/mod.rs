//! What repeats, once. Knows no feature.

pub mod error;

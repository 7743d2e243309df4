//! Areas (区域): one tree from province to building.

pub mod tree;
pub mod types;

pub use types::{Area, AreaFilter, Areas, placed};

//! Areas (区域): one tree from province to building.

pub mod types;
mod upward;

pub use types::{Area, AreaFilter, Areas, find_area, placed};
pub(crate) use upward::area_at;

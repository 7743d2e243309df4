//! Areas (区域): one tree from province to building.

pub mod tree;

//! Real divisions (统计用区划): loading the country into the tree.

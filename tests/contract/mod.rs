//! Contracts: what holds across features.

mod migrations;

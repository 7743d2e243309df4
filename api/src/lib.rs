//! Cobuild (共建): communities and the units around them, their three lists and their claims, as one graph.
//!
//! The modules stand in reading order.

pub mod config;
pub mod database;
pub mod kernel;
pub mod reach;

pub mod area;
pub mod party;
pub mod check_in;
pub mod member;
pub mod category;
pub mod list_item;
pub mod claim;
pub mod rating;
pub mod attachment;
pub mod query;

pub mod verify;
pub mod division;
pub mod demo;

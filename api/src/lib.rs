//! Cobuild (共建): communities and the units around them, their three lists and their claims, as one graph.
//!
//! The modules stand in reading order.

/// A request makes and drops thousands of small things: a SQL text, a row, a field's future. This is made for that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

pub mod config;
pub mod database;
pub mod kernel;
pub mod log;
pub mod reach;
pub mod roles;
pub mod storage;

pub mod account;
pub mod app;
pub mod area;
pub mod attachment;
pub mod audit;
pub mod category;
pub mod check_in;
pub mod claim;
pub mod http;
pub mod list_item;
mod lists;
pub mod member;
pub mod mutation;
pub mod party;
pub mod payload;
pub mod prices;
pub mod query;
pub mod rating;
mod steps;

pub mod cli;
pub mod demo;
pub mod division;
pub mod ticks;
pub mod verify;

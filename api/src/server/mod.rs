//! What runs: the application, its configuration, its clock's work, its log and its front door.

pub mod app;
pub mod config;
pub mod http;
pub mod log;
pub mod ticks;

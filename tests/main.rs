//! The one test binary: every case on SQLite and on PostgreSQL, from the same text.

mod area;
mod claim;
mod claiming;
mod connections;
mod contract;
mod demo;
mod division;
mod document;
mod files;
mod graph;
mod harness;
mod http;
mod library;
mod list_item;
mod listing;
mod party;
mod reach;
mod readme;
mod verify;

fn main() -> std::process::ExitCode {
    harness::run()
}

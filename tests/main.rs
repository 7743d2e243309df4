//! The one test binary: every case on SQLite and on PostgreSQL, from the same text.

mod account;
mod amend;
mod area;
mod browser;
mod bulk;
mod chain;
mod chinese;
mod claim;
mod claiming;
mod coercion;
mod connections;
mod contract;
mod counts;
mod demo;
mod division;
mod document;
mod documents;
mod due;
mod faults;
mod files;
mod graph;
mod harness;
mod health;
mod http;
mod issuer;
mod library;
mod list_item;
mod listing;
mod merging;
mod outage;
mod parties;
mod party;
mod patience;
mod permissions;
mod persons;
mod pictures;
mod races;
mod rate;
mod reach;
mod readme;
mod redaction;
mod renewal;
mod session;
mod sights;
mod succession;
mod texts;
mod throttle;
mod transfer;
mod turns;
mod verify;

fn main() -> std::process::ExitCode {
    harness::run()
}

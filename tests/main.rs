//! The one test binary: every case on SQLite and on PostgreSQL, from the same text.

mod contract;
mod demo;
mod division;
mod harness;
mod http;
mod library;
mod readme;
mod verify;

fn main() -> std::process::ExitCode {
    harness::run()
}

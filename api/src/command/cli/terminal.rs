//! What commands print.

use std::io::{IsTerminal, Write};
use std::sync::mpsc::channel;
use std::thread::Builder;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// Prints a line to standard output. A reader that went away is no fault.
pub(super) fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// The same, where nothing must depend on it: where nobody reads on, it goes on without them.
pub(super) fn announce(line: &str) {
    let line = line.to_owned();
    for_a_moment(move || say(&line));
}

/// Prints what went wrong to standard error.
pub(super) fn complain(line: &str) {
    let line = line.to_owned();
    for_a_moment(move || {
        let _ = writeln!(std::io::stderr(), "error: {line}");
    });
}

/// How long somebody may take to read a line.
const PATIENCE: Duration = Duration::from_secs(1);

/// Prints on a thread of its own, which stays behind where it is not done in time.
fn for_a_moment(print: impl FnOnce() + Send + 'static) {
    let (told, done) = channel();
    let thread = Builder::new().spawn(move || {
        print();
        let _ = told.send(());
    });
    if thread.is_ok() {
        let _ = done.recv_timeout(PATIENCE);
    }
}

/// A progress bar on standard error; nothing where that is no terminal.
pub(super) fn progress() -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{msg:24} {wide_bar} {human_pos}/{human_len} {elapsed}") {
        bar.set_style(style);
    }
    bar
}

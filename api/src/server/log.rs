//! The log: lines that are handed over and written by a thread of their own, so that no request waits for them or fails with them.

use std::io::{self, IsTerminal, Write};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread;
use std::time::Duration;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::server::config::{LogFormat, Settings};

/// How many lines wait for a reader that is slow; what comes beyond that is lost.
const WAITING: usize = 4_096;

/// How long the end of the process waits for the last lines.
const PATIENCE_AT_THE_END: Duration = Duration::from_secs(1);

static LOST: AtomicU64 = AtomicU64::new(0);
static LINES: OnceLock<Lines> = OnceLock::new();

/// How many lines of the log could not be written.
#[must_use]
pub fn lost() -> u64 {
    LOST.load(Relaxed)
}

/// Begins to log to standard error. A second logger in one process is refused, and the first goes on.
pub fn start(settings: &Settings) {
    let Some(lines) = Lines::to(io::stderr()) else { return };
    let lines = LINES.get_or_init(|| lines);
    let filter = EnvFilter::new(&settings.log);
    let logger = tracing_subscriber::fmt().with_env_filter(filter).with_writer(lines.clone());
    // Colours are for terminals; in a file they are noise. What cannot be written is not reported where it cannot be written.
    let logger = logger.with_ansi(io::stderr().is_terminal()).log_internal_errors(false);
    let _ = match settings.log_format {
        LogFormat::Text => logger.with_target(false).try_init(),
        LogFormat::Json => logger.json().flatten_event(true).try_init(),
    };
    // A panic is told like anything else: the usual way would wait for whoever reads standard error.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, told = panic.payload_as_str().unwrap_or_default(), "A panic");
    }));
}

/// Waits for the last lines, but not for ever.
pub fn finish() {
    let Some(lines) = LINES.get() else { return };
    let (told, done) = channel();
    if lines.0.try_send(Line::Tell(told)).is_ok() {
        let _ = done.recv_timeout(PATIENCE_AT_THE_END);
    }
}

/// What the thread is handed.
enum Line {
    Text(Vec<u8>),
    /// To be told once all before it is written.
    Tell(Sender<()>),
}

/// Where lines are handed over.
#[derive(Clone)]
struct Lines(SyncSender<Line>);

impl Lines {
    fn to(target: impl Write + Send + 'static) -> Option<Self> {
        let (lines, waiting) = sync_channel(WAITING);
        let thread = thread::Builder::new().name("log".into()).spawn(move || write_all(&waiting, target));
        thread.ok().map(|_| Self(lines))
    }
}

impl Write for Lines {
    /// Takes a whole line, or loses it: neither waits nor fails.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.0.try_send(Line::Text(line.to_owned())).is_err() {
            LOST.fetch_add(1, Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

fn write_all(waiting: &Receiver<Line>, mut target: impl Write) {
    let mut told = 0;
    for line in waiting {
        match line {
            Line::Text(line) if target.write_all(&line).is_err() => {
                LOST.fetch_add(1, Relaxed);
            }
            // What can be written again says what is missing.
            Line::Text(_) if lost() > told => {
                tracing::warn!(lines = lost() - told, "Lines of the log were lost before this one");
                told = lost();
            }
            Line::Text(_) => {}
            Line::Tell(done) => {
                let _ = done.send(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Stuck(Receiver<()>);

    impl Write for Stuck {
        fn write(&mut self, line: &[u8]) -> io::Result<usize> {
            let _ = self.0.recv();
            Ok(line.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_log_that_nobody_reads_loses_lines_and_keeps_nobody_waiting() {
        let (_held, never) = channel();
        let mut lines = Lines::to(Stuck(never)).unwrap();
        let before = lost();
        for _ in 0..WAITING + 101 {
            lines.write_all(b"a line\n").unwrap();
        }
        let lost = lost() - before;
        assert!((99..=101).contains(&lost), "{lost}");
    }
}

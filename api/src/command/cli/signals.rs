//! What tells a server to stop: Ctrl-C, SIGTERM, and SIGHUP where it is not to be ignored.

use std::io;

use tokio::signal::unix::{SignalKind, signal};

/// Ends when the process was told so many times to stop.
pub(super) fn told(times: u32) -> io::Result<impl Future<Output = ()> + Send + 'static> {
    let mut terminated = signal(SignalKind::terminate())?;
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut hung_up = if ignores_hangups() { None } else { Some(signal(SignalKind::hangup())?) };
    Ok(async move {
        for _ in 0..times {
            tokio::select! {
                _ = terminated.recv() => {}
                _ = interrupted.recv() => {}
                Some(_) = async { hung_up.as_mut()?.recv().await } => {}
            }
        }
        if times == 1 {
            tracing::info!("Stopping: requests under way are finished first; a second signal ends it at once");
        }
    })
}

/// Whether whoever started the process had it ignore SIGHUP, as nohup does; where the system does not tell, nobody had.
fn ignores_hangups() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 == 1)
}

//! What the system says of processes: how long they have worked, and how much they hold.

use std::fs;

/// Microseconds of work: of this process, and of all PostgreSQLs.
#[derive(Clone, Copy)]
pub struct Work {
    pub here: f64,
    pub postgres: f64,
}

/// The kernel's unit of time for processes.
const TICK: f64 = 10_000.0;

impl Work {
    /// So far.
    pub fn now() -> Self {
        let processes = fs::read_dir("/proc").expect("a Linux").flatten().filter_map(|entry| {
            let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
            stat.contains("(postgres)").then(|| ticks(&stat)).flatten()
        });
        let own = fs::read_to_string("/proc/self/stat").ok().and_then(|stat| ticks(&stat));
        Self { here: own.unwrap_or_default() * TICK, postgres: processes.sum::<f64>() * TICK }
    }

    /// For each of so many requests.
    pub fn since(self, before: Self, requests: usize) -> Self {
        let each = |now: f64, before: f64| (now - before) / requests as f64;
        Self { here: each(self.here, before.here), postgres: each(self.postgres, before.postgres) }
    }
}

/// User and system time of a process.
fn ticks(stat: &str) -> Option<f64> {
    let (_, fields) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    Some(fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?)
}

/// Bytes of memory that this process holds.
pub fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok()).unwrap_or_default() << 10
}

//! The binary: parse, dispatch, exit code.

use std::io;
use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::thread::available_parallelism;

use cobuild::command::{arguments::Config, cli};
use tokio::runtime::Builder;

/// Threads for each processor. A large answer keeps its thread busy for long; with some to spare it is the system that
/// divides the time, and whoever asks for little waits for none of them.
const THREADS: usize = 4;

/// Bytes of a thread's stack. The deepest query that is allowed calls deep, and a build without optimisation keeps much on the
/// way; what is not used takes no memory.
const STACK: usize = 8 << 20;

fn main() -> io::Result<ExitCode> {
    let config = Config::read();
    let threads = THREADS * available_parallelism().map_or(1, NonZeroUsize::get);
    let runtime = Builder::new_multi_thread().worker_threads(threads).thread_stack_size(STACK).enable_all().build()?;
    Ok(runtime.block_on(cli::run(config)))
}

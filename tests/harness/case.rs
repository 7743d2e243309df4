//! Cases: how a function becomes a test, once on each database.

use std::any::Any;
use std::backtrace::Backtrace;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use libtest_mimic::{Arguments, Failed, Trial};
use sea_orm::DbBackend;
use tokio::runtime::{Builder, Runtime};

use super::{World, postgres};

/// Something to be tested.
pub struct Case {
    pub module: &'static str,
    pub name: &'static str,
    pub run: Run,
}

/// How to test it.
pub enum Run {
    /// Once on each database.
    InWorld(fn(World) -> LocalBoxFuture<'static, ()>),
    /// Once.
    Alone(fn()),
    /// Once, with a runtime.
    AloneAsync(fn() -> LocalBoxFuture<'static, ()>),
}

inventory::collect!(Case);

/// Makes `async fn name(world: World)` a case on each database.
macro_rules! case {
    ($name:ident) => {
        inventory::submit! {
            $crate::harness::Case {
                module: module_path!(),
                name: stringify!($name),
                run: $crate::harness::Run::InWorld(|world| Box::pin($name(world))),
            }
        }
    };
}
pub(crate) use case;

/// Makes `fn name()`, or `async fn name()` where the word is said, a case that needs no database and runs once.
macro_rules! pure {
    (async $name:ident) => {
        inventory::submit! {
            $crate::harness::Case {
                module: module_path!(),
                name: stringify!($name),
                run: $crate::harness::Run::AloneAsync(|| Box::pin($name())),
            }
        }
    };
    ($name:ident) => {
        inventory::submit! {
            $crate::harness::Case {
                module: module_path!(),
                name: stringify!($name),
                run: $crate::harness::Run::Alone($name),
            }
        }
    };
}
pub(crate) use pure;

/// A case that takes longer hangs.
const LIMIT: Duration = Duration::from_secs(180);

static RAN_ON_POSTGRES: AtomicUsize = AtomicUsize::new(0);

/// Runs the cases that the command line asks for, and says how many of them ran on PostgreSQL.
pub fn run() -> ExitCode {
    let arguments = Arguments::from_args();
    let missing = postgres::source().err();
    let mut trials: Vec<Trial> =
        inventory::iter::<Case>.into_iter().flat_map(|case| trials(case, missing.is_some())).collect();
    trials.sort_by(|one, other| one.name().cmp(other.name()));
    if arguments.list {
        return libtest_mimic::run(&arguments, trials).exit_code();
    }
    if let Some(reason) = missing {
        warn_of_missing_postgres(&reason);
    }
    remember_panics();
    let conclusion = libtest_mimic::run(&arguments, trials);
    println!("postgresql: {} tests", RAN_ON_POSTGRES.load(Ordering::Relaxed));
    conclusion.exit_code()
}

fn trials(case: &'static Case, without_postgres: bool) -> Vec<Trial> {
    let module = case.module.split_once("::").map_or("", |(_, module)| module);
    let name = format!("{module}::{}", case.name);
    match case.run {
        Run::InWorld(run) => vec![
            Trial::test(format!("sqlite::{name}"), move || in_world(DbBackend::Sqlite, run)),
            Trial::test(format!("postgresql::{name}"), move || in_world(DbBackend::Postgres, run))
                .with_ignored_flag(without_postgres),
        ],
        Run::Alone(run) => vec![Trial::test(name, move || {
            RUNS_CASES.set(true);
            catch_unwind(run).map_err(failure)
        })],
        Run::AloneAsync(run) => {
            vec![Trial::test(name, move || on_deep_stack(move || runtime().block_on(watched(run()))))]
        }
    }
}

fn in_world(backend: DbBackend, run: fn(World) -> LocalBoxFuture<'static, ()>) -> Result<(), Failed> {
    let server = match backend {
        DbBackend::Postgres => {
            RAN_ON_POSTGRES.fetch_add(1, Ordering::Relaxed);
            Some(postgres::server()?)
        }
        _ => None,
    };
    on_deep_stack(move || {
        runtime().block_on(async {
            let world = World::new(server).await;
            let databases = world.databases.clone();
            let outcome = watched(run(world)).await;
            databases.remove().await;
            outcome
        })
    })
}

/// Runs a case where its deepest query has room, as the server's own threads have it.
fn on_deep_stack<T: Send>(run: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, run).expect("a thread");
        thread.join().unwrap_or_else(|panic| resume_unwind(panic))
    })
}

const STACK: usize = 8 << 20;

fn runtime() -> Runtime {
    RUNS_CASES.set(true);
    Builder::new_multi_thread().worker_threads(2).thread_stack_size(STACK).enable_all().build().expect("a runtime")
}

async fn watched(case: LocalBoxFuture<'static, ()>) -> Result<(), Failed> {
    match tokio::time::timeout(LIMIT, AssertUnwindSafe(case).catch_unwind()).await {
        Ok(outcome) => outcome.map_err(failure),
        Err(_) => Err(format!("still running after {} seconds", LIMIT.as_secs()).into()),
    }
}

thread_local! {
    /// Where the thread's case was when it last panicked.
    static LAST_PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
    static RUNS_CASES: Cell<bool> = const { Cell::new(false) };
}

// Cases run side by side, so what they print is mixed up: the failure itself has to say where it happened. Some cases
// expect a panic, too.
fn remember_panics() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !RUNS_CASES.get() {
            return usual(panic);
        }
        let mut place = panic.location().map(ToString::to_string).unwrap_or_default();
        // Of the stack, where RUST_BACKTRACE asks for it, our own lines.
        let stack = Backtrace::capture().to_string();
        let lines = stack.lines().map(str::trim);
        let ours = lines.filter(|line| line.starts_with("at ./") && line.contains(".rs:"));
        ours.filter(|line| !line.contains("/harness/case.rs")).for_each(|line| place.extend(["\n", line]));
        LAST_PANIC.set(Some(place));
    }));
}

fn failure(panic: Box<dyn Any + Send>) -> Failed {
    let message = panic.downcast_ref::<String>().map(String::as_str);
    let message = message.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
    format!("{message}\nat {}", LAST_PANIC.take().unwrap_or_default()).into()
}

fn warn_of_missing_postgres(reason: &str) {
    let line = "═".repeat(100);
    eprintln!("╔{line}");
    eprintln!("║ THE POSTGRESQL HALF OF THE TESTS DOES NOT RUN: only SQLite is tested.");
    eprintln!("║ Why: {reason}");
    eprintln!("║ Install PostgreSQL (Debian: apt-get install postgresql), or name a server in which databases may be");
    eprintln!("║ created: {}=postgres://user:password@host/postgres", postgres::VARIABLE);
    eprintln!("╚{line}");
}

//! The binary: run to its end, in a folder of its own, with no settings but those that a case gives it.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// The binary.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_cobuild");

/// What a run came to.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// An empty folder in which commands run.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Runs `cobuild` with these arguments.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(&[], arguments)
    }

    /// The same, with these variables in the environment.
    pub(crate) fn run_with(&self, settings: &[(&str, &str)], arguments: &[&str]) -> Ran {
        Ran::of(self.command(settings).args(arguments).output().unwrap())
    }

    /// The same, with this on its standard input.
    pub(crate) fn run_on(&self, input: &str, settings: &[(&str, &str)], arguments: &[&str]) -> Ran {
        let mut command = self.command(settings);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        // One that ends before it reads is no fault of this side.
        let _ = process.stdin.take().unwrap().write_all(input.as_bytes());
        Ran::of(process.wait_with_output().unwrap())
    }

    /// The binary, to be started here; nothing of this process's environment reaches it.
    pub(crate) fn command(&self, settings: &[(&str, &str)]) -> Command {
        self.within(Command::new(PROGRAM), settings)
    }

    /// Another program, in the same way.
    pub(crate) fn within(&self, mut command: Command, settings: &[(&str, &str)]) -> Command {
        command.env_clear().envs(settings.iter().copied()).current_dir(self.path());
        command
    }
}

impl Ran {
    fn of(Output { status, stdout, stderr }: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { code: status.code().unwrap_or(-1), out: text(stdout), err: text(stderr) }
    }

    /// What it printed, of a run that ended well.
    #[track_caller]
    pub(crate) fn good(&self) -> &str {
        assert_eq!(self.code, 0, "{}{}", self.out, self.err);
        &self.out
    }

    /// What it complained of, of a run that ended with this code.
    #[track_caller]
    pub(crate) fn failed(&self, code: i32) -> &str {
        assert_eq!(self.code, code, "{}{}", self.out, self.err);
        &self.err
    }
}

//! The binary: run to its end, in a folder of its own, with no settings but those that a case gives it.

use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

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
        let Output { status, stdout, stderr } = self.command(settings).args(arguments).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ran { code: status.code().unwrap_or(-1), out: text(stdout), err: text(stderr) }
    }

    /// The binary, to be started here; nothing of this process's environment reaches it.
    pub(crate) fn command(&self, settings: &[(&str, &str)]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cobuild"));
        command.env_clear().envs(settings.iter().copied()).current_dir(self.path());
        command
    }
}

impl Ran {
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

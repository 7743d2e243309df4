//! Steps of the tables that landed never change again: databases that took them are out there.

use std::collections::BTreeMap;

use api::access::account::identity::hash;
use migration::{Migrator, MigratorTrait, translate};
use sea_orm::DbBackend;

use crate::harness::{pure, sources};

/// Each step and the hash of its file, as it reads on either database: with what the words of `dialect.rs` mean.
const FROZEN: &str = include_str!("frozen.txt");

pure!(steps_that_landed_never_change);
fn steps_that_landed_never_change() {
    let frozen: BTreeMap<&str, &str> = FROZEN.lines().filter_map(|line| line.split_once(' ')).collect();
    let files = sources::of("migration");
    let mut now = Vec::new();
    for step in Migrator::migrations() {
        let path = format!("migration/src/{}.rs", step.name());
        let text = &files.iter().find(|file| file.path == path).expect("a step has the name of its file").text;
        let text = translate(text, DbBackend::Sqlite) + &translate(text, DbBackend::Postgres);
        now.push((step.name().to_owned(), hash(&text)));
    }
    let is_as_frozen = |(name, hash): &&(String, String)| frozen.get(name.as_str()) == Some(&hash.as_str());
    let changed: Vec<_> = now.iter().filter(|step| !is_as_frozen(step)).collect();
    let lines =
        |steps: &[&(String, String)]| steps.iter().map(|(name, hash)| format!("{name} {hash}\n")).collect::<String>();
    assert!(
        changed.is_empty(),
        "a step that landed must stay as it is, so write a new one; of one that is new, frozen.txt needs the line:\n{}",
        lines(&changed)
    );
    let order: Vec<&str> = FROZEN.lines().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(order, now.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), "a step that landed never goes");
}

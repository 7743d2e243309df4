//! The database as migrations make it: the tables that entities expect, and the rules that it holds by itself.

use api::database::Database;
use migration::{Migrator, MigratorTrait};

use crate::harness::{World, case};

case!(migrating_twice_changes_nothing);
async fn migrating_twice_changes_nothing(world: World) {
    world.database.migrate().await.unwrap();
    assert_eq!(steps(&world.database).await, Migrator::migrations().len());
    let empty = world.empty_database().await;
    empty.migrate().await.unwrap();
    assert_eq!(steps(&empty).await, Migrator::migrations().len());
}

async fn steps(database: &Database) -> usize {
    Migrator::get_migration_models(&database.writer).await.unwrap().len()
}

//! The small demo: it holds together, it is the same every time, and both databases answer about it to the byte.

mod accounts;
mod questions;
mod selections;

use api::command::demo::{self, Options, Scale, Summary};
use chrono::NaiveDate;
use entity::category;
use sea_orm::{ColumnTrait, EntityTrait, IdenStatic, PaginatorTrait, QueryFilter, QueryOrder};

use crate::harness::{World, case};

/// What everybody's first start loads, as of the day on which the world stands still.
pub(crate) fn small(seed: u64) -> Options {
    Options { scale: Scale::Small, seed, as_of: NaiveDate::from_ymd_opt(2026, 3, 2).expect("a day") }
}

/// Loads it where nothing else is yet.
pub(crate) async fn load(world: &World) -> Summary {
    demo::load(&world.database, &small(1), |_| ()).await.expect("an empty database")
}

case!(it_holds_together_and_is_loaded_once);
async fn it_holds_together_and_is_loaded_once(world: World) {
    let mut last = None;
    let loaded = demo::load(&world.database, &small(1), |progress| last = Some(progress)).await.unwrap();
    assert_eq!(last, Some(demo::Progress { items: 3_000, of: 3_000 }));
    let verdict = api::command::verify::verify(&world.database, |_| ()).await.unwrap();
    assert!(verdict.holds(), "{verdict:#?}");

    let refused = demo::load(&world.database, &small(2), |_| ()).await.unwrap_err();
    let words = "this database already holds 190 parties; demo data only goes into an empty one";
    assert_eq!(refused.to_string(), words);
    assert_eq!(counts(&world.database).await, loaded);
}

case!(the_same_seed_and_day_give_the_same_rows);
async fn the_same_seed_and_day_give_the_same_rows(world: World) {
    load(&world).await;
    let again = world.empty_database().await;
    again.migrate().await.unwrap();
    demo::load(&again, &small(1), |_| ()).await.unwrap();
    assert_eq!(unlike(&world.database, &again).await, [""; 0]);
}

/// Tables that hold demo data, and what is done with each.
macro_rules! tables {
    ($($table:ident $count:ident),+) => {
        /// The tables of which two databases have different rows.
        async fn unlike(one: &api::database::Database, other: &api::database::Database) -> Vec<&'static str> {
            let mut unlike = Vec::new();
            $({
                let rows = || entity::$table::Entity::find().order_by_asc(entity::$table::Column::Id);
                if rows().all(&one.reader).await.unwrap() != rows().all(&other.reader).await.unwrap() {
                    unlike.push(entity::$table::Entity.as_str());
                }
            })+
            unlike
        }

        /// How many rows there are.
        async fn counts(database: &api::database::Database) -> Summary {
            let mut counts = Summary::default();
            $({
                let rows = entity::$table::Entity::find().count(&database.reader).await.unwrap();
                counts.$count = usize::try_from(rows).unwrap();
            })+
            // The default tree ships; districts' own trees are loaded.
            let own = category::Entity::find().filter(category::Column::AreaId.is_not_null());
            counts.categories = usize::try_from(own.count(&database.reader).await.unwrap()).unwrap();
            counts
        }
    };
}
tables!(
    area areas, party parties, former_name former_names, check_in check_ins, member members, member_check_in member_check_ins, list_item items,
    claim claims, claim_event events, rating ratings, attachment attachments, account accounts, account_grant grants
);

//! How many rows a list has: counted up to a bound, beyond it only where somebody asks for it.

use entity::area::AreaLevel;
use sea_orm::{ConnectionTrait, DbBackend};
use serde_json::{Value, json};

use crate::harness::{World, case};

const COUNTS: &str = "totalCount totalCountIsExact all: totalCount(exact: true)";

/// A street with so many communities.
async fn street_of(world: &World, communities: usize) {
    let street = world.given.area(None, AreaLevel::Street).code("99").name("长街").await;
    let (key, id) = match world.backend {
        DbBackend::Postgres => ("gen_random_uuid()", format!("'{}'", street.id)),
        _ => ("randomblob(16)", format!("x'{}'", street.id.simple())),
    };
    let sql = format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {communities})
         INSERT INTO area (id, parent_id, level, code, name, path, created_at, updated_at)
         SELECT {key}, {id}, 'COMMUNITY', '99' || (100000 + i), '社区', '99/99' || (100000 + i) || '/', 0, 0 FROM n"
    );
    world.database.writer.execute_unprepared(&sql).await.expect("communities");
}

fn counts(total: u64, is_exact: bool, all: u64) -> Value {
    json!({ "totalCount": total, "totalCountIsExact": is_exact, "all": all })
}

case!(more_than_ten_thousand_rows_are_said_to_be_more);
async fn more_than_ten_thousand_rows_are_said_to_be_more(world: World) {
    street_of(&world, 10_000).await;
    let query = format!("{{ areas {{ {COUNTS} }} area(code: \"99\") {{ children {{ {COUNTS} }} }} }}");
    let answer = world.stranger.read(&query).await;
    // The street itself is one more.
    assert_eq!(answer["areas"], counts(10_000, false, 10_001));
    assert_eq!(answer["area"]["children"], counts(10_000, true, 10_000));
}

case!(a_count_that_is_exact_can_be_asked_for_by_a_variable);
async fn a_count_that_is_exact_can_be_asked_for_by_a_variable(world: World) {
    street_of(&world, 10_001).await;
    let query = "query($exact: Boolean!) { area(code: \"99\") { children { totalCount(exact: $exact) } } }";
    for (exact, total) in [(true, 10_001), (false, 10_000)] {
        let answer = world.stranger.ask_with(query, json!({ "exact": exact })).await;
        assert_eq!(answer.good()["area"]["children"]["totalCount"], total);
    }
}

//! Who sees what of the lists: in a list, by its id, in a count, through a filter.

use entity::list_item::{ListItemStatus, Visibility};
use serde_json::{Value, json};

use super::{id_of, place};
use crate::harness::{Client, World, case};

case!(everybody_sees_what_is_meant_for_them_and_nothing_else);
async fn everybody_sees_what_is_meant_for_them_and_nothing_else(world: World) {
    let place = place(&world).await;
    let given = &world.given;
    let need = |title: &str| given.need(&place.community).title(title);
    let items = [
        need("公开").await,
        need("参与方").visible_to(Visibility::Parties).await,
        need("报到").visible_to(Visibility::CheckedIn).await,
        need("草稿").draft().await,
        need("关闭").status(ListItemStatus::Closed).await,
        need("撤回").visible_to(Visibility::CheckedIn).status(ListItemStatus::Withdrawn).await,
    ];
    let school = given.unit("实验小学").await;
    given.check_in(&school, &place.community).await;
    let former = given.unit("邮政局").await;
    given.check_in(&former, &place.community).ended().await;
    let (other, district) = (given.community("北街社区").await, given.district().await);
    let elsewhere = given.area(&district, entity::area::AreaLevel::Street).await;
    let member = given.member(&place.unit).await;
    let grid = given.area_of(&place.community).await;
    let (all, public) = (["公开", "参与方", "报到", "草稿", "关闭", "撤回"], ["公开", "关闭"]);
    let parties = ["公开", "参与方", "关闭"];
    for (name, who, sees) in [
        ("a stranger", world.stranger.clone(), &public[..]),
        ("the clerk", place.clerk.clone(), &all),
        ("a liaison who is checked in", place.liaison.clone(), &["公开", "参与方", "报到", "关闭"]),
        ("a liaison who is not confirmed", world.liaison_of(&school).await, &parties),
        ("a liaison whose check-in is over", world.liaison_of(&former).await, &parties),
        ("another clerk", world.clerk_of(&other).await, &parties),
        ("a grid worker", world.grid_worker_of(&grid).await, &public),
        ("the manager of the district", world.manager_of(&district).await, &all),
        ("the manager of another street", world.manager_of(&elsewhere).await, &parties),
        ("the analyst of the district", world.analyst_of(&district).await, &all),
        ("the analyst of another street", world.analyst_of(&elsewhere).await, &public),
        ("a person", world.person(&member).await, &public),
        ("an administrator", world.admin().await, &all),
    ] {
        let mut expected = sees.to_vec();
        expected.sort_unstable();
        assert_eq!(who.list("needs", "title", "{}").await, expected, "{name}: the list and its count");
        for item in &items {
            assert_sees(&who, name, item, sees.contains(&item.title.as_str())).await;
        }
    }
}

async fn assert_sees(who: &Client, name: &str, item: &entity::list_item::Model, sees: bool) {
    let (id, title) = (id_of(item), &item.title);
    let query = format!(
        "{{ node(id: \"{id}\") {{ id }} listItem(id: \"{id}\") {{ title }} \
         found: listItems(filter: {{ title: {{ eq: \"{title}\" }} }}) {{ totalCount }} \
         communities {{ nodes {{ listItems(filter: {{ id: {{ eq: \"{id}\" }} }}) {{ totalCount }} }} }} \
         owners: communities(filter: {{ listItems: {{ some: {{ title: {{ eq: \"{title}\" }} }} }} }}) {{ totalCount }} }}"
    );
    let answer = who.read(&query).await;
    let expected = if sees { json!({ "title": title }) } else { Value::Null };
    assert_eq!(answer["listItem"], expected, "{name}: {title}");
    assert_eq!(answer["node"].is_null(), !sees, "{name}: {title}");
    assert_eq!(answer["found"]["totalCount"], i32::from(sees), "{name}: {title}");
    assert_eq!(answer["owners"]["totalCount"], i32::from(sees), "{name}: {title}");
    let nested = answer["communities"]["nodes"].as_array().unwrap().iter();
    let nested: i64 = nested.map(|node| node["listItems"]["totalCount"].as_i64().unwrap()).sum();
    assert_eq!(nested, i64::from(sees), "{name}: {title}");
}

case!(what_is_narrowed_is_gone_for_the_others);
async fn what_is_narrowed_is_gone_for_the_others(world: World) {
    let place = place(&world).await;
    let need = world.given.need(&place.community).title("路灯").await;
    assert_eq!(world.stranger.list("needs", "title", "{}").await, ["路灯"]);
    let narrow = json!({ "id": id_of(&need), "ifVersion": 1, "visibility": "CHECKED_IN" });
    place.clerk.does("updateNeed", narrow, "").await;
    assert_eq!(world.stranger.list("needs", "title", "{}").await, [""; 0]);
    assert_eq!(place.liaison.list("needs", "title", "{}").await, ["路灯"]);
}

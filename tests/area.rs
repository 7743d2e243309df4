//! Areas (区域): the tree, and which categories are in force where.

use entity::area::{self, AreaLevel};
use serde_json::{Value, json};

use crate::harness::{World, case};

/// Two districts of a city under a municipality's placeholder, with a street, a community and a grid each.
async fn two_districts(world: &World) -> Vec<area::Model> {
    let given = &world.given;
    let city = given.area(None, AreaLevel::Province).code("11").name("北京市").await;
    let placeholder = given.area(&city, AreaLevel::City).code("1101").name("市辖区").await;
    let mut districts = Vec::new();
    for (code, district, street, community) in
        [("110101", "东城区", "东华门街道", "多福巷社区"), ("110102", "西城区", "西长安街街道", "府右街社区")]
    {
        let district = given.area(&placeholder, AreaLevel::District).code(code).name(district).await;
        let street = given.area(&district, AreaLevel::Street).name(street).await;
        let community = given.community(community).within(&street).await;
        given.area(&given.area_of(&community).await, AreaLevel::Grid).name("第一网格").await;
        districts.push(district);
    }
    districts
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|area| area["name"].as_str().unwrap()).collect()
}

case!(an_area_knows_what_is_above_and_below);
async fn an_area_knows_what_is_above_and_below(world: World) {
    two_districts(&world).await;
    let query = "{ area(code: \"110101001001001\") {
        name level fullName parent { name community { name } } ancestors { name } community { name } children { totalCount }
    } areas { nodes { name fullName parent { code } } } }";
    let answer = world.stranger.read(query).await;
    assert_eq!(
        answer["area"],
        json!({
            "name": "第一网格", "level": "GRID", "fullName": "北京市东城区东华门街道多福巷社区第一网格",
            "parent": { "name": "多福巷社区", "community": { "name": "多福巷社区" } },
            "ancestors": [
                { "name": "北京市" }, { "name": "市辖区" }, { "name": "东城区" }, { "name": "东华门街道" }, { "name": "多福巷社区" }
            ],
            "community": null, "children": { "totalCount": 0 }
        })
    );
    assert_eq!(answer["areas"]["nodes"][0], json!({ "name": "北京市", "fullName": "北京市", "parent": null }));
    // A placeholder's own name is its own name.
    assert_eq!(
        answer["areas"]["nodes"][1],
        json!({ "name": "市辖区", "fullName": "北京市市辖区", "parent": { "code": "11" } })
    );
    assert_eq!(
        names(&answer["areas"]["nodes"]),
        [
            "北京市",
            "市辖区",
            "东城区",
            "东华门街道",
            "多福巷社区",
            "第一网格",
            "西城区",
            "西长安街街道",
            "府右街社区",
            "第一网格"
        ]
    );
    let below = "{ area(code: \"1101\") { children { nodes { name } } communities { nodes { name } totalCount } } }";
    let below = world.stranger.read(below).await;
    assert_eq!(names(&below["area"]["children"]["nodes"]), ["东城区", "西城区"]);
    assert_eq!(names(&below["area"]["communities"]["nodes"]), ["多福巷社区", "府右街社区"]);
    assert_eq!(below["area"]["communities"]["totalCount"], 2);
}

case!(a_subtree_holds_what_lies_in_it_and_nothing_that_is_spelled_alike);
async fn a_subtree_holds_what_lies_in_it_and_nothing_that_is_spelled_alike(world: World) {
    let given = &world.given;
    let zone = given.area(None, AreaLevel::Province).code("44").name("省").await;
    for (code, name) in [("440", "近名"), ("4401", "同头"), ("44!", "符号"), ("44中", "汉字")] {
        given.area(&zone, AreaLevel::City).code(code).name(name).await;
    }
    let alike = given.area(None, AreaLevel::Province).code("440000").name("外省").await;
    given.area(&alike, AreaLevel::City).code("44000001").name("外市").await;
    for (filter, found) in [
        (r#"{ within: ["44"] }"#, &["省", "近名", "同头", "符号", "汉字"][..]),
        (r#"{ within: ["440"] }"#, &["近名"]),
        (r#"{ within: ["4401", "440000"] }"#, &["同头", "外省", "外市"]),
        (r#"{ within: ["44", "440", "44"] }"#, &["省", "近名", "同头", "符号", "汉字"]),
        (r#"{ within: ["没有"] }"#, &[]),
        ("{ within: [] }", &[]),
        ("{ level: { eq: PROVINCE } }", &["省", "外省"]),
        (r#"{ level: { notIn: [PROVINCE] }, within: ["44"] }"#, &["近名", "同头", "符号", "汉字"]),
        (r#"{ parent: { code: { eq: "44" } } }"#, &["近名", "同头", "符号", "汉字"]),
        ("{ parent: { parent: {} } }", &[]),
        (r#"{ code: { startsWith: "440" } }"#, &["近名", "同头", "外省", "外市"]),
        (r#"{ name: { contains: "外" } }"#, &["外省", "外市"]),
    ] {
        world.stranger.finds("areas", "name", filter, found).await;
    }
}

case!(a_districts_own_categories_take_the_place_of_the_default);
async fn a_districts_own_categories_take_the_place_of_the_default(world: World) {
    let given = &world.given;
    let districts = two_districts(&world).await;
    let second = given.category("two").name("第二").with(|row| row.position = 2).of(&districts[0]).await;
    given.category("one").name("第一").with(|row| row.position = 1).of(&districts[0]).await;
    given.category("two.b").name("其二").with(|row| row.position = 1).under(&second).await;
    given.category("two.a").name("其一").under(&second).await;
    let query = "{
        own: area(code: \"110101001001\") { categories { name parent { name } children { name parent { name } } } }
        owner: area(code: \"110101\") { categories { name } }
        above: area(code: \"1101\") { categories { code } }
        beside: area(code: \"110102001001001\") { categories { code } }
        categories { code children { code } }
    }";
    let answer = world.stranger.read(query).await;
    let child = |name: &str| json!({ "name": name, "parent": { "name": "第二" } });
    assert_eq!(
        answer["own"]["categories"],
        json!([
            { "name": "第一", "parent": null, "children": [] },
            { "name": "第二", "parent": null, "children": [child("其一"), child("其二")] }
        ])
    );
    assert_eq!(names(&answer["owner"]["categories"]), ["第一", "第二"]);
    let default = &answer["categories"];
    assert_eq!(default.as_array().unwrap().len(), 14);
    assert_eq!(
        default[1]["children"],
        json!([{ "code": "law.advice" }, { "code": "law.lecture" }, { "code": "law.aid" }])
    );
    for place in ["above", "beside"] {
        let codes = answer[place]["categories"].as_array().unwrap().iter().map(|category| &category["code"]);
        assert!(codes.eq(default.as_array().unwrap().iter().map(|category| &category["code"])), "{place}");
    }
}

case!(a_chain_upward_is_one_statement_however_long);
async fn a_chain_upward_is_one_statement_however_long(world: World) {
    two_districts(&world).await;
    let statements = async |query: &str| {
        let answer = world.stranger.ask(query).await;
        answer.good();
        (answer.body["data"].clone(), answer.body["extensions"]["cost"]["statements"].clone())
    };
    let (data, count) = statements(
        "{ communities { nodes { area { name parent { name ...Above } } } } }
         fragment Above on Area { parent { name above: parent { name parent { name parent { name } } } } }",
    )
    .await;
    let above = json!({ "name": "市辖区", "parent": { "name": "北京市", "parent": null } });
    let street = json!({ "name": "东华门街道", "parent": { "name": "东城区", "above": above } });
    assert_eq!(data["communities"]["nodes"][0]["area"], json!({ "name": "多福巷社区", "parent": street }));
    assert_eq!(count, 2);
    let (data, count) = statements(
        "{ area(code: \"110102001001001\") { parent { name parent { parent { ancestors { name parent { name } } fullName } } } } }",
    )
    .await;
    let above = &data["area"]["parent"]["parent"]["parent"];
    assert_eq!(above["ancestors"][1], json!({ "name": "市辖区", "parent": { "name": "北京市" } }));
    assert_eq!((&above["fullName"], count), (&json!("北京市西城区"), json!(2)));
}

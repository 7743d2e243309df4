//! Parties (参与方): communities and units, how one finds them, and their check-ins.

use entity::claim::ClaimStatus;
use entity::party::{CommitteeKind, UnitKind, UnitLevel};
use serde_json::json;

use crate::harness::{World, case};

case!(communities_are_found_by_their_figures_and_what_hangs_on_them);
async fn communities_are_found_by_their_figures_and_what_hangs_on_them(world: World) {
    let given = &world.given;
    let temple =
        given.community("文庙社区").with(|row| (row.population, row.staff_count) = (Some(9_000), Some(12))).await;
    let east = given.community("东街社区").with(|row| row.population = Some(4_000)).await;
    let village =
        given.community("沙头村").with(|row| row.committee_kind = Some(CommitteeKind::VillageCommittee)).await;
    let (hospital, school) = (given.unit("医院").await, given.unit("小学").kind(UnitKind::School).await);
    given.check_in(&hospital, &temple).confirmed().await;
    given.check_in(&school, &temple).confirmed().await;
    given.check_in(&hospital, &east).confirmed().await;
    given.check_in(&school, &village).await;
    let need = given.need(&temple).title("路灯").await;
    given.claim(&need, &hospital).status(ClaimStatus::Completed).await;
    given.claim(&given.resource(&school).await, &east).await;
    let code = &given.area_of(&east).await.code;
    for (filter, names) in [
        ("{ population: { gte: 4000 } }".to_owned(), &["文庙社区", "东街社区"][..]),
        ("{ population: { notIn: [4000] } }".to_owned(), &["文庙社区", "沙头村"]),
        ("{ staffCount: { isNull: true } }".to_owned(), &["东街社区", "沙头村"]),
        ("{ committeeKind: { eq: VILLAGE_COMMITTEE } }".to_owned(), &["沙头村"]),
        (format!("{{ code: {{ eq: \"{code}\" }} }}"), &["东街社区"]),
        ("{ code: { startsWith: \"510603001\" } }".to_owned(), &["文庙社区", "东街社区", "沙头村"]),
        ("{ area: { within: [\"510603001\"] } }".to_owned(), &["文庙社区", "东街社区", "沙头村"]),
        // Only a confirmed check-in makes a unit one of the community's.
        ("{ units: { some: { kind: { eq: SCHOOL } } } }".to_owned(), &["文庙社区"]),
        ("{ units: { none: {} } }".to_owned(), &["沙头村"]),
        ("{ units: { every: { name: { eq: \"医院\" } } } }".to_owned(), &["东街社区", "沙头村"]),
        ("{ checkIns: { some: { unit: { name: { eq: \"医院\" } } } } }".to_owned(), &["文庙社区", "东街社区"]),
        ("{ checkIns: { none: {} } }".to_owned(), &["沙头村"]),
        ("{ listItems: { some: { title: { eq: \"路灯\" } } } }".to_owned(), &["文庙社区"]),
        ("{ listItems: { none: {} } }".to_owned(), &["东街社区", "沙头村"]),
        ("{ claims: { some: {} } }".to_owned(), &["文庙社区", "东街社区"]),
        ("{ claims: { every: { status: { eq: COMPLETED } } } }".to_owned(), &["文庙社区", "沙头村"]),
        ("{ claims: { some: { unit: { kind: { eq: SCHOOL } } } } }".to_owned(), &["东街社区"]),
    ] {
        world.stranger.finds("communities", "name", &filter, names).await;
    }
}

case!(units_are_found_by_what_they_are_and_where_they_take_part);
async fn units_are_found_by_what_they_are_and_where_they_take_part(world: World) {
    let given = &world.given;
    let hospital = given.unit("区人民医院").kind(UnitKind::Hospital).with(|row| {
        (row.short_name, row.credit_code) = (Some("区医院".to_owned()), Some("91110000802100433B".to_owned()));
        (row.unit_level, row.member_count) = (Some(UnitLevel::District), Some(120));
    });
    let hospital = hospital.await;
    given.unit("区第一小学").kind(UnitKind::School).await;
    let community = given.community("文庙社区").await;
    given.check_in(&hospital, &community).confirmed().await;
    for (filter, names) in [
        ("{ kind: { in: [HOSPITAL, PROPERTY] } }", &["区人民医院"][..]),
        ("{ level: { notIn: [DISTRICT] } }", &["区第一小学"]),
        ("{ shortName: { contains: \"区\" } }", &["区人民医院"]),
        ("{ shortName: { notIn: [\"区医院\"] } }", &["区第一小学"]),
        ("{ creditCode: { startsWith: \"9111\" } }", &["区人民医院"]),
        ("{ creditCode: { isNull: true } }", &["区第一小学"]),
        ("{ memberCount: { gt: 100 } }", &["区人民医院"]),
        ("{ communities: { some: { name: { eq: \"文庙社区\" } } } }", &["区人民医院"]),
        ("{ communities: { none: {} } }", &["区第一小学"]),
        ("{ area: { within: [\"510603\"] } }", &["区人民医院", "区第一小学"]),
        ("{ area: { within: [\"510603001\"] } }", &[]),
    ] {
        world.stranger.finds("units", "name", filter, names).await;
    }
}

case!(a_party_is_looked_up_by_id_or_code);
async fn a_party_is_looked_up_by_id_or_code(world: World) {
    let given = &world.given;
    let code = "91110000802100433B";
    given.unit("区人民医院").with(|row| row.credit_code = Some(code.to_owned())).await;
    given.community("文庙社区").await;
    let ids = world.stranger.read("{ units { nodes { id } } communities { nodes { id code } } }").await;
    let (unit, community) = (&ids["units"]["nodes"][0]["id"], &ids["communities"]["nodes"][0]["id"]);
    assert_eq!(ids["communities"]["nodes"][0]["code"], "510603001001");
    for (field, name) in [
        (format!("unit(id: {unit})"), json!({ "name": "区人民医院" })),
        (format!("unit(creditCode: \"{code}\")"), json!({ "name": "区人民医院" })),
        (format!("unit(creditCode: \" {} \")", code.to_lowercase()), json!({ "name": "区人民医院" })),
        (format!("unit(id: {community})"), json!(null)),
        ("unit(id: \"区人民医院\")".to_owned(), json!(null)),
        (format!("community(id: {community})"), json!({ "name": "文庙社区" })),
        ("community(code: \"510603001001\")".to_owned(), json!({ "name": "文庙社区" })),
        ("community(code: \"510603001\")".to_owned(), json!(null)),
        ("community(code: \"\\u0000\")".to_owned(), json!(null)),
        (format!("community(id: {unit})"), json!(null)),
    ] {
        assert_eq!(world.stranger.read(&format!("{{ found: {field} {{ name }} }}")).await["found"], name, "{field}");
    }
    for (field, message) in [
        ("unit".to_owned(), "unit takes exactly one of id and creditCode; neither was given"),
        (
            format!("unit(id: {unit}, creditCode: \"{code}\")"),
            "unit takes exactly one of id and creditCode; both was given",
        ),
        ("community".to_owned(), "community takes exactly one of id and code; neither was given"),
        ("community(id: null)".to_owned(), "community takes exactly one of id and code; neither was given"),
        ("area(id: \"a\", code: \"51\")".to_owned(), "area takes exactly one of id and code; both was given"),
    ] {
        let answer = world.stranger.ask(&format!("{{ found: {field} {{ id }} areas {{ totalCount }} }}")).await;
        answer.refused("BAD_REQUEST");
        assert_eq!(answer.body["errors"][0]["message"], message);
        assert_eq!(answer.body["data"], json!({ "found": null, "areas": { "totalCount": 5 } }));
    }
}

case!(only_confirmed_check_ins_are_public);
async fn only_confirmed_check_ins_are_public(world: World) {
    let given = &world.given;
    let community = given.community("文庙社区").await;
    let block = given.area(&given.area_of(&community).await, entity::area::AreaLevel::Building).name("三号楼").await;
    let confirmed = given.check_in(&given.unit("确认").await, &community).confirmed().part(&block).await;
    given.check_in(&given.unit("待定").await, &community).await;
    given.check_in(&given.unit("退回").await, &community).rejected().await;
    given.check_in(&given.unit("结束").await, &community).ended().await;
    let seen = "nodes { unit { name } community { name } area { name } status requestedAt since until } totalCount";
    let query = format!(
        "{{ checkIns {{ {seen} }} communities {{ nodes {{ checkIns {{ {seen} }} units {{ nodes {{ name }} totalCount }} }} }}
           units {{ nodes {{ name communities {{ totalCount }} checkIns {{ totalCount }} }} }} }}"
    );
    let answer = world.stranger.read(&query).await;
    let expected = json!({ "nodes": [{
        "unit": { "name": "确认" }, "community": { "name": "文庙社区" }, "area": { "name": "三号楼" }, "status": "CONFIRMED",
        "requestedAt": confirmed.requested_at.to_string(), "since": confirmed.since.unwrap().to_string(), "until": null
    }], "totalCount": 1 });
    assert_eq!(answer["checkIns"], expected);
    let units = json!({ "nodes": [{ "name": "确认" }], "totalCount": 1 });
    assert_eq!(answer["communities"]["nodes"], json!([{ "checkIns": expected, "units": units }]));
    for unit in answer["units"]["nodes"].as_array().unwrap() {
        let number = i32::from(unit["name"] == "确认");
        assert_eq!(
            (&unit["communities"]["totalCount"], &unit["checkIns"]["totalCount"]),
            (&json!(number), &json!(number))
        );
    }
    for (filter, number) in [
        ("{ status: { eq: PENDING } }", 0),
        ("{ not: { status: { eq: CONFIRMED } } }", 0),
        ("{ unit: { name: { eq: \"待定\" } } }", 0),
        ("{ area: { level: { eq: BUILDING } } }", 1),
        ("{ since: { isNull: false } }", 1),
    ] {
        let answer = world.stranger.read(&format!("{{ checkIns(filter: {filter}) {{ totalCount }} }}")).await;
        assert_eq!(answer["checkIns"]["totalCount"], number, "{filter}");
    }
}

case!(a_party_shows_its_profile_but_no_person);
async fn a_party_shows_its_profile_but_no_person(world: World) {
    let given = &world.given;
    let community = given.community("文庙社区").contact("李芳", "13812345678").with(|row| {
        (row.secretary_name, row.secretary_phone) = (Some("王建国".to_owned()), Some("13900000000".to_owned()));
        (row.address, row.longitude, row.latitude) = (Some("文庙街1号".to_owned()), Some(104.39), Some(31.13));
        (row.population, row.households, row.staff_count) = (Some(9_000), Some(3_000), Some(12));
    });
    community.await;
    given.unit("没有联系人").with(|row| (row.contact_name, row.contact_phone) = (None, None)).await;
    let contact = "contact { name phone masked } clear: contact(unmask: true) { name phone masked }";
    let query = format!(
        "{{ communities {{ nodes {{ name address location {{ lng lat }} population households staffCount committeeKind area {{ name }}
            {contact} secretary(unmask: true) {{ name phone masked }} }} }} units {{ nodes {{ {contact} level kind location {{ lng }} }} }} }}"
    );
    let answer = world.stranger.read(&query).await;
    let nobody = json!({ "name": null, "phone": null, "masked": "SIGN_IN" });
    assert_eq!(
        answer["communities"]["nodes"],
        json!([{
            "name": "文庙社区", "address": "文庙街1号", "location": { "lng": 104.39, "lat": 31.13 }, "population": 9000,
            "households": 3000, "staffCount": 12, "committeeKind": "RESIDENTS_COMMITTEE", "area": { "name": "文庙社区" },
            "contact": nobody, "clear": nobody, "secretary": nobody
        }])
    );
    // Whether there is a contact at all is not told either.
    assert_eq!(
        answer["units"]["nodes"],
        json!([{ "contact": nobody, "clear": nobody, "level": null, "kind": "PUBLIC_INSTITUTION", "location": null }])
    );
}

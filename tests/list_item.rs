//! List items (三张清单): what they say of themselves, and how one finds them.

use api::kernel::global_id::Table;
use entity::area::AreaLevel;
use entity::claim::ClaimStatus;
use entity::list_item::{ListItemStatus, ResourceForm, ServiceMode, Urgency};
use entity::party::UnitKind;
use entity::{Timestamp, list_item};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};
use serde_json::json;

use crate::harness::{World, case};

case!(texts_are_found_as_they_are_spelled);
async fn texts_are_found_as_they_are_spelled(world: World) {
    let community = world.given.community("文庙社区").await;
    for title in ["LED灯", "led灯", "打折100%", "编号1_2", "编号12", "反斜线\\", "引号\"'"] {
        world.given.need(&community).title(title).await;
    }
    for (filter, titles) in [
        (r#"{ eq: "LED灯" }"#, &["LED灯"][..]),
        (r#"{ eq: "Led灯" }"#, &[]),
        (r#"{ in: ["led灯", "编号12", "没有"] }"#, &["led灯", "编号12"]),
        ("{ in: [] }", &[]),
        (r#"{ notIn: ["led灯", "LED灯", "编号12", "引号\"'"] }"#, &["打折100%", "编号1_2", "反斜线\\"]),
        (r#"{ contains: "led" }"#, &["led灯"]),
        (r#"{ contains: "灯" }"#, &["LED灯", "led灯"]),
        (r#"{ contains: "%" }"#, &["打折100%"]),
        (r#"{ contains: "1_" }"#, &["编号1_2"]),
        (r#"{ contains: "\\" }"#, &["反斜线\\"]),
        (r#"{ contains: "\"'" }"#, &["引号\"'"]),
        (r#"{ startsWith: "编号" }"#, &["编号1_2", "编号12"]),
        (r#"{ startsWith: "编号1_" }"#, &["编号1_2"]),
        (r#"{ startsWith: "L" }"#, &["LED灯"]),
        (r#"{ startsWith: "灯" }"#, &[]),
        (r#"{ startsWith: "编号", contains: "_" }"#, &["编号1_2"]),
        (r#"{ contains: "", startsWith: "led" }"#, &["led灯"]),
        (r#"{ startsWith: "", contains: "led" }"#, &["led灯"]),
        ("{ isNull: true }", &[]),
        (r#"{ eq: "\u0000" }"#, &[]),
        (r#"{ in: ["led灯", "\u0000"] }"#, &["led灯"]),
        (r#"{ contains: "led\u0000" }"#, &[]),
        (r#"{ startsWith: "led\u0000" }"#, &[]),
    ] {
        world.stranger.finds("needs", "title", &format!("{{ title: {filter} }}"), titles).await;
    }
}

case!(numbers_that_are_not_there_are_in_no_range);
async fn numbers_that_are_not_there_are_in_no_range(world: World) {
    let community = world.given.community("文庙社区").await;
    for (title, quantity) in [("一", 1), ("二", 2), ("三", 3)] {
        world.given.need(&community).title(title).quantity(quantity).await;
    }
    world.given.need(&community).title("不限").await;
    for (filter, titles) in [
        ("{ eq: 2 }", &["二"][..]),
        ("{ in: [1, 3, 9] }", &["一", "三"]),
        ("{ in: [] }", &[]),
        ("{ notIn: [1, 3] }", &["二", "不限"]),
        ("{ notIn: [] }", &["一", "二", "三", "不限"]),
        ("{ isNull: true }", &["不限"]),
        ("{ isNull: false }", &["一", "二", "三"]),
        ("{ gt: 1 }", &["二", "三"]),
        ("{ gte: 2, lt: 3 }", &["二"]),
        ("{ lte: 2 }", &["一", "二"]),
        ("{ gt: 3 }", &[]),
        ("{ gt: -2147483648, lt: 2147483647 }", &["一", "二", "三"]),
        ("{ eq: 1, isNull: true }", &[]),
        ("{}", &["一", "二", "三", "不限"]),
    ] {
        world.stranger.finds("needs", "title", &format!("{{ quantity: {filter} }}"), titles).await;
    }
    world
        .stranger
        .ask("{ needs(filter: { quantity: { eq: 2147483648 } }) { totalCount } }")
        .await
        .refused("BAD_REQUEST");
}

case!(days_are_those_of_shanghai);
async fn days_are_those_of_shanghai(world: World) {
    let community = world.given.community("文庙社区").await;
    for (title, deadline) in [
        ("前一天最后", "2026-03-01T23:59:59.999+08:00"),
        ("当天零点", "2026-03-02T00:00:00+08:00"),
        ("当天最后", "2026-03-02T23:59:59.999+08:00"),
        ("后一天零点", "2026-03-03T00:00:00+08:00"),
    ] {
        world.given.need(&community).title(title).claim_by(Timestamp::parse(deadline).unwrap()).await;
    }
    world.given.need(&community).title("没有期限").await;
    for (filter, titles) in [
        (r#"{ during: { from: "2026-03-02", until: "2026-03-02" } }"#, &["当天零点", "当天最后"][..]),
        (r#"{ during: { from: "2026-03-02" } }"#, &["当天零点", "当天最后", "后一天零点"]),
        (r#"{ during: { until: "2026-03-01" } }"#, &["前一天最后"]),
        (r#"{ during: { from: "2026-03-03", until: "2026-03-01" } }"#, &[]),
        (r#"{ during: {} }"#, &["前一天最后", "当天零点", "当天最后", "后一天零点", "没有期限"]),
        (r#"{ eq: "2026-03-01T16:00:00Z" }"#, &["当天零点"]),
        (r#"{ in: ["2026-03-02T00:00:00+08:00", "2026-03-02T16:00:00Z"] }"#, &["当天零点", "后一天零点"]),
        (
            r#"{ notIn: ["2026-03-02T00:00:00+08:00", "2026-03-02T16:00:00Z"] }"#,
            &["前一天最后", "当天最后", "没有期限"],
        ),
        (r#"{ gt: "2026-03-02T00:00:00+08:00" }"#, &["当天最后", "后一天零点"]),
        (r#"{ gte: "2026-03-02T00:00:00+08:00", lt: "2026-03-03T00:00:00+08:00" }"#, &["当天零点", "当天最后"]),
        (r#"{ lte: "2026-03-01T15:59:59.999Z" }"#, &["前一天最后"]),
        ("{ isNull: true }", &["没有期限"]),
        ("{ isNull: false }", &["前一天最后", "当天零点", "当天最后", "后一天零点"]),
    ] {
        world.stranger.finds("needs", "title", &format!("{{ claimBy: {filter} }}"), titles).await;
    }
    for nonsense in
        [r#"{ during: { from: "2026-3-2" } }"#, r#"{ during: { from: "2026-02-30" } }"#, r#"{ gt: "2026-03-02" }"#]
    {
        let query = format!("{{ needs(filter: {{ claimBy: {nonsense} }}) {{ totalCount }} }}");
        world.stranger.ask(&query).await.refused("BAD_REQUEST");
    }
}

case!(what_only_one_kind_has_matches_only_that_kind);
async fn what_only_one_kind_has_matches_only_that_kind(world: World) {
    let given = &world.given;
    let unit = given.unit("区人民医院").await;
    given.need(&unit).title("需求").urgency(Urgency::Emergency).await;
    given.resource(&unit).title("会议室").form(ResourceForm::Venue).status(ListItemStatus::Closed).await;
    given.resource(&unit).title("专家").form(ResourceForm::Talent).urgency(Urgency::Urgent).await;
    given.service(&unit).title("义诊").mode(ServiceMode::OnSite).auto_accept().await;
    given.service(&unit).title("网上问诊").mode(ServiceMode::Online).open_to_all().await;
    for (filter, titles) in [
        ("{ form: { eq: VENUE } }", &["会议室"][..]),
        ("{ form: { in: [] } }", &[]),
        ("{ form: { notIn: [VENUE] } }", &["需求", "专家", "义诊", "网上问诊"]),
        ("{ form: { isNull: false } }", &["会议室", "专家"]),
        ("{ mode: { in: [ONLINE, AT_UNIT] } }", &["网上问诊"]),
        ("{ kind: { eq: NEED } }", &["需求"]),
        ("{ kind: { notIn: [NEED, SERVICE] } }", &["会议室", "专家"]),
        ("{ urgency: { in: [URGENT, EMERGENCY] } }", &["需求", "专家"]),
        ("{ status: { eq: CLOSED } }", &["会议室"]),
        ("{ visibility: { eq: PUBLIC } }", &["需求", "会议室", "专家", "义诊", "网上问诊"]),
        ("{ openToAll: true }", &["网上问诊"]),
        ("{ openToAll: false }", &["需求", "会议室", "专家", "义诊"]),
        ("{ autoAccept: true }", &["义诊"]),
        ("{ autoAccept: false, kind: { eq: SERVICE } }", &["网上问诊"]),
        ("{ and: [{ form: { isNull: true } }, { mode: { isNull: true } }] }", &["需求"]),
        ("{ or: [{ form: { eq: VENUE } }, { mode: { eq: ONLINE } }] }", &["会议室", "网上问诊"]),
        ("{ or: [] }", &[]),
        ("{ and: [] }", &["需求", "会议室", "专家", "义诊", "网上问诊"]),
        ("{ not: { not: { form: { eq: VENUE } } } }", &["会议室"]),
        ("{ not: { form: { eq: VENUE } }, kind: { eq: RESOURCE } }", &["专家"]),
        ("{ not: { or: [{ form: { eq: VENUE } }, { mode: { eq: ONLINE } }] } }", &["需求", "专家", "义诊"]),
    ] {
        world.stranger.finds("listItems", "title", filter, titles).await;
    }
}

case!(what_claims_hold_is_not_left);
async fn what_claims_hold_is_not_left(world: World) {
    let given = &world.given;
    let (community, unit) = (given.community("文庙社区").await, given.unit("区人民医院").await);
    let other = given.unit("区第一小学").await;
    let need = |title: &str| given.need(&community).title(title);
    let taken = need("领完了").quantity(2).await;
    given.claim(&taken, &unit).status(ClaimStatus::Completed).await;
    given.claim(&taken, &other).status(ClaimStatus::Proposed).await;
    let short = need("少交了").quantity(3).await;
    given.claim(&short, &unit).quantity(3).delivered(1).status(ClaimStatus::Completed).await;
    let returned = need("退回了").quantity(1).await;
    given.claim(&returned, &unit).status(ClaimStatus::Cancelled).await;
    let unlimited = need("不限").await;
    given.claim(&unlimited, &unit).quantity(500).status(ClaimStatus::Accepted).await;
    world.stranger.finds("needs", "title", "{ hasRemaining: true }", &["少交了", "退回了", "不限"]).await;
    world.stranger.finds("needs", "title", "{ hasRemaining: false }", &["领完了"]).await;
    let answer =
        world.stranger.read("{ needs(orderBy: [{ field: CREATED_AT }]) { nodes { title quantity remaining } } }").await;
    assert_eq!(
        answer["needs"]["nodes"],
        json!([
            { "title": "领完了", "quantity": 2, "remaining": 0 },
            { "title": "少交了", "quantity": 3, "remaining": 2 },
            { "title": "退回了", "quantity": 1, "remaining": 1 },
            { "title": "不限", "quantity": null, "remaining": null },
        ])
    );
}

case!(items_are_found_by_their_claims);
async fn items_are_found_by_their_claims(world: World) {
    let given = &world.given;
    let community = given.community("文庙社区").await;
    let (hospital, school) = (given.unit("医院").await, given.unit("小学").await);
    given.need(&community).title("无人认领").await;
    let both = given.need(&community).title("一成一败").await;
    given.claim(&both, &hospital).status(ClaimStatus::Completed).await;
    given.claim(&both, &school).status(ClaimStatus::Declined).await;
    let done = given.need(&community).title("都办结").await;
    given.claim(&done, &hospital).status(ClaimStatus::Completed).await;
    for (filter, titles) in [
        ("{ some: { status: { eq: COMPLETED } } }", &["一成一败", "都办结"][..]),
        ("{ every: { status: { eq: COMPLETED } } }", &["无人认领", "都办结"]),
        ("{ none: { status: { eq: COMPLETED } } }", &["无人认领"]),
        ("{ none: { status: { eq: DECLINED } }, some: {} }", &["都办结"]),
        ("{ some: {} }", &["一成一败", "都办结"]),
        ("{ none: {} }", &["无人认领"]),
        ("{ every: { or: [] } }", &["无人认领"]),
        ("{ every: {} }", &["无人认领", "一成一败", "都办结"]),
        ("{}", &["无人认领", "一成一败", "都办结"]),
        // A thing that a claim does not have yet fails every line about it.
        ("{ every: { dueAt: { isNull: false } } }", &["无人认领"]),
        ("{ every: { not: { dueAt: { gt: \"2020-01-01T00:00:00Z\" } } } }", &["无人认领", "一成一败", "都办结"]),
        ("{ some: { claimant: { name: { eq: \"小学\" } } } }", &["一成一败"]),
        ("{ every: { claimant: { name: { eq: \"医院\" } } }, some: {} }", &["都办结"]),
    ] {
        world.stranger.finds("needs", "title", &format!("{{ claims: {filter} }}"), titles).await;
    }
}

case!(items_are_found_by_category_owner_and_place);
async fn items_are_found_by_category_owner_and_place(world: World) {
    let given = &world.given;
    let district = given.district().await;
    let (community, school) = (given.community("文庙社区").await, given.unit("小学").kind(UnitKind::School).await);
    let grid = given.area(&given.area_of(&community).await, AreaLevel::Grid).await;
    let own = given.category("edu").name("本区教育").of(&district).await;
    let (tutoring, law) = (given.shipped_category("edu.tutoring").await, given.shipped_category("law.advice").await);
    given.need(&community).title("辅导").category(&tutoring).await;
    given.need(&community).title("网格普法").category(&law).within(&grid).await;
    given.need(&school).title("本区").category(&own).await;
    let (community_code, grid_code) = (&given.area_of(&community).await.code, &grid.code);
    for (filter, titles) in [
        (r#"{ category: { within: ["edu"] } }"#.to_owned(), &["辅导", "本区"][..]),
        (r#"{ category: { within: ["edu.tutoring", "law"] } }"#.to_owned(), &["辅导", "网格普法"]),
        ("{ category: { within: [] } }".to_owned(), &[]),
        ("{ category: {} }".to_owned(), &["辅导", "网格普法", "本区"]),
        (r#"{ category: { name: { eq: "本区教育" } } }"#.to_owned(), &["本区"]),
        (r#"{ category: { code: { startsWith: "law." } } }"#.to_owned(), &["网格普法"]),
        ("{ owner: { unit: {} } }".to_owned(), &["本区"]),
        ("{ owner: { not: { unit: { kind: { eq: SCHOOL } } } } }".to_owned(), &["辅导", "网格普法"]),
        ("{ owner: { unit: { kind: { eq: HOSPITAL } } } }".to_owned(), &[]),
        ("{ owner: { community: {}, unit: {} } }".to_owned(), &[]),
        (format!("{{ area: {{ within: [\"{community_code}\"] }} }}"), &["辅导", "网格普法"]),
        (format!("{{ area: {{ within: [\"{grid_code}\", \"没有\"] }} }}"), &["网格普法"]),
        (format!("{{ area: {{ not: {{ within: [\"{grid_code}\"] }} }} }}"), &["辅导", "本区"]),
        (format!("{{ area: {{ within: [\"{community_code}\"], level: {{ eq: GRID }} }} }}"), &["网格普法"]),
        (format!("{{ area: {{ parent: {{ code: {{ eq: \"{community_code}\" }} }} }} }}"), &["网格普法"]),
        ("{ area: { within: [] } }".to_owned(), &[]),
        ("{ area: {} }".to_owned(), &["辅导", "网格普法", "本区"]),
        ("{ area: { within: [\"51\"] } }".to_owned(), &["辅导", "网格普法", "本区"]),
        ("{ area: { within: [\"\\u0000\"] } }".to_owned(), &[]),
    ] {
        world.stranger.finds("needs", "title", &filter, titles).await;
    }
}

/// Where the tests measure from, and a degree of latitude.
const CENTRE: (f64, f64) = (104.4, 31.1);
const METRES_IN_DEGREE: f64 = 111_195.0;

async fn need_at(world: &World, owner: &entity::party::Model, title: &str, east: f64, north: f64) {
    let longitude = CENTRE.0 + east / (METRES_IN_DEGREE * CENTRE.1.to_radians().cos());
    let latitude = CENTRE.1 + north / METRES_IN_DEGREE;
    world
        .given
        .need(owner)
        .title(title)
        .with(|row| (row.longitude, row.latitude) = (Some(longitude), Some(latitude)))
        .await;
}

case!(what_is_near_is_found_and_the_nearest_first);
async fn what_is_near_is_found_and_the_nearest_first(world: World) {
    let community = world.given.community("文庙社区").await;
    for (title, east, north) in [
        ("东一公里", 1_000.0, 0.0),
        ("原地", 0.0, 0.0),
        ("北一公里半", 0.0, 1_497.0),
        ("北更远", 0.0, 1_503.0),
        ("西南", -900.0, -900.0),
        ("角上", 1_100.0, 1_100.0),
    ] {
        need_at(&world, &community, title, east, north).await;
    }
    world.given.need(&community).title("没有地点").await;
    let near = |metres: u32| format!("near: {{ lng: {}, lat: {}, metres: {metres} }}", CENTRE.0, CENTRE.1);
    let close = ["东一公里", "原地", "北一公里半", "西南"];
    world.stranger.finds("needs", "title", &format!("{{ {} }}", near(1_500)), &close).await;
    world.stranger.finds("needs", "title", &format!("{{ {} }}", near(0)), &["原地"]).await;
    let sorted = ["原地", "东一公里", "西南", "北一公里半"];
    for (direction, expected) in [("ASC", sorted.to_vec()), ("DESC", sorted.iter().rev().copied().collect())] {
        let order = format!("orderBy: [{{ field: DISTANCE, direction: {direction} }}]");
        let query = format!("{{ needs(filter: {{ {} }}, {order}) {{ nodes {{ title }} }} }}", near(1_500));
        let answer = world.stranger.read(&query).await;
        let titles: Vec<_> = answer["needs"]["nodes"].as_array().unwrap().iter().map(|node| &node["title"]).collect();
        assert_eq!(titles, expected);
    }
    for wrong in ["lng: 181, lat: 31, metres: 1", "lng: 104, lat: 91, metres: 1", "lng: 104, lat: 31, metres: 100001"] {
        let query = format!("{{ needs(filter: {{ near: {{ {wrong} }} }}) {{ totalCount }} }}");
        world.stranger.ask(&query).await.refused("BAD_REQUEST");
    }
}

case!(an_item_says_what_it_is_but_not_whom_to_call);
async fn an_item_says_what_it_is_but_not_whom_to_call(world: World) {
    let given = &world.given;
    let unit = given.unit("区人民医院").await;
    let at = |text| Timestamp::parse(text).unwrap();
    let hall = given.resource(&unit).title("多功能厅").description("可坐六十人").form(ResourceForm::Venue).quantity(1);
    let hall = hall.measure("间").contact("王强", "13912345678").auto_accept().urgency(Urgency::Urgent);
    let hall = hall.window(at("2026-03-01T18:00:00+08:00"), at("2026-03-31T07:00:00.5+08:00"));
    let hall = hall.category(&given.shipped_category("culture.hall").await).await;
    for (position, name) in [(2, "平面图.pdf"), (1, "照片.png")] {
        given.attachment(&hall).with(|row| (row.position, row.name) = (position, Some(name.to_owned()))).await;
    }
    let query = "{ listItems { nodes {
        kind title description status urgency visibility autoAccept openToAll quantity remaining measure beneficiaries
        availableFrom availableUntil claimBy address location { lng } category { code parent { code } } area { name }
        owner { __typename name } attachments { name bytes } contact(unmask: true) { name phone masked } version
        ... on Resource { form } ... on Service { mode frequency }
    } } }";
    let expected = json!({
        "kind": "RESOURCE", "title": "多功能厅", "description": "可坐六十人", "status": "PUBLISHED", "urgency": "URGENT",
        "visibility": "PUBLIC", "autoAccept": true, "openToAll": false, "quantity": 1, "remaining": 1, "measure": "间",
        "beneficiaries": null, "availableFrom": "2026-03-01T10:00:00Z", "availableUntil": "2026-03-30T23:00:00.500Z",
        "claimBy": null, "address": null, "location": null,
        "category": { "code": "culture.hall", "parent": { "code": "culture" } }, "area": { "name": "旌阳区" },
        "owner": { "__typename": "Unit", "name": "区人民医院" },
        "attachments": [{ "name": "照片.png", "bytes": 1024 }, { "name": "平面图.pdf", "bytes": 1024 }],
        "contact": { "name": null, "phone": null, "masked": "SIGN_IN" }, "version": 1, "form": "VENUE"
    });
    assert_eq!(world.stranger.read(query).await["listItems"]["nodes"], json!([expected]));
}

case!(an_item_edited_later_leaves_what_was_promised);
async fn an_item_edited_later_leaves_what_was_promised(world: World) {
    let given = &world.given;
    let community = given.community("文庙社区").await;
    let need = given.need(&community).title("路灯").description("东巷").quantity(5).measure("盏").await;
    let category = need.category_id;
    given.claim(&need, &given.unit("区人民医院").await).await;
    let edited = list_item::ActiveModel {
        title: Set("长椅".to_owned()),
        description: Set(String::new()),
        quantity: Set(Some(9)),
        measure: Set(None),
        available_from: Set(Some(world.now)),
        ..need.into_active_model()
    };
    edited.update(&world.database.writer).await.unwrap();
    let query = "{ claims { nodes { item { title quantity } promised { title description category { id } measure quantity availableFrom availableUntil } } } }";
    let shown = |title: Option<&str>, description: Option<&str>| {
        let promised = json!({
            "title": title, "description": description, "category": { "id": Table::Category.id(category).0 },
            "measure": "盏", "quantity": 5, "availableFrom": null, "availableUntil": null
        });
        json!([{ "item": { "title": "长椅", "quantity": 9 }, "promised": promised }])
    };
    let clerk = world.clerk_of(&community).await;
    assert_eq!(clerk.read(query).await["claims"]["nodes"], shown(Some("路灯"), Some("东巷")));
    // The words of what was promised are the two sides': an item that was mended in public is mended.
    assert_eq!(world.stranger.read(query).await["claims"]["nodes"], shown(None, None));
}

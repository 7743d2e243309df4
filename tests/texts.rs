//! Texts as they are typed and pasted: one rule for all of them, and look-ups that spell as writes do.

use api::kernel::global_id::Table;
use entity::{account, list_item, party};
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};

use crate::harness::{Client, World, case};

/// What may not stand in a line, nor be all of a name.
const TURNED: &str = "\u{202e}灯路";
const BROKEN: &str = "路灯\n长椅";
const NOTHING: &str = "\u{3164}\u{200b}";

/// The paths of what is refused, all of it at once.
async fn refused(who: &Client, mutation: &str, input: Value) -> Vec<String> {
    let payload = who.payload(mutation, input, "").await;
    let path = |error: &Value| {
        let words: Vec<&str> = error["path"].as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect();
        assert_eq!(error["code"], "INVALID", "{error}");
        words.join(".")
    };
    payload["userErrors"].as_array().unwrap().iter().map(path).collect()
}

case!(a_line_of_text_is_refused_wherever_it_cannot_be_read_as_written);
async fn a_line_of_text_is_refused_wherever_it_cannot_be_read_as_written(world: World) {
    let given = &world.given;
    let (community, district) = (given.community("文庙社区").await, given.district().await);
    let (clerk, manager) = (world.clerk_of(&community).await, world.manager_of(&district).await);
    let category = Table::Category.id(given.shipped_category("edu.tutoring").await.id).0;
    let (owner, area) = (Table::Party.id(community.id).0, Table::Area.id(district.id).0);
    let count = async || {
        let reader = &world.database.reader;
        [
            list_item::Entity::find().count(reader).await.unwrap(),
            party::Entity::find().count(reader).await.unwrap(),
            account::Entity::find().count(reader).await.unwrap(),
        ]
    };
    let before = count().await;
    for bad in [TURNED, BROKEN] {
        let item = json!({ "ownerId": owner, "categoryId": category, "title": bad, "measure": bad, "address": bad,
            "mode": "ON_SITE", "frequency": bad, "contact": { "name": bad } });
        let faults = refused(&clerk, "createService", item).await;
        assert_eq!(faults, ["title", "measure", "frequency", "contact.name", "address"], "{bad:?}");
        let unit = json!({ "name": bad, "shortName": bad, "address": bad, "kind": "SCHOOL", "areaId": area });
        assert_eq!(refused(&manager, "createUnit", unit).await, ["name", "shortName", "address"], "{bad:?}");
        let person = json!({ "person": { "name": bad }, "communityId": owner });
        assert_eq!(refused(&clerk, "checkInMember", person).await, ["person.name"], "{bad:?}");
        let grant = json!({ "role": "COMMUNITY_STAFF", "scopeId": owner });
        let account = json!({ "username": "?", "name": bad, "subject": bad, "password": "short", "grant": grant });
        let faults = refused(&manager, "createAccount", account).await;
        assert_eq!(faults, ["username", "name", "subject", "password"], "{bad:?}");
    }
    // Nothing to be seen is nothing.
    let item = json!({ "ownerId": owner, "categoryId": category, "title": NOTHING });
    assert_eq!(refused(&clerk, "createNeed", item).await, ["title"]);
    let unit = json!({ "name": NOTHING, "kind": "SCHOOL", "areaId": area });
    assert_eq!(refused(&manager, "createUnit", unit).await, ["name"]);
    assert_eq!(count().await, before);
    // Where lines are told, they stay; letters that turn the others do not.
    let lines = |description: &str| json!({ "ownerId": owner, "categoryId": category, "title": "路灯", "description": description });
    assert_eq!(refused(&clerk, "createNeed", lines("一\u{202e}二")).await, ["description"]);
    let made = clerk.does("createNeed", lines("一\r\n二"), "need { description }").await;
    assert_eq!(made["need"]["description"], "一\n二");
}

case!(rare_characters_and_joined_emoji_stay_as_they_were_written);
async fn rare_characters_and_joined_emoji_stay_as_they_were_written(world: World) {
    let community = world.given.community("文庙社区").await;
    let clerk = world.clerk_of(&community).await;
    let category = Table::Category.id(world.given.shipped_category("edu.tutoring").await.id).0;
    for title in ["𠮷野家旁的路灯", "王\u{e863}家的门", "👩‍👩‍👧‍👦 家庭日 ❤️", "龘靐齉", "①号楼（东）"]
    {
        let need = json!({ "ownerId": Table::Party.id(community.id).0, "categoryId": category, "title": title });
        let made = clerk.does("createNeed", need, "need { title }").await;
        assert_eq!(made["need"]["title"], title);
    }
}

case!(names_that_differ_in_signs_alone_are_two);
async fn names_that_differ_in_signs_alone_are_two(world: World) {
    let district = world.given.district().await;
    let manager = world.manager_of(&district).await;
    let unit = |name: &str| json!({ "name": name, "kind": "OTHER", "areaId": Table::Area.id(district.id).0 });
    for name in ["☆", "★", "王\u{e863}诊所", "王\u{e864}诊所", "C++社", "C社"] {
        manager.does("createUnit", unit(name), "").await;
    }
    for name in ["王\u{e863}(诊所)", "王\u{e863} 诊所\u{3000}", "ｃ++社"] {
        assert_eq!(manager.is_refused("createUnit", unit(name)).await, "DUPLICATE", "{name}");
    }
}

case!(codes_are_looked_up_however_they_are_typed);
async fn codes_are_looked_up_however_they_are_typed(world: World) {
    let given = &world.given;
    let (community, district) = (given.community("文庙社区").await, given.district().await);
    let code = "91350211M000100Y46";
    let unit =
        json!({ "name": "德阳A医院", "kind": "HOSPITAL", "areaId": Table::Area.id(district.id).0, "creditCode": code });
    world.manager_of(&district).await.does("createUnit", unit, "").await;
    for typed in [
        "91350211m000100y46",
        "（９１３５０２１１Ｍ０００１００Ｙ４６）",
        "9135 0211-M000 100Y46",
        "\u{202a}91350211M000100Y46",
    ] {
        let query = "query($code: String!) { unit(creditCode: $code) { name } units(filter: { creditCode: { eq: $code } }) { totalCount } \
            listed: units(filter: { creditCode: { in: [$code] } }) { totalCount } others: units(filter: { creditCode: { notIn: [$code] } }) { totalCount } }";
        let found = world.stranger.ask_with(query, json!({ "code": typed })).await;
        let one = json!({ "totalCount": 1 });
        let expected =
            json!({ "unit": { "name": "德阳A医院" }, "units": one, "listed": one, "others": { "totalCount": 0 } });
        assert_eq!(*found.good(), expected, "{typed}");
    }
    let division =
        entity::area::Entity::find_by_id(community.area_id).one(&world.database.reader).await.unwrap().unwrap().code;
    let wide: String = division.chars().map(|digit| char::from_u32(u32::from(digit) + 0xfee0).unwrap()).collect();
    for typed in [format!(" {division}\u{feff}"), wide] {
        let query = "query($code: String!) { area(code: $code) { level } community(code: $code) { name } }";
        let found = world.stranger.ask_with(query, json!({ "code": typed })).await;
        assert_eq!(
            *found.good(),
            json!({ "area": { "level": "COMMUNITY" }, "community": { "name": "文庙社区" } }),
            "{typed}"
        );
    }
}

case!(a_clerk_is_warned_of_numbers_of_persons_that_anybody_reads);
async fn a_clerk_is_warned_of_numbers_of_persons_that_anybody_reads(world: World) {
    let community = world.given.community("文庙社区").await;
    let clerk = world.clerk_of(&community).await;
    let category = Table::Category.id(world.given.shipped_category("edu.tutoring").await.id).0;
    let need = |visibility: &str, description: &str| {
        json!({ "ownerId": Table::Party.id(community.id).0, "categoryId": category, "title": "路灯", "publish": true,
            "visibility": visibility, "description": description })
    };
    let selection = "need { id version } warnings { code path }";
    let told = clerk
        .does("createNeed", need("PUBLIC", "找王师傅 １３８-1234-5678，身份证 11010519491231002X"), selection)
        .await;
    let phone = json!({ "code": "PHONE_NUMBER", "path": ["description"] });
    assert_eq!(told["warnings"], json!([phone, { "code": "IDENTITY_CARD_NUMBER", "path": ["description"] }]));
    // It was done all the same; and once the number is gone, so is the warning.
    let mended = json!({ "id": told["need"]["id"], "ifVersion": told["need"]["version"], "description": "找王师傅" });
    assert_eq!(clerk.does("updateNeed", mended, selection).await["warnings"], json!([]));
    assert_eq!(clerk.does("createNeed", need("CHECKED_IN", "13812345678"), selection).await["warnings"], json!([]));
    assert_eq!(
        clerk.does("createNeed", need("PUBLIC", "2026-10-01 起，共 12345 盏，热线 12345"), selection).await["warnings"],
        json!([])
    );
    let refused = clerk
        .payload(
            "createNeed",
            json!({ "ownerId": Table::Party.id(community.id).0, "categoryId": category, "title": "" }),
            selection,
        )
        .await;
    assert_eq!((&refused["warnings"], &refused["userErrors"][0]["code"]), (&json!([]), &json!("INVALID")));
    let chinese = clerk.in_chinese().does("createNeed", need("PUBLIC", "13812345678"), "warnings { message }").await;
    assert_eq!(chinese["warnings"], json!([{ "message": "此处的电话号码会公开显示，请改填到联系人" }]));
}

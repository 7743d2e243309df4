//! The three lists as people keep them: written, published, changed, closed, taken back, copied; and what the clock does.

mod may;
mod races;
mod seen;

use api::kernel::global_id::Table;
use entity::claim::ClaimStatus;
use entity::list_item::{self, ListItemStatus, ResourceForm};
use entity::{area, audit_entry, outbox, party};
use sea_orm::{EntityTrait, PaginatorTrait, QueryOrder};
use serde_json::{Value, json};

use crate::harness::{Client, World, case};

/// A community and its clerk, a unit checked in to it and its liaison.
pub struct Place {
    pub community: party::Model,
    pub unit: party::Model,
    pub clerk: Client,
    pub liaison: Client,
}

pub async fn place(world: &World) -> Place {
    let given = &world.given;
    let community = given.community("文庙社区").await;
    let unit = given.unit("人民医院").await;
    given.check_in(&unit, &community).confirmed().await;
    let (clerk, liaison) = (world.clerk_of(&community).await, world.liaison_of(&unit).await);
    Place { community, unit, clerk, liaison }
}

pub fn id_of(item: &list_item::Model) -> String {
    Table::ListItem.id(item.id).0
}

pub fn party_id(party: &party::Model) -> String {
    Table::Party.id(party.id).0
}

pub async fn row(world: &World, item: &list_item::Model) -> list_item::Model {
    list_item::Entity::find_by_id(item.id).one(&world.database.reader).await.unwrap().expect("the item is there")
}

pub async fn category(world: &World, code: &str) -> String {
    Table::Category.id(world.given.shipped_category(code).await.id).0
}

/// How many items, audit entries and changes to be told there are: a refused act adds none.
async fn traces(world: &World) -> (u64, u64, u64) {
    let reader = &world.database.reader;
    (
        list_item::Entity::find().count(reader).await.unwrap(),
        audit_entry::Entity::find().count(reader).await.unwrap(),
        outbox::Entity::find().count(reader).await.unwrap(),
    )
}

/// The whole of an item, as its owner reads it.
const ALL: &str = "kind title description status urgency visibility autoAccept openToAll quantity remaining measure beneficiaries \
    availableFrom availableUntil claimBy address location { lng lat } contact(unmask: true) { name phone masked } publishedAt \
    version category { code } owner { name } area { name } attachments { url }";

case!(a_need_is_drafted_changed_and_published);
async fn a_need_is_drafted_changed_and_published(world: World) {
    let place = place(&world).await;
    let input = json!({
        "ownerId": party_id(&place.community), "categoryId": category(&world, "safety.fire").await,
        "title": "  路灯 ", "description": "东巷的灯从春天起就不亮", "quantity": 3, "measure": "盏", "urgency": "URGENT",
        "beneficiaries": 120, "claimBy": "2026-03-20T18:00:00+08:00", "contact": { "name": "王芳", "phone": "13912345678" },
        "attachments": [{ "url": "https://files.example/1.png" }], "publish": false,
    });
    let made = place.clerk.does("createNeed", input, &format!("need {{ id {ALL} }}")).await["need"].clone();
    assert_eq!(
        made,
        json!({
            "id": made["id"], "kind": "NEED", "title": "路灯", "description": "东巷的灯从春天起就不亮", "status": "DRAFT",
            "urgency": "URGENT", "visibility": "PUBLIC", "autoAccept": false, "openToAll": false, "quantity": 3, "remaining": 3,
            "measure": "盏", "beneficiaries": 120, "availableFrom": null, "availableUntil": null,
            "claimBy": "2026-03-20T10:00:00Z", "address": null, "location": null,
            "contact": { "name": "王芳", "phone": "13912345678", "masked": null }, "publishedAt": null, "version": 1,
            "category": { "code": "safety.fire" }, "owner": { "name": "文庙社区" }, "area": { "name": "文庙社区" },
            "attachments": [{ "url": "https://files.example/1.png" }],
        })
    );
    let id = made["id"].as_str().expect("an id").to_owned();
    assert_eq!(
        world.stranger.read(&format!("{{ listItem(id: \"{id}\") {{ id }} }}")).await,
        json!({ "listItem": null })
    );
    let change = json!({ "id": id, "ifVersion": 1, "quantity": 5, "title": "东巷路灯" });
    let changed = place.clerk.does("updateNeed", change, "need { title quantity measure version }").await;
    assert_eq!(changed["need"], json!({ "title": "东巷路灯", "quantity": 5, "measure": "盏", "version": 2 }));
    let published =
        place.clerk.does("publishListItem", json!({ "id": id }), "item { status publishedAt version }").await;
    assert_eq!(
        published["item"],
        json!({ "status": "PUBLISHED", "publishedAt": "2026-03-02T02:00:00Z", "version": 3 })
    );
    assert_eq!(world.stranger.list("needs", "title", "{}").await, ["东巷路灯"]);
    let entries = audit_entry::Entity::find().order_by_asc(audit_entry::Column::Id).all(&world.database.reader).await;
    let entries: Vec<_> = entries.unwrap().into_iter().filter(|entry| entry.action != "unmaskContact").collect();
    let acts: Vec<&str> = entries.iter().map(|entry| entry.action.as_str()).collect();
    assert_eq!(acts, ["createNeed", "updateNeed", "publishListItem"]);
    assert!(entries.iter().all(|entry| entry.subject == id && entry.on_behalf_of_id == Some(place.community.id)));
    // Persons are masked in the log.
    assert!(entries[0].changes.contains("139****5678") && !entries[0].changes.contains("13912345678"));
    let changes: Value = serde_json::from_str(&entries[1].changes).unwrap();
    assert_eq!(
        changes,
        json!([
            { "field": "title", "before": "路灯", "after": "东巷路灯" },
            { "field": "quantity", "before": "3", "after": "5" },
        ])
    );
    assert_eq!(outbox::Entity::find().count(&world.database.reader).await.unwrap(), 3);
    assert!(api::command::verify::verify(&world.database, |_| ()).await.unwrap().holds());
}

case!(each_list_has_what_only_it_has);
async fn each_list_has_what_only_it_has(world: World) {
    let place = place(&world).await;
    let base = json!({
        "ownerId": party_id(&place.unit), "categoryId": category(&world, "culture.hall").await, "title": "会议室", "publish": true,
    });
    let with = |more: Value| {
        let mut input = base.clone();
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    };
    let hall =
        place.liaison.does("createResource", with(json!({ "form": "VENUE" })), "resource { id form status }").await;
    assert_eq!(hall["resource"]["form"], "VENUE");
    assert_eq!(hall["resource"]["status"], "PUBLISHED");
    let clinic = with(json!({ "mode": "ONLINE", "frequency": "每周三" }));
    let clinic = place.liaison.does("createService", clinic, "service { id mode frequency }").await;
    assert_eq!((&clinic["service"]["mode"], &clinic["service"]["frequency"]), (&json!("ONLINE"), &json!("每周三")));
    // Each is changed by its own mutation.
    let (hall, clinic) = (hall["resource"]["id"].clone(), clinic["service"]["id"].clone());
    let edit = |id: &Value| json!({ "id": id, "ifVersion": 1, "title": "小会议室" });
    assert_eq!(place.liaison.is_refused("updateNeed", edit(&hall)).await, "NOT_FOUND");
    assert_eq!(place.liaison.is_refused("updateResource", edit(&clinic)).await, "NOT_FOUND");
    let change = json!({ "id": clinic, "ifVersion": 1, "frequency": null, "mode": "AT_UNIT" });
    let changed = place.liaison.does("updateService", change, "service { mode frequency }").await;
    assert_eq!(changed["service"], json!({ "mode": "AT_UNIT", "frequency": null }));
}

case!(absent_leaves_and_null_takes_away);
async fn absent_leaves_and_null_takes_away(world: World) {
    let place = place(&world).await;
    let day = world.now.plus(24 * 3_600_000);
    let need = world.given.need(&place.community).title("路灯").quantity(3).measure("盏").window(world.now, day);
    let need = need.claim_by(day).contact("王芳", "13912345678").with(|row| row.beneficiaries = Some(9)).await;
    world.given.attachment(&need).await;
    let before = row(&world, &need).await;
    let id = id_of(&need);
    // Variables that are declared and left out are absent, too.
    let document =
        "mutation($id: ID!, $version: Int!, $title: String, $quantity: Int, $claimBy: DateTime, $contact: ContactInput,
        $attachments: [AttachmentInput!], $urgency: Urgency, $categoryId: ID) {
        updateNeed(input: { id: $id, ifVersion: $version, title: $title, quantity: $quantity, claimBy: $claimBy,
            contact: $contact, attachments: $attachments, urgency: $urgency, categoryId: $categoryId }) {
            need { title quantity claimBy version attachments { url } } userErrors { code path } } }";
    let said = place.clerk.ask_with(document, json!({ "id": id, "version": 1, "title": "东巷路灯" })).await;
    let attached = json!([{ "url": said.good()["updateNeed"]["need"]["attachments"][0]["url"] }]);
    assert_eq!(
        said.good()["updateNeed"],
        json!({
            "need": {
                "title": "东巷路灯", "quantity": 3, "claimBy": "2026-03-03T02:00:00Z", "version": 2, "attachments": attached,
            },
            "userErrors": [],
        })
    );
    let after = row(&world, &need).await;
    let same = list_item::Model { title: "东巷路灯".into(), version: 2, updated_at: world.now, ..before };
    assert_eq!(after, same);
    let nothing =
        json!({ "id": id, "version": 2, "quantity": null, "claimBy": null, "contact": null, "attachments": null });
    let emptied = place.clerk.ask_with(document, nothing).await;
    assert_eq!(
        emptied.good()["updateNeed"],
        json!({
            "need": { "title": "东巷路灯", "quantity": null, "claimBy": null, "version": 3, "attachments": [] },
            "userErrors": [],
        })
    );
    let after = row(&world, &need).await;
    assert_eq!((after.quantity, after.claim_by), (None, None));
    assert_eq!((&after.contact_name, &after.contact_phone), (&None, &None));
    assert_eq!((after.measure.as_deref(), after.beneficiaries), (Some("盏"), Some(9)));
    // What may not be none, all at once.
    let none = json!({ "id": id, "version": 3, "title": null, "urgency": null, "categoryId": null });
    let refused = place.clerk.ask_with(document, none).await;
    assert_eq!(
        refused.good()["updateNeed"],
        json!({
            "need": null,
            "userErrors": [
                { "code": "INVALID", "path": ["categoryId"] },
                { "code": "INVALID", "path": ["title"] },
                { "code": "INVALID", "path": ["urgency"] },
            ],
        })
    );
    assert_eq!(row(&world, &need).await, after);
    // Whoever says nothing changes nothing.
    let still = place.clerk.does("updateNeed", json!({ "id": id, "ifVersion": 3 }), "need { version }").await;
    assert_eq!(still["need"]["version"], 3);
    let literal = format!(
        "mutation {{ updateNeed(input: {{ id: \"{id}\", ifVersion: 3, measure: null }}) {{ need {{ measure title }} }} }}"
    );
    assert_eq!(place.clerk.read(&literal).await["updateNeed"]["need"], json!({ "measure": null, "title": "东巷路灯" }));
}

case!(what_is_wrong_is_said_where_it_is);
async fn what_is_wrong_is_said_where_it_is(world: World) {
    let place = place(&world).await;
    let other = world.given.community("北街社区").await;
    let own = world.given.category("own").of(&world.given.district().await);
    let elsewhere = world.given.area(None::<&area::Model>, area::AreaLevel::Province).code("99").await;
    let foreign = world.given.category("foreign").of(&elsewhere).await;
    let (other_area, unknown) = (Table::Area.id(other.area_id).0, Table::Area.id(place.unit.id).0);
    let good = json!({
        "ownerId": party_id(&place.community), "categoryId": category(&world, "safety.fire").await, "title": "路灯",
        "publish": true,
    });
    let before = traces(&world).await;
    let long = |length| "长".repeat(length);
    for (field, value, path) in [
        ("title", json!("  "), json!(["title"])),
        ("title", json!(long(101)), json!(["title"])),
        ("title", json!("a\u{0}b"), json!(["title"])),
        ("description", json!(long(5_001)), json!(["description"])),
        ("measure", json!(long(21)), json!(["measure"])),
        ("quantity", json!(0), json!(["quantity"])),
        ("beneficiaries", json!(-1), json!(["beneficiaries"])),
        ("address", json!(long(201)), json!(["address"])),
        ("location", json!({ "lng": 181, "lat": 0 }), json!(["location"])),
        ("contact", json!({ "name": long(101) }), json!(["contact", "name"])),
        ("contact", json!({ "phone": "打这个" }), json!(["contact", "phone"])),
        ("claimBy", json!("2026-03-01T00:00:00Z"), json!(["claimBy"])),
        ("availableUntil", json!("2026-03-01T00:00:00Z"), json!(["availableUntil"])),
        ("categoryId", json!(Table::Category.id(foreign.id).0), json!(["categoryId"])),
        ("categoryId", json!("nonsense"), json!(["categoryId"])),
        ("areaId", json!(other_area), json!(["areaId"])),
        ("areaId", json!(unknown), json!(["areaId"])),
        ("attachments", json!([{ "url": "ftp://x" }]), json!(["attachments", "0"])),
        ("attachments", json!(vec![json!({ "url": "https://x.example" }); 21]), json!(["attachments"])),
        ("ownerId", json!("nonsense"), json!(["ownerId"])),
    ] {
        let mut input = good.clone();
        input[field] = value.clone();
        let payload = place.clerk.payload("createNeed", input, "need { id }").await;
        assert_eq!(payload["need"], Value::Null, "{field}: {value}");
        assert_eq!(payload["userErrors"].as_array().map(Vec::len), Some(1), "{field}: {value}: {payload}");
        assert_eq!(payload["userErrors"][0]["path"], path, "{field}: {value}");
        let missing = ["nonsense", unknown.as_str()].map(Value::from).contains(&value);
        assert_eq!(payload["userErrors"][0]["code"], if missing { "NOT_FOUND" } else { "INVALID" }, "{field}: {value}");
    }
    let mut several = good.clone();
    several["availableFrom"] = json!("2026-05-02T00:00:00Z");
    several["availableUntil"] = json!("2026-05-01T00:00:00Z");
    several["quantity"] = json!(-1);
    let payload = place.clerk.payload("createNeed", several, "").await;
    let paths: Vec<&Value> = payload["userErrors"].as_array().unwrap().iter().map(|error| &error["path"]).collect();
    assert_eq!(paths, [&json!(["quantity"]), &json!(["availableUntil"])]);
    assert_eq!(traces(&world).await, before);
    // Where the district has a tree of its own, the default one is not in force.
    own.await;
    assert_eq!(place.clerk.is_refused("createNeed", good).await, "INVALID");
}

case!(an_item_is_where_its_owner_is_unless_it_says_otherwise);
async fn an_item_is_where_its_owner_is_unless_it_says_otherwise(world: World) {
    let given = &world.given;
    let community = given.community("文庙社区");
    let community = community
        .with(|row| (row.address, row.longitude, row.latitude) = (Some("学府路1号".into()), Some(104.4), Some(31.1)));
    let community = community.await;
    let clerk = world.clerk_of(&community).await;
    let grid = given.area(&given.area_of(&community).await, area::AreaLevel::Grid).name("一网格").await;
    let input = json!({
        "ownerId": party_id(&community), "categoryId": category(&world, "safety.fire").await, "title": "路灯",
    });
    let selection = "need { id area { name } address location { lng lat } }";
    let made = clerk.does("createNeed", input, selection).await["need"].clone();
    let here = |made: &Value| json!([made["area"]["name"], made["address"], made["location"]["lng"]]);
    assert_eq!(here(&made), json!(["文庙社区", "学府路1号", 104.4]));
    for (version, said, expected) in [
        (1, json!({ "areaId": Table::Area.id(grid.id).0 }), json!(["一网格", null, null])),
        (
            2,
            json!({ "address": "东巷3号", "location": { "lng": 104.5, "lat": 31.2 } }),
            json!(["一网格", "东巷3号", 104.5]),
        ),
        (3, json!({ "location": null }), json!(["一网格", "东巷3号", null])),
        (4, json!({ "areaId": null }), json!(["文庙社区", "学府路1号", 104.4])),
        (5, json!({ "address": "门口" }), json!(["文庙社区", "门口", null])),
        (6, json!({ "areaId": null, "address": null, "location": null }), json!(["文庙社区", "学府路1号", 104.4])),
    ] {
        let mut input = said.clone();
        (input["id"], input["ifVersion"]) = (made["id"].clone(), json!(version));
        assert_eq!(here(&clerk.does("updateNeed", input, selection).await["need"]), expected, "{said}");
    }
    assert!(api::command::verify::verify(&world.database, |_| ()).await.unwrap().holds());
}

case!(who_may_not_keep_a_list_changes_nothing);
async fn who_may_not_keep_a_list_changes_nothing(world: World) {
    let place = place(&world).await;
    let given = &world.given;
    let other = given.community("北街社区").await;
    let (need, draft) = (given.need(&place.community).await, given.need(&place.community).draft().await);
    let school = given.unit("实验小学").await;
    let district = given.district().await;
    let reader = given.account().await;
    given.grant(&reader, entity::account_grant::Role::CommunityStaff).on(&place.community).await;
    let (token, token_row) = given.access_token(&reader);
    token_row.with(|row| row.may_write = false).await;
    let foreign = [
        world.clerk_of(&other).await,
        world.liaison_of(&school).await,
        place.liaison.clone(),
        world.analyst_of(&district).await,
        world.grid_worker_of(&given.area_of(&place.community).await).await,
    ];
    let before = (traces(&world).await, row(&world, &need).await, row(&world, &draft).await);
    let category = category(&world, "safety.fire").await;
    let new = json!({ "ownerId": party_id(&place.community), "categoryId": category, "title": "路灯" });
    let acts = |item: &list_item::Model| {
        let id = id_of(item);
        [
            ("updateNeed", json!({ "id": id, "ifVersion": 1, "title": "改" })),
            ("publishListItem", json!({ "id": id })),
            ("closeListItem", json!({ "id": id })),
            ("withdrawListItem", json!({ "id": id })),
            ("copyListItem", json!({ "id": id })),
        ]
    };
    for (mutation, input) in acts(&need).into_iter().chain([("createNeed", new.clone())]) {
        assert_eq!(world.stranger.is_refused(mutation, input.clone()).await, "UNAUTHENTICATED", "{mutation}");
        assert_eq!(
            world.stranger.with_token(&token).is_refused(mutation, input.clone()).await,
            "FORBIDDEN",
            "{mutation}"
        );
        for client in &foreign {
            assert_eq!(client.is_refused(mutation, input.clone()).await, "FORBIDDEN", "{mutation}");
        }
    }
    // Of a draft nobody else is told that there is one; an analyst, who sees it, may still not.
    for (mutation, input) in acts(&draft) {
        for (place, client) in foreign.iter().enumerate() {
            let code = if place == 3 { "FORBIDDEN" } else { "NOT_FOUND" };
            assert_eq!(client.is_refused(mutation, input.clone()).await, code, "{mutation}");
        }
    }
    assert_eq!((traces(&world).await, row(&world, &need).await, row(&world, &draft).await), before);
    // The manager of the district acts for its communities, not for its units; an administrator for all.
    let manager = world.manager_of(&district).await;
    manager.does("createNeed", new.clone(), "").await;
    let of_unit = json!({ "ownerId": party_id(&place.unit), "categoryId": category, "title": "路灯" });
    assert_eq!(manager.is_refused("createNeed", of_unit.clone()).await, "FORBIDDEN");
    world.admin().await.does("createNeed", of_unit, "").await;
}

case!(the_steps_of_an_item_are_those_of_the_table);
async fn the_steps_of_an_item_are_those_of_the_table(world: World) {
    use ListItemStatus::{Closed, Draft, Expired, Published, Withdrawn};
    let place = place(&world).await;
    let (mut table, in_may) = (String::new(), "2026-05-01T00:00:00Z");
    for status in [Draft, Published, Closed, Withdrawn, Expired] {
        for action in ["update", "publish", "close", "withdraw", "reopen", "extend", "discard", "copy"] {
            let soon = world.now.plus(86_400_000);
            let item =
                world.given.need(&place.community).status(status).with(|row| row.available_until = Some(soon)).await;
            let (mutation, input) = match action {
                "update" => ("updateNeed".to_owned(), json!({ "id": id_of(&item), "ifVersion": 1, "title": "新" })),
                "extend" => (
                    "extendListItem".to_owned(),
                    json!({ "id": id_of(&item), "claimBy": null, "availableUntil": in_may }),
                ),
                _ => (format!("{action}ListItem"), json!({ "id": id_of(&item) })),
            };
            let payload = place.clerk.payload(&mutation, input, "").await;
            let Some(after) = list_item::Entity::find_by_id(item.id).one(&world.database.reader).await.unwrap() else {
                table += &format!("{} {action} gone\n", status.word());
                continue;
            };
            let outcome = match payload["userErrors"][0]["code"].as_str() {
                Some(code) => {
                    assert_eq!(after, item, "a refused step changes nothing");
                    code.to_owned()
                }
                None => after.status.word(),
            };
            table += &format!("{} {action} {outcome}\n", status.word());
        }
    }
    assert_eq!(table, include_str!("listing/steps.txt"));
    assert!(api::command::verify::verify(&world.database, |_| ()).await.unwrap().holds());
}

case!(nothing_is_published_whose_time_has_passed);
async fn nothing_is_published_whose_time_has_passed(world: World) {
    let place = place(&world).await;
    let past = world.now.plus(-1);
    let late = world.given.need(&place.community).draft().claim_by(past).await;
    let payload = place.clerk.payload("publishListItem", json!({ "id": id_of(&late) }), "item { id }").await;
    assert_eq!(
        payload,
        json!({ "item": null, "userErrors": [{
            "code": "INVALID", "message": "the deadline to claim has passed", "path": [], "nodes": [{ "id": id_of(&late) }],
        }] })
    );
    let chinese = place.clerk.in_chinese().payload("publishListItem", json!({ "id": id_of(&late) }), "").await;
    assert_eq!(chinese["userErrors"][0]["message"], "认领截止时间已过");
    // Exactly now is not past.
    let edge = json!({ "id": id_of(&late), "ifVersion": 1, "claimBy": world.now.to_string() });
    place.clerk.does("updateNeed", edge, "").await;
    place.clerk.does("publishListItem", json!({ "id": id_of(&late), "ifVersion": 2 }), "").await;
    let back = json!({ "id": id_of(&late), "ifVersion": 3, "claimBy": past.to_string() });
    assert_eq!(place.clerk.is_refused("updateNeed", back).await, "INVALID");
}

case!(a_quantity_is_not_lowered_below_what_claims_hold);
async fn a_quantity_is_not_lowered_below_what_claims_hold(world: World) {
    let place = place(&world).await;
    let given = &world.given;
    let school = given.unit("实验小学").await;
    let need = given.need(&place.community).title("路灯").quantity(10).measure("盏").await;
    let live = given.claim(&need, &place.unit).quantity(4).await;
    let done = given.claim(&need, &school).quantity(3).delivered(2).status(ClaimStatus::Completed).await;
    given.claim(&need, &school).quantity(3).status(ClaimStatus::Declined).await;
    let held = row(&world, &need).await;
    assert_eq!(held.held, 6);
    let edit = |quantity: i32| json!({ "id": id_of(&need), "ifVersion": 1, "quantity": quantity, "title": "换了" });
    let payload = place.clerk.payload("updateNeed", edit(5), "need { id }").await;
    let mut nodes: Vec<&str> =
        payload["userErrors"][0]["nodes"].as_array().unwrap().iter().map(|node| node["id"].as_str().unwrap()).collect();
    nodes.sort_unstable();
    let mut expected = [Table::Claim.id(live.id).0, Table::Claim.id(done.id).0];
    expected.sort_unstable();
    assert_eq!(nodes, expected);
    assert_eq!(payload["userErrors"][0]["code"], "HELD_BY_CLAIMS");
    assert_eq!(payload["userErrors"][0]["path"], json!(["quantity"]));
    assert_eq!(row(&world, &need).await, held);
    let lowered = place.clerk.does("updateNeed", edit(6), "need { quantity remaining title }").await;
    assert_eq!(lowered["need"], json!({ "quantity": 6, "remaining": 0, "title": "换了" }));
    // What was promised stays what it was.
    let promised = place.clerk.read("{ claims { nodes { promised { title quantity measure } } } }").await;
    let promised = promised["claims"]["nodes"].as_array().unwrap().clone();
    assert_eq!(promised.len(), 3);
    for claim in promised {
        assert_eq!(claim["promised"], json!({ "title": "路灯", "quantity": 10, "measure": "盏" }));
    }
    assert!(api::command::verify::verify(&world.database, |_| ()).await.unwrap().holds());
}

case!(a_form_stays_what_it_was_for_its_claims);
async fn a_form_stays_what_it_was_for_its_claims(world: World) {
    let place = place(&world).await;
    let given = &world.given;
    let hall = given.resource(&place.unit).form(ResourceForm::Venue).quantity(2).await;
    let claim = given.claim(&hall, &place.community).status(ClaimStatus::Completed).await;
    let edit = |form: &str| json!({ "id": id_of(&hall), "ifVersion": 1, "form": form });
    let payload = place.liaison.payload("updateResource", edit("FUND"), "").await;
    assert_eq!(
        (&payload["userErrors"][0]["code"], &payload["userErrors"][0]["nodes"]),
        (&json!("HELD_BY_CLAIMS"), &json!([{ "id": Table::Claim.id(claim.id).0 }]))
    );
    // Both come back whole.
    place.liaison.does("updateResource", edit("EQUIPMENT"), "").await;
    assert!(api::command::verify::verify(&world.database, |_| ()).await.unwrap().holds());
}

case!(an_item_is_not_taken_back_under_a_live_claim);
async fn an_item_is_not_taken_back_under_a_live_claim(world: World) {
    let place = place(&world).await;
    let need = world.given.need(&place.community).quantity(3).await;
    let claim = world.given.claim(&need, &place.unit).await;
    let id = json!({ "id": id_of(&need) });
    let before = row(&world, &need).await;
    let payload = place.clerk.payload("withdrawListItem", id.clone(), "item { id }").await;
    assert_eq!(payload["item"], Value::Null);
    assert_eq!(payload["userErrors"][0]["code"], "HELD_BY_CLAIMS");
    assert_eq!(payload["userErrors"][0]["nodes"], json!([{ "id": Table::Claim.id(claim.id).0 }]));
    assert_eq!(row(&world, &need).await, before);
    // Closed, it takes no more, and what was proposed goes on.
    place.clerk.does("closeListItem", id, "").await;
    let other = world.given.unit("实验小学").await;
    world.given.check_in(&other, &place.community).confirmed().await;
    let school = world.liaison_of(&other).await;
    assert_eq!(school.is_refused("proposeClaim", json!({ "itemId": id_of(&need) })).await, "NOT_CLAIMABLE");
    place.clerk.does("acceptClaim", json!({ "id": Table::Claim.id(claim.id).0 }), "").await;
    let free = world.given.need(&place.community).await;
    let withdrawn = place.clerk.does("withdrawListItem", json!({ "id": id_of(&free) }), "item { status }").await;
    assert_eq!(withdrawn["item"]["status"], "WITHDRAWN");
    assert!(api::command::verify::verify(&world.database, |_| ()).await.unwrap().holds());
}

case!(a_copy_says_the_same_and_begins_anew);
async fn a_copy_says_the_same_and_begins_anew(world: World) {
    let place = place(&world).await;
    let (past, ahead) = (world.now.plus(-1_000), world.now.plus(24 * 3_600_000));
    let need = world.given.need(&place.community).title("路灯").quantity(3).window(past, ahead).claim_by(past);
    let need = need.contact("王芳", "13912345678").status(ListItemStatus::Closed).await;
    world.given.claim(&need, &place.unit).await;
    let picture = world.given.attachment(&need).await;
    let selection = format!("item {{ id claims {{ totalCount }} {ALL} }}");
    let copied = place.clerk.does("copyListItem", json!({ "id": id_of(&need) }), &selection);
    let copy = copied.await["item"].clone();
    assert_ne!(copy["id"], json!(id_of(&need)));
    assert_eq!(
        copy,
        json!({
            "id": copy["id"], "claims": { "totalCount": 0 }, "kind": "NEED", "title": "路灯", "description": "", "status": "DRAFT",
            "urgency": "NORMAL", "visibility": "PUBLIC", "autoAccept": false, "openToAll": false, "quantity": 3, "remaining": 3,
            "measure": null, "beneficiaries": null, "availableFrom": null, "availableUntil": "2026-03-03T02:00:00Z",
            "claimBy": null, "address": null, "location": null,
            "contact": { "name": "王芳", "phone": "13912345678", "masked": null }, "publishedAt": null, "version": 1,
            "category": { "code": "convenience.facilities" }, "owner": { "name": "文庙社区" }, "area": { "name": "文庙社区" },
            "attachments": [{ "url": picture.url }],
        })
    );
    assert_eq!(row(&world, &need).await.version, need.version);
    assert!(api::command::verify::verify(&world.database, |_| ()).await.unwrap().holds());
}

case!(the_same_key_lists_a_thing_once);
async fn the_same_key_lists_a_thing_once(world: World) {
    let place = place(&world).await;
    let input = json!({
        "ownerId": party_id(&place.community), "categoryId": category(&world, "safety.fire").await, "title": "路灯",
        "idempotencyKey": "一",
    });
    let first = place.clerk.does("createNeed", input.clone(), "need { id }").await;
    let again = place.clerk.does("createNeed", input.clone(), "need { id }").await;
    assert_eq!(first, again);
    let mut other = input;
    other["title"] = json!("别的");
    assert_eq!(place.clerk.is_refused("createNeed", other).await, "KEY_REUSED");
    assert_eq!(traces(&world).await, (1, 1, 1));
}

case!(items_expire_when_their_time_has_passed);
async fn items_expire_when_their_time_has_passed(world: World) {
    let place = place(&world).await;
    let given = &world.given;
    let soon = world.now.plus(1_000);
    let need = |title: &str| given.need(&place.community).title(title);
    let by_deadline = need("截止").claim_by(soon).await;
    let by_window = need("结束").with(|row| row.available_until = Some(soon)).await;
    let both = need("都过").claim_by(soon).with(|row| row.available_until = Some(soon)).await;
    let later = need("以后").claim_by(world.now.plus(60_000)).await;
    let draft = need("草稿").claim_by(soon).draft().await;
    let closed = need("关闭").claim_by(soon).status(ListItemStatus::Closed).await;
    let claim = given.claim(&by_deadline, &place.unit).await;
    let expire = |most: u64| {
        let world = world.clone();
        async move {
            let clock = audit_entry::AuditSource::Clock;
            let desk = api::kernel::write::Desk::of_server(world.database.writer.clone(), world.clock.clone(), clock);
            api::feature::list_item::expiry::expire_due(&desk, most).await.unwrap()
        }
    };
    world.clock.advance(1_000);
    assert_eq!(expire(100).await, 0, "the deadline itself is still in time");
    world.clock.advance(1);
    assert_eq!(expire(2).await, 2);
    assert_eq!(expire(100).await, 1);
    assert_eq!(expire(100).await, 0);
    for (item, status) in [
        (&by_deadline, "EXPIRED"),
        (&by_window, "EXPIRED"),
        (&both, "EXPIRED"),
        (&later, "PUBLISHED"),
        (&draft, "DRAFT"),
        (&closed, "CLOSED"),
    ] {
        assert_eq!(row(&world, item).await.status.word(), status, "{}", item.title);
    }
    // What was public stays so, and what was proposed goes on.
    assert_eq!(world.stranger.list("needs", "title", "{ status: { eq: EXPIRED } }").await, ["截止", "结束", "都过"]);
    place.clerk.does("acceptClaim", json!({ "id": Table::Claim.id(claim.id).0 }), "").await;
    let entries = audit_entry::Entity::find().all(&world.database.reader).await.unwrap();
    let by_clock: Vec<_> = entries.iter().filter(|entry| entry.action == "expireListItem").collect();
    assert_eq!(by_clock.len(), 3);
    assert!(by_clock.iter().all(|entry| entry.source.word() == "CLOCK" && entry.actor_id.is_none()));
    assert!(by_clock.iter().all(|entry| entry.on_behalf_of_id == Some(place.community.id)));
    assert!(api::command::verify::verify(&world.database, |_| ()).await.unwrap().holds());
}

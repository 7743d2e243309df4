//! Parties and check-ins as people keep them: units are registered once, profiles kept, check-ins asked for and answered.

use api::feature::party::phone::canonical;
use api::kernel::global_id::Table;
use entity::{check_in, member_check_in, party};
use proptest::prop_assert_eq;
use proptest::test_runner::TestRunner;
use sea_orm::ActiveValue::Set;
use sea_orm::prelude::Uuid;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::json;

use crate::harness::{Client, World, case, pure};

/// A credit code whose check character is right.
const CODE: &str = "91350211M000100Y46";

case!(a_unit_is_registered_once);
async fn a_unit_is_registered_once(world: World) {
    let district = world.given.district().await;
    let manager = world.manager_of(&district).await;
    let unit = |name: &str, code: Option<&str>| json!({ "name": name, "kind": "HOSPITAL", "areaId": Table::Area.id(district.id).0, "creditCode": code });
    let made = manager
        .does("createUnit", unit("德阳A医院有限公司", Some(CODE)), "unit { id name creditCode kind version }")
        .await;
    let id = made["unit"]["id"].clone();
    assert_eq!(
        made["unit"],
        json!({ "id": id, "name": "德阳A医院有限公司", "creditCode": CODE, "kind": "HOSPITAL", "version": 1 })
    );
    // By its code under another name; by its name in another spelling.
    for (input, path) in [(unit("另一家", Some(CODE)), "creditCode"), (unit("德阳ａ医院 有限责任公司", None), "name")]
    {
        let refused = manager.payload("createUnit", input, "unit { id }").await;
        assert_eq!(refused["unit"], json!(null));
        assert_eq!(refused["userErrors"][0]["code"], "DUPLICATE");
        assert_eq!(
            (&refused["userErrors"][0]["path"], &refused["userErrors"][0]["nodes"]),
            (&json!([path]), &json!([{ "id": id }]))
        );
    }
    let wrong = manager.payload("createUnit", unit("第三家", Some("91350211M000100Y44")), "").await;
    assert_eq!(wrong["userErrors"][0]["message"], "the check character is 4, but 6 was expected");
    let wrong = manager.in_chinese().payload("createUnit", unit("第三家", Some("91350211M000100Y44")), "").await;
    assert_eq!(wrong["userErrors"][0]["message"], "校验位应为 6，现为 4");
    assert_eq!(party::Entity::find().count(&world.database.reader).await.unwrap(), 1);
}

case!(a_profile_changes_by_what_is_said_and_no_more);
async fn a_profile_changes_by_what_is_said_and_no_more(world: World) {
    let unit =
        world.given.unit("人民医院").contact("李芳", "13812345678").with(|row| row.member_count = Some(30)).await;
    let liaison = world.liaison_of(&unit).await;
    let id = Table::Party.id(unit.id).0;
    let selection = "unit { version memberCount shortName address contact { name phone } }";
    let change = json!({ "id": id, "ifVersion": 1, "memberCount": null, "shortName": "人医" });
    let changed = liaison.does("updateUnit", change, selection).await;
    assert_eq!(
        changed["unit"],
        json!({ "version": 2, "memberCount": null, "shortName": "人医", "address": unit.address,
            "contact": { "name": "李**", "phone": "138****5678" } })
    );
    let stale = json!({ "id": id, "ifVersion": 1, "shortName": "别的" });
    assert_eq!(liaison.is_refused("updateUnit", stale).await, "CONFLICT");
    let refused = liaison.payload("updateUnit", json!({ "id": id, "ifVersion": 2, "name": null }), "").await;
    assert_eq!(
        (&refused["userErrors"][0]["code"], &refused["userErrors"][0]["path"]),
        (&json!("INVALID"), &json!(["name"]))
    );
    let bad = json!({ "id": id, "ifVersion": 2, "contact": { "phone": "call me" } });
    let refused = liaison.payload("updateUnit", bad, "").await;
    assert_eq!(refused["userErrors"][0]["path"], json!(["contact", "phone"]));
    let row = party::Entity::find_by_id(unit.id).one(&world.database.reader).await.unwrap().unwrap();
    assert_eq!((row.version, row.short_name.as_deref()), (2, Some("人医")));
    // What stands where the unit does follows it.
    let item = world.given.service(&unit).await;
    let address = json!({ "id": id, "ifVersion": 2, "address": "文庙街 1 号" });
    liaison.does("updateUnit", address, "").await;
    let query = format!("{{ listItem(id: \"{}\") {{ address version }} }}", Table::ListItem.id(item.id).0);
    assert_eq!(world.stranger.read(&query).await["listItem"], json!({ "address": "文庙街 1 号", "version": 2 }));
    assert!(api::command::verify::verify(&world.database, |_| ()).await.unwrap().holds());
    // The log tells what changed, and no person.
    let admin = world.admin().await;
    let contact = json!({ "id": id, "ifVersion": 3, "contact": { "name": "王小明", "phone": "13987654321" } });
    liaison.does("updateUnit", contact, "").await;
    let log = admin.read("{ auditEntries(first: 1) { nodes { action changes { field before after } } } }").await;
    assert_eq!(
        log["auditEntries"]["nodes"],
        json!([{ "action": "updateUnit", "changes": [
            { "field": "contact.name", "before": "李**", "after": "王**" },
            { "field": "contact.phone", "before": "138****5678", "after": "139****4321" },
        ] }])
    );
}

case!(all_that_is_wrong_with_a_profile_is_told_at_once);
async fn all_that_is_wrong_with_a_profile_is_told_at_once(world: World) {
    let community = world.given.community("文庙社区").await;
    let clerk = world.clerk_of(&community).await;
    let nonsense = json!({
        "id": Table::Party.id(community.id).0, "ifVersion": 1, "committeeKind": null, "population": -1, "households": 300,
        "address": "路".repeat(201), "location": { "lng": 181.0, "lat": 0.0 },
        "contact": { "name": "王".repeat(101) }, "secretary": { "phone": "none" },
    });
    let refused = clerk.payload("updateCommunity", nonsense, "community { id }").await;
    assert_eq!(refused["community"], json!(null));
    let told: Vec<_> =
        refused["userErrors"].as_array().unwrap().iter().map(|one| (&one["path"], &one["message"])).collect();
    assert_eq!(
        told,
        [
            (&json!(["committeeKind"]), &json!("it may not be null")),
            (&json!(["address"]), &json!("at most 200 characters; it has 201")),
            (&json!(["population"]), &json!("at least 0")),
            (&json!(["location"]), &json!("lng is -180 to 180, lat is -90 to 90")),
            (&json!(["contact", "name"]), &json!("at most 100 characters; it has 101")),
            (
                &json!(["secretary", "phone"]),
                &json!(
                    "not a phone number: a mobile has 11 digits, a landline its area's code, as in 0838-2201234转801"
                )
            ),
        ]
    );
    let row = party::Entity::find_by_id(community.id).one(&world.database.reader).await.unwrap().unwrap();
    assert_eq!(row, community);
}

case!(a_unit_checks_in_and_the_community_answers);
async fn a_unit_checks_in_and_the_community_answers(world: World) {
    let given = &world.given;
    let (community, unit) = (given.community("文庙社区").await, given.unit("人民医院").await);
    let (clerk, liaison) = (world.clerk_of(&community).await, world.liaison_of(&unit).await);
    let input = json!({ "unitId": Table::Party.id(unit.id).0, "communityId": Table::Party.id(community.id).0 });
    let asked = liaison.does("checkIn", input.clone(), "checkIn { id status availableActions }").await;
    let id = asked["checkIn"]["id"].clone();
    assert_eq!(asked["checkIn"], json!({ "id": id, "status": "PENDING", "availableActions": ["WITHDRAW"] }));
    let again = liaison.payload("checkIn", input, "").await;
    assert_eq!(
        (&again["userErrors"][0]["code"], &again["userErrors"][0]["nodes"]),
        (&json!("DUPLICATE"), &json!([{ "id": id }]))
    );
    assert_eq!(liaison.is_refused("confirmCheckIn", json!({ "id": id })).await, "FORBIDDEN");
    let confirmed =
        clerk.does("confirmCheckIn", json!({ "id": id }), "checkIn { status since availableActions }").await;
    assert_eq!(
        confirmed["checkIn"],
        json!({ "status": "CONFIRMED", "since": world.now.to_string(), "availableActions": ["END"] })
    );
    assert_eq!(clerk.is_refused("rejectCheckIn", json!({ "id": id })).await, "INVALID_TRANSITION");
    let seen = world.stranger.read("{ checkIns { nodes { status } } }").await;
    assert_eq!(seen["checkIns"]["nodes"], json!([{ "status": "CONFIRMED" }]));
    liaison.does("endCheckIn", json!({ "id": id }), "checkIn { status }").await;
    assert_eq!(world.stranger.read("{ checkIns { totalCount } }").await["checkIns"]["totalCount"], 0);
    assert!(api::command::verify::verify(&world.database, |_| ()).await.unwrap().holds());
}

case!(a_unit_takes_its_check_in_back_before_it_is_answered);
async fn a_unit_takes_its_check_in_back_before_it_is_answered(world: World) {
    let given = &world.given;
    let (community, unit) = (given.community("文庙社区").await, given.unit("人民医院").await);
    let (clerk, liaison) = (world.clerk_of(&community).await, world.liaison_of(&unit).await);
    let input = json!({ "unitId": Table::Party.id(unit.id).0, "communityId": Table::Party.id(community.id).0 });
    let asked = liaison.does("checkIn", input.clone(), "checkIn { id version }").await["checkIn"].clone();
    let id = asked["id"].clone();
    assert_eq!(clerk.is_refused("withdrawCheckIn", json!({ "id": id })).await, "FORBIDDEN");
    let stale = liaison.is_refused("withdrawCheckIn", json!({ "id": id, "ifVersion": 7 })).await;
    assert_eq!(stale, "CONFLICT");
    let withdrawn =
        liaison.does("withdrawCheckIn", json!({ "id": id }), "checkIn { status since until version }").await;
    let ended = json!({ "status": "ENDED", "since": null, "until": world.now.to_string(), "version": 2 });
    assert_eq!(withdrawn["checkIn"], ended);
    let late = clerk.in_chinese().payload("confirmCheckIn", json!({ "id": id }), "").await["userErrors"][0].clone();
    assert_eq!((&late["code"], &late["message"]), (&json!("INVALID_TRANSITION"), &json!("报到已结束，不能确认")));
    // It may ask again.
    assert_eq!(liaison.does("checkIn", input, "checkIn { status }").await["checkIn"]["status"], "PENDING");
    assert!(api::command::verify::verify(&world.database, |_| ()).await.unwrap().holds());
}

case!(a_check_in_says_why_not_as_the_mutation_answers);
async fn a_check_in_says_why_not_as_the_mutation_answers(world: World) {
    let given = &world.given;
    let (community, unit) = (given.community("文庙社区").await, given.unit("人民医院").await);
    let people = [
        world.stranger.clone(),
        world.clerk_of(&community).await,
        world.liaison_of(&unit).await,
        world.clerk_of(&given.community("东街社区").await).await,
        world.admin().await,
    ];
    for (action, mutation) in [
        ("CONFIRM", "confirmCheckIn"),
        ("REJECT", "rejectCheckIn"),
        ("WITHDRAW", "withdrawCheckIn"),
        ("END", "endCheckIn"),
    ] {
        for person in &people {
            for party in [None, Some(unit.id), Some(community.id)] {
                let row = given.check_in(&unit, &community);
                let row = if action == "END" { row.confirmed().await } else { row.await };
                told_as_answered(person, Table::CheckIn.id(row.id).0, party, action, mutation).await;
                check_in::Entity::delete_by_id(row.id).exec(&world.database.writer).await.unwrap();
            }
        }
    }
}

case!(a_persons_check_in_says_why_not_as_the_mutation_answers);
async fn a_persons_check_in_says_why_not_as_the_mutation_answers(world: World) {
    let given = &world.given;
    let (community, other) = (given.community("文庙社区").await, given.community("东街社区").await);
    let unit = given.unit("人民医院").await;
    let (member, colleague) = (given.member(&unit).await, given.member(&unit).await);
    let people = [
        world.stranger.clone(),
        world.clerk_of(&community).await,
        world.clerk_of(&other).await,
        world.person(&member).await,
        world.person(&colleague).await,
        world.admin().await,
    ];
    for (action, mutation) in [
        ("CONFIRM", "confirmMemberCheckIn"),
        ("REJECT", "rejectMemberCheckIn"),
        ("WITHDRAW", "withdrawMemberCheckIn"),
        ("END", "endMemberCheckIn"),
    ] {
        let mut may = Vec::new();
        for (number, person) in people.iter().enumerate() {
            for party in [None, Some(community.id), Some(other.id)] {
                let row = given.member_check_in(&member, &community);
                let row = if action == "END" { row.confirmed().await } else { row.await };
                if told_as_answered(person, Table::MemberCheckIn.id(row.id).0, party, action, mutation).await {
                    may.push((number, party.is_some()));
                }
                member_check_in::Entity::delete_by_id(row.id).exec(&world.database.writer).await.unwrap();
            }
        }
        // The clerk and the administrator, for the community too; a person may take back and end what is theirs.
        let oneself = vec![(3, false)];
        let expected = match action {
            "WITHDRAW" => oneself,
            "END" => [vec![(1, false), (1, true)], oneself, vec![(5, false), (5, true)]].concat(),
            _ => vec![(1, false), (1, true), (5, false), (5, true)],
        };
        assert_eq!(may, expected, "{action}");
    }
}

/// What somebody is told of a step is what its mutation then answers. Whether they were told that they may.
async fn told_as_answered(person: &Client, id: String, party: Option<Uuid>, action: &str, mutation: &str) -> bool {
    const QUERY: &str = "query($id: ID!, $party: ID, $action: CheckInAction!) { node(id: $id) {
        ... on CheckIn { whyNot(action: $action, asPartyId: $party) { code } availableActions(asPartyId: $party) }
        ... on MemberCheckIn { whyNot(action: $action, asPartyId: $party) { code } availableActions(asPartyId: $party) } } }";
    let party = party.map(|party| Table::Party.id(party).0);
    let told = person.ask_with(QUERY, json!({ "id": id, "party": party, "action": action })).await;
    let told = &told.good()["node"];
    let said = person.payload(mutation, json!({ "id": id, "asPartyId": party }), "").await;
    let code = said["userErrors"][0]["code"].clone();
    if told.is_null() {
        assert!(["NOT_FOUND", "UNAUTHENTICATED"].iter().any(|hidden| code == *hidden), "{said}");
        return false;
    }
    assert_eq!(told["whyNot"]["code"], code, "{action} {party:?}");
    let available = told["availableActions"].as_array().unwrap().contains(&json!(action));
    // Who acts for both sides has to say for which, and may.
    assert!(available == code.is_null() || code == "WHICH_PARTY", "{action} {party:?} {told}");
    available
}

case!(a_credit_code_is_taken_however_it_is_typed_and_an_identity_card_is_none);
async fn a_credit_code_is_taken_however_it_is_typed_and_an_identity_card_is_none(world: World) {
    let district = world.given.district().await;
    let manager = world.manager_of(&district).await;
    let unit = |name: &str, code: &str| json!({ "name": name, "kind": "HOSPITAL", "areaId": Table::Area.id(district.id).0, "creditCode": code });
    let selection = "unit { creditCode }";
    let made = manager.does("createUnit", unit("德阳A医院", " 9135 0211-m000100y46"), selection).await;
    assert_eq!(made["unit"], json!({ "creditCode": CODE }));
    for typed in ["９１３５０２１１Ｍ０００１００Ｙ４６", "91350211m000100y46"] {
        let found = world.stranger.ask(&format!("{{ unit(creditCode: \"{typed}\") {{ name }} }}")).await;
        assert_eq!(found.good()["unit"], json!({ "name": "德阳A医院" }));
        assert_eq!(manager.is_refused("createUnit", unit("另一家医院", typed)).await, "DUPLICATE");
    }
    let before = party::Entity::find().count(&world.database.reader).await.unwrap();
    for wrong in ["11010519491231002X", "000000000000000000"] {
        let refused = manager.payload("createUnit", unit("第三家医院", wrong), "").await["userErrors"][0].clone();
        assert_eq!((&refused["code"], &refused["path"]), (&json!("INVALID"), &json!(["creditCode"])), "{wrong}");
    }
    assert_eq!(party::Entity::find().count(&world.database.reader).await.unwrap(), before);
}

case!(a_person_whom_a_community_knows_is_not_registered_there_again);
async fn a_person_whom_a_community_knows_is_not_registered_there_again(world: World) {
    let given = &world.given;
    let (community, other) = (given.community("文庙社区").await, given.community("东街社区").await);
    let (clerk, neighbour) = (world.clerk_of(&community).await, world.clerk_of(&other).await);
    let input = |name: &str, phone: Option<&str>, community: &party::Model| {
        let person = json!({ "name": name, "phone": phone });
        json!({ "person": person, "communityId": Table::Party.id(community.id).0 })
    };
    let known = input("王建国", Some("13812345678"), &community);
    let made = clerk.does("checkInMember", known, "memberCheckIn { id member { id } }").await["memberCheckIn"].clone();
    for phone in ["13812345678", "+86 138-1234-5678", "１３８１２３４５６７８", "\u{202d}138 1234 5678\u{202c}"]
    {
        let again = input("王建国", Some(phone), &community);
        let refused = clerk.payload("checkInMember", again, "").await["userErrors"][0].clone();
        assert_eq!(refused["code"], "DUPLICATE", "{phone}");
        assert_eq!(refused["path"], json!(["person"]));
        assert_eq!(refused["nodes"][0]["id"], made["member"]["id"]);
    }
    assert_eq!(entity::member::Entity::find().count(&world.database.reader).await.unwrap(), 1);
    // What came before phones had one spelling is known all the same, also once it has ended.
    let row =
        entity::member::ActiveModel { phone: Set(Some("138 1234-5678".into())), ..one_member(&world).await.into() };
    entity::member::Entity::update(row).exec(&world.database.writer).await.unwrap();
    clerk.does("rejectMemberCheckIn", json!({ "id": made["id"] }), "").await;
    let again = input("王建国", Some("13812345678"), &community);
    assert_eq!(clerk.is_refused("checkInMember", again).await, "DUPLICATE");
    // Another phone, no phone, another name, another community: somebody else, as far as anybody knows.
    for other in [
        input("王建国", Some("13812345679"), &community),
        input("王建国", None, &community),
        input("王建国", None, &community),
        input("王建军", Some("13812345678"), &community),
    ] {
        clerk.does("checkInMember", other, "").await;
    }
    neighbour.does("checkInMember", input("王建国", Some("13812345678"), &other), "").await;
}

async fn one_member(world: &World) -> entity::member::Model {
    entity::member::Entity::find().one(&world.database.reader).await.unwrap().unwrap()
}

pure!(a_phone_as_it_is_kept_is_its_own_spelling);
fn a_phone_as_it_is_kept_is_its_own_spelling() {
    for typed in ["[+0-9 x转.-]{0,24}", "\\PC{0,40}"] {
        let kept_again = |typed: String| {
            if let Some(kept) = canonical(&typed) {
                prop_assert_eq!(canonical(&kept), Some(kept.clone()), "{:?}", typed);
            }
            Ok(())
        };
        TestRunner::deterministic().run(&typed, kept_again).unwrap();
    }
}

case!(a_phone_is_kept_in_one_spelling_and_refused_where_it_is_none);
async fn a_phone_is_kept_in_one_spelling_and_refused_where_it_is_none(world: World) {
    let unit = world.given.unit("区人民医院").await;
    let liaison = world.liaison_of(&unit).await;
    let id = Table::Party.id(unit.id).0;
    let kept = async || {
        let unit = party::Entity::find_by_id(unit.id).one(&world.database.reader).await.unwrap().unwrap();
        (unit.contact_phone, unit.version)
    };
    for (phone, spelling) in [
        ("＋８６ 838 2201234 转 801", "0838-2201234转801"),
        ("0086 138 1234 5678", "13812345678"),
        ("400-800-1234", "4008001234"),
        ("+852 2123 4567", "+85221234567"),
    ] {
        let input = json!({ "id": id, "ifVersion": kept().await.1, "contact": { "name": "张敏", "phone": phone } });
        liaison.does("updateUnit", input, "unit { id }").await;
        assert_eq!(kept().await.0.as_deref(), Some(spelling), "{phone}");
    }
    let before = kept().await;
    for phone in ["1381234567", "138123456789", "0838-22012", "13812345678转1", "电话", "510603199001011234"] {
        let input = json!({ "id": id, "ifVersion": before.1, "contact": { "name": "张敏", "phone": phone } });
        let refused = liaison.payload("updateUnit", input, "").await["userErrors"][0].clone();
        assert_eq!((&refused["code"], &refused["path"]), (&json!("INVALID"), &json!(["contact", "phone"])), "{phone}");
    }
    assert_eq!(kept().await, before);
}

case!(a_person_checks_in_where_they_live);
async fn a_person_checks_in_where_they_live(world: World) {
    let given = &world.given;
    let (community, other) = (given.community("文庙社区").await, given.community("东街社区").await);
    let clerk = world.clerk_of(&community).await;
    let input = json!({ "person": { "name": "王建国", "phone": "13812345678" }, "specialities": ["木工"], "communityId": Table::Party.id(community.id).0 });
    let selection = "memberCheckIn { id status member { id specialities contact { name } } }";
    let made = clerk.does("checkInMember", input, selection).await["memberCheckIn"].clone();
    assert_eq!(
        made,
        json!({ "id": made["id"], "status": "PENDING", "member": { "id": made["member"]["id"], "specialities": ["木工"], "contact": { "name": "王**" } } })
    );
    clerk.does("confirmMemberCheckIn", json!({ "id": made["id"] }), "").await;
    // The person themself, elsewhere; a clerk who does not know the person does not find them.
    let member = entity::member::Entity::find().one(&world.database.reader).await.unwrap().unwrap();
    let person = world.person(&member).await;
    let elsewhere = json!({ "memberId": made["member"]["id"], "communityId": Table::Party.id(other.id).0 });
    assert_eq!(world.clerk_of(&other).await.is_refused("checkInMember", elsewhere.clone()).await, "NOT_FOUND");
    person.does("checkInMember", elsewhere.clone(), "memberCheckIn { status }").await;
    assert_eq!(person.is_refused("checkInMember", elsewhere).await, "DUPLICATE");
    person.does("endMemberCheckIn", json!({ "id": made["id"] }), "memberCheckIn { status }").await;
}

//! Sights: who sees what, row by row. Secrets of every kind are laid out, everybody looks everywhere, and each finds what is
//! theirs to see and nothing else, by id, by list, by count and by what hangs on what.

use std::collections::{BTreeMap, BTreeSet};

use api::kernel::global_id::Table;
use entity::account_grant::Role;
use entity::area::AreaLevel;
use entity::claim::ClaimStatus;
use entity::list_item::{ListItemStatus, Visibility};
use entity::{area, audit_entry, claim_event, member, party, past_home};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};

use crate::harness::{Client, PASSWORD, World, case};

/// A community and two units, one of them checked in; far away, in a district of its own, another community.
struct Town {
    here: area::Model,
    grid: area::Model,
    there: area::Model,
    community: party::Model,
    /// Claims the secrets.
    partner: party::Model,
    /// Is checked in, and claims nothing.
    guest: party::Model,
    foreign: party::Model,
    person: member::Model,
    /// What is hidden from strangers: a name for each kind, and its ids.
    secrets: BTreeMap<&'static str, Vec<String>>,
}

impl Town {
    async fn new(world: &World) -> Self {
        let given = &world.given;
        let community = given.community("文庙社区").await;
        let (partner, guest) = (given.unit("人民医院").await, given.unit("第一小学").await);
        let here = given.district().await;
        let city = given.area_of(&partner).await.parent_id.expect("a district lies in a city");
        let city = area::Entity::find_by_id(city).one(&world.database.reader).await.unwrap().unwrap();
        let there = given.area(&city, AreaLevel::District).await;
        let street = given.area(&there, AreaLevel::Street).await;
        let foreign = given.community("远方社区").within(&street).await;
        let grid = given.area(&given.area_of(&community).await, AreaLevel::Grid).await;
        given.check_in(&guest, &community).confirmed().await;
        let person = given.member(&guest).await;
        let mut town = Self { here, grid, there, community, partner, guest, foreign, person, secrets: BTreeMap::new() };
        town.hide(world).await;
        town
    }

    async fn hide(&mut self, world: &World) {
        let given = &world.given;
        let need = || given.need(&self.community).quantity(9);
        for (name, item) in [
            ("draft", need().draft()),
            ("for parties", need().visible_to(Visibility::Parties)),
            ("for who checked in", need().visible_to(Visibility::CheckedIn).status(ListItemStatus::Closed)),
            ("public", need()),
        ] {
            let item = item.await;
            let claim = given.claim(&item, &self.partner).status(ClaimStatus::Completed).people_served(7).await;
            let rating = given.rating(&claim, &self.partner, 1).comment("差").await;
            let (attached, evidence) = (given.attachment(&item).await, given.evidence(&claim).await);
            let events = claim_event::Entity::find().filter(claim_event::Column::ClaimId.eq(claim.id));
            let events = events.all(&world.database.reader).await.unwrap();
            let rows = [
                (Table::ListItem, item.id),
                (Table::Claim, claim.id),
                (Table::Rating, rating.id),
                (Table::Attachment, attached.id),
            ];
            let rows = rows.into_iter().chain(events.into_iter().map(|row| (Table::ClaimEvent, row.id)));
            let ids = rows.map(|(table, key)| table.id(key).0).collect();
            if name != "public" {
                self.secrets.insert(name, ids);
            }
            self.secrets.entry("evidence").or_default().push(Table::Attachment.id(evidence.id).0);
        }
        let pending = given.check_in(&self.partner, &self.community).await;
        self.secrets.insert("pending check-in", vec![Table::CheckIn.id(pending.id).0]);
        let lives = given.member_check_in(&self.person, &self.community).confirmed().await;
        let person = vec![Table::Member.id(self.person.id).0, Table::MemberCheckIn.id(lives.id).0];
        self.secrets.insert("person", person);
    }

    /// Everybody who looks, and the names of what they see of the secrets.
    async fn onlookers(&self, world: &World) -> Vec<(&'static str, Client, Vec<&'static str>)> {
        let all: Vec<&str> = self.secrets.keys().copied().collect();
        let without_person: Vec<&str> = all.iter().copied().filter(|name| *name != "person").collect();
        vec![
            ("stranger", world.stranger.clone(), vec![]),
            ("clerk", world.clerk_of(&self.community).await, all.clone()),
            ("foreign clerk", world.clerk_of(&self.foreign).await, vec!["for parties"]),
            ("claimant's liaison", world.liaison_of(&self.partner).await, without_person),
            ("guest's liaison", world.liaison_of(&self.guest).await, vec!["for parties", "for who checked in"]),
            ("manager", world.manager_of(&self.here).await, all.clone()),
            ("foreign manager", world.manager_of(&self.there).await, vec!["for parties"]),
            ("analyst", world.analyst_of(&self.here).await, all.clone()),
            ("foreign analyst", world.analyst_of(&self.there).await, vec![]),
            ("grid worker", world.grid_worker_of(&self.grid).await, vec![]),
            ("person", world.person(&self.person).await, vec!["person"]),
            ("admin", world.admin().await, all),
        ]
    }
}

/// Everything that lists lead to, two levels deep.
const LOOK: &str = "{
    listItems(first: 30) { totalCount nodes { id attachments { id }
        claims(first: 3) { totalCount nodes { id evidence { id } ratings { id } events(first: 12) { totalCount nodes { id } } } } } }
    claims(first: 30) { totalCount nodes { id } } claimEvents(first: 60) { totalCount nodes { id } } checkIns(first: 10) { totalCount nodes { id } }
    communities { nodes { checkIns { totalCount nodes { id } } listItems { totalCount nodes { id } } claims { totalCount nodes { id } } } }
    units { nodes { checkIns { totalCount nodes { id } } claims { totalCount nodes { id } } claimsMade { totalCount nodes { id } } } }
}";

/// All ids in an answer, after holding that each count is that of the rows beside it.
fn ids(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            if let (Some(count), Some(nodes)) = (fields.get("totalCount"), fields.get("nodes")) {
                assert_eq!(count.as_u64(), nodes.as_array().map(|nodes| nodes.len() as u64), "{value}");
            }
            found.extend(fields.get("id").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|value| ids(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| ids(value, found)),
        _ => {}
    }
}

case!(everybody_sees_what_is_theirs_to_see);
async fn everybody_sees_what_is_theirs_to_see(world: World) {
    let town = Town::new(&world).await;
    for (who, client, sees) in town.onlookers(&world).await {
        let mut listed = BTreeSet::new();
        ids(&client.read(LOOK).await, &mut listed);
        // What is known of a claim's item without looking at it says what the item says.
        let both = client.read("{ claims { totalCount } byItem: claims(filter: { item: {} }) { totalCount } }").await;
        assert_eq!(both["claims"], both["byItem"], "{who}");
        for (name, secret) in &town.secrets {
            let by_id =
                client.ask_with("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", json!({ "ids": secret })).await;
            let expected: Vec<Value> =
                secret.iter().map(|id| if sees.contains(name) { json!({ "id": id }) } else { Value::Null }).collect();
            assert_eq!(by_id.good()["nodes"], json!(expected), "{who}: {name}, by id");
            // Persons are in no list yet.
            if *name != "person" {
                let in_lists = secret.iter().filter(|id| listed.contains(*id)).count();
                assert_eq!(in_lists, if sees.contains(name) { secret.len() } else { 0 }, "{who}: {name}, in lists");
            }
        }
    }
}

case!(nothing_secret_is_counted_or_looked_through);
async fn nothing_secret_is_counted_or_looked_through(world: World) {
    let town = Town::new(&world).await;
    let item = |name: &str| town.secrets[name].first().expect("an item").clone();
    for (who, client, sees) in town.onlookers(&world).await {
        for name in ["draft", "for parties", "for who checked in"] {
            let id = item(name);
            let is = format!("{{ id: {{ eq: \"{id}\" }} }}");
            let counts = client
                .read(&format!(
                    "{{ items: listItems(filter: {is}) {{ totalCount }} claims(filter: {{ item: {is} }}) {{ totalCount }}
                        events: claimEvents(filter: {{ claim: {{ item: {is} }} }}) {{ totalCount }}
                        some: communities(filter: {{ listItems: {{ some: {is} }} }}) {{ totalCount }}
                        claimed: units(filter: {{ claims: {{ some: {{ item: {is} }} }} }}) {{ totalCount }} }}"
                ))
                .await;
            let counts: Vec<u64> =
                counts.as_object().unwrap().values().map(|count| count["totalCount"].as_u64().unwrap()).collect();
            let expected = if sees.contains(&name) { [1, 1, 6, 1, 1] } else { [0; 5] };
            assert_eq!(counts, expected, "{who}: {name}");
        }
    }
}

case!(what_the_two_sides_say_is_for_them);
async fn what_the_two_sides_say_is_for_them(world: World) {
    let town = Town::new(&world).await;
    let query = "{ claims(first: 1, filter: { item: { visibility: { eq: PUBLIC } } }) { nodes {
        evidence { id } ratings { comment } events(filter: { action: { eq: DELIVER } }) { nodes { quantity onBehalfOf { name } } } } } }";
    for (who, client, sees) in town.onlookers(&world).await {
        let claim = &client.read(query).await["claims"]["nodes"][0];
        let inside = sees.contains(&"evidence");
        assert_eq!(claim["evidence"].as_array().unwrap().len(), usize::from(inside), "{who}");
        assert_eq!(claim["ratings"][0]["comment"], if inside { json!("差") } else { Value::Null }, "{who}");
        let event = &claim["events"]["nodes"][0];
        let expected = if inside {
            json!({ "quantity": 1, "onBehalfOf": { "name": "人民医院" } })
        } else {
            json!({ "quantity": null, "onBehalfOf": null })
        };
        assert_eq!(*event, expected, "{who}");
    }
}

case!(contacts_are_shown_to_those_with_a_reason);
async fn contacts_are_shown_to_those_with_a_reason(world: World) {
    let given = &world.given;
    let (community, unit) =
        (given.community("文庙社区").await, given.unit("人民医院").contact("李芳", "13812345678").await);
    let need = given.need(&community).quantity(3).open_to_all().await;
    let (clerk, liaison) = (world.clerk_of(&community).await, world.liaison_of(&unit).await);
    let analyst = world.analyst_of(&given.district().await).await;
    let query = format!(
        "{{ node(id: \"{}\") {{ ... on Unit {{ contact(unmask: true) {{ name phone masked }} }} }} }}",
        Table::Party.id(unit.id).0
    );
    let contact = async |client: &Client| client.read(&query).await["node"]["contact"].clone();
    let masked = |reason: &str| json!({ "name": "李**", "phone": "138****5678", "masked": reason });
    let clear = json!({ "name": "李芳", "phone": "13812345678", "masked": null });

    assert_eq!(contact(&world.stranger).await, json!({ "name": null, "phone": null, "masked": "SIGN_IN" }));
    assert_eq!(contact(&clerk).await, masked("NO_ACCEPTED_CLAIM"));
    assert_eq!(contact(&analyst).await, masked("OUT_OF_REACH"));
    assert_eq!(contact(&liaison).await, clear);
    let asked = query.replace("(unmask: true)", "");
    assert_eq!(liaison.read(&asked).await["node"]["contact"], masked("NOT_ASKED"));

    let input = json!({ "itemId": Table::ListItem.id(need.id).0 });
    let claim = liaison.does("proposeClaim", input, "claim { id }").await["claim"]["id"].clone();
    assert_eq!(contact(&clerk).await, masked("NO_ACCEPTED_CLAIM"));
    clerk.does("acceptClaim", json!({ "id": claim }), "").await;
    assert_eq!(contact(&clerk).await, clear);
    clerk.does("cancelClaim", json!({ "id": claim, "reason": "计划有变" }), "").await;
    assert_eq!(contact(&clerk).await, masked("CLAIM_ENDED"));

    // Each granted read is an entry of the audit log, and nothing else is.
    let admin = world.admin().await;
    let log = admin.read("{ auditEntries(filter: { action: { eq: \"unmaskContact\" } }) { nodes { onBehalfOf { name } subject { id } } } }").await;
    let seen_by =
        |name: &str| json!({ "onBehalfOf": { "name": name }, "subject": { "id": Table::Party.id(unit.id).0 } });
    assert_eq!(log["auditEntries"]["nodes"], json!([seen_by("文庙社区"), seen_by("人民医院")]));
}

case!(a_contact_that_is_read_after_signing_in_is_told_of_whoever_signed_in);
async fn a_contact_that_is_read_after_signing_in_is_told_of_whoever_signed_in(world: World) {
    let given = &world.given;
    let unit = given.unit("人民医院").contact("李芳", "13812345678").await;
    let liaison = given.account().called("lihua").with_password().await;
    given.grant(&liaison, Role::UnitLiaison).on(&unit).await;
    let clerk = world.clerk_of(&given.community("文庙社区").await).await;
    let input = json!({ "username": "lihua", "password": PASSWORD });
    let parties = "viewer { parties { nodes { ... on Unit { contact(unmask: true) { phone } } } } }";
    // Whoever it was who asked until then.
    for asked_as in [&world.stranger, &clerk] {
        let payload = asked_as.does("signIn", input.clone(), parties).await;
        assert_eq!(payload["viewer"]["parties"]["nodes"][0]["contact"]["phone"], "13812345678");
    }
    let log = audit_entry::Entity::find().filter(audit_entry::Column::Action.eq("unmaskContact"));
    let log = log.all(&world.database.reader).await.unwrap();
    let told: Vec<_> = log.iter().map(|entry| (entry.actor_id, entry.on_behalf_of_id)).collect();
    assert_eq!(told, [(Some(liaison.id), Some(unit.id)); 2]);
}

case!(a_unit_that_moves_leaves_its_past_with_those_who_oversaw_it);
async fn a_unit_that_moves_leaves_its_past_with_those_who_oversaw_it(world: World) {
    let given = &world.given;
    let town = Town::new(&world).await;
    let (unit, id) = (&town.partner, Table::Party.id(town.partner.id).0);
    let city =
        area::Entity::find_by_id(town.here.parent_id.unwrap()).one(&world.database.reader).await.unwrap().unwrap();
    let draft = given.resource(unit).draft().await;
    // Of a community elsewhere, so that only the unit makes it anybody's business here.
    let need = given.need(&town.foreign).visible_to(Visibility::CheckedIn).await;
    let claim = given.claim(&need, unit).status(ClaimStatus::Completed).await;
    let evidence = given.evidence(&claim).await;
    let pending = given.check_in(unit, &town.foreign).await;
    let liaison = world.liaison_of(unit).await;
    let change = |version: i32, field: &str, value: Value| json!({ "id": id, "ifVersion": version, field: value });
    liaison.does("updateUnit", change(1, "memberCount", json!(7)), "").await;
    let before: Vec<String> = [
        (Table::ListItem, draft.id),
        (Table::ListItem, need.id),
        (Table::Claim, claim.id),
        (Table::Attachment, evidence.id),
        (Table::CheckIn, pending.id),
    ]
    .map(|(table, key)| table.id(key).0)
    .into();
    let move_there = change(2, "areaId", json!(Table::Area.id(town.there.id).0));
    for client in [&liaison, &world.manager_of(&town.here).await, &world.manager_of(&town.there).await] {
        assert_eq!(client.is_refused("updateUnit", move_there.clone()).await, "FORBIDDEN");
    }
    assert_eq!(past_home::Entity::find().count(&world.database.reader).await.unwrap(), 0);
    world.clock.advance(1_000);
    world.manager_of(&city).await.does("updateUnit", move_there, "unit { area { code } }").await;
    world.clock.advance(1_000);
    let category = Table::Category.id(given.shipped_category("edu.tutoring").await.id).0;
    let new = json!({ "ownerId": id, "categoryId": category, "title": "周末辅导", "form": "VENUE" });
    let new = liaison.does("createResource", new, "resource { id }").await["resource"]["id"].clone();
    let new = new.as_str().unwrap().to_owned();
    for (who, client, sees_before, sees_new, log) in [
        ("manager", world.manager_of(&town.here).await, true, false, vec!["updateUnit", "updateUnit"]),
        ("analyst", world.analyst_of(&town.here).await, true, false, vec![]),
        (
            "new manager",
            world.manager_of(&town.there).await,
            true,
            true,
            vec!["updateUnit", "updateUnit", "createResource"],
        ),
        ("stranger", world.stranger.clone(), false, false, vec![]),
        ("neighbour", world.liaison_of(&town.guest).await, false, false, vec![]),
    ] {
        let ids: Vec<&String> = before.iter().chain([&new]).collect();
        let seen = client.ask_with("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", json!({ "ids": ids })).await;
        let seen: Vec<bool> = seen.good()["nodes"].as_array().unwrap().iter().map(|node| !node.is_null()).collect();
        let mut expected = vec![sees_before; before.len()];
        expected.push(sees_new);
        assert_eq!(seen, expected, "{who}");
        let query = format!(
            "{{ auditEntries(filter: {{ onBehalfOf: {{ id: {{ eq: \"{id}\" }} }} }}, orderBy: [{{ field: AT, direction: ASC }}]) {{ nodes {{ action }} }} }}"
        );
        let told = client.read(&query).await["auditEntries"]["nodes"].clone();
        let told: Vec<&str> = told.as_array().unwrap().iter().map(|entry| entry["action"].as_str().unwrap()).collect();
        assert_eq!(told, log, "{who}");
    }
    assert!(api::command::verify::verify(&world.database, |_| ()).await.unwrap().holds());
}

case!(the_log_is_read_by_those_who_may);
async fn the_log_is_read_by_those_who_may(world: World) {
    let town = Town::new(&world).await;
    let community = Table::Party.id(town.community.id).0;
    let change = json!({ "id": community, "ifVersion": 1, "population": 3_000 });
    world.clerk_of(&town.community).await.does("updateCommunity", change, "").await;
    let query = format!(
        "{{ auditEntries(filter: {{ subject: {{ eq: \"{community}\" }} }}) {{ totalCount nodes {{ action onBehalfOf {{ name }} }} }} }}"
    );
    for (who, client, _) in town.onlookers(&world).await {
        let may = ["manager", "admin"].contains(&who);
        let seen = client.read(&query).await["auditEntries"].clone();
        let entry = json!({ "action": "updateCommunity", "onBehalfOf": { "name": "文庙社区" } });
        let expected =
            if may { json!({ "totalCount": 1, "nodes": [entry] }) } else { json!({ "totalCount": 0, "nodes": [] }) };
        assert_eq!(seen, expected, "{who}");
    }
}

case!(one_asks_about_ones_own_without_knowing_ids);
async fn one_asks_about_ones_own_without_knowing_ids(world: World) {
    let town = Town::new(&world).await;
    let query = "{ viewer { account { username } grants { role scope { __typename } } parties { nodes { name } } }
        listItems(filter: { owner: { mine: true } }) { totalCount } claims(filter: { party: { mine: true } }) { totalCount } }";
    for (who, client, _) in town.onlookers(&world).await {
        let seen = client.read(query).await;
        let (role, scope, parties, items, claims) = match who {
            "stranger" => {
                assert_eq!(seen["viewer"], Value::Null);
                assert_eq!((&seen["listItems"]["totalCount"], &seen["claims"]["totalCount"]), (&json!(0), &json!(0)));
                continue;
            }
            "clerk" => ("COMMUNITY_STAFF", Some("Community"), vec!["文庙社区"], 4, 4),
            "foreign clerk" => ("COMMUNITY_STAFF", Some("Community"), vec!["远方社区"], 0, 0),
            "claimant's liaison" => ("UNIT_LIAISON", Some("Unit"), vec!["人民医院"], 0, 4),
            "guest's liaison" => ("UNIT_LIAISON", Some("Unit"), vec!["第一小学"], 0, 0),
            "manager" => ("AREA_MANAGER", Some("Area"), vec!["文庙社区"], 4, 4),
            "foreign manager" => ("AREA_MANAGER", Some("Area"), vec!["远方社区"], 0, 0),
            "analyst" | "foreign analyst" => ("ANALYST", Some("Area"), vec![], 0, 0),
            "grid worker" => ("GRID_WORKER", Some("Area"), vec![], 0, 0),
            "person" => ("MEMBER", Some("Member"), vec![], 0, 0),
            _ => ("ADMIN", None, vec!["人民医院", "文庙社区", "第一小学", "远方社区"], 4, 4),
        };
        let scope = scope.map(|kind| json!({ "__typename": kind }));
        assert_eq!(seen["viewer"]["grants"], json!([{ "role": role, "scope": scope }]), "{who}");
        let names: Vec<Value> = parties.iter().map(|name| json!({ "name": name })).collect();
        assert_eq!(seen["viewer"]["parties"]["nodes"], json!(names), "{who}");
        assert_eq!(
            (&seen["listItems"]["totalCount"], &seen["claims"]["totalCount"]),
            (&json!(items), &json!(claims)),
            "{who}"
        );
    }
}

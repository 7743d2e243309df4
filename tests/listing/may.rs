//! What viewers are told they may do is what the mutations answer: for items of every kind of state, and for every kind of viewer.

use entity::account_grant::Role;
use entity::claim::ClaimStatus;
use entity::list_item::{self, ListItemKind, ListItemStatus, ResourceForm, ServiceMode, Visibility};
use entity::party::{self, PartyKind};
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{id_of, party_id};
use crate::harness::{Client, World, case};

const ACTIONS: [&str; 9] = ["UPDATE", "PUBLISH", "CLOSE", "WITHDRAW", "REOPEN", "EXTEND", "DISCARD", "COPY", "CLAIM"];

/// A generator of numbers (SplitMix64): the same each time.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[usize::try_from(self.next() % of.len() as u64).unwrap()]
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.next() % 100 < percent
    }
}

/// Two communities, three units, and everybody there is.
struct Town {
    parties: Vec<party::Model>,
    /// Who asks, and for which parties they act.
    viewers: Vec<(&'static str, Client, Vec<party::Model>)>,
}

async fn town(world: &World) -> Town {
    let given = &world.given;
    let (temple, north) = (given.community("文庙社区").await, given.community("北街社区").await);
    let (hospital, school) = (given.unit("人民医院").await, given.unit("实验小学").await);
    given.check_in(&hospital, &temple).confirmed().await;
    given.check_in(&hospital, &north).await;
    given.check_in(&school, &temple).ended().await;
    given.check_in(&school, &north).confirmed().await;
    let district = given.district().await;
    let account = given.account().await;
    given.grant(&account, Role::UnitLiaison).on(&hospital).await;
    given.grant(&account, Role::CommunityStaff).on(&north).await;
    let both = world.token_of(&account).await;
    let reader = given.account().await;
    given.grant(&reader, Role::CommunityStaff).on(&temple).await;
    let (token, row) = given.access_token(&reader);
    row.with(|row| row.may_write = false).await;
    let all = vec![temple.clone(), north.clone(), hospital.clone(), school.clone()];
    let viewers = vec![
        ("a stranger", world.stranger.clone(), vec![]),
        ("the clerk of the temple", world.clerk_of(&temple).await, vec![temple.clone()]),
        ("the clerk of the north", world.clerk_of(&north).await, vec![north.clone()]),
        ("the liaison of the hospital", world.liaison_of(&hospital).await, vec![hospital.clone()]),
        ("the liaison of the school", world.liaison_of(&school).await, vec![school.clone()]),
        ("who acts for two", both, vec![north.clone(), hospital.clone()]),
        ("the manager", world.manager_of(&district).await, vec![temple.clone(), north.clone()]),
        ("the analyst", world.analyst_of(&district).await, vec![]),
        ("a grid worker", world.grid_worker_of(&district).await, vec![]),
        ("the administrator", world.admin().await, all.clone()),
        ("who may read alone", world.stranger.with_token(&token), vec![]),
    ];
    Town { parties: all, viewers }
}

impl Town {
    /// An item in some state, perhaps with claims.
    async fn item(&self, world: &World, dice: &mut Dice) -> list_item::Model {
        use ListItemStatus::{Closed, Draft, Expired, Published, Withdrawn};
        let given = &world.given;
        let owner = dice.one(&self.parties);
        let mut item = match dice.next() % 3 {
            0 => given.need(owner),
            1 => given.resource(owner).form(*dice.one(&[ResourceForm::Venue, ResourceForm::Fund])),
            _ => given.service(owner).mode(ServiceMode::OnSite),
        };
        // Most are open, or all would end at the first condition.
        let states = [Published, Published, Published, Published, Draft, Closed, Expired];
        let status = if dice.chance(5) { Withdrawn } else { *dice.one(&states) };
        let quantity = *dice.one(&[None, Some(1), Some(2)]);
        let dates = [None, None, None, Some(world.now.plus(-1)), Some(world.now), Some(world.now.plus(60_000))];
        let (claim_by, until) = (*dice.one(&dates), *dice.one(&dates));
        item = item.status(status).visible_to(*dice.one(&[
            Visibility::Public,
            Visibility::Public,
            Visibility::Parties,
            Visibility::CheckedIn,
        ]));
        let is_open = dice.chance(40);
        let item = item.with(|row| {
            (row.quantity, row.claim_by, row.available_until, row.open_to_all) = (quantity, claim_by, until, is_open);
        });
        let item = item.await;
        if !matches!(status, Draft | Withdrawn) && dice.chance(60) {
            let others: Vec<&party::Model> = self.parties.iter().filter(|party| party.kind != owner.kind).collect();
            let status = *dice.one(&[
                ClaimStatus::Proposed,
                ClaimStatus::Accepted,
                ClaimStatus::Completed,
                ClaimStatus::Declined,
            ]);
            let claimant = *dice.one(&others);
            given.claim(&item, claimant).status(status).await;
        }
        item
    }
}

/// The mutation that an action is, and its input.
fn act(action: &str, item: &list_item::Model, version: &Value, party: Option<&str>) -> (String, Value) {
    let id = id_of(item);
    match action {
        "UPDATE" => {
            let kind = match item.kind {
                ListItemKind::Need => "Need",
                ListItemKind::Resource => "Resource",
                ListItemKind::Service => "Service",
            };
            (format!("update{kind}"), json!({ "id": id, "ifVersion": version, "title": "新标题" }))
        }
        "CLAIM" => ("proposeClaim".to_owned(), json!({ "itemId": id, "asPartyId": party })),
        // At no date that could have passed.
        "REOPEN" | "EXTEND" => {
            let input = json!({ "id": id, "claimBy": null, "availableUntil": null });
            (format!("{}ListItem", action.to_lowercase()), input)
        }
        step => (format!("{}ListItem", step.to_lowercase()), json!({ "id": id })),
    }
}

fn without_message(error: &Value) -> Value {
    if error.is_null() {
        return Value::Null;
    }
    json!({ "code": error["code"], "path": error["path"], "nodes": error["nodes"] })
}

case!(what_one_is_told_is_what_the_mutation_answers);
async fn what_one_is_told_is_what_the_mutation_answers(world: World) {
    let town = town(&world).await;
    let mut dice = Dice(20_260_302);
    let mut seen = std::collections::BTreeMap::<String, u32>::new();
    for round in 0..240 {
        let item = town.item(&world, &mut dice).await;
        let action = match item.status {
            ListItemStatus::Draft if dice.chance(50) => "PUBLISH",
            ListItemStatus::Published if dice.chance(20) => "WITHDRAW",
            _ if dice.chance(50) => "CLAIM",
            _ => dice.one(&ACTIONS),
        };
        // Mostly those who have a say, or all would end at the first condition.
        let has_say = |own: &[party::Model]| own.iter().any(|party| (party.id == item.owner_id) != (action == "CLAIM"));
        let with_say: Vec<_> = town.viewers.iter().filter(|(.., own)| has_say(own)).collect();
        let (name, who, own) = if dice.chance(75) { *dice.one(&with_say) } else { dice.one(&town.viewers) };
        let party = match dice.next() % 8 {
            0 if action == "CLAIM" => Some(party_id(dice.one(&town.parties))),
            1 if action == "CLAIM" => Some("nonsense".to_owned()),
            2..6 if action == "CLAIM" && own.len() > 1 => Some(party_id(dice.one(own))),
            _ => None,
        };
        let argument = party.as_ref().map(|party| format!("asPartyId: \"{party}\"")).unwrap_or_default();
        let asked = ACTIONS
            .map(|action| format!("{action}: whyNot(action: {action}, {argument}) {{ code path nodes {{ id }} }}"));
        let available = if argument.is_empty() { String::new() } else { format!("({argument})") };
        let query = format!(
            "{{ listItem(id: \"{}\") {{ version availableActions{available} {} }} }}",
            id_of(&item),
            asked.join(" ")
        );
        let told = who.read(&query).await["listItem"].clone();
        let (mutation, input) = act(action, &item, &json!(told["version"].as_i64().unwrap_or(1)), party.as_deref());
        let payload = who.payload(&mutation, input, "").await;
        let answered = &payload["userErrors"][0];
        let context = format!("round {round}, {name}, {action} {party:?}: {item:?}");
        if told.is_null() {
            let code = answered["code"].as_str().expect("a refusal");
            assert!(["NOT_FOUND", "UNAUTHENTICATED", "FORBIDDEN"].contains(&code), "{code}: {context}");
            assert!(code != "FORBIDDEN" || *name == "who may read alone", "{context}");
            continue;
        }
        assert_eq!(told[action], without_message(answered), "{context}");
        let may: Vec<&str> = ACTIONS.into_iter().filter(|action| told[*action].is_null()).collect();
        assert_eq!(told["availableActions"], json!(may), "{context}");
        *seen.entry(told[action]["code"].as_str().unwrap_or("DONE").to_owned()).or_default() += 1;
    }
    // The rounds went to every end there is.
    let ends: Vec<&str> = seen.keys().map(String::as_str).collect();
    let expected = [
        "ALREADY_CLAIMED",
        "DONE",
        "FORBIDDEN",
        "HELD_BY_CLAIMS",
        "INVALID",
        "INVALID_TRANSITION",
        "NOT_CHECKED_IN",
        "NOT_CLAIMABLE",
        "NOT_ENOUGH_REMAINING",
        "NOT_FOUND",
        "OWN_ITEM",
        "SAME_SIDE",
        "UNAUTHENTICATED",
        "WHICH_PARTY",
    ];
    let missing: Vec<_> = expected.iter().filter(|end| !ends.contains(end)).collect();
    assert!(missing.is_empty(), "never met: {missing:?}; met: {seen:?}");
    assert!(api::command::verify::verify(&world.database, |_| ()).await.unwrap().holds());
}

case!(what_one_may_claim_is_found_by_a_filter);
async fn what_one_may_claim_is_found_by_a_filter(world: World) {
    let town = town(&world).await;
    let mut dice = Dice(7);
    for _ in 0..80 {
        town.item(&world, &mut dice).await;
    }
    let mut found_any = 0;
    // Whoever may read alone is told what their party may claim, and that they may not.
    for (name, who, own) in town.viewers.iter().filter(|(name, ..)| *name != "who may read alone") {
        let asked = own.iter().enumerate().map(|(place, party)| {
            format!("as{place}: whyNot(action: CLAIM, asPartyId: \"{}\") {{ code }}", party_id(party))
        });
        let asked: Vec<String> = asked.collect();
        let told = who.read(&format!("{{ listItems(first: 100) {{ nodes {{ id {} }} }} }}", asked.join(" "))).await;
        let nodes = told["listItems"]["nodes"].as_array().unwrap();
        let may = |place: usize| {
            let free = nodes.iter().filter(move |node| node[format!("as{place}")].is_null());
            free.map(|node| node["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let mut mine: Vec<String> = (0..own.len()).flat_map(may).collect();
        mine.sort_unstable();
        mine.dedup();
        found_any += mine.len();
        let expected: Vec<&str> = mine.iter().map(String::as_str).collect();
        who.finds("listItems", "id", "{ claimableBy: { mine: true } }", &expected).await;
        for (place, party) in own.iter().enumerate() {
            let mut of_party = may(place);
            of_party.sort_unstable();
            let filter = format!("{{ claimableBy: {{ id: {{ eq: \"{}\" }} }} }}", party_id(party));
            assert_eq!(who.list("listItems", "id", &filter).await, of_party, "{name} for {}", party.name);
        }
        // A filter is one of a nested list, too, and of one kind.
        let kind = "{ claimableBy: { mine: true }, kind: { eq: NEED } }";
        let needs = who.list("needs", "id", "{ claimableBy: { mine: true } }").await;
        assert_eq!(who.list("listItems", "id", kind).await, needs, "{name}");
    }
    assert!(found_any > 20, "{found_any}");
}

case!(another_party_takes_no_step_of_the_owners);
async fn another_party_takes_no_step_of_the_owners(world: World) {
    let town = town(&world).await;
    let [temple, north, hospital] = [&town.parties[0], &town.parties[1], &town.parties[2]];
    assert_eq!(temple.kind, PartyKind::Community);
    let item = world.given.need(temple).await;
    let manager = world.manager_of(&world.given.district().await).await;
    for (party, code) in [
        (party_id(temple), None),
        (party_id(north), Some("FORBIDDEN")),
        (party_id(hospital), Some("FORBIDDEN")),
        ("x".into(), Some("NOT_FOUND")),
    ] {
        let query = format!(
            "{{ listItem(id: \"{}\") {{ whyNot(action: CLOSE, asPartyId: \"{party}\") {{ code path }} }} }}",
            id_of(&item)
        );
        let told = manager.read(&query).await["listItem"]["whyNot"].clone();
        let expected = code.map_or(Value::Null, |code| json!({ "code": code, "path": ["asPartyId"] }));
        assert_eq!(told, expected, "{party}");
    }
}

case!(telling_takes_the_same_statements_for_a_page_of_any_size);
async fn telling_takes_the_same_statements_for_a_page_of_any_size(world: World) {
    let town = town(&world).await;
    let mut dice = Dice(3);
    for _ in 0..40 {
        town.item(&world, &mut dice).await;
    }
    for (name, who, _) in &town.viewers {
        let ask = |first: u32| {
            let query = format!(
                "{{ listItems(first: {first}, orderBy: [{{ field: STATUS, direction: DESC }}]) {{ nodes {{
                    availableActions whyNot(action: WITHDRAW) {{ code }} claim: whyNot(action: CLAIM) {{ code }}
                }} }} }}"
            );
            async move { who.ask(&query).await.cost().0 }
        };
        let statements = join_all([5, 20, 40].map(ask)).await;
        // The page; then owners and the one claimant; then check-ins, live claims, and the owner's live claims, which are two lists.
        assert!(statements.iter().all(|number| *number <= 7), "{name}: {statements:?}");
        assert!(statements[1] == statements[2], "{name}: {statements:?}");
    }
}

//! Permissions: every mutation, tried by everybody, on what is theirs and on what is not. A mutation without a line fails.

use std::collections::BTreeSet;

use api::kernel::global_id::Table;
use entity::area::AreaLevel;
use entity::claim::ClaimStatus;
use entity::party::PartyStatus;
use entity::{audit_entry, claim, claim_event, list_item, outbox, party};
use futures_util::future::BoxFuture;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};

use crate::harness::{Client, PASSWORD, SchemaText, World, case};

/// Two districts, each with a community, a unit, a person and a grid, and people of every role in both. What is acted on is
/// always of the first.
struct Scene {
    world: World,
    community: party::Model,
    unit: party::Model,
    people: Vec<(&'static str, Client)>,
}

impl Scene {
    async fn new(world: World) -> Self {
        let given = &world.given;
        let community = given.community("文庙社区").await;
        let unit = given.unit("人民医院").await;
        let here = given.district().await;
        let city = given.area_of(&unit).await.parent_id.expect("a district lies in a city");
        let city = entity::area::Entity::find_by_id(city).one(&world.database.reader).await.unwrap().unwrap();
        let there = given.area(&city, AreaLevel::District).await;
        let street = given.area(&there, AreaLevel::Street).await;
        let (far_community, far_unit) =
            (given.community("远方社区").within(&street).await, given.unit("远方医院").within(&there).await);
        let grid = given.area(&given.area_of(&community).await, AreaLevel::Grid).await;
        let far_person = given.member(&far_unit).await;
        let people = vec![
            ("stranger", world.stranger.clone()),
            ("liaison", world.liaison_of(&unit).await),
            ("clerk", world.clerk_of(&community).await),
            ("manager", world.manager_of(&here).await),
            ("analyst", world.analyst_of(&here).await),
            ("grid worker", world.grid_worker_of(&grid).await),
            ("admin", world.admin().await),
            ("far liaison", world.liaison_of(&far_unit).await),
            ("far clerk", world.clerk_of(&far_community).await),
            ("far manager", world.manager_of(&there).await),
            ("far analyst", world.analyst_of(&there).await),
            ("far person", world.person(&far_person).await),
        ];
        Self { world, community, unit, people }
    }

    /// What a refused act must leave as it was.
    async fn trace(&self) -> [u64; 5] {
        let reader = &self.world.database.reader;
        [
            audit_entry::Entity::find().count(reader).await.unwrap(),
            outbox::Entity::find().count(reader).await.unwrap(),
            claim::Entity::find().count(reader).await.unwrap(),
            claim_event::Entity::find().count(reader).await.unwrap(),
            list_item::Entity::find().count(reader).await.unwrap(),
        ]
    }

    /// The id of a fresh claim of the unit on a fresh need of the community.
    async fn claim(&self, status: ClaimStatus) -> String {
        let need = self.world.given.need(&self.community).quantity(3).await;
        Table::Claim.id(self.world.given.claim(&need, &self.unit).status(status).await.id).0
    }

    fn owner(&self) -> String {
        Table::Party.id(self.community.id).0
    }

    fn claimant(&self) -> String {
        Table::Party.id(self.unit.id).0
    }

    /// A step on a fresh claim, taken for one of its sides.
    async fn step(&self, status: ClaimStatus, as_party: String) -> Value {
        json!({ "id": self.claim(status).await, "asPartyId": as_party })
    }
}

/// A mutation, a fresh input for it, and who may.
struct Line {
    mutation: &'static str,
    input: fn(&Scene) -> BoxFuture<'_, Value>,
    may: &'static [&'static str],
}

/// Declares a line.
macro_rules! line {
    ($mutation:literal, $may:expr, |$scene:ident| $input:expr) => {
        Line { mutation: $mutation, input: |$scene| Box::pin(async move { $input }), may: $may }
    };
}

/// Those who act for the community, and for the unit: an area's manager speaks for its communities alone.
const COMMUNITY: &[&str] = &["clerk", "manager", "admin"];
const UNIT: &[&str] = &["liaison", "admin"];
/// Those who keep the accounts of the area.
const KEEPERS: &[&str] = &["manager", "admin"];

fn with(mut input: Value, more: Value) -> Value {
    let Value::Object(more) = more else { return input };
    input.as_object_mut().expect("an object").extend(more);
    input
}

const LINES: &[Line] = &[
    line!("proposeClaim", UNIT, |scene| {
        let need = scene.world.given.need(&scene.community).quantity(3).open_to_all().await;
        json!({ "itemId": Table::ListItem.id(need.id).0, "asPartyId": scene.claimant() })
    }),
    line!("acceptClaim", COMMUNITY, |scene| scene.step(ClaimStatus::Proposed, scene.owner()).await),
    line!("declineClaim", COMMUNITY, |scene| with(
        scene.step(ClaimStatus::Proposed, scene.owner()).await,
        json!({ "reason": "人手不足" })
    )),
    line!("withdrawClaim", UNIT, |scene| scene.step(ClaimStatus::Proposed, scene.claimant()).await),
    line!("startClaim", UNIT, |scene| scene.step(ClaimStatus::Accepted, scene.claimant()).await),
    line!("deliverClaim", UNIT, |scene| with(
        scene.step(ClaimStatus::InProgress, scene.claimant()).await,
        json!({ "deliveredQuantity": 1 })
    )),
    line!("reworkClaim", COMMUNITY, |scene| with(
        scene.step(ClaimStatus::Delivered, scene.owner()).await,
        json!({ "reason": "不亮" })
    )),
    line!("confirmClaim", COMMUNITY, |scene| scene.step(ClaimStatus::Delivered, scene.owner()).await),
    line!("cancelClaim", UNIT, |scene| with(
        scene.step(ClaimStatus::Accepted, scene.claimant()).await,
        json!({ "reason": "计划有变" })
    )),
    line!("rateClaim", COMMUNITY, |scene| with(
        scene.step(ClaimStatus::Completed, scene.owner()).await,
        json!({ "stars": 5 })
    )),
    line!("changeClaimQuantity", UNIT, |scene| with(
        scene.step(ClaimStatus::Proposed, scene.claimant()).await,
        json!({ "quantity": 2 })
    )),
    line!("transferClaim", UNIT, |scene| {
        let given = &scene.world.given;
        let other = given.unit("第二医院").await;
        given.check_in(&other, &scene.community).confirmed().await;
        let step = scene.step(ClaimStatus::Accepted, scene.claimant()).await;
        with(step, json!({ "toPartyId": Table::Party.id(other.id).0 }))
    }),
    line!("answerTransfer", UNIT, |scene| {
        let given = &scene.world.given;
        let (need, other) = (given.need(&scene.community).open_to_all().await, given.unit("第二医院").await);
        let offered = given.claim(&need, &other).with(|row| row.transfer_to_id = Some(scene.unit.id)).await;
        json!({ "id": Table::Claim.id(offered.id).0, "accept": true, "asPartyId": scene.claimant() })
    }),
    line!("correctDelivery", COMMUNITY, |scene| with(
        scene.step(ClaimStatus::Completed, scene.owner()).await,
        json!({ "deliveredQuantity": 1, "peopleServed": 9, "reason": "少记了" })
    )),
    line!("withdrawRating", COMMUNITY, |scene| {
        let given = &scene.world.given;
        let need = given.need(&scene.community).quantity(3).await;
        let claim = given.claim(&need, &scene.unit).status(ClaimStatus::Completed).await;
        given.rating(&claim, &scene.community, 2).await;
        json!({ "id": Table::Claim.id(claim.id).0, "asPartyId": scene.owner() })
    }),
    line!("createAccount", KEEPERS, |scene| {
        let grant = json!({ "role": "UNIT_LIAISON", "scopeId": scene.claimant() });
        let name = format!("u{}", uuid::Uuid::now_v7().simple());
        json!({ "username": name, "name": "李华", "subject": name, "grant": grant })
    }),
    line!("disableAccount", KEEPERS, |scene| json!({ "id": account(scene, false).await.0 })),
    line!("enableAccount", KEEPERS, |scene| json!({ "id": account(scene, true).await.0 })),
    line!(
        "resetPassword",
        KEEPERS,
        |scene| json!({ "id": account(scene, false).await.0, "password": "路灯周六上午就都亮了" })
    ),
    line!("grantRole", KEEPERS, |scene| {
        json!({ "accountId": account(scene, false).await.0, "role": "COMMUNITY_STAFF", "scopeId": scene.owner() })
    }),
    line!("revokeAccessToken", KEEPERS, |scene| {
        let given = &scene.world.given;
        let account = given.account().await;
        given.grant(&account, entity::account_grant::Role::UnitLiaison).on(&scene.unit).await;
        json!({ "id": Table::AccessToken.id(given.access_token(&account).1.await.id).0 })
    }),
    line!("revokeRole", KEEPERS, |scene| json!({ "id": account(scene, false).await.1 })),
    line!("createNeed", COMMUNITY, |scene| draft(scene, json!({})).await),
    line!("createResource", COMMUNITY, |scene| draft(scene, json!({ "form": "VENUE" })).await),
    line!("createService", COMMUNITY, |scene| draft(scene, json!({ "mode": "ON_SITE" })).await),
    line!("updateNeed", COMMUNITY, |scene| change(scene.world.given.need(&scene.community).await)),
    line!("updateResource", COMMUNITY, |scene| change(scene.world.given.resource(&scene.community).await)),
    line!("updateService", COMMUNITY, |scene| change(scene.world.given.service(&scene.community).await)),
    line!("publishListItem", COMMUNITY, |scene| item(scene, true).await),
    line!("closeListItem", COMMUNITY, |scene| item(scene, false).await),
    line!("withdrawListItem", COMMUNITY, |scene| item(scene, false).await),
    line!("reopenListItem", COMMUNITY, |scene| {
        let need = scene.world.given.need(&scene.community).status(list_item::ListItemStatus::Closed).await;
        json!({ "id": Table::ListItem.id(need.id).0 })
    }),
    line!("extendListItem", COMMUNITY, |scene| {
        let soon = scene.world.now.plus(86_400_000);
        let need = scene.world.given.need(&scene.community).with(|row| row.claim_by = Some(soon)).await;
        json!({ "id": Table::ListItem.id(need.id).0, "claimBy": soon.plus(86_400_000).to_string() })
    }),
    line!("discardListItem", COMMUNITY, |scene| item(scene, true).await),
    line!("copyListItem", COMMUNITY, |scene| item(scene, false).await),
    line!("redact", KEEPERS, |scene| {
        let need = scene.world.given.need(&scene.community).title("王建国家的路灯").await;
        json!({ "id": Table::ListItem.id(need.id).0, "text": "王建国", "reason": "本人要求" })
    }),
    line!("eraseMember", KEEPERS, |scene| {
        let given = &scene.world.given;
        let person = given.member(&scene.unit).await;
        given.member_check_in(&person, &scene.community).confirmed().await;
        json!({ "id": Table::Member.id(person.id).0, "reason": "本人要求" })
    }),
    line!("closeParty", KEEPERS, |scene| {
        let unit = scene.world.given.unit("第一小学").await;
        json!({ "id": Table::Party.id(unit.id).0, "reason": "撤销" })
    }),
    line!("reopenParty", KEEPERS, |scene| {
        let closed = |row: &mut party::Model| (row.status, row.ended_at) = (PartyStatus::Closed, Some(row.updated_at));
        let unit = scene.world.given.unit("第一小学").with(closed).await;
        json!({ "id": Table::Party.id(unit.id).0, "reason": "恢复" })
    }),
    line!("mergeParty", KEEPERS, |scene| {
        let given = &scene.world.given;
        let (old, new) = (given.unit("第一小学").await, given.unit("实验小学").await);
        json!({ "id": Table::Party.id(old.id).0, "intoId": Table::Party.id(new.id).0, "reason": "合并" })
    }),
    line!("splitParty", KEEPERS, |scene| {
        let given = &scene.world.given;
        let other = given.community("东街社区").await;
        let code = uuid::Uuid::now_v7().simple().to_string();
        let part = given.area(&given.area_of(&scene.community).await, AreaLevel::Grid).code(&code).await;
        let parts = [Table::Area.id(part.id).0];
        json!({ "id": scene.owner(), "partIds": parts, "intoId": Table::Party.id(other.id).0, "reason": "拆分" })
    }),
    line!("mergeMember", KEEPERS, |scene| {
        let given = &scene.world.given;
        let (old, new) = (given.member(&scene.unit).await, given.member(&scene.unit).await);
        for person in [&old, &new] {
            given.member_check_in(person, &scene.community).confirmed().await;
        }
        json!({ "id": Table::Member.id(old.id).0, "intoId": Table::Member.id(new.id).0, "reason": "重复登记" })
    }),
    line!("createUnit", &["manager", "admin"], |scene| {
        let name = format!("单位{}", uuid::Uuid::now_v7().simple());
        json!({ "name": name, "kind": "SCHOOL", "areaId": Table::Area.id(scene.unit.area_id).0 })
    }),
    line!("updateUnit", &["liaison", "manager", "admin"], |scene| {
        let unit = party::Entity::find_by_id(scene.unit.id).one(&scene.world.database.reader).await.unwrap().unwrap();
        json!({ "id": scene.claimant(), "ifVersion": unit.version, "memberCount": 7 })
    }),
    line!("updateCommunity", COMMUNITY, |scene| {
        let row =
            party::Entity::find_by_id(scene.community.id).one(&scene.world.database.reader).await.unwrap().unwrap();
        json!({ "id": scene.owner(), "ifVersion": row.version, "population": 3_000 })
    }),
    line!("checkIn", UNIT, |scene| {
        let community = scene.world.given.community("新社区").await;
        json!({ "unitId": scene.claimant(), "communityId": Table::Party.id(community.id).0 })
    }),
    line!("confirmCheckIn", COMMUNITY, |scene| check_in(scene, false).await),
    line!("rejectCheckIn", COMMUNITY, |scene| check_in(scene, false).await),
    line!("withdrawCheckIn", UNIT, |scene| {
        let given = &scene.world.given;
        let check_in = given.check_in(&scene.unit, &given.community("新社区").await).await;
        json!({ "id": Table::CheckIn.id(check_in.id).0, "asPartyId": scene.claimant() })
    }),
    line!("endCheckIn", COMMUNITY, |scene| check_in(scene, true).await),
    line!("checkInMember", COMMUNITY, |scene| {
        // Somebody else each time.
        let known = entity::member::Entity::find().count(&scene.world.database.reader).await.unwrap();
        let phone = (13_800_000_000 + known).to_string();
        json!({ "person": { "name": "王建国", "phone": phone }, "communityId": scene.owner() })
    }),
    line!("confirmMemberCheckIn", COMMUNITY, |scene| member_check_in(scene, false).await),
    line!("rejectMemberCheckIn", COMMUNITY, |scene| member_check_in(scene, false).await),
    // A person's own to take back: nobody else's.
    line!("withdrawMemberCheckIn", &[], |scene| member_check_in(scene, false).await),
    line!("endMemberCheckIn", COMMUNITY, |scene| member_check_in(scene, true).await),
];

/// A new account whose grant is on the unit, and that grant.
async fn account(scene: &Scene, is_disabled: bool) -> (String, String) {
    let given = &scene.world.given;
    let account = given.account().with(|row| row.is_disabled = is_disabled).await;
    let grant = given.grant(&account, entity::account_grant::Role::UnitLiaison).on(&scene.unit).await;
    (Table::Account.id(account.id).0, Table::Grant.id(grant.id).0)
}

/// A new item of the community, draft or published, and the version that is read of it.
async fn item(scene: &Scene, is_draft: bool) -> Value {
    let need = scene.world.given.need(&scene.community).quantity(3);
    let need = if is_draft { need.draft().await } else { need.await };
    json!({ "id": Table::ListItem.id(need.id).0 })
}

/// What a new item of the community says.
async fn draft(scene: &Scene, more: Value) -> Value {
    let category = scene.world.given.shipped_category("edu.tutoring").await;
    let category = Table::Category.id(category.id).0;
    with(json!({ "ownerId": scene.owner(), "categoryId": category, "title": "周末辅导" }), more)
}

/// A change of a new item of the community of one of the three kinds.
fn change(item: list_item::Model) -> Value {
    json!({ "id": Table::ListItem.id(item.id).0, "ifVersion": item.version, "title": "周末辅导（改）" })
}

/// A fresh check-in of a new unit to the community.
async fn check_in(scene: &Scene, is_confirmed: bool) -> Value {
    let given = &scene.world.given;
    let check_in = given.check_in(&given.unit("新单位").await, &scene.community);
    let check_in = if is_confirmed { check_in.confirmed().await } else { check_in.await };
    json!({ "id": Table::CheckIn.id(check_in.id).0, "asPartyId": scene.owner() })
}

/// A fresh check-in of a new person to the community.
async fn member_check_in(scene: &Scene, is_confirmed: bool) -> Value {
    let given = &scene.world.given;
    let check_in = given.member_check_in(&given.member(&scene.unit).await, &scene.community);
    let check_in = if is_confirmed { check_in.confirmed().await } else { check_in.await };
    json!({ "id": Table::MemberCheckIn.id(check_in.id).0 })
}

/// Mutations that have cases of their own in `session` and `account`: they are about nobody but whoever sends them.
const ELSEWHERE: &[&str] = &["signIn", "refreshSession", "signOut", "changePassword", "createAccessToken"];

case!(every_mutation_is_refused_to_whom_it_must_be);
async fn every_mutation_is_refused_to_whom_it_must_be(world: World) {
    let scene = Scene::new(world).await;
    let lines: BTreeSet<&str> = LINES.iter().map(|line| line.mutation).chain(ELSEWHERE.iter().copied()).collect();
    let mutations = SchemaText::read().fields_on("Mutation");
    assert_eq!(
        mutations.iter().map(String::as_str).collect::<BTreeSet<_>>(),
        lines,
        "a mutation has no line, or a line no mutation"
    );
    for line in LINES {
        for (who, client) in &scene.people {
            let input = (line.input)(&scene).await;
            let before = scene.trace().await;
            let payload = client.payload(line.mutation, input.clone(), "").await;
            let code = payload["userErrors"][0]["code"].as_str();
            let expected = match (line.may.contains(who), *who) {
                (true, _) => None,
                (false, "stranger") => Some("UNAUTHENTICATED"),
                // What one does not see, one is not told of.
                (false, _) if code == Some("NOT_FOUND") => Some("NOT_FOUND"),
                (false, _) => Some("FORBIDDEN"),
            };
            assert_eq!(code, expected, "{who}: {} {input}: {payload}", line.mutation);
            if expected.is_some() {
                assert_eq!(scene.trace().await, before, "{who}: {} left a trace", line.mutation);
            } else {
                assert!(scene.trace().await[0] > before[0], "{} is not in the audit log", line.mutation);
            }
        }
    }
}

/// What concerns accounts, grants, passwords and tokens.
const IN_PERSON: &[&str] = &[
    "createAccount",
    "disableAccount",
    "enableAccount",
    "resetPassword",
    "grantRole",
    "revokeRole",
    "createAccessToken",
    "revokeAccessToken",
    "signOut",
    "changePassword",
];

case!(a_script_does_nothing_that_would_outlive_its_token);
async fn a_script_does_nothing_that_would_outlive_its_token(world: World) {
    let scene = Scene::new(world).await;
    let given = &scene.world.given;
    let admin = given.account().with_password().await;
    given.grant(&admin, entity::account_grant::Role::Admin).await;
    let (script, person) = (scene.world.script_of(&admin).await, scene.world.token_of(&admin).await);
    let token = given.access_token(&admin).1.await;
    for mutation in IN_PERSON {
        let input = match *mutation {
            "signOut" => json!({ "everywhere": true }),
            "changePassword" => json!({ "currentPassword": PASSWORD, "newPassword": "another good horse" }),
            "createAccessToken" => json!({ "name": "周报", "expiresAt": "2026-06-01T00:00:00Z" }),
            "revokeAccessToken" => json!({ "id": Table::AccessToken.id(token.id).0 }),
            _ => {
                let line = LINES.iter().find(|line| line.mutation == *mutation).expect("a line");
                (line.input)(&scene).await
            }
        };
        let before = scene.trace().await;
        let refused = script.payload(mutation, input.clone(), "").await["userErrors"][0].clone();
        let message = "a personal access token cannot do this: sign in, and do it yourself";
        assert_eq!((&refused["code"], &refused["message"]), (&json!("FORBIDDEN"), &json!(message)), "{mutation}");
        assert_eq!(scene.trace().await, before, "{mutation} left a trace");
        // That would end the person's session, too.
        if *mutation != "signOut" {
            person.does(mutation, input, "").await;
        }
    }
}

case!(a_grant_that_is_gone_or_an_account_shut_out_counts_at_once);
async fn a_grant_that_is_gone_or_an_account_shut_out_counts_at_once(world: World) {
    let given = &world.given;
    let community = given.community("文庙社区").await;
    let account = given.account().await;
    let grant = given.grant(&account, entity::account_grant::Role::CommunityStaff).on(&community).await;
    let clerk = world.token_of(&account).await;
    let draft = given.need(&community).draft().await;
    let query = format!(
        "{{ node(id: \"{}\") {{ id }} viewer {{ parties {{ totalCount }} }} }}",
        Table::ListItem.id(draft.id).0
    );
    let seen = clerk.read(&query).await;
    assert_eq!((seen["node"].is_null(), &seen["viewer"]["parties"]["totalCount"]), (false, &json!(1)));
    entity::account_grant::Entity::delete_by_id(grant.id).exec(&world.database.writer).await.unwrap();
    let seen = clerk.read(&query).await;
    assert_eq!((seen["node"].is_null(), &seen["viewer"]["parties"]["totalCount"]), (true, &json!(0)));
    let shut = sea_orm::ActiveModelTrait::update(
        entity::account::ActiveModel {
            id: sea_orm::ActiveValue::Set(account.id),
            is_disabled: sea_orm::ActiveValue::Set(true),
            ..Default::default()
        },
        &world.database.writer,
    );
    shut.await.unwrap();
    let answer = clerk.ask(&query).await;
    answer.refused("UNAUTHENTICATED");
    assert_eq!(answer.status.as_u16(), 401);
}

//! Verification: a world that holds, then one thing in it spoilt by hand, which alone is named.

use api::command::verify::{Verdict, verify};
use entity::account_grant::Role;
use entity::area::{self, AreaLevel};
use entity::claim::{self, ClaimStatus};
use entity::list_item::{self, ResourceForm};
use entity::{check_in, claim_event, member, member_check_in, party, past_home, rating};
use sea_orm::prelude::Uuid;
use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder};

use crate::harness::{World, case};

/// Something of everything that is checked.
struct Town {
    grid: area::Model,
    community: party::Model,
    /// Takes part nowhere.
    other_community: party::Model,
    hospital: party::Model,
    school: party::Model,
    lamps: list_item::Model,
    /// Of two lamps, by the hospital; accepted.
    accepted: claim::Model,
    hall: list_item::Model,
    /// Of the hall, by the community; completed and rated by both.
    completed: claim::Model,
    by_community: rating::Model,
    by_hospital: rating::Model,
    check_in: check_in::Model,
    member: member::Model,
    member_check_in: member_check_in::Model,
    /// The school's.
    past_home: past_home::Model,
}

impl Town {
    async fn new(world: &World) -> Self {
        let given = &world.given;
        let (community, other_community) = (given.community("文庙社区").await, given.community("东街社区").await);
        let (hospital, school) = (given.unit("区人民医院").await, given.unit("第一小学").await);
        let grid = given.area(&given.area_of(&community).await, AreaLevel::Grid).name("第一网格").await;
        let lamps = given.need(&community).title("路灯").quantity(5).await;
        let hall = given.resource(&hospital).title("会议室").form(ResourceForm::Venue).quantity(1).await;
        let accepted = given.claim(&lamps, &hospital).quantity(2).status(ClaimStatus::Accepted).await;
        let completed = given.claim(&hall, &community).status(ClaimStatus::Completed).await;
        let by_community = given.rating(&completed, &community, 5).await;
        let by_hospital = given.rating(&completed, &hospital, 4).await;
        let member = given.member(&hospital).await;
        let past_home = given.past_home(&school, &grid).await;
        given.audit_entry("publishListItem").await;
        given.grant(&given.account().await, Role::UnitLiaison).on(&school).await;
        Self {
            past_home,
            member_check_in: given.member_check_in(&member, &community).await,
            check_in: given.check_in(&hospital, &community).confirmed().part(&grid).await,
            grid,
            community,
            other_community,
            hospital,
            school,
            lamps,
            accepted,
            hall,
            completed,
            by_community,
            by_hospital,
            member,
        }
    }
}

case!(an_untouched_town_holds);
async fn an_untouched_town_holds(world: World) {
    Town::new(&world).await;
    let mut steps = Vec::new();
    let verdict = verify(&world.database, |step| steps.push(step)).await.unwrap();
    assert!(verdict.holds() && verdict.total() == 0, "{verdict:#?}");
    // What is announced is what is checked, in the same order.
    let names: Vec<&str> = verdict.checks.iter().map(|check| check.name).collect();
    assert_eq!(steps.iter().map(|step| step.name).collect::<Vec<_>>(), names);
    assert!(steps.iter().enumerate().all(|(place, step)| (step.done, step.of) == (place, names.len())));
    assert!(verdict.checks.iter().all(|check| check.rows > 0), "a check looked at nothing: {verdict:#?}");
}

case!(a_held_quantity_that_no_claim_explains);
async fn a_held_quantity_that_no_claim_explains(world: World) {
    let town = Town::new(&world).await;
    spoil(&world, "UPDATE list_item SET held = held + 1 WHERE title = '路灯'", "").await;
    let words = format!("list_item {} (路灯): held is not what its claims hold: expected 2, found 3", town.lamps.id);
    names_only(&world, &[words]).await;
}

case!(a_held_quantity_beyond_what_there_is);
async fn a_held_quantity_beyond_what_there_is(world: World) {
    let town = Town::new(&world).await;
    spoil(&world, "UPDATE list_item SET held = 6 WHERE title = '路灯'", "list_item_held").await;
    let breach = |words| format!("list_item {} (路灯): {words}", town.lamps.id);
    let words =
        ["held is not what its claims hold: expected 2, found 6", "held is out of bounds: expected 0 to 5, found 6"];
    names_only(&world, &words.map(breach)).await;
}

case!(an_item_withdrawn_under_a_live_claim);
async fn an_item_withdrawn_under_a_live_claim(world: World) {
    let town = Town::new(&world).await;
    spoil(&world, "UPDATE list_item SET status = 'WITHDRAWN'", "").await;
    let words = format!("list_item {} (路灯): it is withdrawn under a live claim: expected 0, found 1", town.lamps.id);
    names_only(&world, &[words]).await;
}

case!(a_draft_that_was_published);
async fn a_draft_that_was_published(world: World) {
    let town = Town::new(&world).await;
    spoil(&world, "UPDATE list_item SET status = 'DRAFT' WHERE title = '会议室'", "list_item_draft").await;
    let (hall, at) = (town.hall.id, town.hall.published_at.unwrap().milliseconds());
    let words = "the time of publication does not fit the status: expected none for a draft";
    names_only(&world, &[format!("list_item {hall} (会议室): {words}, found {at}")]).await;
}

case!(an_item_away_from_its_owner);
async fn an_item_away_from_its_owner(world: World) {
    let town = Town::new(&world).await;
    let there = place(&town.grid);
    spoil(&world, &format!("UPDATE list_item SET {there} WHERE title = '路灯'"), "").await;
    let (lamps, owner, grid) = (town.lamps.id, &town.community.area_path, &town.grid.path);
    let words = format!("it stands elsewhere than its owner: expected {owner}, found {grid}");
    names_only(&world, &[format!("list_item {lamps} (路灯): {words}")]).await;
}

case!(a_claim_moved_on_without_an_event);
async fn a_claim_moved_on_without_an_event(world: World) {
    let town = Town::new(&world).await;
    spoil(&world, "UPDATE claim SET status = 'IN_PROGRESS' WHERE status = 'ACCEPTED'", "").await;
    let words = "its events lead to another status: expected ACCEPTED, found IN_PROGRESS";
    names_only(&world, &[format!("claim {} (路灯): {words}", town.accepted.id)]).await;
}

case!(a_claim_whose_last_event_is_gone);
async fn a_claim_whose_last_event_is_gone(world: World) {
    let town = Town::new(&world).await;
    let last = event(&world, &town.accepted, "ACCEPT").await;
    spoil(&world, &format!("DELETE FROM claim_event WHERE id = {}", key(&world, last)), "").await;
    let words = "its events lead to another status: expected PROPOSED, found ACCEPTED";
    names_only(&world, &[format!("claim {} (路灯): {words}", town.accepted.id)]).await;
}

case!(a_claim_without_a_history);
async fn a_claim_without_a_history(world: World) {
    let town = Town::new(&world).await;
    let claim = key(&world, town.accepted.id);
    spoil(&world, &format!("DELETE FROM claim_event WHERE claim_id = {claim}"), "").await;
    let words = "it has no events: expected PROPOSE, found nothing";
    names_only(&world, &[format!("claim {} (路灯): {words}", town.accepted.id)]).await;
}

case!(an_event_that_no_step_explains);
async fn an_event_that_no_step_explains(world: World) {
    let town = Town::new(&world).await;
    let event = event(&world, &town.accepted, "ACCEPT").await;
    let set = |columns: &str| format!("UPDATE claim_event SET {columns} WHERE id = {}", key(&world, event));
    let says = |found: &str| {
        vec![format!(
            "claim_event {event} (路灯): it is no step that may be taken here: expected a step from PROPOSED, found {found}"
        )]
    };
    spoil(&world, &set("to_status = 'DECLINED'"), "").await;
    names_only(&world, &says("ACCEPT from PROPOSED to DECLINED")).await;
    spoil(&world, &set("from_status = 'DELIVERED', to_status = 'ACCEPTED'"), "").await;
    names_only(&world, &says("ACCEPT from DELIVERED to ACCEPTED")).await;
    spoil(&world, &set("action = 'START'"), "").await;
    names_only(&world, &says("START from DELIVERED to ACCEPTED")).await;
}

case!(a_claim_that_was_accepted_at_another_moment);
async fn a_claim_that_was_accepted_at_another_moment(world: World) {
    let town = Town::new(&world).await;
    spoil(&world, &format!("UPDATE claim SET accepted_at = 0 WHERE id = {}", key(&world, town.accepted.id)), "").await;
    let then = town.accepted.accepted_at.unwrap();
    let words = format!(
        "it was accepted, delivered or confirmed at another moment than its events say: \
         expected {then}, never, never, found 1970-01-01T00:00:00Z, never, never"
    );
    names_only(&world, &[format!("claim {} (路灯): {words}", town.accepted.id)]).await;
}

case!(an_event_before_the_one_before_it);
async fn an_event_before_the_one_before_it(world: World) {
    let town = Town::new(&world).await;
    let event = event(&world, &town.accepted, "ACCEPT").await;
    spoil(&world, &format!("UPDATE claim_event SET at = 0 WHERE id = {}", key(&world, event)), "").await;
    let (before, epoch) = (town.accepted.created_at, "1970-01-01T00:00:00Z");
    let words = format!("its time is before that of the event before it: expected {before} or later, found {epoch}");
    names_only(&world, &[format!("claim_event {event} (路灯): {words}")]).await;
}

case!(a_claim_of_somebody_elses_item);
async fn a_claim_of_somebody_elses_item(world: World) {
    let town = Town::new(&world).await;
    let other = key(&world, town.other_community.id);
    spoil(&world, &format!("UPDATE claim SET owner_id = {other} WHERE status = 'ACCEPTED'"), "").await;
    let (claim, owner, other) = (town.accepted.id, town.community.id, town.other_community.id);
    names_only(
        &world,
        &[format!("claim {claim} (路灯): the owner is not the item's: expected {owner}, found {other}")],
    )
    .await;
}

case!(a_claim_of_another_kind_than_its_item);
async fn a_claim_of_another_kind_than_its_item(world: World) {
    let town = Town::new(&world).await;
    spoil(&world, "UPDATE claim SET item_kind = 'SERVICE' WHERE status = 'COMPLETED'", "").await;
    let words = "the kind is not the item's: expected RESOURCE, found SERVICE";
    names_only(&world, &[format!("claim {} (会议室): {words}", town.completed.id)]).await;
}

case!(a_claim_that_shows_more_than_its_item);
async fn a_claim_that_shows_more_than_its_item(world: World) {
    let town = Town::new(&world).await;
    spoil(&world, "UPDATE claim SET is_public = FALSE WHERE status = 'COMPLETED'", "").await;
    let words = "whether it is public is not what its item says: expected public, found not public";
    names_only(&world, &[format!("claim {} (会议室): {words}", town.completed.id)]).await;
}

case!(a_claim_with_stars_that_nobody_gave);
async fn a_claim_with_stars_that_nobody_gave(world: World) {
    let town = Town::new(&world).await;
    spoil(&world, "UPDATE claim SET receiver_stars = 2 WHERE status = 'ACCEPTED'", "").await;
    let words = "the receiver's rating says otherwise: expected nothing, found 2";
    names_only(&world, &[format!("claim {} (路灯): {words}", town.accepted.id)]).await;
}

case!(a_claim_in_the_wrong_direction);
async fn a_claim_in_the_wrong_direction(world: World) {
    let town = Town::new(&world).await;
    spoil(&world, "UPDATE claim SET direction = 'COMMUNITY_TO_UNIT' WHERE status = 'ACCEPTED'", "").await;
    let words = "the two sides are not what the direction says: expected COMMUNITY_TO_UNIT, found UNIT_TO_COMMUNITY";
    names_only(&world, &[format!("claim {} (路灯): {words}", town.accepted.id)]).await;
}

case!(a_claim_that_ended_and_is_due);
async fn a_claim_that_ended_and_is_due(world: World) {
    let town = Town::new(&world).await;
    spoil(&world, "UPDATE claim SET due_at = 1000 WHERE status = 'COMPLETED'", "claim_due").await;
    let words = "it is due though it ended: expected nothing for COMPLETED, found 1000";
    names_only(&world, &[format!("claim {} (会议室): {words}", town.completed.id)]).await;
}

case!(two_live_claims_of_one_claimant);
async fn two_live_claims_of_one_claimant(world: World) {
    let town = Town::new(&world).await;
    world.database.writer.execute_unprepared("DROP INDEX claim_one_live").await.unwrap();
    let second = world.given.claim(&town.lamps, &town.hospital).await;
    let words = "the claimant has an older live claim on the item: expected 1, found 2";
    names_only(&world, &[format!("claim {} (路灯): {words}", second.id)]).await;
}

case!(a_claim_delivered_without_a_quantity);
async fn a_claim_delivered_without_a_quantity(world: World) {
    let town = Town::new(&world).await;
    let sql = "UPDATE claim SET delivered_quantity = NULL WHERE status = 'COMPLETED'";
    spoil(&world, sql, "claim_delivered").await;
    let words = "the quantity delivered is out of bounds: expected 1 to 1, found nothing";
    names_only(&world, &[format!("claim {} (会议室): {words}", town.completed.id)]).await;
}

case!(a_claim_of_ones_own_item);
async fn a_claim_of_ones_own_item(world: World) {
    let town = Town::new(&world).await;
    spoil(&world, "UPDATE claim SET claimant_id = owner_id WHERE status = 'ACCEPTED'", "claim_two_sides").await;
    let (claim, community) = (town.accepted.id, town.community.id);
    let sides = "the two sides are not what the direction says";
    let breaches = [
        format!("claim {claim} (路灯): the claimant owns the item: expected another party, found {community}"),
        format!("claim {claim} (路灯): {sides}: expected UNIT_TO_COMMUNITY, found COMMUNITY_TO_COMMUNITY"),
    ];
    names_only(&world, &breaches).await;
}

case!(an_event_without_a_claim);
async fn an_event_without_a_claim(world: World) {
    let town = Town::new(&world).await;
    let (event, hospital) = (event(&world, &town.completed, "RATE").await, town.hospital.id);
    let (nothing, by) = (Uuid::from_u128(1), town.by_hospital.id);
    let sql = format!("UPDATE claim_event SET claim_id = {} WHERE id = {}", key(&world, nothing), key(&world, event));
    spoil(&world, &sql, "claim_event_claim_id_fkey").await;
    let breaches = [
        format!("claim_event {event} (?): there is no such claim: expected {nothing}, found nothing"),
        format!("claim_event {event} (?): there is no rating by whom it names: expected {hospital}, found nothing"),
        format!(
            "rating {by} (会议室): no event of its claim says so: expected RATE on behalf of whoever rates, found nothing"
        ),
    ];
    names_only(&world, &breaches).await;
}

case!(a_rating_whose_event_is_gone);
async fn a_rating_whose_event_is_gone(world: World) {
    let town = Town::new(&world).await;
    let by = key(&world, town.community.id);
    spoil(&world, &format!("DELETE FROM claim_event WHERE action = 'RATE' AND on_behalf_of_id = {by}"), "").await;
    let words = "no event of its claim says so: expected RATE on behalf of whoever rates, found nothing";
    names_only(&world, &[format!("rating {} (会议室): {words}", town.by_community.id)]).await;
}

case!(an_event_whose_rating_is_gone);
async fn an_event_whose_rating_is_gone(world: World) {
    let town = Town::new(&world).await;
    let by = key(&world, town.hospital.id);
    spoil(&world, &format!("DELETE FROM rating WHERE by_id = {by}"), "").await;
    let (event, by) = (event(&world, &town.completed, "RATE").await, town.hospital.id);
    let words = format!("there is no rating by whom it names: expected {by}, found nothing");
    names_only(&world, &[format!("claim_event {event} (会议室): {words}")]).await;
}

case!(a_claim_rated_before_it_was_completed);
async fn a_claim_rated_before_it_was_completed(world: World) {
    let town = Town::new(&world).await;
    let rating = world.given.rating(&town.accepted, &town.hospital, 1).await;
    let event = event(&world, &town.accepted, "RATE").await;
    let step =
        "it is no step that may be taken here: expected a step from ACCEPTED, found RATE from COMPLETED to COMPLETED";
    let breaches = [
        format!("claim_event {event} (路灯): {step}"),
        format!("rating {} (路灯): its claim is not completed: expected COMPLETED, found ACCEPTED", rating.id),
    ];
    names_only(&world, &breaches).await;
}

case!(a_rating_by_a_third_party);
async fn a_rating_by_a_third_party(world: World) {
    let town = Town::new(&world).await;
    let rating = world.given.rating(&town.completed, &town.school, 1).await;
    let school = town.school.id;
    let words = format!("whoever rates is neither claimant nor owner: expected claimant or owner, found {school}");
    names_only(&world, &[format!("rating {} (会议室): {words}", rating.id)]).await;
}

case!(an_area_off_its_path);
async fn an_area_off_its_path(world: World) {
    let town = Town::new(&world).await;
    spoil(&world, "UPDATE area SET path = '51/nowhere/' WHERE name = '第一网格'", "").await;
    let area::Model { id, code, path, .. } = &town.grid;
    let breaches = [
        format!(
            "area {id} ({code} 第一网格): the path is not its parent's and its code: expected {path}, found 51/nowhere/"
        ),
        // The database carries the path on to what stands there, which is then outside its community.
        format!(
            "check_in {} (区人民医院 to 文庙社区): its area lies outside the community: expected {}, found 51/nowhere/",
            town.check_in.id, town.community.area_path
        ),
    ];
    names_only(&world, &breaches).await;
}

case!(an_area_above_its_parent);
async fn an_area_above_its_parent(world: World) {
    let town = Town::new(&world).await;
    spoil(&world, "UPDATE area SET level = 'STREET' WHERE name = '第一网格'", "").await;
    let words = "its level may not lie in its parent's: expected a level above STREET, found COMMUNITY";
    names_only(&world, &[format!("area {} ({} 第一网格): {words}", town.grid.id, town.grid.code)]).await;
}

case!(a_community_in_an_area_of_another_level);
async fn a_community_in_an_area_of_another_level(world: World) {
    let town = Town::new(&world).await;
    spoil(&world, "UPDATE area SET level = 'COMPOUND' WHERE name = '东街社区'", "").await;
    let words = "it stands in an area of another level: expected COMMUNITY, found COMPOUND";
    names_only(&world, &[format!("party {} (东街社区): {words}", town.other_community.id)]).await;
}

case!(a_place_that_is_not_its_areas);
async fn a_place_that_is_not_its_areas(world: World) {
    let town = Town::new(&world).await;
    for (table, rows) in [
        ("party", "name = '第一小学'"),
        ("list_item", "title = '会议室'"),
        ("check_in", "TRUE"),
        ("member_check_in", "TRUE"),
        ("past_home", "TRUE"),
    ] {
        let sql = format!("UPDATE {table} SET area_path = 'nowhere/' WHERE {rows}");
        spoil(&world, &sql, &format!("{table}_area_id_area_path_fkey")).await;
    }
    let says = |row: String, path: &str| format!("{row}: its path is not its area's: expected {path}, found nowhere/");
    let (district, community) = (&town.school.area_path, &town.community.area_path);
    let breaches = [
        says(format!("party {} (第一小学)", town.school.id), district),
        says(format!("list_item {} (会议室)", town.hall.id), district),
        says(format!("check_in {} (区人民医院 to 文庙社区)", town.check_in.id), &town.grid.path),
        says(format!("member_check_in {} (文庙社区)", town.member_check_in.id), community),
        says(format!("past_home {} (第一小学)", town.past_home.id), &town.grid.path),
    ];
    names_only(&world, &breaches).await;
}

case!(a_party_with_two_homes_at_a_time);
async fn a_party_with_two_homes_at_a_time(world: World) {
    let town = Town::new(&world).await;
    let until = town.past_home.until;
    let later = world.given.past_home(&town.school, &town.grid).with(|row| row.since = Some(until.plus(-1))).await;
    let (since, until) = (until.plus(-1).milliseconds(), until.milliseconds());
    let words =
        format!("another home of the party ended meanwhile: expected no other home from {since} on, found {until}");
    names_only(&world, &[format!("past_home {} (第一小学): {words}", later.id)]).await;
}

case!(a_party_that_ended_with_something_left);
async fn a_party_that_ended_with_something_left(world: World) {
    let town = Town::new(&world).await;
    // As somebody with a console would end one.
    spoil(&world, "UPDATE party SET status = 'CLOSED', ended_at = 1 WHERE name = '区人民医院'", "").await;
    let words = "the party has ended: expected ACTIVE, found CLOSED";
    let breaches = [
        format!("list_item {} (会议室): {words}", town.hall.id),
        format!("claim {} (路灯): {words}", town.accepted.id),
        format!("check_in {} (区人民医院): {words}", town.check_in.id),
    ];
    names_only(&world, &breaches).await;
}

case!(a_successor_that_is_none);
async fn a_successor_that_is_none(world: World) {
    let town = Town::new(&world).await;
    let (school, community) = (key(&world, town.school.id), key(&world, town.other_community.id));
    let merge =
        format!("UPDATE party SET status = 'MERGED', ended_at = 1, successor_id = {community} WHERE id = {school}");
    spoil(&world, &merge, "").await;
    let grant = entity::account_grant::Entity::find()
        .filter(entity::account_grant::Column::PartyId.eq(town.school.id))
        .one(&world.database.reader)
        .await
        .unwrap()
        .unwrap();
    let breaches = [
        format!("party {} (第一小学): its successor is none: expected UNIT, found COMMUNITY ACTIVE", town.school.id),
        format!("account_grant {} (UNIT_LIAISON): the party has ended: expected ACTIVE, found MERGED", grant.id),
    ];
    names_only(&world, &breaches).await;
}

case!(a_check_in_between_two_units);
async fn a_check_in_between_two_units(world: World) {
    let town = Town::new(&world).await;
    spoil(&world, &format!("UPDATE check_in SET community_id = {}", key(&world, town.school.id)), "").await;
    let words = "it does not join a unit and a community: expected UNIT to COMMUNITY, found UNIT to UNIT";
    names_only(&world, &[format!("check_in {} (区人民医院 to 第一小学): {words}", town.check_in.id)]).await;
}

case!(a_member_checked_in_to_a_unit);
async fn a_member_checked_in_to_a_unit(world: World) {
    let town = Town::new(&world).await;
    spoil(&world, &format!("UPDATE member_check_in SET community_id = {}", key(&world, town.school.id)), "").await;
    let words = "it is not to a community: expected COMMUNITY, found UNIT";
    names_only(&world, &[format!("member_check_in {} (第一小学): {words}", town.member_check_in.id)]).await;
}

case!(a_member_who_lives_outside_the_community);
async fn a_member_who_lives_outside_the_community(world: World) {
    let town = Town::new(&world).await;
    let there = world.given.area_of(&town.other_community).await;
    spoil(&world, &format!("UPDATE member_check_in SET {}", place(&there)), "").await;
    let (here, there) = (&town.community.area_path, &there.path);
    let words = format!("its area lies outside the community: expected {here}, found {there}");
    names_only(&world, &[format!("member_check_in {} (文庙社区): {words}", town.member_check_in.id)]).await;
}

case!(a_unit_checked_in_twice);
async fn a_unit_checked_in_twice(world: World) {
    let town = Town::new(&world).await;
    world.database.writer.execute_unprepared("DROP INDEX check_in_one_live").await.unwrap();
    let second = world.given.check_in(&town.hospital, &town.community).await;
    let words = "an older check-in of the two is live too: expected one live check-in, found PENDING";
    names_only(&world, &[format!("check_in {} (区人民医院 to 文庙社区): {words}", second.id)]).await;
}

case!(a_member_checked_in_twice);
async fn a_member_checked_in_twice(world: World) {
    let town = Town::new(&world).await;
    world.database.writer.execute_unprepared("DROP INDEX member_check_in_one_live").await.unwrap();
    let second = world.given.member_check_in(&town.member, &town.community).confirmed().await;
    let words = "an older check-in of the two is live too: expected one live check-in, found CONFIRMED";
    names_only(&world, &[format!("member_check_in {} (文庙社区): {words}", second.id)]).await;
}

/// Runs SQL as somebody with a console would, after taking away the constraint that would refuse it, if one is named.
async fn spoil(world: &World, sql: &str, constraint: &str) {
    let writer = &world.database.writer;
    if sql.contains("claim_event") && !sql.starts_with("INSERT") {
        world.lift_append_only("claim_event").await;
    }
    if !constraint.is_empty() {
        let table = sql.split(' ').nth(1).expect("UPDATE, then the table");
        let lift = match world.backend {
            DbBackend::Sqlite => "PRAGMA ignore_check_constraints = ON; PRAGMA foreign_keys = OFF".to_owned(),
            _ => format!("ALTER TABLE {table} DROP CONSTRAINT {constraint}"),
        };
        writer.execute_unprepared(&lift).await.unwrap();
    }
    assert!(writer.execute_unprepared(sql).await.unwrap().rows_affected() > 0, "{sql} touches nothing");
}

/// Holds that these breaches are found, in this order, and no others.
async fn names_only(world: &World, breaches: &[String]) {
    let verdict: Verdict = verify(&world.database, |_| ()).await.unwrap();
    let found: Vec<String> = verdict.checks.iter().flat_map(|check| &check.breaches).map(ToString::to_string).collect();
    assert_eq!(found, breaches);
    assert_eq!((verdict.total(), verdict.holds()), (breaches.len() as u64, false));
}

/// The last event of a claim with this action.
async fn event(world: &World, claim: &claim::Model, action: &str) -> Uuid {
    let events = claim_event::Entity::find().filter(claim_event::Column::ClaimId.eq(claim.id));
    let events = events.order_by_desc(claim_event::Column::Id).all(&world.database.reader).await.unwrap();
    let action = |event: &&claim_event::Model| sea_orm::ActiveEnum::to_value(&event.action) == action;
    events.iter().find(action).expect("such an event").id
}

/// Columns set to where this area is.
fn place(area: &area::Model) -> String {
    format!("area_path = '{}', area_id = (SELECT id FROM area WHERE code = '{}')", area.path, area.code)
}

/// A key in SQL.
fn key(world: &World, id: Uuid) -> String {
    match world.backend {
        DbBackend::Sqlite => format!("x'{}'", id.simple()),
        _ => format!("'{id}'"),
    }
}

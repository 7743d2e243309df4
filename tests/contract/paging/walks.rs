//! Walks through lists: in every order, either way, in pages of any size, while rows come and go.

use api::kernel::global_id::Table;
use entity::claim::{self, ClaimStatus};
use entity::list_item::{self, ListItemStatus, Urgency};
use entity::party::{self, UnitKind};
use entity::{Timestamp, area, check_in, claim_event};
use proptest::prelude::{Strategy, any};
use proptest::sample::{Index, select};
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;
use uuid::Uuid;

use super::asked::Asked;
use super::order::{Line, Ordered, POINT, sorted};
use crate::harness::{Row, SchemaText, World, all, case, columns_of_claim};

/// How many orders of several lines are tried on each list.
const MIXED: usize = 6;
/// How many rows stand throughout.
const STANDING: usize = 18;

/// Chance, the same at every run.
struct Chance(TestRunner);

impl Chance {
    fn new() -> Self {
        Self(TestRunner::deterministic())
    }

    fn of<T>(&mut self, strategy: impl Strategy<Value = T>) -> T {
        strategy.new_tree(&mut self.0).expect("a value").current()
    }

    fn pick<T: Clone + std::fmt::Debug + 'static>(&mut self, choices: &'static [T]) -> T {
        self.of(select(choices))
    }

    /// One of three numbers, or none: many ties, and many without.
    fn few(&mut self) -> Option<i32> {
        self.of(proptest::option::weighted(0.7, 1..=3_i32))
    }

    /// One of three moments, or none.
    fn moment(&mut self, world: &World) -> Option<Timestamp> {
        self.few().map(|day| world.now.plus(i64::from(day) * 86_400_000))
    }

    fn sizes(&mut self) -> Vec<i32> {
        self.of(proptest::collection::vec(1..=9_i32, 1..4))
    }

    /// An order of up to three lines, the last as often one that says which way ties go.
    fn lines(&mut self, fields: &[String]) -> Vec<Line> {
        let lines = self.of(proptest::collection::vec((any::<Index>(), any::<bool>()), 2..=3));
        lines.into_iter().map(|(field, is_descending)| Line::new(field.get::<String>(fields), is_descending)).collect()
    }
}

/// Texts that sort differently by pinyin, by letter case and by UTF-16.
const TEXTS: &[&str] = &["a", "B", "a b", "é", "中", "社", "𠀀", "～", "_"];

/// Every single field either way, no order at all, and some mixed ones.
fn orders(chance: &mut Chance, fields: &[String]) -> Vec<Vec<Line>> {
    let single =
        fields.iter().flat_map(|field| [false, true].map(|is_descending| vec![Line::new(field, is_descending)]));
    let single: Vec<_> = single.collect();
    single.into_iter().chain((0..MIXED).map(|_| chance.lines(fields))).collect()
}

/// The order's fields, but for the one that takes a point.
fn fields(input: &str) -> Vec<String> {
    let mut fields = SchemaText::read().words(&format!("{input}OrderField"));
    fields.retain(|field| field != "DISTANCE");
    fields
}

/// Walks a list both ways in many orders, and holds what it finds against rows that are known to stand in it.
async fn hold<R: Ordered>(asked: &Asked, standing: &[R], fields: &[String], is_usually_descending: bool) {
    let mut chance = Chance::new();
    for lines in orders(&mut chance, fields) {
        let asked = asked.ordered(&lines);
        let expected = sorted(standing, &lines, is_usually_descending);
        for is_backwards in [false, true] {
            let sizes = chance.sizes();
            let found = asked.walk(is_backwards, &sizes, async |page| assert_eq!(page.total, standing.len())).await;
            assert_eq!(found, expected, "{lines:?}, backwards: {is_backwards}, pages of {sizes:?}");
        }
    }
}

fn some_item(world: &World, owner: &party::Model, chance: &mut Chance) -> Row<list_item::Model> {
    let id = Uuid::from_u128(chance.of(any::<u128>()));
    let (from, until) = (chance.moment(world), chance.few().map(|day| world.now.plus(i64::from(day + 3) * 86_400_000)));
    let place = chance.of((0..=3_i32, 0..=3_i32));
    world.given.need(owner).with(|row| {
        row.id = id;
        row.title = chance.pick(TEXTS).to_owned();
        row.urgency = chance.pick(&[Urgency::Normal, Urgency::Urgent, Urgency::Emergency]);
        row.status = chance.pick(&[ListItemStatus::Published, ListItemStatus::Closed, ListItemStatus::Expired]);
        (row.quantity, row.beneficiaries) = (chance.few(), chance.few());
        (row.available_from, row.available_until, row.claim_by) = (from, until, chance.moment(world));
        row.created_at = world.now.plus(chance.few().unwrap_or(0).into());
        row.updated_at = world.now.plus(chance.few().unwrap_or(0).into());
        row.published_at = Some(world.now.plus(chance.few().unwrap_or(0).into()));
        row.longitude = Some(POINT.0 + f64::from(place.0) * 0.01);
        row.latitude = Some(POINT.1 + f64::from(place.1) * 0.01);
    })
}

async fn some_items(world: &World, owner: &party::Model, number: usize, chance: &mut Chance) -> Vec<list_item::Model> {
    let category = world.given.shipped_category("edu.tutoring").await;
    let rows: Vec<_> = (0..number).map(|_| some_item(world, owner, chance).category(&category)).collect();
    let models = rows.iter().map(|row| (**row).clone()).collect();
    world.given.write_all(rows, all).await;
    models
}

fn some_claim(
    world: &World,
    item: &list_item::Model,
    claimant: &party::Model,
    chance: &mut Chance,
) -> Row<claim::Model> {
    let id = Uuid::from_u128(chance.of(any::<u128>()));
    world.given.claim(item, claimant).with(|row| {
        row.id = id;
        row.status = chance.pick(&[ClaimStatus::Declined, ClaimStatus::Withdrawn, ClaimStatus::Cancelled]);
        row.quantity = chance.few().unwrap_or(1);
        row.people_served = chance.few();
        row.deliver_by = chance.moment(world);
        row.created_at = world.now.plus(chance.few().unwrap_or(0).into());
        row.updated_at = world.now.plus(chance.few().unwrap_or(0).into());
    })
}

/// Claims on either side of a community: of units on its need, and of its own on a resource of theirs.
struct TwoSides {
    community: party::Model,
    unit: party::Model,
    need: list_item::Model,
    resource: list_item::Model,
}

impl TwoSides {
    async fn new(world: &World) -> Self {
        let (community, unit) = (world.given.community("文庙社区").await, world.given.unit("区人民医院").await);
        let (need, resource) = (world.given.need(&community).await, world.given.resource(&unit).await);
        Self { community, unit, need, resource }
    }

    fn some_claim(&self, world: &World, chance: &mut Chance) -> Row<claim::Model> {
        if chance.of(any::<bool>()) {
            some_claim(world, &self.need, &self.unit, chance)
        } else {
            some_claim(world, &self.resource, &self.community, chance)
        }
    }

    async fn some_claims(&self, world: &World, number: usize, chance: &mut Chance) -> Vec<claim::Model> {
        let rows: Vec<_> = (0..number).map(|_| self.some_claim(world, chance)).collect();
        let models = rows.iter().map(|row| (**row).clone()).collect();
        world.given.write_all(rows, columns_of_claim).await;
        models
    }
}

case!(a_root_list_is_walked_in_every_order_either_way);
async fn a_root_list_is_walked_in_every_order_either_way(world: World) {
    let mut chance = Chance::new();
    let community = world.given.community("文庙社区").await;
    let items = some_items(&world, &community, STANDING, &mut chance).await;
    some_items(&world, &community, 5, &mut chance).await;
    let ids: Vec<_> = items.iter().map(Ordered::global_id).collect();
    let asked = Asked::new(&world.stranger, "needs", "ListItem").filter(json!({ "id": { "in": ids } }));
    hold(&asked, &items, &fields("ListItem"), true).await;
    assert_eq!(asked.walk(false, &[7], async |_| ()).await, sorted(&items, &[], true));
}

case!(a_list_by_distance_is_walked_either_way);
async fn a_list_by_distance_is_walked_either_way(world: World) {
    let mut chance = Chance::new();
    let community = world.given.community("文庙社区").await;
    let items = some_items(&world, &community, STANDING, &mut chance).await;
    world.given.need(&community).title("没有地点").await;
    let near = json!({ "near": { "lng": POINT.0, "lat": POINT.1, "metres": 20_000 } });
    let asked = Asked::new(&world.stranger, "needs", "ListItem").filter(near.clone());
    hold(&asked, &items, &["DISTANCE".to_owned(), "URGENCY".to_owned()], true).await;
    let deep = Asked { filter: json!({ "and": [near] }), ..asked };
    hold(&deep, &items, &["DISTANCE".to_owned()], true).await;
}

case!(a_nested_list_is_walked_under_each_parent);
async fn a_nested_list_is_walked_under_each_parent(world: World) {
    let mut chance = Chance::new();
    let mut parents: Vec<(party::Model, Vec<list_item::Model>)> = Vec::new();
    for name in ["文庙社区", "东街社区", "西街社区"] {
        let community = world.given.community(name).await;
        let items = some_items(&world, &community, 9, &mut chance).await;
        parents.push((community, items));
    }
    for lines in orders(&mut chance, &fields("ListItem")).into_iter().step_by(3) {
        let inputs: Vec<_> = lines.iter().map(Line::input).collect();
        let query = "query($by: [ListItemOrder!]) { communities { nodes { id needs(orderBy: $by, first: 4) {
            nodes { id } pageInfo { hasNextPage endCursor } } } } }";
        let answer = world.stranger.ask_with(query, json!({ "by": inputs })).await;
        for (parent, (community, items)) in
            answer.good()["communities"]["nodes"].as_array().unwrap().iter().zip(&parents)
        {
            assert_eq!(parent["id"], community.global_id());
            let needs = Asked::new(&world.stranger, "needs", "ListItem").under("Community", community.global_id());
            let needs = needs.ordered(&lines);
            // The page among several parents is the page of one alone.
            let alone = needs.page(json!({ "first": 4 })).await;
            assert_eq!(parent["needs"]["pageInfo"]["endCursor"].as_str(), alone.end.as_deref());
            assert_eq!(parent["needs"]["nodes"].as_array().unwrap().len(), 4);
            for is_backwards in [false, true] {
                let found = needs.walk(is_backwards, &[4], async |page| assert_eq!(page.total, 9)).await;
                assert_eq!(found, sorted(items, &lines, true), "{lines:?}");
            }
        }
    }
}

case!(the_two_sides_of_a_partys_claims_are_one_list);
async fn the_two_sides_of_a_partys_claims_are_one_list(world: World) {
    let mut chance = Chance::new();
    let sides = TwoSides::new(&world).await;
    let claims = sides.some_claims(&world, STANDING, &mut chance).await;
    // Somebody else's claims are not in it.
    let other = world.given.community("东街社区").await;
    world.given.claim(&sides.resource, &other).await;
    let asked = Asked::new(&world.stranger, "claims", "Claim").under("Community", sides.community.global_id());
    hold(&asked, &claims, &fields("Claim"), true).await;
    assert_eq!(asked.walk(true, &[5], async |_| ()).await, sorted(&claims, &[], true));
}

case!(rows_that_come_and_go_neither_hide_nor_repeat_those_that_stand);
async fn rows_that_come_and_go_neither_hide_nor_repeat_those_that_stand(world: World) {
    let mut chance = Chance::new();
    let community = world.given.community("文庙社区").await;
    let standing = some_items(&world, &community, STANDING, &mut chance).await;
    let passing = some_items(&world, &community, 6, &mut chance).await;
    let mut passing: Vec<Uuid> = passing.iter().map(|item| item.id).collect();
    let at_root = Asked::new(&world.stranger, "needs", "ListItem");
    let under = at_root.clone().under("Community", community.global_id());
    for (turn, lines) in orders(&mut chance, &fields("ListItem")).into_iter().enumerate() {
        let asked = if turn % 2 == 0 { &at_root } else { &under }.ordered(&lines);
        let sizes = chance.sizes();
        let found = asked
            .walk(turn % 3 == 0, &sizes, async |page| {
                let came = some_items(&world, &community, 1, &mut chance).await;
                passing.extend(came.iter().map(|item| item.id));
                go(&world, &mut passing, &page.ids).await;
            })
            .await;
        assert_stood(&found, &sorted(&standing, &lines, true), &format!("{lines:?}, pages of {sizes:?}"));
    }
}

case!(claims_that_come_and_go_on_either_side_leave_the_rest_in_place);
async fn claims_that_come_and_go_on_either_side_leave_the_rest_in_place(world: World) {
    let mut chance = Chance::new();
    let sides = TwoSides::new(&world).await;
    let standing = sides.some_claims(&world, STANDING, &mut chance).await;
    let asked = Asked::new(&world.stranger, "claims", "Claim").under("Unit", sides.unit.global_id());
    for (turn, lines) in orders(&mut chance, &fields("Claim")).into_iter().enumerate() {
        let mut passing: Vec<Uuid> =
            sides.some_claims(&world, 4, &mut chance).await.iter().map(|claim| claim.id).collect();
        let asked = asked.ordered(&lines);
        let sizes = chance.sizes();
        let found = asked
            .walk(turn % 2 == 0, &sizes, async |_| {
                passing.extend(sides.some_claims(&world, 1, &mut chance).await.iter().map(|claim| claim.id));
                let gone = passing.swap_remove(0);
                claim::Entity::delete_by_id(gone).exec(&world.database.writer).await.unwrap();
            })
            .await;
        assert_stood(&found, &sorted(&standing, &lines, true), &format!("{lines:?}, pages of {sizes:?}"));
        claim::Entity::delete_many()
            .filter(claim::Column::Id.is_in(passing))
            .exec(&world.database.writer)
            .await
            .unwrap();
    }
}

/// An item goes: one at an end of the page, where the cursor points, if there is such.
async fn go(world: &World, passing: &mut Vec<Uuid>, page: &[String]) {
    let ends = [page.first(), page.last()];
    let stands_at_an_end = |id: &Uuid| {
        let id = Table::ListItem.id(*id);
        ends.into_iter().flatten().any(|end| *end == *id)
    };
    let at_an_end = passing.iter().position(stands_at_an_end);
    let gone = passing.swap_remove(at_an_end.unwrap_or(0));
    list_item::Entity::delete_by_id(gone).exec(&world.database.writer).await.unwrap();
}

/// Each row once, and of those that stood all, in their order.
fn assert_stood(found: &[String], standing: &[String], what: &str) {
    let mut once = found.to_vec();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), found.len(), "a row was shown twice: {what}");
    let stood: Vec<&String> = found.iter().filter(|id| standing.contains(id)).collect();
    assert_eq!(stood, standing.iter().collect::<Vec<_>>(), "{what}");
}

case!(parties_and_areas_are_walked_in_every_order);
async fn parties_and_areas_are_walked_in_every_order(world: World) {
    let mut chance = Chance::new();
    let given = &world.given;
    for _ in 0..14 {
        let figures = (chance.few(), chance.few(), chance.few());
        let community = given.community(chance.pick(TEXTS)).with(|row| {
            (row.population, row.households, row.staff_count) = figures;
        });
        community.await;
        let unit = given.unit(chance.pick(TEXTS)).kind(chance.pick(&[
            UnitKind::School,
            UnitKind::Hospital,
            UnitKind::Government,
        ]));
        let count = chance.few();
        unit.with(|row| row.member_count = count).await;
    }
    let parties = party::Entity::find().all(&world.database.reader).await.unwrap();
    let (communities, units): (Vec<_>, Vec<_>) = parties.into_iter().partition(|party| party.unit_kind.is_none());
    hold(&Asked::new(&world.stranger, "communities", "Community"), &communities, &fields("Community"), false).await;
    hold(&Asked::new(&world.stranger, "units", "Unit"), &units, &fields("Unit"), false).await;
    let areas = area::Entity::find().all(&world.database.reader).await.unwrap();
    hold(&Asked::new(&world.stranger, "areas", "Area"), &areas, &fields("Area"), false).await;
    let district = given.district().await;
    let below = Asked::new(&world.stranger, "communities", "Community").under("Area", district.global_id());
    hold(&below, &communities, &fields("Community")[..2], false).await;
}

case!(check_ins_and_events_are_walked_in_every_order);
async fn check_ins_and_events_are_walked_in_every_order(world: World) {
    let mut chance = Chance::new();
    let given = &world.given;
    let community = given.community("文庙社区").await;
    let mut check_ins = Vec::new();
    for _ in 0..14 {
        let unit = given.unit("医院").await;
        let (asked, confirmed) = (chance.few().unwrap_or(0), chance.few().unwrap_or(0));
        let check_in = given.check_in(&unit, &community).confirmed().with(|row: &mut check_in::Model| {
            row.requested_at = world.now.plus(asked.into());
            row.since = Some(world.now.plus(i64::from(confirmed) + 10));
        });
        check_ins.push(check_in.await);
        given.claim(&given.need(&community).await, &unit).status(ClaimStatus::Completed).await;
    }
    hold(&Asked::new(&world.stranger, "checkIns", "CheckIn"), &check_ins, &fields("CheckIn"), false).await;
    let under = Asked::new(&world.stranger, "checkIns", "CheckIn").under("Community", community.global_id());
    hold(&under, &check_ins, &fields("CheckIn"), false).await;
    let events = claim_event::Entity::find().all(&world.database.reader).await.unwrap();
    hold(&Asked::new(&world.stranger, "claimEvents", "ClaimEvent"), &events, &fields("ClaimEvent"), false).await;
}

//! What holds of every load: the rules of the domain, and that chance is the only author.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use entity::area::AreaLevel;
use entity::check_in::CheckInStatus;
use entity::claim::ClaimStatus;
use entity::list_item::ListItemStatus;
use entity::party::PartyKind;
use sea_orm::prelude::Uuid;

use super::moment::{DAY, Moment};
use super::rows::Rows;
use super::story::Story;
use super::{Options, Scale, load, vocabulary};
use crate::database::Database;
use crate::feature::claim::{machine, quantity};
use crate::feature::party::credit_code::CreditCode;
use crate::kernel::error::Error;

const SMALL: Options = options(Scale::Small, 1);

const fn options(scale: Scale, seed: u64) -> Options {
    let as_of = match NaiveDate::from_ymd_opt(2026, 6, 3) {
        Some(day) => day,
        None => NaiveDate::MIN,
    };
    Options { scale, seed, as_of }
}

fn story(options: &Options) -> Story {
    let tree = (1..).zip(vocabulary::categories()).map(|(number, code)| (code.to_owned(), Uuid::from_u128(number)));
    Story::new(options, &tree.collect())
}

fn whole(options: &Options) -> Rows {
    story(options).fold(Rows::default(), |mut whole, rows| {
        whole.items.extend(rows.items);
        whole.claims.extend(rows.claims);
        whole.events.extend(rows.events);
        whole.ratings.extend(rows.ratings);
        whole.parties.extend(rows.parties);
        whole.areas.extend(rows.areas);
        whole.check_ins.extend(rows.check_ins);
        whole
    })
}

#[test]
fn the_same_seed_tells_the_same_story() {
    assert!(story(&SMALL).eq(story(&SMALL)));
    assert!(story(&SMALL).ne(story(&options(Scale::Small, 2))));
}

#[test]
fn items_hold_what_their_claims_hold() {
    let rows = whole(&SMALL);
    let mut held: BTreeMap<Uuid, i64> = BTreeMap::new();
    let forms: BTreeMap<Uuid, _> = rows.items.iter().map(|item| (item.id, item.form)).collect();
    for claim in &rows.claims {
        let form = forms.get(&claim.item_id).copied().flatten();
        let part = quantity::held(claim.status, form, claim.quantity, claim.delivered_quantity);
        *held.entry(claim.item_id).or_default() += i64::from(part);
    }
    for item in &rows.items {
        assert_eq!(item.held, held.get(&item.id).copied().unwrap_or_default(), "{item:?}");
        assert!(item.quantity.is_none_or(|quantity| item.held <= i64::from(quantity)), "{item:?}");
    }
}

#[test]
fn histories_replay_to_their_claims() {
    let rows = whole(&SMALL);
    let mut events: BTreeMap<Uuid, Vec<_>> = BTreeMap::new();
    for event in &rows.events {
        events.entry(event.claim_id).or_default().push(event);
    }
    let mut statuses = BTreeSet::new();
    for claim in &rows.claims {
        let events = events.remove(&claim.id).unwrap_or_default();
        let history = events.iter().map(|event| (event.action, event.from_status, event.to_status));
        assert_eq!(machine::replay(history), Ok(claim.status));
        assert!(events.is_sorted_by_key(|event| event.id));
        assert_eq!(events.last().map(|event| event.at), Some(claim.updated_at));
        statuses.insert(claim.status);
    }
    assert!(events.is_empty());
    assert_eq!(statuses.len(), 9);
}

#[test]
fn nothing_falls_due_within_a_day() {
    let rows = whole(&SMALL);
    let (now, tomorrow) = (Moment::start_of(SMALL.as_of).exact(), Moment::start_of(SMALL.as_of).plus(DAY).exact());
    for claim in &rows.claims {
        assert!(claim.updated_at < now);
        if matches!(claim.status, ClaimStatus::Proposed | ClaimStatus::Delivered) {
            assert!(claim.due_at > Some(tomorrow), "{claim:?}");
        }
    }
    for item in &rows.items {
        assert!(item.updated_at < now);
        let open = item.claim_by.is_none_or(|claim_by| claim_by > tomorrow);
        assert!(item.status != ListItemStatus::Published || open, "{item:?}");
    }
}

#[test]
fn claims_run_between_those_who_may() {
    let rows = whole(&SMALL);
    let items: BTreeMap<_, _> = rows.items.iter().map(|item| (item.id, item)).collect();
    let partners: BTreeMap<_, _> = rows
        .check_ins
        .iter()
        .filter(|check_in| check_in.status == CheckInStatus::Confirmed)
        .filter_map(|check_in| Some(((check_in.unit_id, check_in.community_id), check_in.since?)))
        .collect();
    for claim in &rows.claims {
        let Some(item) = items.get(&claim.item_id) else { panic!("{claim:?}") };
        let partner = partners.get(&(claim.unit_id, claim.community_id));
        assert!(item.open_to_all || partner.is_some_and(|since| *since <= claim.created_at), "{claim:?}");
        assert!(item.published_at.is_some_and(|published| published < claim.created_at), "{claim:?}");
        assert!(item.claim_by.is_none_or(|claim_by| claim.created_at < claim_by), "{claim:?}");
        assert!(item.status != ListItemStatus::Withdrawn || !machine::is_live(claim.status), "{claim:?}");
    }
}

#[test]
fn every_credit_code_is_one() {
    let rows = whole(&SMALL);
    let units = rows.parties.iter().filter(|party| party.kind == PartyKind::Unit);
    let codes: BTreeSet<_> = units.filter_map(|unit| CreditCode::parse(unit.credit_code.as_deref()?).ok()).collect();
    assert_eq!(codes.len(), 150);
}

#[test]
fn a_county_has_every_grid_that_was_reported() {
    let rows = story(&options(Scale::County, 1)).next().unwrap_or_default();
    let grids =
        |length| rows.areas.iter().filter(|area| area.level == AreaLevel::Grid && area.code.len() == length).count();
    let of = |level| rows.areas.iter().filter(|area| area.level == level).count();
    let large = rows.areas.iter().filter(|area| area.name.ends_with("大网格")).count();
    assert_eq!((large, grids(15), grids(18), of(AreaLevel::MicroGrid)), (12, 198, 2_021, 253));
    assert_eq!((of(AreaLevel::Community), rows.parties.len(), rows.members.len()), (38, 38 + 153, 2_000));
    assert_eq!(rows.areas.iter().map(|area| &area.code).collect::<BTreeSet<_>>().len(), rows.areas.len());
}

#[tokio::test]
async fn demo_data_only_goes_into_an_empty_database() -> Result<(), Error> {
    let db = Database::connect("sqlite::memory:").await?;
    db.migrate().await?;
    let mut last = None;
    let summary = load(&db, &SMALL, |progress| last = Some(progress)).await?;
    assert_eq!((summary.parties, summary.items), (190, 3_000));
    assert_eq!(last.map(|progress| (progress.items, progress.of)), Some((3_000, 3_000)));
    let refusal = load(&db, &SMALL, |_| {}).await.err().map(|error| error.to_string());
    let expected = "this database already holds 190 parties; demo data only goes into an empty one";
    assert_eq!(refusal.as_deref(), Some(expected));
    Ok(())
}

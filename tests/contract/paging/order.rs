//! The orders as the schema promises them, written a second time: by code point, as declared, nothing last either way.

use std::cmp::Ordering;

use api::kernel::global_id::Table;
use entity::{area, check_in, claim, claim_event, list_item, party};
use serde_json::{Value, json};
use uuid::Uuid;

/// What a row is ordered by.
pub enum Key {
    /// A number, a moment, or a place in an enum; `None` comes last either way.
    Whole(Option<i64>),
    Text(String),
    Real(f64),
}

/// One line of an order.
#[derive(Clone, Debug)]
pub struct Line {
    pub field: String,
    pub is_descending: bool,
}

/// A row of a list that is walked.
pub trait Ordered: Clone + Send + Sync {
    const TABLE: Table;

    fn row_id(&self) -> Uuid;

    /// What it is ordered by under a field of the order's enum.
    fn key(&self, field: &str) -> Key;

    /// Its id in the graph.
    fn global_id(&self) -> String {
        Self::TABLE.id(self.row_id()).to_string()
    }
}

impl Line {
    pub fn new(field: &str, is_descending: bool) -> Self {
        Self { field: field.to_owned(), is_descending }
    }

    /// As it is asked for.
    pub fn input(&self) -> Value {
        json!({ "field": self.field, "direction": if self.is_descending { "DESC" } else { "ASC" } })
    }
}

/// The ids of rows in an order. Ties go by key, the way of the last line, or of the list where there is no line.
pub fn sorted<R: Ordered>(rows: &[R], lines: &[Line], is_usually_descending: bool) -> Vec<String> {
    let mut rows: Vec<&R> = rows.iter().collect();
    let turn = |ordering: Ordering, is_descending: bool| if is_descending { ordering.reverse() } else { ordering };
    let ties = lines.last().map_or(is_usually_descending, |line| line.is_descending);
    rows.sort_by(|one, other| {
        let by_line = |line: &Line| compare(&one.key(&line.field), &other.key(&line.field), line.is_descending);
        let by_lines = lines.iter().map(by_line).find(|ordering| ordering.is_ne());
        by_lines.unwrap_or_else(|| turn(one.row_id().cmp(&other.row_id()), ties))
    });
    rows.into_iter().map(Ordered::global_id).collect()
}

fn compare(one: &Key, other: &Key, is_descending: bool) -> Ordering {
    let ordering = match (one, other) {
        (Key::Whole(Some(one)), Key::Whole(Some(other))) => one.cmp(other),
        (Key::Whole(one), Key::Whole(other)) => return other.is_some().cmp(&one.is_some()),
        // Rust compares texts by bytes of UTF-8, which is by code point.
        (Key::Text(one), Key::Text(other)) => one.cmp(other),
        (Key::Real(one), Key::Real(other)) => one.total_cmp(other),
        _ => panic!("two rows have keys of different kinds"),
    };
    if is_descending { ordering.reverse() } else { ordering }
}

/// Where distances are measured from.
pub const POINT: (f64, f64) = (104.4, 31.1);

impl Ordered for list_item::Model {
    const TABLE: Table = Table::ListItem;

    fn row_id(&self) -> Uuid {
        self.id
    }

    fn key(&self, field: &str) -> Key {
        Key::Whole(match field {
            "PUBLISHED_AT" => self.published_at.map(|moment| moment.0),
            "CREATED_AT" => Some(self.created_at.0),
            "UPDATED_AT" => Some(self.updated_at.0),
            "CLAIM_BY" => self.claim_by.map(|moment| moment.0),
            "AVAILABLE_FROM" => self.available_from.map(|moment| moment.0),
            "AVAILABLE_UNTIL" => self.available_until.map(|moment| moment.0),
            "URGENCY" => Some(self.urgency as i64),
            "STATUS" => Some(self.status as i64),
            "QUANTITY" => self.quantity.map(i64::from),
            "BENEFICIARIES" => self.beneficiaries.map(i64::from),
            "TITLE" => return Key::Text(self.title.clone()),
            "DISTANCE" => return Key::Real(square_distance(self)),
            _ => panic!("it is not said here how list items are ordered by {field}"),
        })
    }
}

/// Near enough for an order: on so small a map a degree of longitude is a fixed part of one of latitude.
fn square_distance(item: &list_item::Model) -> f64 {
    let (longitude, latitude) = (item.longitude.expect("a place"), item.latitude.expect("a place"));
    let east = (longitude - POINT.0) * POINT.1.to_radians().cos();
    let north = latitude - POINT.1;
    east * east + north * north
}

impl Ordered for claim::Model {
    const TABLE: Table = Table::Claim;

    fn row_id(&self) -> Uuid {
        self.id
    }

    fn key(&self, field: &str) -> Key {
        Key::Whole(match field {
            "CREATED_AT" => Some(self.created_at.0),
            "UPDATED_AT" => Some(self.updated_at.0),
            "DUE_AT" => self.due_at.map(|moment| moment.0),
            "DELIVER_BY" => self.deliver_by.map(|moment| moment.0),
            "ACCEPTED_AT" => self.accepted_at.map(|moment| moment.0),
            "DELIVERED_AT" => self.delivered_at.map(|moment| moment.0),
            "COMPLETED_AT" => self.completed_at.map(|moment| moment.0),
            "STATUS" => Some(self.status as i64),
            "QUANTITY" => Some(self.quantity.into()),
            "PEOPLE_SERVED" => self.people_served.map(i64::from),
            _ => panic!("it is not said here how claims are ordered by {field}"),
        })
    }
}

impl Ordered for party::Model {
    const TABLE: Table = Table::Party;

    fn row_id(&self) -> Uuid {
        self.id
    }

    fn key(&self, field: &str) -> Key {
        Key::Whole(match field {
            "PLACE" => return Key::Text(self.area_path.clone()),
            "NAME" => return Key::Text(self.name.clone()),
            "POPULATION" => self.population.map(i64::from),
            "HOUSEHOLDS" => self.households.map(i64::from),
            "STAFF_COUNT" => self.staff_count.map(i64::from),
            "KIND" => self.unit_kind.map(|kind| kind as i64),
            "MEMBER_COUNT" => self.member_count.map(i64::from),
            _ => panic!("it is not said here how parties are ordered by {field}"),
        })
    }
}

impl Ordered for area::Model {
    const TABLE: Table = Table::Area;

    fn row_id(&self) -> Uuid {
        self.id
    }

    fn key(&self, field: &str) -> Key {
        Key::Text(match field {
            "PLACE" => self.path.clone(),
            "NAME" => self.name.clone(),
            _ => panic!("it is not said here how areas are ordered by {field}"),
        })
    }
}

impl Ordered for check_in::Model {
    const TABLE: Table = Table::CheckIn;

    fn row_id(&self) -> Uuid {
        self.id
    }

    fn key(&self, field: &str) -> Key {
        Key::Whole(match field {
            "REQUESTED_AT" => Some(self.requested_at.0),
            "SINCE" => self.since.map(|moment| moment.0),
            _ => panic!("it is not said here how check-ins are ordered by {field}"),
        })
    }
}

impl Ordered for claim_event::Model {
    const TABLE: Table = Table::ClaimEvent;

    fn row_id(&self) -> Uuid {
        self.id
    }

    fn key(&self, field: &str) -> Key {
        match field {
            "AT" => Key::Whole(Some(self.at.0)),
            _ => panic!("it is not said here how events are ordered by {field}"),
        }
    }
}

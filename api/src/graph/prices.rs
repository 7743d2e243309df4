//! How much the lists of the schema hold, in one table: read this to review what a request may cost. How it is worked out:
//! `kernel/document/price.rs`.

use crate::access::payload;
use crate::feature::list_item::warnings;
use crate::feature::party::former_name;
use crate::feature::{attachment, category, rating};
use crate::kernel::document::{ANYWHERE, Line, Prices, Table};
use crate::kernel::list::LARGEST_SIZE;
use crate::kernel::refusal;

/// A page of the largest size.
const PAGE: u64 = LARGEST_SIZE.unsigned_abs() as u64;
/// The levels of the tree of areas, and grids within grids.
const LEVELS: u64 = 12;
/// The fields of the largest input.
const CHANGES: u64 = 40;

/// What a request is priced by.
pub const PRICES: Prices = Prices {
    lists: &[
        ("Account", "accessTokens", PAGE),
        ("Account", "grants", PAGE),
        ("Area", "ancestors", LEVELS),
        ("Area", "categories", category::MOST),
        ("AuditEntry", "changes", CHANGES),
        ("Category", "children", category::MOST),
        ("Claim", "evidence", attachment::MOST),
        ("Claim", "ratings", rating::MOST),
        ("ListItem", "attachments", attachment::MOST),
        ("Community", "formerNames", former_name::MOST),
        ("Need", "attachments", attachment::MOST),
        ("Party", "formerNames", former_name::MOST),
        ("Query", "categories", category::MOST),
        ("Resource", "attachments", attachment::MOST),
        ("Service", "attachments", attachment::MOST),
        ("Unit", "formerNames", former_name::MOST),
        ("UserError", "nodes", refusal::MOST_NODES as u64),
        (ANYWHERE, "userErrors", payload::MOST_ERRORS),
        (ANYWHERE, "warnings", warnings::MOST),
        ("Viewer", "accessTokens", PAGE),
        ("Viewer", "grants", PAGE),
    ],
    // One for every four thousand rows that a city has (of areas: the country), and the steps of reach: a claim is seen through
    // its item, what happened to it and what was said of it through the claim.
    tables: &[
        Table { filter: "AccountFilter", breadth: 1, steps: 5 },
        Table { filter: "AreaFilter", breadth: 170, steps: 0 },
        Table { filter: "AuditFilter", breadth: 300, steps: 5 },
        Table { filter: "CategoryFilter", breadth: 1, steps: 0 },
        Table { filter: "CheckInFilter", breadth: 1, steps: 0 },
        Table { filter: "ClaimEventFilter", breadth: 500, steps: 10 },
        Table { filter: "ClaimFilter", breadth: 125, steps: 5 },
        Table { filter: "CommunityFilter", breadth: 1, steps: 0 },
        Table { filter: "FormerNameFilter", breadth: 1, steps: 0 },
        Table { filter: "ListItemFilter", breadth: 50, steps: 0 },
        Table { filter: "MemberCheckInFilter", breadth: 1, steps: 0 },
        Table { filter: "PartyFilter", breadth: 1, steps: 0 },
        Table { filter: "RatingFilter", breadth: 125, steps: 10 },
        Table { filter: "UnitFilter", breadth: 1, steps: 0 },
    ],
    kept: &[
        ("accounts", &["USERNAME"]),
        ("areas", &["PLACE"]),
        ("auditEntries", &["AT"]),
        ("claimEvents", &["AT"]),
        ("claims", &["CREATED_AT"]),
        ("communities", &["PLACE", "NAME"]),
        ("needs", &["CREATED_AT", "PUBLISHED_AT"]),
        ("resources", &["CREATED_AT", "PUBLISHED_AT"]),
        ("services", &["CREATED_AT", "PUBLISHED_AT"]),
        ("units", &["PLACE", "NAME"]),
    ],
    lines: &[
        ("AreaFilter", "within", Line::AreaCodes),
        ("ClaimFilter", "provider", Line::OneWay),
        ("ClaimFilter", "receiver", Line::OneWay),
        ("ListItemFilter", "claimableBy", Line::EveryRow),
        ("PartyFilter", "community", Line::SameRow),
        ("PartyFilter", "unit", Line::SameRow),
    ],
};

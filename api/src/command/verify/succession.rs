//! The checks that one statement makes of what ended: nothing is left with it, and whatever leads on leads to somebody.

use super::rule::Rule;

pub(super) const SUCCESSION: &[Rule] = &[
    Rule {
        name: "whoever took over from a party is of its kind, and was not merged into another",
        table: "party",
        handle: "t.name",
        joins: "LEFT JOIN party s ON s.id = t.successor_id",
        breach: "t.successor_id IS NOT NULL AND (s.kind IS DISTINCT FROM t.kind OR s.successor_id IS NOT NULL)",
        wrong: "its successor is none",
        expected: "t.kind",
        found: "s.kind || ' ' || s.status",
    },
    Rule {
        name: "whoever a person is now was not merged into another",
        table: "member",
        handle: "'?'",
        joins: "LEFT JOIN member s ON s.id = t.successor_id",
        breach: "t.successor_id IS NOT NULL AND (s.id IS NULL OR s.successor_id IS NOT NULL)",
        wrong: "its successor is none",
        expected: "t.successor_id",
        found: "s.successor_id",
    },
    Rule {
        name: "an area has ended where another took over from it",
        table: "area",
        handle: "t.code || ' ' || t.name",
        joins: "LEFT JOIN area s ON s.id = t.successor_id",
        breach: "t.successor_id IS NOT NULL AND (t.ended_at IS NULL OR s.id IS NULL OR s.successor_id IS NOT NULL)",
        wrong: "its successor is none, or it has not ended",
        expected: "t.successor_id",
        found: "s.successor_id",
    },
    left(
        "no item is of a party that was merged, and none of one that was closed is open",
        ("list_item", "t.title"),
        "LEFT JOIN party p ON p.id = t.owner_id",
        "p.status = 'MERGED' OR p.status = 'CLOSED' AND t.status = 'PUBLISHED'",
    ),
    left(
        "no claim is of a party that was merged, and none of one that was closed is live",
        ("claim", "t.promised_title"),
        "JOIN party p ON p.id IN (t.claimant_id, t.owner_id)",
        "p.status = 'MERGED' OR p.status = 'CLOSED' AND t.status IN {live}",
    ),
    left(
        "no check-in is of a party that was merged, and none of one that was closed is live",
        ("check_in", "p.name"),
        "JOIN party p ON p.id IN (t.unit_id, t.community_id)",
        STAY,
    ),
    left(
        "no person is checked in to a community that was merged or closed",
        ("member_check_in", "p.name"),
        "LEFT JOIN party p ON p.id = t.community_id",
        STAY,
    ),
    left(
        "nobody works in a unit that was merged",
        ("member", "p.name"),
        "LEFT JOIN party p ON p.id = t.unit_id",
        MERGED,
    ),
    left(
        "no grant is on a party that was merged",
        ("account_grant", "t.role"),
        "LEFT JOIN party p ON p.id = t.party_id",
        MERGED,
    ),
    Rule {
        name: "no check-in is of a person who was merged",
        table: "member_check_in",
        handle: "'?'",
        joins: "LEFT JOIN member m ON m.id = t.member_id",
        breach: "m.successor_id IS NOT NULL",
        wrong: "the person was merged into another",
        expected: "m.successor_id",
        found: "t.member_id",
    },
];

const MERGED: &str = "p.status = 'MERGED'";
const STAY: &str = "p.status = 'MERGED' OR p.status = 'CLOSED' AND t.status IN ('PENDING', 'CONFIRMED')";

/// Nothing hangs on a party `p` that has ended.
const fn left(
    name: &'static str,
    (table, handle): (&'static str, &'static str),
    joins: &'static str,
    breach: &'static str,
) -> Rule {
    Rule { name, table, handle, joins, breach, wrong: "the party has ended", expected: "'ACTIVE'", found: "p.status" }
}

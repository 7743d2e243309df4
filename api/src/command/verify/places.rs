//! The checks that one statement makes: the tree, what stands in it, and check-ins.

use super::rule::Rule;

pub(super) const AREA: &[Rule] = &[
    Rule {
        name: "an area's path is its parent's and its own code",
        table: "area",
        handle: "t.code || ' ' || t.name",
        joins: "LEFT JOIN area p ON p.id = t.parent_id",
        breach: "t.path <> COALESCE(p.path, '') || t.code || '/' OR t.code LIKE '%/%'",
        wrong: "the path is not its parent's and its code",
        expected: "COALESCE(p.path, '') || t.code || '/'",
        found: "t.path",
    },
    Rule {
        name: "an area stands lower than what it lies in, except that a grid may lie in a grid",
        table: "area",
        handle: "t.code || ' ' || t.name",
        joins: "LEFT JOIN area p ON p.id = t.parent_id",
        breach: "t.parent_id IS NOT NULL AND COALESCE(t.level || '<' || p.level, '') NOT IN {within}",
        wrong: "its level may not lie in its parent's",
        expected: "'a level above ' || t.level",
        found: "p.level",
    },
    Rule {
        name: "a community stands in an area of level COMMUNITY",
        table: "party",
        handle: "t.name",
        joins: "LEFT JOIN area a ON a.id = t.area_id",
        breach: "t.kind = 'COMMUNITY' AND a.level IS DISTINCT FROM 'COMMUNITY'",
        wrong: "it stands in an area of another level",
        expected: "'COMMUNITY'",
        found: "a.level",
    },
    copy("the path in a party is its area's", "party", "t.name"),
    copy("the path in an item is its area's", "list_item", "t.title"),
    copy("the path in a unit's check-in is its area's", "check_in", PAIR),
    copy("the path in a member's check-in is its area's", "member_check_in", COMMUNITY),
    copy("the path in a past home is its area's", "past_home", PARTY),
    Rule {
        name: "a party had one home at a time",
        table: "past_home",
        handle: PARTY,
        joins: "",
        breach: "EXISTS (SELECT 1 FROM past_home o WHERE o.party_id = t.party_id AND o.until < t.until
            AND (t.since IS NULL OR o.until > t.since))",
        wrong: "another home of the party ended meanwhile",
        expected: "'no other home from ' || COALESCE(CAST(t.since AS TEXT), 'the beginning') || ' on'",
        found: "(SELECT MAX(o.until) FROM past_home o WHERE o.party_id = t.party_id AND o.until < t.until)",
    },
];

pub(super) const CHECK_IN: &[Rule] = &[
    Rule {
        name: "a unit checks in to a community",
        table: "check_in",
        handle: PAIR,
        joins: "LEFT JOIN party u ON u.id = t.unit_id LEFT JOIN party c ON c.id = t.community_id",
        breach: "u.kind IS DISTINCT FROM 'UNIT' OR c.kind IS DISTINCT FROM 'COMMUNITY'",
        wrong: "it does not join a unit and a community",
        expected: "'UNIT to COMMUNITY'",
        found: "u.kind || ' to ' || c.kind",
    },
    Rule {
        name: "a member checks in to a community",
        table: "member_check_in",
        handle: COMMUNITY,
        joins: "LEFT JOIN party c ON c.id = t.community_id",
        breach: "c.kind IS DISTINCT FROM 'COMMUNITY'",
        wrong: "it is not to a community",
        expected: "'COMMUNITY'",
        found: "c.kind",
    },
    part("what a unit takes on lies in the community", "check_in", PAIR),
    part("where a member lives lies in the community", "member_check_in", COMMUNITY),
    once(
        "a unit has at most one live check-in to a community",
        "check_in",
        PAIR,
        "EXISTS (SELECT 1 FROM check_in o WHERE o.unit_id = t.unit_id AND o.community_id = t.community_id
            AND o.status IN ('PENDING', 'CONFIRMED') AND o.id < t.id) AND t.status IN ('PENDING', 'CONFIRMED')",
    ),
    once(
        "a member has at most one live check-in to a community",
        "member_check_in",
        COMMUNITY,
        "EXISTS (SELECT 1 FROM member_check_in o WHERE o.member_id = t.member_id AND o.community_id = t.community_id
            AND o.status IN ('PENDING', 'CONFIRMED') AND o.id < t.id) AND t.status IN ('PENDING', 'CONFIRMED')",
    ),
];

const PAIR: &str = "COALESCE((SELECT name FROM party WHERE id = t.unit_id), '?') || ' to ' || \
                    COALESCE((SELECT name FROM party WHERE id = t.community_id), '?')";

const PARTY: &str = "COALESCE((SELECT name FROM party WHERE id = t.party_id), '?')";

/// A member's name is personal data; the community's is enough to find the row.
const COMMUNITY: &str = "(SELECT name FROM party WHERE id = t.community_id)";

const fn copy(name: &'static str, table: &'static str, handle: &'static str) -> Rule {
    Rule {
        name,
        table,
        handle,
        joins: "LEFT JOIN area a ON a.id = t.area_id",
        breach: "a.path IS DISTINCT FROM t.area_path",
        wrong: "its path is not its area's",
        expected: "a.path",
        found: "t.area_path",
    }
}

const fn part(name: &'static str, table: &'static str, handle: &'static str) -> Rule {
    Rule {
        name,
        table,
        handle,
        joins: "LEFT JOIN area a ON a.id = t.area_id
            LEFT JOIN party c ON c.id = t.community_id LEFT JOIN area w ON w.id = c.area_id",
        breach: "COALESCE(substr(a.path, 1, length(w.path)), '') IS DISTINCT FROM w.path",
        wrong: "its area lies outside the community",
        expected: "w.path",
        found: "a.path",
    }
}

const fn once(name: &'static str, table: &'static str, handle: &'static str, breach: &'static str) -> Rule {
    let (wrong, expected) = ("an older check-in of the two is live too", "'one live check-in'");
    Rule { name, table, handle, joins: "", breach, wrong, expected, found: "t.status" }
}

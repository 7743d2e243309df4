//! The checks that one statement makes: items, claims, their events and ratings.

use super::places::{AREA, CHECK_IN};
use super::rule::Rule;
use super::succession::SUCCESSION;

/// All of them, in the order in which they run.
pub(super) fn all() -> impl Iterator<Item = Rule> {
    ITEM.iter()
        .chain(CLAIM)
        .chain(FACTS)
        .chain(EVENT)
        .chain(RATING)
        .chain(AREA)
        .chain(CHECK_IN)
        .chain(SUCCESSION)
        .copied()
}

const ITEM: &[Rule] = &[
    Rule {
        name: "what is held of an item lies between 0 and its quantity",
        table: "list_item",
        handle: "t.title",
        joins: "",
        breach: "t.held < 0 OR t.held > t.quantity",
        wrong: "held is out of bounds",
        expected: "'0 to ' || COALESCE(CAST(t.quantity AS TEXT), 'any')",
        found: "t.held",
    },
    Rule {
        name: "a draft has no time of publication, and any other item has one",
        table: "list_item",
        handle: "t.title",
        joins: "",
        breach: "(t.status = 'DRAFT') <> (t.published_at IS NULL)",
        wrong: "the time of publication does not fit the status",
        expected: "CASE t.status WHEN 'DRAFT' THEN 'none for a draft' ELSE 'one for ' || t.status END",
        found: "t.published_at",
    },
    Rule {
        name: "a withdrawn item has no live claim",
        table: "list_item",
        handle: "t.title",
        joins: "",
        breach: "t.status = 'WITHDRAWN'
            AND EXISTS (SELECT 1 FROM claim c WHERE c.item_id = t.id AND c.status IN {live})",
        wrong: "it is withdrawn under a live claim",
        expected: "0",
        found: "(SELECT COUNT(*) FROM claim c WHERE c.item_id = t.id AND c.status IN {live})",
    },
    Rule {
        name: "an item without a place of its own stands where its owner stands",
        table: "list_item",
        handle: "t.title",
        joins: "LEFT JOIN party o ON o.id = t.owner_id LEFT JOIN area a ON a.id = t.area_id",
        breach: "o.id IS NULL OR (NOT t.has_own_place AND t.area_id IS DISTINCT FROM o.area_id)",
        wrong: "it stands elsewhere than its owner",
        expected: "o.area_path",
        found: "a.path",
    },
];

const CLAIM: &[Rule] = &[
    Rule {
        name: "no party claims its own item",
        table: "claim",
        handle: "t.promised_title",
        joins: "LEFT JOIN list_item i ON i.id = t.item_id",
        breach: "t.claimant_id = t.owner_id OR t.claimant_id = i.owner_id",
        wrong: "the claimant owns the item",
        expected: "'another party'",
        found: "t.claimant_id",
    },
    Rule {
        name: "a claimant has at most one live claim on an item",
        table: "claim",
        handle: "t.promised_title",
        joins: "",
        breach: "t.status IN {live} AND EXISTS (SELECT 1 FROM claim o WHERE o.item_id = t.item_id
            AND o.claimant_id = t.claimant_id AND o.status IN {live} AND o.id < t.id)",
        wrong: "the claimant has an older live claim on the item",
        expected: "1",
        found: "(SELECT COUNT(*) FROM claim o WHERE o.item_id = t.item_id
            AND o.claimant_id = t.claimant_id AND o.status IN {live})",
    },
    Rule {
        name: "the owner of a claim is its item's",
        table: "claim",
        handle: "t.promised_title",
        joins: "LEFT JOIN list_item i ON i.id = t.item_id",
        breach: "i.owner_id IS DISTINCT FROM t.owner_id",
        wrong: "the owner is not the item's",
        expected: "i.owner_id",
        found: "t.owner_id",
    },
    Rule {
        name: "the kind in a claim is its item's",
        table: "claim",
        handle: "t.promised_title",
        joins: "LEFT JOIN list_item i ON i.id = t.item_id",
        breach: "i.kind IS DISTINCT FROM t.item_kind",
        wrong: "the kind is not the item's",
        expected: "i.kind",
        found: "t.item_kind",
    },
    Rule {
        name: "claims run between a community and a unit, and the direction says which claims",
        table: "claim",
        handle: "t.promised_title",
        joins: "LEFT JOIN party c ON c.id = t.claimant_id LEFT JOIN party o ON o.id = t.owner_id",
        breach: "COALESCE(c.kind || '_TO_' || o.kind, '') <> t.direction",
        wrong: "the two sides are not what the direction says",
        expected: "t.direction",
        found: "c.kind || '_TO_' || o.kind",
    },
    Rule {
        name: "only a live claim is due",
        table: "claim",
        handle: "t.promised_title",
        joins: "",
        breach: "t.due_at IS NOT NULL AND t.status NOT IN {live}",
        wrong: "it is due though it ended",
        expected: "'nothing for ' || t.status",
        found: "t.due_at",
    },
    Rule {
        name: "what was delivered lies between 1 and what was claimed, and is said once it was delivered and not sent back",
        table: "claim",
        handle: "t.promised_title",
        joins: "",
        breach: "t.delivered_quantity < 1 OR t.delivered_quantity > t.quantity
            OR (t.delivered_quantity IS NULL) = (t.status IN ('DELIVERED', 'COMPLETED'))",
        wrong: "the quantity delivered is out of bounds",
        expected: "'1 to ' || CAST(t.quantity AS TEXT)",
        found: "t.delivered_quantity",
    },
];

const FACTS: &[Rule] = &[
    Rule {
        name: "a claim is public while its item is",
        table: "claim",
        handle: "t.promised_title",
        joins: "LEFT JOIN list_item i ON i.id = t.item_id",
        breach: "t.is_public IS DISTINCT FROM
            (i.visibility = 'PUBLIC' AND i.status <> 'WITHDRAWN' AND i.published_at IS NOT NULL)",
        wrong: "whether it is public is not what its item says",
        expected: "CASE WHEN t.is_public THEN 'not public' ELSE 'public' END",
        found: "CASE WHEN t.is_public THEN 'public' ELSE 'not public' END",
    },
    Rule {
        name: "the stars in a claim are those that its receiver gave",
        table: "claim",
        handle: "t.promised_title",
        joins: "LEFT JOIN rating r ON r.claim_id = t.id AND r.by_id = t.receiver_id",
        breach: "t.receiver_stars IS DISTINCT FROM r.stars",
        wrong: "the receiver's rating says otherwise",
        expected: "r.stars",
        found: "t.receiver_stars",
    },
];

const EVENT: &[Rule] = &[
    Rule {
        name: "every event is of a claim",
        table: "claim_event",
        handle: OF_CLAIM,
        joins: "LEFT JOIN claim c ON c.id = t.claim_id",
        breach: "c.id IS NULL",
        wrong: "there is no such claim",
        expected: "t.claim_id",
        found: "c.id",
    },
    Rule {
        name: "every event that rates has its rating, or was taken back",
        table: "claim_event",
        handle: OF_CLAIM,
        joins: "LEFT JOIN claim c ON c.id = t.claim_id",
        breach: "t.action = 'RATE' AND NOT EXISTS
            (SELECT 1 FROM rating r JOIN party b ON b.id = r.by_id JOIN party p ON p.id = t.on_behalf_of_id
            WHERE r.claim_id = t.claim_id AND b.kind = p.kind) AND NOT EXISTS
            (SELECT 1 FROM claim_event w JOIN party v ON v.id = w.on_behalf_of_id JOIN party p ON p.id = t.on_behalf_of_id
            WHERE w.claim_id = t.claim_id AND w.action = 'WITHDRAW_RATING' AND w.id > t.id AND v.kind = p.kind)",
        wrong: "there is no rating by whom it names",
        expected: "t.on_behalf_of_id",
        found: "CAST(NULL AS TEXT)",
    },
];

const RATING: &[Rule] = &[
    Rule {
        name: "only completed claims are rated",
        table: "rating",
        handle: OF_CLAIM,
        joins: "LEFT JOIN claim c ON c.id = t.claim_id",
        breach: "c.status IS DISTINCT FROM 'COMPLETED'",
        wrong: "its claim is not completed",
        expected: "'COMPLETED'",
        found: "c.status",
    },
    Rule {
        name: "only the two sides of a claim rate it",
        table: "rating",
        handle: OF_CLAIM,
        joins: "LEFT JOIN claim c ON c.id = t.claim_id",
        breach: "c.id IS NULL OR t.by_id NOT IN (c.claimant_id, c.owner_id)",
        wrong: "whoever rates is neither claimant nor owner",
        expected: "'claimant or owner'",
        found: "t.by_id",
    },
    Rule {
        name: "each side rates a claim once",
        table: "rating",
        handle: OF_CLAIM,
        joins: "LEFT JOIN claim c ON c.id = t.claim_id",
        breach: "EXISTS (SELECT 1 FROM rating o WHERE o.claim_id = t.claim_id AND o.by_id = t.by_id AND o.id < t.id)",
        wrong: "this side rated the claim before",
        expected: "1",
        found: "(SELECT COUNT(*) FROM rating o WHERE o.claim_id = t.claim_id AND o.by_id = t.by_id)",
    },
    Rule {
        name: "every rating has its event",
        table: "rating",
        handle: OF_CLAIM,
        joins: "LEFT JOIN claim c ON c.id = t.claim_id",
        breach: "NOT EXISTS (SELECT 1 FROM claim_event e WHERE e.claim_id = t.claim_id
            AND e.action = 'RATE' AND (SELECT p.kind FROM party p WHERE p.id = e.on_behalf_of_id) =
            (SELECT p.kind FROM party p WHERE p.id = t.by_id))",
        wrong: "no event of its claim says so",
        expected: "'RATE on behalf of whoever rates'",
        found: "CAST(NULL AS TEXT)",
    },
];

const OF_CLAIM: &str = "COALESCE(c.promised_title, '?')";

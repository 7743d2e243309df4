//! When claims were accepted, delivered and confirmed, so that whatever is owed has a date; and what about, so that who may not read
//! what was promised still learns its category.
//!
//! What a date follows from by the calendar of working days is for the server to fill in: SQL has no calendar.

crate::dialect::step!(
    r#"
ALTER TABLE claim ADD COLUMN promised_category_id {id} REFERENCES category (id);
ALTER TABLE claim ADD COLUMN accepted_at {time};
ALTER TABLE claim ADD COLUMN delivered_at {time};
ALTER TABLE claim ADD COLUMN completed_at {time};
-- What was sent back was not delivered.
UPDATE claim SET
    promised_category_id = (SELECT i.category_id FROM list_item i WHERE i.id = claim.item_id),
    accepted_at = (SELECT MIN(e.at) FROM claim_event e WHERE e.claim_id = claim.id AND e.to_status = 'ACCEPTED'),
    delivered_at = CASE WHEN status IN ('DELIVERED', 'COMPLETED')
        THEN (SELECT MAX(e.at) FROM claim_event e WHERE e.claim_id = claim.id AND e.action = 'DELIVER') END,
    completed_at = (SELECT MIN(e.at) FROM claim_event e WHERE e.claim_id = claim.id AND e.action = 'CONFIRM'),
    delivered_quantity = CASE WHEN status IN ('DELIVERED', 'COMPLETED') THEN delivered_quantity END,
    people_served = CASE WHEN status IN ('DELIVERED', 'COMPLETED') THEN people_served END,
    due_at = CASE WHEN status IN ('ACCEPTED', 'IN_PROGRESS')
        THEN COALESCE(due_at, deliver_by, ends_at, promised_until) ELSE due_at END;
CREATE INDEX claim_of_category ON claim (promised_category_id, id);
-- A published item that was withdrawn is public no longer: the index tells which.
DROP INDEX list_item_of_kind_by_path;
CREATE INDEX list_item_of_kind_by_path ON list_item (kind, area_path, visibility, status, published_at, id);
"#
);

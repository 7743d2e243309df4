//! What lists are often searched by: what is newest, what stands where, and what is overdue.

crate::dialect::step!(
    r#"
CREATE INDEX list_item_by_creation ON list_item (kind, created_at, id);
CREATE INDEX list_item_by_status ON list_item (kind, status, id);
CREATE INDEX claim_by_creation ON claim (created_at, id);
CREATE INDEX claim_by_status ON claim (status, id);
CREATE INDEX claim_overdue ON claim (due_at) WHERE due_at IS NOT NULL;
-- So that the databases know what the new ones are good for.
ANALYZE list_item;
ANALYZE claim;
"#
);

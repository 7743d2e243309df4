//! What the clock looks for: items whose window has ended, and files that were sent and hang on nothing.

crate::dialect::step!(
    r#"
CREATE INDEX list_item_by_end ON list_item (available_until) WHERE status = 'PUBLISHED';
CREATE INDEX attachment_loose ON attachment (created_at) WHERE item_id IS NULL AND claim_id IS NULL;
"#
);

//! Pictures that came in before they were left their pixels alone are told from those that came in since.

crate::dialect::step!(
    r#"
ALTER TABLE attachment ADD COLUMN is_bare BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE attachment SET is_bare = TRUE WHERE content_hash IS NULL OR media_type IS NULL
    OR media_type NOT IN ('image/jpeg', 'image/png', 'image/webp', 'image/gif');
CREATE INDEX attachment_not_bare ON attachment (id) WHERE NOT is_bare;
"#
);

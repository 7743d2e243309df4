//! A draft may be saved before it says all that it must say to be published.

crate::dialect::step!(
    r#"
-- What it does not say yet: the fields of its input, apart by spaces. The columns themselves hold something in their place.
ALTER TABLE list_item ADD COLUMN lacks {text} NOT NULL DEFAULT '' CONSTRAINT list_item_lacks CHECK (lacks = '' OR status = 'DRAFT');
"#
);

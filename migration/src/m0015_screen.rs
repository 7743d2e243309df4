//! What screens filter by together: an area's open needs of a category, a party's open items, a party's claims that stand somewhere.

crate::dialect::step!(
    r#"
CREATE INDEX list_item_of_category_by_path ON list_item (category_id, kind, status, area_path, id);
CREATE INDEX list_item_of_status_by_path ON list_item (kind, status, area_path, id);
CREATE INDEX list_item_of_kind_by_path ON list_item (kind, area_path, visibility, published_at, id);
CREATE INDEX list_item_of_owner_by_status ON list_item (owner_id, kind, status, id);
CREATE INDEX claim_of_claimant_by_status ON claim (claimant_id, status, id);
CREATE INDEX claim_of_owner_by_status ON claim (owner_id, status, id);
-- So that the databases know what the new ones are good for.
ANALYZE list_item;
ANALYZE claim;
"#
);

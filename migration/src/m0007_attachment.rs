//! Attachments (附件): links and files of a list item, or evidence of a claim.

crate::dialect::step!(
    r#"
CREATE TABLE attachment (
    id         {id}   NOT NULL PRIMARY KEY,
    item_id    {id}   REFERENCES list_item (id),
    claim_id   {id}   REFERENCES claim (id),
    position   INTEGER NOT NULL DEFAULT 0,
    url        {text} NOT NULL,
    name       {text},
    media_type {text},
    bytes      BIGINT CHECK (bytes >= 0),
    created_at {time} NOT NULL,
    CONSTRAINT attachment_one_owner CHECK (item_id IS NULL OR claim_id IS NULL)
);
CREATE INDEX attachment_of_item ON attachment (item_id, position, id);
CREATE INDEX attachment_of_claim ON attachment (claim_id, position, id);
"#
);

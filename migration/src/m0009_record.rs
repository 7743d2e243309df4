//! What a write leaves beside the row it changes: who did it, what it changed, what others are to hear of it, and under which key.

crate::dialect::step!(
    r#"
ALTER TABLE claim_event ADD COLUMN actor_id {id} REFERENCES account (id);
CREATE INDEX claim_event_of_actor ON claim_event (actor_id, id);

ALTER TABLE attachment ADD COLUMN uploaded_by_id {id} REFERENCES account (id);
-- Of a file: SHA-256 of what is in it, in hex, by which the store has it.
ALTER TABLE attachment ADD COLUMN content_hash {text};
CREATE INDEX attachment_of_uploader ON attachment (uploaded_by_id, id);
CREATE INDEX attachment_by_content ON attachment (content_hash);

CREATE TABLE audit_entry (
    id              {id}   NOT NULL PRIMARY KEY,
    at              {time} NOT NULL,
    source          {text} NOT NULL CHECK (source IN ('API', 'COMMAND_LINE', 'CLOCK')),
    actor_id        {id}   REFERENCES account (id),
    on_behalf_of_id {id}   REFERENCES party (id),
    action          {text} NOT NULL CHECK (action <> ''),
    -- What it was done to, as a global id.
    subject         {text} NOT NULL,
    -- A JSON list of {field, before, after}; personal data masked.
    changes         {text} NOT NULL,
    request_id      {text},
    address         {text}
);
CREATE INDEX audit_entry_by_time ON audit_entry (at, id);
CREATE INDEX audit_entry_of_actor ON audit_entry (actor_id, id);
CREATE INDEX audit_entry_of_party ON audit_entry (on_behalf_of_id, id);
CREATE INDEX audit_entry_of_subject ON audit_entry (subject, id);
{audit_entry is append-only}
{claim_event is append-only}

CREATE TABLE idempotency_key (
    account_id  {id}   NOT NULL REFERENCES account (id),
    key         {text} NOT NULL,
    -- SHA-256 of the mutation and its input, in hex.
    fingerprint {text} NOT NULL,
    thing_id    {id},
    event_id    {id},
    created_at  {time} NOT NULL,
    PRIMARY KEY (account_id, key)
);
CREATE INDEX idempotency_key_by_time ON idempotency_key (created_at);

CREATE TABLE outbox (
    position {serial},
    at       {time} NOT NULL,
    -- What changed, as a global id, and the event that says how.
    subject  {text} NOT NULL,
    event_id {id}
);
CREATE INDEX outbox_by_time ON outbox (at);
"#
);

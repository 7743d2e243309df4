//! Claims (认领), their history and their ratings.

crate::dialect::step!(
    r#"
CREATE TABLE claim (
    id                   {id}   NOT NULL PRIMARY KEY,
    item_id              {id}   NOT NULL REFERENCES list_item (id),
    item_kind            {text} NOT NULL CHECK (item_kind IN ('NEED', 'RESOURCE', 'SERVICE')),
    claimant_id          {id}   NOT NULL REFERENCES party (id),
    owner_id             {id}   NOT NULL REFERENCES party (id),
    direction            {text} NOT NULL CHECK (direction IN ('UNIT_TO_COMMUNITY', 'COMMUNITY_TO_UNIT')),
    status               {text} NOT NULL CHECK (status IN {statuses}),
    quantity             INTEGER NOT NULL CHECK (quantity > 0),
    delivered_quantity   INTEGER CHECK (delivered_quantity BETWEEN 1 AND quantity),
    people_served        INTEGER CHECK (people_served >= 0),
    -- What was promised, frozen when the claim was made.
    promised_title       {text} NOT NULL,
    promised_description {text} NOT NULL,
    promised_measure     {text},
    promised_quantity    INTEGER,
    promised_from        {time},
    promised_until       {time},
    starts_at            {time},
    ends_at              {time},
    deliver_by           {time},
    due_at               {time},
    note                 {text},
    created_at           {time} NOT NULL,
    updated_at           {time} NOT NULL,
    version              INTEGER NOT NULL DEFAULT 1,
    -- Who stands where follows from the columns above, so the database works it out.
    community_id {id} GENERATED ALWAYS AS (CASE direction WHEN 'UNIT_TO_COMMUNITY' THEN owner_id ELSE claimant_id END) STORED,
    unit_id      {id} GENERATED ALWAYS AS (CASE direction WHEN 'UNIT_TO_COMMUNITY' THEN claimant_id ELSE owner_id END) STORED,
    provider_id  {id} GENERATED ALWAYS AS (CASE item_kind WHEN 'NEED' THEN claimant_id ELSE owner_id END) STORED,
    receiver_id  {id} GENERATED ALWAYS AS (CASE item_kind WHEN 'NEED' THEN owner_id ELSE claimant_id END) STORED,
    awaiting_id  {id} GENERATED ALWAYS AS (CASE
        WHEN status = 'PROPOSED' THEN owner_id
        WHEN status IN ('ACCEPTED', 'IN_PROGRESS') THEN CASE item_kind WHEN 'NEED' THEN claimant_id ELSE owner_id END
        WHEN status = 'DELIVERED' THEN CASE item_kind WHEN 'NEED' THEN owner_id ELSE claimant_id END
        END) STORED,
    CONSTRAINT claim_two_sides CHECK (claimant_id <> owner_id),
    CONSTRAINT claim_times CHECK (ends_at IS NULL OR starts_at IS NULL OR ends_at >= starts_at),
    CONSTRAINT claim_due CHECK (due_at IS NULL OR status IN {live}),
    CONSTRAINT claim_delivered CHECK (status NOT IN ('DELIVERED', 'COMPLETED') OR delivered_quantity IS NOT NULL)
);
CREATE UNIQUE INDEX claim_one_live ON claim (item_id, claimant_id) WHERE status IN {live};
CREATE INDEX claim_of_item ON claim (item_id, id);
CREATE INDEX claim_of_claimant ON claim (claimant_id, id);
CREATE INDEX claim_of_owner ON claim (owner_id, id);
CREATE INDEX claim_of_community ON claim (community_id, id);
CREATE INDEX claim_of_unit ON claim (unit_id, id);
CREATE INDEX claim_awaiting ON claim (awaiting_id, due_at) WHERE status IN {live};
CREATE INDEX claim_by_due ON claim (COALESCE(due_at, 9007199254740992), id);

CREATE TABLE claim_event (
    id              {id}   NOT NULL PRIMARY KEY,
    claim_id        {id}   NOT NULL REFERENCES claim (id),
    action          {text} NOT NULL CHECK (action IN (
        'PROPOSE', 'ACCEPT', 'DECLINE', 'WITHDRAW', 'EXPIRE', 'START', 'DELIVER', 'REWORK', 'CONFIRM', 'CANCEL', 'RATE')),
    from_status     {text} CHECK (from_status IN {statuses}),
    to_status       {text} NOT NULL CHECK (to_status IN {statuses}),
    at              {time} NOT NULL,
    on_behalf_of_id {id}   REFERENCES party (id),
    note            {text},
    quantity        INTEGER,
    people_served   INTEGER,
    CONSTRAINT claim_event_first CHECK ((action = 'PROPOSE') = (from_status IS NULL))
);
CREATE INDEX claim_event_of_claim ON claim_event (claim_id, id);
CREATE INDEX claim_event_by_time ON claim_event (at, id);

CREATE TABLE rating (
    id       {id}   NOT NULL PRIMARY KEY,
    claim_id {id}   NOT NULL REFERENCES claim (id),
    by_id    {id}   NOT NULL REFERENCES party (id),
    stars    INTEGER NOT NULL CHECK (stars BETWEEN 1 AND 5),
    comment  {text},
    at       {time} NOT NULL,
    CONSTRAINT rating_once UNIQUE (claim_id, by_id)
);
"#
);

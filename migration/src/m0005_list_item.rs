//! The three lists (三张清单): needs, resources and services in one table.

crate::dialect::step!(
    r#"
CREATE TABLE list_item (
    id              {id}   NOT NULL PRIMARY KEY,
    kind            {text} NOT NULL CHECK (kind IN ('NEED', 'RESOURCE', 'SERVICE')),
    owner_id        {id}   NOT NULL REFERENCES party (id),
    category_id     {id}   NOT NULL REFERENCES category (id),
    title           {text} NOT NULL CHECK (title <> ''),
    description     {text} NOT NULL,
    status          {text} NOT NULL CHECK (status IN ('DRAFT', 'PUBLISHED', 'CLOSED', 'WITHDRAWN', 'EXPIRED')),
    urgency         {text} NOT NULL CHECK (urgency IN ('NORMAL', 'URGENT', 'EMERGENCY')),
    visibility      {text} NOT NULL CHECK (visibility IN ('PUBLIC', 'PARTIES', 'CHECKED_IN')),
    auto_accept     BOOLEAN NOT NULL,
    open_to_all     BOOLEAN NOT NULL,
    quantity        INTEGER CHECK (quantity > 0),
    -- What claims hold of the quantity; only ever changed by a conditional UPDATE.
    held            BIGINT NOT NULL DEFAULT 0,
    measure         {text},
    beneficiaries   INTEGER CHECK (beneficiaries >= 0),
    available_from  {time},
    available_until {time},
    claim_by        {time},
    -- Where. Until the item has a place of its own, its owner's.
    has_own_place   BOOLEAN NOT NULL,
    area_id         {id}   NOT NULL,
    area_path       {text} NOT NULL,
    address         {text},
    longitude       {real} CHECK (longitude BETWEEN -180 AND 180),
    latitude        {real} CHECK (latitude BETWEEN -90 AND 90),
    contact_name    {text},
    contact_phone   {text},
    form            {text} CHECK (form IN ('VENUE', 'EQUIPMENT', 'FUND', 'TALENT', 'INFORMATION', 'OTHER')),
    mode            {text} CHECK (mode IN ('ON_SITE', 'AT_UNIT', 'ONLINE')),
    frequency       {text},
    published_at    {time},
    created_at      {time} NOT NULL,
    updated_at      {time} NOT NULL,
    version         INTEGER NOT NULL DEFAULT 1,
    {place},
    CONSTRAINT list_item_held CHECK (held >= 0 AND (quantity IS NULL OR held <= quantity)),
    CONSTRAINT list_item_draft CHECK ((status = 'DRAFT') = (published_at IS NULL)),
    CONSTRAINT list_item_window CHECK (available_until IS NULL OR available_from IS NULL OR available_until >= available_from),
    CONSTRAINT list_item_point CHECK ((longitude IS NULL) = (latitude IS NULL)),
    CONSTRAINT list_item_resource CHECK ((kind = 'RESOURCE') = (form IS NOT NULL)),
    CONSTRAINT list_item_service CHECK ((kind = 'SERVICE') = (mode IS NOT NULL) AND (kind = 'SERVICE' OR frequency IS NULL))
);
CREATE INDEX list_item_of_owner ON list_item (owner_id, id);
CREATE INDEX list_item_of_owner_by_kind ON list_item (owner_id, kind, id);
CREATE INDEX list_item_by_kind ON list_item (kind, id);
CREATE INDEX list_item_by_publication ON list_item (kind, COALESCE(published_at, -9007199254740992), id);
CREATE INDEX list_item_by_category ON list_item (category_id, id);
CREATE INDEX list_item_by_place ON list_item (area_id, area_path);
CREATE INDEX list_item_by_path ON list_item (area_path, id);
CREATE INDEX list_item_by_deadline ON list_item (claim_by) WHERE status = 'PUBLISHED';
"#
);

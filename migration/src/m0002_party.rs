//! Parties (参与方): communities and units in one table, so that owner and claimant are real foreign keys.

crate::dialect::step!(
    r#"
CREATE TABLE party (
    id              {id}   NOT NULL PRIMARY KEY,
    kind            {text} NOT NULL CHECK (kind IN ('COMMUNITY', 'UNIT')),
    name            {text} NOT NULL CHECK (name <> ''),
    area_id         {id}   NOT NULL,
    area_path       {text} NOT NULL,
    address         {text},
    longitude       {real} CHECK (longitude BETWEEN -180 AND 180),
    latitude        {real} CHECK (latitude BETWEEN -90 AND 90),
    contact_name    {text},
    contact_phone   {text},
    -- of a community
    committee_kind  {text} CHECK (committee_kind IN ('RESIDENTS_COMMITTEE', 'VILLAGE_COMMITTEE', 'OTHER')),
    population      INTEGER CHECK (population >= 0),
    households      INTEGER CHECK (households >= 0),
    staff_count     INTEGER CHECK (staff_count >= 0),
    secretary_name  {text},
    secretary_phone {text},
    -- of a unit
    short_name      {text},
    credit_code     {text} CONSTRAINT party_credit_code UNIQUE CHECK (length(credit_code) = 18),
    unit_kind       {text} CHECK (unit_kind IN (
        'GOVERNMENT', 'PUBLIC_INSTITUTION', 'STATE_ENTERPRISE', 'PRIVATE_ENTERPRISE', 'SOCIAL_ORGANISATION',
        'SCHOOL', 'HOSPITAL', 'PROPERTY', 'OTHER')),
    unit_level      {text} CHECK (unit_level IN ('CENTRAL', 'PROVINCIAL', 'CITY', 'DISTRICT', 'STREET')),
    member_count    INTEGER CHECK (member_count >= 0),
    version         INTEGER NOT NULL DEFAULT 1,
    created_at      {time} NOT NULL,
    updated_at      {time} NOT NULL,
    {place},
    CONSTRAINT party_point CHECK ((longitude IS NULL) = (latitude IS NULL)),
    CONSTRAINT party_community CHECK ((kind = 'COMMUNITY') = (committee_kind IS NOT NULL)),
    CONSTRAINT party_unit CHECK ((kind = 'UNIT') = (unit_kind IS NOT NULL))
);
CREATE UNIQUE INDEX party_one_community ON party (area_id) WHERE kind = 'COMMUNITY';
CREATE INDEX party_by_place ON party (area_id, area_path);
CREATE INDEX party_by_path ON party (kind, area_path, id);
CREATE INDEX party_by_name ON party (kind, name, id);
CREATE INDEX party_by_kind ON party (kind, id);
"#
);

//! Check-ins (双报到): of units to communities, and of members to the community in which they live.

crate::dialect::step!(
    r#"
CREATE TABLE check_in (
    id           {id}   NOT NULL PRIMARY KEY,
    unit_id      {id}   NOT NULL REFERENCES party (id),
    community_id {id}   NOT NULL REFERENCES party (id),
    area_id      {id}   NOT NULL,
    area_path    {text} NOT NULL,
    status       {text} NOT NULL CHECK (status IN ('PENDING', 'CONFIRMED', 'REJECTED', 'ENDED')),
    requested_at {time} NOT NULL,
    since        {time},
    until        {time},
    version      INTEGER NOT NULL DEFAULT 1,
    updated_at   {time} NOT NULL,
    {place},
    CONSTRAINT check_in_two_sides CHECK (unit_id <> community_id),
    CONSTRAINT check_in_dates CHECK (until IS NULL OR since IS NULL OR until >= since),
    CONSTRAINT check_in_confirmed CHECK (status <> 'CONFIRMED' OR (since IS NOT NULL AND until IS NULL))
);
CREATE UNIQUE INDEX check_in_one_live ON check_in (unit_id, community_id) WHERE status IN ('PENDING', 'CONFIRMED');
CREATE INDEX check_in_of_unit ON check_in (unit_id, id);
CREATE INDEX check_in_of_community ON check_in (community_id, id);
CREATE INDEX check_in_by_place ON check_in (area_id, area_path);
CREATE INDEX check_in_by_path ON check_in (area_path, id);

CREATE TABLE member (
    id           {id}   NOT NULL PRIMARY KEY,
    name         {text} NOT NULL CHECK (name <> ''),
    phone        {text},
    unit_id      {id}   REFERENCES party (id),
    specialities {text} NOT NULL DEFAULT '[]',
    version      INTEGER NOT NULL DEFAULT 1,
    created_at   {time} NOT NULL,
    updated_at   {time} NOT NULL
);
CREATE INDEX member_of_unit ON member (unit_id, id);

CREATE TABLE member_check_in (
    id           {id}   NOT NULL PRIMARY KEY,
    member_id    {id}   NOT NULL REFERENCES member (id),
    community_id {id}   NOT NULL REFERENCES party (id),
    area_id      {id}   NOT NULL,
    area_path    {text} NOT NULL,
    status       {text} NOT NULL CHECK (status IN ('PENDING', 'CONFIRMED', 'REJECTED', 'ENDED')),
    requested_at {time} NOT NULL,
    since        {time},
    until        {time},
    version      INTEGER NOT NULL DEFAULT 1,
    updated_at   {time} NOT NULL,
    {place},
    CONSTRAINT member_check_in_dates CHECK (until IS NULL OR since IS NULL OR until >= since),
    CONSTRAINT member_check_in_confirmed CHECK (status <> 'CONFIRMED' OR (since IS NOT NULL AND until IS NULL))
);
CREATE UNIQUE INDEX member_check_in_one_live ON member_check_in (member_id, community_id)
    WHERE status IN ('PENDING', 'CONFIRMED');
CREATE INDEX member_check_in_of_member ON member_check_in (member_id, id);
CREATE INDEX member_check_in_of_community ON member_check_in (community_id, id);
CREATE INDEX member_check_in_by_place ON member_check_in (area_id, area_path);
"#
);

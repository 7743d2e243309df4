//! The tree of areas (区域): one table from province to building.

crate::dialect::step!(
    r#"
CREATE TABLE area (
    id         {id}   NOT NULL PRIMARY KEY,
    parent_id  {id}   REFERENCES area (id),
    level      {text} NOT NULL CONSTRAINT area_level CHECK (level IN (
        'PROVINCE', 'CITY', 'DISTRICT', 'STREET', 'COMMUNITY', 'COMPOUND', 'GRID', 'MICRO_GRID', 'BUILDING')),
    code       {text} NOT NULL CONSTRAINT area_code UNIQUE CHECK (code <> ''),
    name       {text} NOT NULL CHECK (name <> ''),
    -- The codes from the root down to this one, each followed by a slash. Everything below an area is one range of paths.
    path       {text} NOT NULL CONSTRAINT area_path UNIQUE CHECK (path LIKE '%/'),
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    CONSTRAINT area_place UNIQUE (id, path)
);
CREATE INDEX area_children ON area (parent_id, path);
CREATE INDEX area_by_level ON area (level, path);
"#
);

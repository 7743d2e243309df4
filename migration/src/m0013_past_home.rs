//! Where parties had their homes before: what happened then stays with those who oversaw it.

crate::dialect::step!(
    r#"
CREATE TABLE past_home (
    id        {id}   NOT NULL PRIMARY KEY,
    party_id  {id}   NOT NULL REFERENCES party (id),
    area_id   {id}   NOT NULL,
    area_path {text} NOT NULL,
    -- From when on; nothing where it is the first that is known.
    since     {time},
    until     {time} NOT NULL,
    {place},
    CONSTRAINT past_home_time CHECK (since IS NULL OR since <= until)
);
CREATE INDEX past_home_of_party ON past_home (party_id, until);
CREATE INDEX past_home_by_place ON past_home (area_id, area_path);
"#
);

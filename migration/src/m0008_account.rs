//! Accounts: who signs in, what each may do where, and what they sign in with.

crate::dialect::step!(
    r#"
CREATE TABLE account (
    id            {id}   NOT NULL PRIMARY KEY,
    username      {text} NOT NULL CONSTRAINT account_username UNIQUE CHECK (username <> ''),
    name          {text} NOT NULL CHECK (name <> ''),
    -- argon2id, as a PHC string; none where the account signs in elsewhere alone.
    password_hash {text},
    -- What an outside identity provider calls it.
    subject       {text} CONSTRAINT account_subject UNIQUE,
    is_disabled   BOOLEAN NOT NULL,
    is_demo       BOOLEAN NOT NULL,
    created_by_id {id}   REFERENCES account (id),
    version       INTEGER NOT NULL DEFAULT 1,
    created_at    {time} NOT NULL,
    updated_at    {time} NOT NULL
);
CREATE INDEX account_of_creator ON account (created_by_id, id);

CREATE TABLE account_grant (
    id            {id}   NOT NULL PRIMARY KEY,
    account_id    {id}   NOT NULL REFERENCES account (id),
    role          {text} NOT NULL CHECK (role IN (
        'UNIT_LIAISON', 'COMMUNITY_STAFF', 'GRID_WORKER', 'MEMBER', 'AREA_MANAGER', 'ANALYST', 'ADMIN')),
    -- Where it holds: a party, a person, an area and all below, or everywhere.
    party_id      {id}   REFERENCES party (id),
    member_id     {id}   REFERENCES member (id),
    area_id       {id},
    area_path     {text},
    granted_by_id {id}   REFERENCES account (id),
    granted_at    {time} NOT NULL,
    expires_at    {time},
    {place},
    CONSTRAINT account_grant_place CHECK ((area_id IS NULL) = (area_path IS NULL)),
    CONSTRAINT account_grant_scope CHECK (
        (party_id IS NOT NULL) = (role IN ('UNIT_LIAISON', 'COMMUNITY_STAFF'))
        AND (member_id IS NOT NULL) = (role = 'MEMBER')
        AND (area_id IS NOT NULL) = (role IN ('GRID_WORKER', 'AREA_MANAGER', 'ANALYST')))
);
CREATE UNIQUE INDEX account_grant_once ON account_grant (account_id, role, COALESCE(party_id, member_id, area_id, account_id));
CREATE INDEX account_grant_on_party ON account_grant (party_id, id);
CREATE INDEX account_grant_on_member ON account_grant (member_id, id);
CREATE INDEX account_grant_on_area ON account_grant (area_path, id);
CREATE INDEX account_grant_by_place ON account_grant (area_id, area_path);

-- A sign-in, and all that was refreshed from it.
CREATE TABLE session (
    id         {id}   NOT NULL PRIMARY KEY,
    account_id {id}   NOT NULL REFERENCES account (id),
    created_at {time} NOT NULL,
    expires_at {time} NOT NULL,
    ended_at   {time}
);
CREATE INDEX session_of_account ON session (account_id, id);
CREATE INDEX session_by_expiry ON session (expires_at);

CREATE TABLE refresh_token (
    -- SHA-256 of the token, in hex: the token itself is nowhere.
    hash       {text} NOT NULL PRIMARY KEY,
    session_id {id}   NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    created_at {time} NOT NULL,
    expires_at {time} NOT NULL,
    spent_at   {time}
);
CREATE INDEX refresh_token_of_session ON refresh_token (session_id);

-- What scripts sign in with.
CREATE TABLE access_token (
    id         {id}   NOT NULL PRIMARY KEY,
    account_id {id}   NOT NULL REFERENCES account (id),
    name       {text} NOT NULL CHECK (name <> ''),
    hash       {text} NOT NULL CONSTRAINT access_token_hash UNIQUE,
    may_write  BOOLEAN NOT NULL,
    created_at {time} NOT NULL,
    expires_at {time} NOT NULL,
    revoked_at {time}
);
CREATE INDEX access_token_of_account ON access_token (account_id, id);

-- Failed sign-ins of late, by account and by address.
CREATE TABLE sign_in_failure (
    subject  {text} NOT NULL PRIMARY KEY,
    failures INTEGER NOT NULL CHECK (failures > 0),
    since    {time} NOT NULL
);
CREATE INDEX sign_in_failure_by_time ON sign_in_failure (since);
"#
);

//! Signing in: from where an account succeeded, who spent a refresh token, and what other identity providers call accounts.

crate::dialect::step!(
    r#"
-- From which network it was opened, hashed under the servers' key.
ALTER TABLE session ADD COLUMN network {text};
CREATE INDEX session_by_network ON session (account_id, network, created_at);

-- Which client spent it, hashed under the servers' key: one whose answer was lost is given the same answer again.
ALTER TABLE refresh_token ADD COLUMN spent_by {text};

-- What an identity provider calls an account. Where nobody knows yet which provider it will be, account.subject has it.
CREATE TABLE outside_identity (
    issuer     {text} NOT NULL CHECK (issuer <> ''),
    subject    {text} NOT NULL CHECK (subject <> ''),
    account_id {id}   NOT NULL REFERENCES account (id),
    CONSTRAINT outside_identity_key PRIMARY KEY (issuer, subject),
    CONSTRAINT outside_identity_once UNIQUE (account_id, issuer)
);
"#
);

//! Access tokens of sessions: signed words that say who asks, in which session, and until when.
//!
//! They are JWTs under HMAC-SHA-256: the servers that sign are the servers that verify, so a pair of keys would only be longer.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use sea_orm::prelude::Uuid;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::crypto;
use crate::kernel::error::{Error, Result};

/// What a signing key has at least, in bytes: as much as its hash tells apart.
pub const SHORTEST_KEY: usize = 32;

/// What a refresh token begins with.
pub const REFRESH_TOKEN: &str = "refresh_";

/// Who signs, and for whom: ourselves.
const ISSUER: &str = "cobuild";

/// The key that signs access tokens, the same on every server of one database.
pub struct SigningKey {
    signs: EncodingKey,
    verifies: DecodingKey,
    validation: Validation,
    pepper: [u8; 32],
    successors: [u8; 32],
    names: [u8; 32],
}

/// What a token says.
#[derive(Debug, Deserialize, Serialize)]
struct Claims {
    iss: String,
    aud: String,
    /// The account.
    sub: String,
    /// The session.
    sid: String,
    /// When it was signed, and until when it is good, in seconds since 1970.
    iat: i64,
    exp: i64,
}

/// Whom a token names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Named {
    /// The account.
    pub account: Uuid,
    /// The session.
    pub session: Uuid,
}

impl SigningKey {
    /// The key with these bytes, of which there must be enough.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Option<Self> {
        (bytes.len() >= SHORTEST_KEY).then(|| Self::of(bytes))
    }

    /// A key that nobody else has.
    #[must_use]
    pub fn random() -> Self {
        Self::of(&rand::random::<[u8; SHORTEST_KEY]>())
    }

    fn of(bytes: &[u8]) -> Self {
        crypto::install();
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[ISSUER]);
        validation.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
        // Our own clock says when a token is void.
        validation.validate_exp = false;
        let pepper = Sha256::new().chain_update("cobuild fingerprints\0").chain_update(bytes).finalize().into();
        let names = crypto::keyed_hash(bytes, "cobuild names in the log");
        let successors = crypto::keyed_hash(bytes, "cobuild refresh tokens");
        let (signs, verifies) = (EncodingKey::from_secret(bytes), DecodingKey::from_secret(bytes));
        Self { signs, verifies, validation, pepper, names, successors }
    }

    /// What keeps fingerprints of secrets from being guessed by whoever reads them.
    #[must_use]
    pub fn pepper(&self) -> &[u8] {
        &self.pepper
    }

    /// What stands for a text in the database: the same for the same text while the key stays, and nothing that tells it to whoever
    /// reads the database.
    #[must_use]
    pub fn fingerprint(&self, text: &str) -> String {
        crypto::keyed_hash(&self.pepper, text).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The refresh token that follows on this one: the same whoever works it out and however often, and nothing that can be worked
    /// out without the key.
    #[must_use]
    pub fn successor(&self, refresh_token: &str) -> String {
        format!("{REFRESH_TOKEN}{}", URL_SAFE_NO_PAD.encode(crypto::keyed_hash(&self.successors, refresh_token)))
    }

    /// What stands for a name in the log: the same for the same name while the key stays, and nothing that tells the name to whoever
    /// reads the log.
    #[must_use]
    pub fn pseudonym(&self, name: &str) -> String {
        crypto::keyed_hash(&self.names, name).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }

    /// A token that names an account and its session, good from `now` until `until`.
    ///
    /// # Errors
    /// Where signing fails: a fault of ours.
    pub fn sign(&self, named: Named, now: Timestamp, until: Timestamp) -> Result<String> {
        let claims = Claims {
            iss: ISSUER.into(),
            aud: ISSUER.into(),
            sub: named.account.to_string(),
            sid: named.session.to_string(),
            iat: now.milliseconds().div_euclid(1_000),
            exp: until.milliseconds().div_euclid(1_000),
        };
        encode(&Header::new(Algorithm::HS256), &claims, &self.signs)
            .map_err(|error| Error::Internal(format!("cannot sign a token: {error}")))
    }

    /// Whom a token names, if we signed it and it is good now.
    #[must_use]
    pub fn verify(&self, token: &str, now: Timestamp) -> Option<Named> {
        let Claims { sub, sid, exp, .. } = decode(token, &self.verifies, &self.validation).ok()?.claims;
        let named = Named { account: Uuid::parse_str(&sub).ok()?, session: Uuid::parse_str(&sid).ok()? };
        (now.milliseconds() < exp.saturating_mul(1_000)).then_some(named)
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKey")
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    const NAMED: Named = Named { account: Uuid::from_u128(1), session: Uuid::from_u128(2) };

    #[test]
    fn a_token_is_good_until_its_time_and_under_its_key() {
        let key = SigningKey::new(&[7; 32]).unwrap();
        let token = key.sign(NAMED, Timestamp(1_000), Timestamp(9_000)).unwrap();
        assert_eq!(key.verify(&token, Timestamp(8_999)), Some(NAMED));
        assert_eq!(key.verify(&token, Timestamp(9_000)), None);
        assert_eq!(SigningKey::new(&[8; 32]).unwrap().verify(&token, Timestamp(1_000)), None);
        assert!(SigningKey::new(&[7; 31]).is_none());
    }

    #[test]
    fn a_refresh_token_has_one_successor_under_each_key() {
        let (key, other) = (SigningKey::new(&[7; 32]).unwrap(), SigningKey::new(&[8; 32]).unwrap());
        let next = key.successor("refresh_one");
        assert_eq!(next, SigningKey::new(&[7; 32]).unwrap().successor("refresh_one"));
        assert!(next.starts_with("refresh_") && next.len() == 51 && next != key.successor(&next));
        assert_ne!(next, other.successor("refresh_one"));
        assert_ne!(key.fingerprint("network 198.51.100.7"), other.fingerprint("network 198.51.100.7"));
    }

    #[test]
    fn what_was_changed_cut_or_not_signed_is_void() {
        let key = SigningKey::new(&[7; 32]).unwrap();
        let token = key.sign(NAMED, Timestamp(1_000), Timestamp(9_000)).unwrap();
        let parts: Vec<&str> = token.split('.').collect();
        let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#);
        let claims = String::from_utf8(URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap();
        let other = URL_SAFE_NO_PAD.encode(claims.replace("000000000001", "000000000003"));
        let forged = [
            format!("{none}.{}.", parts[1]),
            format!("{none}.{}.{}", parts[1], parts[2]),
            format!("{}.{other}.{}", parts[0], parts[2]),
            format!("{}.{}.", parts[0], parts[1]),
            format!("{}.{}", parts[0], parts[1]),
            token[..token.len() - 1].to_owned(),
            format!("{token}A"),
            String::new(),
            "..".to_owned(),
        ];
        for forged in forged {
            assert_eq!(key.verify(&forged, Timestamp(1_000)), None, "{forged}");
        }
    }
}

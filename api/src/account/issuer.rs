//! An identity provider besides ourselves: its tokens are verified by the keys that it publishes (JWKS).

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use entity::Timestamp;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, dangerous, decode, decode_header};
use serde::Deserialize;
use tokio::sync::Mutex;

use super::crypto;

/// So long keys are believed before they are asked for again, in milliseconds, and so long after a failure or for a key that is
/// not among them: whoever sends made-up tokens must not make us ask for ever.
const FRESH: i64 = 60 * 60_000;
const PATIENCE: i64 = 60_000;

/// How long asking may take, and how much the answer may be, in bytes.
const TIMEOUT: Duration = Duration::from_secs(10);
const LARGEST: u64 = 1 << 20;

/// Where keys are published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// In a file.
    File(PathBuf),
    /// At an address.
    Url(String),
}

/// An identity provider.
#[derive(Debug)]
pub struct Issuer {
    name: String,
    audience: String,
    source: Source,
    keys: RwLock<Arc<Vec<Key>>>,
    asked: Mutex<Option<Timestamp>>,
}

#[derive(Clone, Debug)]
struct Key {
    id: Option<String>,
    algorithm: Algorithm,
    key: DecodingKey,
}

#[derive(Debug, Deserialize)]
struct Claims {
    sub: String,
    exp: i64,
    nbf: Option<i64>,
}

#[derive(Deserialize)]
struct Whose {
    iss: Option<String>,
}

impl Issuer {
    /// The provider that calls itself `name` in its tokens, and us `audience`. No key is known yet.
    #[must_use]
    pub fn new(name: String, audience: String, source: Source) -> Self {
        crypto::install();
        Self { name, audience, source, keys: RwLock::default(), asked: Mutex::default() }
    }

    /// Whether a token says that it is this provider's. Nothing of it is believed yet.
    #[must_use]
    pub fn claims(&self, token: &str) -> bool {
        let whose = dangerous::insecure_decode_claims::<Whose>(token);
        whose.is_ok_and(|whose| whose.iss.as_deref() == Some(self.name.as_str()))
    }

    /// Whom a token names, if this provider signed it for us and it is good now.
    pub async fn verify(&self, token: &str, now: Timestamp) -> Option<String> {
        let header = decode_header(token).ok()?;
        let key = match self.key(header.kid.as_deref(), header.alg) {
            Some(key) if !self.is_stale(now).await => key,
            known => {
                self.refresh(now).await;
                self.key(header.kid.as_deref(), header.alg).or(known)?
            }
        };
        let mut validation = Validation::new(key.algorithm);
        validation.set_issuer(&[&self.name]);
        validation.set_audience(&[&self.audience]);
        validation.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
        // Our own clock says what is good now.
        (validation.validate_exp, validation.validate_nbf) = (false, false);
        let claims = decode::<Claims>(token, &key.key, &validation).ok()?.claims;
        let seconds = now.milliseconds().div_euclid(1_000);
        // Two machines' clocks may differ by this much.
        let has_begun = claims.nbf.is_none_or(|begins| begins <= seconds.saturating_add(60));
        (has_begun && seconds < claims.exp).then_some(claims.sub)
    }

    /// The key with this id, or the only one for the algorithm where the token names none.
    fn key(&self, id: Option<&str>, algorithm: Algorithm) -> Option<Key> {
        let keys = Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner));
        let mut fitting =
            keys.iter().filter(|key| key.algorithm == algorithm && (id.is_none() || key.id.as_deref() == id));
        match (fitting.next(), fitting.next()) {
            (Some(key), None) => Some(key.clone()),
            _ => None,
        }
    }

    async fn is_stale(&self, now: Timestamp) -> bool {
        self.asked.lock().await.is_none_or(|asked| asked.plus(FRESH) <= now)
    }

    /// Asks for the keys again, unless that was done a moment ago. Whoever asks meanwhile waits for the same answer.
    async fn refresh(&self, now: Timestamp) {
        let mut asked = self.asked.lock().await;
        if asked.is_some_and(|asked| now < asked.plus(PATIENCE)) {
            return;
        }
        *asked = Some(now);
        if let Err(error) = self.read().await {
            tracing::error!(%error, issuer = self.name, "Cannot read the keys of the identity provider");
        }
    }

    /// Reads the keys. Those that we cannot use are left out.
    ///
    /// # Errors
    /// Where there is nothing to read, or it is no set of keys.
    pub async fn read(&self) -> Result<(), String> {
        let source = self.source.clone();
        let text = tokio::task::spawn_blocking(move || fetch(&source)).await.map_err(|error| error.to_string())??;
        let set: serde_json::Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
        let keys = set.get("keys").and_then(serde_json::Value::as_array).ok_or("there is no list of keys")?;
        let keys: Vec<Key> = keys.iter().filter_map(|key| usable(&serde_json::from_value(key.clone()).ok()?)).collect();
        if keys.is_empty() {
            return Err("there is no key for RS256, ES256 or EdDSA".into());
        }
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
        Ok(())
    }
}

fn fetch(source: &Source) -> Result<String, String> {
    match source {
        Source::File(path) => {
            std::fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
        }
        Source::Url(url) => {
            use ureq::tls::{RootCerts, TlsConfig};
            // What this machine trusts, an intranet's own authority among it.
            let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
            let agent = ureq::Agent::config_builder().timeout_global(Some(TIMEOUT)).tls_config(tls).build();
            let answer = ureq::Agent::new_with_config(agent).get(url).call();
            let mut answer = answer.map_err(|error| format!("cannot read {url}: {error}"))?;
            let text = answer.body_mut().with_config().limit(LARGEST).read_to_string();
            text.map_err(|error| format!("cannot read {url}: {error}"))
        }
    }
}

/// A public key for signatures that we verify, with the one algorithm that it is for: a token does not choose.
fn usable(jwk: &Jwk) -> Option<Key> {
    let algorithm = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => Algorithm::RS256,
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => Algorithm::ES256,
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => Algorithm::EdDSA,
        _ => return None,
    };
    let is_for_it = jwk.common.key_algorithm.is_none_or(|said| said == algorithm.into());
    let signs = !matches!(jwk.common.public_key_use, Some(jsonwebtoken::jwk::PublicKeyUse::Encryption));
    let key = DecodingKey::from_jwk(jwk).ok().filter(|_| is_for_it && signs)?;
    Some(Key { id: jwk.common.key_id.clone(), algorithm, key })
}

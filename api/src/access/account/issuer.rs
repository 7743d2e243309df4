//! An identity provider besides ourselves: its tokens are verified by the keys that it publishes (JWKS).

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use entity::Timestamp;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk};
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation, dangerous, decode, decode_header};
use serde::{Deserialize, Deserializer};
use tokio::sync::watch;

use super::crypto;

/// So long keys are believed before they are asked for again, in milliseconds, and so long nobody asks again for a key that is not
/// among them: whoever sends made-up tokens must not make us ask for ever.
const FRESH: i64 = 60 * 60_000;
const PATIENCE: i64 = 60_000;

/// How long asking may take, and how much the answer may be, in bytes.
const TIMEOUT: Duration = Duration::from_secs(10);
const LARGEST: u64 = 1 << 20;

/// By how many seconds two machines' clocks may differ.
const SKEW: i64 = 60;

/// Where keys are published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// In a file.
    File(PathBuf),
    /// At an address.
    Url(String),
}

/// What is asked of a provider's tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// What it calls itself.
    pub issuer: String,
    /// What it calls us.
    pub audience: String,
    /// Of a token that is for several: to whom it may have been given. Where nobody is named, to us alone.
    pub clients: Vec<String>,
    /// For how long a token may be good, in seconds.
    pub longest_life: i64,
}

impl Expected {
    /// For how long a token may be good where nobody says: a day.
    pub const LONGEST_LIFE: i64 = 24 * 3_600;
}

/// An identity provider.
#[derive(Debug)]
pub struct Issuer {
    expected: Expected,
    keys: Arc<Keys>,
    asked: Mutex<Option<Asked>>,
}

/// The keys that a provider publishes, as they were read last.
#[derive(Debug)]
struct Keys {
    source: Source,
    known: RwLock<Arc<Vec<Key>>>,
}

/// When the keys were asked for, and whether that has ended.
#[derive(Debug)]
struct Asked {
    at: Timestamp,
    has_ended: watch::Receiver<bool>,
}

#[derive(Clone, Debug)]
struct Key {
    id: Option<String>,
    algorithm: Algorithm,
    key: DecodingKey,
}

/// Moments are in seconds since 1970, and may have a fraction.
#[derive(Debug, Deserialize)]
struct Claims {
    sub: String,
    /// One, or several.
    aud: serde_json::Value,
    azp: Option<String>,
    #[serde(deserialize_with = "seconds")]
    exp: i64,
    #[serde(default, deserialize_with = "some_seconds")]
    iat: Option<i64>,
    #[serde(default, deserialize_with = "some_seconds")]
    nbf: Option<i64>,
}

#[derive(Deserialize)]
struct Whose {
    iss: Option<String>,
}

impl Issuer {
    /// The provider whose tokens are to be so. No key is known yet.
    #[must_use]
    pub fn new(expected: Expected, source: Source) -> Self {
        crypto::install();
        let keys = Keys { source, known: RwLock::default() };
        Self { expected, keys: Arc::new(keys), asked: Mutex::default() }
    }

    /// What it calls itself.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.expected.issuer
    }

    /// Whether a token says that it is this provider's. Nothing of it is believed yet.
    #[must_use]
    pub fn claims(&self, token: &str) -> bool {
        let whose = dangerous::insecure_decode_claims::<Whose>(token);
        whose.is_ok_and(|whose| whose.iss.as_deref() == Some(self.name()))
    }

    /// Whom a token names, if this provider signed it for us and it is good now.
    pub async fn verify(&self, token: &str, now: Timestamp) -> Option<String> {
        let header = decode_header(token).ok().filter(is_for_access)?;
        let key = self.key(&header, now).await?;
        let mut validation = Validation::new(key.algorithm);
        validation.set_issuer(&[self.name()]);
        validation.set_audience(&[&self.expected.audience]);
        validation.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
        // Our own clock says what is good now.
        (validation.validate_exp, validation.validate_nbf) = (false, false);
        let claims = decode::<Claims>(token, &key.key, &validation).ok()?.claims;
        (self.expected.is_for_us(&claims) && self.expected.is_good(&claims, now)).then_some(claims.sub)
    }

    /// The key that a token names. Only whoever names one that is not known waits for keys to be read.
    async fn key(&self, header: &Header, now: Timestamp) -> Option<Key> {
        let known = self.keys.find(header);
        if known.is_some() {
            self.ask(now, FRESH);
            return known;
        }
        // Whether whoever asked is still there or not, it has ended then.
        let _ = self.ask(now, PATIENCE).wait_for(|has_ended| *has_ended).await;
        self.keys.find(header)
    }

    /// Asks for the keys, unless that was done within so many milliseconds. It goes on by itself: nobody has to wait.
    fn ask(&self, now: Timestamp, within: i64) -> watch::Receiver<bool> {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(asked) = asked.as_ref().filter(|asked| now < asked.at.plus(within)) {
            return asked.has_ended.clone();
        }
        let (end, has_ended) = watch::channel(false);
        *asked = Some(Asked { at: now, has_ended: has_ended.clone() });
        let (keys, issuer) = (Arc::clone(&self.keys), self.name().to_owned());
        tokio::spawn(async move {
            if let Err(error) = keys.read().await {
                tracing::error!(error, issuer, "Cannot read the keys of the identity provider");
            }
            end.send_replace(true);
        });
        has_ended
    }

    /// Reads the keys. Those that we cannot use are left out.
    ///
    /// # Errors
    /// Where there is nothing to read, or it is no set of keys.
    pub async fn read(&self) -> Result<(), String> {
        self.keys.read().await
    }
}

impl Keys {
    /// The key with the id that a token names, or the only one for its algorithm where it names none.
    fn find(&self, header: &Header) -> Option<Key> {
        let keys = Arc::clone(&self.known.read().unwrap_or_else(PoisonError::into_inner));
        let id = header.kid.as_deref();
        let mut fitting =
            keys.iter().filter(|key| key.algorithm == header.alg && (id.is_none() || key.id.as_deref() == id));
        match (fitting.next(), fitting.next()) {
            (Some(key), None) => Some(key.clone()),
            _ => None,
        }
    }

    async fn read(&self) -> Result<(), String> {
        let source = self.source.clone();
        let text = tokio::task::spawn_blocking(move || fetch(&source)).await.map_err(|error| error.to_string())??;
        let set: serde_json::Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
        let keys = set.get("keys").and_then(serde_json::Value::as_array).ok_or("there is no list of keys")?;
        let keys: Vec<Key> = keys.iter().filter_map(|key| usable(&serde_json::from_value(key.clone()).ok()?)).collect();
        if keys.is_empty() {
            return Err("there is no key for RS256, ES256 or EdDSA".into());
        }
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
        Ok(())
    }
}

impl Expected {
    /// Whether a token was given to somebody who may use it here: one that is for several says to whom.
    fn is_for_us(&self, claims: &Claims) -> bool {
        let is_for_several = claims.aud.as_array().is_some_and(|all| all.len() > 1);
        let is_named = |client: &String| match self.clients.as_slice() {
            [] => *client == self.audience,
            clients => clients.contains(client),
        };
        !is_for_several || claims.azp.as_ref().is_some_and(is_named)
    }

    /// Whether a token is good now, and not for too long.
    fn is_good(&self, claims: &Claims, now: Timestamp) -> bool {
        let now = now.milliseconds().div_euclid(1_000);
        let has_begun = |moment: Option<i64>| moment.is_none_or(|moment| moment <= now.saturating_add(SKEW));
        let life = claims.exp.saturating_sub(claims.iat.unwrap_or(now));
        now < claims.exp && has_begun(claims.nbf) && has_begun(claims.iat) && life <= self.longest_life
    }
}

/// Whether a token is of a kind that lets somebody in, and asks for nothing that we do not know.
fn is_for_access(header: &Header) -> bool {
    let kind = header.typ.as_deref().map(str::to_ascii_lowercase);
    let kind = kind.as_deref().map(|kind| kind.strip_prefix("application/").unwrap_or(kind));
    matches!(kind, None | Some("jwt" | "at+jwt")) && header.crit.is_none()
}

fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    // What is beyond the ends of time is at its end.
    f64::deserialize(deserializer).map(|seconds| seconds.floor() as i64)
}

fn some_seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    Option::<f64>::deserialize(deserializer).map(|seconds| seconds.map(|seconds| seconds.floor() as i64))
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
            // Whoever could send us elsewhere could give us their keys.
            let agent = ureq::Agent::config_builder().timeout_global(Some(TIMEOUT)).max_redirects(0).tls_config(tls);
            let answer = ureq::Agent::new_with_config(agent.build()).get(url).call();
            let mut answer = answer.map_err(|error| format!("cannot read {url}: {error}"))?;
            if answer.status() != 200 {
                return Err(format!("cannot read {url}: it answers {}", answer.status()));
            }
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

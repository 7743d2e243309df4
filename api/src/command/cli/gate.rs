//! The gate of a server, as the settings have it: the key that signs, and who else may vouch.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::Failure;
use crate::access::account::Gate;
use crate::access::account::issuer::{Expected, Issuer};
use crate::access::account::throttle::Throttle;
use crate::access::account::token::{SHORTEST_KEY, SigningKey};
use crate::database::sqlite_path;
use crate::private;
use crate::server::config::{Settings, SignIn, USUAL_DATABASE};

const NO_KEY: &str = "on PostgreSQL, COBUILD_SIGNING_KEY or COBUILD_SIGNING_KEY_FILE must be set, to the same on every \
    server; `openssl rand -hex 32` makes a good one";

/// The gate of a server that is about to listen.
pub(super) async fn gate(settings: &Settings) -> Result<Gate, Failure> {
    let sign_in = &settings.sign_in;
    let mut gate = Gate::new(key(settings)?);
    gate.admits_demo = sign_in.demo_accounts.is_on();
    gate.access_lasts = (sign_in.access_token_lifetime.0 * 1_000.0) as i64;
    gate.throttle = Throttle {
        of_account_from_network: sign_in.sign_in_failures,
        of_account: sign_in.sign_in_failures_of_account,
        of_network: sign_in.sign_in_failures_of_address,
        spares_loopback: !settings.front.rate_limit_loopback.is_on(),
    };
    gate.issuer = issuer(sign_in)?;
    if let Some(issuer) = &gate.issuer {
        // It may be out of reach for a while; its keys are asked for again when they are needed.
        issuer.read().await.unwrap_or_else(|error| tracing::error!(error, "Cannot read the keys of --oidc-jwks"));
    }
    Ok(gate)
}

fn issuer(sign_in: &SignIn) -> Result<Option<Issuer>, Failure> {
    match (&sign_in.oidc_issuer, &sign_in.oidc_audience, &sign_in.oidc_jwks) {
        (Some(name), Some(audience), Some(source)) => {
            let expected = Expected {
                issuer: name.clone(),
                audience: audience.clone(),
                clients: sign_in.oidc_clients.clone(),
                longest_life: sign_in.oidc_longest_life.0 as i64,
            };
            Ok(Some(Issuer::new(expected, source.clone())))
        }
        (None, None, None) => Ok(None),
        _ => Err("--oidc-issuer, --oidc-audience and --oidc-jwks go together: give all three or none".into()),
    }
}

/// The key that signs: the one that is set; on SQLite, else the one beside the database.
fn key(settings: &Settings) -> Result<SigningKey, Failure> {
    let SignIn { signing_key, signing_key_file, .. } = &settings.sign_in;
    let url = settings.database_url.as_deref().unwrap_or(USUAL_DATABASE);
    let (text, name) = match (signing_key, signing_key_file) {
        (Some(_), Some(_)) => return Err("COBUILD_SIGNING_KEY and COBUILD_SIGNING_KEY_FILE are both set".into()),
        (Some(key), None) => (key.clone(), "COBUILD_SIGNING_KEY".to_owned()),
        (None, Some(file)) => (read(file)?, file.display().to_string()),
        (None, None) if !url.starts_with("sqlite:") => return Err(NO_KEY.into()),
        (None, None) => {
            // A database in memory ends with its server, and so may its key.
            let Some(path) = sqlite_path(url) else { return Ok(SigningKey::random()) };
            let file = with_ending(path, ".key");
            (keep(&file)?, file.display().to_string())
        }
    };
    let bytes = text.trim().as_bytes();
    let short = || format!("{name} holds {} bytes; a signing key has at least {SHORTEST_KEY}", bytes.len());
    Ok(SigningKey::new(bytes).ok_or_else(short)?)
}

fn read(file: &Path) -> Result<String, Failure> {
    fs::read_to_string(file).map_err(|error| format!("cannot read {}: {error}", file.display()).into())
}

/// The key in this file, which is made if it is not there: whole, or not at all, and for nobody else to read.
fn keep(file: &Path) -> Result<String, Failure> {
    if !file.exists() {
        make(file).map_err(|error| format!("cannot make {}: {error}", file.display()))?;
    }
    let mode = fs::metadata(file).map(|metadata| metadata.permissions().mode())?;
    if mode & 0o077 != 0 {
        tracing::warn!("{} can be read by others: whoever reads it can sign in as anybody", file.display());
    }
    read(file)
}

fn make(file: &Path) -> Result<(), std::io::Error> {
    let draft = with_ending(file, ".new");
    if let Some(folder) = file.parent() {
        private::folder(folder)?;
    }
    let key: String = rand::random::<[u8; 32]>().iter().map(|byte| format!("{byte:02x}")).collect();
    // One that a crash left behind.
    let _ = fs::remove_file(&draft);
    let mut written = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
    written.write_all(key.as_bytes())?;
    written.sync_all()?;
    // Another server that starts at this moment may have been quicker: its key holds.
    let linked = fs::hard_link(&draft, file);
    fs::remove_file(&draft)?;
    linked.or_else(|error| if error.kind() == ErrorKind::AlreadyExists { Ok(()) } else { Err(error) })
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(ending);
    path.into()
}

//! Tokens of another identity provider.

use api::account::Gate;
use api::account::issuer::{Issuer, Source};
use api::account::token::SigningKey;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::harness::{Client, World, case};

const NAME: &str = "https://id.example.org";

/// A provider with a key, which it publishes in a file.
struct Provider {
    folder: TempDir,
    key: Ed25519KeyPair,
}

impl Provider {
    fn new(seed: u8) -> Self {
        let key = Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap();
        Self { folder: tempfile::tempdir().unwrap(), key }
    }

    fn publish(&self, id: &str) {
        let x = URL_SAFE_NO_PAD.encode(self.key.public_key());
        // The first is one that we cannot use, and a good reason for nothing.
        let keys = json!({ "keys": [{ "kty": "AKP", "alg": "ML-DSA-44" }, { "kty": "OKP", "crv": "Ed25519", "kid": id, "x": x }] });
        std::fs::write(self.folder.path().join("jwks.json"), keys.to_string()).unwrap();
    }

    fn door(&self, world: &World) -> Client {
        Self::door_to(world, Source::File(self.folder.path().join("jwks.json")))
    }

    fn door_to(world: &World, source: Source) -> Client {
        let issuer = Issuer::new(NAME.into(), "cobuild-portal".into(), source);
        world.stranger_with(Gate { issuer: Some(issuer), ..Gate::new(SigningKey::random()) })
    }

    fn token(&self, id: &str, claims: &Value) -> String {
        let text = unsigned(&json!({ "alg": "EdDSA", "kid": id }), claims);
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(self.key.sign(text.as_bytes())))
    }
}

fn unsigned(header: &Value, claims: &Value) -> String {
    format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()))
}

/// Good until an hour after the world's beginning.
fn claims(world: &World) -> Value {
    let until = world.now.milliseconds() / 1_000 + 3_600;
    json!({ "iss": NAME, "aud": ["cobuild-portal", "another"], "sub": "u-17", "exp": until })
}

async fn is_in(client: &Client, token: &str) {
    let who = client.with_token(token).read("{ viewer { account { username } } }").await;
    assert_eq!(who["viewer"]["account"]["username"], "lihua");
}

async fn is_out(client: &Client, token: &str) {
    client.with_token(token).ask("{ viewer { id } }").await.refused("UNAUTHENTICATED");
}

async fn lihua(world: &World) {
    world.given.account().called("lihua").with(|row| row.subject = Some("u-17".into())).await;
}

case!(whom_the_provider_vouches_for_is_let_in);
async fn whom_the_provider_vouches_for_is_let_in(world: World) {
    lihua(&world).await;
    let provider = Provider::new(7);
    provider.publish("one");
    let door = provider.door(&world);
    let good = provider.token("one", &claims(&world));
    is_in(&door, &good).await;
    let mut changed = Vec::new();
    for (name, value) in [
        ("sub", json!("u-18")),
        ("aud", json!("another")),
        ("exp", json!(world.now.milliseconds() / 1_000)),
        ("nbf", json!(world.now.milliseconds() / 1_000 + 120)),
        ("iss", json!("https://id.example.com")),
        ("sub", Value::Null),
        ("aud", Value::Null),
    ] {
        let mut claims = claims(&world);
        claims[name] = value;
        changed.push(provider.token("one", &claims));
    }
    changed.push(Provider::new(8).token("one", &claims(&world)));
    // Its public key, used as if it were a secret, and no signature at all.
    let text = unsigned(&json!({ "alg": "HS256", "kid": "one" }), &claims(&world));
    let secret = hmac::Key::new(hmac::HMAC_SHA256, provider.key.public_key().as_ref());
    changed.push(format!("{text}.{}", URL_SAFE_NO_PAD.encode(hmac::sign(&secret, text.as_bytes()))));
    changed.push(format!("{}.", unsigned(&json!({ "alg": "none" }), &claims(&world))));
    for token in changed {
        is_out(&door, &token).await;
    }
    world.clock.advance(3_600_000);
    is_out(&door, &good).await;
}

case!(new_keys_are_asked_for_but_not_at_every_word);
async fn new_keys_are_asked_for_but_not_at_every_word(world: World) {
    lihua(&world).await;
    let provider = Provider::new(7);
    let door = provider.door(&world);
    let token = |id| provider.token(id, &claims(&world));
    // There is no file yet: whoever asks in the next minute does not look again.
    is_out(&door, &token("one")).await;
    provider.publish("one");
    is_out(&door, &token("one")).await;
    world.clock.advance(60_000);
    is_in(&door, &token("one")).await;
    provider.publish("two");
    is_out(&door, &token("two")).await;
    is_in(&door, &token("one")).await;
    world.clock.advance(60_000);
    is_in(&door, &token("two")).await;
    is_out(&door, &token("one")).await;
}

case!(keys_are_read_from_an_address_too);
async fn keys_are_read_from_an_address_too(world: World) {
    lihua(&world).await;
    let provider = Provider::new(7);
    provider.publish("one");
    let keys = std::fs::read_to_string(provider.folder.path().join("jwks.json")).unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let served = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = vec![0; 4_096];
        let length = stream.read(&mut request).await.unwrap();
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", keys.len());
        stream.write_all((head + &keys).as_bytes()).await.unwrap();
        String::from_utf8(request[..length].to_vec()).unwrap()
    });
    let door = Provider::door_to(&world, Source::Url(format!("http://{address}/keys")));
    is_in(&door, &provider.token("one", &claims(&world))).await;
    assert!(served.await.unwrap().starts_with("GET /keys HTTP/1.1\r\n"));
    // It is asked once: nobody listens there any more.
    is_in(&door, &provider.token("one", &claims(&world))).await;
}

//! What browsers are told: which pages elsewhere may read our answers, and what our own pages may do.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::response::Response;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::correlation::{REQUEST_ID, TRACEPARENT};
use crate::server::config::Origin;

/// Lets pages of these origins ask, by either method, and read the answers. Tokens are sent by the page itself; there are no
/// cookies, so no browser adds anything of its own.
pub(super) fn cors(origins: &[Origin]) -> CorsLayer {
    let allowed = match origins {
        origins if origins.iter().any(Origin::is_any) => AllowOrigin::any(),
        origins => AllowOrigin::list(origins.iter().filter_map(|origin| HeaderValue::from_str(origin.as_str()).ok())),
    };
    let headers = [header::ACCEPT, header::ACCEPT_LANGUAGE, header::AUTHORIZATION, header::CONTENT_TYPE];
    // Apollo's clients send these two whenever they are told to force a preflight.
    let forced = ["apollo-require-preflight", "x-requested-with"].map(HeaderName::from_static);
    CorsLayer::new()
        .allow_origin(allowed)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers(headers.into_iter().chain(forced).chain([REQUEST_ID, TRACEPARENT]).collect::<Vec<_>>())
        .expose_headers([header::RETRY_AFTER, header::WWW_AUTHENTICATE, REQUEST_ID, TRACEPARENT])
        .max_age(Duration::from_secs(24 * 3_600))
}

/// Headers that keep a browser from doing more with an answer than it says. A page says itself what it may do.
pub(super) async fn secure(mut response: Response) -> Response {
    let headers: &mut HeaderMap = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    let nothing = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(nothing);
    response
}

/// What a page may do: run the scripts that stand in it, as they are now, and no others but those from `elsewhere`; use the styles
/// that it names; and ask this server alone, so that no script of others sends elsewhere what it sees.
pub(super) fn policy(page: &str, elsewhere: &str) -> String {
    let styles: String = styles(page).map(|address| format!(" {address}")).collect();
    let scripts: Vec<String> = scripts(page).map(|text| format!("'sha256-{}'", hash(text))).collect();
    let scripts =
        if scripts.is_empty() { "'none'".to_owned() } else { format!("{} {elsewhere} data:", scripts.join(" ")) };
    format!(
        "default-src 'none'; script-src {scripts}; style-src 'unsafe-inline'{styles}; font-src data: {elsewhere}; \
         img-src 'self' data:; worker-src blob: {elsewhere}; connect-src 'self'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'"
    )
}

/// The addresses of the styles that a page loads.
fn styles(page: &str) -> impl Iterator<Item = &str> {
    let links = page.split("<link").skip(1).filter_map(|rest| rest.split_once('>').map(|(link, _)| link));
    links
        .filter(|link| link.contains("rel=\"stylesheet\""))
        .filter_map(|link| link.split("href=\"").nth(1)?.split('"').next())
}

/// The texts of the scripts that stand in a page.
fn scripts(page: &str) -> impl Iterator<Item = &str> {
    page.split("<script")
        .skip(1)
        .filter_map(|rest| rest.split_once('>')?.1.split_once("</script>"))
        .map(|(text, _)| text)
}

fn hash(text: &str) -> String {
    BASE64_STANDARD.encode(Sha256::digest(text))
}

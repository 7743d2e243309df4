//! Pages for people: what this is, and where to click.

use async_graphql::http::GraphiQLSource;
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};

use super::browser::policy;
use crate::server::config::Front;

const FRONT: &str = include_str!("front.html");

/// Where GraphiQL's own scripts come from. It answers with modules of its own naming, which load others, so no shorter list of
/// addresses holds for long. Who must not ask there switches GraphiQL off.
const GRAPHIQL_FROM: &str = "https://esm.sh";

/// The front page, which links to GraphiQL and to the schema where they are served.
pub(super) fn front(front: &Front) -> Response {
    let links = [
        (front.graphiql, r#"<a href="/graphiql">GraphiQL</a>"#),
        (front.introspection, r#"<a href="/schema.graphql">/schema.graphql</a>"#),
    ];
    let missing = links.into_iter().filter(|(switch, _)| !switch.is_on());
    page(missing.fold(FRONT.to_owned(), |text, (_, link)| text.replace(link, "")), "")
}

/// GraphiQL, to try queries in.
pub(super) fn graphiql() -> Response {
    page(GraphiQLSource::build().endpoint("/graphql").title("Cobuild · GraphiQL").finish(), GRAPHIQL_FROM)
}

fn page(text: String, elsewhere: &str) -> Response {
    let headers =
        [(header::CONTENT_SECURITY_POLICY, policy(&text, elsewhere)), (header::CACHE_CONTROL, "no-cache".into())];
    (headers, Html(text)).into_response()
}

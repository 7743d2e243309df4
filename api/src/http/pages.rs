//! Pages for people: what this is, and where to click.

use async_graphql::http::GraphiQLSource;

/// The front page.
pub(super) const FRONT: &str = include_str!("front.html");

/// GraphiQL, to try queries in.
pub(super) fn graphiql() -> String {
    GraphiQLSource::build().endpoint("/graphql").title("Cobuild · GraphiQL").finish()
}

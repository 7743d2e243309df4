# The words of daily work. `.ci/run` says the same and insists on PostgreSQL.

# Formatting and lints.
check:
    cargo fmt --all -- --check
    cargo clippy --workspace --all-targets --locked -- -D warnings

# All tests, or those whose names contain a word: `just test claim`.
test *filter:
    cargo test --workspace --locked {{ filter }}

# Real clients against the debug build: GraphQL over HTTP's audit, Apollo, urql, Relay.
clients:
    cargo build --locked
    cd tests/clients && npm ci && npm test

# What Cobuild's own work costs, optimised: proposeClaim beside the same statements by hand, and a nested query.
bench:
    cargo bench --locked --package tests --bench cost

# Writes the API's schema, whose diff a reviewer reads.
schema:
    cargo run --locked -- schema > schema.graphql

# A server with demonstration data.
demo:
    cargo run --locked -- demo

//! What we rely on in async-graphql, which the version pinned in `Cargo.toml` keeps and its neighbours break.

use std::time::Duration;

use async_graphql::{
    EmptyMutation, EmptySubscription, InputObject, MaybeUndefined, Object, Request, Schema, Variables,
};
use serde_json::json;

use crate::harness::pure;

struct Query;

#[Object]
impl Query {
    async fn slow(&self) -> i32 {
        tokio::time::sleep(Duration::from_millis(20)).await;
        1
    }

    async fn fast(&self) -> i32 {
        2
    }

    async fn thing(&self) -> Option<Thing> {
        Some(Thing)
    }

    async fn said(&self, input: Input) -> String {
        match input.note {
            MaybeUndefined::Undefined => "nothing".to_owned(),
            MaybeUndefined::Null => "null".to_owned(),
            MaybeUndefined::Value(note) => note,
        }
    }

    async fn defaulted(&self, #[graphql(default = 20)] first: i32) -> i32 {
        first
    }
}

struct Thing;

#[Object]
impl Thing {
    async fn name(&self) -> &str {
        "thing"
    }

    async fn nullable(&self) -> Option<Result<i32, &'static str>> {
        Some(Err("no"))
    }

    async fn required(&self) -> Result<i32, &'static str> {
        Err("no")
    }

    async fn inside_out(&self) -> Result<Option<i32>, &'static str> {
        Err("no")
    }
}

#[derive(InputObject)]
struct Input {
    note: MaybeUndefined<String>,
}

/// The answer, as text, and how many errors it has.
async fn ask(query: &str, variables: serde_json::Value) -> (String, usize) {
    let schema = Schema::new(Query, EmptyMutation, EmptySubscription);
    let answer = schema.execute(Request::new(query).variables(Variables::from_json(variables))).await;
    (serde_json::to_string(&answer.data).unwrap(), answer.errors.len())
}

pure!(async keys_come_in_the_order_asked);
async fn keys_come_in_the_order_asked() {
    let (data, _) = ask("{ slow fast again: slow thing { name } }", json!({})).await;
    assert_eq!(data, r#"{"slow":1,"fast":2,"again":1,"thing":{"name":"thing"}}"#);
}

pure!(async a_nullable_field_that_fails_is_null);
async fn a_nullable_field_that_fails_is_null() {
    let answer = ask("{ thing { name nullable } fast }", json!({})).await;
    assert_eq!(answer, (r#"{"thing":{"name":"thing","nullable":null},"fast":2}"#.to_owned(), 1));
}

pure!(async a_required_field_that_fails_nulls_its_parent);
async fn a_required_field_that_fails_nulls_its_parent() {
    let answer = ask("{ thing { name required } fast }", json!({})).await;
    assert_eq!(answer, (r#"{"thing":null,"fast":2}"#.to_owned(), 1));
}

// So resolvers of nullable fields return `Option<Result<T>>`.
pure!(async a_nullable_field_written_inside_out_nulls_its_parent);
async fn a_nullable_field_written_inside_out_nulls_its_parent() {
    let answer = ask("{ thing { name insideOut } fast }", json!({})).await;
    assert_eq!(answer, (r#"{"thing":null,"fast":2}"#.to_owned(), 1));
}

pure!(async an_omitted_variable_in_an_input_is_undefined);
async fn an_omitted_variable_in_an_input_is_undefined() {
    let query = "query($note: String) { said(input: { note: $note }) }";
    for (variables, said) in [(json!({}), "nothing"), (json!({ "note": null }), "null"), (json!({ "note": "x" }), "x")]
    {
        assert_eq!(ask(query, variables).await, (json!({ "said": said }).to_string(), 0));
    }
    assert_eq!(ask("{ said(input: {}) }", json!({})).await.0, r#"{"said":"nothing"}"#);
}

// So omitted variables are dropped from the document before it is executed. Once this fails, that can go.
pure!(async an_omitted_variable_for_an_argument_with_a_default_is_an_error);
async fn an_omitted_variable_for_an_argument_with_a_default_is_an_error() {
    assert_eq!(ask("query($first: Int) { defaulted(first: $first) }", json!({})).await.1, 1);
    assert_eq!(ask("{ defaulted }", json!({})).await, (r#"{"defaulted":20}"#.to_owned(), 0));
}

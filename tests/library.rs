//! What we rely on in async-graphql, which the version pinned in `Cargo.toml` keeps and its neighbours break.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use api::kernel::listed::Listed;
use async_graphql::{
    Context, EmptyMutation, EmptySubscription, InputObject, Interface, MaybeUndefined, Object, Request, Schema,
    Variables,
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

    async fn things(&self) -> Vec<Thing> {
        vec![Thing]
    }

    async fn listed(&self) -> Listed<Thing> {
        Listed(vec![Thing])
    }

    async fn named(&self) -> Option<Named> {
        Some(Named::Thing(Thing))
    }

    async fn counted(&self, context: &Context<'_>) -> usize {
        context.data_unchecked::<AtomicUsize>().fetch_add(1, Ordering::Relaxed)
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

#[derive(Interface)]
#[graphql(field(name = "required", ty = "Result<i32, &'static str>"))]
enum Named {
    Thing(Thing),
}

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

// So selections are joined before they run. Once this fails, that can go.
pure!(async a_field_that_is_written_twice_runs_twice);
async fn a_field_that_is_written_twice_runs_twice() {
    let schema = Schema::build(Query, EmptyMutation, EmptySubscription).data(AtomicUsize::new(0)).finish();
    assert_eq!(schema.execute("{ counted counted again: counted }").await.data.to_string(), "{counted: 0, again: 2}");
}

// So lists of objects are `Listed`, which leave a path that is there alone.
pure!(async a_fault_in_a_list_keeps_the_path_to_the_item_alone);
async fn a_fault_in_a_list_keeps_the_path_to_the_item_alone() {
    let schema = Schema::new(Query, EmptyMutation, EmptySubscription);
    for (field, path) in [("things", json!(["things", 0])), ("listed", json!(["listed", 0, "a"]))] {
        let answer = schema.execute(format!("{{ {field} {{ a: required }} }}")).await;
        assert_eq!(serde_json::to_value(&answer.errors[0].path).unwrap(), path);
    }
}

// So what is selected on an interface is selected under a condition, which has the object's own field run.
pure!(async a_fault_of_an_interface_has_no_path_but_under_a_condition);
async fn a_fault_of_an_interface_has_no_path_but_under_a_condition() {
    let schema = Schema::new(Query, EmptyMutation, EmptySubscription);
    for (selection, path) in [("required", json!([])), ("... on Named { required }", json!(["named", "required"]))] {
        let answer = schema.execute(format!("{{ named {{ {selection} }} }}")).await;
        assert_eq!(serde_json::to_value(&answer.errors[0].path).unwrap(), path);
    }
}

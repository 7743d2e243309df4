//! A list of objects, whose faults keep their whole path.
//!
//! A field knows the path to itself when it fails. The library's own list writes the path to its item over it, and so does
//! each list around that one: a fault in a list in a list would be told of the outer item alone.

use std::borrow::Cow;

use async_graphql::parser::types::Field;
use async_graphql::registry::Registry;
use async_graphql::{ContextSelectionSet, OutputType, Positioned, ServerResult, Value};
use futures_util::future::try_join_all;

/// What a resolver answers with that lists objects.
pub struct Listed<T>(pub Vec<T>);

impl<T> FromIterator<T> for Listed<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self(items.into_iter().collect())
    }
}

impl<T: OutputType> OutputType for Listed<T> {
    fn type_name() -> Cow<'static, str> {
        <Vec<T> as OutputType>::type_name()
    }

    fn qualified_type_name() -> String {
        <Vec<T> as OutputType>::qualified_type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <Vec<T> as OutputType>::create_type_info(registry)
    }

    async fn resolve(&self, context: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        let items = self.0.iter().enumerate().map(|(index, item)| {
            let context = context.with_index(index);
            async move {
                let value = item.resolve(&context, field).await;
                value.map_err(|error| if error.path.is_empty() { context.set_error_path(error) } else { error })
            }
        });
        Ok(Value::List(try_join_all(items).await?))
    }
}

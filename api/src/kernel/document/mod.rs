//! A request's document before the graph sees it: measured, parsed, rid of what was not said, given what goes without saying.

mod limits;
mod omitted;
mod scan;
mod shape;
mod walk;

use std::collections::HashSet;

use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, OperationDefinition};
use async_graphql::parser::{Error as ParseError, parse_query};
use async_graphql::{Name, Positioned, Request};

pub use limits::Limits;
pub use shape::Shape;
pub use walk::Measure;

use super::error::{Error, Result};

/// Reads the document of `request`, and hands it on parsed and measured, with the name of its operation where it has but
/// one: logs go by that name, and most clients leave it to the document.
///
/// # Errors
/// `LIMIT_EXCEEDED` for a document that is too large, `BAD_REQUEST` for one that is no GraphQL or does not say what to run.
pub fn prepare(mut request: Request, limits: &Limits, shape: &Shape) -> Result<(Request, Measure)> {
    scan::check(&request.query, limits)?;
    walk::check_variables(&request.variables, limits)?;
    let mut document = parse_query(&request.query).map_err(|error| Error::BadRequest(one_line(&error)))?;
    let given: HashSet<&Name> = request.variables.keys().collect();
    let operation = chosen(&mut document, request.operation_name.as_deref())?;
    omitted::check_required(operation, &request.variables)?;
    let defaults = omitted::defaults(operation, &given);
    let omitted = omitted::take_definitions(operation, &given);
    let operation = operation.node.clone();
    let measure = walk::measure(&document, &operation, &request.variables, limits, shape)?;
    if !omitted.is_empty() {
        omitted::drop_uses(&mut document, &omitted);
    }
    if let (None, DocumentOperations::Multiple(operations)) = (&request.operation_name, &document.operations) {
        let mut names = operations.keys().map(ToString::to_string);
        request.operation_name = names.next().filter(|_| names.next().is_none());
    }
    request.variables.extend(defaults);
    request.set_parsed_query(document);
    Ok((request, measure))
}

/// The operation that will run.
fn chosen<'d>(
    document: &'d mut ExecutableDocument,
    name: Option<&str>,
) -> Result<&'d mut Positioned<OperationDefinition>> {
    match &mut document.operations {
        DocumentOperations::Single(operation) => Ok(operation),
        DocumentOperations::Multiple(operations) => match name {
            Some(name) => operations
                .get_mut(name)
                .ok_or_else(|| Error::BadRequest(format!("the document has no operation {name}"))),
            None if operations.len() == 1 => operations.values_mut().next().ok_or_else(no_operation),
            None => {
                Err(Error::BadRequest("the document has several operations: operationName says which to run".into()))
            }
        },
    }
}

fn no_operation() -> Error {
    Error::BadRequest("the document has no operation".into())
}

/// The parser draws its errors over several lines; a client's log wants one.
fn one_line(error: &ParseError) -> String {
    let ParseError::Syntax { message, start, .. } = error else { return error.to_string() };
    let reason = message.rsplit("= ").next().unwrap_or_default().trim();
    format!("line {}, column {}: {reason}", start.line, start.column)
}

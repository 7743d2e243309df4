//! A request's document before the graph sees it: measured, parsed, rid of what was not said, given what goes without saying.

mod omitted;
mod scan;

use std::collections::HashSet;

use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, OperationDefinition};
use async_graphql::parser::{Error as ParseError, parse_query};
use async_graphql::{Name, Positioned, Request};

use super::error::{Error, Result};

/// Reads the document of `request` and hands it on parsed.
///
/// # Errors
/// `LIMIT_EXCEEDED` for a document that is too large to look at, `BAD_REQUEST` for one that is no GraphQL or lacks a variable.
pub fn prepare(request: Request) -> Result<Request> {
    scan::check(&request.query)?;
    let mut document = parse_query(&request.query).map_err(|error| Error::BadRequest(one_line(&error)))?;
    let given: HashSet<&Name> = request.variables.keys().collect();
    let mut defaults = Vec::new();
    if let Some(operation) = chosen(&mut document, request.operation_name.as_deref()) {
        omitted::check_required(operation, &request.variables)?;
        defaults = omitted::defaults(operation, &given);
        let omitted = omitted::take_definitions(operation, &given);
        if !omitted.is_empty() {
            omitted::drop_uses(&mut document, &omitted);
        }
    }
    let mut request = request;
    request.variables.extend(defaults);
    request.set_parsed_query(document);
    Ok(request)
}

/// The operation that will run; none where the request does not say which, which is refused later.
fn chosen<'d>(
    document: &'d mut ExecutableDocument,
    name: Option<&str>,
) -> Option<&'d mut Positioned<OperationDefinition>> {
    match &mut document.operations {
        DocumentOperations::Single(operation) => Some(operation),
        DocumentOperations::Multiple(operations) => match name {
            Some(name) => operations.get_mut(name),
            None if operations.len() == 1 => operations.values_mut().next(),
            None => None,
        },
    }
}

/// The parser draws its errors over several lines; a client's log wants one.
fn one_line(error: &ParseError) -> String {
    let ParseError::Syntax { message, start, .. } = error else { return error.to_string() };
    let reason = message.rsplit("= ").next().unwrap_or_default().trim();
    format!("line {}, column {}: {reason}", start.line, start.column)
}

//! A request's document before the graph sees it: measured, parsed, rid of what was not said, given what goes without saying.

mod coerce;
mod introspect;
mod lex;
mod limits;
mod omitted;
mod pages;
mod price;
mod scan;
mod selected;
mod shape;
mod typename;
#[expect(dead_code, reason = "the rules that ask for the rest come one by one")]
mod types;
mod value;
mod walk;

use std::collections::HashSet;

use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, OperationDefinition, OperationType};
use async_graphql::parser::{Error as ParseError, parse_query};
use async_graphql::{Positioned, Request};

pub use introspect::Introspection;
pub use limits::Limits;
pub use price::{ANYWHERE, Line, Prices, Table};
pub use types::Types;
pub use walk::Measure;

use self::walk::{Found, Schema};
use super::connection::Lists;
use super::error::{Error, Result};

/// A request whose document was looked at: ready to run.
#[derive(Debug)]
pub struct Prepared {
    /// The request, parsed, with the name of its operation where it has but one: logs go by that name, and most clients leave
    /// it to the document.
    pub request: Request,
    /// What kind of operation runs.
    pub kind: OperationType,
    /// How large it is.
    pub measure: Measure,
    /// By which names the answer holds an introspection. It is answered from memory, and costs nothing.
    pub introspections: HashSet<String>,
    /// The codes of the areas that its filters name.
    pub area_codes: Vec<String>,
}

/// Reads the document of `request`, measures it and rids it of what was not said.
///
/// # Errors
/// `LIMIT_EXCEEDED` for a document that is too large, `BAD_REQUEST` for one that is no GraphQL or does not say what to run.
pub fn prepare(
    mut request: Request,
    limits: &Limits,
    prices: &Prices,
    types: &Types,
    lists: &Lists,
) -> Result<Prepared> {
    let text = scan::read(&request.query, limits)?;
    walk::check_variables(&request.variables, limits)?;
    let mut document = parse_query(text).map_err(|error| Error::BadRequest(one_line(&error)))?;
    if let (None, DocumentOperations::Multiple(operations)) = (&request.operation_name, &document.operations) {
        let mut names = operations.keys().map(ToString::to_string);
        request.operation_name = names.next().filter(|_| names.next().is_none());
    }
    let name = request.operation_name.as_deref();
    let operation = find(&document, name).ok_or_else(|| no_operation(name))?;
    let kind = operation.node.ty;
    types.root(kind).ok_or_else(|| Error::BadRequest(format!("the schema has no {kind}")))?;
    coerce::variables(&operation.node, &mut request.variables, types)?;
    coerce::literals(&mut document, name, &request.variables, types)?;
    let operation = find(&document, name).ok_or_else(|| no_operation(name))?;
    let defaults = omitted::defaults(operation, &request.variables);
    request.variables.extend(defaults);
    let schema = Schema { types, prices };
    let found = walk::measure(&document, &operation.node, &request.variables, limits, schema)?;
    omitted::drop_omitted(&mut document, name, &request.variables);
    if let Some(operation) = find(&document, name).filter(|_| kind == OperationType::Mutation) {
        pages::check(&document, &operation.node, &request.variables, types, lists)?;
    }
    typename::wrap(&mut document);
    request.set_parsed_query(document);
    let Found { measure, introspections, area_codes } = found;
    Ok(Prepared { request, kind, measure, introspections, area_codes })
}

/// The operation that will run. One without a name is the only one of its document.
fn find<'d>(document: &'d ExecutableDocument, name: Option<&str>) -> Option<&'d Positioned<OperationDefinition>> {
    match &document.operations {
        DocumentOperations::Single(operation) => Some(operation),
        DocumentOperations::Multiple(operations) => operations.get(name?),
    }
}

fn find_mut<'d>(
    document: &'d mut ExecutableDocument,
    name: Option<&str>,
) -> Option<&'d mut Positioned<OperationDefinition>> {
    match &mut document.operations {
        DocumentOperations::Single(operation) => Some(operation),
        DocumentOperations::Multiple(operations) => operations.get_mut(name?),
    }
}

fn no_operation(name: Option<&str>) -> Error {
    Error::BadRequest(name.map_or_else(
        || "the document has several operations: operationName says which to run".into(),
        |name| format!("the document has no operation {name}"),
    ))
}
/// The parser draws its errors over several lines; a client's log wants one.
fn one_line(error: &ParseError) -> String {
    let ParseError::Syntax { message, start, .. } = error else { return error.to_string() };
    let reason = message.rsplit("= ").next().unwrap_or_default().trim();
    format!("line {}, column {}: {reason}", start.line, start.column)
}

//! A request's document before the graph sees it: measured, parsed, rid of what was not said, given what goes without saying.

mod coerce;
mod conflicts;
mod extent;
mod fault;
mod introspect;
mod lex;
mod limits;
mod merge;
mod omitted;
mod pages;
mod price;
mod respelled;
mod rules;
mod scan;
mod selected;
mod shape;
mod types;
mod value;
mod walk;

use std::collections::HashSet;

use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, OperationDefinition, OperationType};
use async_graphql::parser::{Error as ParseError, parse_query};
use async_graphql::{Positioned, Request};

pub use fault::Fault;
pub use introspect::Introspection;
pub use limits::Limits;
pub use price::{ANYWHERE, Line, Prices, Table};
pub use types::Types;
pub use walk::Measure;

use self::limits::Limit;
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

/// Reads the document of `request`, holds it against the specification, measures it, rids it of what was not said, and joins what
/// it says twice. `hints` says whether a fault may tell what might have been meant.
///
/// # Errors
/// `LIMIT_EXCEEDED` for a document that is too large, `BAD_REQUEST` for one that is no GraphQL or does not say what to run, and
/// for one that is not valid every fault, up to a few.
pub fn prepare(
    mut request: Request,
    limits: &Limits,
    prices: &Prices,
    types: &Types,
    lists: &Lists,
    hints: bool,
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
    validate(&document, limits, types, hints)?;
    coerce::variables(&operation.node, &mut request.variables, types)?;
    coerce::literals(&mut document, name, &request.variables, types)?;
    let operation = find(&document, name).ok_or_else(|| no_operation(name))?;
    let defaults = omitted::defaults(operation, &request.variables);
    request.variables.extend(defaults);
    let schema = Schema { types, prices };
    let found = walk::measure(&document, &operation.node, &request.variables, limits, schema);
    omitted::drop_omitted(&mut document, name, &request.variables);
    let merged = merge::merged(&document, name, &request.variables, types, limits);
    let found = match (found, &merged) {
        // What is said twice was measured twice, and runs once.
        (Err(error @ Error::LimitExceeded(_)), Ok(Some(merged))) => {
            let operation = find(merged, name).ok_or_else(|| no_operation(name))?;
            walk::measure(merged, &operation.node, &request.variables, limits, schema).map_err(|_| error)
        }
        (found, _) => found,
    }?;
    if let Some(operation) = find(&document, name).filter(|_| kind == OperationType::Mutation) {
        pages::check(&document, &operation.node, &request.variables, types, lists)?;
    }
    let document = merged?.unwrap_or(document);
    request.set_parsed_query(document);
    let Found { measure, introspections, area_codes } = found;
    Ok(Prepared { request, kind, measure, introspections, area_codes })
}

/// Refuses a document that does not follow the specification, telling all that is wrong with it.
fn validate(document: &ExecutableDocument, limits: &Limits, types: &Types, hints: bool) -> Result<()> {
    limits.check(Limit::Operations, document.operations.iter().count())?;
    limits.check(Limit::Fragments, document.fragments.len())?;
    extent::check_written(document, limits)?;
    refuse(rules::faults(document, types, hints))?;
    extent::check(document, limits)?;
    refuse(conflicts::faults(document, types))
}

fn refuse(faults: Vec<Fault>) -> Result<()> {
    let faults = fault::told(faults);
    if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults.into())) }
}

/// The operation that will run. One without a name is the only one of its document, and is asked for by none.
fn find<'d>(document: &'d ExecutableDocument, name: Option<&str>) -> Option<&'d Positioned<OperationDefinition>> {
    match &document.operations {
        DocumentOperations::Single(operation) => name.is_none().then_some(operation),
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

//! How large a request may be, and how a refusal says it.

use crate::config::Budget;
use crate::kernel::error::{Error, Result};

/// Something that is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Limit {
    /// Bytes of the document.
    Bytes,
    /// Names, numbers, texts and punctuators of the document.
    Tokens,
    /// Brackets within brackets.
    Brackets,
    /// Fields within fields.
    Depth,
    /// Fields, fragments in place.
    Fields,
    /// Selections within selections, fragments in place.
    Nesting,
    /// Aliases, as written.
    Aliases,
    /// Directives, as written.
    Directives,
    /// Selections side by side.
    Selections,
    /// Operations of the document.
    Operations,
    /// Fragments of the document.
    Fragments,
    /// Objects within objects of an argument.
    FilterDepth,
    /// Objects in arguments, variables in place.
    Conditions,
    /// Values in arguments, variables in place.
    Values,
    /// Objects and lists within each other in the variables.
    VariableDepth,
    /// Values of the variables, those in lists and objects included.
    VariableValues,
    /// Fields that may be answered, pages multiplied, and what has to be looked through for them.
    Cost,
    /// Fields of the introspection, fragments in place.
    IntrospectionFields,
    /// Lists within lists of the introspection.
    IntrospectionDepth,
}

/// How many fields a document may stand for, whatever else it costs. Those that people write stand for hundreds.
const FIELDS: u64 = 10_000;

/// How deep it may nest them, by whatever means: what looks at a document calls itself.
const NESTING: u64 = 100;

/// The limits in force.
#[derive(Clone, Copy, Debug)]
pub struct Limits(Budget);

impl Limits {
    /// The limits of a configuration.
    #[must_use]
    pub const fn new(budget: Budget) -> Self {
        Self(budget)
    }

    /// Refuses several queries that are sent together, where together they cost too much.
    ///
    /// # Errors
    /// `LIMIT_EXCEEDED`.
    pub fn check_cost(&self, cost: u64) -> Result<()> {
        self.check(Limit::Cost, cost)
    }

    /// How many values the JSON of one query may hold: those of its variables, and some for its text, its name and its extensions.
    #[must_use]
    pub fn body_values(&self) -> usize {
        usize::try_from(self.0.variable_values).unwrap_or(usize::MAX).saturating_add(100)
    }

    /// Refuses what passes the limit, saying which it is and by how much it was passed.
    pub(super) fn check(&self, limit: Limit, found: impl TryInto<u64>) -> Result<()> {
        let (name, most) = self.of(limit);
        let found = found.try_into().unwrap_or(u64::MAX);
        if found <= most {
            return Ok(());
        }
        let found = if found == u64::MAX { "more than can be counted".to_owned() } else { found.to_string() };
        Err(Error::LimitExceeded(format!("{name}: {found}; at most {most}")))
    }

    const fn of(&self, limit: Limit) -> (&'static str, u64) {
        let budget = &self.0;
        match limit {
            Limit::Bytes => ("bytes of the document", budget.document_bytes),
            Limit::Tokens => ("tokens of the document", budget.tokens),
            Limit::Brackets => ("brackets within brackets", budget.bracket_depth),
            Limit::Depth => ("fields within fields", budget.depth),
            Limit::Fields => ("fields, fragments in place", FIELDS),
            Limit::Nesting => ("selections within selections", NESTING),
            Limit::Aliases => ("aliases", budget.aliases),
            Limit::Directives => ("directives", budget.directives),
            Limit::Selections => ("selections side by side", budget.selections),
            Limit::Operations => ("operations", budget.operations),
            Limit::Fragments => ("fragments", budget.fragments),
            Limit::FilterDepth => ("objects within objects of an argument", budget.filter_depth),
            Limit::Conditions => ("objects in arguments", budget.conditions),
            Limit::Values => ("values in arguments", budget.values),
            Limit::VariableDepth => ("values within values of the variables", budget.variable_depth),
            Limit::VariableValues => ("values of the variables", budget.variable_values),
            Limit::Cost => ("cost", budget.cost),
            Limit::IntrospectionFields => ("fields of the introspection", budget.introspection_fields),
            Limit::IntrospectionDepth => ("lists within lists of the introspection", budget.introspection_depth),
        }
    }
}

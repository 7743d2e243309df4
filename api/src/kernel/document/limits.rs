//! How large a request may be, and how a refusal says it.

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

/// How large a query may be.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of its document.
    pub document_bytes: u64,
    /// Tokens of its document.
    pub tokens: u64,
    /// Brackets within brackets.
    pub bracket_depth: u64,
    /// Fields within fields; edges, node, nodes and pageInfo do not count.
    pub depth: u64,
    /// Aliases.
    pub aliases: u64,
    /// Directives.
    pub directives: u64,
    /// Selections side by side.
    pub selections: u64,
    /// Operations in its document.
    pub operations: u64,
    /// Fragments in its document.
    pub fragments: u64,
    /// Objects within objects of an argument.
    pub filter_depth: u64,
    /// Objects in its arguments, variables in place.
    pub conditions: u64,
    /// Values in its arguments, variables in place.
    pub values: u64,
    /// Objects and lists within each other in its variables.
    pub variable_depth: u64,
    /// Values of its variables, those in lists and objects included.
    pub variable_values: u64,
    /// Fields that may be answered, page sizes multiplied, and what has to be looked through to find them.
    pub cost: u64,
    /// Fields of the introspection.
    pub introspection_fields: u64,
    /// Lists within lists of the introspection.
    pub introspection_depth: u64,
}

impl Limits {
    /// What holds where nobody says otherwise. The standard introspection query fits.
    pub const USUAL: Self = Self {
        document_bytes: 16 * 1024,
        tokens: 5_000,
        bracket_depth: 40,
        depth: 15,
        aliases: 50,
        directives: 50,
        selections: 500,
        operations: 20,
        fragments: 50,
        filter_depth: 10,
        conditions: 500,
        values: 5_000,
        variable_depth: 20,
        variable_values: 2_000,
        cost: 50_000,
        introspection_fields: 300,
        introspection_depth: 4,
    };

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
        usize::try_from(self.variable_values).unwrap_or(usize::MAX).saturating_add(100)
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
        match limit {
            Limit::Bytes => ("bytes of the document", self.document_bytes),
            Limit::Tokens => ("tokens of the document", self.tokens),
            Limit::Brackets => ("brackets within brackets", self.bracket_depth),
            Limit::Depth => ("fields within fields", self.depth),
            Limit::Fields => ("fields, fragments in place", FIELDS),
            Limit::Nesting => ("selections within selections", NESTING),
            Limit::Aliases => ("aliases", self.aliases),
            Limit::Directives => ("directives", self.directives),
            Limit::Selections => ("selections side by side", self.selections),
            Limit::Operations => ("operations", self.operations),
            Limit::Fragments => ("fragments", self.fragments),
            Limit::FilterDepth => ("objects within objects of an argument", self.filter_depth),
            Limit::Conditions => ("objects in arguments", self.conditions),
            Limit::Values => ("values in arguments", self.values),
            Limit::VariableDepth => ("values within values of the variables", self.variable_depth),
            Limit::VariableValues => ("values of the variables", self.variable_values),
            Limit::Cost => ("cost", self.cost),
            Limit::IntrospectionFields => ("fields of the introspection", self.introspection_fields),
            Limit::IntrospectionDepth => ("lists within lists of the introspection", self.introspection_depth),
        }
    }
}

//! The types of the schema, read once from its own language, with what the specification adds: the built-in scalars and the
//! introspection.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{
    BaseType, ConstDirective, DirectiveDefinition, DirectiveLocation, FieldDefinition, InputValueDefinition,
    OperationType, SchemaDefinition, Type, TypeDefinition, TypeKind, TypeSystemDefinition,
};
use async_graphql::{Name, Positioned};
use async_graphql_value::ConstValue;

/// What every schema has, and none writes down. `__Root` holds the fields that have no place of their own.
pub(super) const EVERYWHERE: &str = include_str!("introspection.graphql");
pub(super) const ROOT: &str = "__Root";

/// A schema: its types, its directives and where a document begins. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Types(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    types: HashMap<Name, Definition>,
    directives: HashMap<Name, DirectiveKind>,
    query: Option<Name>,
    mutation: Option<Name>,
    subscription: Option<Name>,
}

/// A named type.
#[derive(Debug)]
pub(super) struct Definition {
    pub name: Name,
    pub kind: Kind,
    /// The objects that a value of it may be, in the order of the schema; an object's is itself, and an input has none.
    pub possible: Vec<Name>,
}

/// What kind of type it is, and what it is made of.
#[derive(Debug)]
pub(super) enum Kind {
    Scalar,
    /// Its values.
    Enum(HashSet<Name>),
    Input(Input),
    /// Its fields.
    Object(HashMap<Name, Field>),
    /// Its fields.
    Interface(HashMap<Name, Field>),
    Union,
}

/// An input object.
#[derive(Debug)]
pub(super) struct Input {
    pub fields: IndexMap<Name, InputValue>,
    /// Exactly one of its fields is given.
    pub is_one_of: bool,
}

/// A field of an object or an interface.
#[derive(Debug)]
pub(super) struct Field {
    pub name: Name,
    pub arguments: IndexMap<Name, InputValue>,
    pub ty: Type,
}

/// An argument, or a field of an input object.
#[derive(Debug)]
pub(super) struct InputValue {
    pub name: Name,
    pub ty: Type,
    pub default: Option<ConstValue>,
}

/// A directive.
#[derive(Debug)]
pub(super) struct DirectiveKind {
    pub name: Name,
    pub arguments: IndexMap<Name, InputValue>,
    pub locations: Vec<DirectiveLocation>,
}

impl Types {
    /// The types of a schema in GraphQL's own language.
    #[must_use]
    pub fn of(schema: &str) -> Self {
        let mut inner = Inner::default();
        let mut implements = Vec::new();
        for text in [EVERYWHERE, schema] {
            for definition in parse_schema(text).map(|document| document.definitions).unwrap_or_default() {
                match definition {
                    TypeSystemDefinition::Schema(schema) => inner.take_roots(schema.node),
                    TypeSystemDefinition::Type(definition) => implements.extend(inner.take_type(definition.node)),
                    TypeSystemDefinition::Directive(directive) => inner.take_directive(directive.node),
                }
            }
        }
        for (object, interface) in implements {
            if let Some(interface) = inner.types.get_mut(&interface) {
                interface.possible.push(object);
            }
        }
        Self(Arc::new(inner))
    }

    /// The type of that name.
    pub(super) fn get(&self, name: &str) -> Option<&Definition> {
        self.0.types.get(name)
    }

    /// The innermost type of a field, an argument or a variable.
    pub(super) fn named(&self, ty: &Type) -> Option<&Definition> {
        self.get(innermost(ty))
    }

    /// Where an operation of that kind begins.
    pub(super) fn root(&self, kind: OperationType) -> Option<&Definition> {
        let name = match kind {
            OperationType::Query => &self.0.query,
            OperationType::Mutation => &self.0.mutation,
            OperationType::Subscription => &self.0.subscription,
        };
        self.get(name.as_ref()?)
    }

    /// The directive of that name.
    pub(super) fn directive(&self, name: &str) -> Option<&DirectiveKind> {
        self.0.directives.get(name)
    }

    /// A field of a type, `__typename` and the root's `__schema` and `__type` included.
    pub(super) fn field<'s>(&'s self, parent: &'s Definition, name: &str) -> Option<&'s Field> {
        if let Some(field) = parent.fields().and_then(|fields| fields.get(name)) {
            return Some(field);
        }
        let is_here = match name {
            "__typename" => parent.is_composite(),
            "__schema" | "__type" => self.0.query.as_ref() == Some(&parent.name),
            _ => false,
        };
        self.get(ROOT).filter(|_| is_here)?.fields()?.get(name)
    }
}

impl Inner {
    fn take_roots(&mut self, schema: SchemaDefinition) {
        let name = |name: Option<Positioned<Name>>| name.map(|name| name.node);
        self.query = name(schema.query);
        self.mutation = name(schema.mutation);
        self.subscription = name(schema.subscription);
    }

    fn take_directive(&mut self, directive: DirectiveDefinition) {
        let name = directive.name.node;
        let directive = DirectiveKind {
            name: name.clone(),
            arguments: input_values(directive.arguments),
            locations: directive.locations.into_iter().map(|location| location.node).collect(),
        };
        self.directives.insert(name, directive);
    }

    /// Takes a type in, and answers with which objects are of which interface or union.
    fn take_type(&mut self, definition: TypeDefinition) -> Vec<(Name, Name)> {
        let name = definition.name.node;
        let is_one_of = definition.directives.iter().any(|directive| is_one_of(&directive.node));
        let mut implements = Vec::new();
        let kind = match definition.kind {
            TypeKind::Scalar => Kind::Scalar,
            TypeKind::Enum(kind) => Kind::Enum(kind.values.into_iter().map(|value| value.node.value.node).collect()),
            TypeKind::InputObject(input) => Kind::Input(Input { fields: input_values(input.fields), is_one_of }),
            TypeKind::Interface(interface) => Kind::Interface(fields(interface.fields)),
            TypeKind::Object(object) => {
                implements.extend(object.implements.into_iter().map(|interface| (name.clone(), interface.node)));
                Kind::Object(fields(object.fields))
            }
            TypeKind::Union(union) => {
                implements.extend(union.members.into_iter().map(|member| (member.node, name.clone())));
                Kind::Union
            }
        };
        let possible = if matches!(kind, Kind::Object(_)) { vec![name.clone()] } else { Vec::new() };
        self.types.insert(name.clone(), Definition { name, kind, possible });
        implements
    }
}

impl Definition {
    fn fields(&self) -> Option<&HashMap<Name, Field>> {
        match &self.kind {
            Kind::Object(fields) | Kind::Interface(fields) => Some(fields),
            Kind::Scalar | Kind::Enum(_) | Kind::Input(_) | Kind::Union => None,
        }
    }

    /// The names of its fields.
    pub(super) fn field_names(&self) -> impl Iterator<Item = &Name> {
        self.fields().into_iter().flat_map(HashMap::keys)
    }

    /// Whether its values have fields, which a selection names.
    pub(super) fn is_composite(&self) -> bool {
        matches!(self.kind, Kind::Object(_) | Kind::Interface(_) | Kind::Union)
    }

    /// Whether it can be the type of an argument or a variable.
    pub(super) fn is_input(&self) -> bool {
        matches!(self.kind, Kind::Scalar | Kind::Enum(_) | Kind::Input(_))
    }

    /// Whether a value may be of both types.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        self.possible.iter().any(|name| other.possible.contains(name))
    }
}

impl InputValue {
    /// Whether it must be given.
    pub(super) fn is_required(&self) -> bool {
        !self.ty.nullable && self.default.is_none()
    }
}

/// The name of a type without its lists.
pub(super) fn innermost(ty: &Type) -> &Name {
    match &ty.base {
        BaseType::Named(name) => name,
        BaseType::List(inner) => innermost(inner),
    }
}

fn is_one_of(directive: &ConstDirective) -> bool {
    directive.name.node == "oneOf"
}

fn fields(fields: Vec<Positioned<FieldDefinition>>) -> HashMap<Name, Field> {
    let field = |field: Positioned<FieldDefinition>| {
        let FieldDefinition { name, arguments, ty, .. } = field.node;
        Field { name: name.node, arguments: input_values(arguments), ty: ty.node }
    };
    fields.into_iter().map(field).map(|field| (field.name.clone(), field)).collect()
}

fn input_values(values: Vec<Positioned<InputValueDefinition>>) -> IndexMap<Name, InputValue> {
    let value = |value: Positioned<InputValueDefinition>| {
        let InputValueDefinition { name, ty, default_value, .. } = value.node;
        InputValue { name: name.node, ty: ty.node, default: default_value.map(|value| value.node) }
    };
    values.into_iter().map(value).map(|value| (value.name.clone(), value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEMA: &str = "
        type Query { party(id: ID!): Party things(first: Int! = 20, by: [Sort!]): [Thing!]! }
        interface Party { name: String! }
        type Unit implements Party { name: String! kind: Colour }
        type Person implements Party { name: String! }
        type Rock { weight: Int }
        union Thing = Unit | Rock
        enum Colour { RED GREEN }
        input Sort @oneOf { name: Direction weight: Direction }
        enum Direction { UP DOWN }
        schema { query: Query }";

    #[test]
    fn a_schema_is_found_by_its_names() {
        let types = Types::of(SCHEMA);
        let query = types.root(OperationType::Query).unwrap();
        assert!(types.root(OperationType::Mutation).is_none());
        let things = types.field(query, "things").unwrap();
        assert_eq!(things.ty.to_string(), "[Thing!]!");
        assert!(!things.arguments["first"].is_required());
        assert!(types.field(query, "party").unwrap().arguments["id"].is_required());
        assert_eq!(types.named(&things.ty).unwrap().possible, ["Unit", "Rock"]);
        assert_eq!(types.get("Party").unwrap().possible, ["Unit", "Person"]);
        let Kind::Input(sort) = &types.get("Sort").unwrap().kind else { panic!("no input") };
        assert!(sort.is_one_of && sort.fields.keys().eq(["name", "weight"]));
        assert!(matches!(&types.get("Colour").unwrap().kind, Kind::Enum(values) if values.contains("RED")));
    }

    #[test]
    fn every_schema_has_scalars_and_tells_of_itself() {
        let types = Types::of(SCHEMA);
        let [query, party, thing] = ["Query", "Party", "Thing"].map(|name| types.get(name).unwrap());
        assert!(types.get("Int").unwrap().is_input() && !types.get("Int").unwrap().is_composite());
        assert!([query, party, thing].map(|parent| types.field(parent, "__typename")).iter().all(Option::is_some));
        assert_eq!(types.field(query, "__schema").unwrap().ty.to_string(), "__Schema!");
        assert!(types.field(party, "__schema").is_none());
        assert!(types.field(types.get("__Type").unwrap(), "isOneOf").is_some());
    }

    #[test]
    fn types_overlap_where_an_object_is_of_both() {
        let types = Types::of(SCHEMA);
        let overlap = |one: &str, other: &str| types.get(one).unwrap().overlaps(types.get(other).unwrap());
        assert!(overlap("Party", "Thing") && overlap("Unit", "Party") && overlap("Unit", "Unit"));
        assert!(!overlap("Rock", "Party") && !overlap("Unit", "Person"));
    }
}

//! What the schema says of itself, from its own text: the library forgets which interfaces an interface has, and describes itself
//! in other words than the schema that is committed.

use std::sync::Arc;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{
    BaseType, ConstDirective, DirectiveDefinition, DirectiveLocation, EnumValueDefinition, Field, FieldDefinition,
    InputValueDefinition, OperationType, SchemaDefinition, Type, TypeDefinition, TypeKind, TypeSystemDefinition,
};
use async_graphql::{Name, Positioned, Request, Value};

use super::selected::Selected;
use super::types::{EVERYWHERE, ROOT};

/// A schema that can be asked for itself. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Introspection(Arc<Schema>);

#[derive(Debug, Default)]
struct Schema {
    roots: Option<SchemaDefinition>,
    types: IndexMap<Name, TypeDefinition>,
    directives: Vec<DirectiveDefinition>,
}

/// Something that has fields.
#[derive(Clone, Copy)]
enum Thing<'t> {
    Schema,
    Type(TypeOf<'t>),
    Field(&'t FieldDefinition),
    Input(&'t InputValueDefinition),
    EnumValue(&'t EnumValueDefinition),
    Directive(&'t DirectiveDefinition),
}

/// A type by its name, or what is around one.
#[derive(Clone, Copy)]
enum TypeOf<'t> {
    Named(&'t TypeDefinition),
    List(&'t Type),
    /// The type, if it is taken to be nullable.
    NonNull(&'t Type),
}

/// What a field is answered with.
enum Said<'t> {
    Plain(Value),
    Thing(Thing<'t>),
    Things(Vec<Thing<'t>>),
}

impl<'t> Said<'t> {
    const NULL: Self = Self::Plain(Value::Null);

    fn text(text: impl Into<String>) -> Self {
        Self::Plain(Value::String(text.into()))
    }

    fn word(word: &str) -> Self {
        Self::Plain(Value::Enum(Name::new(word)))
    }

    fn description(description: Option<&Positioned<String>>) -> Self {
        description.map_or(Self::NULL, |description| Self::text(&description.node))
    }

    fn all<T: 't>(items: impl IntoIterator<Item = T>, thing: impl Fn(T) -> Thing<'t>) -> Self {
        Self::Things(items.into_iter().map(thing).collect())
    }
}

impl Introspection {
    /// A schema in GraphQL's own language.
    #[must_use]
    pub fn of(schema: &str) -> Self {
        let mut told = Schema::default();
        for text in [schema, EVERYWHERE] {
            for definition in parse_schema(text).map(|document| document.definitions).unwrap_or_default() {
                match definition {
                    TypeSystemDefinition::Schema(schema) => told.roots = Some(schema.node),
                    TypeSystemDefinition::Type(definition) if definition.node.name.node == ROOT => {}
                    TypeSystemDefinition::Type(definition) => {
                        told.types.insert(definition.node.name.node.clone(), definition.node);
                    }
                    TypeSystemDefinition::Directive(directive) => {
                        let is_new = told.directives.iter().all(|known| known.name.node != directive.node.name.node);
                        told.directives.extend(is_new.then_some(directive.node));
                    }
                }
            }
        }
        Self(Arc::new(told))
    }

    /// What the schema says of itself, as a request asks.
    #[must_use]
    pub fn of_request(&self, request: &mut Request) -> Option<Answers> {
        let (name, variables) = (request.operation_name.clone(), request.variables.clone());
        let document = request.parsed_query().ok()?;
        let (operation, query) = (super::find(document, name.as_deref())?, self.0.root(OperationType::Query)?);
        let selected = Selected { document, variables: &variables };
        let fields = selected.fields(&query.name.node, [&operation.node.selection_set.node]);
        let answers = fields.into_iter().filter_map(|(key, fields)| {
            let field = fields.first()?;
            let said = match field.name.node.as_str() {
                "__schema" => Said::Thing(Thing::Schema),
                "__type" => match selected.argument(field, "name") {
                    Some(Value::String(name)) => self.0.named(&name),
                    _ => Said::NULL,
                },
                _ => return None,
            };
            Some((key.clone(), self.0.value(said, &fields, selected)))
        });
        Some(Answers(answers.collect()))
    }
}

/// What the schema says of itself, by the names under which a request asks.
#[derive(Debug)]
pub struct Answers(Vec<(Name, Value)>);

impl Answers {
    /// Puts it into an answer, where that has such fields.
    pub fn put(self, data: &mut Value) {
        let Value::Object(data) = data else { return };
        for (key, value) in self.0 {
            data.entry(key).and_modify(|place| *place = value);
        }
    }
}

impl Schema {
    fn root(&self, kind: OperationType) -> Option<&TypeDefinition> {
        let roots = self.roots.as_ref()?;
        let name = match kind {
            OperationType::Query => &roots.query,
            OperationType::Mutation => &roots.mutation,
            OperationType::Subscription => &roots.subscription,
        };
        self.types.get(&name.as_ref()?.node)
    }

    fn named(&self, name: &str) -> Said<'_> {
        self.types.get(name).map_or(Said::NULL, |definition| Said::Thing(Thing::Type(TypeOf::Named(definition))))
    }

    fn type_of<'t>(&'t self, ty: &'t Type) -> Said<'t> {
        if ty.nullable { self.base_of(ty) } else { Said::Thing(Thing::Type(TypeOf::NonNull(ty))) }
    }

    fn base_of<'t>(&'t self, ty: &'t Type) -> Said<'t> {
        match &ty.base {
            BaseType::Named(name) => self.named(name),
            BaseType::List(inner) => Said::Thing(Thing::Type(TypeOf::List(inner))),
        }
    }

    fn value(&self, said: Said<'_>, fields: &[&Field], selected: Selected<'_>) -> Value {
        match said {
            Said::Plain(value) => value,
            Said::Thing(thing) => self.object(thing, fields, selected),
            Said::Things(things) => {
                Value::List(things.into_iter().map(|thing| self.object(thing, fields, selected)).collect())
            }
        }
    }

    fn object(&self, thing: Thing<'_>, fields: &[&Field], selected: Selected<'_>) -> Value {
        let name = thing.type_name();
        let below = selected.fields(name, fields.iter().map(|field| &field.selection_set.node));
        let answered = below.into_iter().filter_map(|(key, fields)| {
            let field = fields.first()?;
            let include = matches!(selected.argument(field, "includeDeprecated"), Some(Value::Boolean(true)));
            let said = match (field.name.node.as_str(), thing) {
                ("__typename", _) => Said::text(name),
                (field, Thing::Schema) => self.of_schema(field),
                (field, Thing::Type(ty)) => self.of_type(ty, field, include),
                (field, Thing::Field(of)) => self.of_field(of, field, include),
                (field, Thing::Input(of)) => self.of_input(of, field),
                (field, Thing::EnumValue(of)) => match field {
                    "name" => Said::text(of.value.node.as_str()),
                    "description" => Said::description(of.description.as_ref()),
                    _ => deprecation(&of.directives, field),
                },
                (field, Thing::Directive(of)) => Self::of_directive(of, field, include),
            };
            Some((key.clone(), self.value(said, &fields, selected)))
        });
        Value::Object(answered.collect())
    }

    fn of_schema(&self, field: &str) -> Said<'_> {
        let root = |kind| self.root(kind).map_or(Said::NULL, |root| self.named(&root.name.node));
        match field {
            "types" => Said::all(self.types.values(), |definition| Thing::Type(TypeOf::Named(definition))),
            "queryType" => root(OperationType::Query),
            "mutationType" => root(OperationType::Mutation),
            "subscriptionType" => root(OperationType::Subscription),
            "directives" => Said::all(&self.directives, Thing::Directive),
            _ => Said::NULL,
        }
    }

    fn of_type<'t>(&'t self, ty: TypeOf<'t>, field: &str, include: bool) -> Said<'t> {
        let definition = match (ty, field) {
            (TypeOf::Named(definition), _) => definition,
            (TypeOf::List(_), "kind") => return Said::word("LIST"),
            (TypeOf::NonNull(_), "kind") => return Said::word("NON_NULL"),
            (TypeOf::List(inner), "ofType") => return self.type_of(inner),
            (TypeOf::NonNull(inner), "ofType") => return self.base_of(inner),
            _ => return Said::NULL,
        };
        let named = |name: &Name| self.types.get(name).map(|found| Thing::Type(TypeOf::Named(found)));
        match (field, &definition.kind) {
            ("kind", kind) => Said::word(word_of(kind)),
            ("name", _) => Said::text(definition.name.node.as_str()),
            ("description", _) => Said::description(definition.description.as_ref()),
            ("specifiedByURL", TypeKind::Scalar) => {
                argument(&definition.directives, "specifiedBy", "url").map_or(Said::NULL, Said::Plain)
            }
            ("isOneOf", TypeKind::InputObject(_)) => {
                Said::Plain(definition.directives.iter().any(|directive| directive.node.name.node == "oneOf").into())
            }
            ("fields", TypeKind::Object(async_graphql::parser::types::ObjectType { fields, .. }))
            | ("fields", TypeKind::Interface(async_graphql::parser::types::InterfaceType { fields, .. })) => {
                let fields = fields.iter().filter(|field| include || is_current(&field.node.directives));
                Said::all(fields, |field| Thing::Field(&field.node))
            }
            ("interfaces", kind) => interfaces(kind).map_or(Said::NULL, |interfaces| {
                Said::Things(interfaces.iter().filter_map(|interface| named(&interface.node)).collect())
            }),
            ("possibleTypes", TypeKind::Interface(_)) => {
                let implements = |kind: &TypeKind| {
                    matches!(kind, TypeKind::Object(_))
                        && interfaces(kind).into_iter().flatten().any(|name| name.node == definition.name.node)
                };
                let possible = self.types.values().filter(|definition| implements(&definition.kind));
                Said::all(possible, |definition| Thing::Type(TypeOf::Named(definition)))
            }
            ("possibleTypes", TypeKind::Union(union)) => {
                Said::Things(union.members.iter().filter_map(|member| named(&member.node)).collect())
            }
            ("enumValues", TypeKind::Enum(choice)) => {
                let values = choice.values.iter().filter(|value| include || is_current(&value.node.directives));
                Said::all(values, |value| Thing::EnumValue(&value.node))
            }
            ("inputFields", TypeKind::InputObject(input)) => inputs(&input.fields, include),
            _ => Said::NULL,
        }
    }

    fn of_field<'t>(&'t self, of: &'t FieldDefinition, field: &str, include: bool) -> Said<'t> {
        match field {
            "name" => Said::text(of.name.node.as_str()),
            "description" => Said::description(of.description.as_ref()),
            "args" => inputs(&of.arguments, include),
            "type" => self.type_of(&of.ty.node),
            _ => deprecation(&of.directives, field),
        }
    }

    fn of_input<'t>(&'t self, of: &'t InputValueDefinition, field: &str) -> Said<'t> {
        match field {
            "name" => Said::text(of.name.node.as_str()),
            "description" => Said::description(of.description.as_ref()),
            "type" => self.type_of(&of.ty.node),
            "defaultValue" => of.default_value.as_ref().map_or(Said::NULL, |value| Said::text(value.node.to_string())),
            _ => deprecation(&of.directives, field),
        }
    }

    fn of_directive<'t>(of: &'t DirectiveDefinition, field: &str, include: bool) -> Said<'t> {
        match field {
            "name" => Said::text(of.name.node.as_str()),
            "description" => Said::description(of.description.as_ref()),
            "isRepeatable" => Said::Plain(of.is_repeatable.into()),
            "locations" => {
                let words = of.locations.iter().map(|location| Value::Enum(Name::new(place_of(location.node))));
                Said::Plain(Value::List(words.collect()))
            }
            "args" => inputs(&of.arguments, include),
            _ => Said::NULL,
        }
    }
}

impl Thing<'_> {
    const fn type_name(self) -> &'static str {
        match self {
            Self::Schema => "__Schema",
            Self::Type(_) => "__Type",
            Self::Field(_) => "__Field",
            Self::Input(_) => "__InputValue",
            Self::EnumValue(_) => "__EnumValue",
            Self::Directive(_) => "__Directive",
        }
    }
}

fn inputs(values: &[Positioned<InputValueDefinition>], include: bool) -> Said<'_> {
    let values = values.iter().filter(|value| include || is_current(&value.node.directives));
    Said::all(values, |value| Thing::Input(&value.node))
}

/// The interfaces of what can have some.
fn interfaces(kind: &TypeKind) -> Option<&[Positioned<Name>]> {
    match kind {
        TypeKind::Object(object) => Some(&object.implements),
        TypeKind::Interface(interface) => Some(&interface.implements),
        TypeKind::Scalar | TypeKind::Union(_) | TypeKind::Enum(_) | TypeKind::InputObject(_) => None,
    }
}

fn is_current(directives: &[Positioned<ConstDirective>]) -> bool {
    directives.iter().all(|directive| directive.node.name.node != "deprecated")
}

fn argument(directives: &[Positioned<ConstDirective>], name: &str, argument: &str) -> Option<Value> {
    let directive = directives.iter().find(|directive| directive.node.name.node == name)?;
    directive.node.get_argument(argument).map(|value| value.node.clone())
}

fn deprecation<'t>(directives: &[Positioned<ConstDirective>], field: &str) -> Said<'t> {
    let is_current = is_current(directives);
    match field {
        "isDeprecated" => Said::Plain((!is_current).into()),
        "deprecationReason" if !is_current => {
            Said::Plain(argument(directives, "deprecated", "reason").unwrap_or_else(|| "No longer supported".into()))
        }
        _ => Said::NULL,
    }
}

const fn word_of(kind: &TypeKind) -> &'static str {
    match kind {
        TypeKind::Scalar => "SCALAR",
        TypeKind::Object(_) => "OBJECT",
        TypeKind::Interface(_) => "INTERFACE",
        TypeKind::Union(_) => "UNION",
        TypeKind::Enum(_) => "ENUM",
        TypeKind::InputObject(_) => "INPUT_OBJECT",
    }
}

/// What the specification calls a place where a directive may stand.
pub(super) const fn place_of(location: DirectiveLocation) -> &'static str {
    match location {
        DirectiveLocation::Query => "QUERY",
        DirectiveLocation::Mutation => "MUTATION",
        DirectiveLocation::Subscription => "SUBSCRIPTION",
        DirectiveLocation::Field => "FIELD",
        DirectiveLocation::FragmentDefinition => "FRAGMENT_DEFINITION",
        DirectiveLocation::FragmentSpread => "FRAGMENT_SPREAD",
        DirectiveLocation::InlineFragment => "INLINE_FRAGMENT",
        DirectiveLocation::VariableDefinition => "VARIABLE_DEFINITION",
        DirectiveLocation::Schema => "SCHEMA",
        DirectiveLocation::Scalar => "SCALAR",
        DirectiveLocation::Object => "OBJECT",
        DirectiveLocation::FieldDefinition => "FIELD_DEFINITION",
        DirectiveLocation::ArgumentDefinition => "ARGUMENT_DEFINITION",
        DirectiveLocation::Interface => "INTERFACE",
        DirectiveLocation::Union => "UNION",
        DirectiveLocation::Enum => "ENUM",
        DirectiveLocation::EnumValue => "ENUM_VALUE",
        DirectiveLocation::InputObject => "INPUT_OBJECT",
        DirectiveLocation::InputFieldDefinition => "INPUT_FIELD_DEFINITION",
    }
}

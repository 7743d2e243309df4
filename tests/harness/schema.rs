//! The schema that runs, as cases walk it: its lists, what else its objects lead to, and the words of its enums.

use std::collections::{BTreeMap, HashSet};

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{FieldDefinition, TypeDefinition, TypeKind, TypeSystemDefinition};

/// The types of the schema, by name.
pub struct SchemaText(BTreeMap<String, TypeDefinition>);

/// A field that is a connection.
#[derive(Clone, Debug)]
pub struct ListField {
    /// The object or interface that has it.
    pub on: String,
    pub field: String,
    /// What it can be ordered by.
    pub orders: Vec<String>,
}

impl SchemaText {
    /// The one that runs.
    pub fn read() -> Self {
        let text = api::server::app::schema_text(&api::server::app::graph());
        let definitions = parse_schema(text).expect("a schema").definitions.into_iter();
        let types = definitions.filter_map(|definition| match definition {
            TypeSystemDefinition::Type(definition) => Some((definition.node.name.node.to_string(), definition.node)),
            _ => None,
        });
        Self(types.collect())
    }

    /// Every connection under every object and interface.
    pub fn lists(&self) -> Vec<ListField> {
        let mut lists = Vec::new();
        for (on, field) in self.fields().filter(|(_, field)| type_of(field).ends_with("Connection")) {
            let order = field.arguments.iter().find(|argument| argument.node.name.node == "orderBy");
            let order = base(&order.expect("a list can be ordered").node.ty.node.to_string());
            lists.push(ListField {
                on: on.clone(),
                field: field.name.node.to_string(),
                orders: self.words(&format!("{order}Field")),
            });
        }
        lists
    }

    /// Every field that leads from `on` to other things without being a connection, and that can be asked without arguments.
    pub fn neighbours(&self, on: &str) -> Vec<String> {
        let leads = |field: &FieldDefinition| {
            let to = self.0.get(&type_of(field)).map(|definition| &definition.kind);
            let needs = field
                .arguments
                .iter()
                .any(|argument| !argument.node.ty.node.nullable && argument.node.default_value.is_none());
            matches!(to, Some(TypeKind::Object(_) | TypeKind::Interface(_)))
                && !type_of(field).ends_with("Connection")
                && !needs
        };
        self.fields()
            .filter(|(owner, field)| *owner == on && leads(field))
            .map(|(_, field)| field.name.node.to_string())
            .collect()
    }

    /// The words of an enum, as declared.
    pub fn words(&self, choice: &str) -> Vec<String> {
        match &self.0.get(choice).unwrap_or_else(|| panic!("the schema has no {choice}")).kind {
            TypeKind::Enum(choice) => choice.values.iter().map(|value| value.node.value.node.to_string()).collect(),
            _ => panic!("{choice} is no enum"),
        }
    }

    pub fn is_enum(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|definition| matches!(definition.kind, TypeKind::Enum(_)))
    }

    /// The names of the input types that end so.
    pub fn inputs(&self, end: &str) -> Vec<String> {
        let inputs = self
            .0
            .iter()
            .filter(|(name, definition)| name.ends_with(end) && matches!(definition.kind, TypeKind::InputObject(_)));
        inputs.map(|(name, _)| name.clone()).collect()
    }

    /// The fields of an input type, and their types as they are written.
    pub fn fields_of_input(&self, input: &str) -> Vec<(String, String)> {
        match self.0.get(input).map(|definition| &definition.kind) {
            Some(TypeKind::InputObject(input)) => {
                let fields = input.fields.iter().map(|field| &field.node);
                fields.map(|field| (field.name.node.to_string(), field.ty.node.to_string())).collect()
            }
            _ => panic!("{input} is no input type"),
        }
    }

    /// The names of the fields of an object.
    pub fn fields_on(&self, on: &str) -> Vec<String> {
        self.fields().filter(|(owner, _)| *owner == on).map(|(_, field)| field.name.node.to_string()).collect()
    }

    /// The types that have lists.
    pub fn parents(&self) -> HashSet<String> {
        self.lists().into_iter().map(|list| list.on).collect()
    }

    fn fields(&self) -> impl Iterator<Item = (&String, &FieldDefinition)> {
        self.0.iter().flat_map(|(name, definition)| {
            let fields = match &definition.kind {
                TypeKind::Object(object) => object.fields.as_slice(),
                TypeKind::Interface(interface) => interface.fields.as_slice(),
                _ => &[],
            };
            fields.iter().map(move |field| (name, &field.node))
        })
    }
}

fn type_of(field: &FieldDefinition) -> String {
    base(&field.ty.node.to_string())
}

/// A type's name without what says that it is a list or never null.
fn base(name: &str) -> String {
    name.trim_matches(['[', ']', '!']).to_owned()
}

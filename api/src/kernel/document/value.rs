//! One value, judged by its type and put in the form that the type has.

use std::fmt;

use async_graphql::Name;
use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{BaseType, Type};
use async_graphql_value::{ConstValue, Value};

use super::types::{Input, InputValue, Kind, Types};
use crate::kernel::near::Between;
use crate::kernel::refusal::{Message, message};
use crate::kernel::scalar::{self, Source};

/// Where a value stands, from the argument or the variable down to it.
#[derive(Clone, Copy, Debug)]
pub(super) enum At<'p> {
    Whole(&'p str),
    Field(&'p At<'p>, &'p str),
    Item(&'p At<'p>, usize),
}

impl fmt::Display for At<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(name) => formatter.write_str(name),
            Self::Field(above, name) => write!(formatter, "{above}.{name}"),
            Self::Item(above, place) => write!(formatter, "{above}[{place}]"),
        }
    }
}

/// What is wrong with a value, and where.
#[derive(Debug)]
pub(super) struct Fault(pub Message);

impl Fault {
    fn at(at: At<'_>, reason: Message) -> Self {
        let Message { english, chinese } = reason;
        Self(message!("{at}: {english}", "{at}，{chinese}"))
    }
}

/// What values are made of, in a document or in JSON.
pub(super) enum Part<'v, V> {
    Null,
    Variable(&'v Name),
    List(&'v mut Vec<V>),
    Object(&'v mut IndexMap<Name, V>),
    /// A number, a text, a yes or no, or a word.
    Leaf(ConstValue),
}

/// A value that can be looked into, and changed.
pub(super) trait Tree: Sized {
    /// Where it comes from.
    const SOURCE: Source;

    fn part(&mut self) -> Part<'_, Self>;

    fn put(&mut self, leaf: ConstValue);
}

/// A value in a document.
impl Tree for Value {
    const SOURCE: Source = Source::Document;

    fn part(&mut self) -> Part<'_, Self> {
        match self {
            Self::Null => Part::Null,
            Self::Variable(name) => Part::Variable(name),
            Self::List(items) => Part::List(items),
            Self::Object(fields) => Part::Object(fields),
            Self::Number(number) => Part::Leaf(ConstValue::Number(number.clone())),
            Self::String(text) => Part::Leaf(ConstValue::String(text.clone())),
            Self::Boolean(flag) => Part::Leaf(ConstValue::Boolean(*flag)),
            Self::Enum(word) => Part::Leaf(ConstValue::Enum(word.clone())),
            Self::Binary(bytes) => Part::Leaf(ConstValue::Binary(bytes.clone())),
        }
    }

    fn put(&mut self, leaf: ConstValue) {
        *self = leaf.into_value();
    }
}

/// A value of the variables, as JSON has it.
impl Tree for ConstValue {
    const SOURCE: Source = Source::Json;

    fn part(&mut self) -> Part<'_, Self> {
        match self {
            Self::Null => Part::Null,
            Self::List(items) => Part::List(items),
            Self::Object(fields) => Part::Object(fields),
            leaf => Part::Leaf(leaf.clone()),
        }
    }

    fn put(&mut self, leaf: ConstValue) {
        *self = leaf;
    }
}

/// A variable, and what it stands for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Use<'t> {
    /// What it stands for is called so.
    pub place: &'t str,
    pub ty: &'t Type,
    /// Whether the place has a value where nothing is said.
    pub has_default: bool,
    /// Whether it is the one field of an object that must have one.
    pub is_only_one: bool,
}

/// Judges values, and keeps which variables stand for what.
pub(super) struct Judge<'t> {
    types: &'t Types,
    pub uses: Vec<(Name, Use<'t>)>,
}

impl<'t> Judge<'t> {
    pub(super) const fn new(types: &'t Types) -> Self {
        Self { types, uses: Vec::new() }
    }

    /// The value of an argument or of a field.
    pub(super) fn given<V: Tree>(&mut self, value: &mut V, of: &'t InputValue, at: At<'_>) -> Result<(), Fault> {
        let place = Use { place: &of.name, ty: &of.ty, has_default: of.default.is_some(), is_only_one: false };
        self.value(value, place, at)
    }

    /// A value that stands for something.
    pub(super) fn value<V: Tree>(&mut self, value: &mut V, of: Use<'t>, at: At<'_>) -> Result<(), Fault> {
        let Use { place, ty, .. } = of;
        match (value.part(), &ty.base) {
            (Part::Variable(name), _) => {
                self.uses.push((name.clone(), of));
                return Ok(());
            }
            (Part::Null, _) if ty.nullable => return Ok(()),
            (Part::Null, _) => return Err(Fault::at(at, scalar::cannot_be(&ty.to_string(), ("null", "空值")))),
            (Part::List(items), BaseType::List(inner)) => {
                let of = Use { place, ty: inner, has_default: false, is_only_one: false };
                let mut items = items.iter_mut().enumerate();
                return items.try_for_each(|(number, item)| self.value(item, of, At::Item(&at, number)));
            }
            _ => {}
        }
        match &ty.base {
            // One value is as good as a list of it.
            BaseType::List(inner) => {
                self.value(value, Use { place, ty: inner, has_default: false, is_only_one: false }, at)
            }
            BaseType::Named(name) => self.named(value, name, at),
        }
    }

    fn named<V: Tree>(&mut self, value: &mut V, name: &str, at: At<'_>) -> Result<(), Fault> {
        // A type that is not there is for the rules to tell.
        let Some(definition) = self.types.get(name) else { return Ok(()) };
        let refuse = |what: (&str, &str)| Err(Fault::at(at, scalar::cannot_be(name, what)));
        let leaf = match (value.part(), &definition.kind) {
            (Part::Object(fields), Kind::Input(input)) => return self.object(fields, name, input, at),
            (Part::Object(_), _) => return refuse(("an object", "对象")),
            (Part::List(_), _) => return refuse(("a list", "列表")),
            (Part::Leaf(leaf), _) => leaf,
            // Both were met above.
            (Part::Null | Part::Variable(_), _) => return Ok(()),
        };
        match (&definition.kind, &leaf) {
            (Kind::Enum(values), ConstValue::Enum(word)) if values.contains(word) => {}
            (Kind::Enum(values), ConstValue::String(word))
                if V::SOURCE == Source::Json && values.contains(word.as_str()) => {}
            (Kind::Enum(_), ConstValue::Enum(word)) => return refuse((word, &format!(" {word}"))),
            (Kind::Enum(_) | Kind::Input(_), _) => return refuse(scalar::kind(&leaf)),
            (Kind::Scalar, _) => {
                let read = scalar::read(name, leaf, V::SOURCE).map_err(|reason| Fault::at(at, reason))?;
                read.into_iter().for_each(|leaf| value.put(leaf));
            }
            // A type that is no input is for the rules to tell.
            (Kind::Object(_) | Kind::Interface(_) | Kind::Union, _) => {}
        }
        Ok(())
    }

    fn object<V: Tree>(
        &mut self,
        given: &mut IndexMap<Name, V>,
        name: &str,
        input: &'t Input,
        at: At<'_>,
    ) -> Result<(), Fault> {
        if input.is_one_of {
            let is_one = given.len() == 1 && !given.values_mut().any(|value| matches!(value.part(), Part::Null));
            if !is_one {
                let reason = message!(
                    "{name} takes exactly one of its fields, and that not null",
                    "{name} 须给出且仅给出一个字段，且不能为空"
                );
                return Err(Fault::at(at, reason));
            }
        }
        for (field, value) in &mut *given {
            let at = At::Field(&at, field);
            let Some(of) = input.fields.get(field) else {
                return Err(Fault::at(at, message!("{name} has no field {field}", "{name} 没有字段 {field}")));
            };
            let has_default = of.default.is_some();
            self.value(value, Use { place: &of.name, ty: &of.ty, has_default, is_only_one: input.is_one_of }, at)?;
            check_bounds(value, name, field, at)?;
        }
        match input.fields.values().find(|field| field.is_required() && !given.contains_key(&field.name)) {
            Some(field) => {
                let ty = &field.ty;
                let reason = message!("it is {ty}, and {name} must have it", "类型为 {ty}，{name} 必须给出");
                Err(Fault::at(At::Field(&at, &field.name), reason))
            }
            None => Ok(()),
        }
    }
}

/// Some numbers must lie from one to another, which no type of the schema says.
fn check_bounds<V: Tree>(value: &mut V, input: &str, field: &str, at: At<'_>) -> Result<(), Fault> {
    let Some(bounds) = Between::of(input, field) else { return Ok(()) };
    let Part::Leaf(ConstValue::Number(number)) = value.part() else { return Ok(()) };
    number.as_f64().map_or(Ok(()), |number| bounds.holds(number).map_err(|reason| Fault::at(at, reason)))
}

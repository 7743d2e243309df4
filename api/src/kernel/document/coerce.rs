//! Every value of a request, literals and variables, is judged by its type before anything runs (§5.6, §5.8.5, §6.1.2).

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use async_graphql::parser::types::DocumentOperations::{Multiple, Single};
use async_graphql::parser::types::{
    BaseType, Directive, ExecutableDocument, OperationDefinition, Selection, SelectionSet, Type, VariableDefinition,
};
use async_graphql::{Name, Positioned, Variables};
use async_graphql_value::{ConstValue, Value};

use super::types::{Definition, InputValue, Types};
use super::value::{At, Fault, Judge, Use};
use crate::kernel::error::{Error, Result};
use crate::kernel::refusal::{Message, message};

/// Puts every literal of a document in the form of its type, and holds that each variable may stand where it does.
///
/// # Errors
/// `BAD_REQUEST`, naming the argument or the variable, the place in it, and why.
pub(super) fn literals(
    document: &mut ExecutableDocument,
    chosen: Option<&str>,
    given: &Variables,
    types: &Types,
) -> Result<()> {
    let mut fragments = HashMap::new();
    // In the order of the document: of several faults, the first is told.
    let mut definitions: Vec<_> = document.fragments.iter_mut().collect();
    definitions.sort_unstable_by_key(|(_, fragment)| fragment.pos);
    for (name, fragment) in definitions {
        let fragment = &mut fragment.node;
        let mut walk = Walk::new(types);
        walk.directives(&mut fragment.directives)?;
        walk.selection(&mut fragment.selection_set.node, types.get(&fragment.type_condition.node.on.node))?;
        fragments.insert(name.clone(), walk);
    }
    let mut operations: Vec<_> = match &mut document.operations {
        Single(operation) => vec![(true, operation)],
        Multiple(operations) => {
            operations.iter_mut().map(|(name, operation)| (chosen == Some(name.as_str()), operation)).collect()
        }
    };
    operations.sort_unstable_by_key(|(_, operation)| operation.pos);
    for (runs, operation) in operations {
        let operation = &mut operation.node;
        let mut walk = Walk::new(types);
        walk.directives(&mut operation.directives)?;
        for definition in &mut operation.variable_definitions {
            walk.directives(&mut definition.node.directives)?;
            default(&mut definition.node, types)?;
        }
        walk.selection(&mut operation.selection_set.node, types.root(operation.ty))?;
        let variables = &operation.variable_definitions;
        each_use(&walk, &fragments, &mut HashSet::new(), &mut |name, of| {
            let value = given.get(name).filter(|_| runs);
            find(variables, name).map_or(Ok(()), |definition| may_stand(definition, value, of))
        })?;
    }
    Ok(())
}

/// Puts the values of the variables in the form of their types.
///
/// # Errors
/// `BAD_REQUEST`, naming the variable, the place in it, and why.
pub(super) fn variables(operation: &OperationDefinition, given: &mut Variables, types: &Types) -> Result<()> {
    let mut judge = Judge::new(types);
    for definition in &operation.variable_definitions {
        let VariableDefinition { name, var_type, default_value, .. } = &definition.node;
        let (name, ty) = (&name.node, &var_type.node);
        let is_missing = match given.get(name) {
            Some(value) => *value == ConstValue::Null,
            None => default_value.is_none(),
        };
        if is_missing && !ty.nullable {
            let reason =
                message!("the variable ${name} is {ty}, and has no value", "变量 ${name} 的类型为 {ty}，没有给出值");
            return Err(Error::BadValue(Arc::new(reason)));
        }
        let Some(value) = given.get_mut(name) else { continue };
        let of = Use { place: "", ty, has_default: false, is_only_one: false };
        // The judge keeps types for as long as it lives, and JSON has no variables to keep them for.
        judge
            .value(value, of, At::Whole(name))
            .map_err(|Fault(reason)| told(message!("variable ${name}", "变量 ${name} "), &reason))?;
    }
    Ok(())
}

fn told(what: Message, reason: &Message) -> Error {
    let (english, chinese) = (what.english, what.chinese);
    let Message { english: why, chinese: because } = reason;
    Error::BadValue(Arc::new(message!("the {english} is wrong at {why}", "{chinese}有误：{because}")))
}

/// The default of a variable is a literal without variables.
fn default(definition: &mut VariableDefinition, types: &Types) -> Result<()> {
    let (name, ty) = (&definition.name.node, &definition.var_type.node);
    let Some(default) = &mut definition.default_value else { return Ok(()) };
    let mut value = std::mem::take(&mut default.node).into_value();
    let of = Use { place: "", ty, has_default: false, is_only_one: false };
    let judged = Judge::new(types).value(&mut value, of, At::Whole(name));
    judged.map_err(|Fault(reason)| told(message!("default of ${name}", "变量 ${name} 的默认值"), &reason))?;
    default.node = value.into_const().unwrap_or_default();
    Ok(())
}

/// What a definition says, but for the fragments that it spreads.
struct Walk<'t> {
    types: &'t Types,
    judge: Judge<'t>,
    spreads: Vec<Name>,
}

type Arguments = [(Positioned<Name>, Positioned<Value>)];

impl<'t> Walk<'t> {
    const fn new(types: &'t Types) -> Self {
        Self { types, judge: Judge::new(types), spreads: Vec::new() }
    }

    // The scan has bounded how deep this can go.
    fn selection(&mut self, selection: &mut SelectionSet, parent: Option<&'t Definition>) -> Result<()> {
        for item in &mut selection.items {
            match &mut item.node {
                Selection::Field(field) => {
                    let field = &mut field.node;
                    self.directives(&mut field.directives)?;
                    // A field that is not there is for the rules to tell.
                    let known = parent.and_then(|parent| self.types.field(parent, &field.name.node));
                    if let Some(known) = known {
                        let named = |name: &str| known.arguments.get(name);
                        self.arguments(&mut field.arguments, named, &known.name)?;
                    }
                    let below = known.and_then(|known| self.types.named(&known.ty));
                    self.selection(&mut field.selection_set.node, below)?;
                }
                Selection::InlineFragment(fragment) => {
                    let fragment = &mut fragment.node;
                    self.directives(&mut fragment.directives)?;
                    let on = match &fragment.type_condition {
                        Some(condition) => self.types.get(&condition.node.on.node),
                        None => parent,
                    };
                    self.selection(&mut fragment.selection_set.node, on)?;
                }
                Selection::FragmentSpread(spread) => {
                    self.directives(&mut spread.node.directives)?;
                    self.spreads.push(spread.node.fragment_name.node.clone());
                }
            }
        }
        Ok(())
    }

    fn directives(&mut self, directives: &mut [Positioned<Directive>]) -> Result<()> {
        for directive in directives {
            let Some(known) = self.types.directive(&directive.node.name.node) else { continue };
            let named = |name: &str| known.arguments.get(name);
            self.arguments(&mut directive.node.arguments, named, &format!("@{}", known.name))?;
        }
        Ok(())
    }

    fn arguments(
        &mut self,
        given: &mut Arguments,
        named: impl Fn(&str) -> Option<&'t InputValue>,
        owner: &str,
    ) -> Result<()> {
        for (name, value) in given {
            let Some(of) = named(&name.node) else { continue };
            let judged = self.judge.given(&mut value.node, of, At::Whole(&of.name));
            let name = &of.name;
            judged.map_err(|Fault(reason)| {
                told(message!("argument {name} of {owner}", "{owner} 的参数 {name} "), &reason)
            })?;
        }
        Ok(())
    }
}

/// Looks at each use of a variable in a definition and in the fragments that it reaches, each of them once.
fn each_use<'t>(
    walk: &Walk<'t>,
    fragments: &HashMap<Name, Walk<'t>>,
    seen: &mut HashSet<Name>,
    check: &mut impl FnMut(&Name, &Use<'t>) -> Result<()>,
) -> Result<()> {
    walk.judge.uses.iter().try_for_each(|(name, of)| check(name, of))?;
    for name in &walk.spreads {
        if let Some(fragment) = fragments.get(name)
            && seen.insert(name.clone())
        {
            each_use(fragment, fragments, seen, check)?;
        }
    }
    Ok(())
}

fn find<'d>(definitions: &'d [Positioned<VariableDefinition>], name: &Name) -> Option<&'d VariableDefinition> {
    definitions.iter().map(|definition| &definition.node).find(|definition| definition.name.node == *name)
}

/// Whether a variable may stand there (§5.8.5): a nullable one where no null may be only with a default of either, and never for
/// the one field of an object.
fn may_stand(definition: &VariableDefinition, value: Option<&ConstValue>, of: &Use<'_>) -> Result<()> {
    let (name, ty) = (&definition.name.node, &definition.var_type.node);
    let refuse = |why: &str| {
        let Use { place, ty: wanted, .. } = of;
        Err(Error::BadRequest(format!(
            "the variable ${name} is {ty}, and cannot stand for {place}, which is {wanted}{why}"
        )))
    };
    if of.is_only_one && ty.nullable {
        return refuse(" and the only one given: declare it as not null");
    }
    let default = definition.default_value.as_ref().map(|default| &default.node);
    let has_default = of.has_default || default.is_some_and(|default| *default != ConstValue::Null);
    let is_excused = ty.nullable && !of.ty.nullable && has_default;
    let fits = if is_excused { fits_base(&ty.base, &of.ty.base) } else { fits(ty, of.ty) };
    if !fits {
        return refuse("");
    }
    if !of.ty.nullable && value == Some(&ConstValue::Null) {
        return refuse(": it cannot be null there");
    }
    Ok(())
}

fn fits(given: &Type, wanted: &Type) -> bool {
    (wanted.nullable || !given.nullable) && fits_base(&given.base, &wanted.base)
}

fn fits_base(given: &BaseType, wanted: &BaseType) -> bool {
    match (given, wanted) {
        (BaseType::Named(given), BaseType::Named(wanted)) => given == wanted,
        (BaseType::List(given), BaseType::List(wanted)) => fits(given, wanted),
        _ => false,
    }
}

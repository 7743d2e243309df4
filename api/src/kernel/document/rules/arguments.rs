//! Arguments and directives: known, where they may be, once, and all there that must be.

use std::collections::HashSet;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{Directive, DirectiveLocation};
use async_graphql::{Name, Pos, Positioned};
use async_graphql_value::Value;

use super::Rules;
use super::uses::Uses;
use crate::kernel::document::introspect::place_of;
use crate::kernel::document::types::InputValue;

type Arguments = [(Positioned<Name>, Positioned<Value>)];

impl<'d> Rules<'d> {
    /// Arguments that are known, given once, and all there that must be.
    pub(super) fn arguments(
        &mut self,
        known: &IndexMap<Name, InputValue>,
        given: &'d Arguments,
        owner: &str,
        at: Pos,
        uses: &mut Uses<'d>,
    ) {
        let mut names = HashSet::new();
        for (name, value) in given {
            uses.value(&value.node, value.pos);
            if !names.insert(&name.node) {
                self.fault(name.pos, format!("There can be only one argument named \"{}\".", name.node));
            }
            if !known.contains_key(&name.node) {
                let hint = self.hint(&name.node, known.keys());
                self.fault(name.pos, format!("Unknown argument \"{}\" on {owner}.{hint}", name.node));
            }
        }
        for missing in known.values().filter(|known| known.is_required() && !names.contains(&known.name)) {
            let InputValue { name, ty, .. } = missing;
            self.fault(at, format!("Argument \"{name}\" of type \"{ty}\" is required on {owner}, and was not given."));
        }
    }

    pub(super) fn directives(
        &mut self,
        directives: &'d [Positioned<Directive>],
        location: DirectiveLocation,
        uses: &mut Uses<'d>,
    ) {
        let mut seen = HashSet::new();
        for directive in directives {
            let Directive { name, arguments } = &directive.node;
            let Some(known) = self.types.directive(&name.node) else {
                arguments.iter().for_each(|(_, value)| uses.value(&value.node, value.pos));
                self.fault(directive.pos, format!("Unknown directive \"@{}\".", name.node));
                continue;
            };
            if !known.locations.contains(&location) {
                self.fault(
                    directive.pos,
                    format!("Directive \"@{}\" may not be used on {}.", name.node, place_of(location)),
                );
            }
            // None of the schema's may be repeated.
            if !seen.insert(&name.node) {
                self.fault(directive.pos, format!("The directive \"@{}\" can only be used once here.", name.node));
            }
            self.arguments(&known.arguments, arguments, &format!("directive \"@{}\"", name.node), directive.pos, uses);
        }
    }
}

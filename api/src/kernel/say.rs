//! What a caller says of the fields of something, and all that is wrong with it: a form is mended in one go.

use async_graphql::MaybeUndefined;

use super::refusal::{Refusal, Stop, message};
use super::text::{optional, optional_lines, required};

/// What is said of a field: nothing, that it has none, or this.
pub type Say<T> = Option<Option<T>>;

/// What a field of an input says.
pub(crate) trait Says<T> {
    fn said(self) -> Say<T>;
}

/// Of something new, null is as good as absent.
impl<T> Says<T> for Option<T> {
    fn said(self) -> Say<T> {
        self.map(Some)
    }
}

/// Of something that is there, absent leaves it, and null takes it away.
impl<T> Says<T> for MaybeUndefined<T> {
    fn said(self) -> Say<T> {
        self.into()
    }
}

/// What was said, as something else.
pub(crate) fn each<T, U>(said: Say<T>, convert: impl Fn(T) -> U) -> Say<U> {
    said.map(|value| value.map(convert))
}

/// Everything that is wrong with what was said.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<Refusal>);

impl Faults {
    /// One more.
    pub(crate) fn note(&mut self, fault: Refusal) {
        self.0.push(fault);
    }

    /// Whether it can be done at all.
    pub(crate) fn end(self) -> Result<(), Stop> {
        if self.0.is_empty() { Ok(()) } else { Err(Stop::Refused(self.0)) }
    }

    /// What came of a check; a fault leaves things as they were.
    pub(crate) fn sound<T>(&mut self, checked: Result<T, Refusal>) -> Option<T> {
        checked.map_err(|refusal| self.note(refusal)).ok()
    }

    /// What is said of a field that may not be none.
    pub(crate) fn some<T>(&mut self, field: &str, said: Say<T>) -> Option<T> {
        let said = said?;
        if said.is_none() {
            self.note(Refusal::invalid(field, message!("it may not be null", "不能为空")));
        }
        said
    }

    /// A field that may not be none.
    pub(crate) fn fill<T>(&mut self, field: &str, target: &mut T, said: Say<T>) {
        if let Some(value) = self.some(field, said) {
            *target = value;
        }
    }

    /// A field that only things of another kind are without.
    pub(crate) fn fill_own<T>(&mut self, field: &str, target: &mut Option<T>, said: Say<T>) {
        self.fill(field, target, each(said, Some));
    }

    /// A text that may not be none, nor empty.
    pub(crate) fn fill_title(&mut self, field: &str, target: &mut String, said: Say<String>, longest: usize) {
        let text = self.some(field, said);
        if let Some(text) = text.and_then(|text| self.sound(required(field, text, longest))) {
            *target = text;
        }
    }

    /// A text that may be none, and may have several lines.
    pub(crate) fn fill_lines(&mut self, field: &str, target: &mut Option<String>, said: Say<String>, longest: usize) {
        if let Some(text) = said.and_then(|text| self.sound(optional_lines(field, text, longest))) {
            *target = text;
        }
    }

    /// A text of one line that may be none.
    pub(crate) fn fill_text(&mut self, field: &str, target: &mut Option<String>, said: Say<String>, longest: usize) {
        if let Some(text) = said.and_then(|text| self.sound(optional(field, text, longest))) {
            *target = text;
        }
    }

    /// A whole number that may be none.
    pub(crate) fn fill_number(&mut self, field: &str, target: &mut Option<i32>, said: Say<i32>, least: i32) {
        match said {
            None => {}
            Some(Some(number)) if number < least => {
                self.note(Refusal::invalid(field, message!("at least {least}", "不能小于 {least}")));
            }
            Some(value) => *target = value,
        }
    }
}

//! Which columns of a row a selection needs: what is not asked for is neither sent nor read.
//!
//! A field of an object says beside its name which columns it shows (`object!`, `node!`); one that does not, may look at all.

use async_graphql::SelectionField;

use super::list::Neighbour;
use super::table::TableSpec;

/// Some columns of a table, by their places in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Columns(u64);

impl Columns {
    /// All of them. No table has more than 64.
    pub const ALL: Self = Self(u64::MAX);
    /// None of them.
    pub const NONE: Self = Self(0);

    /// Whether the column at this place is one of them.
    #[must_use]
    pub const fn have(self, place: usize) -> bool {
        place < 64 && self.0 & (1 << place) != 0
    }

    /// Whether all of `others` are among them.
    #[must_use]
    pub const fn cover(self, others: Self) -> bool {
        others.0 & !self.0 == 0
    }

    /// These and those.
    #[must_use]
    pub const fn and(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// Of these of a table, the places of those with one of these names.
    fn named(all: &[&str], names: &[&str]) -> Self {
        let places = (0..).zip(all).filter(|(_, column)| names.contains(column));
        places.fold(Self::NONE, |columns, (place, _): (u32, _)| columns.and(Self(1 << place)))
    }
}

/// A field of an object, and the columns that it shows.
pub type Shows = (&'static str, &'static [&'static str]);

/// An object of the schema.
pub trait Object {
    /// What its fields show. Those that are not here may look at every column.
    const SHOWS: &'static [Shows];
}

/// What the selections of a list's rows, or of one row, ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// Of the row itself.
    pub columns: Columns,
    /// Of what the row points at.
    pub neighbours: Vec<(&'static Neighbour, Columns)>,
    /// And how many rows there are.
    pub counts: bool,
}

impl Selection {
    /// Every column, and nothing beside.
    pub const ALL: Self = Self { columns: Columns::ALL, neighbours: Vec::new(), counts: false };

    /// What `fields` select of a row. Every object that the row can be says what its fields show; `neighbours` are those that may be
    /// read with it.
    pub fn of(
        table: &'static TableSpec,
        objects: &[&[Shows]],
        neighbours: &'static [Neighbour],
        fields: &[SelectionField<'_>],
    ) -> Self {
        let all = table.columns();
        let mut selection =
            Self { columns: Columns::named(&all, table.marks()), neighbours: Vec::new(), counts: false };
        for field in fields.iter().flat_map(SelectionField::selection_set) {
            match neighbours.iter().find(|neighbour| is_named(field.name(), neighbour.field)) {
                Some(neighbour) => {
                    selection.columns = selection.columns.and(Columns::named(&all, &[neighbour.column]));
                    let asked = Self::of(neighbour.table, neighbour.objects, &[], &[field]).columns;
                    selection.add(neighbour, asked);
                }
                None => selection.columns = selection.columns.and(shown(&all, objects, field.name())),
            }
        }
        // A field that may look at the whole row may look at what it points at, too.
        if selection.columns == Columns::ALL {
            selection.neighbours.iter_mut().for_each(|(_, columns)| *columns = Columns::ALL);
        }
        selection
    }

    /// This and that.
    pub fn and(&mut self, other: &Self) {
        self.counts |= other.counts;
        self.columns = self.columns.and(other.columns);
        other.neighbours.iter().for_each(|(neighbour, columns)| self.add(neighbour, *columns));
    }

    fn add(&mut self, neighbour: &'static Neighbour, asked: Columns) {
        match self.neighbours.iter_mut().find(|(known, _)| known.field == neighbour.field) {
            Some((_, columns)) => *columns = columns.and(asked),
            None => self.neighbours.push((neighbour, asked)),
        }
    }
}

/// The columns that a field shows, whichever of `objects` the row is.
fn shown(all: &[&str], objects: &[&[Shows]], field: &str) -> Columns {
    if field == "__typename" {
        return Columns::NONE;
    }
    let shows = objects.iter().map(|fields| fields.iter().find(|(name, _)| is_named(field, name)));
    let columns = shows.map(|shows| shows.map_or(Columns::ALL, |(_, columns)| Columns::named(all, columns)));
    columns.reduce(Columns::and).unwrap_or(Columns::ALL)
}

/// Whether a field of the schema (`areaPath`) is what a function is called (`area_path`).
fn is_named(field: &str, function: &str) -> bool {
    let mut letters = field.bytes();
    let mut starts = false;
    function.bytes().all(|letter| match letter {
        b'_' => {
            starts = true;
            true
        }
        letter => {
            letters.next() == Some(if std::mem::take(&mut starts) { letter.to_ascii_uppercase() } else { letter })
        }
    }) && letters.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_by_the_names_of_their_functions() {
        assert!(is_named("areaPath", "area_path"));
        assert!(is_named("name", "name"));
        assert!(!is_named("areaPath", "area"));
        assert!(!is_named("area", "area_path"));
    }

    #[test]
    fn what_one_object_does_not_declare_may_look_at_everything() {
        let all = ["id", "name", "code"];
        let (unit, community): (&[Shows], &[Shows]) =
            (&[("name", &["name"]), ("code", &["code"])], &[("name", &["name"])]);
        assert_eq!(shown(&all, &[unit, community], "name"), Columns(0b010));
        assert_eq!(shown(&all, &[unit], "code"), Columns(0b100));
        assert_eq!(shown(&all, &[unit, community], "code"), Columns::ALL);
        assert_eq!(shown(&all, &[unit], "whyNot"), Columns::ALL);
    }
}

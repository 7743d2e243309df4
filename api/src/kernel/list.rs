//! Lists: what they are of, how they hang on their parents, and what is asked of them.

use std::any::TypeId;
use std::sync::Arc;

use async_graphql::{InputType, OutputType, Value};
use entity::Timestamp;
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::Expr;
use sea_orm::{DbBackend, ModelTrait};

use super::columns::{Selection, Shows};
use super::cursor::{self, Fingerprint, KeyValue, Sort};
use super::error::{Error, Result};
use super::filter::{Condition, Filter, NearInput};
use super::order::{Key, KeyKind, Order, OrderDirection, OrderLine};
use super::page::Placed;
use super::scope::{self, Keyed, Public, Reach, Scope};
use super::table::{Model, Record, TableSpec, Tabled};
use super::viewer::Viewer;

/// A list of the graph: what it is of, how it hangs on its parent, and what may be asked of it.
pub trait List: Send + Sync + Sized + 'static {
    /// The table.
    type Entity: Reach;
    /// What it may be filtered by.
    type Filter: Filter;
    /// What it may be ordered by.
    type Order: Order;
    /// What one row of it is in the schema.
    type Node: Node<Model = Model<Self::Entity>>;

    /// The same as a value, by which one function reads every list.
    const LIST: &'static ListSpec = &ListSpec {
        identity: TypeId::of::<Self>(),
        table: Self::Entity::TABLE,
        ways: Self::ways,
        node: || Self::Node::type_name().into_owned(),
        usual: || Self::Order::usual().into_iter().map(line).collect(),
        usual_direction: Self::Order::USUAL_DIRECTION,
    };

    /// Which rows are of this list: one condition for each way in which a row can hang on the parent. No row may do so in two ways.
    ///
    /// Several ways are searched apart and merged, since an index serves each but none serves "either".
    fn ways(at: Scope<'_>) -> Vec<Expr>;
}

/// A list as a value.
#[derive(Debug)]
pub struct ListSpec {
    identity: TypeId,
    /// Its table.
    pub table: &'static TableSpec,
    /// How its rows hang on a parent.
    pub ways: fn(Scope<'_>) -> Vec<Expr>,
    node: fn() -> String,
    usual: fn() -> Vec<Line>,
    usual_direction: OrderDirection,
}

impl ListSpec {
    /// What tells it from other lists.
    #[must_use]
    pub const fn identity(&self) -> TypeId {
        self.identity
    }
}

/// A line of an order, and how it was written.
type Line = (Value, Box<dyn OrderLine>);

fn line<O: Order>(line: O) -> Line {
    (line.to_value(), Box::new(line))
}

/// What one row is in the schema.
pub trait Node: OutputType + From<Arc<Self::Model>> {
    /// The row.
    type Model: ModelTrait<Entity: Reach<Model = Self::Model>> + Keyed + Default + Send + Sync + 'static;

    /// What its fields show, for each object that it can be. What is not named here may look at every column.
    const OBJECTS: &'static [&'static [Shows]] = &[];

    /// The rows that a row points at, by the fields that show them.
    const NEIGHBOURS: &'static [Neighbour] = &[];

    /// The same, of a row that a list gave.
    ///
    /// # Errors
    /// Where the list is of another table: a fault of ours.
    fn of(record: &Record) -> Result<Self> {
        record.model::<Self::Model>().map(Self::from)
    }
}

/// A row that another one points at, and which everybody may see: where the field is selected, it is read with the other.
#[derive(Debug)]
pub struct Neighbour {
    /// The field that shows it.
    pub field: &'static str,
    /// The column that points at it.
    pub column: &'static str,
    /// Its table.
    pub table: &'static TableSpec,
    /// What the fields of its objects show.
    pub objects: &'static [&'static [Shows]],
}

/// Of one list, no two are shown by the same field.
impl PartialEq for Neighbour {
    fn eq(&self, other: &Self) -> bool {
        self.field == other.field && self.column == other.column
    }
}

impl Eq for Neighbour {}

impl Neighbour {
    /// What `column` points at is shown by `field`.
    #[must_use]
    pub const fn new<N: Node>(field: &'static str, column: &'static str) -> Self
    where
        <N::Model as ModelTrait>::Entity: Public,
    {
        Self { field, column, table: <N::Model as ModelTrait>::Entity::TABLE, objects: N::OBJECTS }
    }
}

/// What a list hangs on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Parent {
    /// Nothing: a list of the root.
    Root,
    /// A row, by its key.
    Row(Uuid),
    /// An area and all below it, by its path.
    Subtree(Arc<str>),
}

impl Parent {
    /// Nothing.
    #[must_use]
    pub const fn root() -> Self {
        Self::Root
    }

    /// A row.
    #[must_use]
    pub const fn row(key: &Uuid) -> Self {
        Self::Row(*key)
    }

    /// An area and all below it.
    #[must_use]
    pub fn subtree(path: &str) -> Self {
        Self::Subtree(path.into())
    }
}

/// The parent's key, in a list's `ways`.
#[must_use]
pub fn parent(at: Scope<'_>) -> Expr {
    match at.backend {
        // JSON has no bytes: keys travel as hexadecimal digits.
        DbBackend::Sqlite => Expr::cust("unhex(parent.value)"),
        _ => Expr::cust("parent.value"),
    }
}

/// The path lies in the parent's subtree, in a list's `ways`.
#[must_use]
pub fn in_subtree(path: Expr) -> Expr {
    scope::in_subtree(path, Expr::cust("parent.value"))
}

/// Which rows of a list, in which order, from where on, and how many.
#[derive(Debug)]
pub struct Ask {
    /// Of this list.
    pub list: &'static ListSpec,
    /// Those rows that meet this.
    pub filter: Option<Box<dyn Condition>>,
    /// This part of them.
    pub window: Window,
    /// And of them, this much.
    pub selection: Selection,
    order: Vec<Box<dyn OrderLine>>,
    fingerprint: Fingerprint,
}

/// What part of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    /// How many rows.
    pub size: u64,
    /// Read from the end.
    pub backwards: bool,
    /// From this place on.
    pub from: Option<Vec<KeyValue>>,
}

/// The arguments that every list takes, as they came.
#[derive(Debug)]
pub struct Arguments<L: List> {
    /// Which.
    pub filter: Option<L::Filter>,
    /// In which order.
    pub order_by: Option<Vec<L::Order>>,
    /// How many from the front.
    pub first: Option<i32>,
    /// After this cursor.
    pub after: Option<String>,
    /// How many from the back.
    pub last: Option<i32>,
    /// Before this cursor.
    pub before: Option<String>,
}

impl<L: List> Default for Arguments<L> {
    fn default() -> Self {
        Self { filter: None, order_by: None, first: None, after: None, last: None, before: None }
    }
}

/// How many rows a page has where nobody says.
pub const USUAL_SIZE: i32 = 20;
/// How many rows a page may have.
pub const LARGEST_SIZE: i32 = 100;
/// How many lines an order may have.
const LONGEST_ORDER: usize = 8;

/// The arguments of a list, whichever it is.
struct Given {
    filter: Option<(Value, Box<dyn Condition>)>,
    order: Option<Vec<Line>>,
    first: Option<i32>,
    after: Option<String>,
    last: Option<i32>,
    before: Option<String>,
}

impl Ask {
    /// Reads and checks a list's arguments.
    ///
    /// # Errors
    /// `BAD_REQUEST` for a page that cannot be, `BAD_CURSOR` for a cursor that is not of this list, filter and order.
    pub fn new<L: List>(arguments: Arguments<L>) -> Result<Self> {
        let Arguments { filter, order_by, first, after, last, before } = arguments;
        let filter = filter.map(|filter| (filter.to_value(), Box::new(filter) as Box<dyn Condition>));
        let order = order_by.map(|lines| lines.into_iter().map(line).collect());
        Self::of(L::LIST, Given { filter, order, first, after, last, before })
    }

    fn of(list: &'static ListSpec, given: Given) -> Result<Self> {
        let Given { filter, order, first, after, last, before } = given;
        let order = order.filter(|lines| !lines.is_empty()).unwrap_or_else(list.usual);
        if order.len() > LONGEST_ORDER {
            return Err(Error::BadRequest(format!("orderBy has {} lines; at most {LONGEST_ORDER}", order.len())));
        }
        let (said, filter) = filter.unzip();
        let (lines, order): (Vec<_>, Vec<_>) = order.into_iter().unzip();
        let fingerprint = cursor::fingerprint(&(list.node)(), said, lines);
        let (size, backwards, cursor) = window(first, after, last, before)?;
        let mut ask = Self {
            list,
            filter,
            order,
            window: Window { size, backwards, from: None },
            selection: Selection::ALL,
            fingerprint,
        };
        if ask.order.iter().any(|line| line.needs_point()) && ask.near().is_none() {
            return Err(Error::BadRequest(
                "orderBy DISTANCE needs a point to measure from: filter with near: { lng, lat, metres }".into(),
            ));
        }
        if let Some(cursor) = cursor {
            let at = Scope::new(&Viewer::Anonymous, Timestamp(0), DbBackend::Sqlite);
            let kinds: Vec<KeyKind> = ask.sorts(at).iter().map(|sort| sort.key.kind).collect();
            ask.window.from = Some(cursor::decode(&cursor, &ask.fingerprint, &kinds)?);
        }
        Ok(ask)
    }

    /// The same, of which no more is read than this.
    #[must_use]
    pub fn with_selection(self, selection: Selection) -> Self {
        Self { selection, ..self }
    }

    /// Asks for the same rows of the same list, in the same order. Filter and order are in the fingerprint.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        self.list.identity == other.list.identity && self.fingerprint == other.fingerprint
    }

    /// What tells it from others, but for what part of the list it asks for.
    #[must_use]
    pub const fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
    }

    /// The cursor of a row of this list.
    #[must_use]
    pub fn cursor(&self, row: &Placed) -> String {
        cursor::encode(&self.fingerprint, &row.place)
    }

    /// How many values say where a row stands: those that it is ordered by, and its key.
    #[must_use]
    pub fn keys(&self) -> usize {
        self.order.len() + 1
    }

    /// What the rows are ordered by, in the direction of reading, last of all their key.
    #[must_use]
    pub fn sorts(&self, at: Scope<'_>) -> Vec<Sort> {
        let turn = |direction: OrderDirection| if self.window.backwards { direction.reverse() } else { direction };
        let key_direction = self.order.last().map_or(self.list.usual_direction, |line| line.direction());
        let lines =
            self.order.iter().map(|line| Sort { key: line.key(at, self.near()), direction: turn(line.direction()) });
        let key = Key { expression: at.id(), kind: KeyKind::Id };
        lines.chain([Sort { key, direction: turn(key_direction) }]).collect()
    }

    fn near(&self) -> Option<&NearInput> {
        self.filter.as_ref().and_then(|filter| filter.near())
    }
}

fn window(
    first: Option<i32>,
    after: Option<String>,
    last: Option<i32>,
    before: Option<String>,
) -> Result<(u64, bool, Option<String>)> {
    let refuse = |message: String| Err(Error::BadRequest(message));
    if first.is_some() && last.is_some() {
        return refuse("first and last cannot both be given: first reads from the front, last from the back".into());
    }
    if after.is_some() && before.is_some() {
        return refuse("after and before cannot both be given: a page has one end".into());
    }
    if first.is_some() && before.is_some() {
        return refuse("before goes with last: to read on from a cursor, give first and after".into());
    }
    if last.is_some() && after.is_some() {
        return refuse("after goes with first: to read back from a cursor, give last and before".into());
    }
    let backwards = last.is_some() || before.is_some();
    let name = if backwards { "last" } else { "first" };
    let size = first.or(last).unwrap_or(USUAL_SIZE);
    if size < 0 {
        return refuse(format!("{name} is {size}; it cannot be negative"));
    }
    if size > LARGEST_SIZE {
        return refuse(format!("{name} is {size}; a page has at most {LARGEST_SIZE}"));
    }
    Ok((size.unsigned_abs().into(), backwards, after.or(before)))
}

//! Relay connections: one type for every list.

use std::borrow::Cow;
use std::collections::HashMap;
use std::marker::PhantomData;
use std::sync::Arc;

use async_graphql::{Context, InputType, Lookahead, Object, Pos, SelectionField, TypeName, Value};

use super::columns::Selection;
use super::error::{Error, Result};
use super::list::{Arguments, Ask, List, Node, Parent};
use super::listed::Listed;
use super::loader::{count_of, page_of, rows};
use super::page::{COUNTED, CountedTo, Page};

/// A page of a list, read only as far as it is selected. Lists of one type of node are one type of connection, whatever they
/// hang on.
pub struct Connection<N> {
    parent: Parent,
    ask: Arc<Ask>,
    of: PhantomData<fn() -> N>,
}

impl<N: Node> Connection<N> {
    /// The part of the list `L` of `parent` that `arguments` ask for.
    ///
    /// # Errors
    /// `BAD_REQUEST` or `BAD_CURSOR` where the arguments cannot be.
    pub fn new<L: List<Node = N>>(context: &Context<'_>, parent: Parent, arguments: Arguments<L>) -> Result<Self> {
        let rows = rows(context)?.loader();
        let ask = rows.ask_once(context, L::LIST, || {
            let selected = context.look_ahead();
            let shown = [selected.field("nodes"), selected.field("edges").field("node")];
            let shown: Vec<_> = shown.iter().flat_map(Lookahead::selection_fields).collect();
            // What is read beside a row has to be remembered.
            let neighbours = if rows.remembers() { N::NEIGHBOURS } else { &[] };
            let mut selection = Selection::of(L::LIST.table, N::OBJECTS, neighbours, &shown);
            selection.counts = parent == Parent::Root && counts(&selected);
            Ok(Ask::new(arguments)?.with_selection(selection))
        })?;
        Ok(Self { parent, ask, of: PhantomData })
    }
}

impl<N> Connection<N> {
    async fn page(&self, context: &Context<'_>) -> Result<Arc<Page>> {
        page_of(context, self.parent.clone(), Arc::clone(&self.ask)).await
    }

    async fn count(&self, context: &Context<'_>, to: CountedTo) -> Result<u64> {
        if self.ask.selection.counts && to == CountedTo::Bound {
            let counted = self.page(context).await?.counted;
            return counted
                .ok_or_else(|| Error::Internal("a page was read without the count that it was asked for".into()));
        }
        count_of(context, self.parent.clone(), Arc::clone(&self.ask), to).await
    }
}

/// Whether a page's rows are asked for as well as how many there are, as far as that is counted where nobody asks for more. Of a list
/// that hangs on nothing, one statement tells both.
fn counts(selected: &Lookahead<'_>) -> bool {
    let is_bounded = |count: &SelectionField<'_>| count.arguments().is_ok_and(|arguments| arguments.is_empty());
    ["nodes", "edges", "pageInfo"].iter().any(|field| selected.field(field).exists())
        && (selected.field("totalCountIsExact").exists()
            || selected.field("totalCount").selection_fields().iter().any(is_bounded))
}

/// Whether a list's arguments hold, each by its name and with its variables in place.
pub type Check = fn(&dyn Fn(&str) -> Option<Value>) -> Result<()>;

/// How the arguments of every kind of page are checked, by the name of its type.
#[derive(Clone, Debug, Default)]
pub struct Lists(HashMap<String, Check>);

impl Lists {
    /// These.
    #[must_use]
    pub fn new(lists: impl IntoIterator<Item = (String, Check)>) -> Self {
        Self(lists.into_iter().collect())
    }

    /// Of this type of pages.
    #[must_use]
    pub fn get(&self, type_name: &str) -> Option<Check> {
        self.0.get(type_name).copied()
    }
}

/// The type of a list's pages, and how their arguments are checked: by what reads them when the list is asked.
#[must_use]
pub fn pages<L: List>() -> (String, Check) {
    (Connection::<L::Node>::type_name().into_owned(), |given| {
        let arguments = Arguments::<L> {
            filter: read(given("filter"))?,
            order_by: read(given("orderBy"))?,
            first: read(given("first"))?,
            after: read(given("after"))?,
            last: read(given("last"))?,
            before: read(given("before"))?,
        };
        Ask::new(arguments).map(drop)
    })
}

fn read<T: InputType>(value: Option<Value>) -> Result<T> {
    T::parse(value).map_err(|error| Error::BadRequest(error.into_server_error(Pos::default()).message))
}

/// One row of a list, and where it stands.
pub struct Edge<N: Node> {
    cursor: String,
    node: N,
}

/// What lies around a page.
#[derive(async_graphql::SimpleObject)]
pub struct PageInfo {
    /// Whether rows come after this page; reading backwards, whether a cursor was given.
    has_next_page: bool,
    /// Whether rows come before this page; reading forwards, whether a cursor was given.
    has_previous_page: bool,
    /// The cursor of the first row; null where the page is empty.
    start_cursor: Option<String>,
    /// The cursor of the last row; null where the page is empty.
    end_cursor: Option<String>,
}

impl<N: Node> TypeName for Connection<N> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Connection", N::type_name()).into()
    }
}

impl<N: Node> TypeName for Edge<N> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Edge", N::type_name()).into()
    }
}

/// A page of a list. What is not selected is not read.
#[Object(name_type)]
impl<N: Node> Connection<N> {
    /// The rows of this page, with their cursors.
    async fn edges(&self, context: &Context<'_>) -> Result<Listed<Edge<N>>> {
        let page = self.page(context).await?;
        let edge = |row| Ok(Edge { cursor: self.ask.cursor(row), node: N::of(&row.record)? });
        page.rows.iter().map(edge).collect()
    }

    /// The rows of this page.
    async fn nodes(&self, context: &Context<'_>) -> Result<Listed<N>> {
        let page = self.page(context).await?;
        page.rows.iter().map(|row| N::of(&row.record)).collect()
    }

    /// What lies around this page.
    async fn page_info(&self, context: &Context<'_>) -> Result<PageInfo> {
        let page = self.page(context).await?;
        let cursor = |row| self.ask.cursor(row);
        Ok(PageInfo {
            has_next_page: page.has_next,
            has_previous_page: page.has_previous,
            start_cursor: page.rows.first().map(cursor),
            end_cursor: page.rows.last().map(cursor),
        })
    }

    /// How many rows there are under the filter, on all pages together; of more than 10,000 it says 10,000. Counted only when asked for.
    async fn total_count(
        &self,
        context: &Context<'_>,
        #[graphql(default = false, desc = "Whether to count all of them, however many there are: it takes its time.")]
        exact: bool,
    ) -> Result<i32> {
        let count = match exact {
            true => self.count(context, CountedTo::End).await?,
            false => self.count(context, CountedTo::Bound).await?.min(COUNTED),
        };
        i32::try_from(count).map_err(|_| Error::Internal(format!("{count} rows are too many to count")))
    }

    /// Whether totalCount, without exact, is all there are: false where there are more than 10,000.
    async fn total_count_is_exact(&self, context: &Context<'_>) -> Result<bool> {
        Ok(self.count(context, CountedTo::Bound).await? <= COUNTED)
    }
}

/// A row of a list and its cursor.
#[Object(name_type)]
impl<N: Node> Edge<N> {
    /// Where the row stands in the list, filter and order it was read with.
    async fn cursor(&self) -> &str {
        &self.cursor
    }

    /// The row.
    async fn node(&self) -> &N {
        &self.node
    }
}

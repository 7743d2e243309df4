//! Areas by their paths. A path names all that lies above it, so a chain of parents is one statement, however long it is.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, Lookahead};
use entity::area;

use super::types::Area;
use crate::kernel::error::{Error, Result};
use crate::kernel::loader::{Rows, one_of_words, rows};
use crate::kernel::scope::Scope;
use crate::kernel::tree;

/// A loader's key: an area, by its path.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct At(Arc<str>);

impl Loader<At> for Rows {
    type Value = Arc<area::Model>;
    type Error = Error;

    async fn load(&self, keys: &[At]) -> Result<HashMap<At, Self::Value>> {
        let mut paths: Vec<&str> = keys.iter().map(|key| &*key.0).collect();
        paths.sort_unstable();
        let condition = |at: Scope<'_>| one_of_words(at, at.column(area::Column::Path), paths);
        let found = self.select::<area::Entity>(condition, |_| ()).await?;
        Ok(found.into_iter().map(|(area, _)| (At(area.path.as_str().into()), area)).collect())
    }
}

/// Areas that were read together with one, since the query goes on to ask for them.
#[derive(Clone, Debug, Default)]
pub(super) struct Known(Arc<[Arc<area::Model>]>);

impl Known {
    fn get(&self, path: &str) -> Option<Arc<area::Model>> {
        self.0.iter().find(|area| area.path == path).cloned()
    }
}

/// The area with this path, which whoever sees the row that it is copied to may see too. What the query goes on to ask for above
/// it is read with it.
///
/// # Errors
/// Where the database fails, or there is no such area: a fault of ours.
pub(crate) async fn area_at(context: &Context<'_>, path: &str) -> Result<Area> {
    let wanted = wanted(context.look_ahead(), path).chain([path]);
    find(context, path, wanted, &Known::default()).await
}

/// What an area with this path lies in; none for a root.
pub(super) async fn parent(context: &Context<'_>, path: &str, known: &Known) -> Result<Option<Area>> {
    let Some(parent) = tree::above(path).last() else { return Ok(None) };
    let wanted = wanted(context.look_ahead(), parent).chain([parent]);
    find(context, parent, wanted, known).await.map(Some)
}

/// What lies above a path, root first.
pub(super) async fn above(context: &Context<'_>, path: &str, known: &Known) -> Result<Vec<Area>> {
    let read = read(context, tree::above(path), known).await?;
    Ok(tree::above(path).filter_map(|path| Some(Area(read.get(path)?, read.clone()))).collect())
}

async fn find<'p>(
    context: &Context<'_>,
    path: &str,
    wanted: impl Iterator<Item = &'p str>,
    known: &Known,
) -> Result<Area> {
    let known = read(context, wanted, known).await?;
    let area = known.get(path).ok_or_else(|| Error::Internal(format!("there is no area with the path {path}")))?;
    Ok(Area(area, known))
}

/// These areas; nothing is read where all are known.
async fn read<'p>(context: &Context<'_>, wanted: impl Iterator<Item = &'p str>, known: &Known) -> Result<Known> {
    let missing: HashSet<&str> = wanted.filter(|path| known.get(path).is_none()).collect();
    if missing.is_empty() {
        return Ok(known.clone());
    }
    let found = Box::pin(rows(context)?.load_many(missing.into_iter().map(|path| At(path.into())))).await?;
    Ok(Known(known.0.iter().cloned().chain(found.into_values()).collect()))
}

/// What a selection on the area with this path asks for above it: so many parents as it nests, or all.
fn wanted<'p>(selected: Lookahead<'_>, path: &'p str) -> impl Iterator<Item = &'p str> + use<'p> {
    let (mut levels, mut next) = (0, selected);
    let asks_for_all = loop {
        if ["ancestors", "fullName"].iter().any(|field| next.field(field).exists()) {
            break true;
        }
        next = next.field("parent");
        if !next.exists() {
            break false;
        }
        levels += 1;
    };
    let depth = tree::above(path).count();
    tree::above(path).skip(if asks_for_all { 0 } else { depth.saturating_sub(levels) })
}

//! Categories (类别): a two-level taxonomy shared by the three lists. A district may have its own tree.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, ID};
use entity::{area, category};
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Order as Sorting};
use sea_orm::{ColumnTrait, EntityTrait, JoinType, QueryFilter, QueryOrder};

use crate::kernel::error::{Error, Result};
use crate::kernel::filter::{IdOp, StringOp, column, filter, id};
use crate::kernel::global_id::Table;
use crate::kernel::list::{Parent, parent};
use crate::kernel::listed::Listed;
use crate::kernel::loader::{Rows, few, find, one_of_words, rows, shown};
use crate::kernel::object::{list, node, object};
use crate::kernel::order::{order, whole};
use crate::kernel::refusal::Stop;
use crate::kernel::scope::{Scope, any};
use crate::kernel::tree;
use crate::kernel::write::Tx;

/// How many roots a tree of categories may have, and how many categories may lie under one.
pub const MOST: u64 = 40;

node!(
    /// A category of needs, resources and services.
    Category of category
);

object! {
    /// A category (类别) of needs, resources and services. Two levels: a root, and what lies under it.
    Category {}

    /// Opaque, global, stable for ever.
    pub(crate) async fn id(&self) -> ID {
        Table::Category.id(self.0.id)
    }

    /// Code, unique within its tree: `edu`, `edu.tutoring`.
    code: &String;

    /// Name (名称).
    name: &String;

    /// The category above; null for a root.
    async fn parent(&self, context: &Context<'_>) -> Option<Result<Category>> {
        find::<category::Entity>(context, self.0.parent_id?).await.map(|found| found.map(Category)).transpose()
    }

    /// The categories under this one, in their order.
    async fn children(&self, context: &Context<'_>) -> Result<Listed<Category>> {
        few::<Children>(context, Parent::Row(self.0.id), MOST).await.map(Listed)
    }
}

filter! {
    /// Which categories.
    CategoryFilter {
        /// By id.
        id: IdOp = id(Table::Category),
        /// A category with one of these codes, or one under it; no code matches nothing.
        within: Vec<String> = |at: Scope<'_>, codes: &Vec<String>| within(at, codes),
        /// By code.
        code: StringOp = column(category::Column::Code),
        /// By name.
        name: StringOp = column(category::Column::Name),
    }
}

fn within(at: Scope<'_>, codes: &[String]) -> Expr {
    let has_code =
        |at: Scope<'_>| one_of_words(at, at.column(category::Column::Code), codes.iter().map(String::as_str));
    any([
        has_code(at),
        at.exists::<category::Entity>(|above| {
            above.id().eq(at.column(category::Column::ParentId)).and(has_code(above))
        }),
    ])
}

order! {
    /// How categories are ordered.
    CategoryOrder by CategoryOrderField, usually [Position] Asc {
        /// Its place among its siblings
        Position = whole(category::Column::Position),
    }
}

list!(
    /// The categories under one.
    Children: category::Entity, CategoryFilter, CategoryOrder => Category,
    |at| [at.column(category::Column::ParentId).eq(parent(at))]
);

list!(
    /// The roots of the default tree.
    DefaultRoots: category::Entity, CategoryFilter, CategoryOrder => Category,
    |at| [at.column(category::Column::ParentId).is_null().and(at.column(category::Column::AreaId).is_null())]
);

/// The roots of the default tree, in their order.
///
/// # Errors
/// Where the database fails.
pub async fn default_roots(context: &Context<'_>) -> Result<Vec<Category>> {
    few::<DefaultRoots>(context, Parent::Root, MOST).await
}

/// A loader's key: the roots of the tree in force at a path.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct InForce(Arc<str>);

impl Loader<InForce> for Rows {
    type Value = Arc<Vec<Arc<category::Model>>>;
    type Error = Error;

    /// Reads the default tree and every tree owned on the way up from any of the paths, and lets each path choose.
    async fn load(&self, keys: &[InForce]) -> Result<HashMap<InForce, Self::Value>> {
        let mut paths: Vec<&str> = keys.iter().flat_map(|key| tree::above(&key.0).chain([&*key.0])).collect();
        paths.sort_unstable();
        paths.dedup();
        let condition = |at: Scope<'_>| {
            let owned = at.exists::<area::Entity>(|owner| {
                let path = owner.column(area::Column::Path);
                owner.id().eq(at.column(category::Column::AreaId)).and(one_of_words(owner, path, paths))
            });
            at.column(category::Column::ParentId)
                .is_null()
                .and(any([at.column(category::Column::AreaId).is_null(), owned]))
        };
        let owner_path = Expr::col((Alias::new("owner"), Alias::new("path")));
        let found = self.select::<category::Entity>(condition, |select| {
            let on =
                Expr::col((Alias::new("owner"), Alias::new("id"))).equals((Alias::new("t0"), Alias::new("area_id")));
            select
                .join_as(JoinType::LeftJoin, Alias::new("area"), Alias::new("owner"), on)
                .expr_as(owner_path, "owner_path")
                .order_by((Alias::new("t0"), Alias::new("position")), Sorting::Asc)
                .order_by((Alias::new("t0"), Alias::new("id")), Sorting::Asc);
        });
        let mut trees: HashMap<String, Vec<Arc<category::Model>>> = HashMap::new();
        for (root, row) in found.await? {
            trees.entry(row.try_get::<Option<String>>("", "owner_path")?.unwrap_or_default()).or_default().push(root);
        }
        let choose = |path: &str| {
            let way_up = tree::above(path).chain([path]).filter_map(|path| trees.get(path));
            way_up.last().or_else(|| trees.get("")).cloned().unwrap_or_default()
        };
        Ok(keys.iter().map(|key| (key.clone(), Arc::new(choose(&key.0)))).collect())
    }
}

/// The roots of the tree in force at `path`: the nearest area's own, else the default.
///
/// # Errors
/// Where the database fails.
pub async fn in_force(context: &Context<'_>, path: &str) -> Result<Vec<Category>> {
    let roots = rows(context)?.load_one(InForce(path.into())).await?.unwrap_or_default();
    let most = usize::try_from(MOST).unwrap_or(usize::MAX);
    Ok(roots.iter().take(most).cloned().map(Category).collect())
}

/// Whether a category is of the tree in force at `path`, for whoever writes there.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn is_in_force(tx: &Tx, category: &category::Model, path: &str) -> Result<bool, Stop> {
    Ok(category.area_id == whose(tx, path).await?)
}

/// The last root of the tree in force at `path`: where what is not sorted yet may stand.
///
/// # Errors
/// Where the database fails, or there is no category at all: a fault of ours.
pub(crate) async fn last_in_force(tx: &Tx, path: &str) -> Result<Uuid, Stop> {
    let whose = whose(tx, path).await?;
    let of_tree = whose.map_or_else(|| category::Column::AreaId.is_null(), |area| category::Column::AreaId.eq(area));
    let last = category::Entity::find()
        .filter(of_tree)
        .filter(category::Column::ParentId.is_null())
        .order_by_desc(category::Column::Position)
        .order_by_desc(category::Column::Id);
    let last = last.one(&tx.connection).await?;
    Ok(last.map(|last| last.id).ok_or_else(|| Error::Internal("there are no categories".into()))?)
}

/// Which area's own tree is in force at `path`; none: the default.
async fn whose(tx: &Tx, path: &str) -> Result<Option<Uuid>, Stop> {
    let way_up: Vec<&str> = tree::above(path).chain([path]).collect();
    let owners = tx.select::<area::Entity>(|at| {
        let has_own = at.exists::<category::Entity>(|own| own.column(category::Column::AreaId).eq(at.id()));
        one_of_words(at, at.column(area::Column::Path), way_up).and(has_own)
    });
    Ok(owners.await?.into_iter().max_by_key(|owner| owner.path.len()).map(|owner| owner.id))
}

/// The category with this key.
///
/// # Errors
/// Where the database fails.
pub async fn category(context: &Context<'_>, key: Uuid) -> Result<Category> {
    shown(context, key).await
}

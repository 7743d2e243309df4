//! Areas in the schema.

use std::sync::Arc;

use async_graphql::{Context, ID};
use entity::area::{self, AreaLevel};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{DbBackend, IdenStatic};

use super::upward::{self, Known};
use crate::feature::category::{self, Category};
use crate::feature::party::{CommunitiesOfArea, Community, community_of_area};
use crate::kernel::columns::{Object, Shows};
use crate::kernel::error::Result;
use crate::kernel::filter::{IdOp, StringOp, choice_operators, column, filter, flag, id, one, spelled};
use crate::kernel::global_id::Table;
use crate::kernel::list::{Node, parent};
use crate::kernel::listed::Listed;
use crate::kernel::loader::{first_or_heir, shown};
use crate::kernel::object::{list, object};
use crate::kernel::order::{order, text};
use crate::kernel::scalar::DateTime;
use crate::kernel::scope::{Scope, all, in_subtree};
use crate::kernel::subtree::{in_few, in_many};
use crate::kernel::text::code as plain;
use crate::kernel::values::Values;

/// A node of the one tree of areas (区域), and what was read with it of those above.
#[derive(Clone, Debug)]
pub struct Area(pub Arc<area::Model>, pub(super) Known);

impl From<Arc<area::Model>> for Area {
    fn from(model: Arc<area::Model>) -> Self {
        Self(model, Known::default())
    }
}

impl Node for Area {
    type Model = area::Model;

    const OBJECTS: &'static [&'static [Shows]] = &[Self::SHOWS];
}

object! {
    /// A node of the one tree of areas (区域): province, city, district, street, community, compound, grid, micro-grid or building.
    Area {
        /// The areas right below (下级区域).
        children: Children = row(id);
        /// The communities (社区) of the whole subtree.
        communities: CommunitiesOfArea = subtree(path);
    }

    /// Opaque, global, stable for ever.
    pub(crate) async fn id(&self) -> ID {
        Table::Area.id(self.0.id)
    }

    /// Division code (区划代码), unique.
    code: &String;

    /// Name (名称).
    name: &String;

    /// The names from the root down to this one, in one word (全称).
    async fn full_name(&self, context: &Context<'_>) -> Result<String> {
        let above = upward::above(context, &self.0.path, &self.1).await?;
        let names = above.iter().map(|area| area.0.name.as_str()).filter(|name| !PLACEHOLDERS.contains(name));
        Ok(names.chain([self.0.name.as_str()]).collect())
    }

    /// How high it stands in the tree (层级).
    level: AreaLevel;

    /// When it ended (撤销): it was merged into another, or the register of divisions has it no more. Null where it is there still.
    ended_at: Option<DateTime>;

    /// What took over from it (并入).
    async fn successor(&self, context: &Context<'_>) -> Option<Result<Area>> {
        Some(shown(context, self.0.successor_id?).await)
    }

    /// What it lies in (上级区域); null for a root.
    async fn parent(&self, context: &Context<'_>) -> Option<Result<Area>> {
        upward::parent(context, &self.0.path, &self.1).await.transpose()
    }

    /// What it lies in, root first.
    async fn ancestors(&self, context: &Context<'_>) -> Result<Listed<Area>> {
        upward::above(context, &self.0.path, &self.1).await.map(Listed)
    }

    /// The community (社区) as an actor, where the level is COMMUNITY.
    async fn community(&self, context: &Context<'_>) -> Option<Result<Community>> {
        if self.0.level != AreaLevel::Community {
            return None;
        }
        community_of_area(context, self.0.id).await.transpose()
    }

    /// The roots of the categories in force here (适用类别): the nearest district's own tree, else the default.
    async fn categories(&self, context: &Context<'_>) -> Result<Listed<Category>> {
        category::in_force(context, &self.0.path).await.map(Listed)
    }
}

/// Names that the register of divisions gives to levels that have none; nobody says them in an address.
const PLACEHOLDERS: [&str; 2] = ["市辖区", "县"];

choice_operators! {
    /// Operators on an area's level.
    AreaLevelOp of AreaLevel;
}

filter! {
    /// Which areas.
    AreaFilter {
        /// By id.
        id: IdOp = id(Table::Area),
        /// In the subtree of any of the areas with these codes, themselves included; no code matches nothing.
        within: Vec<String> =
            |at: Scope<'_>, codes: &Vec<String>| within(at, at.id(), &at.column(area::Column::Path), codes),
        /// By division code.
        code: StringOp = spelled(area::Column::Code, plain),
        /// By name.
        name: StringOp = column(area::Column::Name),
        /// By level.
        level: AreaLevelOp = column(area::Column::Level),
        /// Those that have ended, or those that are there still.
        ended: bool = flag(|at| at.column(area::Column::EndedAt).is_not_null()),
        /// By what it lies in.
        parent: AreaFilter = one::<area::Entity, _>(area::Column::ParentId),
    }
}

/// How many areas are each a range in the text of a statement. However many more there are, the text is the same.
const FEW: usize = 8;

/// The area with this key and path lies in the subtree of an area with one of these codes.
fn within(at: Scope<'_>, key: Expr, path: &Expr, codes: &[String]) -> Expr {
    let tops = at.subtrees.outermost(codes);
    if tops.len() <= FEW {
        return in_few(path, &tops);
    }
    if at.backend != DbBackend::Sqlite {
        return in_many(path, &tops);
    }
    // SQLite has no search in an array: it finds the areas in them once.
    at.is_key_among::<area::Entity>(key, |area, select| {
        let top = Values::texts(tops).read_from(select);
        select.and_where(in_subtree(area.column(area::Column::Path), top));
    })
}

/// A line of a filter: where a row stands. A subtree is asked of the row's own copy of the path, which is indexed.
pub fn placed(key: impl IdenStatic, path: impl IdenStatic) -> impl Fn(Scope<'_>, &AreaFilter) -> Expr {
    move |at, filter| {
        let codes = filter.within.as_deref();
        let subtree = codes.map(|codes| within(at, at.column(key), &at.column(path), codes));
        let rest = AreaFilter { within: None, ..filter.clone() };
        let rest = one::<area::Entity, _>(key)(at, &rest);
        all(subtree.into_iter().chain((!filter.is_only_within()).then_some(rest)))
    }
}

impl AreaFilter {
    /// Says nothing beyond `within`.
    fn is_only_within(&self) -> bool {
        let Self { and, or, not, id, within: _, code, name, level, ended, parent } = self;
        and.is_none()
            && or.is_none()
            && not.is_none()
            && id.is_none()
            && code.is_none()
            && name.is_none()
            && level.is_none()
            && ended.is_none()
            && parent.is_none()
    }
}

order! {
    /// How areas are ordered.
    AreaOrder by AreaOrderField, usually [Place] Asc {
        /// Where it stands in the tree: what lies together comes together, by code
        Place = text(area::Column::Path),
        /// Name, by code point
        Name = text(area::Column::Name),
    }
}

list!(
    /// All areas.
    Areas: area::Entity, AreaFilter, AreaOrder => Area, |_at| []
);

list!(
    /// The areas right below one.
    Children: area::Entity, AreaFilter, AreaOrder => Area, |at| [at.column(area::Column::ParentId).eq(parent(at))]
);

/// The area with this id or this division code, or the one that took over from it.
///
/// # Errors
/// Where the database fails.
pub async fn find_area(context: &Context<'_>, id: Option<ID>, code: Option<String>) -> Result<Option<Area>> {
    let filter = AreaFilter {
        id: id.map(|id| Box::new(IdOp { eq: Some(id), ..IdOp::default() })),
        code: code.map(|code| Box::new(StringOp { eq: Some(code), ..StringOp::default() })),
        ..AreaFilter::default()
    };
    first_or_heir::<Areas>(context, filter, |area| area.0.successor_id).await
}

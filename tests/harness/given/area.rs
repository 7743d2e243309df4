//! Areas and categories: the two trees.

use api::kernel::tree;
use entity::area::{self, AreaLevel};
use entity::{category, party};
use sea_orm::prelude::Uuid;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};

use super::{Given, Row, Written, all, insert};

/// Where everything is unless a case says otherwise.
const HERE: [(AreaLevel, &str, &str); 4] = [
    (AreaLevel::Province, "51", "四川省"),
    (AreaLevel::City, "5106", "德阳市"),
    (AreaLevel::District, "510603", "旌阳区"),
    (AreaLevel::Street, "510603001", "城区街道"),
];

impl Given {
    /// An area in `parent`; `None` for a root, which needs a code. Else its code continues its parent's.
    pub fn area<'a>(&self, parent: impl Into<Option<&'a area::Model>>, level: AreaLevel) -> Row<area::Model> {
        let parent_id = parent.into().map(|parent| parent.id);
        self.row(|serial, at, id| area::Model {
            id,
            parent_id,
            level,
            code: String::new(),
            name: format!("区域{serial}"),
            path: String::new(),
            created_at: at,
            updated_at: at,
            ended_at: None,
            successor_id: None,
        })
    }

    /// The district in which everything is.
    pub async fn district(&self) -> area::Model {
        self.here(AreaLevel::District).await
    }

    /// The street in which communities are.
    pub async fn street(&self) -> area::Model {
        self.here(AreaLevel::Street).await
    }

    /// Where a party stands.
    pub async fn area_of(&self, party: &party::Model) -> area::Model {
        self.area_by_id(party.area_id).await
    }

    /// A category of the default tree.
    pub fn category(&self, code: &str) -> Row<category::Model> {
        self.row(|serial, at, id| category::Model {
            id,
            parent_id: None,
            area_id: None,
            code: code.to_owned(),
            name: format!("类别{serial}"),
            position: 0,
            created_at: at,
        })
    }

    /// A category of the tree that ships.
    pub async fn shipped_category(&self, code: &str) -> category::Model {
        let shipped =
            category::Entity::find().filter(category::Column::Code.eq(code)).filter(category::Column::AreaId.is_null());
        shipped.one(&self.database.reader).await.unwrap().unwrap_or_else(|| panic!("no category {code} ships"))
    }

    /// The one of `HERE` at `level`, after making it and what is above it where they are missing.
    async fn here(&self, level: AreaLevel) -> area::Model {
        let mut parent = None;
        for (step, code, name) in HERE.iter().take_while(|(step, ..)| *step <= level) {
            let there = area::Entity::find().filter(area::Column::Code.eq(*code)).one(&self.database.reader).await;
            let there = match there.unwrap() {
                Some(there) => there,
                None => self.area(parent.as_ref(), *step).code(code).name(name).await,
            };
            parent = Some(there);
        }
        parent.expect("HERE begins with a province")
    }

    pub(super) async fn area_by_id(&self, id: Uuid) -> area::Model {
        area::Entity::find_by_id(id).one(&self.database.reader).await.unwrap().expect("the area was given")
    }
}

impl Row<area::Model> {
    pub fn name(self, name: &str) -> Self {
        self.with(|row| row.name = name.to_owned())
    }

    pub fn code(self, code: &str) -> Self {
        self.with(|row| row.code = code.to_owned())
    }
}

impl Row<category::Model> {
    pub fn name(self, name: &str) -> Self {
        self.with(|row| row.name = name.to_owned())
    }

    pub fn under(self, parent: &category::Model) -> Self {
        self.with(|row| (row.parent_id, row.area_id) = (Some(parent.id), parent.area_id))
    }

    /// Of a district's own tree.
    pub fn of(self, district: &area::Model) -> Self {
        self.with(|row| row.area_id = Some(district.id))
    }
}

impl Written for area::Model {
    async fn write(mut self, given: Given) -> Self {
        let parent = match self.parent_id {
            Some(parent) => Some(given.area_by_id(parent).await),
            None => None,
        };
        if let (true, Some(parent)) = (self.code.is_empty(), &parent) {
            let siblings = area::Entity::find().filter(area::Column::ParentId.eq(parent.id));
            let place = siblings.count(&given.database.reader).await.unwrap() + 1;
            let width = if self.level <= AreaLevel::District { 2 } else { 3 };
            self.code = format!("{}{place:0width$}", parent.code);
        }
        self.path = tree::path(parent.as_ref().map(|parent| parent.path.as_str()), &self.code);
        insert(&given.database.writer, all(self)).await
    }
}

//! What the database has of a level, and batches of what it is to have.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use entity::{Timestamp, area, former_name, key, party};
use sea_orm::ActiveValue::Set;
use sea_orm::prelude::{Expr, Uuid};
use sea_orm::sea_query::{ExprTrait, Func};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, IntoActiveModel, QueryFilter,
    QuerySelect, QueryTrait, Statement, TryGetableMany,
};

use super::level::Level;
use super::row::{self, Row};
use crate::database::{Database, Transaction};
use crate::kernel::tree;

/// Rows written together; more would pass SQLite's limit of 32,766 values a statement, nine being a party's.
pub(super) const BATCH: usize = 2_000;

/// An area that the database has, or will have once the batch is written.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) id: Uuid,
    pub(super) parent: Option<Uuid>,
    /// Its name's hash: a country of names would take more memory than all the rest.
    pub(super) name: u64,
    /// Whether it is of the level that is being read; its code is taken in any case.
    pub(super) of_level: bool,
    /// Whether it is there still.
    pub(super) stand: Stand,
    /// The file, by its number, and the line that had it last.
    pub(super) seen: Option<(u32, u32)>,
}

/// Whether an area is there still.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stand {
    There,
    Ended,
    /// Another took over from it: files that have it still are older than that.
    Merged,
}

/// What an area lies in.
#[derive(Debug)]
pub(super) struct Parent {
    pub(super) id: Uuid,
    pub(super) path: String,
    pub(super) has_ended: bool,
}

/// What the files ask for and the database does not have yet.
#[derive(Debug, Default)]
pub(super) struct Batch {
    areas: Vec<area::ActiveModel>,
    parties: Vec<party::ActiveModel>,
    changes: Vec<Change>,
    ended: Vec<Uuid>,
}

#[derive(Debug)]
struct Change {
    id: Uuid,
    parent: Option<Uuid>,
    path: String,
    name: String,
    now: Timestamp,
}

/// Makes SQLite ready for many rows: more memory for pages, fewer checkpoints, and no map of the file, which would count as
/// memory too. The writer keeps these settings; they change nothing but speed.
pub(super) async fn prepare(db: &Database) -> Result<(), DbErr> {
    if db.backend() == DbBackend::Sqlite {
        let settings = "PRAGMA mmap_size = 0; PRAGMA cache_size = -32768; PRAGMA wal_autocheckpoint = 16384";
        db.writer.execute_unprepared(settings).await?;
    }
    Ok(())
}

/// The areas that a row of `level` may lie in, by code.
pub(super) async fn parents(db: &Database, level: &Level) -> Result<HashMap<String, Parent>, DbErr> {
    let Some(parent) = &level.parent else { return Ok(HashMap::new()) };
    let columns = [area::Column::Code, area::Column::Id, area::Column::Path, area::Column::EndedAt];
    let found = area::Entity::find().filter(area::Column::Level.eq(parent.level)).select_only().columns(columns);
    let rows: Vec<(String, Uuid, String, Option<Timestamp>)> = found.into_tuple().all(&db.writer).await?;
    let parent =
        |(code, id, path, ended): (_, _, _, Option<_>)| (code, Parent { id, path, has_ended: ended.is_some() });
    Ok(rows.into_iter().map(parent).collect())
}

/// What is read of an area.
type Columns = (Uuid, Option<Uuid>, area::AreaLevel, String, String, Option<Timestamp>, Option<Uuid>);

/// The areas of `level`, and those of other levels whose codes look as if, by the number that the code is; and how many of
/// the level have a code that no file can have.
pub(super) async fn known(db: &Database, level: &Level) -> Result<(HashMap<u64, Known>, u64), DbErr> {
    use area::Column::{Code, EndedAt, Id, Level as AreaLevel, Name, ParentId, SuccessorId};
    let digits = i32::try_from(level.digits).unwrap_or(i32::MAX);
    let as_long = Expr::expr(Func::char_length(Expr::col(Code))).eq(digits);
    let found = area::Entity::find().filter(AreaLevel.eq(level.level).or(as_long)).select_only();
    let found = found.columns([Id, ParentId, AreaLevel, Code, Name, EndedAt, SuccessorId]).build(db.backend());
    let (mut known, mut strangers) = (HashMap::new(), 0);
    let snapshot = db.reader.begin_snapshot().await?;
    let each = |row| {
        let (id, parent, its_level, code, name, ended, successor): Columns =
            TryGetableMany::try_get_many_by_index(&row)?;
        let stand = match (ended, successor) {
            (_, Some(_)) => Stand::Merged,
            (Some(_), None) => Stand::Ended,
            (None, None) => Stand::There,
        };
        let of_level = its_level == level.level;
        match row::number(level, &code) {
            Ok(number) => {
                known.insert(number, Known { id, parent, name: hash(&name), of_level, stand, seen: None });
            }
            Err(_) => strangers += u64::from(of_level),
        }
        Ok::<_, DbErr>(())
    };
    snapshot.each_row(found, each).await?;
    Ok((known, strangers))
}

/// What stands for a name in [`Known`].
pub(super) fn hash(name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish()
}

impl Batch {
    /// Adds an area that is not there yet, with its party where it is a community. Answers with its key.
    pub(super) fn add(&mut self, level: &Level, row: &Row<'_>, parent: Option<&Parent>, now: Timestamp) -> Uuid {
        let (id, path) = (key::new(now), path(row, parent));
        if level.level == area::AreaLevel::Community {
            self.parties.push(party::ActiveModel {
                id: Set(key::new(now)),
                kind: Set(party::PartyKind::Community),
                name: Set(row.name.to_owned()),
                area_id: Set(id),
                area_path: Set(path.clone()),
                committee_kind: Set(Some(row::committee(row.name))),
                version: Set(1),
                created_at: Set(now),
                updated_at: Set(now),
                ..Default::default()
            });
        }
        self.areas.push(area::ActiveModel {
            id: Set(id),
            parent_id: Set(parent.map(|parent| parent.id)),
            level: Set(level.level),
            code: Set(row.code.to_owned()),
            name: Set(row.name.to_owned()),
            path: Set(path),
            created_at: Set(now),
            updated_at: Set(now),
            ended_at: Set(None),
            successor_id: Set(None),
        });
        id
    }

    /// Changes the name and the parent of the area `id` to what the row says.
    pub(super) fn change(&mut self, id: Uuid, row: &Row<'_>, parent: Option<&Parent>, now: Timestamp) {
        let name = row.name.to_owned();
        self.changes.push(Change { id, parent: parent.map(|parent| parent.id), path: path(row, parent), name, now });
    }

    /// Marks the area `id` as one that the register has no more.
    pub(super) fn end(&mut self, id: Uuid) {
        self.ended.push(id);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.areas.is_empty() && self.changes.is_empty() && self.ended.is_empty()
    }

    pub(super) fn is_full(&self) -> bool {
        self.areas.len() + self.changes.len() + self.ended.len() >= BATCH
    }

    /// Writes what it has, in one transaction.
    pub(super) async fn write(self, db: &Database, now: Timestamp) -> Result<(), DbErr> {
        let tx = db.writer.begin().await?;
        if !self.ended.is_empty() {
            area::Entity::update_many()
                .col_expr(area::Column::EndedAt, Expr::value(now))
                .col_expr(area::Column::UpdatedAt, Expr::value(now))
                .filter(area::Column::Id.is_in(self.ended))
                .exec(&tx)
                .await?;
        }
        for change in self.changes {
            change.apply(&tx).await?;
        }
        if !self.areas.is_empty() {
            area::Entity::insert_many(self.areas).exec_without_returning(&tx).await?;
        }
        if !self.parties.is_empty() {
            party::Entity::insert_many(self.parties).exec_without_returning(&tx).await?;
        }
        tx.commit().await
    }
}

impl Change {
    async fn apply(self, tx: &Transaction) -> Result<(), DbErr> {
        let Some(old) = area::Entity::find_by_id(self.id).one(tx).await? else { return Ok(()) };
        let now = self.now;
        area::Entity::update_many()
            .col_expr(area::Column::Name, Expr::value(self.name.as_str()))
            .col_expr(area::Column::ParentId, Expr::value(self.parent))
            // The register has it, so it is there.
            .col_expr(area::Column::EndedAt, Expr::value(None::<Timestamp>))
            .col_expr(area::Column::UpdatedAt, Expr::value(now))
            .filter(area::Column::Id.eq(self.id))
            .exec(tx)
            .await?;
        if old.path != self.path {
            move_subtree(tx, &old.path, &self.path, now).await?;
        }
        rename_party(tx, &old, &self.name, now).await
    }
}

fn path(row: &Row<'_>, parent: Option<&Parent>) -> String {
    tree::path(parent.map(|parent| parent.path.as_str()), row.code)
}

/// Rewrites the paths of an area and of everything below it; the database itself carries them on to the copies.
async fn move_subtree(tx: &Transaction, from: &str, to: &str, now: Timestamp) -> Result<(), DbErr> {
    let rest = i32::try_from(from.chars().count()).unwrap_or(i32::MAX).saturating_add(1);
    let values = [to.into(), rest.into(), now.into(), from.into(), tree::end(from).into()];
    let sql = "UPDATE area SET path = $1 || substr(path, $2), updated_at = $3 WHERE path >= $4 AND path < $5";
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
    Ok(())
}

/// A community follows its area's name and committee, unless people have given it others.
async fn rename_party(tx: &Transaction, old: &area::Model, name: &str, now: Timestamp) -> Result<(), DbErr> {
    use party::Column::{AreaId, CommitteeKind, Kind, Name, UpdatedAt, Version};
    let (was, is) = (row::committee(&old.name), row::committee(name));
    let its = AreaId.eq(old.id).and(Kind.eq(party::PartyKind::Community)).and(Name.eq(old.name.as_str()));
    let named = party::Entity::find().filter(its.clone().and(Name.ne(name))).one(tx).await?;
    if let Some(party) = named {
        let former = former_name::Model { id: key::new(now), party_id: party.id, name: party.name, until: now };
        former_name::Entity::insert(former.into_active_model().reset_all()).exec_without_returning(tx).await?;
    }
    let follows = Expr::case(CommitteeKind.eq(was), Expr::value(is)).finally(Expr::col(CommitteeKind));
    party::Entity::update_many()
        .col_expr(Name, Expr::value(name))
        .col_expr(CommitteeKind, follows.into())
        .col_expr(UpdatedAt, Expr::value(now))
        .col_expr(Version, Expr::col(Version).add(1))
        .filter(its.and(Name.ne(name)))
        .exec(tx)
        .await?;
    Ok(())
}

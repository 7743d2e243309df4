//! The world of one case: a database with nothing but what migrations put in, and a clock that stands still.

use std::sync::Arc;

use api::app::App;
use api::config::{Budget, Front};
use api::database::Database;
use api::http::Door;
use api::kernel::clock::Clock;
use entity::Timestamp;
use sea_orm::DbBackend;

use super::app::Client;
use super::database::{Content, Databases};
use super::given::Given;
use super::postgres::Server;

/// What a case gets.
#[derive(Clone)]
pub struct World {
    pub database: Database,
    pub backend: DbBackend,
    /// 2026-03-02, a Monday, 10:00 in Shanghai.
    pub now: Timestamp,
    /// Rows to begin with.
    pub given: Given,
    /// Somebody who is not signed in.
    pub stranger: Client,
    pub databases: Arc<Databases>,
}

impl World {
    /// On `server`, or on SQLite where there is none.
    pub async fn new(server: Option<&'static Server>) -> Self {
        let databases = Arc::new(Databases::new(server));
        let database = databases.make(Content::Migrated).await;
        let now = Timestamp::parse("2026-03-02T02:00:00Z").expect("a moment");
        let given = Given::new(database.clone(), now);
        let app = App::new(database.clone(), Clock::Stopped(now), Budget::default());
        let stranger = Client::new(api::http::router(app));
        Self { backend: database.backend(), database, now, given, stranger, databases }
    }

    /// Somebody who is not signed in, at a door with other settings.
    pub fn stranger_at(&self, front: Front) -> Client {
        Client::new(Arc::new(self.door(front)).router())
    }

    /// A door with other settings.
    pub fn door(&self, front: Front) -> Door {
        Door::new(self.app_over(self.database.clone()), front).expect("settings that hold")
    }

    /// The application over another database, or over this one in another way.
    pub fn app_over(&self, database: Database) -> App {
        App::new(database, Clock::Stopped(self.now), Budget::default())
    }

    /// Another database of the same kind, without any table.
    pub async fn empty_database(&self) -> Database {
        self.databases.make(Content::Nothing).await
    }
}

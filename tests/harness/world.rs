//! The world of one case: a database with nothing but what migrations put in, and a clock that stands still.

use std::sync::Arc;

use api::access::account::Gate;
use api::access::account::token::{Named, SigningKey};
use api::database::Database;
use api::kernel::clock::Clock;
use api::server::app::App;
use api::server::config::{Budget, Front};
use api::server::http::Door;
use entity::account_grant::{self, Role};
use entity::{Timestamp, account, area, member, party};
use sea_orm::{ConnectionTrait, DbBackend};

use super::app::Client;
use super::database::{Content, Databases};
use super::given::{Given, Row};
use super::postgres::Server;

/// What a case gets.
#[derive(Clone)]
pub struct World {
    pub database: Database,
    pub backend: DbBackend,
    /// 2026-03-02, a Monday, 10:00 in Shanghai.
    pub now: Timestamp,
    /// Stands still until it is moved.
    pub clock: Clock,
    /// What `stranger` and all others ask.
    pub app: App,
    /// Rows to begin with.
    pub given: Given,
    /// Somebody who is not signed in.
    pub stranger: Client,
    pub databases: Arc<Databases>,
}

/// What signs the tokens of all servers of a case.
pub fn signing_key() -> SigningKey {
    SigningKey::new(b"what signs the tokens of all cases").expect("bytes enough")
}

fn app(database: Database, clock: Clock, budget: Budget) -> App {
    App::new(database, clock, budget).with_gate(Gate::new(signing_key()))
}

impl World {
    /// On `server`, or on SQLite where there is none.
    pub async fn new(server: Option<&'static Server>) -> Self {
        let databases = Arc::new(Databases::new(server));
        let database = databases.make(Content::Migrated).await;
        let now = Timestamp::parse("2026-03-02T02:00:00Z").expect("a moment");
        let given = Given::new(database.clone(), now);
        let clock = Clock::stopped(now);
        let app = app(database.clone(), clock.clone(), Budget::default());
        let stranger = Client::new(api::server::http::router(app.clone()));
        Self { backend: database.backend(), database, now, clock, app, given, stranger, databases }
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
        app(database, self.clock.clone(), Budget::default())
    }

    /// Somebody who is not signed in, at a server of this database with a gate of its own.
    pub fn stranger_with(&self, gate: Gate) -> Client {
        Client::new(api::server::http::router(self.app.clone().with_gate(gate)))
    }

    /// The same world, in which a request may cost as much as it likes.
    pub fn whatever_it_costs(&self) -> Self {
        self.with_budget(Budget { cost: u64::MAX, ..Budget::default() })
    }

    /// The same world with other limits of a request, and none of how much is asked for a minute.
    pub fn with_budget(&self, budget: Budget) -> Self {
        let app = app(self.database.clone(), self.clock.clone(), budget);
        let front = Front { rate_limit_cost: 0, ..Front::default() };
        let door = Door::new(app.clone(), front).expect("settings that hold");
        Self { stranger: Client::new(Arc::new(door).router()), app, ..self.clone() }
    }

    /// A liaison (单位联络员) of a unit.
    pub async fn liaison_of(&self, unit: &party::Model) -> Client {
        self.signed_in(Role::UnitLiaison, |grant| grant.on(unit)).await
    }

    /// Staff (社区工作者) of a community.
    pub async fn clerk_of(&self, community: &party::Model) -> Client {
        self.signed_in(Role::CommunityStaff, |grant| grant.on(community)).await
    }

    /// The manager (区域管理员) of an area.
    pub async fn manager_of(&self, area: &area::Model) -> Client {
        self.signed_in(Role::AreaManager, |grant| grant.within(area)).await
    }

    /// An analyst (分析员) of an area.
    pub async fn analyst_of(&self, area: &area::Model) -> Client {
        self.signed_in(Role::Analyst, |grant| grant.within(area)).await
    }

    /// A grid worker (网格员).
    pub async fn grid_worker_of(&self, grid: &area::Model) -> Client {
        self.signed_in(Role::GridWorker, |grant| grant.within(grid)).await
    }

    /// A person (党员) who is signed in.
    pub async fn person(&self, member: &member::Model) -> Client {
        self.signed_in(Role::Member, |grant| grant.of(member)).await
    }

    /// An administrator (系统管理员).
    pub async fn admin(&self) -> Client {
        self.signed_in(Role::Admin, |grant| grant).await
    }

    /// Somebody with a new account and one grant.
    pub async fn signed_in(
        &self,
        role: Role,
        scope: impl FnOnce(Row<account_grant::Model>) -> Row<account_grant::Model>,
    ) -> Client {
        let account = self.given.account().await;
        scope(self.given.grant(&account, role)).await;
        self.token_of(&account).await
    }

    /// Somebody who is signed in to an account.
    pub async fn token_of(&self, account: &account::Model) -> Client {
        self.stranger.with_token(&self.session_of(account).await)
    }

    /// A script with a new personal access token of an account.
    pub async fn script_of(&self, account: &account::Model) -> Client {
        let (token, row) = self.given.access_token(account);
        row.await;
        self.stranger.with_token(&token)
    }

    /// The access token of a new session of an account. Either lasts longer than any case.
    pub async fn session_of(&self, account: &account::Model) -> String {
        let end = self.now.plus(100 * 366 * 24 * 3_600_000);
        let row = self.given.session(account).with(|row| row.expires_at = end).await;
        signing_key().sign(Named { account: account.id, session: row.id }, self.now, end).expect("a token")
    }

    /// Takes away what keeps a table append-only, so that a case can spoil it as somebody with a console would.
    pub async fn lift_append_only(&self, table: &str) {
        let lift = match self.backend {
            DbBackend::Sqlite => ["update", "delete", "replace"]
                .map(|verb| format!("DROP TRIGGER IF EXISTS {table}_no_{verb};"))
                .concat(),
            _ => ["update", "delete"]
                .map(|verb| format!("DROP TRIGGER IF EXISTS {table}_no_{verb} ON {table};"))
                .concat(),
        };
        self.database.writer.execute_unprepared(&lift).await.expect("the table is append-only");
    }

    /// Another database of the same kind, without any table.
    pub async fn empty_database(&self) -> Database {
        self.databases.make(Content::Nothing).await
    }
}

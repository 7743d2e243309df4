//! A database of its own for every case: a copy of one that was migrated once, gone when the case ends.

use std::sync::Mutex;
use std::time::Duration;

use api::database::Database;
use tempfile::TempDir;
use tokio::sync::OnceCell;

use super::postgres::Server;
use super::proxy::Proxy;

/// What a new database holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// Nothing, not even a table.
    Nothing,
    /// What all migrations made.
    Migrated,
}

/// The databases of one case.
pub struct Databases {
    home: Home,
    made: Mutex<Vec<(String, Database)>>,
}

enum Home {
    Files(TempDir),
    Server(&'static Server),
}

impl Databases {
    /// On `server`, or as SQLite files where there is none.
    pub fn new(server: Option<&'static Server>) -> Self {
        let home = server.map_or_else(|| Home::Files(tempfile::tempdir().expect("a folder")), Home::Server);
        Self { home, made: Mutex::default() }
    }

    /// Makes one and connects to it.
    pub async fn make(&self, content: Content) -> Database {
        // Unique among all processes that share a server.
        let name = format!("cobuild_test_{}", uuid::Uuid::now_v7().simple());
        match &self.home {
            Home::Files(folder) if content == Content::Migrated => {
                let path = folder.path().join(format!("{name}.sqlite"));
                std::fs::write(&path, sqlite_template().await).expect("a copy of the template");
            }
            Home::Files(_) => {}
            Home::Server(server) => server.create(&name, content).await.expect("a database on the server"),
        }
        let database = Database::connect(&self.address(&name)).await.expect("a connection");
        self.made.lock().expect("no panic in here").push((name, database.clone()));
        database
    }

    /// Connects to the first one once more, as the server does when it serves.
    pub async fn serving(&self, statement: Duration) -> Database {
        let name = self.made.lock().expect("no panic in here").first().expect("a database").0.clone();
        let database = Database::connect_bounded(&self.address(&name), statement).await.expect("a connection");
        self.made.lock().expect("no panic in here").push((name, database.clone()));
        database
    }

    /// The same through what may fail on the way; none where there is no way, since the database is a file.
    pub async fn behind_proxy(&self, statement: Duration) -> Option<(Proxy, Database)> {
        let Home::Server(server) = &self.home else { return None };
        let proxy = Proxy::before(server.target()).await;
        let database = Database::connect_bounded(&self.address_behind(&proxy), statement).await.expect("a connection");
        Some((proxy, database))
    }

    /// The address of the first database, by a way that is ours. On PostgreSQL alone.
    pub fn address_behind(&self, proxy: &Proxy) -> String {
        let name = self.made.lock().expect("no panic in here").first().expect("a database").0.clone();
        match &self.home {
            Home::Server(server) => server.address_at(&name, proxy.address),
            Home::Files(_) => panic!("there is no way to a file"),
        }
    }

    fn address(&self, name: &str) -> String {
        match &self.home {
            Home::Files(folder) => format!("sqlite:{}", folder.path().join(format!("{name}.sqlite")).display()),
            Home::Server(server) => server.address(name),
        }
    }

    /// Removes them all, as well as it can: a case that failed may have left connections in use.
    pub async fn remove(&self) {
        let made = std::mem::take(&mut *self.made.lock().expect("no panic in here"));
        for (name, database) in made {
            let _ = tokio::time::timeout(Duration::from_secs(1), database.close()).await;
            if let Home::Server(server) = &self.home
                && let Err(error) = server.drop(&name).await
            {
                eprintln!("the database {name} is left behind: {error}");
            }
        }
    }
}

/// The bytes of a migrated SQLite file.
async fn sqlite_template() -> &'static [u8] {
    static TEMPLATE: OnceCell<Vec<u8>> = OnceCell::const_new();
    TEMPLATE
        .get_or_init(async || {
            let folder = tempfile::tempdir().expect("a folder");
            let path = folder.path().join("template.sqlite");
            let database = Database::connect(&format!("sqlite:{}", path.display())).await.expect("a new file");
            database.migrate().await.expect("the migrations");
            // The last connection to close moves the write-ahead log into the file.
            database.close().await.expect("all connections are back");
            assert!(!folder.path().join("template.sqlite-wal").exists(), "the template's log is not in its file yet");
            std::fs::read(path).expect("the template")
        })
        .await
}

//! Writes that SQLite ends by itself, for want of room or of time, or because nobody waits for them: what is acknowledged later is
//! kept all the same.

use std::collections::BTreeSet;
use std::time::Duration;

use api::database::while_waited_for;
use api::kernel::error::Error;
use api::kernel::refusal::{Refusal, Stop};
use api::kernel::write::{Desk, Tx};
use entity::audit_entry::AuditSource;
use entity::outbox;
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{ActiveModelTrait, ConnectionTrait, EntityTrait};
use tokio::time::timeout;

use crate::harness::{World, pure};

/// Somebody who writes, and remembers what was acknowledged.
struct Writer {
    world: World,
    desk: Desk,
    acknowledged: BTreeSet<String>,
}

impl Writer {
    /// With so long for the statements of one transaction.
    async fn new(limit: Duration) -> Self {
        let world = World::new(None).await;
        let database = world.databases.serving(limit).await;
        let desk = Desk::of_server(database.writer, world.clock.clone(), AuditSource::Clock);
        Self { world, desk, acknowledged: BTreeSet::new() }
    }

    async fn writes(&mut self, text: String) -> Result<(), Error> {
        let written = &text;
        self.desk.write("test", |tx| async move { tell(&tx, written).await }).await?.expect("no refusal");
        self.acknowledged.insert(text);
        Ok(())
    }

    async fn executes(&self, sql: &str) -> Result<(), Error> {
        let done = self.desk.write("test", |tx| async move {
            tx.connection.execute_unprepared(sql).await?;
            Ok::<_, Stop>(())
        });
        done.await.map(|_| ())
    }

    /// Goes on writing, with a refusal in between, and finds all of it by another connection, which may write, too.
    async fn loses_nothing(mut self) {
        for round in 0..3 {
            let refused = self.desk.write("test", |tx| async move {
                tell(&tx, "refused").await?;
                Err::<(), _>(Stop::from(Refusal::forbidden()))
            });
            assert!(refused.await.unwrap().is_err());
            self.writes(format!("later {round}")).await.unwrap();
        }
        let kept = outbox::Entity::find().all(&self.world.database.reader).await.unwrap();
        let kept: BTreeSet<String> = kept.into_iter().map(|row| row.subject).collect();
        assert_eq!(self.acknowledged.difference(&kept).collect::<Vec<_>>(), [""; 0]);
        assert!(!kept.contains("refused"));
        self.world.database.writer.execute_unprepared("DELETE FROM outbox").await.unwrap();
    }
}

async fn tell(tx: &Tx, subject: &str) -> Result<(), Stop> {
    let row = outbox::ActiveModel {
        position: NotSet,
        at: Set(tx.now),
        subject: Set(subject.to_owned()),
        event_id: Set(None),
    };
    row.insert(&tx.connection).await?;
    Ok(())
}

pure!(async a_write_that_finds_no_room_costs_no_later_one);
async fn a_write_that_finds_no_room_costs_no_later_one() {
    let mut writer = Writer::new(Duration::from_secs(10)).await;
    writer.executes("PRAGMA max_page_count = 1").await.unwrap();
    let mut refused = None;
    for number in 0..100 {
        refused = writer.writes(format!("{number} {}", "x".repeat(50_000))).await.err();
        if refused.is_some() {
            break;
        }
    }
    assert_eq!(refused.expect("there is no room").code(), "UNAVAILABLE");
    writer.loses_nothing().await;
}

pure!(async a_write_that_takes_too_long_costs_no_later_one);
async fn a_write_that_takes_too_long_costs_no_later_one() {
    let writer = Writer::new(Duration::from_millis(300)).await;
    let forever = "INSERT INTO outbox (at, subject) WITH RECURSIVE c(n) AS \
        (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 1000000000) SELECT max(n), 'slow' FROM c";
    assert_eq!(writer.executes(forever).await.unwrap_err().code(), "TIMEOUT");
    writer.loses_nothing().await;
}

pure!(async a_write_that_nobody_waits_for_costs_no_later_one);
async fn a_write_that_nobody_waits_for_costs_no_later_one() {
    let mut writer = Writer::new(Duration::from_secs(10)).await;
    for number in 0..100 {
        let patience = Duration::from_micros(number * 40);
        let _ = timeout(patience, while_waited_for(writer.writes(number.to_string()))).await;
    }
    writer.loses_nothing().await;
}

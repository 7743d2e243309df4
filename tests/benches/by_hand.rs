//! The same as `proposeClaim`, written by hand: an axum handler, a pool of sqlx, and the statements of `propose.sql`.

use std::net::SocketAddr;

use api::access::account::identity::hash;
use api::kernel::chain::digest;
use api::kernel::global_id::Table;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use sea_orm::prelude::Uuid;
use sea_orm::sqlx::postgres::PgRow;
use sea_orm::sqlx::{self, PgConnection, PgPool, Row};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// What follows the ninth where others hold every lane: the first is waited for.
const IN_TURN: &str = "SELECT lane, number, hash FROM audit_lane ORDER BY lane LIMIT $1 FOR UPDATE";

/// The statements, each on a line of its own.
pub fn statements() -> Vec<&'static str> {
    include_str!("propose.sql").lines().filter(|line| !line.starts_with("--")).collect()
}

/// What the handler knows.
#[derive(Clone)]
pub struct ByHand {
    pool: PgPool,
    sql: [&'static str; 12],
    now: i64,
}

/// Who asks.
struct Liaison {
    account: Uuid,
    unit: Uuid,
}

/// What is claimed, as it was read: what goes into the claim.
struct Item {
    id: Uuid,
    kind: String,
    category: Uuid,
    owner: Uuid,
    auto_accept: bool,
    title: String,
    description: String,
    measure: Option<String>,
    quantity: Option<i32>,
    from: Option<i64>,
    until: Option<i64>,
}

/// Why nothing was done.
struct Refused(StatusCode);

impl From<sqlx::Error> for Refused {
    fn from(error: sqlx::Error) -> Self {
        eprintln!("by hand: {error}");
        Self(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}

/// Serves it for as long as the process lives.
pub async fn serve(pool: PgPool, now: i64) -> SocketAddr {
    let sql = statements().try_into().expect("twelve statements");
    let router = Router::new().route("/claims", post(handle)).with_state(ByHand { pool, sql, now });
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

async fn handle(State(by_hand): State<ByHand>, headers: HeaderMap, body: Bytes) -> Result<Response, Refused> {
    let asked: Value = serde_json::from_slice(&body).map_err(|_| Refused(StatusCode::BAD_REQUEST))?;
    let item = asked["itemId"].as_str().and_then(|id| Uuid::parse_str(id).ok());
    let item = item.ok_or(Refused(StatusCode::BAD_REQUEST))?;
    let quantity =
        i32::try_from(asked["quantity"].as_i64().unwrap_or(1)).map_err(|_| Refused(StatusCode::BAD_REQUEST))?;
    let token = headers.get(header::AUTHORIZATION).and_then(|header| header.to_str().ok()?.strip_prefix("Bearer "));
    let liaison = by_hand.liaison(token.ok_or(Refused(StatusCode::UNAUTHORIZED))?).await?;
    let claim = by_hand.propose(&liaison, item, quantity).await?;
    let claim = by_hand.read(&liaison, claim).await?;
    Ok(([(header::CONTENT_TYPE, "application/json")], json!({ "claim": claim }).to_string()).into_response())
}

type Query = sqlx::query::Query<'static, sqlx::Postgres, sqlx::postgres::PgArguments>;

impl ByHand {
    fn query(&self, number: usize) -> Query {
        sqlx::query(self.sql[number])
    }

    /// The first statement.
    async fn liaison(&self, token: &str) -> Result<Liaison, Refused> {
        let rows = self.query(0).bind(false).bind(hash(token)).bind(self.now).fetch_all(&self.pool).await?;
        let account = rows.first().filter(|row| row.get("may_write")).ok_or(Refused(StatusCode::UNAUTHORIZED))?;
        let unit = rows.iter().find(|row| row.get::<Option<&str>, _>("role") == Some("UNIT_LIAISON"));
        let unit = unit.and_then(|row| row.get("party_id")).ok_or(Refused(StatusCode::FORBIDDEN))?;
        Ok(Liaison { account: account.get("id"), unit })
    }

    /// From BEGIN to COMMIT.
    async fn propose(&self, liaison: &Liaison, item: Uuid, quantity: i32) -> Result<Uuid, Refused> {
        let mut tx = self.pool.begin().await?;
        let reads = reach_of_item(self.query(1), liaison).bind(item).fetch_optional(&mut *tx).await?;
        let row = reads.ok_or(Refused(StatusCode::NOT_FOUND))?;
        let open: bool = row.get("open_to_all");
        let published = row.get::<&str, _>("status") == "PUBLISHED";
        let item = Item::of(&row);
        let unit = self.query(2).bind(liaison.unit).fetch_all(&mut *tx).await?;
        let known = self.query(3).bind("CONFIRMED").bind(item.owner).bind(liaison.unit).bind(liaison.unit);
        let known = known.bind(item.owner).bind(item.id).bind(liaison.unit);
        let known = known.bind("PROPOSED").bind("ACCEPTED").bind("IN_PROGRESS").bind("DELIVERED").bind(item.owner);
        let known = known.fetch_one(&mut *tx).await?;
        let other_kind = known.get::<&str, _>(0) == "COMMUNITY";
        let (joined, live): (bool, Option<Uuid>) = (known.get(1), known.get(2));
        if live.is_some()
            || unit.len() != 1
            || !other_kind
            || !published
            || !(open || joined)
            || !self.hold(&mut tx, &item, quantity).await?
        {
            return Err(Refused(StatusCode::CONFLICT));
        }
        let claim = self.write(&mut tx, liaison, &item, quantity).await?;
        tx.commit().await?;
        Ok(claim)
    }

    async fn hold(&self, tx: &mut PgConnection, item: &Item, quantity: i32) -> Result<bool, Refused> {
        let update = self.query(4).bind(i64::from(quantity)).bind(1_i32).bind(self.now).bind(item.id).bind("PUBLISHED");
        let update = update.bind(self.now).bind(self.now).bind(i64::from(quantity));
        Ok(update.execute(tx).await?.rows_affected() == 1)
    }

    /// The claim, its event, and what is left in the audit log and the outbox.
    async fn write(&self, tx: &mut PgConnection, by: &Liaison, item: &Item, quantity: i32) -> Result<Uuid, Refused> {
        let (claim, event) = (Uuid::now_v7(), Uuid::now_v7());
        let status = if item.auto_accept { "ACCEPTED" } else { "PROPOSED" };
        let none = || None::<i32>;
        let insert = self.query(5).bind(claim).bind(item.id).bind(item.kind.clone()).bind(by.unit).bind(item.owner);
        let insert = insert.bind("UNIT_TO_COMMUNITY").bind(status).bind(quantity).bind(none()).bind(none());
        let insert = insert
            .bind(item.category)
            .bind(item.title.clone())
            .bind(item.description.clone())
            .bind(item.measure.clone());
        let insert = insert.bind(item.quantity).bind(item.from).bind(item.until);
        let insert = insert.bind(None::<i64>).bind(None::<i64>).bind(None::<i64>).bind(self.now + 7 * 86_400_000);
        let insert = insert
            .bind(None::<String>)
            .bind(None::<i64>)
            .bind(None::<i64>)
            .bind(None::<i64>)
            .bind(None::<Uuid>)
            .bind(false);
        let insert = insert.bind(self.now).bind(self.now).bind(1_i32);
        if insert.execute(&mut *tx).await?.rows_affected() == 0 {
            return Err(Refused(StatusCode::CONFLICT));
        }
        let insert = self.query(6).bind(event).bind(claim).bind("PROPOSE").bind(None::<String>).bind(status);
        let insert = insert
            .bind(self.now)
            .bind(by.unit)
            .bind(by.account)
            .bind(None::<String>)
            .bind(quantity)
            .bind(none())
            .bind(None::<i64>);
        insert.execute(&mut *tx).await?;
        let changes = json!([
            { "field": "status", "before": null, "after": status },
            { "field": "quantity", "before": null, "after": quantity.to_string() },
        ]);
        let insert = self.query(7).bind(self.now).bind(Table::ListItem.id(item.id).0).bind(None::<Uuid>);
        let insert = insert.bind(self.now).bind(Table::Claim.id(claim).0).bind(event);
        insert.execute(&mut *tx).await?;
        self.audit(tx, by, claim, changes.to_string()).await?;
        Ok(claim)
    }

    /// The entry of the audit log, at the end of a lane of its chain.
    async fn audit(&self, tx: &mut PgConnection, by: &Liaison, claim: Uuid, changes: String) -> Result<(), Refused> {
        let lane = match self.query(8).bind(1_i64).fetch_optional(&mut *tx).await? {
            Some(lane) => lane,
            None => sqlx::query(IN_TURN).bind(1_i64).fetch_one(&mut *tx).await?,
        };
        let (number, before): (i64, &str) = (lane.get("number"), lane.get("hash"));
        let (lane, number): (i32, i64) = (lane.get("lane"), number + 1);
        let (id, changed, request) = (Uuid::now_v7(), digest(&changes), Uuid::now_v7().simple().to_string());
        let sealed = digest(&format!("{before}{lane}{number}{id}{}{}{claim}{changed}{request}", by.account, by.unit));
        let insert = self.query(9).bind(id).bind(self.now).bind("API").bind(by.account).bind(by.unit);
        let insert = insert.bind("proposeClaim").bind(Table::Claim.id(claim).0).bind(changes).bind(request);
        let insert = insert.bind("127.0.0.1").bind(lane).bind(number).bind(changed).bind(sealed.clone());
        insert.bind(None::<i64>).execute(&mut *tx).await?;
        self.query(10).bind(number).bind(sealed).bind(lane).execute(&mut *tx).await?;
        Ok(())
    }

    /// The last statement: the claim as it is now.
    async fn read(&self, liaison: &Liaison, claim: Uuid) -> Result<Value, Refused> {
        let sides = self.query(11).bind(liaison.unit).bind(liaison.unit);
        let row = reach_of_item(sides, liaison).bind(claim).fetch_optional(&self.pool).await?;
        let row = row.ok_or(Refused(StatusCode::NOT_FOUND))?;
        let (status, quantity, version): (&str, i32, i32) =
            (row.get("status"), row.get("quantity"), row.get("version"));
        Ok(json!({ "id": Table::Claim.id(claim).0, "status": status, "quantity": quantity, "version": version }))
    }
}

/// What the items are that a liaison may see, as a statement goes on with it.
fn reach_of_item(query: Query, liaison: &Liaison) -> Query {
    let unit = liaison.unit;
    query.bind(unit).bind(true).bind(unit).bind(unit).bind(unit)
}

impl Item {
    fn of(row: &PgRow) -> Self {
        Self {
            id: row.get("id"),
            kind: row.get("kind"),
            category: row.get("category_id"),
            owner: row.get("owner_id"),
            auto_accept: row.get("auto_accept"),
            title: row.get("title"),
            description: row.get("description"),
            measure: row.get("measure"),
            quantity: row.get("quantity"),
            from: row.get("available_from"),
            until: row.get("available_until"),
        }
    }
}

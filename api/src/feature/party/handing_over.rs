//! What a merger hands over, table by table: claims, items, check-ins, persons, grants, and what lies in a community's area.

use entity::party::{self, PartyKind};
use sea_orm::prelude::Uuid;
use sea_orm::{ConnectionTrait, Statement, Value};

use crate::kernel::refusal::Stop;
use crate::kernel::tree;
use crate::kernel::write::{Changes, Tx};

/// Hands everything over, and counts it.
pub(super) async fn hand_over(tx: &Tx, old: &party::Model, new: &party::Model) -> Result<Changes, Stop> {
    let keys: [Value; 2] = [old.id.into(), new.id.into()];
    let keys_and_now: [Value; 3] = [old.id.into(), new.id.into(), tx.now.into()];
    let items = if old.kind == PartyKind::Community {
        take_area_over(tx, old, new).await?;
        run(tx, TAKE_ITEMS_TO, &keys_and_now).await?
    } else {
        run(tx, TAKE_ITEMS, &keys_and_now).await?
    };
    let claims = run(tx, TAKE_CLAIMS, &keys_and_now).await?;
    run(tx, TAKE_OFFERS, &keys_and_now).await?;
    run(tx, TAKE_RATINGS, &keys).await?;
    let mut check_ins = 0;
    let (side, other) = match old.kind {
        PartyKind::Unit => ("unit_id", "community_id"),
        PartyKind::Community => ("community_id", "unit_id"),
    };
    let both = [("check_in", side, other), ("member_check_in", "community_id", "member_id")];
    for (table, side, other) in both.into_iter().take(if old.kind == PartyKind::Unit { 1 } else { 2 }) {
        check_ins += hand_check_ins_over(tx, table, (side, other), old.id, new.id).await?;
    }
    let persons = run(tx, TAKE_PERSONS, &keys_and_now).await?;
    let grants = take_grants(tx, "party_id", &keys).await?;
    run(tx, "UPDATE past_grant SET party_id = $2 WHERE party_id = $1", &keys).await?;
    run(tx, "UPDATE former_name SET party_id = $2 WHERE party_id = $1", &keys).await?;
    // Whoever was merged into the one that ends now is led on at once.
    run(tx, "UPDATE party SET successor_id = $2 WHERE successor_id = $1", &keys).await?;
    Ok(Changes::default()
        .new("listItems", items)
        .new("claims", claims)
        .new("checkIns", check_ins)
        .new("persons", persons)
        .new("grants", grants))
}

/// Hands the check-ins over that one side has, and counts them. Of two live ones with the same other side one ends.
pub(crate) async fn hand_check_ins_over(
    tx: &Tx,
    table: &str,
    (side, other): (&str, &str),
    from: Uuid,
    into: Uuid,
) -> Result<u64, Stop> {
    let fill = |sql: &str| sql.replace("{table}", table).replace("{side}", side).replace("{other}", other);
    let values: [Value; 3] = [from.into(), into.into(), tx.now.into()];
    run(tx, &fill(END_LESSER), &values).await?;
    run(tx, &fill(END_SECOND), &values).await?;
    run(tx, &fill(TAKE_CHECK_INS), &values).await
}

/// Hands grants over. Who had one on both keeps the longer one.
pub(crate) async fn take_grants(tx: &Tx, scope: &str, keys: &[Value; 2]) -> Result<u64, Stop> {
    let fill = |sql: &str| sql.replace("{scope}", scope);
    run(tx, &fill(END_SHORTER_GRANT), keys).await?;
    run(tx, &fill(END_SECOND_GRANT), keys).await?;
    run(tx, &fill("UPDATE account_grant SET {scope} = $2 WHERE {scope} = $1"), keys).await
}

/// What lies in the area of a community that ends lies in its successor's from then on, and so does what stood in the area itself.
async fn take_area_over(tx: &Tx, old: &party::Model, new: &party::Model) -> Result<(), Stop> {
    let areas: [Value; 2] = [old.area_id.into(), new.area_id.into()];
    let length = i32::try_from(old.area_path.chars().count()).unwrap_or(i32::MAX).saturating_add(1);
    let below: [Value; 5] = [
        old.area_path.as_str().into(),
        tree::end(&old.area_path).into(),
        new.area_path.as_str().into(),
        length.into(),
        tx.now.into(),
    ];
    run(tx, "UPDATE area SET parent_id = $2 WHERE parent_id = $1", &areas).await?;
    run(tx, MOVE_BELOW, &below).await?;
    let place: [Value; 3] = [old.area_id.into(), new.area_id.into(), new.area_path.as_str().into()];
    for table in ["list_item", "check_in", "member_check_in", "past_grant"] {
        let sql = "UPDATE {table} SET area_id = $2, area_path = $3 WHERE area_id = $1".replace("{table}", table);
        run(tx, &sql, &place).await?;
    }
    for sql in [END_SHORTER_GRANT, END_SECOND_GRANT] {
        run(tx, &sql.replace("{scope}", "area_id"), &areas).await?;
    }
    run(tx, "UPDATE account_grant SET area_id = $2, area_path = $3 WHERE area_id = $1", &place).await?;
    let ended: [Value; 3] = [old.area_id.into(), new.area_id.into(), tx.now.into()];
    run(tx, "UPDATE area SET successor_id = $2, updated_at = $3 WHERE successor_id = $1", &ended).await?;
    run(tx, END_AREA, &ended).await?;
    // A unit at home in the community itself is at home in its successor.
    run(tx, MOVE_UNITS, &[old.area_id.into(), new.area_id.into(), new.area_path.as_str().into(), tx.now.into()])
        .await?;
    Ok(())
}

/// Runs a statement of either database, and counts the rows that it changed.
pub(crate) async fn run(tx: &Tx, sql: &str, values: &[Value]) -> Result<u64, Stop> {
    Ok(tx.connection.execute_raw(statement(tx, sql, values)).await?.rows_affected())
}

fn statement(tx: &Tx, sql: &str, values: &[Value]) -> Statement {
    Statement::from_sql_and_values(tx.connection.get_database_backend(), sql, values.to_vec())
}

// In all of these, $1 is the one that ends, and $2 the one that takes over; $3 is now.

/// What a unit listed stays where it was: a hall does not move because its owner's name does.
const TAKE_ITEMS: &str =
    "UPDATE list_item SET owner_id = $2, has_own_place = TRUE, version = version + 1, updated_at = $3
    WHERE owner_id = $1";

/// What a community listed without a place of its own stands where its successor does.
const TAKE_ITEMS_TO: &str = "UPDATE list_item SET owner_id = $2, version = version + 1, updated_at = $3,
    area_id = CASE WHEN has_own_place THEN area_id ELSE (SELECT area_id FROM party WHERE id = $2) END,
    area_path = CASE WHEN has_own_place THEN area_path ELSE (SELECT area_path FROM party WHERE id = $2) END,
    address = CASE WHEN has_own_place THEN address ELSE (SELECT address FROM party WHERE id = $2) END,
    longitude = CASE WHEN has_own_place THEN longitude ELSE (SELECT longitude FROM party WHERE id = $2) END,
    latitude = CASE WHEN has_own_place THEN latitude ELSE (SELECT latitude FROM party WHERE id = $2) END
    WHERE owner_id = $1";

const TAKE_CLAIMS: &str = "UPDATE claim SET version = version + 1, updated_at = $3,
    claimant_id = CASE claimant_id WHEN $1 THEN $2 ELSE claimant_id END,
    transfer_to_id = CASE WHEN claimant_id = $1 AND transfer_to_id = $2 THEN NULL ELSE transfer_to_id END,
    owner_id = CASE owner_id WHEN $1 THEN $2 ELSE owner_id END
    WHERE claimant_id = $1 OR owner_id = $1";

/// What was offered to the one is offered to the other, unless it is theirs now.
const TAKE_OFFERS: &str = "UPDATE claim SET version = version + 1, updated_at = $3,
    transfer_to_id = CASE WHEN claimant_id = $2 THEN NULL ELSE $2 END WHERE transfer_to_id IN ($1, $2)";

const TAKE_RATINGS: &str = "UPDATE rating SET by_id = $2 WHERE by_id = $1";

/// Of two live check-ins of the same pair the confirmed one stays; of two that stand alike, the successor's.
const END_LESSER: &str = "UPDATE {table} SET status = 'ENDED', until = $3, version = version + 1, updated_at = $3
    WHERE {side} = $2 AND status = 'PENDING' AND {other} IN
    (SELECT o.{other} FROM {table} o WHERE o.{side} = $1 AND o.status = 'CONFIRMED')";

const END_SECOND: &str = "UPDATE {table} SET status = 'ENDED', until = $3, version = version + 1, updated_at = $3
    WHERE {side} = $1 AND status IN ('PENDING', 'CONFIRMED') AND {other} IN
    (SELECT o.{other} FROM {table} o WHERE o.{side} = $2 AND o.status IN ('PENDING', 'CONFIRMED'))";

const TAKE_CHECK_INS: &str = "UPDATE {table} SET {side} = $2, version = version + 1, updated_at = $3 WHERE {side} = $1";

const TAKE_PERSONS: &str = "UPDATE member SET unit_id = $2, version = version + 1, updated_at = $3 WHERE unit_id = $1";

const END_SHORTER_GRANT: &str = "DELETE FROM account_grant WHERE {scope} = $2 AND expires_at IS NOT NULL AND EXISTS
    (SELECT 1 FROM account_grant o WHERE o.{scope} = $1 AND o.account_id = account_grant.account_id
    AND o.role = account_grant.role AND (o.expires_at IS NULL OR o.expires_at > account_grant.expires_at))";

const END_SECOND_GRANT: &str = "DELETE FROM account_grant WHERE {scope} = $1 AND EXISTS
    (SELECT 1 FROM account_grant o WHERE o.{scope} = $2 AND o.account_id = account_grant.account_id AND o.role = account_grant.role)";

/// Of the paths between $1 and $2 the beginning becomes $3; $4 is where the rest begins, $5 now.
const MOVE_BELOW: &str = "UPDATE area SET path = $3 || substr(path, $4), updated_at = $5 WHERE path > $1 AND path < $2";

const END_AREA: &str =
    "UPDATE area SET ended_at = COALESCE(ended_at, $3), successor_id = $2, updated_at = $3 WHERE id = $1";

/// Of units whose home is the area $1, which is $2 with the path $3 now.
const MOVE_UNITS: &str = "UPDATE party SET area_id = $2, area_path = $3, version = version + 1, updated_at = $4
    WHERE area_id = $1 AND kind = 'UNIT'";

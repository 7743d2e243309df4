//! Redaction (个人信息删除): what a person is owed by law is taken out of what was written down, everywhere at once, and the history
//! stays whole.
//!
//! Rows stay where they are, with a mark in the place of the words. Of append-only tables the database itself allows exactly this: what was said is
//! replaced and the row is stamped. The audit log has the hash of what was taken out, and its chain still holds.

use async_graphql::{Context, ID, InputObject, Object};
use entity::check_in::CheckInStatus;
use entity::{
    account, account_grant, attachment, audit_entry, claim, claim_event, list_item, member, member_check_in,
    outside_identity, party, rating,
};
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Expr, ExprTrait, Func, IntoColumnRef};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, UpdateMany};

use crate::access::account::credentials::end_all;
use crate::access::payload::{mutate, payload};
use crate::access::roles::{self, Permission};
use crate::feature::list_item::ListItem;
use crate::feature::member::Member;
use crate::feature::same_person::find_person;
use crate::kernel::chain::digest;
use crate::kernel::error::{Error, Result};
use crate::kernel::global_id::Table;
use crate::kernel::refusal::{Refusal, Stop, message};
use crate::kernel::text::reason;
use crate::kernel::write::{Changes, Done, Tx};

/// What stands in the place of what was taken out.
pub const MARK: &str = "███";
/// What a person is called of whom nothing is kept.
pub const ERASED: &str = "（已删除）";
/// The shortest text that is taken out, in characters: a single letter stands everywhere.
const SHORTEST: usize = 2;
const LONGEST: usize = 200;
/// How many rows one statement names.
const BATCH: usize = 400;

payload! {
    /// What became of a redaction.
    RedactPayload {
        /// The item as it reads now; null where it was refused.
        item: ListItem = list_item::Entity,
    }
}

payload! {
    /// What became of erasing a person.
    EraseMemberPayload {
        /// What is left of the person; null where it was refused, or where nobody may see that either.
        member: Member = member::Entity,
    }
}

/// Take a person's data out of a list item and of all that was said about it (删除个人信息).
#[derive(Clone, Debug, InputObject)]
pub struct RedactInput {
    /// The list item, or a claim on it.
    id: ID,
    /// What is taken out, exactly as it stands there: 2 to 200 characters. Absent: files alone.
    text: Option<String>,
    /// Files that are taken out whole: attachments of the item, or evidence of its claims.
    attachment_ids: Option<Vec<ID>>,
    /// Why (理由).
    reason: String,
    /// The same key and input has one effect, for 24 hours.
    idempotency_key: Option<String>,
}

/// Erase a person (删除人员信息).
#[derive(Clone, Debug, InputObject)]
pub struct EraseMemberInput {
    /// The person.
    id: ID,
    /// Why (理由).
    reason: String,
    /// The same key and input has one effect, for 24 hours.
    idempotency_key: Option<String>,
}

/// What managers take out of what was written down.
#[derive(Debug, Default)]
pub struct RedactionMutation;

/// What managers take out of what was written down.
#[Object]
impl RedactionMutation {
    /// Takes a person's data out of a list item and of all that was said about it (删除个人信息): its texts, what its claims were promised,
    /// notes, comments, events, the audit log, and files. For managers of the area. It cannot be undone.
    async fn redact(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Where, what, and why.")] input: RedactInput,
    ) -> Option<Result<RedactPayload>> {
        let input = &input;
        mutate(context, |tx| async move { redact(&tx, input).await }).await
    }

    /// Erases a person (删除人员信息): name, phone, what they are good at, their account; their check-ins end. For managers of an area in
    /// which they checked in. It cannot be undone.
    async fn erase_member(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whom, and why.")] input: EraseMemberInput,
    ) -> Option<Result<EraseMemberPayload>> {
        let input = &input;
        mutate(context, |tx| async move { erase(&tx, input).await }).await
    }
}

async fn redact(tx: &Tx, input: &RedactInput) -> Result<Done, Stop> {
    let item = item_of(tx, &input.id).await?;
    let owner = party::Entity::find_by_id(item.owner_id).one(&tx.connection).await?;
    let owner = owner.ok_or_else(|| Error::Internal(format!("the owner of item {} is gone", item.id)))?;
    if !roles::may(tx.viewer(), Permission::Redact, &owner) {
        return Err(Refusal::forbidden().into());
    }
    let reason = reason(&input.reason)?;
    let claims: Vec<Uuid> = claim::Entity::find()
        .select_only()
        .column(claim::Column::Id)
        .filter(claim::Column::ItemId.eq(item.id))
        .into_tuple()
        .all(&tx.connection)
        .await?;
    let mut told = Changes::default().new("reason", &reason);
    let mut taken = 0;
    if let Some(text) = &input.text {
        let length = text.chars().count();
        if !(SHORTEST..=LONGEST).contains(&length) {
            let message = message!("{SHORTEST} to {LONGEST} characters", "须为 {SHORTEST} 至 {LONGEST} 个字符");
            return Err(Refusal::invalid("text", message).into());
        }
        taken += take_out(tx, item.id, &claims, text).await?;
        told = told.new("textHash", digest(text));
    }
    for id in input.attachment_ids.iter().flatten() {
        take_file(tx, item.id, &claims, id).await?;
        taken += 1;
        told = told.new("file", id.as_str());
    }
    if taken == 0 {
        let field = if input.text.is_some() { "text" } else { "attachmentIds" };
        let message = message!("it stands nowhere here: look how it is spelled", "未找到该内容，请核对原文");
        return Err(Refusal::invalid(field, message).into());
    }
    tx.audit((Table::ListItem, item.id), Some(owner.id), &told);
    tx.tell((Table::ListItem, item.id), None);
    claims.iter().for_each(|claim| tx.tell((Table::Claim, *claim), None));
    Ok(Done::to(item.id))
}

/// The item that is meant, or that a claim is on.
async fn item_of(tx: &Tx, id: &ID) -> Result<list_item::Model, Stop> {
    if let Some(claim) = tx.find_id::<claim::Entity>(Table::Claim, id).await? {
        return Ok(tx.find::<list_item::Entity>(claim.item_id).await?.ok_or_else(|| Refusal::not_found("id"))?);
    }
    Ok(tx.find_id::<list_item::Entity>(Table::ListItem, id).await?.ok_or_else(|| Refusal::not_found("id"))?)
}

/// A column with a text taken out.
fn without(column: impl IntoColumnRef, text: &str) -> Expr {
    Expr::expr(Func::cust("replace").args([Expr::col(column), Expr::val(text), Expr::val(MARK)]))
}

/// An update that takes a text out of these columns, of the rows in which it stands in one of them.
fn taking<E: EntityTrait>(columns: &[E::Column], text: &str) -> UpdateMany<E> {
    let stands = columns.iter().map(|column| without(*column, text).ne(Expr::col(*column)));
    let update = E::update_many().filter(stands.fold(Expr::val(false), Expr::or));
    columns.iter().fold(update, |update, column| update.col_expr(*column, without(*column, text)))
}

/// Takes a text out of an item and of all that was said of its claims. In how many rows it stood.
async fn take_out(tx: &Tx, item: Uuid, claims: &[Uuid], text: &str) -> Result<u64, Stop> {
    use list_item::Column::{Address, ContactName, ContactPhone, Description, Frequency, Title};
    let now = Expr::value(tx.now);
    let of_item =
        taking::<list_item::Entity>(&[Title, Description, Address, ContactName, ContactPhone, Frequency], text)
            .col_expr(list_item::Column::Version, Expr::col(list_item::Column::Version).add(1))
            .col_expr(list_item::Column::UpdatedAt, now.clone())
            .filter(list_item::Column::Id.eq(item));
    let mut rows = of_item.exec(&tx.connection).await?.rows_affected;
    let named =
        taking::<attachment::Entity>(&[attachment::Column::Name], text).filter(attachment::Column::ItemId.eq(item));
    rows += named.exec(&tx.connection).await?.rows_affected;
    for some in claims.chunks(BATCH) {
        let some = || some.iter().copied();
        use claim::Column::{Note, PromisedDescription, PromisedTitle};
        let of_claims = taking::<claim::Entity>(&[PromisedTitle, PromisedDescription, Note], text)
            .col_expr(claim::Column::Version, Expr::col(claim::Column::Version).add(1))
            .col_expr(claim::Column::UpdatedAt, now.clone())
            .filter(claim::Column::Id.is_in(some()));
        let said = taking::<claim_event::Entity>(&[claim_event::Column::Note], text)
            .col_expr(claim_event::Column::RedactedAt, now.clone())
            .filter(claim_event::Column::ClaimId.is_in(some()));
        let comments =
            taking::<rating::Entity>(&[rating::Column::Comment], text).filter(rating::Column::ClaimId.is_in(some()));
        let evidence = taking::<attachment::Entity>(&[attachment::Column::Name], text)
            .filter(attachment::Column::ClaimId.is_in(some()));
        rows += of_claims.exec(&tx.connection).await?.rows_affected;
        rows += said.exec(&tx.connection).await?.rows_affected;
        rows += comments.exec(&tx.connection).await?.rows_affected;
        rows += evidence.exec(&tx.connection).await?.rows_affected;
    }
    let mut subjects: Vec<String> = claims.iter().map(|claim| Table::Claim.id(*claim).0).collect();
    subjects.push(Table::ListItem.id(item).0);
    subjects.extend(files_of(tx, item, claims).await?.into_iter().map(|file| Table::Attachment.id(file).0));
    rows += take_out_of_log(tx, &subjects, text).await?;
    Ok(rows)
}

/// What hangs on an item and on its claims.
async fn files_of(tx: &Tx, item: Uuid, claims: &[Uuid]) -> Result<Vec<Uuid>, Stop> {
    let keys = || attachment::Entity::find().select_only().column(attachment::Column::Id);
    let of_item = keys().filter(attachment::Column::ItemId.eq(item)).into_tuple().all(&tx.connection);
    let mut files: Vec<Uuid> = of_item.await?;
    for some in claims.chunks(BATCH) {
        let of_claims = keys().filter(attachment::Column::ClaimId.is_in(some.iter().copied()));
        files.extend(of_claims.into_tuple::<Uuid>().all(&tx.connection).await?);
    }
    Ok(files)
}

/// Takes a text out of what the audit log says of these. In how many entries it stood.
async fn take_out_of_log(tx: &Tx, subjects: &[String], text: &str) -> Result<u64, Stop> {
    // As it stands in JSON, without the quotes around it.
    let quoted = serde_json::Value::from(text).to_string();
    let within = quoted.trim_start_matches('"').trim_end_matches('"');
    let mut rows = 0;
    for some in subjects.chunks(BATCH) {
        let entries = taking::<audit_entry::Entity>(&[audit_entry::Column::Changes], within)
            .col_expr(audit_entry::Column::RedactedAt, Expr::value(tx.now))
            .filter(audit_entry::Column::Subject.is_in(some));
        rows += entries.exec(&tx.connection).await?.rows_affected;
    }
    Ok(rows)
}

/// Takes a file away whole. What is in it goes with the next sweep, where nothing else has the same in it.
async fn take_file(tx: &Tx, item: Uuid, claims: &[Uuid], id: &ID) -> Result<(), Stop> {
    let missing = || Refusal::not_found("attachmentIds");
    let key = Table::Attachment.key(id).ok_or_else(missing)?;
    let file = attachment::Entity::find_by_id(key).one(&tx.connection).await?.ok_or_else(missing)?;
    let is_here = file.item_id == Some(item) || file.claim_id.is_some_and(|claim| claims.contains(&claim));
    if !is_here {
        return Err(missing().into());
    }
    attachment::Entity::delete_by_id(key).exec(&tx.connection).await?;
    if let Some(name) = &file.name {
        take_out_of_log(tx, std::slice::from_ref(&id.0), name).await?;
    }
    Ok(())
}

async fn erase(tx: &Tx, input: &EraseMemberInput) -> Result<Done, Stop> {
    let person = find_person(tx, &input.id, "id").await?;
    let of_person = || member_check_in::Entity::find().filter(member_check_in::Column::MemberId.eq(person.id));
    let homes = of_person().all(&tx.connection).await?;
    if !homes.iter().any(|home| roles::may_in(tx.viewer(), Permission::Redact, &home.area_path)) {
        return Err(Refusal::forbidden().into());
    }
    let reason = reason(&input.reason)?;
    member::Entity::update_many()
        .col_expr(member::Column::Name, Expr::value(ERASED))
        .col_expr(member::Column::Phone, Expr::value(None::<String>))
        .col_expr(member::Column::UnitId, Expr::value(None::<Uuid>))
        .col_expr(member::Column::Specialities, Expr::value("[]"))
        .col_expr(member::Column::Version, Expr::col(member::Column::Version).add(1))
        .col_expr(member::Column::UpdatedAt, Expr::value(tx.now))
        .filter(member::Column::Id.eq(person.id).or(member::Column::SuccessorId.eq(person.id)))
        .exec(&tx.connection)
        .await?;
    member_check_in::Entity::update_many()
        .col_expr(member_check_in::Column::Status, Expr::value(CheckInStatus::Ended))
        .col_expr(member_check_in::Column::Until, Expr::value(tx.now))
        // Nobody checks them in again.
        .col_expr(member_check_in::Column::EndedByStaff, Expr::value(false))
        .col_expr(member_check_in::Column::Version, Expr::col(member_check_in::Column::Version).add(1))
        .col_expr(member_check_in::Column::UpdatedAt, Expr::value(tx.now))
        .filter(member_check_in::Column::MemberId.eq(person.id))
        .filter(member_check_in::Column::Status.is_in([CheckInStatus::Pending, CheckInStatus::Confirmed]))
        .exec(&tx.connection)
        .await?;
    let mut words: Vec<String> = [Some(person.name), person.phone].into_iter().flatten().collect();
    let mut subjects: Vec<String> = homes.iter().map(|home| Table::MemberCheckIn.id(home.id).0).collect();
    subjects.push(Table::Member.id(person.id).0);
    let twins = member::Entity::find().filter(member::Column::SuccessorId.eq(person.id)).all(&tx.connection).await?;
    subjects.extend(twins.iter().map(|twin| Table::Member.id(twin.id).0));
    for account in erase_accounts(tx, person.id).await? {
        subjects.push(Table::Account.id(account.id).0);
        words.extend([Some(account.name), Some(account.username), account.subject].into_iter().flatten());
    }
    for word in words.iter().filter(|word| word.chars().count() >= SHORTEST) {
        take_out_of_log(tx, &subjects, word).await?;
    }
    let community = homes.first().map(|home| home.community_id);
    tx.audit((Table::Member, person.id), community, &Changes::default().new("reason", reason));
    tx.tell((Table::Member, person.id), None);
    Ok(Done::to(person.id))
}

/// Takes the person's role away from the accounts that have it, and erases those that have no other. Answers with these, as they were.
async fn erase_accounts(tx: &Tx, person: Uuid) -> Result<Vec<account::Model>, Stop> {
    let grants =
        account_grant::Entity::find().filter(account_grant::Column::MemberId.eq(person)).all(&tx.connection).await?;
    account_grant::Entity::delete_many()
        .filter(account_grant::Column::MemberId.eq(person))
        .exec(&tx.connection)
        .await?;
    let mut erased = Vec::new();
    for grant in grants {
        let others = account_grant::Entity::find().filter(account_grant::Column::AccountId.eq(grant.account_id));
        if others.one(&tx.connection).await?.is_some() {
            continue;
        }
        let Some(account) = account::Entity::find_by_id(grant.account_id).one(&tx.connection).await? else { continue };
        end_all(tx, account.id, None).await?;
        outside_identity::Entity::delete_many()
            .filter(outside_identity::Column::AccountId.eq(account.id))
            .exec(&tx.connection)
            .await?;
        account::Entity::update_many()
            .col_expr(account::Column::Username, Expr::value(format!("erased-{}", account.id.simple())))
            .col_expr(account::Column::Name, Expr::value(ERASED))
            .col_expr(account::Column::PasswordHash, Expr::value(None::<String>))
            .col_expr(account::Column::Subject, Expr::value(None::<String>))
            .col_expr(account::Column::IsDisabled, Expr::value(true))
            .col_expr(account::Column::Version, Expr::col(account::Column::Version).add(1))
            .col_expr(account::Column::UpdatedAt, Expr::value(tx.now))
            .filter(account::Column::Id.eq(account.id))
            .exec(&tx.connection)
            .await?;
        erased.push(account);
    }
    Ok(erased)
}

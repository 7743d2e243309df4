//! Files over HTTP: `POST /files` takes one in, `GET /files/{id}` gives it to whoever may see what it hangs on.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use entity::attachment;
use multer::{Constraints, Field, Multipart, SizeLimit};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sea_orm::prelude::Uuid;
use serde_json::json;
use tokio_util::io::ReaderStream;

use super::media::Media;
use super::refusal::Refusal;
use super::{Door, context, identity};
use crate::access::payload::may_write;
use crate::access::roles::{self, Permission};
use crate::feature::attachment::files::{self, Files, Kind, check_quota, take_in};
use crate::feature::attachment::picture;
use crate::kernel::caller::{Caller, Language};
use crate::kernel::error::Error;
use crate::kernel::global_id::Table;
use crate::kernel::loader::{Act, one_of};
use crate::kernel::refusal::{Refusal as Refused, Stop};
use crate::kernel::viewer::Viewer;
use crate::kernel::write::Desk;
use crate::server::app::account_for;
use crate::storage::{Arrival, Content};

/// In which time a file must be there: people send photographs over slow networks.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a form may have around its file.
const AROUND: u64 = 64 * 1024;

/// Takes in the file of a form (`multipart/form-data`, field `file`), as `wx.uploadFile` sends it.
pub(super) async fn receive(State(door): State<Arc<Door>>, request: Request) -> Response {
    let caller = context::caller(request.extensions());
    let answer = take(&door, request, &caller).await;
    answer.unwrap_or_else(|refusal| {
        door.metrics.refused(refusal.code, &refusal.message);
        refusal.answer(Media::Json, &caller)
    })
}

/// What a file takes of what somebody may ask a minute: so much to be taken in at all, and one for each so many bytes, either way.
const COST: u64 = 1_000;
const BYTES_A_COST: u64 = 1_024;

async fn take(door: &Door, request: Request, caller: &Caller) -> Result<Response, Refusal> {
    let request_id = caller.request_id.as_str();
    let files = door.app.files().ok_or_else(nothing_here)?;
    let (parts, body) = request.into_parts();
    let viewer = identity::viewer(&door.app, &parts.headers, caller).await?;
    let sender = check_sender(&viewer)?;
    let announced = announced(files, &parts.headers)?;
    door.admit(&viewer, caller, COST.saturating_add(announced / BYTES_A_COST))?;
    let _place = files.place(sender).await.ok_or_else(no_place)?;
    let quota = check_quota(&door.app.database().reader, files, sender, door.app.clock().now(), announced);
    quota.await.map_err(|stop| stopped(stop, request_id))?;
    let (name, kind, arrival) = read(files, &parts.headers, body, request_id).await?;
    let desk = desk(door, viewer, caller);
    let taken = take_in(&desk, files, &name, kind, arrival).await.map_err(|error| failed(&error, request_id))?;
    let row = taken.map_err(|refused| refused_by_rule(&refused))?;
    let answer = json!({
        "id": Table::Attachment.id(row.id).as_str(),
        "url": row.url,
        "name": row.name,
        "mediaType": row.media_type,
        "bytes": row.bytes,
        "createdAt": row.created_at.to_string(),
    });
    tracing::info!(request.id = request_id, bytes = row.bytes, "Took a file in");
    let headers = [(header::CONTENT_TYPE, Media::Json.name()), (header::CACHE_CONTROL, "no-store")];
    Ok((StatusCode::CREATED, headers, answer.to_string()).into_response())
}

/// How long the form says it is, and so its file at most. One that does not say is looked at once it has come.
fn announced(files: &Files, headers: &HeaderMap) -> Result<u64, Refusal> {
    let most = files.most_bytes;
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    match announced {
        Some(announced) if announced > most.saturating_add(AROUND) => Err(too_large(most)),
        announced => Ok(announced.unwrap_or(0).min(most)),
    }
}

fn no_place() -> Refusal {
    let refusal = Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE", "too many files come in just now");
    refusal.with(header::RETRY_AFTER, HeaderValue::from_static("1"))
}

/// Who may hang nothing on anything need not send it either.
fn check_sender(viewer: &Viewer) -> Result<Uuid, Refusal> {
    let refusal = match (may_write(viewer), viewer.account()) {
        (Err(refusal), _) => refusal,
        (Ok(()), Some(sender)) if roles::may_somewhere(viewer, Permission::ActFor) => return Ok(sender),
        (Ok(()), _) => Refused::forbidden(),
    };
    let (status, code) = match viewer {
        Viewer::Anonymous => (StatusCode::UNAUTHORIZED, "UNAUTHENTICATED"),
        Viewer::SignedIn(_) => (StatusCode::FORBIDDEN, "FORBIDDEN"),
    };
    let refused = Refusal::new(status, code, refusal.message.text(Language::English));
    Err(refused.in_chinese(refusal.message.text(Language::Chinese)))
}

fn desk(door: &Door, viewer: Viewer, caller: &Caller) -> Desk {
    let caller = Caller { language: Language::English, ..caller.clone() };
    let place = door.app.turns().place(&viewer, &caller);
    Desk::of_caller(door.app.database().writer.clone(), place, door.app.clock().clone(), viewer, caller)
}

/// What stops a file on its way in.
enum Broken {
    /// The form is none, or is too long.
    Form(multer::Error),
    /// What is in the file is nothing that is taken in.
    Unwanted,
    /// It is a picture that cannot be.
    Picture(picture::Fault),
    /// The store fails.
    Store(std::io::Error),
}

impl From<multer::Error> for Broken {
    fn from(error: multer::Error) -> Self {
        Self::Form(error)
    }
}

impl From<std::io::Error> for Broken {
    fn from(error: std::io::Error) -> Self {
        Self::Store(error)
    }
}

/// The one file of a form, as it arrives: its name, what it is, and itself.
async fn read(
    files: &Files,
    headers: &HeaderMap,
    body: Body,
    request_id: &str,
) -> Result<(String, Kind, Arrival), Refusal> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let boundary = multer::parse_boundary(content_type).map_err(|_| {
        let message = "a file is sent as multipart/form-data, in the field `file`";
        let refusal = Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "BAD_REQUEST", message);
        refusal.in_chinese("文件须以 multipart/form-data 提交，字段名为 file")
    })?;
    let most = files.most_bytes;
    let limit = SizeLimit::new().whole_stream(most.saturating_add(AROUND)).for_field("file", most).per_field(AROUND);
    let form = Multipart::with_constraints(body.into_data_stream(), boundary, Constraints::new().size_limit(limit));
    match tokio::time::timeout(PATIENCE, one_file(files, form)).await {
        Ok(Ok(Some(file))) => Ok(file),
        Ok(Ok(None)) => Err(Refusal::bad("a form with exactly one field `file`, and a file in it, is wanted")),
        Ok(Err(Broken::Form(multer::Error::FieldSizeExceeded { .. } | multer::Error::StreamSizeExceeded { .. }))) => {
            Err(too_large(most))
        }
        Ok(Err(Broken::Form(error))) => Err(Refusal::bad(format!("the form cannot be read: {error}"))),
        Ok(Err(Broken::Unwanted)) => {
            let message = "not a file that is taken in: PNG, JPEG, GIF, WebP or PDF, whatever its name says";
            let refusal = Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "BAD_REQUEST", message);
            Err(refusal.in_chinese("不支持的文件：仅限 PNG、JPEG、GIF、WebP 图片或 PDF（以内容为准）"))
        }
        Ok(Err(Broken::Picture(picture::Fault::Unreadable))) => {
            let message = "the picture cannot be read: it is broken, or of another kind than it says";
            let refusal = Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "BAD_REQUEST", message);
            Err(refusal.in_chinese("图片无法读取：文件已损坏，或与其类型不符"))
        }
        Ok(Err(Broken::Picture(picture::Fault::TooLarge))) => {
            let message = "the picture has too many pixels: make it smaller first";
            let refusal = Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "LIMIT_EXCEEDED", message);
            Err(refusal.in_chinese("图片像素过大，请先缩小"))
        }
        Ok(Err(Broken::Store(error))) => Err(failed(&files::failed(error), request_id)),
        Err(_) => {
            let message = format!("the file took longer than {} seconds", PATIENCE.as_secs());
            let refusal = Refusal::new(StatusCode::REQUEST_TIMEOUT, "TIMEOUT", message);
            Err(refusal.with(header::CONNECTION, HeaderValue::from_static("close")))
        }
    }
}

/// The file of a form that has exactly one; what else the form has is read and forgotten.
async fn one_file(files: &Files, mut form: Multipart<'_>) -> Result<Option<(String, Kind, Arrival)>, Broken> {
    let mut found = None;
    let mut number = 0_u32;
    while let Some(mut field) = form.next_field().await? {
        if field.name() != Some("file") {
            while field.chunk().await?.is_some() {}
            continue;
        }
        number += 1;
        if number > 1 {
            return Ok(None);
        }
        let name = field.file_name().unwrap_or_default().to_owned();
        found = arrive(files, &mut field).await?.map(|(kind, arrival)| (name, kind, arrival));
    }
    Ok(found)
}

/// By so many bytes of its start a file is told apart.
const START: usize = 16;

/// A file as it comes, into the store piece by piece. A photograph is held back until it is whole, and goes in cleaned: of what it was
/// nothing is written anywhere.
async fn arrive(files: &Files, field: &mut Field<'_>) -> Result<Option<(Kind, Arrival)>, Broken> {
    let mut arrival = Arrival::begin(&*files.storage).await?;
    let (mut held, mut kind) = (Vec::new(), None::<Kind>);
    while let Some(piece) = field.chunk().await? {
        if kind.is_some_and(|kind| picture::format(kind.media_type).is_none()) {
            arrival.take(piece).await?;
            continue;
        }
        held.extend_from_slice(&piece);
        if kind.is_none() && held.len() >= START {
            // What is not taken in is told as soon as it shows, before more of it comes.
            let known = Kind::of(&held).ok_or(Broken::Unwanted)?;
            kind = Some(known);
            if picture::format(known.media_type).is_none() {
                arrival.take(std::mem::take(&mut held).into()).await?;
            }
        }
    }
    if held.is_empty() && arrival.bytes() == 0 {
        return Ok(None);
    }
    let kind = kind.or_else(|| Kind::of(&held)).ok_or(Broken::Unwanted)?;
    if let Some(format) = picture::format(kind.media_type) {
        held = picture::cleaned(format, held).await.map_err(Broken::Picture)?;
    }
    if !held.is_empty() {
        arrival.take(held.into()).await?;
    }
    Ok(Some((kind, arrival)))
}

fn too_large(most: u64) -> Refusal {
    let message = format!("the file is larger than {most} bytes");
    let refusal = Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "LIMIT_EXCEEDED", message);
    refusal.in_chinese(format!("文件超过 {most} 字节"))
}

fn nothing_here() -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "NOT_FOUND", "there is no such file")
}

fn refused_by_rule(refused: &[Refused]) -> Refusal {
    let words = |language| refused.first().map_or("", |refused| refused.message.text(language));
    let refusal = Refusal::new(StatusCode::TOO_MANY_REQUESTS, "LIMIT_EXCEEDED", words(Language::English));
    refusal.in_chinese(words(Language::Chinese))
}

fn stopped(stop: Stop, request_id: &str) -> Refusal {
    match stop {
        Stop::Refused(refused) => refused_by_rule(&refused),
        Stop::Failed(error) => failed(&error, request_id),
    }
}

fn failed(error: &Error, request_id: &str) -> Refusal {
    tracing::error!(request.id = request_id, %error, "A file could not be handled");
    let status = match error.code() {
        "UNAVAILABLE" | "TIMEOUT" => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    Refusal::new(status, error.code(), error.message())
}

/// Gives a file to whoever may see what it hangs on. To all others there is none.
pub(super) async fn send(State(door): State<Arc<Door>>, Path(id): Path<String>, request: Request) -> Response {
    let caller = context::caller(request.extensions());
    let answer = give(&door, id, request.headers(), &caller).await;
    answer.unwrap_or_else(|refusal| {
        door.metrics.refused(refusal.code, &refusal.message);
        refusal.answer(Media::Json, &caller)
    })
}

async fn give(door: &Door, id: String, headers: &HeaderMap, caller: &Caller) -> Result<Response, Refusal> {
    let request_id = caller.request_id.as_str();
    let files = door.app.files().ok_or_else(nothing_here)?;
    let viewer = identity::viewer(&door.app, headers, caller).await?;
    let key = Table::Attachment.key(&id.into()).ok_or_else(nothing_here)?;
    let rows = door.app.rows(viewer.clone(), caller);
    let found = rows.select::<attachment::Entity>(|at| one_of(at, at.id(), &[key]), |_| ()).await;
    let found = found.map_err(|error| failed(&error, request_id))?;
    let (row, _) = found.into_iter().next().ok_or_else(nothing_here)?;
    let hash = row.content_hash.as_deref().ok_or_else(nothing_here)?;
    let tag = format!("\"{hash}\"");
    let known = headers.get(header::IF_NONE_MATCH).and_then(|tags| tags.to_str().ok());
    if known.is_some_and(|known| known == "*" || known.split(',').any(|one| one.trim().trim_start_matches("W/") == tag))
    {
        return Ok((StatusCode::NOT_MODIFIED, guard(&row, &tag)).into_response());
    }
    let content = files.storage.open(hash).await.map_err(|error| failed(&files::failed(error), request_id))?;
    let Content { bytes, reader } = content.ok_or_else(|| {
        tracing::error!(request.id = request_id, attachment = %row.id, "The content of a file is gone");
        nothing_here()
    })?;
    door.admit(&viewer, caller, bytes / BYTES_A_COST)?;
    // What one side shows the other of its work may show people.
    if row.claim_id.is_some() {
        let desk = desk(door, viewer.clone(), caller);
        let told = account_for(&desk, Act::DownloadEvidence, &[(Table::Attachment, row.id)]).await;
        told.map_err(|error| failed(&error, request_id))?;
    }
    let length = [(header::CONTENT_LENGTH, HeaderValue::from(bytes))];
    Ok((guard(&row, &tag), length, Body::from_stream(ReaderStream::new(reader))).into_response())
}

/// What keeps a browser from making more of a file than it is, and others from keeping it.
fn guard(row: &attachment::Model, tag: &str) -> HeaderMap {
    let media_type = row.media_type.as_deref().unwrap_or("application/octet-stream");
    let place = if media_type.starts_with("image/") { "inline" } else { "attachment" };
    let name = utf8_percent_encode(row.name.as_deref().unwrap_or("file"), NOT_IN_NAMES);
    let headers = [
        (header::CONTENT_TYPE, media_type.to_owned()),
        (header::CONTENT_DISPOSITION, format!("{place}; filename*=UTF-8''{name}")),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox".to_owned()),
        // A browser asks again each time whether it may still see it.
        (header::CACHE_CONTROL, "private, no-cache".to_owned()),
        (header::VARY, "Authorization".to_owned()),
        (header::ETAG, tag.to_owned()),
    ];
    headers.into_iter().filter_map(|(name, value)| Some((name, value.parse().ok()?))).collect()
}

/// What RFC 8187 wants encoded.
const NOT_IN_NAMES: &AsciiSet = &NON_ALPHANUMERIC.remove(b'.').remove(b'-').remove(b'_').remove(b'~');

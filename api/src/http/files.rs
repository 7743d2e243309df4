//! Files over HTTP: `POST /files` takes one in, `GET /files/{id}` gives it to whoever may see what it hangs on.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use entity::attachment;
use multer::{Constraints, Multipart, SizeLimit};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;

use super::address::{self, Peer};
use super::media::Media;
use super::refusal::Refusal;
use super::{Door, identity};
use crate::attachment::files::{Files, Kind, take_in};
use crate::kernel::caller::{Caller, Language};
use crate::kernel::error::Error;
use crate::kernel::global_id::Table;
use crate::kernel::loader::{Rows, one_of};
use crate::kernel::refusal::Refusal as Refused;
use crate::kernel::viewer::Viewer;
use crate::kernel::write::Desk;
use crate::payload::may_write;
use crate::roles::{self, Permission};

/// In which time a file must be there: people send photographs over slow networks.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a form may have around its file.
const AROUND: u64 = 64 * 1024;

/// Takes in the file of a form (`multipart/form-data`, field `file`), as `wx.uploadFile` sends it.
pub(super) async fn receive(State(door): State<Arc<Door>>, request: Request) -> Response {
    let request_id = uuid::Uuid::now_v7().simple().to_string();
    let answer = take(&door, request, &request_id).await;
    answer.unwrap_or_else(|refusal| {
        door.metrics.refused(refusal.code, &refusal.message);
        refusal.answer(Media::Json, &request_id)
    })
}

/// What a file that is sent in takes of what its sender may ask a minute: as much as a large query.
const COST: u64 = 1_000;

async fn take(door: &Door, request: Request, request_id: &str) -> Result<Response, Refusal> {
    let files = door.app.files().ok_or_else(nothing_here)?;
    let (parts, body) = request.into_parts();
    let viewer = identity::viewer(&door.app, &parts.headers).await?;
    check_sender(&viewer)?;
    let address = address::caller(parts.extensions.get::<Peer>().copied(), &parts.headers, &door.front.trusted_proxies);
    door.admit(&viewer, address, COST)?;
    let (name, content) = read(files, &parts.headers, body).await?;
    let kind = Kind::of(&content).ok_or_else(|| {
        let message = "not a file that is taken in: PNG, JPEG, GIF, WebP or PDF, whatever its name says";
        Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "BAD_REQUEST", message)
    })?;
    let desk = desk(door, &parts, viewer, request_id);
    let taken = take_in(&desk, files, &name, kind, content.into()).await.map_err(|error| failed(&error, request_id))?;
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

/// Who may hang nothing on anything need not send it either.
fn check_sender(viewer: &Viewer) -> Result<(), Refusal> {
    let refusal = match may_write(viewer) {
        Err(refusal) => refusal,
        Ok(()) if !roles::may_somewhere(viewer, Permission::ActFor) => Refused::forbidden(),
        Ok(()) => return Ok(()),
    };
    let (status, code) = match viewer {
        Viewer::Anonymous => (StatusCode::UNAUTHORIZED, "UNAUTHENTICATED"),
        Viewer::SignedIn(_) => (StatusCode::FORBIDDEN, "FORBIDDEN"),
    };
    Err(Refusal::new(status, code, refusal.message.text(Language::English)))
}

fn desk(door: &Door, parts: &Parts, viewer: Viewer, request_id: &str) -> Desk {
    let caller = Caller {
        request_id: request_id.to_owned(),
        address: address::caller(parts.extensions.get::<Peer>().copied(), &parts.headers, &door.front.trusted_proxies),
        language: Language::English,
    };
    Desk::of_caller(door.app.database().writer.clone(), door.app.clock().clone(), viewer, caller)
}

/// The name and the content of the one file of a form.
async fn read(files: &Files, headers: &HeaderMap, body: Body) -> Result<(String, Vec<u8>), Refusal> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let boundary = multer::parse_boundary(content_type).map_err(|_| {
        let message = "a file is sent as multipart/form-data, in the field `file`";
        Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "BAD_REQUEST", message)
    })?;
    let most = files.most_bytes;
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if announced.is_some_and(|announced: u64| announced > most.saturating_add(AROUND)) {
        return Err(too_large(most));
    }
    let Ok(_place) = files.places.try_acquire() else {
        let refusal = Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE", "too many files come in just now");
        return Err(refusal.with(header::RETRY_AFTER, HeaderValue::from_static("1")));
    };
    let limit = SizeLimit::new().whole_stream(most.saturating_add(AROUND)).for_field("file", most).per_field(AROUND);
    let form = Multipart::with_constraints(body.into_data_stream(), boundary, Constraints::new().size_limit(limit));
    match tokio::time::timeout(PATIENCE, one_file(form)).await {
        Ok(Ok(Some(file))) => Ok(file),
        Ok(Ok(None)) => Err(Refusal::bad("a form with exactly one field `file`, and a file in it, is wanted")),
        Ok(Err(multer::Error::FieldSizeExceeded { .. } | multer::Error::StreamSizeExceeded { .. })) => {
            Err(too_large(most))
        }
        Ok(Err(error)) => Err(Refusal::bad(format!("the form cannot be read: {error}"))),
        Err(_) => {
            let message = format!("the file took longer than {} seconds", PATIENCE.as_secs());
            let refusal = Refusal::new(StatusCode::REQUEST_TIMEOUT, "TIMEOUT", message);
            Err(refusal.with(header::CONNECTION, HeaderValue::from_static("close")))
        }
    }
}

/// The file of a form that has exactly one; what else the form has is read and forgotten.
async fn one_file(mut form: Multipart<'_>) -> multer::Result<Option<(String, Vec<u8>)>> {
    let mut found = None;
    let mut number = 0_u32;
    while let Some(mut field) = form.next_field().await? {
        let is_file = field.name() == Some("file");
        let name = field.file_name().unwrap_or_default().to_owned();
        let mut content = Vec::new();
        while let Some(chunk) = field.chunk().await? {
            if is_file && number == 0 {
                content.extend_from_slice(&chunk);
            }
        }
        if is_file {
            number += 1;
            found = Some((name, content));
        }
    }
    Ok(found.filter(|(_, content)| number == 1 && !content.is_empty()))
}

fn too_large(most: u64) -> Refusal {
    Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "LIMIT_EXCEEDED", format!("the file is larger than {most} bytes"))
}

fn nothing_here() -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "NOT_FOUND", "there is no such file")
}

fn refused_by_rule(refused: &[Refused]) -> Refusal {
    let message = refused.first().map_or("", |refused| refused.message.text(Language::English));
    Refusal::new(StatusCode::TOO_MANY_REQUESTS, "LIMIT_EXCEEDED", message)
}

fn failed(error: &Error, request_id: &str) -> Refusal {
    tracing::error!(request.id = request_id, %error, "A file could not be handled");
    let status = match error.code() {
        "UNAVAILABLE" => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    Refusal::new(status, error.code(), error.message())
}

/// Gives a file to whoever may see what it hangs on. To all others there is none.
pub(super) async fn send(State(door): State<Arc<Door>>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let request_id = uuid::Uuid::now_v7().simple().to_string();
    let answer = give(&door, id, &headers, &request_id).await;
    answer.unwrap_or_else(|refusal| {
        door.metrics.refused(refusal.code, &refusal.message);
        refusal.answer(Media::Json, &request_id)
    })
}

async fn give(door: &Door, id: String, headers: &HeaderMap, request_id: &str) -> Result<Response, Refusal> {
    let files = door.app.files().ok_or_else(nothing_here)?;
    let viewer = identity::viewer(&door.app, headers).await?;
    let key = Table::Attachment.key(&id.into()).ok_or_else(nothing_here)?;
    let rows = Rows::new(door.app.database().reader.clone(), viewer, door.app.clock().now());
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
    let content = files
        .storage
        .get(hash)
        .await
        .map_err(|error| failed(&Error::Internal(format!("the store of files: {error}")), request_id))?;
    let content = content.ok_or_else(|| {
        tracing::error!(request.id = request_id, attachment = %row.id, "The content of a file is gone");
        nothing_here()
    })?;
    Ok((guard(&row, &tag), content).into_response())
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

//! The limit: an axum handler that sends one statement of SQL by hand, and answers with what it gives.

use std::net::SocketAddr;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use sea_orm::sqlx::{self, PgPool};
use tokio::net::TcpListener;

use crate::questions::QUESTIONS;

/// Serves it for as long as the process lives.
pub async fn serve(pool: PgPool) -> SocketAddr {
    let router = Router::new().route("/{question}", post(handle)).with_state(pool);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

async fn handle(State(pool): State<PgPool>, Path(name): Path<String>, body: Bytes) -> Result<Response, StatusCode> {
    let arguments: Vec<String> = serde_json::from_slice(&body).map_err(|_| StatusCode::BAD_REQUEST)?;
    let question = QUESTIONS.iter().find(|question| question.name == name).ok_or(StatusCode::NOT_FOUND)?;
    let statement = arguments.into_iter().fold(sqlx::query_scalar(question.sql), |statement, one| statement.bind(one));
    let data: Option<String> = statement.fetch_optional(&pool).await.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    let data = data.ok_or(StatusCode::NOT_FOUND)?;
    Ok(([(header::CONTENT_TYPE, "application/json")], format!("{{\"data\":{data}}}")).into_response())
}

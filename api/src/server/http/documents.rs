//! Documents that are asked for by name: those that clients registered by running them, or a list of those that alone may run.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use moka::sync::Cache;
use serde::Deserialize;
use serde_json::{Map, Value as Json};
use sha2::{Digest, Sha256};

use super::refusal::Refusal;
use super::request::Parameters;
use crate::server::config::Front;

/// Which documents are known, and by which names.
pub(super) enum Documents {
    /// Any may run; none is remembered.
    Unknown,
    /// Any may run; those sent with their hash are remembered, up to so many bytes.
    Registered(Cache<String, Arc<str>>),
    /// Only these run.
    Trusted(HashMap<String, Arc<str>>),
}

/// By which name a request asks for its document.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct DocumentName(String);

impl DocumentName {
    /// What a request says: `documentId`, or a hash as Apollo's clients send it in `extensions.persistedQuery`.
    pub(super) fn said(document_id: Option<String>, extensions: &Map<String, Json>) -> Result<Option<Self>, Refusal> {
        let persisted = extensions.get("persistedQuery").filter(|value| !value.is_null());
        let hash = persisted.map(Persisted::hash).transpose()?;
        // The specification's appendix has the algorithm in front.
        let id = document_id.map(|id| id.strip_prefix("sha256:").map(str::to_owned).unwrap_or(id));
        match (id, hash) {
            (Some(id), Some(hash)) if id != hash => {
                Err(Refusal::bad("`documentId` and `extensions.persistedQuery` name different documents"))
            }
            (id, hash) => Ok(id.or(hash).map(Self)),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Persisted {
    version: u64,
    sha256_hash: String,
}

impl Persisted {
    fn hash(value: &Json) -> Result<String, Refusal> {
        let said = Self::deserialize(value)
            .map_err(|_| Refusal::bad("`extensions.persistedQuery` is no object of `version` and `sha256Hash`"))?;
        if said.version != 1 {
            return Err(Refusal::bad("`extensions.persistedQuery` is of another version than 1"));
        }
        Ok(said.sha256_hash.to_ascii_lowercase())
    }
}

impl Documents {
    /// As configured.
    ///
    /// # Errors
    /// Where the list of trusted documents cannot be read.
    pub(super) fn new(front: &Front) -> Result<Self, String> {
        match &front.trusted_documents {
            Some(file) => trusted(file).map(Self::Trusted),
            None => Ok(Self::registered(front.persisted_queries_bytes)),
        }
    }

    /// Those that clients register, up to so many bytes.
    pub(super) fn registered(bytes: u64) -> Self {
        if bytes == 0 {
            return Self::Unknown;
        }
        let weight = |name: &String, text: &Arc<str>| u32::try_from(name.len() + text.len()).unwrap_or(u32::MAX);
        Self::Registered(Cache::builder().max_capacity(bytes).weigher(weight).build())
    }

    /// The text of the document that a request asks for.
    pub(super) fn find(&self, parameters: &Parameters) -> Result<Arc<str>, Refusal> {
        let Parameters { query, document, .. } = parameters;
        match (self, document, query) {
            (Self::Trusted(list), Some(DocumentName(name)), None) => list.get(name).cloned().ok_or_else(|| {
                Refusal::well_formed("PERSISTED_QUERY_NOT_FOUND", "this document is not one of those that may run here")
            }),
            (Self::Trusted(_), ..) => Err(Refusal::well_formed(
                "PERSISTED_QUERY_ID_REQUIRED",
                "only listed documents run here: name one by `documentId`, without `query`",
            )),
            (_, None, Some(query)) => Ok(query.as_str().into()),
            (_, Some(DocumentName(name)), Some(query)) if *name != hash(query) => {
                Err(Refusal::bad("the hash is not that of `query`"))
            }
            (_, Some(_), Some(query)) => Ok(query.as_str().into()),
            (Self::Registered(cache), Some(DocumentName(name)), None) => cache
                .get(name)
                .ok_or_else(|| Refusal::well_formed("PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound")),
            (Self::Unknown, Some(_), None) => {
                Err(Refusal::well_formed("PERSISTED_QUERY_NOT_SUPPORTED", "PersistedQueryNotSupported"))
            }
            (_, None, None) => Err(Refusal::bad("`query` is missing")),
        }
    }

    /// Remembers a document that was sent with its hash, once it has proved to be one.
    pub(super) fn remember(&self, document: Option<&DocumentName>, text: &Arc<str>) {
        if let (Self::Registered(cache), Some(DocumentName(name))) = (self, document) {
            cache.insert(name.clone(), Arc::clone(text));
            // Else the bound would hold only after a while.
            cache.run_pending_tasks();
        }
    }
}

fn hash(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A list of documents, in any of the forms that clients' compilers write: names and texts in one object, or Apollo's manifest.
#[derive(Deserialize)]
#[serde(untagged)]
enum Manifest {
    Apollo { operations: Vec<Operation> },
    Plain(HashMap<String, Arc<str>>),
}

#[derive(Deserialize)]
struct Operation {
    id: String,
    body: Arc<str>,
}

fn trusted(file: &Path) -> Result<HashMap<String, Arc<str>>, String> {
    let cannot =
        |error: &dyn std::fmt::Display| format!("cannot read the trusted documents {}: {error}", file.display());
    let text = std::fs::read_to_string(file).map_err(|error| cannot(&error))?;
    let manifest = serde_json::from_str(&text)
        .map_err(|_| cannot(&"neither an object of names and documents nor Apollo's manifest"))?;
    let documents: HashMap<_, _> = match manifest {
        Manifest::Plain(documents) => documents,
        Manifest::Apollo { operations } => operations.into_iter().map(|Operation { id, body }| (id, body)).collect(),
    };
    let broken = documents.iter().find(|(_, text)| async_graphql::parser::parse_query(text).is_err());
    match broken {
        Some((name, _)) => Err(cannot(&format!("{name} is no GraphQL"))),
        None => Ok(documents),
    }
}

//! Media types: which one an answer is in, and which ones a body may be in.

use axum::http::{HeaderMap, StatusCode, header};

use super::refusal::Refusal;

/// Which of the two media types an answer is in. The newer one gives its own status to each kind of failure; the older one
/// answers 200 to every well-formed request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Media {
    Json,
    GraphQl,
}

impl Media {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Json => "application/json; charset=utf-8",
            Self::GraphQl => "application/graphql-response+json; charset=utf-8",
        }
    }

    /// The first of our media types that `Accept` names with the greatest weight. No `Accept`, or one of `*/*`: the older.
    pub(super) fn negotiated(headers: &HeaderMap) -> Result<Self, Refusal> {
        let lines = headers.get_all(header::ACCEPT);
        if lines.iter().next().is_none() {
            return Ok(Self::Json);
        }
        let ranges = lines.iter().filter_map(|line| line.to_str().ok()).flat_map(|line| line.split(','));
        let weighed = ranges.filter_map(|range| {
            let mut parts = range.split(';').map(str::trim);
            let media = match parts.next()?.to_ascii_lowercase().as_str() {
                "application/graphql-response+json" => Self::GraphQl,
                "application/json" | "application/*" | "*/*" => Self::Json,
                _ => return None,
            };
            let weight =
                parts.find_map(|part| part.strip_prefix("q=")).map_or(1.0, |weight| weight.parse().unwrap_or(0.0));
            (weight > 0.0).then_some((media, weight))
        });
        let best = weighed.reduce(|best, next: (Self, f64)| if next.1 > best.1 { next } else { best });
        best.map(|(media, _)| media).ok_or_else(|| {
            let message = "answers are application/graphql-response+json or application/json; Accept names neither";
            Refusal::new(StatusCode::NOT_ACCEPTABLE, "BAD_REQUEST", message)
        })
    }
}

/// Refuses a body that is not JSON in UTF-8, by what it says of itself.
pub(super) fn check_body(headers: &HeaderMap) -> Result<(), Refusal> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|media| media.to_str().ok()).unwrap_or_default();
    let mut parts = content_type.split(';').map(str::trim);
    let unsupported = |message, chinese: &str| {
        Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "BAD_REQUEST", message).in_chinese(chinese))
    };
    if !parts.next().is_some_and(|media| media.eq_ignore_ascii_case("application/json")) {
        return unsupported(
            "a request's Content-Type is application/json",
            "请求的 Content-Type 须为 application/json",
        );
    }
    let charsets =
        parts.filter_map(|part| part.split_once('=')).filter(|(name, _)| name.eq_ignore_ascii_case("charset"));
    for (_, charset) in charsets {
        if !charset.trim_matches('"').eq_ignore_ascii_case("utf-8") {
            return unsupported("a request's charset is utf-8", "请求的字符集须为 utf-8");
        }
    }
    if headers.contains_key(header::CONTENT_ENCODING) {
        return unsupported("a request's body is not compressed", "请求体不能压缩");
    }
    Ok(())
}

//! JSON bodies. axum's own rejections quote the input, which may be a password or a code; these
//! repeat nothing of it.

use std::borrow::Cow;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use serde::de::{DeserializeOwned, IgnoredAny};

use crate::problem::{Problem, kinds};

/// A JSON object as the body. If it cannot be read, a [`Problem`] names the wrong field and repeats
/// nothing that was sent.
///
/// The type should have fields. The keys of a map would be named like fields, and come from the
/// sender.
///
/// ```
/// use axum::http::StatusCode;
/// use countersign_axum::Body;
///
/// #[derive(serde::Deserialize)]
/// struct Greeting {
///     to: String,
/// }
///
/// async fn greet(Body(greeting): Body<Greeting>) -> StatusCode {
///     let _ = greeting.to;
///     StatusCode::NO_CONTENT
/// }
/// ```
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a wrapper, to be matched in a handler's arguments"
)]
pub struct Body<T>(pub T);

/// A JSON body that may be left out, or be `null`.
pub(crate) struct OptionalBody<T>(pub(crate) T);

/// The most bytes of a body. Two tokens, a password and a label need a quarter of it.
pub(crate) const MAX_BODY: usize = 16 * 1024;

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (is_json, bytes) = read(request, state).await?;
        if bytes.is_empty() {
            return Err(Problem::new(kinds::MALFORMED_BODY).detail("the body is missing"));
        }
        parse(is_json, &bytes).map(Body)
    }
}

impl<T: DeserializeOwned + Default, S: Send + Sync> FromRequest<S> for OptionalBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (is_json, bytes) = read(request, state).await?;
        if bytes.is_empty() {
            return Ok(Self(T::default()));
        }
        let given: Option<T> = parse(is_json, &bytes)?;
        Ok(Self(given.unwrap_or_default()))
    }
}

async fn read<S: Send + Sync>(request: Request, state: &S) -> Result<(bool, Bytes), Problem> {
    let is_json = is_json(request.headers());
    let bytes = Bytes::from_request(request, state).await;
    let bytes = bytes.map_err(|rejection| match rejection.into_response().status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(kinds::BODY_TOO_LARGE),
        _ => Problem::new(kinds::MALFORMED_BODY).detail("the body did not arrive whole"),
    })?;
    Ok((is_json, bytes))
}

fn is_json(headers: &HeaderMap) -> bool {
    let declared = headers.get(header::CONTENT_TYPE);
    let declared = declared.and_then(|value| value.to_str().ok());
    let essence = declared.map(|value| value.split(';').next().unwrap_or(value).trim());
    essence.is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"))
}

fn parse<T: DeserializeOwned>(is_json: bool, bytes: &[u8]) -> Result<T, Problem> {
    if !is_json {
        return Err(kinds::NOT_JSON.into());
    }
    let text = str::from_utf8(bytes).map_err(|_| malformed("it is not UTF-8"))?;
    // serde would read a struct from an array, too, whose members have no names.
    let is_array = text.trim_ascii_start().starts_with('[');
    let mut json = serde_json::Deserializer::from_str(text);
    let problem = match serde_path_to_error::deserialize(&mut json) {
        Ok(value) if !is_array && json.end().is_ok() => return Ok(value),
        Ok(_) => not_an_object(),
        Err(_) if is_array => not_an_object(),
        Err(error) => wrong_field(&error.inner().to_string(), &error.path().to_string()),
    };
    // Text that is no JSON is refused as such, whatever field serde stopped at.
    let json: Result<IgnoredAny, _> = serde_json::from_str(text);
    json.map_err(|error| {
        let (line, column) = (error.line(), error.column());
        malformed(format!("it is malformed at line {line}, column {column}"))
    })?;
    Err(problem)
}

fn malformed(detail: impl Into<Cow<'static, str>>) -> Problem {
    Problem::new(kinds::MALFORMED_BODY).detail(detail)
}

/// Names the wrong field. `place` is a field of the type: unknown fields are skipped and never
/// named.
fn wrong_field(message: &str, place: &str) -> Problem {
    let named = |what| message.strip_prefix(what)?.split('`').next();
    let detail = match (named("missing field `"), named("duplicate field `")) {
        (Some(field), _) => format!("the field `{field}` is missing"),
        (_, Some(field)) => format!("the field `{field}` is there twice"),
        _ if matches!(place, "" | "." | "?") => return not_an_object(),
        _ => format!("the field `{place}` is not what it should be"),
    };
    Problem::new(kinds::INVALID_REQUEST).detail(detail)
}

fn not_an_object() -> Problem {
    Problem::new(kinds::INVALID_REQUEST).detail("it has to be an object")
}

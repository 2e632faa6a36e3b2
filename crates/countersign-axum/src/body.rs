//! JSON bodies, whose rejections repeat nothing that was sent: axum's own quote the input, which is a password or a code here.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use crate::problem::{Problem, kinds};

/// A JSON body. What cannot be read is answered with a [`Problem`] that says which field is wrong and repeats nothing.
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
#[expect(clippy::exhaustive_structs, reason = "it is what it holds")]
pub struct Body<T>(pub T);

/// A JSON body that may be left out, or be `null`.
pub(crate) struct OptionalBody<T>(pub(crate) T);

/// The most bytes of a body: two tokens, a password and a label fit several times.
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
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let place = error.path().to_string();
        told(error.inner(), &place)
    })?;
    json.end().map_err(|error| told(&error, ""))?;
    Ok(value)
}

/// In words of our own. A place can only be a field that the type knows: what it doesn't know is skipped without a look.
fn told(error: &serde_json::Error, place: &str) -> Problem {
    if error.classify() != Category::Data {
        let (line, column) = (error.line(), error.column());
        let detail = format!("it is malformed at line {line}, column {column}");
        return Problem::new(kinds::MALFORMED_BODY).detail(detail);
    }
    let message = error.to_string();
    let missing = message.strip_prefix("missing field `");
    let detail = match missing.and_then(|rest| rest.split('`').next()) {
        Some(field) => format!("the field `{field}` is missing"),
        None if matches!(place, "" | "." | "?") => "it has to be an object".to_owned(),
        None => format!("the field `{place}` is not what it should be"),
    };
    Problem::new(kinds::INVALID_REQUEST).detail(detail)
}

//! JSON bodies, whose rejections repeat nothing that was sent: axum's own quote the input, which is a password or a code here.

use std::borrow::Cow;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use serde::de::{DeserializeOwned, IgnoredAny};

use crate::problem::{Problem, kinds};

/// A JSON object as the body. What cannot be read is answered with a [`Problem`] that says which field is wrong and repeats
/// nothing. (The keys of a map would be told for fields: give the type fields.)
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
    let text = str::from_utf8(bytes).map_err(|_| malformed("it is not UTF-8"))?;
    // A struct would be read from an array, too, whose members then mean what their place says.
    let is_array = text.trim_ascii_start().starts_with('[');
    let mut json = serde_json::Deserializer::from_str(text);
    let misfit = match serde_path_to_error::deserialize(&mut json) {
        Ok(value) if !is_array && json.end().is_ok() => return Ok(value),
        Ok(_) => no_object(),
        Err(_) if is_array => no_object(),
        Err(error) => misfit(&error.inner().to_string(), &error.path().to_string()),
    };
    // Whether it is JSON at all does not depend on what was expected.
    let json: Result<IgnoredAny, _> = serde_json::from_str(text);
    json.map_err(|error| {
        let (line, column) = (error.line(), error.column());
        malformed(format!("it is malformed at line {line}, column {column}"))
    })?;
    Err(misfit)
}

fn malformed(detail: impl Into<Cow<'static, str>>) -> Problem {
    Problem::new(kinds::MALFORMED_BODY).detail(detail)
}

/// In words of our own. A place can only be a field that the type knows: what it doesn't know is skipped without a look.
fn misfit(message: &str, place: &str) -> Problem {
    let named = |what| message.strip_prefix(what)?.split('`').next();
    let detail = match (named("missing field `"), named("duplicate field `")) {
        (Some(field), _) => format!("the field `{field}` is missing"),
        (_, Some(field)) => format!("the field `{field}` is there twice"),
        _ if matches!(place, "" | "." | "?") => return no_object(),
        _ => format!("the field `{place}` is not what it should be"),
    };
    Problem::new(kinds::INVALID_REQUEST).detail(detail)
}

fn no_object() -> Problem {
    Problem::new(kinds::INVALID_REQUEST).detail("it has to be an object")
}

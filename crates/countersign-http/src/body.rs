//! JSON bodies. A parser's own message quotes the input, which may be a password or a code; these
//! refusals repeat nothing of it.

use std::borrow::Cow;

use serde::de::{DeserializeOwned, IgnoredAny};

use crate::headers::Headers;
use crate::problem::{Problem, kinds};
use crate::request::{Content, MAX_BODY};

/// A JSON object as the body of a request with these headers, of at most
/// [`MAX_BODY`](crate::MAX_BODY) bytes.
///
/// The type should have fields. The keys of a map would be named like fields, and come from the
/// sender.
///
/// # Errors
///
/// A [`Problem`] that names the wrong field and repeats nothing that was sent.
pub fn body<T: DeserializeOwned>(headers: &Headers, content: &Content) -> Result<T, Problem> {
    let bytes = whole(content)?;
    if bytes.is_empty() {
        return Err(Problem::new(kinds::MALFORMED_BODY).detail("the body is missing"));
    }
    parse(is_json(headers), bytes)
}

/// A JSON body that may be left out, or be `null`.
pub(crate) fn optional_body<T: DeserializeOwned + Default>(
    headers: &Headers,
    content: &Content,
) -> Result<T, Problem> {
    let bytes = whole(content)?;
    if bytes.is_empty() {
        return Ok(T::default());
    }
    let given: Option<T> = parse(is_json(headers), bytes)?;
    Ok(given.unwrap_or_default())
}

fn whole(content: &Content) -> Result<&[u8], Problem> {
    match content {
        Content::Whole(bytes) if bytes.len() <= MAX_BODY => Ok(bytes),
        Content::CutOff => {
            Err(Problem::new(kinds::MALFORMED_BODY).detail("the body did not arrive whole"))
        }
        _ => Err(kinds::BODY_TOO_LARGE.into()),
    }
}

fn is_json(headers: &Headers) -> bool {
    let declared = headers.text("content-type");
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
    Problem::invalid(detail)
}

fn not_an_object() -> Problem {
    Problem::invalid("it has to be an object")
}

//! JSON bodies. axum's own rejections quote the input, which may be a password or a code; these
//! repeat nothing of it.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use countersign_http::{Content, Headers};
use serde::de::DeserializeOwned;

use crate::problem::Problem;

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

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let headers = Headers::from_iter(request.headers());
        let content = content(request, state).await;
        Ok(Self(countersign_http::body(&headers, &content)?))
    }
}

/// The body, as far as the limit of the layer lets it in.
pub(crate) async fn content<S: Send + Sync>(request: Request, state: &S) -> Content {
    match Bytes::from_request(request, state).await {
        Ok(bytes) => Content::Whole(bytes.into()),
        Err(rejection) => match rejection.into_response().status() {
            StatusCode::PAYLOAD_TOO_LARGE => Content::TooLarge,
            _ => Content::CutOff,
        },
    }
}

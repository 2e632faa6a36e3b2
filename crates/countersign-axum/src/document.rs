//! The OpenAPI document: made from the routes themselves, with what each of them refuses beside where it is registered.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::{
    ContentBuilder, Header, HttpMethod, InfoBuilder, License, Object, OpenApi, OpenApiBuilder, Ref,
    RefOr, Type,
};
use utoipa::{PartialSchema, ToSchema};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};
use utoipa_axum::routes;

use crate::auth::Auth;
use crate::problem::{ProblemBody, ProblemKind, kinds};
use crate::protection;

/// Adds to the document what a route refuses, beside what every route may answer: that the request comes from elsewhere,
/// that the body cannot be read, and that something is broken.
///
/// ```
/// use axum::http::StatusCode;
/// use countersign_axum::{Problem, problem::kinds, refusing};
/// use utoipa_axum::{router::OpenApiRouter, routes};
///
/// /// Says good-bye.
/// #[utoipa::path(post, path = "/goodbye", responses((status = NO_CONTENT, description = "Gone")))]
/// async fn goodbye() -> Result<StatusCode, Problem> {
///     Err(kinds::UNAUTHENTICATED.into())
/// }
///
/// let own: OpenApiRouter =
///     OpenApiRouter::default().routes(refusing(routes!(goodbye), &[kinds::UNAUTHENTICATED]));
/// ```
pub fn refusing<S>(
    routes: UtoipaMethodRouter<S>,
    refusals: &[ProblemKind],
) -> UtoipaMethodRouter<S> {
    let (mut schemas, mut paths, methods) = routes;
    let mut needed = Vec::new();
    ProblemBody::schemas(&mut needed);
    schemas.extend(needed);
    schemas.push((ProblemBody::name().into_owned(), ProblemBody::schema()));
    for item in paths.paths.values_mut() {
        for (method, operation) in operations(item) {
            describe(operation, &method, refusals);
        }
    }
    (schemas, paths, methods)
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (HttpMethod, &mut Operation)> {
    let all = [
        (HttpMethod::Get, &mut item.get),
        (HttpMethod::Post, &mut item.post),
        (HttpMethod::Put, &mut item.put),
        (HttpMethod::Patch, &mut item.patch),
        (HttpMethod::Delete, &mut item.delete),
    ];
    all.into_iter()
        .filter_map(|(method, operation)| operation.as_mut().map(|one| (method, one)))
}

fn describe(operation: &mut Operation, method: &HttpMethod, refusals: &[ProblemKind]) {
    let mut all = refusals.to_vec();
    if *method != HttpMethod::Get {
        all.push(kinds::FOREIGN_ORIGIN);
        all.extend([kinds::CONTENDED, kinds::OUTCOME_UNKNOWN]);
    }
    if operation.request_body.is_some() {
        all.extend([
            kinds::MALFORMED_BODY,
            kinds::BODY_TOO_LARGE,
            kinds::NOT_JSON,
            kinds::INVALID_REQUEST,
        ]);
    }
    all.extend([kinds::UNAVAILABLE, kinds::INTERNAL]);
    let mut by_status: BTreeMap<u16, Vec<ProblemKind>> = BTreeMap::new();
    for kind in all {
        let of_status = by_status.entry(kind.status().as_u16()).or_default();
        if !of_status.contains(&kind) {
            of_status.push(kind);
        }
    }
    for (status, kinds) in by_status {
        let lines = kinds
            .iter()
            .map(|kind| format!("`{}`: {}", kind.code(), kind.title()));
        let description = lines.collect::<Vec<_>>().join("\n\n");
        let body = ContentBuilder::new()
            .schema(Some(Ref::from_schema_name(ProblemBody::name())))
            .build();
        let mut response = ResponseBuilder::new()
            .description(description)
            .content("application/problem+json", body);
        if matches!(status, 429 | 503) {
            response = response.header("Retry-After", seconds());
        }
        let responses = &mut operation.responses.responses;
        responses.insert(status.to_string(), RefOr::T(response.build()));
    }
}

fn seconds() -> Header {
    let mut header = Header::new(Object::with_type(Type::Integer));
    header.description = Some("Seconds after which to try again".to_owned());
    header
}

/// The document once it is whole.
type Document = Arc<OnceLock<Bytes>>;

/// This document.
#[utoipa::path(
    get,
    path = "/openapi.json",
    tag = "about",
    responses((status = OK, description = "OpenAPI 3.1", body = serde_json::Value)),
)]
async fn openapi(State(document): State<Document>) -> impl IntoResponse {
    let json = document.get().cloned().unwrap_or_default();
    ([(CONTENT_TYPE, "application/json")], json)
}

/// Routes below a prefix, with their document among them.
pub(crate) fn served(auth: &Auth, prefix: &str, routes: OpenApiRouter) -> Router {
    let document = Document::default();
    let itself = OpenApiRouter::default()
        .routes(routes!(openapi))
        .with_state(Arc::clone(&document));
    let (router, paths) = routes.merge(itself).split_for_parts();
    let api = about().nest(prefix, paths);
    // What is made of strings and numbers can be written.
    let json = serde_json::to_vec(&api).unwrap_or_default();
    let _ = document.set(Bytes::from(json));
    Router::new().nest(prefix, protection::around(auth, router))
}

fn about() -> OpenApi {
    let license = License::new("MIT OR Apache-2.0");
    let info = InfoBuilder::new()
        .title("Countersign")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Two-step sign-in: enrolment, challenges, recovery. A session is the application's own, in a cookie; requests \
             that change something and bring cookies have to come from a page of its own (`Origin` or `Sec-Fetch-Site`). \
             Refusals are problems (RFC 9457) with a stable `code`.",
        ))
        .license(Some(license));
    OpenApiBuilder::new().info(info).build()
}

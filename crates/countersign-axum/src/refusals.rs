//! What a route refuses: stated where the route is registered, and written into its OpenAPI
//! description from there.

use std::collections::BTreeMap;

use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::{ContentBuilder, Header, HttpMethod, Object, Ref, RefOr, Type};
use utoipa::{PartialSchema, ToSchema};
use utoipa_axum::router::UtoipaMethodRouter;

use crate::problem::{ProblemBody, ProblemKind, kinds};

/// A token.
pub(crate) const TOKEN: [ProblemKind; 3] = [
    kinds::INVALID_TOKEN,
    kinds::TOKEN_EXPIRED,
    kinds::TOKEN_SPENT,
];

/// The token of a link in a mail, which no use spends.
pub(crate) const LINK: [ProblemKind; 2] = [kinds::INVALID_TOKEN, kinds::TOKEN_EXPIRED];

/// A session.
pub(crate) const SESSION: [ProblemKind; 2] = [kinds::UNAUTHENTICATED, kinds::LOCKED];

/// Password and code. A bad step-up token is refused like a bad code.
pub(crate) const PROOF: [ProblemKind; 7] = [
    kinds::MALFORMED_CODE,
    kinds::REAUTHENTICATION_FAILED,
    kinds::REAUTHENTICATION_REQUIRED,
    kinds::THROTTLED,
    kinds::FACTOR_DISABLED,
    kinds::AUTHENTICATOR_UNPROVEN,
    kinds::PASSWORD_CHANGE_REQUIRED,
];

/// A sensitive action in a session, before its own refusals.
pub(crate) fn sensitive(own: &[ProblemKind]) -> Vec<ProblemKind> {
    [&SESSION[..], &PROOF, &[kinds::NOT_ENROLLED], own].concat()
}

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

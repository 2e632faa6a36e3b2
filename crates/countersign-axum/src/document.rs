//! The OpenAPI document, made from the routes themselves.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use std::sync::{Arc, OnceLock};
use utoipa::openapi::{InfoBuilder, License, OpenApi, OpenApiBuilder};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

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

/// The routes and their document, whose paths begin with the prefix.
pub(crate) fn with_document(prefix: &str, routes: OpenApiRouter) -> Router {
    let document = Document::default();
    let itself = OpenApiRouter::default()
        .routes(routes!(openapi))
        .with_state(Arc::clone(&document));
    let (router, paths) = routes.merge(itself).split_for_parts();
    let api = about().nest(prefix, paths);
    // Strings and numbers can always be written as JSON.
    let json = serde_json::to_vec(&api).unwrap_or_default();
    let _ = document.set(Bytes::from(json));
    router
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

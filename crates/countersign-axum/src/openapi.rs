//! An application's own routes in the OpenAPI document.

use countersign_http::openapi;
use utoipa_axum::router::UtoipaMethodRouter;

use crate::problem::ProblemKind;

/// Adds the refusals of an application's own route to the document. Those that every route may
/// answer with are added anyway: a request from another site, a body that cannot be read, a fault.
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
    schemas.extend(openapi::problem_schemas());
    for item in paths.paths.values_mut() {
        openapi::refusing(item, refusals);
    }
    (schemas, paths, methods)
}

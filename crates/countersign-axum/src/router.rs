//! The assembly: the routes of the contract, their document, and the protection over both.

use axum::Router;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::response::Response;
use axum::routing::{MethodFilter, on};
#[cfg(feature = "openapi")]
use utoipa_axum::router::OpenApiRouter;

use crate::auth::{Auth, head};
use crate::body::content;
use crate::problem::{Problem, kinds};
use crate::protection;
use crate::response::response;

type Routes = countersign_http::Router<Parts>;

impl Auth {
    /// All routes below a prefix such as `/auth`. With the feature `openapi` their OpenAPI document
    /// is at `/auth/openapi.json`.
    pub fn router<T: Clone + Send + Sync + 'static>(&self, prefix: &str) -> Router<T> {
        self.below(prefix, mounted(self.0.router(prefix)))
    }

    /// All routes, and routes of the application's own below the same prefix, such as the one that
    /// checks the password. They stand under the same protection and in the same document.
    #[cfg(feature = "openapi")]
    pub fn router_with<T: Clone + Send + Sync + 'static>(
        &self,
        prefix: &str,
        own: OpenApiRouter,
    ) -> Router<T> {
        let (router, document) = own.split_for_parts();
        let routes = self.0.router_with(prefix, document);
        self.below(prefix, mounted(routes).merge(router))
    }

    fn below<T: Clone + Send + Sync + 'static>(&self, prefix: &str, routes: Router) -> Router<T> {
        let routes = self.protect(routes.fallback(not_found));
        Router::new().nest(prefix, routes).with_state(())
    }

    /// Puts other routes of the application under the same protection. Requests of other sites'
    /// pages are refused, bodies are limited to 24 KiB, answers are not stored, and each request
    /// has an id and a `tracing` span of that id.
    pub fn protect(&self, router: Router) -> Router {
        protection::protected(self, router)
    }
}

/// The routes of the contract as axum's.
fn mounted(routes: Routes) -> Router {
    let mut router = Router::new();
    for (method, path) in routes.routes() {
        let method = match method {
            "GET" => MethodFilter::GET,
            "PATCH" => MethodFilter::PATCH,
            "DELETE" => MethodFilter::DELETE,
            _ => MethodFilter::POST,
        };
        router = router.route(path, on(method, answer));
    }
    router.with_state(routes)
}

async fn answer(State(routes): State<Routes>, request: Request) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let request = countersign_http::Request::new(
        parts.method.as_str(),
        // axum has taken the prefix off.
        format!("{}{}", routes.prefix(), parts.uri.path()),
        head(&parts),
    );
    let request = request.query(parts.uri.query().unwrap_or_default());
    let content = content(Request::from_parts(parts.clone(), body), &()).await;
    let answer = routes.handle(request.content(content), parts).await?;
    Ok(response(answer))
}

/// Answers below the prefix where no route stands.
async fn not_found() -> Problem {
    kinds::NOT_FOUND.into()
}

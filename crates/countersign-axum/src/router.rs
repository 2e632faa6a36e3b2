//! The assembly: all routes, their document, and the protection over both.

use axum::Router;
use utoipa_axum::router::OpenApiRouter;

use crate::auth::Auth;
use crate::problem::{Problem, kinds};
use crate::{document, protection, routes};

impl Auth {
    /// All routes below a prefix such as `/auth`, and their OpenAPI document at
    /// `/auth/openapi.json`.
    pub fn router<T: Clone + Send + Sync + 'static>(&self, prefix: &str) -> Router<T> {
        self.router_with(prefix, OpenApiRouter::default())
    }

    /// All routes, and routes of the application's own below the same prefix, such as the one that
    /// checks the password. They stand under the same protection and in the same document.
    pub fn router_with<T: Clone + Send + Sync + 'static>(
        &self,
        prefix: &str,
        own: OpenApiRouter,
    ) -> Router<T> {
        let routes = all().with_state(self.clone()).merge(own);
        let routes = document::with_document(prefix, routes).fallback(not_found);
        Router::new()
            .nest(prefix, self.protect(routes))
            .with_state(())
    }

    /// Puts other routes of the application under the same protection. Requests of other sites'
    /// pages are refused, bodies are limited to 16 KiB, answers are not stored, and each request has
    /// an id and a `tracing` span of that id.
    pub fn protect(&self, router: Router) -> Router {
        protection::protected(self, router)
    }
}

fn all() -> OpenApiRouter<Auth> {
    [
        routes::login::routes(),
        routes::status::routes(),
        routes::enrollment::routes(),
        routes::recovery_codes::routes(),
        routes::lifecycle::routes(),
        routes::step_up::routes(),
        routes::authenticators::routes(),
        routes::devices::routes(),
        routes::email_codes::routes(),
        routes::delayed_recovery::routes(),
        routes::lock::routes(),
        routes::events::routes(),
        routes::administration::routes(),
    ]
    .into_iter()
    .fold(OpenApiRouter::default(), OpenApiRouter::merge)
}

/// Answers below the prefix where no route stands.
async fn not_found() -> Problem {
    kinds::NOT_FOUND.into()
}

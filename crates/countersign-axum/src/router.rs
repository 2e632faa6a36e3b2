//! The assembly: all routes, their document, and the protection over both.

use axum::Router;
#[cfg(feature = "openapi")]
use utoipa_axum::router::OpenApiRouter;

use crate::auth::Auth;
#[cfg(feature = "openapi")]
use crate::openapi;
use crate::operation::Routes;
use crate::problem::{Problem, kinds};
use crate::{protection, routes};

impl Auth {
    /// All routes below a prefix such as `/auth`. With the feature `openapi` their OpenAPI document
    /// is at `/auth/openapi.json`.
    pub fn router<T: Clone + Send + Sync + 'static>(&self, prefix: &str) -> Router<T> {
        #[cfg(feature = "openapi")]
        let router = self.router_with(prefix, OpenApiRouter::default());
        #[cfg(not(feature = "openapi"))]
        let router = self.below(prefix, all().router.with_state(self.clone()));
        router
    }

    /// All routes, and routes of the application's own below the same prefix, such as the one that
    /// checks the password. They stand under the same protection and in the same document.
    #[cfg(feature = "openapi")]
    pub fn router_with<T: Clone + Send + Sync + 'static>(
        &self,
        prefix: &str,
        own: OpenApiRouter,
    ) -> Router<T> {
        let Routes { router, operations } = all();
        let own = openapi::with_document(prefix, operations, own);
        self.below(prefix, router.with_state(self.clone()).merge(own))
    }

    fn below<T: Clone + Send + Sync + 'static>(&self, prefix: &str, routes: Router) -> Router<T> {
        let routes = self.protect(routes.fallback(not_found));
        Router::new().nest(prefix, routes).with_state(())
    }

    /// Puts other routes of the application under the same protection. Requests of other sites'
    /// pages are refused, bodies are limited to 16 KiB, answers are not stored, and each request
    /// has an id and a `tracing` span of that id.
    pub fn protect(&self, router: Router) -> Router {
        protection::protected(self, router)
    }
}

fn all() -> Routes {
    [
        routes::login::routes(),
        routes::status::routes(),
        routes::enrollment::routes(),
        routes::recovery_codes::routes(),
        routes::lifecycle::routes(),
        routes::step_up::routes(),
        routes::authenticators::routes(),
        routes::devices::routes(),
        routes::sent_codes::routes(),
        routes::delayed_recovery::routes(),
        routes::lock::routes(),
        routes::events::routes(),
        routes::administration::routes(),
    ]
    .into_iter()
    .fold(Routes::default(), Routes::merge)
}

/// Answers below the prefix where no route stands.
async fn not_found() -> Problem {
    kinds::NOT_FOUND.into()
}

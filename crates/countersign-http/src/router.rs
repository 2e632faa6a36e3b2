//! All routes below a prefix: which one a request is for, and its answer.

use std::fmt;
use std::sync::Arc;

use crate::auth::Auth;
use crate::call::{Call, id_in, matches};
use crate::headers::Headers;
#[cfg(feature = "openapi")]
use crate::openapi;
use crate::operation::{Handler, Route, Routes};
use crate::problem::{Problem, kinds};
use crate::request::Request;
use crate::response::Response;
#[cfg(feature = "openapi")]
use crate::routes::about;
use crate::routes::all;

/// All routes of the contract, below a prefix. Cloning is cheap.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/readme/application.rs"));
/// use countersign_http::{Head, Headers, Request, Router};
///
/// async fn serve(router: Router<Headers>) {
///     let headers = Headers::new().with("accept-language", "de");
///     let request = Request::new("GET", "/auth/mfa/status", Head::new(headers.clone()));
///     let answer = router.answer(request, headers).await;
///     assert_eq!(answer.status, 401);
/// }
/// # fn main() {}
/// ```
pub struct Router<R>(Arc<Shared<R>>);

struct Shared<R> {
    auth: Auth<R>,
    prefix: String,
    routes: Vec<Served>,
}

struct Served {
    method: &'static str,
    path: &'static str,
    handler: Handler,
}

impl<R> Auth<R> {
    /// All routes below a prefix such as `/auth`. With the feature `openapi` their OpenAPI document
    /// is at `/auth/openapi.json`.
    #[must_use]
    pub fn router(&self, prefix: &str) -> Router<R> {
        #[cfg(feature = "openapi")]
        let router = self.router_with(prefix, utoipa::openapi::OpenApi::default());
        #[cfg(not(feature = "openapi"))]
        let router = self.routing(prefix, all());
        router
    }

    /// All routes below a prefix. Their document describes an application's own routes as well,
    /// whose paths are below the prefix, too.
    #[cfg(feature = "openapi")]
    #[must_use]
    pub fn router_with(&self, prefix: &str, own: utoipa::openapi::OpenApi) -> Router<R> {
        let prefix = prefix.trim_end_matches('/');
        let (routes, about) = (all(), about::operation());
        let operations = routes.0.iter().map(|route| &route.operation);
        let document = openapi::document(prefix, operations.chain([&about]), own);
        // Strings and numbers can always be written as JSON.
        let document = serde_json::to_vec(&document).unwrap_or_default();
        self.routing(prefix, routes.add(about, about::answering(document)))
    }

    fn routing(&self, prefix: &str, Routes(routes): Routes) -> Router<R> {
        if !self.has_directory() {
            let lacking = routes.iter().map(|route| &route.operation);
            let lacking = lacking.filter(|one| one.refusals.contains(&kinds::NOT_SUPPORTED));
            let lacking: Vec<_> = lacking.map(|one| (one.method, one.path)).collect();
            tracing::warn!(target: "countersign", lacking = ?lacking, "routes without a directory");
        }
        let served = |Route { operation, handler }| Served {
            method: operation.method,
            path: operation.path,
            handler,
        };
        Router(Arc::new(Shared {
            auth: self.clone(),
            prefix: prefix.trim_end_matches('/').to_owned(),
            routes: routes.into_iter().map(served).collect(),
        }))
    }
}

impl<R> Router<R> {
    /// What the path of each request begins with.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.0.prefix
    }

    /// The method and the path of each route, for a framework that registers them. An id in a path
    /// is `{id}`.
    pub fn routes(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.0.routes.iter().map(|route| (route.method, route.path))
    }

    /// Answers a request under the whole protection: it has an id and a `tracing` span, a page of
    /// another site is refused, a refusal is in the language of the request, and no cache stores
    /// the answer.
    pub async fn answer(&self, request: Request, host_request: R) -> Response {
        let route = self.route(&request);
        let path = match &route {
            Ok(route) => format!("{}{}", self.0.prefix, route.path),
            Err(_) => "-".to_owned(),
        };
        let (method, head) = (request.method.clone(), request.head.clone());
        let respond = |head| async move {
            let request = Request { head, ..request };
            self.serve(route?, request, host_request).await
        };
        let auth = &self.0.auth;
        auth.protect(&method, &path, head, respond).await
    }

    /// Answers a request without the protection, for a framework in which a layer protects these
    /// and other routes.
    ///
    /// # Errors
    ///
    /// The problem to answer with.
    pub async fn handle(&self, request: Request, host_request: R) -> Result<Response, Problem> {
        self.serve(self.route(&request)?, request, host_request)
            .await
    }

    async fn serve(
        &self,
        route: &Served,
        request: Request,
        host_request: R,
    ) -> Result<Response, Problem> {
        let call = Call {
            id: id_in(&request.path, route.path),
            visitor: self.0.auth.visitor(request.head, host_request),
            query: request.query,
            content: request.content,
        };
        (route.handler)(call).await
    }

    fn route(&self, request: &Request) -> Result<&Served, Problem> {
        let path = request.path.strip_prefix(&self.0.prefix);
        let path = path.ok_or(kinds::NOT_FOUND)?;
        let method = match request.method.as_str() {
            "HEAD" => "GET",
            method => method,
        };
        let here = self.0.routes.iter();
        let here: Vec<_> = here.filter(|route| matches(path, route.path)).collect();
        if here.is_empty() {
            return Err(kinds::NOT_FOUND.into());
        }
        let found = here.iter().find(|route| route.method == method);
        found.copied().ok_or_else(|| {
            let mut methods: Vec<_> = here.iter().map(|route| route.method).collect();
            methods.dedup();
            let allowed = Headers::new().with("allow", methods.join(", "));
            Problem::new(kinds::METHOD_NOT_ALLOWED).headers(allowed)
        })
    }
}

impl<R> Clone for Router<R> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<R> fmt::Debug for Router<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Router")
            .field("prefix", &self.0.prefix)
            .finish_non_exhaustive()
    }
}

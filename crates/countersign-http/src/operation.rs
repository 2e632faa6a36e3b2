//! Routes: how each is answered, and what the OpenAPI document says of it.

use std::future::Future;
use std::pin::Pin;

use crate::call::Call;
use crate::problem::{Problem, ProblemKind};
use crate::response::Response;

/// The routes of a family.
#[derive(Default)]
pub(crate) struct Routes(pub(crate) Vec<Route>);

/// A route.
pub(crate) struct Route {
    pub(crate) operation: Operation,
    pub(crate) handler: Handler,
}

pub(crate) type Handler = Box<dyn Fn(Call) -> Answering + Send + Sync>;
type Answering = Pin<Box<dyn Future<Output = Result<Response, Problem>> + Send>>;

/// What the OpenAPI document says of a route.
pub(crate) struct Operation {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) id: &'static str,
    pub(crate) tag: &'static str,
    pub(crate) summary: &'static str,
    pub(crate) parameters: Vec<Parameter>,
    /// The body of the request, and whether it may be left out.
    pub(crate) request: Option<(Schema, bool)>,
    /// The status, the meaning and the body of a success.
    pub(crate) status: u16,
    pub(crate) success: &'static str,
    pub(crate) content: Option<Content>,
    pub(crate) refusals: Vec<ProblemKind>,
}

#[cfg_attr(
    not(feature = "openapi"),
    expect(dead_code, reason = "the document alone reads it")
)]
#[derive(Clone, Copy)]
pub(crate) enum Parameter {
    /// The `id` in the path, and what it is the id of.
    Id(&'static str),
    /// An optional text in the query: its name, its meaning and its pattern.
    Query(&'static str, &'static str, &'static str),
}

/// JSON of this schema, any JSON, or plain text.
#[cfg_attr(
    not(feature = "openapi"),
    expect(dead_code, reason = "the document alone reads it")
)]
pub(crate) enum Content {
    Json(Schema),
    AnyJson,
    Text,
}

pub(crate) use schema::{Described, Schema};

#[cfg(feature = "openapi")]
mod schema {
    use utoipa::openapi::{Ref, RefOr};

    pub(crate) use utoipa::ToSchema as Described;

    /// The schema of a type, and of the types in it, by name.
    pub(crate) struct Schema {
        pub(crate) reference: Ref,
        pub(crate) schemas: Vec<(String, RefOr<utoipa::openapi::Schema>)>,
    }

    impl Schema {
        pub(super) fn of<T: Described>() -> Self {
            let mut schemas = vec![(T::name().into_owned(), T::schema())];
            T::schemas(&mut schemas);
            Self {
                reference: Ref::from_schema_name(T::name()),
                schemas,
            }
        }
    }
}

#[cfg(not(feature = "openapi"))]
mod schema {
    /// Every type: there is no document to describe it in.
    pub(crate) trait Described {}

    impl<T> Described for T {}

    pub(crate) struct Schema;

    impl Schema {
        pub(super) fn of<T: Described>() -> Self {
            Self
        }
    }
}

impl Routes {
    pub(crate) fn add<F>(
        mut self,
        operation: Operation,
        handler: impl Fn(Call) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<Response, Problem>> + Send + 'static,
    {
        let handler: Handler = Box::new(move |call| Box::pin(handler(call)));
        self.0.push(Route { operation, handler });
        self
    }

    pub(crate) fn merge(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }
}

impl Operation {
    pub(crate) fn new(method: &'static str, path: &'static str) -> Self {
        Self {
            method,
            path,
            id: "",
            tag: "",
            summary: "",
            parameters: Vec::new(),
            request: None,
            status: 204,
            success: "",
            content: None,
            refusals: Vec::new(),
        }
    }

    /// Its name for programs, and its group.
    pub(crate) fn named(mut self, id: &'static str, tag: &'static str) -> Self {
        (self.id, self.tag) = (id, tag);
        self
    }

    pub(crate) fn summary(mut self, summary: &'static str) -> Self {
        self.summary = summary;
        self
    }

    pub(crate) fn parameter(mut self, parameter: Parameter) -> Self {
        self.parameters.push(parameter);
        self
    }

    pub(crate) fn takes<T: Described>(mut self) -> Self {
        self.request = Some((Schema::of::<T>(), false));
        self
    }

    pub(crate) fn may_take<T: Described>(mut self) -> Self {
        self.request = Some((Schema::of::<T>(), true));
        self
    }

    pub(crate) fn answers(mut self, status: u16, success: &'static str) -> Self {
        (self.status, self.success) = (status, success);
        self
    }

    pub(crate) fn json<T: Described>(mut self) -> Self {
        self.content = Some(Content::Json(Schema::of::<T>()));
        self
    }

    #[cfg(feature = "openapi")]
    pub(crate) fn any_json(mut self) -> Self {
        self.content = Some(Content::AnyJson);
        self
    }

    pub(crate) fn text(mut self) -> Self {
        self.content = Some(Content::Text);
        self
    }

    pub(crate) fn refuses(mut self, refusals: &[ProblemKind]) -> Self {
        self.refusals.extend(refusals);
        self
    }
}

//! The OpenAPI document, made from the operations of the routes.

use std::collections::BTreeMap;

use utoipa::openapi::path::{
    OperationBuilder, Parameter as PathParameter, ParameterBuilder, ParameterIn, PathItem,
};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::{
    ContentBuilder, Header, HttpMethod, InfoBuilder, License, Object, ObjectBuilder, OneOfBuilder,
    OpenApi, OpenApiBuilder, Ref, RefOr, Required, Schema, Type, path, schema::SchemaType,
};
use utoipa::{PartialSchema, ToSchema};

use crate::operation::{Content, Operation, Parameter};
use crate::problem::{ProblemBody, ProblemKind, kinds};

/// The OpenAPI document of the routes and of an application's `own`, whose paths all begin with
/// the prefix.
pub(crate) fn document<'a>(
    prefix: &str,
    operations: impl Iterator<Item = &'a Operation>,
    own: OpenApi,
) -> OpenApi {
    let mut api = OpenApiBuilder::new().build();
    let components = api.components.get_or_insert_default();
    components.schemas.extend(problem_schemas());
    for operation in operations {
        add(&mut api, operation);
    }
    about().nest(prefix, api).nest(prefix, own)
}

/// Adds the description of an operation, and the schemas that it refers to.
fn add(api: &mut OpenApi, operation: &Operation) {
    let method = match operation.method {
        "GET" => HttpMethod::Get,
        "PATCH" => HttpMethod::Patch,
        "DELETE" => HttpMethod::Delete,
        _ => HttpMethod::Post,
    };
    let mut schemas = Vec::new();
    let mut description = OperationBuilder::new()
        .operation_id(Some(operation.id))
        .tag(operation.tag)
        .summary(Some(operation.summary));
    for one in &operation.parameters {
        description = description.parameter(parameter(*one));
    }
    if let Some((schema, is_optional)) = &operation.request {
        let reference = schema.reference.clone();
        let content = match is_optional {
            false => json(reference),
            true => {
                let null = ObjectBuilder::new().schema_type(Type::Null);
                json(OneOfBuilder::new().item(reference).item(null))
            }
        };
        let required = (!is_optional).then_some(Required::True);
        let body = RequestBodyBuilder::new().content("application/json", content);
        description = description.request_body(Some(body.required(required).build()));
        schemas.extend(schema.schemas.iter().cloned());
    }
    let mut response = ResponseBuilder::new().description(operation.success);
    match &operation.content {
        Some(Content::Json(schema)) => {
            response = response.content("application/json", json(schema.reference.clone()));
            schemas.extend(schema.schemas.iter().cloned());
        }
        Some(Content::AnyJson) => {
            let any = ObjectBuilder::new().schema_type(SchemaType::AnyValue);
            response = response.content("application/json", json(any));
        }
        Some(Content::Text) => response = response.content("text/plain", json(text())),
        None => {}
    }
    let mut description = description
        .response(operation.status.to_string(), response)
        .build();
    // The document itself is in memory, and nothing can fail.
    if !matches!(operation.content, Some(Content::AnyJson)) {
        describe(&mut description, &method, &operation.refusals);
    }
    api.paths
        .add_path_operation(operation.path, vec![method], description);
    let components = api.components.get_or_insert_default();
    components.schemas.extend(schemas);
}

fn parameter(parameter: Parameter) -> PathParameter {
    let builder = ParameterBuilder::new();
    match parameter {
        Parameter::Id(of) => builder
            .name("id")
            .parameter_in(ParameterIn::Path)
            .required(Required::True)
            .description(Some(of))
            .schema(Some(text()))
            .build(),
        Parameter::Query(name, meaning, pattern) => builder
            .name(name)
            .parameter_in(ParameterIn::Query)
            .required(Required::False)
            .description(Some(meaning))
            .schema(Some(text().pattern(Some(pattern))))
            .build(),
    }
}

fn json(schema: impl Into<RefOr<Schema>>) -> utoipa::openapi::Content {
    ContentBuilder::new().schema(Some(schema)).build()
}

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

/// Adds the refusals of an application's own operations to their description. Those that every
/// route may answer with are added anyway: a request from another site, a body that cannot be read,
/// a fault. The [schemas](problem_schemas) of a problem have to be in the document.
pub fn refusing(item: &mut PathItem, refusals: &[ProblemKind]) {
    for (method, operation) in operations(item) {
        describe(operation, &method, refusals);
    }
}

/// The schemas of a problem, by name.
#[must_use]
pub fn problem_schemas() -> Vec<(String, RefOr<Schema>)> {
    let mut schemas = vec![(ProblemBody::name().into_owned(), ProblemBody::schema())];
    ProblemBody::schemas(&mut schemas);
    schemas
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (HttpMethod, &mut path::Operation)> {
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

fn describe(operation: &mut path::Operation, method: &HttpMethod, refusals: &[ProblemKind]) {
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
        let of_status = by_status.entry(kind.status()).or_default();
        if !of_status.contains(&kind) {
            of_status.push(kind);
        }
    }
    for (status, kinds) in by_status {
        let lines = kinds
            .iter()
            .map(|kind| format!("`{}`: {}", kind.code(), kind.title()));
        let description = lines.collect::<Vec<_>>().join("\n\n");
        let body = json(Ref::from_schema_name(ProblemBody::name()));
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

fn about() -> OpenApi {
    let license = License::new("MIT OR Apache-2.0");
    let info = InfoBuilder::new()
        .title("Countersign")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Two-step sign-in: enrolment, challenges, recovery. A session is the application's own, \
             in a cookie; requests that change something and bring cookies have to come from a \
             page of its own (`Origin` or `Sec-Fetch-Site`). Refusals are problems (RFC 9457) with \
             a stable `code`.",
        ))
        .license(Some(license));
    OpenApiBuilder::new().info(info).build()
}

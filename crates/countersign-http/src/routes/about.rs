//! The OpenAPI document.

use std::future::{Ready, ready};

use crate::call::Call;
use crate::operation::Operation;
use crate::problem::Problem;
use crate::response::Response;

pub(crate) fn operation() -> Operation {
    Operation::new("GET", "/openapi.json")
        .named("openapi", "about")
        .summary("This document.")
        .answers(200, "OpenAPI 3.1")
        .any_json()
}

/// Answers with this document.
pub(crate) fn answering(document: Vec<u8>) -> impl Fn(Call) -> Ready<Result<Response, Problem>> {
    let answer = Response::of(200, "application/json", document);
    move |_| ready(Ok(answer.clone()))
}

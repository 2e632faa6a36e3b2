//! The OpenAPI document.

use crate::call::Call;
use crate::headers::Headers;
use crate::operation::{Operation, Routes};
use crate::problem::Problem;
use crate::response::Response;

pub(crate) fn routes() -> Routes {
    Routes::default().add(
        Operation::new("GET", "/openapi.json")
            .named("openapi", "about")
            .summary("This document.")
            .answers(200, "OpenAPI 3.1")
            .any_json(),
        openapi,
    )
}

async fn openapi(call: Call) -> Result<Response, Problem> {
    let headers = Headers::new().with("content-type", "application/json");
    let mut answer = Response::empty(200).headers(headers);
    answer.body = call.document.to_vec();
    Ok(answer)
}

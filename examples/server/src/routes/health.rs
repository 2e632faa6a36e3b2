//! The health check.

use axum::Json;
use axum::extract::State;
use countersign_axum::Problem;

use crate::database::Fault;
use crate::demo::Demo;

/// Answers 200 while the database answers, else 503.
pub(crate) async fn healthz(State(demo): State<Demo>) -> Result<Json<serde_json::Value>, Problem> {
    demo.database.ping().await.map_err(Fault::from)?;
    Ok(Json(serde_json::json!({ "status": "ok" })))
}

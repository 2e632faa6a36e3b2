//! Recovery codes: which are left, whether they are kept, new ones, and their sheet, once.

use axum::Json;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_LANGUAGE, CONTENT_TYPE};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use countersign::Denial;
use countersign::account::RecoveryCodesStatus;
use countersign::token::{RecoveryCodeSheet, Token};
use serde::{Deserialize, Serialize};

use crate::body::{Body, OptionalBody};
use crate::json::NewRecoveryCodes;
use crate::operation::{Operation, Routes};
use crate::problem::{Problem, kinds};
use crate::proof::Proof;
use crate::refusals::{SESSION, TOKEN, sensitive};
use crate::time::Time;
use crate::visitor::{Owner, Visitor};

pub(crate) fn routes() -> Routes {
    Routes::default()
        .add(
            Operation::new(Method::GET, "/mfa/recovery-codes")
                .named("recoveryCodes", "recovery codes")
                .summary("Which recovery codes are left.")
                .answers(
                    StatusCode::OK,
                    "Numbers, and no code. With a second factor and no set, there are none",
                )
                .json::<CodesBody>()
                .refuses(&[kinds::UNAUTHENTICATED, kinds::NOT_ENROLLED]),
            list,
        )
        .add(
            Operation::new(Method::POST, "/mfa/recovery-codes/regenerate")
                .named("regenerateRecoveryCodes", "recovery codes")
                .summary("Replaces the recovery codes. The old ones are void at once.")
                .may_take::<Proof>()
                .answers(StatusCode::OK, "Shown now or never")
                .json::<NewRecoveryCodes>()
                .refuses(&sensitive(&[])),
            regenerate,
        )
        .add(
            Operation::new(Method::POST, "/mfa/recovery-codes/acknowledge")
                .named("acknowledgeRecoveryCodes", "recovery codes")
                .summary("Notes that the owner keeps the recovery codes.")
                .takes::<AcknowledgeRequest>()
                .answers(StatusCode::NO_CONTENT, "They are not unsaved any more")
                .refuses(&SESSION)
                .refuses(&[kinds::UNKNOWN_RECOVERY_CODES]),
            acknowledge,
        )
        .add(
            Operation::new(Method::POST, "/mfa/recovery-codes/sheet")
                .named("recoverySheet", "recovery codes")
                .summary("Gives the recovery codes that were just shown as a text file, once.")
                .takes::<SheetRequest>()
                .answers(StatusCode::OK, "The sheet")
                .text()
                .refuses(&TOKEN)
                .refuses(&[kinds::LOCKED, kinds::THROTTLED]),
            sheet,
        )
}

/// The state of the recovery codes. No code is in it.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = RecoveryCodes))]
#[serde(rename_all = "camelCase")]
pub(crate) struct CodesBody {
    /// The id of the set; null where there is none. No login issues any.
    id: Option<String>,
    total: u8,
    remaining: u8,
    /// Whether few are left.
    low: bool,
    /// Whether the set is of a backup, so that codes which were used since may work again.
    stale: bool,
    /// Whether another service issued the codes.
    imported: bool,
    /// Whether the owner has not said yet that the codes are kept.
    unsaved: bool,
    generated_at: Option<Time>,
    codes: Vec<RecoveryCode>,
}

/// One recovery code.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct RecoveryCode {
    /// From 1.
    number: u8,
    used_at: Option<Time>,
}

impl From<&RecoveryCodesStatus> for CodesBody {
    fn from(set: &RecoveryCodesStatus) -> Self {
        let codes = set.codes.iter().map(|code| RecoveryCode {
            number: code.number,
            used_at: code.used_at.map(Time),
        });
        Self {
            id: Some(set.id.to_string()),
            total: set.total,
            remaining: set.remaining,
            low: set.low,
            stale: set.stale,
            imported: set.imported,
            unsaved: set.unsaved,
            generated_at: Some(Time(set.generated_at)),
            codes: codes.collect(),
        }
    }
}

impl CodesBody {
    /// A second factor without recovery codes, such as an imported one.
    const NONE: Self = Self {
        id: None,
        total: 0,
        remaining: 0,
        low: true,
        stale: false,
        imported: false,
        unsaved: false,
        generated_at: None,
        codes: Vec::new(),
    };
}

async fn list(owner: Owner) -> Result<Json<CodesBody>, Problem> {
    let status = owner.status().await?;
    if !status.enabled {
        return Err(Problem::refused(Denial::NotEnrolled));
    }
    let set = status.recovery_codes.as_ref();
    Ok(Json(set.map_or(CodesBody::NONE, CodesBody::from)))
}

async fn regenerate(
    owner: Owner,
    OptionalBody(proof): OptionalBody<Proof>,
) -> Result<(HeaderMap, Json<NewRecoveryCodes>), Problem> {
    let checked = proof.check(&owner).await?;
    let new = owner
        .run(
            proof
                .mfa(&owner)
                .regenerate_recovery_codes(owner.user(), checked),
        )
        .await?;
    // The codes are shown now or never. If the application fails, its sessions end by their epoch.
    let headers = owner
        .change_sessions(new.sessions)
        .await
        .unwrap_or_default();
    Ok((headers, Json(Some(new.recovery_codes).into())))
}

/// Recovery codes that the owner says to keep.
#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct AcknowledgeRequest {
    /// The id of the set, as it came with the codes.
    recovery_code_set: String,
}

async fn acknowledge(
    owner: Owner,
    Body(request): Body<AcknowledgeRequest>,
) -> Result<StatusCode, Problem> {
    let set = request.recovery_code_set.parse();
    let set = set.map_err(|_| Problem::refused(Denial::UnknownRecoveryCodes))?;
    let (mfa, user) = (owner.mfa(), owner.user());
    owner.run(mfa.acknowledge_recovery_codes(user, set)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The ticket for a sheet.
#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct SheetRequest {
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    sheet_ticket: Token<RecoveryCodeSheet>,
}

async fn sheet(visitor: Visitor, Body(request): Body<SheetRequest>) -> Result<Response, Problem> {
    let mfa = visitor.mfa();
    let sheet = visitor.run(mfa.redeem_sheet(&request.sheet_ticket)).await?;
    let headers = [
        (CONTENT_TYPE, "text/plain; charset=utf-8"),
        (
            CONTENT_DISPOSITION,
            "attachment; filename=\"recovery-codes.txt\"",
        ),
    ];
    let words = visitor.words();
    let language = [(CONTENT_LANGUAGE, words.tag())];
    let text = sheet.expose_text(words).to_string();
    Ok((headers, language, text).into_response())
}

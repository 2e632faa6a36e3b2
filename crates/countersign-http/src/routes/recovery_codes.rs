//! Recovery codes: which are left, whether they are kept, new ones, and their sheet, once.

use countersign::Denial;
use countersign::account::RecoveryCodesStatus;
use countersign::token::{RecoveryCodeSheet, Token};
use serde::{Deserialize, Serialize};

use crate::call::Call;
use crate::headers::Headers;
use crate::json::NewRecoveryCodes;
use crate::operation::{Operation, Routes};
use crate::problem::{Problem, kinds};
use crate::proof::Proof;
use crate::refusals::{SESSION, TOKEN, sensitive};
use crate::response::Response;
use crate::time::Time;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .add(
            Operation::new("GET", "/mfa/recovery-codes")
                .named("recoveryCodes", "recovery codes")
                .summary("Which recovery codes are left.")
                .answers(
                    200,
                    "Numbers, and no code. With a second factor and no set, there are none",
                )
                .json::<CodesBody>()
                .refuses(&[kinds::UNAUTHENTICATED, kinds::NOT_ENROLLED]),
            list,
        )
        .add(
            Operation::new("POST", "/mfa/recovery-codes/regenerate")
                .named("regenerateRecoveryCodes", "recovery codes")
                .summary("Replaces the recovery codes. The old ones are void at once.")
                .may_take::<Proof>()
                .answers(200, "Shown now or never")
                .json::<NewRecoveryCodes>()
                .refuses(&sensitive(&[])),
            regenerate,
        )
        .add(
            Operation::new("POST", "/mfa/recovery-codes/acknowledge")
                .named("acknowledgeRecoveryCodes", "recovery codes")
                .summary("Notes that the owner keeps the recovery codes.")
                .takes::<AcknowledgeRequest>()
                .answers(204, "They are not unsaved any more")
                .refuses(&SESSION)
                .refuses(&[kinds::UNKNOWN_RECOVERY_CODES]),
            acknowledge,
        )
        .add(
            Operation::new("POST", "/mfa/recovery-codes/sheet")
                .named("recoverySheet", "recovery codes")
                .summary("Gives the recovery codes that were just shown as a text file, once.")
                .takes::<SheetRequest>()
                .answers(200, "The sheet")
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

async fn list(call: Call) -> Result<Response, Problem> {
    let status = call.owner().await?.status().await?;
    if !status.enabled {
        return Err(Problem::refused(Denial::NotEnrolled));
    }
    let set = status.recovery_codes.as_ref();
    let body = set.map_or(CodesBody::NONE, CodesBody::from);
    Ok(Response::json(200, &body)?)
}

async fn regenerate(call: Call) -> Result<Response, Problem> {
    let (owner, proof): (_, Proof) = (call.owner().await?, call.optional_body()?);
    let checked = proof.check(&owner).await?;
    let mfa = proof.mfa(&owner)?;
    let new = owner
        .run(mfa.regenerate_recovery_codes(owner.user(), checked))
        .await?;
    // The codes are shown now or never. If the application fails, its sessions end by their epoch.
    let headers = owner
        .change_sessions(new.sessions)
        .await
        .unwrap_or_default();
    let body = NewRecoveryCodes::from(Some(new.recovery_codes));
    Ok(Response::json(200, &body)?.headers(headers))
}

/// Recovery codes that the owner says to keep.
#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct AcknowledgeRequest {
    /// The id of the set, as it came with the codes.
    recovery_code_set: String,
}

async fn acknowledge(call: Call) -> Result<Response, Problem> {
    let (owner, request): (_, AcknowledgeRequest) = (call.owner().await?, call.body()?);
    let set = request.recovery_code_set.parse();
    let set = set.map_err(|_| Problem::refused(Denial::UnknownRecoveryCodes))?;
    let (mfa, user) = (owner.mfa(), owner.user());
    owner.run(mfa.acknowledge_recovery_codes(user, set)).await?;
    Ok(Response::empty(204))
}

/// The ticket for a sheet.
#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct SheetRequest {
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    sheet_ticket: Token<RecoveryCodeSheet>,
}

async fn sheet(call: Call) -> Result<Response, Problem> {
    let (visitor, request): (_, SheetRequest) = (&call.visitor, call.body()?);
    let mfa = visitor.mfa();
    let sheet = visitor.run(mfa.redeem_sheet(&request.sheet_ticket)).await?;
    let words = visitor.words();
    let text = sheet.expose_text(words).to_string().into_bytes();
    let headers = Headers::new()
        .with(
            "content-disposition",
            "attachment; filename=\"recovery-codes.txt\"",
        )
        .with("content-language", words.tag());
    Ok(Response::of(200, "text/plain; charset=utf-8", text).headers(headers))
}

//! Regenerating recovery codes, acknowledging them, and downloading their sheet once.

use crate::account::machine::{Command, Draft, Halt};
use crate::denial::Denial;
use crate::event::EventKind;
use crate::factor::Factor;
use crate::id::RecoveryCodeSetId;
use crate::purpose::StepUpPurpose;
use crate::reauthentication::Reauthentication;
use crate::recovery_codes::Sheet;
use crate::recovery_codes::{RecoveryCodes, read_codes};
use crate::session::{SessionChange, SessionEffect};
use crate::token::{Claims, SheetTicket};

/// The result of regenerating recovery codes.
#[derive(Debug)]
#[non_exhaustive]
pub struct Regenerated {
    /// The new codes. They cannot be shown again.
    pub recovery_codes: RecoveryCodes,
    /// The effect on sessions.
    pub sessions: SessionChange,
}

/// Replaces the set of recovery codes.
pub(crate) struct RegenerateRecoveryCodes {
    pub(crate) proof: Reauthentication,
}

impl Command for RegenerateRecoveryCodes {
    const OPERATION: &'static str = "regenerate_recovery_codes";
    type Outcome = Regenerated;

    fn apply(&self, draft: &mut Draft<'_>) -> Result<Regenerated, Halt> {
        draft.reauthenticate(&self.proof, &StepUpPurpose::Regenerate)?;
        let recovery_codes = draft.issue_recovery_codes()?;
        // An exhausted e-mail factor is reopened as well, because another factor proved the
        // request.
        draft.clear(Factor::EmailCode);
        draft.clear(Factor::PhoneCode);
        let sessions = draft.sessions(SessionEffect::Rotate);
        Ok(Regenerated {
            recovery_codes,
            sessions,
        })
    }
}

/// Notes that the owner keeps the codes of this set. A session is enough, because no right follows
/// from it.
pub(crate) struct AcknowledgeRecoveryCodes {
    pub(crate) set: RecoveryCodeSetId,
}

impl Command for AcknowledgeRecoveryCodes {
    const OPERATION: &'static str = "acknowledge_recovery_codes";
    type Outcome = ();

    fn apply(&self, draft: &mut Draft<'_>) -> Result<(), Halt> {
        let set = draft.account.recovery_codes.as_mut();
        let set = set.filter(|set| set.id == self.set);
        let set = set.ok_or(Denial::UnknownRecoveryCodes)?;
        if set.is_unsaved() {
            set.acknowledged = true;
            draft.record(
                draft
                    .event(EventKind::RecoveryCodesAcknowledged)
                    .factor(Factor::RecoveryCode),
            );
        }
        Ok(())
    }
}

/// Downloads the sheet of new codes once.
pub(crate) struct RedeemSheet {
    pub(crate) claims: Claims<SheetTicket>,
}

impl Command for RedeemSheet {
    const OPERATION: &'static str = "redeem_sheet";
    type Outcome = Sheet;

    fn apply(&self, draft: &mut Draft<'_>) -> Result<Sheet, Halt> {
        draft.check(&self.claims)?;
        let ticket = &self.claims.payload;
        let set = draft
            .account
            .recovery_codes
            .as_ref()
            .filter(|set| set.id == ticket.set)
            .ok_or(Denial::TokenExpired)?;
        let generated_at = set.generated_at;
        let sealed = ticket.codes.clone();
        let opened = draft.sheet_seal().open(ticket.set.as_bytes(), sealed)?;
        let codes = read_codes(&opened, set.letters);
        draft.spend(&self.claims)?;
        draft.record(
            draft
                .event(EventKind::RecoveryCodeSheetDownloaded)
                .factor(Factor::RecoveryCode),
        );
        Ok(Sheet {
            issuer: draft.context.policy.issuer.clone(),
            generated_at,
            codes,
        })
    }
}

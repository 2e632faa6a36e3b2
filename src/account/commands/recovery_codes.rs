//! Regenerating recovery codes, acknowledging them, downloading their sheet once, and redeeming a
//! code of another service.

use crate::account::machine::{Command, Draft, Halt};
use crate::denial::Denial;
use crate::event::{EventKind, Reason};
use crate::factor::Factor;
use crate::grant::GrantedFor;
use crate::id::RecoveryCodeSetId;
use crate::purpose::StepUpPurpose;
use crate::reauthentication::Reauthentication;
use crate::recovery_codes::Sheet;
use crate::recovery_codes::{RecoveryCodes, read_codes};
use crate::session::{SessionChange, SessionEffect};
use crate::token::{Claims, EnrollmentGrant, Granted, OpenLogin, SheetTicket, Token};

/// The result of regenerating recovery codes.
#[derive(Debug)]
#[non_exhaustive]
pub struct Regenerated {
    /// The new codes. They cannot be shown again.
    pub recovery_codes: RecoveryCodes,
    /// The effect on sessions.
    pub sessions: SessionChange,
}

/// What the host found about a typed recovery code of another service, by the hash that it kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there is no third")]
pub enum ForeignRecoveryCode {
    /// The code is one of the user's, and was not used before.
    Right,
    /// It is not. The attempt is charged like a wrong recovery code.
    Wrong,
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

/// Redeems a recovery code of another service for a grant to enrol. The challenge proves the first
/// factor, and the host vouches for the code.
pub(crate) struct RedeemForeignRecoveryCode {
    pub(crate) claims: Claims<OpenLogin>,
    pub(crate) found: ForeignRecoveryCode,
}

impl Command for RedeemForeignRecoveryCode {
    const OPERATION: &'static str = "redeem_foreign_recovery_code";
    type Outcome = Token<EnrollmentGrant>;

    fn apply(&self, draft: &mut Draft<'_>) -> Result<Token<EnrollmentGrant>, Halt> {
        let OpenLogin { first, note, .. } = &self.claims.payload;
        let factor = Factor::RecoveryCode;
        draft.by_password = first.kind().is_password();
        draft.answered = Some(self.claims.clone());
        draft.check(&self.claims)?;
        // Codes of another service end with the first set that is issued here.
        if draft.account.has_own_codes() {
            return Err(Denial::MethodUnavailable.into());
        }
        draft.admit_to_login(factor)?;
        draft.demand_round(&self.claims)?;
        if self.found == ForeignRecoveryCode::Wrong {
            let refusal = draft.event(EventKind::LoginRefused);
            draft.charge(factor, refusal.refused(Reason::WrongCode));
            return Err(Denial::InvalidCode.into());
        }
        draft.spend(&self.claims)?;
        draft.clear(factor);
        draft.cancel_delayed_recovery();
        draft.account.unanswered.answered(self.claims.nonce);
        draft.record(
            draft
                .event(EventKind::ForeignRecoveryCodeAccepted)
                .factor(factor),
        );
        let granted = Granted {
            granted_for: GrantedFor::ForeignRecoveryCode,
            first: Some(first.clone()),
            note: note.clone(),
        };
        let (grant, _) = draft.issue(granted, draft.context.policy.enrollment_lifetime)?;
        Ok(grant)
    }
}

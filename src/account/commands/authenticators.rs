//! Renaming and removing authenticators.

use crate::account::machine::{Command, Draft, Halt, checked_label};
use crate::account::status::AuthenticatorStatus;
use crate::denial::Denial;
use crate::event::EventKind;
use crate::id::AuthenticatorId;
use crate::purpose::StepUpPurpose;
use crate::reauthentication::Reauthentication;
use crate::session::{SessionChange, SessionEffect};

/// Changes the label of an authenticator.
pub(crate) struct Rename {
    pub(crate) id: AuthenticatorId,
    pub(crate) label: String,
}

impl Command for Rename {
    const OPERATION: &'static str = "rename_authenticator";
    type Outcome = AuthenticatorStatus;

    fn apply(&self, draft: &mut Draft<'_>) -> Result<AuthenticatorStatus, Halt> {
        let label = checked_label(&self.label)?;
        let authenticator = draft
            .account
            .authenticator(self.id)
            .ok_or(Denial::UnknownAuthenticator)?;
        if authenticator.label == label {
            return Ok(authenticator.status());
        }
        authenticator.label = label;
        let status = authenticator.status();
        draft.record(
            draft
                .event(EventKind::AuthenticatorRenamed)
                .authenticator(self.id),
        );
        Ok(status)
    }
}

/// Removes an authenticator, unless it is the last.
pub(crate) struct Remove {
    pub(crate) id: AuthenticatorId,
    pub(crate) proof: Reauthentication,
}

impl Command for Remove {
    const OPERATION: &'static str = "remove_authenticator";
    type Outcome = SessionChange;

    fn apply(&self, draft: &mut Draft<'_>) -> Result<SessionChange, Halt> {
        draft.demand_enrolled()?;
        draft
            .account
            .authenticator(self.id)
            .ok_or(Denial::UnknownAuthenticator)?;
        let others = draft.account.authenticators.iter();
        let mut others = others.filter(|one| one.id != self.id);
        // A passkey that nothing verifies is none that the user could go on with.
        let takes_passkeys = draft.ceremonies().is_ok();
        if !others.any(|one| takes_passkeys || one.credential.otp().is_some()) {
            draft.demand_dispensable()?;
            return Err(Denial::LastAuthenticator.into());
        }
        draft.reauthenticate(&self.proof, &StepUpPurpose::Remove)?;
        draft
            .account
            .authenticators
            .retain(|authenticator| authenticator.id != self.id);
        draft.begin_epoch()?;
        draft.record(
            draft
                .event(EventKind::AuthenticatorRemoved)
                .authenticator(self.id),
        );
        Ok(draft.sessions(SessionEffect::EndOthers))
    }
}

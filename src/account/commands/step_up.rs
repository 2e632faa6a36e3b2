//! Step-up: a proof of password and code that one later action uses.

use crate::account::machine::{Command, Draft, Halt};
use crate::answer::Answer;
use crate::denial::Denial;
use crate::event::EventKind;
use crate::purpose::StepUpPurpose;
use crate::reauthentication::FirstFactorCheck;
use crate::session::{SessionChange, SessionEffect};
use crate::time::Timestamp;
use crate::token::{GrantedStepUp, StepUp, Token};

/// The result of a step-up.
#[derive(Debug)]
#[non_exhaustive]
pub struct StepUpGranted {
    /// The token, which proves one action of its purpose.
    pub token: Token<StepUp>,
    /// When the token expires.
    pub expires_at: Timestamp,
    /// The effect on sessions.
    pub sessions: SessionChange,
}

/// Checks password and code now, for one later action of a purpose.
pub(crate) struct GrantStepUp {
    pub(crate) first: FirstFactorCheck,
    pub(crate) answer: Answer,
    pub(crate) purpose: StepUpPurpose,
}

impl Command for GrantStepUp {
    const OPERATION: &'static str = "step_up";
    type Outcome = StepUpGranted;

    fn apply(&self, draft: &mut Draft<'_>) -> Result<StepUpGranted, Halt> {
        draft.demand_enrolled()?;
        let proof = draft.demand_first_and_code(&self.first, &self.answer)?;
        draft.record(proof.describe(draft.event(EventKind::StepUpGranted)));
        let lifetime = draft.context.policy.step_up_lifetime;
        let granted = GrantedStepUp {
            purpose: self.purpose.clone(),
            factor: proof.factor(),
        };
        let (token, expires_at) = draft.issue(granted, lifetime)?;
        let mut sessions = draft.sessions(SessionEffect::Rotate);
        if let Some(first) = &self.first.passed {
            sessions = sessions
                .resting_on(proof.added_to(draft.assurance(first.given), draft.context.now));
        }
        Ok(StepUpGranted {
            token,
            expires_at,
            sessions,
        })
    }
}

/// Spends a step-up token for an action of the application.
pub(crate) struct RedeemStepUp {
    pub(crate) token: Token<StepUp>,
    pub(crate) purpose: StepUpPurpose,
}

impl Command for RedeemStepUp {
    const OPERATION: &'static str = "redeem_step_up";
    type Outcome = ();

    fn apply(&self, draft: &mut Draft<'_>) -> Result<(), Halt> {
        let claims = draft
            .read(&self.token)
            .filter(|claims| claims.payload.purpose == self.purpose);
        let claims = claims.ok_or(Denial::TokenInvalid)?;
        draft.check(&claims)?;
        draft.spend(&claims)?;
        draft.record(
            draft
                .event(EventKind::StepUpUsed)
                .factor(claims.payload.factor),
        );
        Ok(())
    }
}

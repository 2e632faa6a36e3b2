//! Confirming an enrolment, which binds the authenticator, and cancelling an enrolment.

use super::bind::{Bound, Enrolled, bind, take_pending};
use crate::account::machine::{Command, Draft, Halt};
use crate::account::state::{Credential, Found, OtpKey};
use crate::answer::{Answer, Presented};
use crate::denial::Denial;
use crate::event::{EventKind, Reason};
use crate::id::AuthenticatorId;
use crate::limits::PENDING_TRIES;
use crate::otp::Mismatch;
use crate::token::{Claims, OpenEnrollment};

/// Confirms the pending enrolment, which binds the authenticator.
pub(crate) struct Confirm {
    pub(crate) by: ConfirmedBy,
    /// `None` if the token alone confirms.
    pub(crate) code: Option<Answer>,
}

pub(crate) enum ConfirmedBy {
    Token(Claims<OpenEnrollment>),
    Session,
}

impl Command for Confirm {
    const OPERATION: &'static str = "confirm_enrollment";
    type Outcome = Enrolled;

    fn apply(&self, draft: &mut Draft<'_>) -> Result<Enrolled, Halt> {
        let token = match &self.by {
            ConfirmedBy::Token(claims) => Some(claims),
            ConfirmedBy::Session => None,
        };
        let pending = take_pending(draft, token)?;
        // A passkey is awaited.
        let Some(key) = pending.key.clone() else {
            return Err(Denial::NothingPending.into());
        };
        let found = match &self.code {
            Some(code) => Some(demand_pending(draft, pending.id, &key, code)?),
            None if may_omit_code(draft) => None,
            None => return Err(Denial::CodeRequired.into()),
        };
        let note = token.and_then(|claims| claims.payload.note.clone());
        let mechanism = found.map_or(key.mechanism, Found::learnt);
        let bound = Bound {
            credential: Credential::Otp(OtpKey { mechanism, ..key }),
            confirmed: found.is_some(),
        };
        bind(draft, pending, bound, note)
    }
}

/// Whether a first authenticator may be confirmed without a code. After a reset the code shows that
/// the new one works: nobody should need a second reset.
fn may_omit_code(draft: &Draft<'_>) -> bool {
    let account = &draft.account;
    draft.context.policy.codeless && !account.is_enabled() && account.reset.is_none()
}

/// Drops the pending enrolment.
pub(crate) struct CancelEnrollment;

impl Command for CancelEnrollment {
    const OPERATION: &'static str = "cancel_enrollment";
    type Outcome = ();

    fn apply(&self, draft: &mut Draft<'_>) -> Result<(), Halt> {
        draft.cancel_enrollment();
        Ok(())
    }
}

/// Checks a code of the pending key. The pending key has its own budget.
fn demand_pending(
    draft: &mut Draft<'_>,
    id: AuthenticatorId,
    key: &OtpKey,
    answer: &Answer,
) -> Result<Found, Halt> {
    let (policy, now) = (draft.context.policy, draft.context.now);
    let reason = match &answer.presented {
        Presented::Shown(shown) => match key.mechanism.verify(&key.secret, shown, policy, now) {
            Ok(found) => return Ok(found),
            Err(Mismatch::Replayed) => Reason::ReplayedCode,
            Err(_) => Reason::WrongCode,
        },
        Presented::Recovery(_) | Presented::Sent(..) | Presented::Signed(_) => Reason::WrongCode,
    };
    draft.record(
        draft
            .event(EventKind::EnrollmentRefused)
            .refused(reason)
            .authenticator(id),
    );
    draft.charged = true;
    draft.account.counters.pending_failures += 1;
    if draft.account.counters.pending_failures == PENDING_TRIES {
        draft.record(
            draft
                .event(EventKind::EnrollmentDropped)
                .refused(Reason::Exhausted)
                .authenticator(id),
        );
    }
    Err(Denial::InvalidCode.into())
}

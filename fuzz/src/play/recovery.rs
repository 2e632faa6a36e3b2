//! Delayed recovery, and the enrolment by its grant.

use countersign::Status;
use countersign::account::{EnrollmentOrigin, SessionEffect, Setup};
use countersign::otp::{Totp, TotpParams};
use countersign::token::{CancelDelayedRecovery, EnrollmentGrant, Token};

use super::{Play, RANDOM, all_done, is_by_device};
use crate::scene::Granted;
use crate::{NO_RECOVERY_CODE, now};

impl<'a> Play<'a> {
    pub(super) fn recovery(&self) {
        let (scene, mfa, user) = (&self.scene, self.mfa, &self.user);
        let forged = Token::<CancelDelayedRecovery>::from("cs1x_");
        scene.never(mfa.cancel_delayed_recovery_by_token(&forged));
        scene.never(mfa.request_delayed_recovery(&Token::from("cs1c_")));
        scene.never(mfa.complete_delayed_recovery(&Token::from("cs1c_")));
        if let Some(stopped) = scene.run(mfa.cancel_delayed_recovery(user)) {
            assert!(scene.holds(|status| status.delayed_recovery.is_some()));
            assert!(
                stopped
                    .then
                    .holds(|status| status.delayed_recovery.is_none())
            );
        }
        let due = || async {
            let report = scene.world.directory.run_due(now()).await?;
            all_done(&report.failed).map(|()| report.settled)
        };
        let settled = scene.run_even_locked(due());
        assert_eq!(settled.is_some(), scene.is_readable());
        if let Some(settled) = settled {
            let again = settled.then.run_even_locked(due());
            let steps = again.map(|again| again.outcome);
            assert_eq!(steps, Some(0), "a step is taken once");
        }
    }

    pub(super) fn requested<T>(&self, requested: &Granted<'a, T>) {
        let (then, mfa) = (&requested.then, self.mfa);
        assert!(then.holds(|status| status.delayed_recovery.is_some()));
        self.comes_by_device(then, |login| {
            assert!(!is_by_device(login), "trust is suspended");
        });
        let over = |status: &Status| status.delayed_recovery.is_none();
        let stopped = then.run(mfa.cancel_delayed_recovery(&self.user));
        assert!(stopped.is_some_and(|stopped| stopped.then.holds(over)));
        let links = requested.events.iter().map(|event| mfa.links_for(event));
        let mut tokens = links.filter_map(|links| links.expect(RANDOM).cancel);
        let token = tokens.next().expect("what was requested can be cancelled");
        // A damaged record may treat the token as expired.
        if let Some(stopped) = then.run(mfa.cancel_delayed_recovery_by_token(&token)) {
            assert!(stopped.then.holds(over));
        }
    }

    /// After the completion, the new authenticator is the only one.
    pub(super) fn completed(&self, completed: &Granted<'a, Token<EnrollmentGrant>>) {
        let then = &completed.then;
        let started = then.run(self.mfa.start_granted_enrollment(&completed.outcome, "a"));
        self.comes_back(started, EnrollmentOrigin::DelayedRecovery);
    }

    pub(super) fn comes_back(&self, started: Option<Granted<'a, Setup>>, origin: EnrollmentOrigin) {
        let Some(Granted { outcome, then, .. }) = started else {
            return;
        };
        then.never(
            self.mfa
                .confirm_enrollment(&outcome.token, NO_RECOVERY_CODE),
        );
        let code = Totp::new(&outcome.secret, TotpParams::default()).code_at(now());
        let code = code.expose_digits();
        let confirmed = then.run(self.mfa.confirm_enrollment(&outcome.token, code.as_str()));
        let Some(Granted { outcome, then, .. }) = confirmed else {
            return;
        };
        assert_eq!(outcome.origin, origin);
        assert_eq!(outcome.sessions.effect, SessionEffect::EndAll);
        assert!(then.holds(|status| {
            let recovery = status.recovery_codes.as_ref();
            status.authenticators.len() == 1
                && recovery.is_some_and(|set| set.remaining == set.total)
                && status.trusted_devices.is_empty()
                && status.delayed_recovery.is_none()
                && status.pending_until.is_none()
                && !status.reset_pending
        }));
    }
}

//! The effects of a right proof, once.

use countersign::account::{Method, Reauthentication, Setup, StepUpPurpose};
use countersign::otp::{Totp, TotpParams};
use countersign::token::{Challenge, Token};
use countersign::words::German;
use countersign::{Answer, Login, NewAuthenticator, Status};

use super::{Play, is_by_device};
use crate::records::LIFE;
use crate::scene::Granted;
use crate::{NO_RECOVERY_CODE, answer, now, password};

impl<'a> Play<'a> {
    /// Proofs that are right in the valid record. In a changed record they may be wrong.
    pub(super) fn right_proofs(&self) {
        for code in &LIFE.proofs {
            if let Some(login) = self.scene.run(self.mfa.begin_login(&self.user, password()))
                && let Login::Challenge(challenge) = login.outcome
            {
                self.answers(&challenge.token, code);
            }
            self.acts(|| password().with_code(answer(Answer::parse(code))));
            self.steps_up(code);
        }
    }

    fn answers(&self, challenge: &Token<Challenge>, code: &str) {
        let (scene, mfa) = (&self.scene, self.mfa);
        let Some(Granted { outcome, then, .. }) = scene.run(mfa.answer_challenge(challenge, code))
        else {
            return;
        };
        assert_eq!(outcome.user, self.user);
        assert!(then.holds(|status| status.last_verified_at == Some(now())));
        let left = |status: &Status| {
            status
                .recovery_codes
                .as_ref()
                .map_or(0, |set| set.remaining)
        };
        if outcome.method == Method::RecoveryCode {
            let before = scene.status.as_ref().map(left);
            assert!(then.holds(|status| before == Some(left(status) + 1)));
            assert!(then.holds(|status| outcome.recovery_codes_remaining == left(status)));
        }
        for again in LIFE.proofs.iter().map(String::as_str).chain(["123456"]) {
            then.never(mfa.answer_challenge(challenge, again));
        }
        then.never(mfa.request_delayed_recovery(challenge));
    }

    fn acts(&self, proof: impl Fn() -> Reauthentication) {
        let (scene, mfa, user, id) = (&self.scene, self.mfa, &self.user, self.id);
        if let Some(disabled) = scene.run(mfa.disable_mfa(user, proof())) {
            self.dropped(&disabled.then);
            self.ends_now(&disabled.then, disabled.outcome.epoch);
            assert!(
                disabled
                    .then
                    .holds(|status| !status.enabled && status.recovery_codes.is_none())
            );
        }
        if let Some(removed) = scene.run(mfa.remove_authenticator(user, id, proof())) {
            self.dropped(&removed.then);
            assert!(removed.then.holds(|status| status.enabled));
        }
        if let Some(new) = scene.run(mfa.regenerate_recovery_codes(user, proof())) {
            let delivered = new.outcome.recovery_codes.deliver();
            // A damaged record may have no room for another spent token.
            if let Some(redeemed) = new.then.run(mfa.redeem_sheet(delivered.ticket())) {
                let sheet = redeemed.outcome.expose_text(&German);
                let mut codes = delivered.codes().iter();
                assert!(codes.all(|code| sheet.contains(code.expose().as_str())));
                redeemed.then.never(mfa.redeem_sheet(delivered.ticket()));
            }
            let all = |status: &Status| {
                let set = status.recovery_codes.as_ref();
                set.is_some_and(|set| usize::from(set.remaining) == delivered.codes().len())
            };
            assert!(new.then.holds(all));
        }
        if let Some(trusted) = scene.run(mfa.trust_device(user, "Browser", proof())) {
            let browser = self.presenting(&trusted.outcome.device.token);
            let login = trusted.then.run(browser.begin_login(user, password()));
            assert!(login.is_some_and(|login| is_by_device(&login.outcome)));
        }
        let replacement = NewAuthenticator::new("a").replacing(id);
        self.enrolls(scene.run(mfa.start_enrollment(user, "a", proof())));
        self.enrolls(scene.run(mfa.start_enrollment(user, replacement, proof())));
    }

    fn enrolls(&self, started: Option<Granted<'a, Setup>>) {
        let (mfa, scene) = (self.mfa, &self.scene);
        let Some(Granted { outcome, then, .. }) = started else {
            return;
        };
        then.never(mfa.confirm_enrollment(&outcome.token, NO_RECOVERY_CODE));
        let bound = then.run_even_locked(mfa.confirm_enrollment_without_code(&outcome.token));
        assert!(bound.is_none() || !self.is_enabled());
        let code = Totp::new(&outcome.secret, TotpParams::default()).code_at(now());
        let code = code.expose_digits();
        let bound = then.run(mfa.confirm_enrollment(&outcome.token, code.as_str()));
        let Some(bound) = bound else {
            return;
        };
        assert_eq!(bound.outcome.user, self.user);
        let count = |status: &Status| status.authenticators.len();
        let before = scene.status.as_ref().map_or(0, count);
        // A damaged record may contain the replaced authenticator several times.
        assert!(
            bound
                .then
                .holds(|status| (1..=before + 1).contains(&count(status)))
        );
        let again = mfa.confirm_enrollment(&outcome.token, code.as_str());
        bound.then.never(again);
    }

    fn steps_up(&self, code: &str) {
        let (scene, mfa, user) = (&self.scene, self.mfa, &self.user);
        let purpose = StepUpPurpose::Disable;
        let granted = scene.run(mfa.step_up(user, password(), code, purpose.clone()));
        let Some(Granted { outcome, then, .. }) = granted else {
            return;
        };
        then.never(mfa.redeem_step_up(user, &outcome.token, StepUpPurpose::Add));
        let by_token = || password().with_step_up(outcome.token.clone());
        then.never(mfa.regenerate_recovery_codes(user, by_token()));
        if let Some(disabled) = then.run(mfa.disable_mfa(user, by_token())) {
            assert!(disabled.then.holds(|status| !status.enabled));
        }
        let used = then.run(mfa.redeem_step_up(user, &outcome.token, purpose.clone()));
        if let Some(used) = used {
            used.then
                .never(mfa.redeem_step_up(user, &outcome.token, purpose));
            used.then.never(mfa.disable_mfa(user, by_token()));
        }
    }
}

//! Authenticators: enrolment, import, and operations that need a proof.

use countersign::account::{Completed, CompletedBy, Setup, StepUpPurpose};
use countersign::token::{EnrollmentGrant, Token};
use countersign::{Answer, FailedFirstFactor, Login, NewAuthenticator};

use super::{Play, another, wrong};
use crate::scene::Granted;
use crate::{NO_RECOVERY_CODE, answer, password};

impl<'a> Play<'a> {
    pub(super) fn enrollment(&self) {
        let (scene, mfa, user) = (&self.scene, self.mfa, &self.user);
        let forged = Token::<EnrollmentGrant>::from("cs1g_");
        scene.never(mfa.start_granted_enrollment(&forged, "a"));
        let replacement = NewAuthenticator::new("a").replacing(self.id);
        self.starts(scene.run(mfa.start_enrollment(user, "a", password())));
        self.starts(scene.run(mfa.start_enrollment(user, "a", wrong())));
        self.starts(scene.run(mfa.start_enrollment(user, replacement, wrong())));
        if let Some(bound) = scene.run(mfa.confirm_pending_enrollment(user, "123456")) {
            let then = bound.then;
            assert!(then.holds(|status| status.enabled && status.pending_until.is_none()));
        }
        scene.never(mfa.confirm_pending_enrollment(user, NO_RECOVERY_CODE));
        scene.never(mfa.confirm_pending_enrollment(user, Answer::email("00000000")));
        scene.never(mfa.confirm_pending_enrollment(user, Answer::resync("123456", "654321")));
        scene.run(mfa.cancel_enrollment(user));
        scene.run(mfa.rename_authenticator(user, self.id, "Phone"));
    }

    /// A first authenticator can be started without a code, and no other can.
    pub(super) fn starts(&self, started: Option<Granted<'a, Setup>>) {
        if let Some(Granted { outcome, .. }) = started {
            assert!(!self.is_enabled(), "another authenticator takes a code");
            assert!(!self.is_reset(), "after a reset it takes the mailed grant");
            // This scene has no such enrolment, so that the token names nothing.
            let confirmed = self.mfa.confirm_enrollment(&outcome.token, "123456");
            self.scene.never(confirmed);
        }
    }

    pub(super) fn sensitive_actions(&self) {
        let (scene, mfa, user) = (&self.scene, self.mfa, &self.user);
        let by_email = || password().with_code(answer(Answer::email("00000000")));
        let no_password = || FailedFirstFactor.with_code(answer(Answer::parse("123456")));
        let forged = || password().with_step_up(Token::from("cs1s_"));
        for no_proof in [wrong, by_email, no_password, forged] {
            scene.never(mfa.disable_mfa(user, no_proof()));
            scene.never(mfa.trust_device(user, "Browser", no_proof()));
        }
        scene.never(mfa.regenerate_recovery_codes(user, wrong()));
        scene.never(mfa.remove_authenticator(user, self.id, wrong()));
        let purpose = StepUpPurpose::Devices;
        scene.never(mfa.step_up(user, password(), NO_RECOVERY_CODE, purpose.clone()));
        scene.never(mfa.redeem_step_up(user, &Token::from("cs1s_"), purpose.clone()));
        if let Some(granted) = scene.run(mfa.step_up(user, password(), "123456", purpose)) {
            let proof = password().with_step_up(granted.outcome.token);
            // The purpose is another one.
            granted.then.never(mfa.disable_mfa(user, proof));
        }
    }

    pub(super) fn import(&self) {
        let (scene, mfa, user) = (&self.scene, self.mfa, &self.user);
        if let Some(imported) = scene.run(mfa.import(user, another())) {
            assert!(!self.is_reset());
            let then = imported.then;
            assert!(then.holds(|status| status.enabled && status.pending_until.is_none()));
            then.never(mfa.import(user, another()));
            let login = then.run(mfa.begin_login(user, password()));
            let login = login.map(|login| login.outcome);
            assert!(!matches!(
                login,
                Some(Login::Completed(Completed {
                    by: CompletedBy::NotEnrolled { .. },
                    ..
                }))
            ));
        }
    }
}

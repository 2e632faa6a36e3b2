//! The two-step login, and trusted devices.

use countersign::account::{Completed, CompletedBy};
use countersign::id::DeviceId;
use countersign::notify::{ConfirmedAddress, Destination};
use countersign::token::{Challenge, Device, Token};
use countersign::{Answer, Denial, Login, Mfa, RequestContext, Status};

use super::{Play, device, is_by_device};
use crate::records::LIFE;
use crate::scene::Scene;
use crate::{NO_RECOVERY_CODE, now, password};

impl<'a> Play<'a> {
    pub(super) fn login(&self) {
        let (scene, mfa) = (&self.scene, self.mfa);
        let (enabled, reset) = (self.is_enabled(), self.is_reset());
        let login = scene.run(mfa.begin_login(&self.user, password()));
        assert_eq!(
            login.is_some(),
            scene.is_readable() && !scene.is_locked(),
            "a record is read or it is an error"
        );
        match login.map(|granted| granted.outcome) {
            Some(Login::Completed(Completed {
                by: CompletedBy::NotEnrolled { .. },
                ..
            })) => assert!(!enabled && !reset),
            Some(Login::EnrollmentRequired(grant)) => {
                assert!(!enabled && !reset);
                self.starts(scene.run(mfa.start_granted_enrollment(&grant, "a")));
            }
            Some(Login::PasswordChangeRequired) => assert!(enabled && !reset),
            Some(Login::ResetPending) => assert!(reset),
            Some(Login::Challenge(challenge)) => {
                assert!(enabled && !reset);
                self.challenge(&challenge.token);
            }
            other => assert!(other.is_none(), "no device was presented"),
        }
        scene.run(mfa.begin_login_enrolled(&self.user, password()));
    }

    pub(super) fn challenge(&self, challenge: &Token<Challenge>) {
        let (scene, mfa) = (&self.scene, self.mfa);
        for answer in [
            Answer::recovery_code(NO_RECOVERY_CODE),
            Answer::resync("123456", "654321"),
            Answer::email("00000000"),
            Answer::email("1234567"),
        ] {
            let answer = answer.map(|answer| answer.trust_device("Browser"));
            let then = scene.never(mfa.answer_challenge(challenge, answer.clone()));
            let (again, _) = then.refused(mfa.answer_challenge(challenge, answer));
            assert_ne!(
                again.denial(),
                Some(Denial::TokenSpent),
                "a wrong code spends no token"
            );
        }
        let (error, then) = scene.refused(mfa.answer_challenge(challenge, "not a code"));
        assert_eq!(error.denial(), Some(Denial::MalformedCode));
        assert_eq!(then.stored, scene.stored, "it is no attempt");

        // The key belongs to the user, but a changed period or length may make any code right.
        let trusting = Answer::totp("123456").map(|answer| answer.trust_device("Browser"));
        scene.run(mfa.answer_challenge(challenge, trusting));
        scene.run(mfa.cancel_login(challenge));

        let address = ConfirmedAddress::attested("alice@example.com");
        if let Some(sent) = scene.run(mfa.send_code(challenge, Destination::Email(&address))) {
            sent.then
                .never(mfa.send_code(challenge, Destination::Email(&address)));
            sent.then
                .never(mfa.answer_challenge(challenge, Answer::email("00000000")));
        }
        if let Some(requested) = scene.run(mfa.request_delayed_recovery(challenge)) {
            assert!(scene.holds(|status| status.delayed_recovery.is_none()));
            self.requested(&requested);
        }
        if let Some(completed) = scene.run(mfa.complete_delayed_recovery(challenge)) {
            let open = |status: &Status| {
                let recovery = status.delayed_recovery.as_ref();
                recovery.is_some_and(|one| one.effective_at <= now() && now() < one.open_until)
            };
            assert!(scene.holds(open), "completed before its time");
            self.completed(&completed);
        }
    }

    /// A device passes once by each of its tokens. A repeated token ends the trust.
    pub(super) fn login_by_device(&self) {
        let scene = &self.scene;
        self.comes_by_device(scene, |login| {
            let Some(device) = device(login) else { return };
            let trusted = |status: &Status| {
                let mut devices = status.trusted_devices.iter();
                devices.any(|one| one.id == device.id)
            };
            assert!(self.is_enabled() && !self.is_reset() && scene.holds(trusted));
            assert!(scene.holds(|status| status.delayed_recovery.is_none()));
        });
        let Some(first) = scene.run(
            self.presenting(&LIFE.device)
                .begin_login(&self.user, password()),
        ) else {
            return;
        };
        let Some(device) = device(&first.outcome) else {
            return;
        };
        let next = self.presenting(&device.token);
        let second = first.then.run(next.begin_login(&self.user, password()));
        let second = second.expect("the successor passes");
        assert!(is_by_device(&second.outcome));
        self.comes_by_device(&second.then, |login| {
            assert!(!is_by_device(login), "a copy passed");
        });
    }

    pub(super) fn comes_by_device(&self, scene: &Scene<'_>, judge: impl FnOnce(&Login)) {
        if let Some(granted) = scene.run(
            self.presenting(&LIFE.device)
                .begin_login(&self.user, password()),
        ) {
            judge(&granted.outcome);
        }
    }

    pub(super) fn devices(&self) {
        let (scene, mfa, user) = (&self.scene, self.mfa, &self.user);
        let status = scene.status.as_ref();
        let device = status.and_then(|status| status.trusted_devices.first());
        if let Some(device) = device {
            let revoked = scene.run(mfa.revoke_device(user, device.id));
            assert_eq!(revoked.is_some(), !scene.is_locked());
            let gone = |status: &Status| {
                let mut devices = status.trusted_devices.iter();
                devices.all(|left| left.id != device.id)
            };
            assert!(revoked.is_none_or(|revoked| revoked.then.holds(gone)));
        } else {
            let nobody: DeviceId = "AAAAAAAAAAAAAAAA".parse().expect("an id");
            scene.run(mfa.revoke_device(user, nobody));
        }
        let revoked = scene.run(mfa.revoke_devices(user));
        assert_eq!(
            revoked.is_some(),
            scene.is_readable() && !scene.is_locked(),
            "taking trust away needs no proof"
        );
        if let Some(revoked) = revoked {
            assert!(
                revoked
                    .then
                    .holds(|status| status.trusted_devices.is_empty())
            );
            self.comes_by_device(&revoked.then, |login| {
                assert!(!is_by_device(login));
            });
        }
    }

    pub(super) fn presenting(&self, device: &Token<Device>) -> Mfa {
        self.mfa
            .with_context(RequestContext::new().device(device.clone()))
    }
}

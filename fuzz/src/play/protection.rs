//! Locks, resets, and operations that begin an epoch.

use std::time::Duration;

use countersign::account::{Administrator, EnrollmentOrigin, SessionEffect};
use countersign::token::{LockAccount, Token};
use countersign::{Login, Status};
use pollster::block_on;

use super::{Play, RANDOM, all_done, another, because, is_by_device};
use crate::scene::{Granted, Scene};
use crate::{now, password};

impl<'a> Play<'a> {
    pub(super) fn locks(&self) {
        let (scene, mfa, user) = (&self.scene, self.mfa, &self.user);
        scene.never(mfa.lock_account_by_token(&Token::<LockAccount>::from("cs1l_")));
        scene.never(mfa.admin_lock_account(user, Administrator::new("root").because(" ")));
        scene.never(mfa.admin_unlock_account(user, Administrator::new("").because("a call")));
        let unlocked = scene.run_even_locked(mfa.admin_unlock_account(user, because()));
        assert_eq!(unlocked.is_some(), scene.is_readable());
        let lifted = |status: &Status| status.locked_at.is_none();
        assert!(unlocked.is_none_or(|unlocked| unlocked.then.holds(lifted)));

        let by_administrator = scene.run_even_locked(mfa.admin_lock_account(user, because()));
        let by_owner = scene.run_even_locked(mfa.lock_account(user));
        for locked in [by_administrator, by_owner] {
            assert_eq!(locked.is_some(), scene.is_readable());
            let Some(Granted { outcome, then, .. }) = locked else {
                continue;
            };
            assert_eq!(outcome.effect, SessionEffect::EndAll);
            assert!(then.is_locked());
            if !scene.is_locked() {
                self.dropped(&then);
            }
            assert!(then.run(mfa.begin_login(user, password())).is_none());
            let unlocked = then.run_even_locked(mfa.admin_unlock_account(user, because()));
            let unlocked = unlocked.expect("an administrator unlocks");
            for event in &unlocked.events {
                let mut earlier = event.clone();
                earlier.at = now() - Duration::from_secs(1);
                let links = mfa.links_for(&earlier).expect(RANDOM);
                let token = links.lock.expect("it can be locked again");
                unlocked.then.never(mfa.lock_account_by_token(&token));
            }
        }
    }

    /// Checks that a new epoch dropped the state of the old one.
    pub(super) fn dropped(&self, then: &Scene<'_>) {
        assert!(then.holds(|status| {
            status.trusted_devices.is_empty()
                && status.pending_until.is_none()
                && status.delayed_recovery.is_none()
        }));
        let epoch = |scene: &Scene<'_>| scene.status.as_ref().map(|status| status.epoch);
        assert_ne!(epoch(then), epoch(&self.scene));
        self.comes_by_device(then, |login| {
            assert!(!is_by_device(login));
        });
    }

    pub(super) fn reset(&self) {
        let (scene, mfa, user) = (&self.scene, self.mfa, &self.user);
        let reset = scene.run_even_locked(mfa.admin_reset_account(user, because()));
        assert_eq!(reset.is_some(), self.is_enabled() || self.is_reset());
        let Some(Granted { then, events, .. }) = reset else {
            return;
        };
        self.dropped(&then);
        assert!(then.holds(|status| {
            status.reset_pending && !status.enabled && status.recovery_codes.is_none()
        }));
        if let Some(login) = then.run(mfa.begin_login(user, password())) {
            assert!(matches!(login.outcome, Login::ResetPending));
        }
        then.never(mfa.start_enrollment(user, "a", password()));
        then.never(mfa.import(user, another()));
        for event in &events {
            let links = mfa.links_for(event).expect(RANDOM);
            if let Some(grant) = links.enroll {
                // The unchanged record has no reset, or another one.
                scene.never(mfa.start_granted_enrollment(&grant, "a"));
                let started = then.run(mfa.start_granted_enrollment(&grant, "a"));
                self.comes_back(started, EnrollmentOrigin::Reset);
            }
        }
    }

    /// A changed password, other master keys, and erasure.
    pub(super) fn lifecycle(&self) {
        let (scene, mfa, user) = (&self.scene, self.mfa, &self.user);
        scene.run_even_locked(async {
            let report = scene.world.directory.reseal_all().await?;
            all_done(&report.failed)
        });
        // The id of the key precedes the sealed data.
        let usage = block_on(scene.world.directory.key_usage());
        let unreadable = usage.expect("a store that answers").unreadable;
        assert!(unreadable.is_empty());

        let mut lock = None;
        let changed = scene.run_even_locked(mfa.password_changed(user));
        assert_eq!(changed.is_some(), scene.is_readable());
        if let Some(Granted { then, events, .. }) = changed {
            self.dropped(&then);
            let factors = |scene: &Scene<'_>| {
                let status = scene.status.clone();
                status.map(|status| {
                    (
                        status.authenticators,
                        status.recovery_codes,
                        status.locked_at,
                    )
                })
            };
            assert_eq!(factors(&then), factors(scene), "the factors stay");
            for event in &events {
                let links = mfa.links_for(event).expect(RANDOM);
                let token = links.lock.expect("it can be locked");
                // A damaged record may treat the token as expired.
                if let Some(locked) = then.run_even_locked(mfa.lock_account_by_token(&token)) {
                    assert!(locked.then.is_locked());
                    assert_eq!(locked.outcome.user, *user);
                    assert_eq!(locked.outcome.sessions.effect, SessionEffect::EndAll);
                    self.ends_now(&locked.then, locked.outcome.sessions.epoch);
                }
                lock = Some(token);
            }
        }

        let erased = scene.run_even_locked(mfa.erase_user(user));
        assert_eq!(erased.is_some(), scene.is_readable());
        if let Some(Granted { then, .. }) = erased {
            self.dropped(&then);
            assert!(then.holds(|status| {
                !status.enabled
                    && !status.reset_pending
                    && status.recovery_codes.is_none()
                    && status.locked_at.is_none()
            }));
            if let Some(lock) = lock {
                then.never(mfa.lock_account_by_token(&lock));
            }
        }
    }
}

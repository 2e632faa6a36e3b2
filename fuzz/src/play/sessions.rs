//! Ended sessions, and a record from a backup.

use std::fmt::Debug;

use countersign::store::Stored;
use countersign::{Denial, Epoch, Error, Mfa, RequestContext};

use super::{Play, because, is_by_device, wrong};
use crate::records::{self, LIFE};
use crate::scene::Scene;
use crate::{NOW, password};

impl<'a> Play<'a> {
    /// A session of another epoch is refused, and a session ends with its epoch.
    pub(super) fn sessions(&self) {
        let (scene, user) = (&self.scene, &self.user);
        let Some(status) = &scene.status else {
            return;
        };
        let Some(epoch) = status.epoch else { return };
        let over = self.acting(Epoch::from_u64(epoch.as_u64() ^ 1));
        self.ended(over.begin_login(user, password()));
        self.ended(over.start_enrollment(user, "a", password()));
        self.ended(over.confirm_pending_enrollment(user, "123456"));
        self.ended(over.cancel_enrollment(user));
        self.ended(over.rename_authenticator(user, self.id, "Phone"));
        self.ended(over.remove_authenticator(user, self.id, wrong()));
        self.ended(over.regenerate_recovery_codes(user, wrong()));
        self.ended(over.trust_device(user, "Browser", wrong()));
        self.ended(over.revoke_devices(user));
        self.ended(over.disable_mfa(user, wrong()));
        self.ended(over.cancel_delayed_recovery(user));
        self.ended(over.password_changed(user));
        self.ended(over.lock_account(user));
        self.ended(over.admin_reset_account(user, because()));
        self.ended(over.admin_lock_account(user, because()));
        self.ended(over.admin_unlock_account(user, because()));
        self.ended(over.erase_user(user));

        let acting = self.acting(epoch);
        let login = scene.run(acting.begin_login(user, password()));
        assert_eq!(login.is_some(), !scene.is_locked());
        let changed = scene.run_even_locked(acting.password_changed(user));
        let changed = changed.expect("the session is good");
        self.ends_now(&changed.then, changed.outcome.epoch);
        let locked = scene.run_even_locked(acting.lock_account(user));
        let locked = locked.expect("the session is good");
        if !scene.is_locked() {
            self.ends_now(&locked.then, locked.outcome.epoch);
        }
    }

    /// The continuing epoch is valid, and the earlier session has ended.
    pub(super) fn ends_now(&self, then: &Scene<'_>, goes_on: Epoch) {
        assert!(then.holds(|status| status.honors(goes_on)));
        if let Some(epoch) = self.scene.status.as_ref().and_then(|status| status.epoch) {
            let before = self.acting(epoch);
            let (error, _) = then.refused(before.lock_account(&self.user));
            assert_eq!(error.denial(), Some(Denial::SessionEnded));
        }
    }

    fn ended<T: Debug>(&self, operation: impl Future<Output = Result<T, Error>>) {
        let (error, then) = self.scene.refused(operation);
        assert_eq!(error.denial(), Some(Denial::SessionEnded));
        assert_eq!(then.status, self.scene.status, "it changes nothing");
    }

    fn acting(&self, epoch: Epoch) -> Mfa {
        self.mfa.with_context(RequestContext::new().session(epoch))
    }

    /// After a restoration, all earlier sessions and tokens have ended, whichever operation comes
    /// first.
    pub(super) fn restored(&self) {
        let restored = &self.scene.world.restored;
        let browser = restored.with_context(RequestContext::new().device(LIFE.device.clone()));
        for service in [restored, &browser] {
            let Some(login) = self.scene.run(service.begin_login(&self.user, password())) else {
                continue;
            };
            if is_of_a_backup(&self.scene.stored) {
                assert!(!is_by_device(&login.outcome));
                self.dropped(&login.then);
                let again = login.then.run(service.begin_login(&self.user, password()));
                let again = again.expect("it can be read");
                assert_eq!(again.then.stored, login.then.stored, "once is enough");
            }
        }
    }
}

fn is_of_a_backup(stored: &Stored) -> bool {
    records::opened(stored)["3"].as_u64() < Some(NOW)
}

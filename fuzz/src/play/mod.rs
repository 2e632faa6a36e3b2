//! Every operation on a record, and its result on any record.

mod factors;
mod login;
mod proofs;
mod protection;
mod recovery;
mod sessions;

use countersign::account::{
    Administrator, Completed, CompletedBy, Import, Intervention, Reauthentication, RecordError,
    TrustedDevice,
};
use countersign::id::AuthenticatorId;
use countersign::otp::TotpParams;
use countersign::secret::Secret;
use countersign::{Answer, Error, Login, Mfa, UserId};

use crate::scene::Scene;
use crate::{NO_RECOVERY_CODE, answer, password, user};

const RANDOM: &str = "the random numbers do not end";

/// A record, with a service and a user.
pub struct Play<'a> {
    scene: Scene<'a>,
    mfa: &'a Mfa,
    user: UserId,
    /// An authenticator of the record, or an id that none has.
    id: AuthenticatorId,
}

impl<'a> Play<'a> {
    pub fn of(scene: Scene<'a>) -> Self {
        let status = scene.status.as_ref();
        let first = status.and_then(|status| status.authenticators.first());
        let nobody = || "AAAAAAAAAAAAAAAA".parse().expect("an id");
        Self {
            mfa: &scene.world.mfa,
            user: user(),
            id: first.map_or_else(nobody, |one| one.id),
            scene,
        }
    }

    pub fn every_operation(&self) {
        self.login();
        self.login_by_device();
        self.enrollment();
        self.sensitive_actions();
        self.right_proofs();
        self.devices();
        self.recovery();
        self.locks();
        self.reset();
        self.import();
        self.lifecycle();
        self.sessions();
        self.restored();
    }

    fn is_enabled(&self) -> bool {
        self.scene.holds(|status| status.enabled)
    }

    fn is_reset(&self) -> bool {
        self.scene.holds(|status| status.reset_pending)
    }
}

fn wrong() -> Reauthentication {
    password().with_code(answer(Answer::parse(NO_RECOVERY_CODE)))
}

fn because() -> Intervention {
    Administrator::new("root").because("a call")
}

/// Turns the failed users of a report into an error.
fn all_done(failed: &[UserId]) -> Result<(), Error> {
    match failed {
        [] => Ok(()),
        _ => Err(Error::Record(RecordError::Unreadable)),
    }
}

/// An authenticator that no record has.
fn another() -> Import {
    let secret = Secret::from_bytes(&[0xa5; 20]).expect("it is long enough");
    Import::totp(secret, TotpParams::default())
}

/// The trusted device that replaced the second step.
fn device(login: &Login) -> Option<&TrustedDevice> {
    match login {
        Login::Completed(Completed {
            by: CompletedBy::Remembered(device),
            ..
        }) => Some(device),
        _ => None,
    }
}

fn is_by_device(login: &Login) -> bool {
    device(login).is_some()
}

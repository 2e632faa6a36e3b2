//! Records: whatever a store hands out, no operation panics, nothing is granted without a proof, and what is committed
//! can be read again.
//!
//! An input that begins with `{` is a record as it stands; any other changes parts of a valid one.
#![no_main]

use std::convert::Infallible;
use std::fmt::Debug;
use std::sync::LazyLock;

use countersign::recovery::RecoveryPolicy;
use countersign::store::Stored;
use countersign::store::Version;
use countersign::token::EnrollmentGrant;
use countersign::token::Token;
use countersign::{
    AuthenticatorId, Error, Login, Mfa, NewAuthenticator, PasswordCheck, Policy, Status,
    StepUpPurpose,
};
use countersign_fuzz::corrupt::{self, Choices};
use countersign_fuzz::records::{self, OneRecord};
use countersign_fuzz::{NO_RECOVERY_CODE, mfa, password, policy, user};
use libfuzzer_sys::fuzz_target;
use pollster::block_on;

static VALID: LazyLock<serde_json::Value> = LazyLock::new(|| {
    serde_json::from_slice(records::valid().record.as_bytes()).expect("a record is JSON")
});
static WORLDS: LazyLock<[World; 2]> = LazyLock::new(|| {
    let other = policy()
        .require(true)
        .codeless_enrollment(true)
        .recovery(RecoveryPolicy::standard().letters(32).count(16));
    [World::new(policy()), World::new(other)]
});
/// Looks at what was committed.
static READER: LazyLock<World> = LazyLock::new(|| World::new(policy()));

struct World {
    mfa: Mfa<OneRecord>,
    store: OneRecord,
}

fuzz_target!(|data: &[u8]| {
    let bytes = match data {
        [b'{', ..] => data.to_vec(),
        _ => corrupt::json(VALID.clone(), &mut Choices(data))
            .to_string()
            .into_bytes(),
    };
    let version = records::version_of(&bytes);
    // Both policies at once would halve the speed.
    let world = &WORLDS[data.len() % 2];
    world.store.put(version, &bytes);
    world.every_operation();
    world.store.put(other_than(version), &bytes);
    assert!(world.status().is_none(), "a version that is not its own");
});

impl World {
    fn new(policy: Policy) -> Self {
        let store = OneRecord::default();
        let mfa = mfa(store.clone(), policy);
        Self { mfa, store }
    }

    fn every_operation(&self) {
        let (mfa, user) = (&self.mfa, user());
        let status = self.status();
        let readable = status.is_some();
        let enabled = status.as_ref().is_some_and(|status| status.enabled);
        let id = status.map_or_else(
            || "AAAAAAAAAAAAAAAA".parse().expect("an id"),
            |status| first(&status),
        );
        let wrong = || password().with_code(NO_RECOVERY_CODE);
        let no_password = || PasswordCheck::failed().with_code("123456");

        let login = self.run(mfa.begin_login(&user));
        assert_eq!(
            login.is_some(),
            readable,
            "a record is read or it is an error"
        );
        match login {
            Some(Login::NotRequired(_)) => assert!(!enabled),
            Some(Login::EnrollmentRequired(grant)) => {
                assert!(!enabled);
                self.run(mfa.start_granted_enrollment(&grant, "a"));
            }
            Some(Login::Challenge(challenge)) => {
                assert!(enabled);
                for answer in [NO_RECOVERY_CODE, "not a code"] {
                    self.never(mfa.answer(&challenge.token, answer));
                }
                // A key that opens is the user's own, but a changed period or length may make any code the right one.
                self.run(mfa.answer(&challenge.token, "123456"));
                self.run(mfa.abandon(&challenge.token));
            }
            _ => {}
        }
        self.run(mfa.begin_login_enrolled(&user));
        self.never(mfa.start_granted_enrollment(&Token::<EnrollmentGrant>::from("cs1g_"), "a"));

        let replacement = NewAuthenticator::new("a").replacing(id);
        for setup in [
            self.run(mfa.start_enrollment(&user, "a", password())),
            self.run(mfa.start_enrollment(&user, "a", wrong())),
            self.run(mfa.start_enrollment(&user, replacement, wrong())),
        ]
        .into_iter()
        .flatten()
        {
            assert!(!enabled, "another authenticator takes a code");
            // The store did not keep it, so what the token names is not there.
            self.never(mfa.confirm_enrollment(&setup.token, "123456"));
        }
        self.run(mfa.confirm_pending(&user, "123456"));
        self.never(mfa.confirm_pending(&user, NO_RECOVERY_CODE));
        self.run(mfa.cancel_enrollment(&user));

        self.never(mfa.disable(&user, wrong()));
        self.never(mfa.disable(&user, no_password()));
        self.never(mfa.disable(&user, password().with_step_up(Token::from("cs1s_"))));
        self.never(mfa.regenerate_recovery_codes(&user, wrong()));
        self.never(mfa.remove_authenticator(&user, id, wrong()));
        let purpose = StepUpPurpose::Disable;
        self.never(mfa.step_up(&user, password(), NO_RECOVERY_CODE, purpose.clone()));
        self.never(mfa.redeem_step_up(&user, &Token::from("cs1s_"), purpose));

        self.run(mfa.rename_authenticator(&user, id, "Phone"));
        let changed = self.run(mfa.password_changed(&user)).is_some();
        assert_eq!(changed, readable);
        self.run(mfa.erase(&user));
    }

    fn status(&self) -> Option<Status> {
        block_on(self.mfa.status(&user())).ok()
    }

    /// Runs an operation. What it committed reads back, by its own version.
    fn run<T>(&self, operation: impl Future<Output = Result<T, Error<Infallible>>>) -> Option<T> {
        let outcome = block_on(operation);
        if let Some(Stored { version, record }) = self.store.take_committed() {
            READER.store.put(version, record.as_bytes());
            assert!(READER.status().is_some(), "committed and not readable");
        }
        outcome.ok()
    }

    /// Runs an operation that no record must make succeed.
    fn never<T: Debug>(&self, operation: impl Future<Output = Result<T, Error<Infallible>>>) {
        let granted = self.run(operation);
        assert!(granted.is_none(), "granted without a proof: {granted:?}");
    }
}

fn first(status: &Status) -> AuthenticatorId {
    match status.authenticators.first() {
        Some(authenticator) => authenticator.id,
        None => "AAAAAAAAAAAAAAAA".parse().expect("an id"),
    }
}

fn other_than(version: Version) -> Version {
    Version::from_i64(version.as_i64() ^ 1)
}

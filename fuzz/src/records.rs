//! Records as a damaged or hostile store would hand them out.

use std::convert::Infallible;
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use countersign::otp::{Totp, TotpParams};
use countersign::recovery::RecoveryCode;
use countersign::recovery::RecoveryCodes;
use countersign::secret::Secret;
use countersign::store::{Change, Committed, Expected, MemoryStoreError, Stored};
use countersign::store::{MemoryStore, Record, UserStore, Version};
use countersign::time::Timestamp;
use countersign::{Error, Login, NewAuthenticator, UserId};
use pollster::block_on;

use crate::{NO_RECOVERY_CODE, mfa, now, password, policy, user};

/// A store that hands out one and the same record to everybody and keeps no commit but the last, for looking at.
#[derive(Clone, Default)]
pub struct OneRecord(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    stored: Option<Stored>,
    committed: Option<Stored>,
}

impl OneRecord {
    pub fn new(stored: Stored) -> Self {
        let store = Self::default();
        store.state().stored = Some(stored);
        store
    }

    pub fn put(&self, version: Version, bytes: &[u8]) {
        let record = Record::from_bytes(bytes);
        let mut state = self.state();
        state.stored = Some(Stored { version, record });
        state.committed = None;
    }

    /// What was committed since the last [`put`](Self::put) or `take`.
    pub fn take_committed(&self) -> Option<Stored> {
        self.state().committed.take()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing can be half done in there.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl UserStore for OneRecord {
    type Error = Infallible;

    async fn load(&self, _: &UserId) -> Result<Option<Stored>, Infallible> {
        Ok(self.state().stored.clone())
    }

    async fn commit(&self, change: Change<'_>) -> Result<Committed, Infallible> {
        let mut state = self.state();
        let stands_at = state.stored.as_ref().map(|stored| stored.version);
        assert_eq!(
            change.expected,
            stands_at.map_or(Expected::Absent, Expected::At),
            "a commit names the version that was read"
        );
        state.committed = Some(Stored {
            version: change.version,
            record: change.record.clone(),
        });
        Ok(Committed::Done)
    }
}

/// The version that wrote a record, if it can be told; else any.
pub fn version_of(bytes: &[u8]) -> Version {
    let document: serde_json::Value = serde_json::from_slice(bytes).unwrap_or_default();
    let version = document["versions"][0].as_u64().unwrap_or(1);
    Version::from_i64(version.cast_signed())
}

/// The record of a user with two authenticators, a third one pending, nine recovery codes left, and a failure on each
/// factor.
pub fn valid() -> Stored {
    block_on(enroll()).expect("each step is allowed")
}

async fn enroll() -> Result<Stored, Error<MemoryStoreError>> {
    let store = Arc::new(MemoryStore::new());
    let (mfa, user) = (mfa(Arc::clone(&store), policy()), user());

    let setup = mfa
        .start_enrollment(&user, "alice@example.com", password())
        .await?;
    let code = code_at(&setup.secret, now());
    let enrolled = mfa.confirm_enrollment(&setup.token, code.as_str()).await?;
    let codes = enrolled.recovery_codes.map(RecoveryCodes::deliver);
    let codes: Vec<_> = codes
        .iter()
        .flat_map(|delivered| delivered.codes())
        .map(RecoveryCode::expose)
        .collect();

    // The clock stands still, so the code of the next step is what is left of this authenticator.
    let next = now() + Duration::from_secs(30);
    let proof = password().with_code(code_at(&setup.secret, next).as_str());
    let tablet = NewAuthenticator::new("alice@example.com").label("Tablet");
    let second = mfa.start_enrollment(&user, tablet, proof).await?;
    let code = code_at(&second.secret, now());
    mfa.confirm_enrollment(&second.token, code.as_str()).await?;

    let proof = password().with_code(codes[3].as_str());
    mfa.start_enrollment(&user, "alice@example.com", proof)
        .await?;
    for wrong in ["not a code", NO_RECOVERY_CODE] {
        if let Login::Challenge(challenge) = mfa.begin_login(&user).await? {
            assert!(mfa.answer(&challenge.token, wrong).await.is_err());
        }
    }
    let stored = store.load(&user).await.map_err(Error::Store)?;
    Ok(stored.expect("the user was just enrolled"))
}

fn code_at(secret: &Secret, time: Timestamp) -> impl Deref<Target = String> {
    Totp::new(secret, TotpParams::default())
        .code_at(time)
        .expose_digits()
}

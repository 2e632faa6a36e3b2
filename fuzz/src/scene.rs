//! A record, the operations on it, and the rules that hold for each operation on any record.

use std::fmt::Debug;

use countersign::account::Method;
use countersign::event::{Event, EventKind};
use countersign::notify::Link;
use countersign::store::Stored;
use countersign::words::German;
use countersign::{Directory, Error, Mfa, Policy, Status};
use pollster::block_on;

use crate::records::{Commit, OneRecord};
use crate::{builder, cbor, decoded, keys, now, other, user};

/// A service, and the store with the record of a scene.
pub struct World {
    pub mfa: Mfa,
    pub directory: Directory,
    /// The service, with a restoration of the database just now.
    pub restored: Mfa,
    store: OneRecord,
}

/// A record in a world. Each operation starts from this record, whatever earlier operations did.
pub struct Scene<'a> {
    pub world: &'a World,
    pub stored: Stored,
    /// `None` if the record cannot be read.
    pub status: Option<Status>,
}

/// The result of a successful operation, and the record after it.
pub struct Granted<'a, T> {
    pub outcome: T,
    pub then: Scene<'a>,
    pub events: Vec<Event>,
}

type Outcome<T> = Result<T, Error>;

impl World {
    pub fn new(policy: Policy) -> Self {
        let store = OneRecord::default();
        let restored = builder(store.clone(), policy.clone(), 2).restored_at(now());
        let service = builder(store.clone(), policy, 1).build_with_directory();
        let (mfa, directory) = service.expect("the policy is sound");
        Self {
            mfa,
            directory,
            restored: restored.build().expect("the policy is sound"),
            store,
        }
    }

    pub fn scene(&self, stored: Stored) -> Scene<'_> {
        self.store.put(stored.clone());
        let status = block_on(self.mfa.status(&user())).ok();
        Scene {
            world: self,
            stored,
            status,
        }
    }
}

impl<'a> Scene<'a> {
    pub fn is_readable(&self) -> bool {
        self.status.is_some()
    }

    pub fn is_locked(&self) -> bool {
        self.holds(|status| status.locked_at.is_some())
    }

    /// Whether the record can be read and its status fulfils the condition.
    pub fn holds(&self, is_so: impl FnOnce(&Status) -> bool) -> bool {
        self.status.as_ref().is_some_and(is_so)
    }

    /// Runs an operation that a locked account refuses.
    pub fn run<T>(&self, operation: impl Future<Output = Outcome<T>>) -> Option<Granted<'a, T>> {
        let granted = self.run_even_locked(operation);
        assert!(
            granted.is_none() || !self.is_locked(),
            "granted though locked"
        );
        granted
    }

    /// Runs an operation. An unreadable record grants nothing, a commit reads back, and a refusal
    /// changes only the counters.
    pub fn run_even_locked<T>(
        &self,
        operation: impl Future<Output = Outcome<T>>,
    ) -> Option<Granted<'a, T>> {
        let (outcome, then, events) = self.observe(operation);
        let outcome = outcome.ok()?;
        Some(Granted {
            outcome,
            then,
            events,
        })
    }

    /// Runs an operation that must not succeed on any record. Returns the record after it.
    pub fn never<T: Debug>(&self, operation: impl Future<Output = Outcome<T>>) -> Self {
        self.refused(operation).1
    }

    /// Runs an operation that must not succeed. Returns the error and the record after it.
    pub fn refused<T: Debug>(&self, operation: impl Future<Output = Outcome<T>>) -> (Error, Self) {
        let (outcome, then, _) = self.observe(operation);
        (outcome.expect_err("granted without a proof"), then)
    }

    fn observe<T>(
        &self,
        operation: impl Future<Output = Outcome<T>>,
    ) -> (Outcome<T>, Self, Vec<Event>) {
        self.world.store.put(self.stored.clone());
        let outcome = block_on(operation);
        let (then, events) = match self.world.store.take_committed() {
            Some(commit) => self.committed(commit),
            None => (self.again(), Vec::new()),
        };
        assert_eq!(
            self.is_readable(),
            then.is_readable(),
            "committed and not readable"
        );
        self.tell_all(&events);
        match &outcome {
            Ok(_) => assert!(
                self.is_readable(),
                "granted by a record that cannot be read"
            ),
            Err(_) => assert_eq!(self.unmoved(), then.unmoved(), "refused and changed"),
        }
        (outcome, then, events)
    }

    /// Checks that a commit is written in its only form, and that its columns match its account.
    fn committed(&self, commit: Commit) -> (Self, Vec<Event>) {
        let Commit {
            stored,
            summary,
            events,
        } = commit;
        let opened = keys().open_record(&user(), &stored);
        let written = decoded(&stored).map(|decoded| decoded.write());
        assert_eq!(written.as_deref(), opened.as_deref().map(Vec::as_slice));
        let then = self.world.scene(stored);
        if let Some(status) = &then.status {
            let remaining = status
                .recovery_codes
                .as_ref()
                .map_or(0, |set| set.remaining);
            assert_eq!(summary.enabled, status.enabled);
            assert_eq!(summary.confirmed_at, status.confirmed_at);
            assert_eq!(summary.last_verified_at, status.last_verified_at);
            assert_eq!(summary.recovery_codes_remaining, remaining);
            assert_eq!(summary.locked, status.locked_at.is_some());
            assert_eq!(summary.reset_pending, status.reset_pending);
            let method = |method| summary.methods.contains(method);
            let bound = status.authenticators.iter().all(|one| method(one.method));
            assert!(bound && method(Method::RecoveryCode) == (remaining > 0));
        }
        (then, events)
    }

    fn again(&self) -> Self {
        Self {
            world: self.world,
            stored: self.stored.clone(),
            status: self.status.clone(),
        }
    }

    /// The status without the parts that a failed proof may change: the delayed recovery, the
    /// attempts of a pending enrolment, and what so many failures block.
    fn unmoved(&self) -> Option<Status> {
        let mut status = self.status.clone()?;
        status.delayed_recovery = None;
        status.blocked.clear();
        status.password_change_required = false;
        status.pending_until = None;
        Some(status)
    }

    /// Checks that an event can be stored and told.
    fn tell(&self, event: &Event) {
        let kept = serde_json::to_string(event).expect("an event is JSON");
        assert_eq!(
            serde_json::from_str::<Event>(&kept).ok().as_ref(),
            Some(event)
        );
        let mfa = &self.world.mfa;
        let links = mfa.links_for(event).expect("the random numbers do not end");
        let is_lockable = !matches!(event.kind, EventKind::Locked | EventKind::Erased);
        assert_eq!(links.lock.is_some(), is_lockable);
        assert_eq!(links.enroll.is_some(), event.kind == EventKind::Reset);
    }

    /// Checks that the events of one commit can be told together.
    fn tell_all(&self, events: &[Event]) {
        events.iter().for_each(|event| self.tell(event));
        let notification = self.world.mfa.notification(events);
        let Some(notification) = notification.expect("the random numbers do not end") else {
            assert!(events.iter().all(|event| !event.notify_user()));
            return;
        };
        assert!(notification.subject(&German).starts_with("Fuzz: "));
        let text = notification.text(&German, |link| match link {
            Link::Lock(token) => token.expose().to_owned(),
            Link::Cancel(token) => token.expose().to_owned(),
            Link::Enroll(token) => token.expose().to_owned(),
            _ => String::new(),
        });
        let told = notification.links();
        let lock = told.lock.as_ref().map(|token| token.expose());
        let cancel = told.cancel.as_ref().map(|token| token.expose());
        let enroll = told.enroll.as_ref().map(|token| token.expose());
        for token in [lock, cancel, enroll].into_iter().flatten() {
            assert!(text.contains(token), "a link is missing");
        }
    }
}

/// Checks that a readable record has one form, which another reader and writer of CBOR agrees with.
pub fn reads_back(stored: &Stored) {
    let opened = keys().open_record(&user(), stored);
    let Some(account) = decoded(stored) else {
        return;
    };
    let written = account.write();
    assert_eq!(
        Some(written.as_slice()),
        opened.as_deref().map(Vec::as_slice)
    );
    let item = cbor::whole(&written).expect("what is read is well formed");
    assert_eq!(
        cbor::written(&item),
        written,
        "another writer has another form"
    );
    let account = serde_json::to_value(account).expect("an account is JSON");
    other::same_account(&account, &item);
}

//! A database that was restored from a backup, and what it must not open again.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use countersign::account::{Completed, CompletedBy, Enrolled, StepUpPurpose};
use countersign::event::{Event, EventKind};
use countersign::keys::Keyring;
use countersign::otp::{Skew, Totp, TotpParams};
use countersign::store::{Change, Committed, Expected, Stored, UserStore};
use countersign::testing::{MailCatcher, SteppedClock};
use countersign::token::{Challenge, Token};
use countersign::words::English;
use countersign::{Answer, Denial, Epoch, FirstFactor, Login, Mfa, Policy, RequestContext, UserId};

use crate::support::{KEY_A, NOW, WRONG_CODE, code_at, denied, password, policy, recovery_codes};

/// One user's row and events, which can be put back to what they were.
#[derive(Default)]
struct Row {
    state: Mutex<(Option<Stored>, Vec<Event>)>,
}

impl UserStore for Row {
    type Error = std::convert::Infallible;

    async fn load(&self, _: &UserId) -> Result<Option<Stored>, Self::Error> {
        Ok(self.state.lock().unwrap().0.clone())
    }

    async fn commit(&self, change: Change<'_>) -> Result<Committed, Self::Error> {
        let (stored, events) = &mut *self.state.lock().unwrap();
        let stands_at = stored.as_ref().map(|stored| stored.version);
        if change.expected != stands_at.map_or(Expected::Absent, Expected::At) {
            return Ok(Committed::Conflict);
        }
        *stored = Some(Stored {
            version: change.version,
            record: change.record.clone(),
        });
        events.extend_from_slice(change.events);
        Ok(Committed::Done)
    }
}

impl Row {
    fn backup(&self) -> (Option<Stored>, Vec<Event>) {
        self.state.lock().unwrap().clone()
    }

    fn restore(&self, backup: (Option<Stored>, Vec<Event>)) {
        *self.state.lock().unwrap() = backup;
    }

    fn kinds(&self) -> Vec<EventKind> {
        let (_, events) = self.backup();
        events.into_iter().map(|event| event.kind).collect()
    }
}

fn service(row: &Arc<Row>, clock: &SteppedClock, restored: bool) -> Mfa {
    let policy = policy().trusted_devices(true).email_codes(true);
    service_under(policy, row, clock, restored)
}

fn service_under(policy: Policy, row: &Arc<Row>, clock: &SteppedClock, restored: bool) -> Mfa {
    let mut builder = Mfa::builder(Arc::clone(row))
        .keys(KEY_A.parse::<Keyring>().unwrap())
        .policy(policy)
        .clock(clock.clone())
        .code_sender(MailCatcher::new());
    if restored {
        builder = builder.restored_at(clock.time());
    }
    builder.build().unwrap()
}

async fn enroll(mfa: &Mfa, clock: &SteppedClock) -> (Totp, Enrolled) {
    let (alice, password) = (UserId::from(1_u64), FirstFactor::password_at(clock.time()));
    let setup = mfa.start_enrollment(&alice, "alice", password).await;
    let setup = setup.unwrap();
    let totp = Totp::new(&setup.secret, TotpParams::default());
    let code = code_at(&totp, clock.time());
    let enrolled = mfa.confirm_enrollment(&setup.token, &code).await.unwrap();
    (totp, enrolled)
}

async fn begin(mfa: &Mfa) -> Token<Challenge> {
    let alice = UserId::from(1_u64);
    match mfa.begin_login(&alice, password()).await.unwrap() {
        Login::Challenge(challenge) => challenge.token,
        other => panic!("{other:?}"),
    }
}

#[tokio::test] // S-9, S-50
async fn what_happened_since_the_backup_does_not_happen_again() {
    let (row, clock) = (Arc::<Row>::default(), SteppedClock::at(NOW));
    let before = service(&row, &clock, false);
    let alice = UserId::from(1_u64);
    let (totp, enrolled) = enroll(&before, &clock).await;
    let recovery = recovery_codes(enrolled);

    // A browser is trusted, then the backup is made, and then a code signs in.
    let challenge = begin(&before).await;
    let answer = Answer::parse(&recovery[0]).unwrap().trust_device("Firefox");
    let device = before
        .answer_challenge(&challenge, answer)
        .await
        .unwrap()
        .device;
    let backup = row.backup();
    clock.advance(Duration::from_secs(60));
    let code = code_at(&totp, clock.time());
    let open = begin(&before).await;
    let challenge = begin(&before).await;
    let verified = before
        .answer_challenge(&challenge, code.as_str())
        .await
        .unwrap();
    let password = FirstFactor::password_at(clock.time());
    let purpose = StepUpPurpose::Disable;
    let step_up = before
        .step_up(&alice, password.clone(), &recovery[1], purpose)
        .await;
    let links = before.links_for(&row.backup().1[0]).unwrap();

    // The disk fails a second later.
    clock.advance(Duration::from_secs(1));
    row.restore(backup.clone());
    let after = service(&row, &clock, true);
    let status = after.status(&alice).await.unwrap();
    assert!(!status.honors(verified.sessions.epoch), "sessions are over");
    assert_eq!(row.backup().0, backup.0, "nothing is written yet");
    assert_eq!(
        denied(
            after
                .answer_challenge(&open, recovery[2].as_str())
                .await
                .map(drop)
        ),
        Err(Denial::TokenExpired)
    );
    let proof = password.with_step_up(step_up.unwrap().token);
    assert!(after.disable_mfa(&alice, proof).await.is_err());
    let locked = after.lock_account_by_token(&links.lock.unwrap()).await;
    assert_eq!(denied(locked.map(drop)), Err(Denial::TokenExpired));

    let cookie = RequestContext::new().device(device.unwrap().token);
    let challenge = begin(&after.with_context(cookie)).await;
    let again = after.answer_challenge(&challenge, code.as_str()).await;
    assert_eq!(denied(again.map(drop)), Err(Denial::InvalidCode));
    let status = after.status(&alice).await.unwrap();
    assert!(
        status
            .epoch
            .is_some_and(|epoch| epoch != verified.sessions.epoch)
    );
    assert!(status.trusted_devices.is_empty());
    assert!(status.recovery_codes.unwrap().stale);

    // The window of the code that was used has closed.
    clock.advance(Duration::from_secs(60));
    let code = code_at(&totp, clock.time());
    let challenge = begin(&after).await;
    assert!(
        after
            .answer_challenge(&challenge, code.as_str())
            .await
            .is_ok()
    );

    let told = row.backup().1.into_iter();
    let told: Vec<_> = told
        .filter(|event| event.kind == EventKind::RestoredFromBackup)
        .collect();
    assert_eq!(told.len(), 1);
    let message = after.notification(&told).unwrap().unwrap();
    assert!(message.text(&English, |_| String::new()).contains("backup"));

    // New codes are not stale.
    clock.advance(Duration::from_secs(60));
    let password = FirstFactor::password_at(clock.time());
    let proof = password.with_code(Answer::parse(code_at(&totp, clock.time()).as_str()).unwrap());
    after
        .regenerate_recovery_codes(&alice, proof)
        .await
        .unwrap();
    let status = after.status(&alice).await.unwrap();
    assert!(!status.recovery_codes.unwrap().stale);
}

#[tokio::test]
async fn a_refused_proof_catches_up_too_and_keeps_its_charge() {
    let (row, clock) = (Arc::<Row>::default(), SteppedClock::at(NOW));
    let before = service(&row, &clock, false);
    let alice = UserId::from(1_u64);
    enroll(&before, &clock).await;
    let old = before.status(&alice).await.unwrap().epoch;

    clock.advance(Duration::from_secs(3600));
    let after = service(&row, &clock, true);
    for wrong in 1..=4 {
        let proof =
            FirstFactor::password_at(clock.time()).with_code(Answer::parse(WRONG_CODE).unwrap());
        let refused = after.disable_mfa(&alice, proof).await;
        let right = Denial::ReauthenticationFailed;
        assert_eq!(denied(refused.map(drop)), Err(right), "{wrong}");
    }
    let epoch = after.status(&alice).await.unwrap().epoch;
    assert_ne!(epoch, old);
    let caught_up = row.kinds().into_iter();
    let caught_up = caught_up.filter(|kind| *kind == EventKind::RestoredFromBackup);
    assert_eq!(caught_up.count(), 1);
    // The fifth failure in a row blocks, wherever the epoch changed.
    let proof =
        FirstFactor::password_at(clock.time()).with_code(Answer::parse(WRONG_CODE).unwrap());
    after.disable_mfa(&alice, proof).await.unwrap_err();
    let proof =
        FirstFactor::password_at(clock.time()).with_code(Answer::parse(WRONG_CODE).unwrap());
    let blocked = denied(after.disable_mfa(&alice, proof).await.map(drop));
    assert!(matches!(blocked, Err(Denial::Throttled { .. })));
    assert_eq!(after.status(&alice).await.unwrap().epoch, epoch);
}

#[tokio::test] // S-50
async fn a_refusal_does_not_make_a_backup_newer() {
    // The next commit drops what the policy no longer allows.
    let telling = policy().tell_unanswered(Duration::from_secs(900));
    for then in [policy().trusted_devices(true), telling] {
        let (row, clock) = (Arc::<Row>::default(), SteppedClock::at(NOW));
        let before = service_under(then, &row, &clock, false);
        let alice = UserId::from(1_u64);
        let (totp, _) = enroll(&before, &clock).await;
        clock.advance(Duration::from_secs(60));
        let answer = Answer::totp(&code_at(&totp, clock.time())).unwrap();
        let token = begin(&before).await;
        let answered = before.answer_challenge(&token, answer.trust_device("Firefox"));
        let session = answered.await.unwrap().sessions.epoch;
        let open = begin(&before).await;

        clock.advance(Duration::from_secs(1));
        let after = service_under(policy(), &row, &clock, true);
        let backup = row.backup();
        let in_session = after.with_context(RequestContext::new().session(session));
        for _ in 0..2 {
            let refused = in_session.lock_account(&alice).await;
            assert_eq!(denied(refused.map(drop)), Err(Denial::SessionEnded));
            let refused = after.answer_challenge(&open, WRONG_CODE).await;
            assert_eq!(denied(refused.map(drop)), Err(Denial::TokenExpired));
        }
        assert!(row.backup() == backup, "nothing is written");
        assert!(!after.status(&alice).await.unwrap().honors(session));

        after.lock_account(&alice).await.unwrap();
        assert!(row.kinds().contains(&EventKind::RestoredFromBackup));
        assert!(!after.status(&alice).await.unwrap().honors(session));
    }
}

#[tokio::test] // S-50
async fn what_a_backup_brought_back_is_over_before_anything_is_written() {
    let (row, clock) = (Arc::<Row>::default(), SteppedClock::at(NOW));
    let policy = || policy().trusted_devices(true).delayed_recovery(true);
    let before = service_under(policy(), &row, &clock, false);
    let alice = UserId::from(1_u64);
    let (totp, _) = enroll(&before, &clock).await;
    clock.advance(Duration::from_secs(60));
    let answer = Answer::totp(&code_at(&totp, clock.time()))
        .unwrap()
        .trust_device("Firefox");
    let token = begin(&before).await;
    let verified = before.answer_challenge(&token, answer).await.unwrap();
    clock.advance(Duration::from_secs(60));
    let password = FirstFactor::password_at(clock.time());
    let proof = password.with_code(Answer::parse(&code_at(&totp, clock.time())).unwrap());
    before
        .start_enrollment(&alice, "alice", proof)
        .await
        .unwrap();
    let token = begin(&before).await;
    before.request_delayed_recovery(&token).await.unwrap();
    let status = before.status(&alice).await.unwrap();
    assert!(status.honors(verified.sessions.epoch));
    assert!(status.pending_until.is_some() && status.delayed_recovery.is_some());
    assert_eq!(status.trusted_devices.len(), 1);
    assert!(!status.recovery_codes.unwrap().stale);

    clock.advance(Duration::from_secs(1));
    let after = service_under(policy(), &row, &clock, true);
    let backup = row.backup();
    let status = after.status(&alice).await.unwrap();
    for epoch in [verified.sessions.epoch, Epoch::NONE] {
        assert!(!status.honors(epoch));
    }
    assert_eq!(
        (status.pending_until, status.delayed_recovery),
        (None, None)
    );
    assert_eq!(status.trusted_devices, []);
    assert!(status.enabled && status.recovery_codes.unwrap().stale);
    assert!(row.backup() == backup, "nothing is written");
}

#[tokio::test] // S-50
async fn who_signs_in_after_a_restoration_has_a_session_that_is_good() {
    let (row, clock) = (Arc::<Row>::default(), SteppedClock::at(NOW));
    let alice = UserId::from(1_u64);
    let before = service(&row, &clock, false);
    let changed = before.password_changed(&alice).await.unwrap();
    clock.advance(Duration::from_secs(1));
    let after = service(&row, &clock, true);
    let login = async || match after.begin_login(&alice, password()).await.unwrap() {
        Login::Completed(Completed {
            by: CompletedBy::NotEnrolled { .. },
            sessions,
            ..
        }) => sessions.epoch,
        other => panic!("{other:?}"),
    };
    let begun = login().await;
    assert_ne!(begun, changed.epoch);
    assert!(after.status(&alice).await.unwrap().honors(begun));
    assert_eq!(login().await, begun, "the next one ends no session");
}

#[tokio::test] // S-8, S-50
async fn a_backup_that_a_clock_wrote_which_was_ahead_is_a_backup() {
    let (row, clock) = (Arc::<Row>::default(), SteppedClock::at(NOW));
    let alice = UserId::from(1_u64);
    let before = service(&row, &clock, false);
    clock.advance(Duration::from_secs(365 * 86_400));
    let ahead = before.password_changed(&alice).await.unwrap();
    clock.step_back(Duration::from_secs(365 * 86_400 - 1));
    let after = service(&row, &clock, true);
    assert!(!after.status(&alice).await.unwrap().honors(ahead.epoch));
    let context = RequestContext::new().session(ahead.epoch);
    let refused = after.with_context(context).lock_account(&alice).await;
    assert_eq!(denied(refused).unwrap_err(), Denial::SessionEnded);
    let changed = after.password_changed(&alice).await.unwrap();
    assert!(after.status(&alice).await.unwrap().honors(changed.epoch));
    assert_eq!(row.kinds().last(), Some(&EventKind::PasswordChanged));
    let _ = after.begin_login(&alice, password()).await.unwrap();
    assert!(after.status(&alice).await.unwrap().honors(changed.epoch));
}

/// Signs in with the code that a phone shows whose clock is so many steps ahead.
async fn sign_in(mfa: &Mfa, totp: &Totp, clock: &SteppedClock, ahead: u64) -> Result<(), Denial> {
    let token = begin(mfa).await;
    let code = code_at(totp, clock.time() + Duration::from_secs(30 * ahead));
    denied(mfa.answer_challenge(&token, &code).await.map(drop))
}

#[tokio::test]
async fn a_code_of_a_clock_that_is_followed_far_ahead_does_not_work_again() {
    let (row, clock) = (Arc::<Row>::default(), SteppedClock::at(NOW));
    let following = || policy().drift_memory(true);
    let before = service_under(following(), &row, &clock, false);
    let (totp, _) = enroll(&before, &clock).await;
    for ahead in 1..=5 {
        clock.advance(Duration::from_secs(600));
        assert_eq!(sign_in(&before, &totp, &clock, ahead).await, Ok(()));
    }
    let backup = row.backup();
    clock.advance(Duration::from_secs(600));
    assert_eq!(sign_in(&before, &totp, &clock, 5).await, Ok(()));

    row.restore(backup);
    let after = service_under(following(), &row, &clock, true);
    let again = sign_in(&after, &totp, &clock, 5).await;
    assert_eq!(again, Err(Denial::InvalidCode));
    // Once the furthest step that could have been accepted has passed.
    clock.advance(Duration::from_secs(7 * 30));
    assert_eq!(sign_in(&after, &totp, &clock, 5).await, Ok(()));
}

#[tokio::test]
async fn a_code_of_a_window_that_widened_since_enrolment_does_not_work_again() {
    let (row, clock) = (Arc::<Row>::default(), SteppedClock::at(NOW));
    let narrow = policy().totp(TotpParams::default().with_skew(Skew::NONE));
    let wide = || policy().totp(TotpParams::default().with_skew(Skew::new(1, 2).unwrap()));
    let (totp, _) = enroll(&service_under(narrow, &row, &clock, false), &clock).await;
    let backup = row.backup();
    clock.advance(Duration::from_secs(600));
    let before = service_under(wide(), &row, &clock, false);
    assert_eq!(sign_in(&before, &totp, &clock, 2).await, Ok(()));

    row.restore(backup);
    let after = service_under(wide(), &row, &clock, true);
    let again = sign_in(&after, &totp, &clock, 2).await;
    assert_eq!(again, Err(Denial::InvalidCode));
}

#[test]
fn a_restoration_lies_in_the_past() {
    let clock = SteppedClock::at(NOW);
    let built = |at| {
        let builder = Mfa::builder(Arc::<Row>::default())
            .keys(KEY_A.parse::<Keyring>().unwrap())
            .policy(policy())
            .clock(clock.clone());
        builder.restored_at(at).build().map(drop)
    };
    assert_eq!(built(clock.time()), Ok(()));
    let ahead = clock.time() + std::time::Duration::from_secs(1);
    assert_eq!(
        built(ahead),
        Err(countersign::service::BuildError::RestoredAhead)
    );
}

//! Stored records: no secret is in the clear, and a damaged record never counts as "not enrolled".

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use countersign::account::{Administrator, Factor, RecordError};
use countersign::event::{Actor, EventKind, Outcome};
use countersign::internals::Keys;
use countersign::keys::{KeyError, Keyring};
use countersign::store::{Change, Committed, MemoryStoreError, Stored};
use countersign::store::{Record, UserStore, Version};
use countersign::testing::SteppedClock;
use countersign::{Denial, Error, Mfa, Policy, RequestContext, UserId};

use crate::support::{KEY_A, WRONG_CODE, World, password, policy, world};

/// A store that hands out whatever it was given, and counts what is written.
struct Tampered {
    stored: Mutex<Stored>,
    commits: AtomicUsize,
}

impl UserStore for Tampered {
    type Error = MemoryStoreError;

    async fn load(&self, _: &UserId) -> Result<Option<Stored>, MemoryStoreError> {
        Ok(Some(self.stored.lock().unwrap().clone()))
    }

    async fn commit(&self, _: Change<'_>) -> Result<Committed, MemoryStoreError> {
        self.commits.fetch_add(1, Ordering::SeqCst);
        Ok(Committed::Done)
    }
}

impl Tampered {
    fn put(&self, version: Version, bytes: &[u8]) {
        let record = Record::from_bytes(bytes);
        *self.stored.lock().unwrap() = Stored { version, record };
    }
}

/// The service over one record of somebody's making.
fn over(world: &World, version: Version, bytes: &[u8]) -> (Mfa, Arc<Tampered>) {
    let record = Record::from_bytes(bytes);
    let store = Arc::new(Tampered {
        stored: Mutex::new(Stored { version, record }),
        commits: AtomicUsize::new(0),
    });
    let mfa = Mfa::builder(Arc::clone(&store))
        .keys(KEY_A.parse::<Keyring>().unwrap())
        .policy(policy())
        .clock(SteppedClock::at(world.clock.time()))
        .build()
        .unwrap();
    (mfa, store)
}

/// What all operations on a broken record end in. None of them writes anything.
async fn fault(mfa: &Mfa, store: &Tampered, user: &UserId) -> Error {
    let administrator = Administrator::new("root").because("a test");
    let mut errors = vec![
        mfa.begin_login(user, password())
            .await
            .map(drop)
            .unwrap_err(),
        mfa.begin_login_enrolled(user, password())
            .await
            .map(drop)
            .unwrap_err(),
        mfa.status(user).await.map(drop).unwrap_err(),
        mfa.password_changed(user).await.map(drop).unwrap_err(),
        mfa.lock_account(user).await.map(drop).unwrap_err(),
        mfa.register(user).await.unwrap_err(),
        mfa.erase_user(user).await.unwrap_err(),
    ];
    let reset = mfa.admin_reset_account(user, administrator).await;
    errors.push(reset.map(drop).unwrap_err());
    let texts: Vec<_> = errors.iter().map(|error| format!("{error:?}")).collect();
    assert!(texts.iter().all(|text| *text == texts[0]), "{texts:?}");
    assert!(errors.iter().all(|error| error.denial().is_none()));
    assert_eq!(store.commits.load(Ordering::SeqCst), 0);
    errors.remove(0)
}

fn is_undecryptable(error: &Error) -> bool {
    matches!(error, Error::Keys(KeyError::Undecryptable))
}

#[tokio::test] // S-44
async fn what_is_no_record_is_an_error_and_never_no_second_factor() {
    let world = world();
    let person = world.enroll(1).await;
    let Stored { version, record } = world.stored(&person.user).await;
    let bytes = record.as_bytes();
    let twice = [bytes, bytes].concat();
    for (garbage, expected) in [
        (&b""[..], KeyError::Undecryptable),
        (b"\0\0\0", KeyError::Undecryptable),
        (b"\x01", KeyError::Undecryptable),
        (b"\x01\x01a", KeyError::Undecryptable),
        (b"\x01\x01a0123456789ab", KeyError::Undecryptable),
        (b"\x01\xff\xff", KeyError::Undecryptable),
        (b"\x01\x02\xff\xff0123456789ab", KeyError::Undecryptable),
        (b"\x01\0", KeyError::Undecryptable),
        (b"\x02\x01a", KeyError::NewerFormat),
        (b"{\"schema\":1}", KeyError::NewerFormat),
        (b"<html>", KeyError::NewerFormat),
        (twice.as_slice(), KeyError::Undecryptable),
    ] {
        let (mfa, store) = over(&world, version, garbage);
        match fault(&mfa, &store, &person.user).await {
            Error::Keys(error) => assert_eq!(error, expected, "{garbage:?}"),
            other => panic!("{garbage:?}: {other}"),
        }
    }
}

#[tokio::test] // S-41, S-44
async fn no_bit_of_a_record_can_be_flipped_and_no_byte_cut() {
    let world = world();
    let person = world.enroll(1).await;
    let Stored { version, record } = world.stored(&person.user).await;
    let bytes = record.as_bytes();
    let (mfa, store) = over(&world, version, bytes);
    let refused = async |bytes: &[u8]| {
        store.put(version, bytes);
        let login = mfa.begin_login(&person.user, password()).await;
        matches!(login, Err(Error::Keys(_)))
    };
    for bit in 0..bytes.len() * 8 {
        let mut altered = bytes.to_vec();
        altered[bit / 8] ^= 1 << (bit % 8);
        assert!(refused(&altered).await, "bit {bit}");
    }
    for end in 0..bytes.len() {
        assert!(refused(&bytes[..end]).await, "cut at {end}");
    }
    assert!(!refused(bytes).await, "and the record itself opens");
}

#[tokio::test] // S-41
async fn a_record_opens_for_its_user_version_and_service_alone() {
    let world = world();
    let (alice, bob) = (world.enroll(1).await, world.enroll(2).await);
    let Stored { version, record } = world.stored(&bob.user).await;
    let (mfa, store) = over(&world, version, record.as_bytes());
    assert!(mfa.begin_login(&bob.user, password()).await.is_ok());
    assert!(is_undecryptable(&fault(&mfa, &store, &alice.user).await));

    // Both rows are whole, and each stands in the other's place.
    let of_alice = world.stored(&alice.user).await;
    store.put(of_alice.version, of_alice.record.as_bytes());
    assert!(is_undecryptable(&fault(&mfa, &store, &bob.user).await));

    let moved = Version::from_i64(version.as_i64() ^ 1);
    store.put(moved, record.as_bytes());
    assert!(is_undecryptable(&fault(&mfa, &store, &bob.user).await));
    // An earlier record under the version of the present one, such as one with fewer failures.
    world.sign_in(&bob.user, WRONG_CODE).await.unwrap_err();
    store.put(world.stored(&bob.user).await.version, record.as_bytes());
    assert!(is_undecryptable(&fault(&mfa, &store, &bob.user).await));

    let elsewhere = World::over(
        Arc::clone(&world.store),
        Policy::new("other", "Other"),
        KEY_A,
    );
    let login = elsewhere.mfa.begin_login(&bob.user, password()).await;
    assert!(is_undecryptable(&login.map(drop).unwrap_err()));
}

#[tokio::test] // S-44
async fn what_opens_and_is_no_account_is_an_error() {
    let world = world();
    let person = world.enroll(1).await;
    let keys = Keys::new(KEY_A.parse().unwrap(), "tests");
    let stored = world.stored(&person.user).await;
    let opened = keys.open_record(&person.user, &stored).unwrap();
    let (mfa, store) = over(&world, stored.version, b"");
    // The map's head, its first key, and the schema.
    assert_eq!(opened[1..3], [0, 1]);
    let newer = [&opened[..2], &[2], &opened[3..]].concat();
    let longer = [opened.as_slice(), &[0]].concat();
    let cut = &opened[..opened.len() - 1];
    for (plaintext, expected) in [
        (&b""[..], RecordError::Unreadable),
        (cut, RecordError::Unreadable),
        (&longer, RecordError::Unreadable),
        (b"{\"schema\":1}", RecordError::Unreadable),
        (&newer, RecordError::NewerSchema),
    ] {
        let version = stored.version;
        let sealed = keys.seal_record(&person.user, version, plaintext);
        store.put(version, sealed.unwrap().record.as_bytes());
        match fault(&mfa, &store, &person.user).await {
            Error::Record(error) => assert_eq!(error, expected),
            other => panic!("{other}"),
        }
    }
    // The version inside is another one than that of the row.
    let other = Version::from_i64(stored.version.as_i64() ^ 1);
    let sealed = keys.seal_record(&person.user, other, &opened).unwrap();
    store.put(other, sealed.record.as_bytes());
    let error = fault(&mfa, &store, &person.user).await;
    assert!(matches!(error, Error::Record(RecordError::Unreadable)));
    let sealed = keys.seal_record(&person.user, stored.version, &opened);
    store.put(stored.version, sealed.unwrap().record.as_bytes());
    assert!(
        mfa.begin_login(&person.user, password()).await.is_ok(),
        "as it was"
    );
}

#[tokio::test] // S-18, S-41, S-42, S-52
async fn nothing_secret_is_stored_or_told() {
    let world = world();
    let request = RequestContext::new()
        .ip("192.0.2.1".parse().unwrap())
        .user_agent("agent")
        .binding("the session");
    let mfa = world.mfa.with_context(request);
    let world = World { mfa, ..world };
    let person = world.enroll(1).await;
    let challenge = world.challenge(&person.user).await;
    let code = world.code(&person);
    world.mfa.answer_challenge(&challenge, &code).await.unwrap();
    world
        .sign_in(&person.user, &person.recovery[0])
        .await
        .unwrap();
    let wrong = world.wrong_code(&person);
    world.sign_in(&person.user, &wrong).await.unwrap_err();
    world
        .sign_in(&person.user, "qqqq-wwww-eeee-rrrr-tttt-yyyy")
        .await
        .unwrap_err();
    let setup = world
        .mfa
        .start_enrollment(
            &person.user,
            "bob@example.com",
            world.with_code(&person.recovery[1]),
        )
        .await
        .unwrap();

    let (record, _) = world.written(&person.user).await;
    let events = serde_json::to_string(&world.events(&person.user).await).unwrap();
    assert!(events.contains("192.0.2.1") && events.contains("agent"));
    let mut secrets = vec![
        "example.com".to_owned(),
        "otpauth".to_owned(),
        "the session".to_owned(),
        "cs1c_".to_owned(),
        "cs1e_".to_owned(),
        challenge.expose().to_owned(),
        "qqqq-wwww".to_owned(),
        "qqqqwwww".to_owned(),
    ];
    for setup in [&person.setup, &setup] {
        let key = setup.secret.expose_bytes();
        secrets.push(setup.secret.expose_base32().to_string());
        secrets.push(Base64::encode_string(key));
        secrets.push(Base64UrlUnpadded::encode_string(key));
        secrets.push(key.iter().map(|byte| format!("{byte:02x}")).collect());
        secrets.push(
            serde_json::to_string(key)
                .unwrap()
                .trim_matches(['[', ']'])
                .to_owned(),
        );
        secrets.push(setup.token.expose().to_owned());
    }
    for code in &person.recovery {
        secrets.push(code.clone());
        secrets.push(code.replace('-', ""));
    }
    let row = record.unwrap();
    let keys = Keys::new(KEY_A.parse().unwrap(), "tests");
    let stored = world.stored(&person.user).await;
    let opened = keys.open_record(&person.user, &stored).unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).to_lowercase();
    for secret in secrets {
        for (place, text) in [("record", text(&row)), ("events", events.to_lowercase())] {
            let found = text.contains(&secret.to_lowercase());
            assert!(!found, "{secret} is in the {place}: {text}");
        }
    }
    let holds = |bytes: &[u8], part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
    for setup in [&person.setup, &setup] {
        let key = setup.secret.expose_bytes();
        assert!(holds(&opened, key) && !holds(&row, key), "a key is sealed");
        assert!(!text(&opened).contains(setup.token.expose()));
    }
    // Even what is sealed has no recovery code, in whatever form, and no other code.
    for code in &person.recovery {
        let letters = code.replace('-', "");
        let bytes = base32::decode(base32::Alphabet::Crockford, &letters).unwrap();
        assert!(!holds(&opened, &bytes) && !text(&opened).contains(&letters));
    }
    for code in [&code, &wrong] {
        assert!(!events.contains(&format!("\"{code}\"")));
    }
}

#[tokio::test] // S-51
async fn every_event_has_its_user_time_source_and_outcome() {
    let world = world();
    let request = RequestContext::new()
        .ip("2001:db8::1".parse().unwrap())
        .user_agent("a\r\nb")
        .request_id("r-1");
    let mfa = world.mfa.with_context(request);
    let world = World { mfa, ..world };
    let person = world.enroll(1).await;
    world.forward(60);
    world
        .sign_in(&person.user, &person.recovery[0])
        .await
        .unwrap();
    world.sign_in(&person.user, WRONG_CODE).await.unwrap_err();
    let (app, code) = (Some(Factor::Authenticator), Some(Factor::RecoveryCode));
    let expected = [
        (0, EventKind::EnrollmentStarted, None, Outcome::Done),
        (0, EventKind::AuthenticatorBound, app, Outcome::Done),
        (0, EventKind::RecoveryCodesIssued, code, Outcome::Done),
        (60, EventKind::RecoveryCodeUsed, code, Outcome::Done),
        (60, EventKind::LoginVerified, code, Outcome::Done),
        (60, EventKind::LoginRefused, app, Outcome::Refused),
    ];
    let events = world.events(&person.user).await;
    assert_eq!(events.len(), expected.len());
    for (event, (time, kind, factor, outcome)) in events.iter().zip(expected) {
        assert_eq!(event.user, person.user);
        assert_eq!((event.kind, event.factor), (kind, factor));
        assert_eq!((&event.actor, event.outcome), (&Actor::User, outcome));
        assert_eq!(event.at.as_unix(), 1_800_000_000 + time);
        assert_eq!(event.source.ip, Some("2001:db8::1".parse().unwrap()));
        assert_eq!(event.source.user_agent.as_deref(), Some("ab"));
        assert_eq!(event.source.request_id.as_deref(), Some("r-1"));
        let json = serde_json::to_string(event).unwrap();
        assert_eq!(
            serde_json::from_str::<countersign::event::Event>(&json).unwrap(),
            *event
        );
    }
    assert_eq!(
        world.sign_in(&person.user, WRONG_CODE).await.unwrap_err(),
        Denial::InvalidCode
    );
}

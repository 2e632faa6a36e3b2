//! What is stored: no secret in the clear, and nothing that was damaged is taken for "not enrolled".

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use countersign::event::{Actor, EventKind, Outcome};
use countersign::keys::{KeyError, Keyring};
use countersign::store::{Change, Committed, MemoryStoreError, Stored};
use countersign::store::{Record, UserStore, Version};
use countersign::testing::SteppedClock;
use countersign::{
    Denial, Error, Factor, Login, Mfa, NewAuthenticator, RecordError, RequestContext, UserId,
};

use crate::support::{KEY_A, Person, WRONG_CODE, World, policy, world};

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

/// The service over one record of somebody's making.
fn over(world: &World, version: Version, bytes: &[u8]) -> Mfa {
    let stored = Stored {
        version,
        record: Record::from_bytes(bytes),
    };
    let store = Tampered {
        stored: Mutex::new(stored),
        commits: AtomicUsize::new(0),
    };
    Mfa::builder(std::sync::Arc::new(store))
        .keys(KEY_A.parse::<Keyring>().unwrap())
        .policy(policy())
        .clock(SteppedClock::at(world.clock.time()))
        .build()
        .unwrap()
}

async fn stored(world: &World, person: &Person) -> Stored {
    world.store.load(&person.user).await.unwrap().unwrap()
}

/// What all operations of a broken record end in.
async fn fault(mfa: &Mfa, user: &UserId) -> RecordError {
    let errors = [
        mfa.begin_login(user).await.map(drop).unwrap_err(),
        mfa.begin_login_enrolled(user).await.map(drop).unwrap_err(),
        mfa.status(user).await.map(drop).unwrap_err(),
        mfa.password_changed(user).await.map(drop).unwrap_err(),
        mfa.erase_user(user).await.unwrap_err(),
    ];
    let faults = errors.map(|error| match error {
        Error::Record(fault) => fault,
        other => panic!("{other}"),
    });
    assert!(faults.iter().all(|fault| *fault == faults[0]));
    faults[0]
}

#[tokio::test] // S-44
async fn damaged_records_are_errors_and_never_no_second_factor() {
    let world = world();
    let person = world.enroll(1).await;
    let Stored { version, record } = stored(&world, &person).await;
    let bytes = record.as_bytes();
    let text = std::str::from_utf8(bytes).unwrap();

    for garbage in [
        &b""[..],
        b"{}",
        b"[]",
        b"null",
        b"true",
        b"\0\0\0",
        b"\xff\xfe",
        b"<html>",
        br#"{"schema":1}"#,
        br#"{"schema":0}"#,
        br#"{"schema":-1}"#,
        br#"{"schema":"2"}"#,
    ] {
        let mfa = over(&world, version, garbage);
        assert_eq!(
            fault(&mfa, &person.user).await,
            RecordError::Unreadable,
            "{garbage:?}"
        );
    }
    for end in 0..bytes.len() {
        let mfa = over(&world, version, &bytes[..end]);
        assert_eq!(
            fault(&mfa, &person.user).await,
            RecordError::Unreadable,
            "cut at {end}"
        );
    }
    let cases = [
        (
            text.replacen(r#""schema":1"#, r#""schema":2"#, 1),
            RecordError::NewerSchema,
        ),
        (
            r#"{"schema":7,"shape":"unknown"}"#.to_owned(),
            RecordError::NewerSchema,
        ),
        (
            text.replacen(r#""schema":1"#, r#""schema":1,"new":{}"#, 1),
            RecordError::Unreadable,
        ),
        (
            text.replacen(r#""label""#, r#""extra":0,"label""#, 1),
            RecordError::Unreadable,
        ),
        (
            text.replacen(r#""authenticators""#, r#""authenticatorz""#, 1),
            RecordError::Unreadable,
        ),
        (format!("{text}{text}"), RecordError::Unreadable),
    ];
    for (altered, error) in cases {
        assert_ne!(altered, text);
        let mfa = over(&world, version, altered.as_bytes());
        assert_eq!(fault(&mfa, &person.user).await, error, "{altered}");
    }
    let other = Version::from_i64(version.as_i64() ^ 1);
    let mfa = over(&world, other, bytes);
    assert_eq!(
        fault(&mfa, &person.user).await,
        RecordError::VersionMismatch
    );
    let mfa = over(&world, version, bytes);
    assert!(matches!(
        mfa.begin_login(&person.user).await.unwrap(),
        Login::Challenge(_)
    ));
}

#[tokio::test] // S-41, S-44
async fn no_flipped_bit_makes_an_account_look_free() {
    let world = world();
    let person = world.enroll(1).await;
    world
        .sign_in(&person.user, &person.recovery[0])
        .await
        .unwrap();
    let Stored { version, record } = stored(&world, &person).await;
    let code = world.code(&person);
    for bit in 0..record.as_bytes().len() * 8 {
        let mut bytes = record.as_bytes().to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let mfa = over(&world, version, &bytes);
        let challenge = match mfa.begin_login(&person.user).await {
            Ok(Login::Challenge(challenge)) => challenge,
            Ok(other) => panic!("bit {bit}: {other:?}"),
            Err(Error::Record(_)) => continue,
            Err(other) => panic!("bit {bit}: {other}"),
        };
        // It may be answered, refused or broken, but a code that is not right stays so.
        for typed in [WRONG_CODE, "zzzz-zzzz-zzzz-zzzz-zzzz-zzzz"] {
            assert!(
                mfa.answer_challenge(&challenge.token, typed).await.is_err(),
                "bit {bit}"
            );
        }
        let _ = mfa.answer_challenge(&challenge.token, &code).await;
        let _ = mfa
            .answer_challenge(&challenge.token, &person.recovery[3])
            .await;
        let _ = mfa.status(&person.user).await;
    }
}

#[tokio::test] // S-41
async fn another_users_record_opens_nothing() {
    let world = world();
    let (alice, bob) = (world.enroll(1).await, world.enroll(2).await);
    let Stored { version, record } = stored(&world, &bob).await;
    let mfa = over(&world, version, record.as_bytes());
    let Login::Challenge(challenge) = mfa.begin_login(&alice.user).await.unwrap() else {
        panic!("it is somebody's second factor");
    };
    for typed in [&world.code(&bob), &bob.recovery[0], &world.code(&alice)] {
        let error = mfa
            .answer_challenge(&challenge.token, typed)
            .await
            .unwrap_err();
        assert!(
            matches!(error, Error::Keys(KeyError::Undecryptable)),
            "{error}"
        );
        let proof = world.with_code(typed);
        let error = mfa.disable_mfa(&alice.user, proof).await.unwrap_err();
        assert!(
            matches!(error, Error::Keys(KeyError::Undecryptable)),
            "{error}"
        );
    }
}

#[tokio::test] // S-41
async fn a_key_moved_into_another_place_of_the_same_record_opens_nothing() {
    let world = world();
    let person = world.enroll(1).await;
    let proof = world.with_code(&person.recovery[0]);
    world
        .add(&person.user, NewAuthenticator::new("alice"), proof)
        .await;
    let Stored { version, record } = stored(&world, &person).await;
    let mut json: serde_json::Value = serde_json::from_slice(record.as_bytes()).unwrap();
    let authenticators = json["authenticators"].as_array_mut().unwrap();
    let key = authenticators[0]["key"].take();
    authenticators[0]["key"] = authenticators[1]["key"].take();
    authenticators[1]["key"] = key;
    let mfa = over(&world, version, &serde_json::to_vec(&json).unwrap());
    let Login::Challenge(challenge) = mfa.begin_login(&person.user).await.unwrap() else {
        panic!("there is a second factor");
    };
    let code = world.code(&person);
    let error = mfa
        .answer_challenge(&challenge.token, &code)
        .await
        .unwrap_err();
    assert!(
        matches!(error, Error::Keys(KeyError::Undecryptable)),
        "{error}"
    );

    // And a key that does not open does not stand in the way of its replacement.
    let new = NewAuthenticator::new("alice").replacing(person.setup.authenticator);
    let proof = world.with_code(&person.recovery[1]);
    let started = mfa.start_enrollment(&person.user, new, proof).await;
    assert!(started.is_ok(), "{started:?}");
}

#[tokio::test]
async fn a_record_is_small() {
    let world = world();
    let person = world.enroll(1).await;
    let proof = world.with_code(&person.recovery[0]);
    world
        .add(&person.user, NewAuthenticator::new("alice"), proof)
        .await;
    for _ in 0..10 {
        world.forward(300);
        let code = world.code(&person);
        world.sign_in(&person.user, &code).await.unwrap();
    }
    let length = stored(&world, &person).await.record.as_bytes().len();
    assert!(length < 1536, "{length} bytes");
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
    let stored = record.unwrap();
    for secret in secrets {
        for (place, text) in [("record", &stored), ("events", &events)] {
            let found = text.to_lowercase().contains(&secret.to_lowercase());
            assert!(!found, "{secret} is in the {place}: {text}");
        }
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

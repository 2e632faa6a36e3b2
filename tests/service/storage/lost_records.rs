//! Records that are lost: with their key, by damage, or as a row that is missing.

use std::sync::{Arc, Mutex};

use countersign::account::{Administrator, Intervention, SessionEffect};
use countersign::event::{Actor, Event, EventKind};
use countersign::internals::Keys;
use countersign::keys::KeyId;
use countersign::otp::{Totp, TotpParams};
use countersign::store::{Change, Committed, Expected, Lost, Record, Stored, UserStore, Version};
use countersign::{Denial, FirstFactor, Login, Mfa, UserId};

use crate::support::{KEY_A, KEY_B, World, code_at, denied, password, world};

fn because() -> Intervention {
    Administrator::new("root").because("lost, identity checked by video")
}

/// A database with one row, and what was committed to it.
#[derive(Default)]
struct Row {
    stored: Mutex<Option<Stored>>,
    events: Mutex<Vec<Event>>,
}

impl UserStore for Row {
    type Error = std::convert::Infallible;

    async fn load(&self, _: &UserId) -> Result<Option<Stored>, Self::Error> {
        Ok(self.stored.lock().unwrap().clone())
    }

    async fn commit(&self, change: Change<'_>) -> Result<Committed, Self::Error> {
        let mut stored = self.stored.lock().unwrap();
        let stands_at = stored.as_ref().map(|stored| stored.version);
        assert_eq!(
            change.expected,
            stands_at.map_or(Expected::Absent, Expected::At)
        );
        *stored = Some(Stored {
            version: change.version,
            record: change.record.clone(),
        });
        self.events.lock().unwrap().extend_from_slice(change.events);
        Ok(Committed::Done)
    }
}

fn over(world: &World, stored: Option<Stored>, keys: &str) -> (Mfa, Arc<Row>) {
    let row = Arc::new(Row {
        stored: Mutex::new(stored),
        ..Row::default()
    });
    let builder = world.builder(Arc::clone(&row));
    (builder.keys(keys.parse().unwrap()).build().unwrap(), row)
}

/// All that can be said to be lost of a row of this version.
fn ways(version: Version) -> [Lost; 5] {
    [
        Lost::Row,
        Lost::Key(KeyId::new("a").unwrap()),
        Lost::Key(KeyId::new("b").unwrap()),
        Lost::Damaged(version),
        Lost::Damaged(Version::from_i64(version.as_i64() ^ 1)),
    ]
}

async fn refused(mfa: &Mfa, row: &Row, user: &UserId, ways: impl IntoIterator<Item = Lost>) {
    let before = row.stored.lock().unwrap().clone();
    for lost in ways {
        let replaced = mfa.dangerous_replace_unreadable(user, because(), lost.clone());
        let denial = denied(replaced.await).map(drop);
        assert_eq!(denial, Err(Denial::NotLost), "{lost:?}");
    }
    assert_eq!(*row.stored.lock().unwrap(), before);
    assert!(row.events.lock().unwrap().is_empty());
}

fn with_record(stored: &Stored, change: impl FnOnce(&mut Vec<u8>)) -> Stored {
    let mut bytes = stored.record.as_bytes().to_vec();
    change(&mut bytes);
    Stored {
        version: stored.version,
        record: Record::from_bytes(bytes),
    }
}

#[tokio::test] // S-44
async fn a_lost_record_is_replaced_by_an_account_that_is_reset_and_locked() {
    let world = world();
    let person = world.enroll(1).await;
    let user = &person.user;
    let stored = world.stored(user).await;
    let version = stored.version;
    let moved = Version::from_i64(version.as_i64() ^ 1);
    let keys = Keys::new(KEY_A.parse().unwrap(), "tests");
    let no_account = keys.seal_record(user, version, b"{}").unwrap();
    let flipped = with_record(&stored, |bytes| *bytes.last_mut().unwrap() ^= 1);
    let row_moved = Stored {
        version: moved,
        record: stored.record.clone(),
    };
    let of_a = Lost::Key(KeyId::new("a").unwrap());
    for (row, ring, lost) in [
        (None, KEY_A, Lost::Row),
        (Some(stored.clone()), KEY_B, of_a),
        (Some(flipped), KEY_A, Lost::Damaged(version)),
        (
            Some(with_record(&stored, Vec::clear)),
            KEY_A,
            Lost::Damaged(version),
        ),
        (Some(no_account), KEY_A, Lost::Damaged(version)),
        (Some(row_moved), KEY_A, Lost::Damaged(moved)),
    ] {
        let (mfa, row) = over(&world, row, ring);
        let others = ways(version).into_iter().filter(|other| *other != lost);
        refused(&mfa, &row, user, others).await;
        let replaced = mfa.dangerous_replace_unreadable(user, because(), lost.clone());
        assert_eq!(replaced.await.unwrap().effect, SessionEffect::EndAll);

        let events = row.events.lock().unwrap().clone();
        let kinds: Vec<_> = events.iter().map(|event| event.kind).collect();
        let expected = [
            EventKind::RecordReplaced,
            EventKind::Reset,
            EventKind::Locked,
        ];
        assert_eq!(kinds, expected, "{lost:?}");
        for event in &events {
            assert_eq!(event.actor, Actor::Administrator("root".into()));
            assert!(event.note.as_ref().unwrap().starts_with("lost, "));
        }

        // Nobody signs in before an administrator unlocks the account. After that only the mailed
        // link enrols.
        let status = mfa.status(user).await.unwrap();
        assert!(status.locked_at.is_some() && !status.enabled);
        let login = denied(mfa.begin_login(user, password()).await).map(drop);
        assert_eq!(login, Err(Denial::Locked));
        let notification = mfa.notification(&events).unwrap().unwrap();
        let grant = notification.links().enroll.clone().unwrap();
        let early = denied(mfa.start_granted_enrollment(&grant, "alice").await).map(drop);
        assert_eq!(early, Err(Denial::Locked));
        mfa.admin_unlock_account(user, because()).await.unwrap();
        let login = mfa.begin_login(user, password()).await.unwrap();
        assert!(matches!(login, Login::ResetPending), "{login:?}");
        let password = FirstFactor::password_at(world.clock.time());
        let started = denied(mfa.start_enrollment(user, "thief", password).await).map(drop);
        assert_eq!(started, Err(Denial::ResetPending));
        let setup = mfa.start_granted_enrollment(&grant, "alice").await.unwrap();
        let totp = Totp::new(&setup.secret, TotpParams::default());
        let code = code_at(&totp, world.clock.time());
        assert!(mfa.confirm_enrollment(&setup.token, &code).await.is_ok());
    }
}

#[tokio::test] // S-44
async fn what_is_not_lost_is_not_replaced() {
    let world = world();
    let person = world.enroll(1).await;
    let user = &person.user;
    let stored = world.stored(user).await;
    let keys = Keys::new(KEY_A.parse().unwrap(), "tests");
    let opened = keys.open_record(user, &stored).unwrap();
    // The map's head, its first key, and the schema, which is 1 here.
    let newer_schema = [&opened[..2], &[2], &opened[3..]].concat();
    let newer_schema = keys
        .seal_record(user, stored.version, &newer_schema)
        .unwrap();
    let newer_format = with_record(&stored, |bytes| bytes[0] = 2);
    for (row, ring) in [
        (stored.clone(), KEY_A.to_owned()),
        (stored.clone(), format!("{KEY_B},{KEY_A}")),
        // A retired key opens it to seal it anew.
        (stored.clone(), format!("{KEY_B},-{KEY_A}")),
        (newer_schema, KEY_A.to_owned()),
        (newer_format, KEY_A.to_owned()),
    ] {
        let (mfa, row) = over(&world, Some(row), &ring);
        refused(&mfa, &row, user, ways(stored.version)).await;
    }
}

#[tokio::test] // S-20
async fn replacing_a_record_takes_a_name_and_a_reason() {
    let world = world();
    let (mfa, row) = over(&world, None, KEY_A);
    let user = UserId::from(1_u64);
    for (name, reason, denial) in [
        ("", "lost", Denial::InvalidName),
        ("root", "", Denial::ReasonRequired),
    ] {
        let intervention = Administrator::new(name).because(reason);
        let replaced = mfa.dangerous_replace_unreadable(&user, intervention, Lost::Row);
        assert_eq!(denied(replaced.await).map(drop), Err(denial));
    }
    assert!(row.stored.lock().unwrap().is_none());
}

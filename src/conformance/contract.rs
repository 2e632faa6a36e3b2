//! The promises of every single commit.

use super::fixture::{Trial, bare, change, commit, event, fresh_user, fresh_version, load, record};
use super::{Subject, Verdict};
use crate::event::EventKind;
use crate::store::{Committed, Expected, Record, Stored};
use crate::user::UserId;
use crate::version::Version;

const KIND: EventKind = EventKind::LoginVerified;

/// Characters that a database may drop or fold, or at which it may cut a text. Each of them makes
/// another user.
const ONE_MORE: [char; 28] = [
    // Zero-width characters.
    '\u{200b}',
    '\u{200c}',
    '\u{200d}',
    '\u{2060}',
    '\u{feff}',
    '\u{ad}',
    '\u{34f}',
    '\u{180e}',
    '\u{200e}',
    // Characters beyond the Basic Multilingual Plane.
    '💥',
    '\u{1d400}',
    '\u{e0001}',
    '\u{10ffff}',
    // Combining characters.
    '\u{301}',
    '\u{308}',
    '\u{327}',
    '\u{20dd}',
    '\u{fe0f}',
    '\u{3099}',
    // White space.
    ' ',
    '\u{a0}',
    '\u{3000}',
    '\u{2028}',
    // Characters that a query may interpret.
    '%',
    '_',
    '\'',
    '"',
    '\\',
];

pub(super) fn expect<T: PartialEq + std::fmt::Debug>(what: &str, seen: T, right: T) -> Verdict {
    if seen == right {
        Ok(())
    } else {
        Err(format!("{what}: {seen:?} instead of {right:?}"))
    }
}

/// Creates a record of the user and returns its version.
async fn created<S: Subject>(
    trial: &Trial<'_, S>,
    user: &UserId,
    mark: &str,
) -> Result<Version, String> {
    let version = fresh_version()?;
    let committed = trial
        .commit(
            user,
            Expected::Absent,
            version,
            &record(mark),
            &[event(user, KIND)],
        )
        .await?;
    expect("creating a user", committed, Committed::Done)?;
    Ok(version)
}

async fn expect_at<S: Subject>(
    trial: &Trial<'_, S>,
    user: &UserId,
    version: Version,
    mark: &str,
) -> Verdict {
    expect(
        "the stored record",
        trial.load(user).await?,
        Some(Stored {
            version,
            record: record(mark),
        }),
    )
}

pub(super) async fn an_unknown_user_is_absent_and_stays_so<S: Subject>(
    trial: &Trial<'_, S>,
) -> Verdict {
    let user = fresh_user()?;
    expect("an unknown user", trial.load(&user).await?, None)?;
    let at = Expected::At(fresh_version()?);
    let committed = trial
        .commit(
            &user,
            at,
            fresh_version()?,
            &record("a"),
            &[event(&user, KIND)],
        )
        .await?;
    expect("updating a missing row", committed, Committed::Conflict)?;
    expect("the user after a conflict", trial.load(&user).await?, None)?;
    expect(
        "events after a conflict",
        trial.events(&user).await.len(),
        0,
    )
}

pub(super) async fn what_is_created_is_read_back_to_the_byte<S: Subject>(
    trial: &Trial<'_, S>,
) -> Verdict {
    let user = fresh_user()?;
    let large = "x".repeat(64 * 1024);
    let mut version = created(trial, &user, &large).await?;
    expect_at(trial, &user, version, &large).await?;
    // Every byte begins a record, ends one, and stands beside its neighbours.
    for first in 0..=u8::MAX {
        let bytes: Vec<_> = (0..=u8::MAX).map(|byte| byte.wrapping_add(first)).collect();
        let (stands_at, record) = (Expected::At(version), Record::from_bytes(bytes));
        version = fresh_version()?;
        let committed = trial
            .commit(&user, stands_at, version, &record, &[])
            .await?;
        expect("a commit", committed, Committed::Done)?;
        let right = Some(Stored { version, record });
        if trial.load(&user).await? != right {
            return Err(format!(
                "a record of all bytes from {first:#04x} on came back changed"
            ));
        }
    }
    Ok(())
}

pub(super) async fn a_user_is_created_once<S: Subject>(trial: &Trial<'_, S>) -> Verdict {
    let user = fresh_user()?;
    let first = created(trial, &user, "first").await?;
    let again = trial
        .commit(
            &user,
            Expected::Absent,
            fresh_version()?,
            &record("again"),
            &[],
        )
        .await?;
    expect("creating a user again", again, Committed::Conflict)?;
    expect_at(trial, &user, first, "first").await
}

pub(super) async fn an_update_needs_the_version_that_stands<S: Subject>(
    trial: &Trial<'_, S>,
) -> Verdict {
    let user = fresh_user()?;
    let first = created(trial, &user, "first").await?;
    let second = fresh_version()?;
    let update = trial
        .commit(&user, Expected::At(first), second, &record("second"), &[])
        .await?;
    expect("an update", update, Committed::Done)?;
    for stale in [first, fresh_version()?] {
        let committed = trial
            .commit(
                &user,
                Expected::At(stale),
                fresh_version()?,
                &record("stale"),
                &[],
            )
            .await?;
        expect("a stale update", committed, Committed::Conflict)?;
    }
    expect_at(trial, &user, second, "second").await
}

pub(super) async fn a_version_is_kept_and_not_renumbered<S: Subject>(
    trial: &Trial<'_, S>,
) -> Verdict {
    let user = fresh_user()?;
    let mut stands_at = Expected::Absent;
    // The smallest version, the largest, and one that loses bits when it passes through a double.
    for number in [1, i64::MAX, (1 << 53) + 1] {
        let version = Version::from_i64(number);
        let committed = trial
            .commit(&user, stands_at, version, &record("a"), &[])
            .await?;
        expect("a commit", committed, Committed::Done)?;
        expect_at(trial, &user, version, "a").await?;
        stands_at = Expected::At(version);
    }
    Ok(())
}

pub(super) async fn a_conflict_writes_nothing<S: Subject>(trial: &Trial<'_, S>) -> Verdict {
    let user = fresh_user()?;
    let version = created(trial, &user, "first").await?;
    for expected in [Expected::Absent, Expected::At(fresh_version()?)] {
        let events = [
            event(&user, EventKind::Disabled),
            event(&user, EventKind::Erased),
        ];
        let committed = trial
            .commit(
                &user,
                expected,
                fresh_version()?,
                &record("second"),
                &events,
            )
            .await?;
        expect("a stale commit", committed, Committed::Conflict)?;
    }
    expect(
        "events after conflicts",
        trial.events(&user).await,
        vec![event(&user, KIND)],
    )?;
    expect_at(trial, &user, version, "first").await
}

pub(super) async fn events_are_kept_in_order<S: Subject>(trial: &Trial<'_, S>) -> Verdict {
    use EventKind::{Disabled, Erased, LoginRefused, RecoveryCodeUsed};
    let user = fresh_user()?;
    let mut stands_at = Expected::At(created(trial, &user, "a").await?);
    let commits: [&[EventKind]; 3] = [
        &[RecoveryCodeUsed, LoginRefused, Disabled, LoginRefused],
        &[],
        &[Erased],
    ];
    let mut right = vec![event(&user, KIND)];
    for kinds in commits {
        let full = kinds.iter().map(|kind| event(&user, *kind));
        let events: Vec<_> = full
            .chain(kinds.iter().map(|kind| bare(&user, *kind)))
            .collect();
        let version = fresh_version()?;
        let committed = trial
            .commit(&user, stands_at, version, &record("a"), &events)
            .await?;
        expect("a commit", committed, Committed::Done)?;
        stands_at = Expected::At(version);
        right.extend(events);
    }
    expect("the events", trial.events(&user).await, right)
}

pub(super) async fn user_ids_are_compared_byte_by_byte<S: Subject>(
    trial: &Trial<'_, S>,
) -> Verdict {
    let base = fresh_user()?;
    let mut users = Vec::new();
    // Ids that differ in one character, at the end or within.
    let whole = [
        "", "a", "A", "a ", "ä", "ａ", "ß", "ss", "i", "İ", "ı", "e\u{301}", "é",
    ];
    let added = ONE_MORE
        .iter()
        .flat_map(|more| [format!("{more}"), format!("{more}a")]);
    let endings = whole.map(str::to_owned).into_iter().chain(added);
    for ending in endings {
        let user = UserId::new(format!("{base}-{ending}")).map_err(|error| error.to_string())?;
        let version = created(trial, &user, &ending).await?;
        users.push((user, version, ending));
    }
    let filler = "x".repeat(UserId::MAX_BYTES - base.as_str().len() - 1);
    for ending in ["1", "2"] {
        let user =
            UserId::new(format!("{base}{filler}{ending}")).map_err(|error| error.to_string())?;
        let version = created(trial, &user, ending).await?;
        users.push((user, version, ending.to_owned()));
    }
    for (user, version, mark) in users {
        expect_at(trial, &user, version, &mark).await?;
        expect(
            "the user's events",
            trial.events(&user).await,
            vec![event(&user, KIND)],
        )?;
    }
    Ok(())
}

pub(super) async fn users_do_not_touch_each_other<S: Subject>(trial: &Trial<'_, S>) -> Verdict {
    let (alice, bob) = (fresh_user()?, fresh_user()?);
    let alice_at = created(trial, &alice, "alice").await?;
    let bob_at = created(trial, &bob, "bob").await?;
    let crossed = trial
        .commit(
            &alice,
            Expected::At(bob_at),
            fresh_version()?,
            &record("bob"),
            &[],
        )
        .await?;
    expect(
        "an update at another user's version",
        crossed,
        Committed::Conflict,
    )?;
    expect_at(trial, &alice, alice_at, "alice").await?;
    expect_at(trial, &bob, bob_at, "bob").await
}

pub(super) async fn a_writer_from_before_an_erasure_stays_stale<S: Subject>(
    trial: &Trial<'_, S>,
) -> Verdict {
    let user = fresh_user()?;
    let before = created(trial, &user, "before").await?;
    let (erased, back) = (fresh_version()?, fresh_version()?);
    for (stands_at, version, mark) in [(before, erased, "erased"), (erased, back, "back")] {
        let committed = trial
            .commit(&user, Expected::At(stands_at), version, &record(mark), &[])
            .await?;
        expect("a commit", committed, Committed::Done)?;
    }
    for stale in [Expected::Absent, Expected::At(before), Expected::At(erased)] {
        let committed = trial
            .commit(&user, stale, fresh_version()?, &record("stale"), &[])
            .await?;
        expect(
            "a writer from before the erasure",
            committed,
            Committed::Conflict,
        )?;
    }
    expect_at(trial, &user, back, "back").await
}

pub(super) async fn every_handle_sees_every_commit<S: Subject>(trial: &Trial<'_, S>) -> Verdict {
    let user = fresh_user()?;
    expect("an unknown user", trial.load(&user).await?, None)?;
    let mut stands_at = Expected::Absent;
    let mut events = Vec::new();
    for turn in 0..4 {
        // This writer has only read what the other one wrote last.
        let (version, record) = (fresh_version()?, record(&turn.to_string()));
        let happened = [event(&user, KIND)];
        let change = change(&user, stands_at, version, &record, &happened);
        let committed = commit(&*trial.handle(turn), change).await?;
        expect("a commit in turn", committed, Committed::Done)?;
        events.extend(happened.clone());
        for reader in 0..2 {
            let handle = trial.handle(reader);
            let stored = Stored {
                version,
                record: record.clone(),
            };
            expect(
                "what a handle reads",
                load(&*handle, &user).await?,
                Some(stored),
            )?;
            let seen = trial.subject.events(&handle, &user).await;
            expect("the events that a handle reads", seen, events.clone())?;
        }
        stands_at = Expected::At(version);
    }
    Ok(())
}

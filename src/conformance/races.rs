//! The promises when many act at once.

use super::contract::expect;
use super::fixture::{
    CROWD, Trial, change, commit, event, fresh_user, fresh_version, mfa_over, record,
};
use super::race::race;
use super::{Subject, Verdict};
use crate::account::Verified;
use crate::denial::Denial;
use crate::event::EventKind;
use crate::service::Error;
use crate::store::{Committed, Expected};
use crate::token::{Challenge, Token};
use crate::user::UserId;
use crate::version::Version;

/// The result of a contestant's login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Verified,
    /// Refused and charged.
    Charged,
    /// Refused without a charge, or given up in the crowd.
    Refused,
    Broken,
}

impl End {
    fn of(result: Result<Verified, Error>) -> Self {
        match result {
            Ok(_) => Self::Verified,
            Err(Error::Denied(Denial::InvalidCode)) => Self::Charged,
            Err(Error::Denied(_) | Error::Contended) => Self::Refused,
            Err(_) => Self::Broken,
        }
    }
}

pub(super) async fn of_many_commits_one_wins<S: Subject>(trial: &Trial<'_, S>) -> Verdict {
    let user = fresh_user()?;
    let first = fresh_version()?;
    expect(
        "creating a user",
        trial
            .commit(&user, Expected::Absent, first, &record("a"), &[])
            .await?,
        Committed::Done,
    )?;
    one_wins(trial, user, Expected::At(first)).await
}

pub(super) async fn of_many_creations_one_wins<S: Subject>(trial: &Trial<'_, S>) -> Verdict {
    one_wins(trial, fresh_user()?, Expected::Absent).await
}

async fn one_wins<S: Subject>(trial: &Trial<'_, S>, user: UserId, expected: Expected) -> Verdict {
    let mut contestants = Vec::new();
    for turn in 0..CROWD {
        let (store, user, version) = (trial.handle(turn), user.clone(), fresh_version()?);
        contestants.push(async move {
            let record = record(&version.as_i64().to_string());
            let events = [event(&user, EventKind::LoginVerified)];
            let change = change(&user, expected, version, &record, &events);
            let committed = commit(&*store, change).await;
            committed.map(|committed| (committed, version))
        });
    }
    let results = race(trial.subject, contestants).await;
    expect("contestants that finished", results.len(), CROWD)?;
    let winners: Vec<Version> = results
        .iter()
        .filter_map(|result| match result {
            Ok((Committed::Done, version)) => Some(*version),
            _ => None,
        })
        .collect();
    expect("commits that won", winners.len(), 1)?;
    let stands_at = trial.load(&user).await?.map(|stored| stored.version);
    expect(
        "the version after the race",
        stands_at,
        winners.first().copied(),
    )?;
    expect("events after the race", trial.events(&user).await.len(), 1)
}

pub(super) async fn one_code_signs_in_once<S: Subject>(trial: &Trial<'_, S>) -> Verdict {
    let account = trial.account().await?;
    let attempts = trial
        .challenges(&account.user)
        .await?
        .into_iter()
        .map(|challenge| (challenge, account.code()));
    signs_in_once(trial, &account.user, attempts.collect()).await
}

pub(super) async fn one_recovery_code_signs_in_once<S: Subject>(trial: &Trial<'_, S>) -> Verdict {
    let account = trial.account().await?;
    let code = account
        .codes
        .codes()
        .first()
        .map(|code| code.expose().to_string())
        .unwrap_or_default();
    let attempts = trial
        .challenges(&account.user)
        .await?
        .into_iter()
        .map(|challenge| (challenge, code.clone()));
    signs_in_once(trial, &account.user, attempts.collect()).await?;
    expect(
        "uses of the recovery code",
        trial
            .count(&account.user, EventKind::RecoveryCodeUsed)
            .await,
        1,
    )
}

pub(super) async fn one_challenge_signs_in_once<S: Subject>(trial: &Trial<'_, S>) -> Verdict {
    let account = trial.account().await?;
    let challenge = trial
        .challenges(&account.user)
        .await?
        .pop()
        .ok_or("no challenge")?;
    // Each contestant has a code of its own, so that they share only the challenge.
    let codes = account
        .codes
        .codes()
        .iter()
        .map(|code| code.expose().to_string());
    let attempts = codes.map(|code| (challenge.clone(), code));
    signs_in_once(trial, &account.user, attempts.collect()).await
}

/// Exactly one attempt succeeds, and the charged attempts are those that were answered as wrong.
async fn signs_in_once<S: Subject>(
    trial: &Trial<'_, S>,
    user: &UserId,
    attempts: Vec<(Token<Challenge>, String)>,
) -> Verdict {
    let ends = answer_all(trial, attempts).await?;
    expect("logins that succeeded", count(&ends, End::Verified), 1)?;
    expect(
        "logins that were recorded",
        trial.count(user, EventKind::LoginVerified).await,
        1,
    )?;
    charged_as_answered(trial, user, &ends).await
}

pub(super) async fn parallel_guesses_are_all_charged<S: Subject>(trial: &Trial<'_, S>) -> Verdict {
    let account = trial.account().await?;
    let wrong = account.wrong_code();
    let attempts = trial
        .challenges(&account.user)
        .await?
        .into_iter()
        .map(|challenge| (challenge, wrong.clone()));
    let ends = answer_all(trial, attempts.collect()).await?;
    charged_as_answered(trial, &account.user, &ends).await?;
    if count(&ends, End::Charged) > 5 {
        return Err(format!(
            "{} guesses were evaluated before the factor was blocked",
            count(&ends, End::Charged)
        ));
    }
    Ok(())
}

async fn charged_as_answered<S: Subject>(
    trial: &Trial<'_, S>,
    user: &UserId,
    ends: &[End],
) -> Verdict {
    let charged = trial.count(user, EventKind::LoginRefused).await;
    expect(
        "failures that were charged",
        charged,
        count(ends, End::Charged),
    )
}

async fn answer_all<S: Subject>(
    trial: &Trial<'_, S>,
    attempts: Vec<(Token<Challenge>, String)>,
) -> Result<Vec<End>, String> {
    let mut contestants = Vec::new();
    for (turn, (challenge, code)) in attempts.into_iter().enumerate() {
        let mfa = mfa_over(trial.handle(turn))?;
        contestants
            .push(async move { End::of(mfa.answer_challenge(&challenge, code.as_str()).await) });
    }
    let crowd = contestants.len();
    let ends = race(trial.subject, contestants).await;
    expect("contestants that finished", ends.len(), crowd)?;
    expect("operations that broke", count(&ends, End::Broken), 0)?;
    Ok(ends)
}

fn count(ends: &[End], end: End) -> usize {
    ends.iter().filter(|seen| **seen == end).count()
}

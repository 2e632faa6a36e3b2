//! What the library makes of a store that fails, before, after and instead of writing.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use super::contract::expect;
use super::fixture::{Account, Trial, challenge, mfa_over};
use super::{Subject, Verdict};
use crate::account::{Denial, EventKind, Verified};
use crate::service::{Error, Mfa};
use crate::store::{Change, Committed, Stored, UserStore};
use crate::user::UserId;

/// What happens to one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Plan {
    Work,
    /// Nothing is written, and an error is answered.
    FailBefore,
    /// It is written, and an error is answered: the acknowledgement is lost.
    FailAfter,
    /// The call before, which failed, is written just before this one.
    PrecededByLateTwin,
}

/// The store under test, failing by plan.
struct Faulty<S> {
    store: Arc<S>,
    loads: Mutex<VecDeque<Plan>>,
    commits: Mutex<VecDeque<Plan>>,
}

#[derive(Debug, thiserror::Error)]
#[error("the connection was lost")]
struct Lost;

fn next(plans: &Mutex<VecDeque<Plan>>) -> Plan {
    plans
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .pop_front()
        .unwrap_or(Plan::Work)
}

impl<S: UserStore> UserStore for Faulty<S> {
    type Error = Lost;

    async fn load(&self, user: &UserId) -> Result<Option<Stored>, Lost> {
        match next(&self.loads) {
            Plan::Work => self.store.load(user).await.map_err(|_| Lost),
            _ => Err(Lost),
        }
    }

    async fn commit(&self, change: Change<'_>) -> Result<Committed, Lost> {
        match next(&self.commits) {
            Plan::Work => self.store.commit(change).await.map_err(|_| Lost),
            Plan::FailBefore => Err(Lost),
            Plan::FailAfter => {
                let _ = self.store.commit(change).await;
                Err(Lost)
            }
            Plan::PrecededByLateTwin => {
                let _ = self.store.commit(change).await;
                self.store.commit(change).await.map_err(|_| Lost)
            }
        }
    }
}

/// One answer to a challenge over a store that fails by plan.
struct Scene {
    account: Account,
    sound: Mfa,
    faulty: Mfa,
}

impl Scene {
    async fn set<S: Subject>(
        trial: &Trial<'_, S>,
        loads: &[Plan],
        commits: &[Plan],
    ) -> Result<Self, String> {
        let plan = |plans: &[Plan]| Mutex::new(plans.iter().copied().collect());
        let store = Faulty {
            store: Arc::clone(&trial.store),
            loads: plan(loads),
            commits: plan(commits),
        };
        Ok(Self {
            account: trial.account().await?,
            sound: trial.mfa()?,
            faulty: mfa_over(store)?,
        })
    }

    /// Answers through the failing store.
    async fn answer(&self, code: &str) -> Result<Result<Verified, Error>, String> {
        let challenge = challenge(&self.sound, &self.account.user).await?;
        Ok(self.faulty.answer(&challenge, code).await)
    }

    /// Whether the code of the present step still signs in.
    async fn code_is_still_good(&self) -> Result<bool, String> {
        let challenge = challenge(&self.sound, &self.account.user).await?;
        match self
            .sound
            .answer(&challenge, self.account.code().as_str())
            .await
        {
            Ok(_) => Ok(true),
            Err(Error::Denied(Denial::InvalidCode)) => Ok(false),
            Err(error) => Err(format!("the answer after the fault failed: {error}")),
        }
    }
}

/// The login went through, once, and its code is dead.
async fn signed_in_once<S: Subject>(
    trial: &Trial<'_, S>,
    scene: &Scene,
    result: Result<Verified, Error>,
) -> Verdict {
    if let Err(error) = result {
        return Err(format!("the login failed: {error}"));
    }
    recorded_once(trial, scene).await
}

/// One login was recorded, and its code is dead.
async fn recorded_once<S: Subject>(trial: &Trial<'_, S>, scene: &Scene) -> Verdict {
    expect(
        "logins that were recorded",
        trial
            .count(&scene.account.user, EventKind::LoginVerified)
            .await,
        1,
    )?;
    expect(
        "whether the code is good again",
        scene.code_is_still_good().await?,
        false,
    )
}

fn indeterminate(result: Result<Verified, Error>) -> Verdict {
    match result {
        Err(Error::Indeterminate(_)) => Ok(()),
        other => Err(format!(
            "{:?} instead of an indeterminate fault",
            other.map(|_| "verified")
        )),
    }
}

pub(super) async fn a_failed_load_refuses_and_writes_nothing<S: Subject>(
    trial: &Trial<'_, S>,
) -> Verdict {
    let scene = Scene::set(trial, &[Plan::FailBefore], &[]).await?;
    let before = trial.load(&scene.account.user).await?;
    let result = scene.answer(&scene.account.code()).await?;
    expect(
        "whether the store's error came through",
        matches!(result, Err(Error::Store(_))),
        true,
    )?;
    expect("the record", trial.load(&scene.account.user).await?, before)
}

pub(super) async fn a_commit_that_failed_before_writing_is_made_again<S: Subject>(
    trial: &Trial<'_, S>,
) -> Verdict {
    let scene = Scene::set(trial, &[], &[Plan::FailBefore]).await?;
    let result = scene.answer(&scene.account.code()).await?;
    signed_in_once(trial, &scene, result).await
}

pub(super) async fn a_lost_acknowledgement_repeats_nothing<S: Subject>(
    trial: &Trial<'_, S>,
) -> Verdict {
    for commits in [
        [Plan::FailAfter, Plan::Work],
        [Plan::FailBefore, Plan::FailAfter],
    ] {
        let scene = Scene::set(trial, &[], &commits).await?;
        let result = scene.answer(&scene.account.code()).await?;
        signed_in_once(trial, &scene, result).await?;
    }
    Ok(())
}

pub(super) async fn a_commit_that_keeps_failing_is_indeterminate_and_changes_nothing<S: Subject>(
    trial: &Trial<'_, S>,
) -> Verdict {
    let scene = Scene::set(trial, &[], &[Plan::FailBefore, Plan::FailBefore]).await?;
    let before = trial.load(&scene.account.user).await?;
    indeterminate(scene.answer(&scene.account.code()).await?)?;
    expect("the record", trial.load(&scene.account.user).await?, before)?;
    expect(
        "whether the code is still good",
        scene.code_is_still_good().await?,
        true,
    )
}

pub(super) async fn a_lost_acknowledgement_without_reading_back_is_indeterminate_and_loses_nothing<
    S: Subject,
>(
    trial: &Trial<'_, S>,
) -> Verdict {
    let scene = Scene::set(trial, &[Plan::Work, Plan::FailBefore], &[Plan::FailAfter]).await?;
    indeterminate(scene.answer(&scene.account.code()).await?)?;
    recorded_once(trial, &scene).await
}

pub(super) async fn a_late_write_is_found_and_not_repeated<S: Subject>(
    trial: &Trial<'_, S>,
) -> Verdict {
    let scene = Scene::set(trial, &[], &[Plan::FailBefore, Plan::PrecededByLateTwin]).await?;
    let result = scene.answer(&scene.account.code()).await?;
    signed_in_once(trial, &scene, result).await
}

pub(super) async fn a_lost_refusal_is_charged_once<S: Subject>(trial: &Trial<'_, S>) -> Verdict {
    let scene = Scene::set(trial, &[], &[Plan::FailAfter]).await?;
    let result = scene.answer(&scene.account.wrong_code()).await?;
    expect(
        "the denial",
        result.err().and_then(|error| error.denial()),
        Some(Denial::InvalidCode),
    )?;
    expect(
        "failures that were charged",
        trial
            .count(&scene.account.user, EventKind::LoginRefused)
            .await,
        1,
    )
}

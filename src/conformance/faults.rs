//! The library over a store that fails, before, after and instead of writing.

use std::sync::Arc;

use super::contract::expect;
use super::fixture::{Account, Trial, challenge, mfa_over};
use super::{Subject, Verdict};
use crate::account::Verified;
use crate::denial::Denial;
use crate::event::EventKind;
use crate::service::{Error, Mfa};
use crate::testing::{Fate, ScriptedStore};

/// One answer to a challenge, over a store that fails by plan.
struct Scene<S: Subject> {
    account: Account,
    sound: Mfa,
    script: Arc<ScriptedStore<Arc<S::Store>>>,
    faulty: Mfa,
}

impl<S: Subject> Scene<S> {
    async fn set(trial: &Trial<'_, S>) -> Result<Self, String> {
        let script = Arc::new(ScriptedStore::over(Arc::clone(&trial.store)));
        Ok(Self {
            account: trial.account().await?,
            sound: trial.mfa()?,
            faulty: mfa_over(Arc::clone(&script))?,
            script,
        })
    }

    /// Answers through the failing store.
    async fn answer(&self, code: &str) -> Result<Result<Verified, Error>, String> {
        let challenge = challenge(&self.sound, &self.account.user).await?;
        Ok(self.faulty.answer_challenge(&challenge, code).await)
    }

    /// Whether the code of the present step still signs in.
    async fn code_is_still_good(&self) -> Result<bool, String> {
        let challenge = challenge(&self.sound, &self.account.user).await?;
        match self
            .sound
            .answer_challenge(&challenge, self.account.code().as_str())
            .await
        {
            Ok(_) => Ok(true),
            Err(Error::Denied(Denial::InvalidCode)) => Ok(false),
            Err(error) => Err(format!("the answer after the fault failed: {error}")),
        }
    }
}

/// The login succeeded once, and its code is dead.
async fn signed_in_once<S: Subject>(
    trial: &Trial<'_, S>,
    scene: &Scene<S>,
    result: Result<Verified, Error>,
) -> Verdict {
    if let Err(error) = result {
        return Err(format!("the login failed: {error}"));
    }
    recorded_once(trial, scene).await
}

/// One login was recorded, and its code is dead.
async fn recorded_once<S: Subject>(trial: &Trial<'_, S>, scene: &Scene<S>) -> Verdict {
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
    let scene = Scene::set(trial).await?;
    let before = trial.load(&scene.account.user).await?;
    scene.script.at_load(1, Fate::Fail);
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
    let scene = Scene::set(trial).await?;
    scene.script.at_commit(1, Fate::Fail);
    let result = scene.answer(&scene.account.code()).await?;
    signed_in_once(trial, &scene, result).await
}

pub(super) async fn a_lost_acknowledgement_repeats_nothing<S: Subject>(
    trial: &Trial<'_, S>,
) -> Verdict {
    for lost in [1, 2] {
        let scene = Scene::set(trial).await?;
        scene.script.at_commit(1, Fate::Fail);
        scene.script.at_commit(lost, Fate::LoseAnswer);
        let result = scene.answer(&scene.account.code()).await?;
        signed_in_once(trial, &scene, result).await?;
    }
    Ok(())
}

pub(super) async fn a_commit_that_keeps_failing_is_indeterminate_and_changes_nothing<S: Subject>(
    trial: &Trial<'_, S>,
) -> Verdict {
    let scene = Scene::set(trial).await?;
    scene.script.every_commit(Fate::Fail);
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
    let scene = Scene::set(trial).await?;
    scene.script.at_commit(1, Fate::LoseAnswer);
    scene.script.at_load(2, Fate::Fail);
    indeterminate(scene.answer(&scene.account.code()).await?)?;
    recorded_once(trial, &scene).await
}

pub(super) async fn a_late_write_is_found_and_not_repeated<S: Subject>(
    trial: &Trial<'_, S>,
) -> Verdict {
    let scene = Scene::set(trial).await?;
    scene.script.at_commit(1, Fate::Fail);
    scene.script.at_commit(2, Fate::Repeat);
    let result = scene.answer(&scene.account.code()).await?;
    signed_in_once(trial, &scene, result).await
}

pub(super) async fn a_lost_refusal_is_charged_once<S: Subject>(trial: &Trial<'_, S>) -> Verdict {
    let scene = Scene::set(trial).await?;
    scene.script.at_commit(1, Fate::LoseAnswer);
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

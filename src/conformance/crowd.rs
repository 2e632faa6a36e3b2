//! Answers that belong to another statement, or to no statement.

use std::sync::Arc;

use super::contract::expect;
use super::fixture::{
    CROWD, Trial, change, commit, commit_beside_others, event, fresh_user, fresh_version, load,
    record,
};
use super::race::race;
use super::{Subject, Verdict};
use crate::event::EventKind;
use crate::store::{Committed, Expected, Stored, UserStore};

/// The number of operations of each member of the crowd.
const ROUNDS: usize = 16;

/// Each member has a user of its own, so that all answers are known beforehand, however many ask at
/// once.
pub(super) async fn in_a_crowd_every_answer_is_about_its_own_statement<S: Subject>(
    trial: &Trial<'_, S>,
) -> Verdict {
    let crowd = (0..CROWD).map(|turn| alone(trial.handle(turn), trial.handle(turn + 1)));
    let verdicts = race(trial.subject, crowd.collect()).await;
    expect("contestants that finished", verdicts.len(), CROWD)?;
    verdicts.into_iter().collect()
}

async fn alone<S: UserStore>(writer: Arc<S>, reader: Arc<S>) -> Verdict {
    let (user, stranger) = (fresh_user()?, fresh_user()?);
    let mut stands_at = Expected::Absent;
    for round in 0..ROUNDS {
        let (version, record) = (fresh_version()?, record(&format!("{user} {round}")));
        let events = [event(&user, EventKind::LoginVerified)];
        let update = change(&user, stands_at, version, &record, &events);
        let committed = commit_beside_others(&*writer, update).await?;
        expect("a commit", committed, Committed::Done)?;
        let stored = Some(Stored {
            version,
            record: record.clone(),
        });
        expect(
            "what was written",
            load(&*reader, &user).await?,
            stored.clone(),
        )?;
        // Committing the same change again is stale.
        expect(
            "a stale commit",
            commit(&*writer, update).await?,
            Committed::Conflict,
        )?;
        expect("what stands", load(&*writer, &user).await?, stored)?;
        expect("a stranger", load(&*reader, &stranger).await?, None)?;
        stands_at = Expected::At(version);
    }
    Ok(())
}

//! What a scripted store does to its calls.

use std::sync::Arc;
use std::task::Waker;

use pollster::block_on;

use super::*;
use crate::entropy::{Random, SystemEntropy};
use crate::store::Summary;
use crate::store::{Expected, MemoryStore, MemoryStoreError};
use crate::version::Version;

const LOST: ScriptedStoreError<MemoryStoreError> = ScriptedStoreError::Scripted;

type Store = ScriptedStore<Arc<MemoryStore>>;

fn store() -> Store {
    ScriptedStore::over(Arc::default())
}

fn alice() -> UserId {
    UserId::from(1_u64)
}

/// Commits the first record of a user.
async fn commit(
    store: &impl UserStore<Error = ScriptedStoreError<MemoryStoreError>>,
    user: UserId,
) -> Result<Committed, ScriptedStoreError<MemoryStoreError>> {
    let change = Change {
        user: &user,
        expected: Expected::Absent,
        version: Version::drawn(&Random(&SystemEntropy).bytes().unwrap()),
        record: &Record::from_bytes("{\"a\":1}"),
        summary: Summary::default(),
        events: &[],
    };
    store.commit(change).await
}

async fn is_written(store: &Store, user: &UserId) -> bool {
    store.inner().load(user).await.unwrap().is_some()
}

#[test]
fn a_commit_meets_its_fate() {
    block_on(async {
        for (fate, answer, written) in [
            (Fate::Fail, Err(LOST), false),
            (Fate::Conflict, Ok(Committed::Conflict), false),
            (Fate::LoseAnswer, Err(LOST), true),
            (Fate::BreakDown, Err(LOST), true),
            (Fate::Repeat, Ok(Committed::Conflict), true),
            (Fate::Delay, Ok(Committed::Done), true),
        ] {
            let store = store();
            store.at_commit(2, fate);
            assert_eq!(commit(&store, 7_u64.into()).await, Ok(Committed::Done));
            assert_eq!(commit(&store, alice()).await, answer, "{fate:?}");
            assert_eq!(is_written(&store, &alice()).await, written, "{fate:?}");
            let broken = store.load(&alice()).await == Err(LOST);
            assert_eq!(broken, fate == Fate::BreakDown);
            store.repair();
            assert_eq!(commit(&store, 8_u64.into()).await, Ok(Committed::Done));
            assert_eq!((store.loads(), store.commits()), (1, 3));
        }
    });
}

#[test]
fn a_load_meets_its_fate_and_no_other_call_does() {
    block_on(async {
        let store = store();
        store.every_load(Fate::Fail);
        store.at_load(2, Fate::Repeat);
        let _ = commit(&store, alice()).await.unwrap();
        assert_eq!(store.load(&alice()).await, Err(LOST));
        assert!(store.load(&alice()).await.unwrap().is_some());
        assert_eq!(store.load(&alice()).await, Err(LOST));
        assert_eq!(store.users(None, 9).await, Ok(vec![alice()]));
        store.break_down();
        assert_eq!(commit(&store, 2_u64.into()).await, Err(LOST));
        assert_eq!(store.users(None, 9).await, Err(LOST));
        let until = Timestamp::from_unix(0);
        assert_eq!(store.due(until, None, 9).await, Err(LOST));
        assert_eq!(store.events(&alice(), None, 9).await, Err(LOST));
        store.repair();
        store.damage(&alice());
        let damaged = store.load(&alice()).await.unwrap().unwrap();
        assert_eq!(damaged.record.as_bytes(), b"{\"a");
    });
}

/// Polls a future a number of times and drops it. Returns its output if it completed.
fn poll<T>(times: usize, call: impl Future<Output = T>) -> Option<T> {
    let mut call = Box::pin(call);
    let mut context = Context::from_waker(Waker::noop());
    (0..times).find_map(|_| match call.as_mut().poll(&mut context) {
        Poll::Ready(answer) => Some(answer),
        Poll::Pending => None,
    })
}

#[test]
fn a_delayed_call_can_be_dropped_before_it_and_after_it_and_a_stalled_one_never_ends() {
    for (polls, written, answered) in [(1, false, false), (2, true, false), (3, true, true)] {
        let store = store();
        store.every_commit(Fate::Delay);
        let answer = poll(polls, commit(&store, alice()));
        assert_eq!(answer.is_some(), answered, "{polls}");
        assert_eq!(block_on(is_written(&store, &alice())), written, "{polls}");
    }
    let store = store();
    store.at_commit(1, Fate::Stall);
    assert_eq!(poll(9, commit(&store, alice())), None);
    assert!(!block_on(is_written(&store, &alice())));
}

#[test]
fn something_else_happens_before_a_call() {
    block_on(async {
        let store = Arc::new(store());
        let other = Arc::clone(&store);
        store.before_commit(2, async move {
            let _ = commit(&other, alice()).await.unwrap();
        });
        assert_eq!(commit(&store, 7_u64.into()).await, Ok(Committed::Done));
        assert_eq!(commit(&store, alice()).await, Ok(Committed::Conflict));
        let other = Arc::clone(&store);
        store.before_load(1, async move {
            let _ = commit(&other, 9_u64.into()).await.unwrap();
        });
        assert!(store.load(&9_u64.into()).await.unwrap().is_some());
    });
}

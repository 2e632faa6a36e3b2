//! A database that was restored from a backup, made as its operator makes one: what it opens again,
//! and what closes it.

use std::time::Duration;

use countersign::account::{Completed, CompletedBy, StepUpPurpose};
use countersign::event::{Event, EventKind};
use countersign::testing::SteppedClock;
use countersign::{Answer, Denial, Error, FirstFactor, Login, Mfa, RequestContext};
use countersign_sqlx::{MySqlStore, PostgresStore};

use crate::databases::{Database, Served, ServerStore, Sqlite, Store};
use crate::servers::Server;
use crate::support::{NOW, STEP, builder_at, challenge, count, enroll, events, policy};

/// A database with the tools of its operator.
trait Operated {
    type Database: Database<Store = Self::Store>;
    type Store: Store;

    fn database(&self) -> &Self::Database;

    /// Makes a backup while the service runs.
    async fn back_up(&mut self);

    /// A new database out of the backup.
    async fn restore(&mut self, name: &str) -> Self::Database;
}

struct File {
    original: Sqlite,
    backup: Sqlite,
}

struct OnServer<S> {
    server: Server,
    original: Served<S>,
}

impl Operated for File {
    type Database = Sqlite;
    type Store = <Sqlite as Database>::Store;

    fn database(&self) -> &Sqlite {
        &self.original
    }

    async fn back_up(&mut self) {
        let store = self.original.store().await;
        let backup = format!("VACUUM INTO '{}'", self.backup.file().display());
        store.run(backup).await;
    }

    async fn restore(&mut self, _: &str) -> Sqlite {
        let restored = Sqlite::fresh();
        std::fs::copy(self.backup.file(), restored.file()).unwrap();
        restored
    }
}

impl<S: ServerStore> Operated for OnServer<S> {
    type Database = Served<S>;
    type Store = S;

    fn database(&self) -> &Served<S> {
        &self.original
    }

    async fn back_up(&mut self) {
        self.server.back_up();
    }

    async fn restore(&mut self, name: &str) -> Served<S> {
        self.original.moved_to(&self.server.restore(name))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_happened_since_the_backup_does_not_happen_again_in_sqlite() {
    what_happened_since_the_backup_does_not_happen_again(File {
        original: Sqlite::fresh(),
        backup: Sqlite::fresh(),
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs PostgreSQL"]
async fn what_happened_since_the_backup_does_not_happen_again_in_postgres() {
    on_a_server::<PostgresStore>().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs MariaDB"]
async fn what_happened_since_the_backup_does_not_happen_again_in_mariadb() {
    on_a_server::<MySqlStore>().await;
}

async fn on_a_server<S: ServerStore>() {
    let server = Served::<S>::server();
    what_happened_since_the_backup_does_not_happen_again(OnServer {
        original: Served::<S>::at(&server.url),
        server,
    })
    .await;
}

async fn what_happened_since_the_backup_does_not_happen_again<O: Operated>(mut operated: O) {
    let (store, clock) = (
        operated.database().with_outbox().await,
        SteppedClock::at(NOW),
    );
    let before = service(&store, &clock, false);
    let alice = enroll(&before, "alice").await;
    let user = &alice.user;
    let token = challenge(&before, user).await;
    let code = alice.code(NOW);
    let answer = Answer::parse(&code).unwrap().trust_device("Firefox");
    let cookie = before
        .answer_challenge(&token, answer)
        .await
        .unwrap()
        .device
        .unwrap();
    let with_cookie = RequestContext::new().device(cookie.token);

    operated.back_up().await;
    clock.advance(STEP);
    let (code, recovery_code) = (alice.code(clock.time()), &alice.recovery[0]);
    let token = challenge(&before, user).await;
    let verified = before
        .answer_challenge(&token, code.as_str())
        .await
        .unwrap();
    let epoch = verified.sessions.epoch;
    let another = challenge(&before, user).await;
    before
        .answer_challenge(&another, recovery_code)
        .await
        .unwrap();
    let password = FirstFactor::password_at(clock.time());
    let purpose = StepUpPurpose::app("transfer").unwrap();
    let step_up = before.step_up(user, password, &alice.recovery[1], purpose.clone());
    let step_up = step_up.await.unwrap().token;
    let redeemed = before.redeem_step_up(user, &step_up, purpose.clone()).await;
    redeemed.unwrap();
    // The disk fails.
    clock.advance(Duration::from_secs(1));

    // Nobody tells the service: all of it happens again.
    let database = operated.restore("untold").await;
    let untold = service(&database.with_outbox().await, &clock, false);
    let trusted = untold
        .with_context(with_cookie.clone())
        .begin_login(user, FirstFactor::password_at(NOW))
        .await;
    assert!(matches!(
        trusted,
        Ok(Login::Completed(Completed {
            by: CompletedBy::Remembered(_),
            ..
        }))
    ));
    untold
        .answer_challenge(&token, code.as_str())
        .await
        .unwrap();
    untold
        .answer_challenge(&another, recovery_code)
        .await
        .unwrap();
    let redeemed = untold.redeem_step_up(user, &step_up, purpose.clone()).await;
    redeemed.unwrap();
    let status = untold.status(user).await.unwrap();
    assert!(status.honors(epoch));
    assert!(!status.recovery_codes.unwrap().stale);

    // The service is told.
    let database = operated.restore("told").await;
    let store = database.with_outbox().await;
    let told = service(&store, &clock, true);
    for token in [&token, &another] {
        for code in [&code, recovery_code] {
            let again = told.answer_challenge(token, code).await;
            assert_eq!(denied(again), Denial::TokenExpired);
        }
    }
    let redeemed = told.redeem_step_up(user, &step_up, purpose).await;
    assert_eq!(denied(redeemed), Denial::TokenExpired);
    let login = told
        .with_context(with_cookie)
        .begin_login(user, FirstFactor::password_at(NOW))
        .await
        .unwrap();
    let Login::Challenge(fresh) = login else {
        panic!("{login:?}");
    };
    let again = told.answer_challenge(&fresh.token, code.as_str()).await;
    assert_eq!(denied(again), Denial::InvalidCode);

    let status = told.status(user).await.unwrap();
    assert!(!status.honors(epoch), "sessions are over");
    assert_eq!(status.trusted_devices, []);
    let recovery = status.recovery_codes.unwrap();
    assert!(recovery.stale, "{recovery:?}");

    // All codes that the app had shown by then are dead, and the next one signs in. She was told,
    // once.
    clock.advance(2 * STEP);
    let token = challenge(&told, user).await;
    let code = alice.code(clock.time());
    told.answer_challenge(&token, code.as_str()).await.unwrap();
    assert_eq!(count(&store, user, EventKind::RestoredFromBackup).await, 1);
    let events = events(&store, user).await;
    let mut restored = events
        .iter()
        .filter(|event| event.kind == EventKind::RestoredFromBackup);
    assert!(restored.all(Event::notify_user));
    let messages = format!(
        "SELECT count(*) FROM {}outbox WHERE events LIKE '%restored_from_backup%'",
        database.prefix()
    );
    assert_eq!(store.number(messages).await, 1);
}

/// A service that trusts devices, which is told or not that its database was restored just now.
fn service<S: Store>(store: &S, clock: &SteppedClock, restored: bool) -> Mfa {
    let mut builder = builder_at(store.clone(), policy().trusted_devices(true), clock);
    if restored {
        builder = builder.restored_at(clock.time());
    }
    builder.build().unwrap()
}

fn denied<T>(result: Result<T, Error>) -> Denial {
    result.map(drop).unwrap_err().denial().unwrap()
}

//! docs/runbook.md, tried: each of its blocks of code stands in a test below, line by line.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::collections::BTreeSet;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use countersign::account::{Administrator, Intervention};
use countersign::event::EventKind;
use countersign::keys::{KeyId, Keyring};
use countersign::store::{Lost, MemoryStore};
use countersign::testing::{Phone, SteppedClock};
use countersign::time::Timestamp;
use countersign::{Denial, Directory, FirstFactor, Login, Mfa, MfaBuilder, Policy, UserId};

type Tried = Result<(), Box<dyn Error>>;

const OLD_KEY: &str = "2026:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

struct Service {
    store: Arc<MemoryStore>,
    clock: SteppedClock,
}

impl Service {
    fn new() -> Self {
        Self {
            store: Arc::new(MemoryStore::new()),
            clock: SteppedClock::at(Timestamp::from_unix(1_800_000_000)),
        }
    }

    fn builder(&self, keys: &str) -> MfaBuilder<Arc<MemoryStore>> {
        Mfa::builder(Arc::clone(&self.store))
            .keys(keys.parse::<Keyring>().unwrap())
            .policy(Policy::new("tests", "Tests"))
            .clock(self.clock.clone())
    }

    fn start(&self) -> (Mfa, Directory) {
        self.builder(OLD_KEY).build_with_directory().unwrap()
    }

    async fn enroll(&self, mfa: &Mfa, user: &UserId) -> Phone {
        let password = FirstFactor::password_at(self.clock.time());
        let setup = mfa.start_enrollment(user, "alice", password).await.unwrap();
        let phone = Phone::scan(&setup.uri);
        let code = phone.code_at(self.clock.time());
        mfa.confirm_enrollment(&setup.token, &code).await.unwrap();
        self.clock.advance(Duration::from_secs(60));
        phone
    }

    /// What comes of a login with the present code.
    async fn login(&self, mfa: &Mfa, user: &UserId, phone: &Phone) -> Result<(), Option<Denial>> {
        self.answer(mfa, user, &phone.code_at(self.clock.time()))
            .await
    }

    async fn answer(&self, mfa: &Mfa, user: &UserId, code: &str) -> Result<(), Option<Denial>> {
        let password = FirstFactor::password_at(self.clock.time());
        let login = mfa
            .begin_login(user, password)
            .await
            .map_err(|error| error.denial())?;
        let Login::Challenge(challenge) = login else {
            return Err(None);
        };
        let answered = mfa.answer_challenge(&challenge.token, code).await;
        answered.map(drop).map_err(|error| error.denial())
    }
}

fn alice() -> UserId {
    UserId::from(42_u64)
}

/// What every measure of an administrator takes.
fn ticket(reason: &str) -> Intervention {
    let carol = Administrator::new("carol@help.example");
    let ticket = |reason: &str| carol.clone().because(reason);
    ticket(reason)
}

#[test]
fn a_lost_phone() -> Tried {
    pollster::block_on(async {
        let service = Service::new();
        let ((mfa, directory), user) = (service.start(), alice());
        let phone = service.enroll(&mfa, &user).await;

        let status = mfa.status(&user).await?;
        let trail = directory.events(&user, None, 20).await?;
        assert!(status.enabled && trail.len() > 1);

        mfa.admin_reset_account(&user, ticket("lost the phone, identity checked by video"))
            .await?;

        assert!(mfa.status(&user).await?.reset_pending);
        // Nobody gets in: there is neither a challenge nor a session.
        assert_eq!(service.login(&mfa, &user, &phone).await, Err(None));
        let trail = directory.events(&user, None, 20).await?;
        let reset = trail
            .iter()
            .find(|recorded| recorded.event.kind == EventKind::Reset);
        assert!(
            mfa.links_for(&reset.ok_or("no event")?.event)?
                .enroll
                .is_some()
        );
        Ok(())
    })
}

#[test]
fn locked_out() -> Tried {
    pollster::block_on(async {
        let service = Service::new();
        let ((mfa, _), user) = (service.start(), alice());
        let phone = service.enroll(&mfa, &user).await;

        while !mfa.status(&user).await?.password_change_required {
            let wrong = phone.wrong_code_at(service.clock.time());
            service.answer(&mfa, &user, &wrong).await.unwrap_err();
            service.clock.advance(Duration::from_secs(2 * 3_600));
        }
        assert_eq!(service.login(&mfa, &user, &phone).await, Err(None));
        mfa.password_changed(&user).await?;
        assert_eq!(service.login(&mfa, &user, &phone).await, Ok(()));

        mfa.lock_account(&user).await?;
        let locked = service.login(&mfa, &user, &phone).await;
        assert_eq!(locked, Err(Some(Denial::Locked)));
        service.clock.advance(Duration::from_secs(60));
        mfa.admin_unlock_account(&user, ticket("identity checked, password changed"))
            .await?;
        assert_eq!(service.login(&mfa, &user, &phone).await, Ok(()));
        Ok(())
    })
}

#[test]
fn mass_phishing() -> Tried {
    pollster::block_on(async {
        let service = Service::new();
        let ((mfa, directory), user) = (service.start(), alice());
        let since = service.clock.time();
        let bystander = UserId::from(43_u64);
        let phone = service.enroll(&mfa, &user).await;
        service.enroll(&mfa, &bystander).await;
        let wrong = phone.wrong_code_at(service.clock.time());
        service.answer(&mfa, &user, &wrong).await.unwrap_err();

        let mut tried = BTreeSet::new();
        let mut cursor = None;
        loop {
            let page = directory.events_after(cursor.as_ref(), 500).await?;
            if page.events.is_empty() {
                break;
            }
            for recorded in page
                .events
                .into_iter()
                .filter(|recorded| recorded.event.at >= since)
            {
                if matches!(
                    recorded.event.kind,
                    EventKind::LoginRefused | EventKind::LoginUnanswered
                ) {
                    tried.insert(recorded.event.user);
                }
            }
            cursor = Some(page.next);
        }
        assert_eq!(tried, BTreeSet::from([user.clone()]));

        mfa.admin_lock_account(
            &user,
            ticket("a login from the address of the phishing page"),
        )
        .await?;
        let locked = service.login(&mfa, &user, &phone).await;
        assert_eq!(locked, Err(Some(Denial::Locked)));
        Ok(())
    })
}

#[test]
fn a_leaked_master_key() -> Tried {
    pollster::block_on(async {
        let service = Service::new();
        let ((mfa, directory), user) = (service.start(), alice());
        let phone = service.enroll(&mfa, &user).await;

        mfa.reload_keys("2027:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=,2026:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".parse()?)?;
        let report = directory.reseal_all().await?;
        let usage = directory.key_usage().await?;
        assert_eq!((report.users, report.failed.len()), (1, 0));
        assert_eq!(
            usage.users_by_key.into_iter().collect::<Vec<_>>(),
            [(KeyId::new("2027")?, 1)]
        );

        mfa.reload_keys("2027:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=".parse()?)?;
        assert_eq!(service.login(&mfa, &user, &phone).await, Ok(()));
        Ok(())
    })
}

#[test]
fn a_restored_backup() -> Tried {
    pollster::block_on(async {
        let service = Service::new();
        let ((mfa, _), user) = (service.start(), alice());
        let phone = service.enroll(&mfa, &user).await;
        let epoch = mfa.status(&user).await?.epoch;
        let (builder, restored) = (service.builder(OLD_KEY), service.clock.time());

        let (mfa, directory) = builder.restored_at(restored).build_with_directory()?;
        let report = directory.reseal_all().await?;
        assert_eq!((report.users, report.failed.len()), (1, 0));
        assert_ne!(mfa.status(&user).await?.epoch, epoch);
        // The codes that were good at the restore may have been used.
        let dead = service.login(&mfa, &user, &phone).await;
        assert_eq!(dead, Err(Some(Denial::InvalidCode)));
        service.clock.advance(Duration::from_secs(120));
        assert_eq!(service.login(&mfa, &user, &phone).await, Ok(()));
        Ok(())
    })
}

#[test]
fn a_lost_key() -> Tried {
    pollster::block_on(async {
        let service = Service::new();
        let ((mfa, _), user) = (service.start(), alice());
        let phone = service.enroll(&mfa, &user).await;
        let other = "2027:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";
        let (mfa, directory) = service.builder(other).build_with_directory()?;
        assert_eq!(service.login(&mfa, &user, &phone).await, Err(None));

        let usage = directory.key_usage().await?;
        assert_eq!(
            usage.users_by_key.into_iter().collect::<Vec<_>>(),
            [(KeyId::new("2026")?, 1)]
        );

        let gone = Lost::Key(KeyId::new("2026")?);
        mfa.dangerous_replace_unreadable(&user, ticket("the key 2026 is lost"), gone)
            .await?;
        mfa.admin_unlock_account(&user, ticket("identity checked by video"))
            .await?;
        let status = mfa.status(&user).await?;
        assert!(status.reset_pending && status.locked_at.is_none());
        Ok(())
    })
}

#[test]
fn the_page_shows_what_is_tried_here() {
    let tried = |text: &str| -> String {
        // However rustfmt breaks the lines.
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        text.replace(",)", ")")
    };
    let here = tried(include_str!("runbook.rs"));
    let page = include_str!("../docs/runbook.md");
    let blocks: Vec<&str> = page
        .split("```rust,ignore\n")
        .skip(1)
        .map(|rest| rest.split_once("```").unwrap().0)
        .collect();
    assert_eq!(blocks.len(), 12);
    for block in blocks {
        assert!(here.contains(&tried(block)), "not tried: {block}");
    }
}

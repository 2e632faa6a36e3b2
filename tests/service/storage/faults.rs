//! What breaks denies, says so, and leaves everything as it was.

use std::error::Error as _;
use std::future::Future;

use countersign::account::{Administrator, StepUpPurpose};
use countersign::otp::Totp;
use countersign::store::{Change, Committed, Stored, UserStore};
use countersign::testing::SeededRng;
use countersign::token::Token;
use countersign::{Answer, Denial, Error, FailedFirstFactor, Login, Mfa, NewAuthenticator, UserId};

use crate::support::{WRONG_CODE, World, code_at, password, policy, requiring, world};

/// Another instance of the service with its own generator. Its policy requires a second factor if
/// `required`.
fn instance(world: &World, required: bool) -> (Mfa, SeededRng) {
    let rng = SeededRng::new(7);
    let drawing = rng.clone();
    let other = world.again(|builder| {
        builder
            .policy(match required {
                true => requiring(),
                false => policy(),
            })
            .rng(drawing)
    });
    (other.mfa, rng)
}

const OPERATIONS: [&str; 13] = [
    "begin",
    "begin new",
    "answer",
    "answer wrong",
    "start",
    "confirm",
    "regenerate",
    "step up",
    "remove",
    "disable",
    "password",
    "erase",
    "abandon",
];

/// Somebody with two authenticators and a pending enrolment, and a newcomer, before one operation.
struct Scene {
    world: World,
    user: UserId,
    second: countersign::id::AuthenticatorId,
    challenge: Token<countersign::token::Challenge>,
    pending: (countersign::account::Setup, String),
    recovery: Vec<String>,
    code: String,
}

impl Scene {
    async fn new() -> Self {
        let world = world();
        let person = world.enroll(1).await;
        let new = || NewAuthenticator::new("alice");
        let proof = world.with_code(&person.recovery[9]);
        let (second, _) = world.add(&person.user, new(), proof).await;
        let proof = world.with_code(&person.recovery[8]);
        let setup = world
            .mfa
            .start_enrollment(&person.user, new().replacing(second), proof)
            .await
            .unwrap();
        let totp = Totp::new(&setup.secret, Default::default());
        let pending_code = code_at(&totp, world.clock.time());
        Self {
            challenge: world.challenge(&person.user).await,
            code: world.code(&person),
            user: person.user,
            recovery: person.recovery,
            pending: (setup, pending_code),
            second,
            world,
        }
    }

    async fn run(&self, mfa: &Mfa, operation: &str) -> Result<(), Error> {
        let proof = || self.world.with_code(&self.recovery[0]);
        let (user, newcomer) = (&self.user, UserId::from(2_u64));
        match operation {
            "begin" => mfa.begin_login(user, password()).await.map(drop),
            "begin new" => mfa.begin_login(&newcomer, password()).await.map(drop),
            "answer" => mfa
                .answer_challenge(&self.challenge, &self.code)
                .await
                .map(drop),
            "answer wrong" => mfa
                .answer_challenge(&self.challenge, WRONG_CODE)
                .await
                .map(drop),
            "start" => mfa.start_enrollment(user, "a", proof()).await.map(drop),
            "confirm" => {
                let (setup, code) = &self.pending;
                mfa.confirm_enrollment(&setup.token, code).await.map(drop)
            }
            "regenerate" => mfa.regenerate_recovery_codes(user, proof()).await.map(drop),
            "step up" => {
                let (code, purpose) = (&self.recovery[0], StepUpPurpose::Add);
                let password = self.world.password();
                mfa.step_up(user, password, code, purpose).await.map(drop)
            }
            "remove" => mfa
                .remove_authenticator(user, self.second, proof())
                .await
                .map(drop),
            "disable" => mfa.disable_mfa(user, proof()).await.map(drop),
            "password" => mfa.password_changed(user).await.map(drop),
            "erase" => mfa.erase_user(user).await,
            "abandon" => mfa.cancel_login(&self.challenge).await,
            other => panic!("{other}"),
        }
    }

    async fn written(&self) -> [(Option<Vec<u8>>, usize); 2] {
        [
            self.world.written(&self.user).await,
            self.world.written(&UserId::from(2_u64)).await,
        ]
    }
}

/// Whether the policy demands a second factor, so that a newcomer's login draws a grant.
fn demands(operation: &str) -> bool {
    operation == "begin new"
}

/// Whether an operation came to its end: done, or refused for a wrong code.
fn ended(result: &Result<(), Error>) -> bool {
    matches!(result, Ok(()) | Err(Error::Denied(Denial::InvalidCode)))
}

#[tokio::test] // S-44
async fn a_failing_clock_denies_everything() {
    for operation in OPERATIONS {
        let scene = Scene::new().await;
        let (mfa, _) = instance(&scene.world, demands(operation));
        let written = scene.written().await;
        scene.world.clock.break_down();
        let result = scene.run(&mfa, operation).await;
        assert!(matches!(result, Err(Error::Clock(_))), "{operation}");
        assert!(matches!(
            mfa.status(&scene.user).await,
            Err(Error::Clock(_))
        ));
        assert_eq!(scene.written().await, written, "{operation}");
        scene.world.clock.repair();
        let result = scene.run(&mfa, operation).await;
        assert!(ended(&result), "{operation}: {result:?}");
    }
}

#[tokio::test] // S-4, S-44
async fn a_failing_generator_denies_at_whatever_draw_it_fails() {
    for operation in OPERATIONS {
        for draws in 0.. {
            let scene = Scene::new().await;
            let (mfa, rng) = instance(&scene.world, demands(operation));
            rng.break_after(draws);
            let written = scene.written().await;
            let result = scene.run(&mfa, operation).await;
            if ended(&result) {
                assert!(draws > 0, "{operation} drew nothing at all");
                break;
            }
            assert!(
                matches!(result, Err(Error::Rng(_))),
                "{operation}, draw {draws}: {result:?}"
            );
            assert_eq!(scene.written().await, written, "{operation}, draw {draws}");
            // And all of it can be used once there is randomness again.
            rng.repair();
            let result = scene.run(&mfa, operation).await;
            assert!(ended(&result), "{operation}, draw {draws}: {result:?}");
        }
    }
}

#[tokio::test]
async fn a_message_whose_links_cannot_be_drawn_is_an_error_to_be_tried_again() {
    let scene = world();
    let user = scene.enroll(1).await.user;
    let because = Administrator::new("root").because("lost phone");
    scene.mfa.admin_reset_account(&user, because).await.unwrap();
    let reset = [scene.events(&user).await.pop().unwrap()];
    let (mfa, rng) = instance(&scene, false);
    // Of the first draw the lock link is made, of the second the grant.
    for draws in 0..2 {
        rng.break_after(draws);
        assert!(matches!(mfa.notification(&reset), Err(Error::Rng(_))));
    }
    rng.repair();
    let message = mfa.notification(&reset).unwrap().unwrap();
    assert!(message.links().enroll.is_some());
}

#[test]
fn no_runtime_is_needed() {
    pollster::block_on(async {
        let world = world();
        let person = world.enroll(1).await;
        let code = world.code(&person);
        assert!(world.sign_in(&person.user, &code).await.is_ok());
    });
}

/// A database that is down, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the database is down: {0}")]
struct Down(u16);

/// Loads or writes nothing.
struct DownStore {
    loads: bool,
}

impl UserStore for DownStore {
    type Error = Down;

    async fn load(&self, _: &UserId) -> Result<Option<Stored>, Down> {
        self.loads.then_some(None).ok_or(Down(1))
    }

    async fn commit(&self, _: Change<'_>) -> Result<Committed, Down> {
        Err(Down(2))
    }
}

#[tokio::test]
async fn the_stores_own_error_can_be_had_back() {
    let world = world();
    let user = UserId::from(1_u64);
    for (loads, cause) in [(false, Down(1)), (true, Down(2))] {
        let mfa = world.builder(DownStore { loads }).build().unwrap();
        let error = mfa.password_changed(&user).await.unwrap_err();
        let source = error.source().and_then(|source| source.downcast_ref());
        assert_eq!(source, Some(&cause));
        assert!(!error.to_string().contains("down"), "{error}");
        match (loads, error) {
            (false, Error::Store(boxed)) | (true, Error::Indeterminate(boxed)) => {
                assert_eq!(*boxed.downcast::<Down>().unwrap(), cause);
            }
            (_, other) => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn each_operation_can_be_spawned() {
    fn sent<F: Future + Send>(future: F) -> F {
        future
    }
    async fn sign_in(mfa: Mfa, user: UserId, code: String) -> Result<UserId, Error> {
        match mfa.begin_login(&user, password()).await? {
            Login::Challenge(challenge) => {
                Ok(mfa.answer_challenge(&challenge.token, &code).await?.user)
            }
            _ => Err(Denial::NotEnrolled.into()),
        }
    }
    let world = world();
    let person = world.enroll(1).await;
    let (mfa, directory) = (&world.mfa, &world.directory);
    let code = world.code(&person);
    let signing_in = sign_in(mfa.clone(), person.user.clone(), code.clone());
    let user = tokio::spawn(sent(signing_in)).await.unwrap().unwrap();
    assert_eq!(user, person.user);
    let error = sign_in(mfa.clone(), person.user.clone(), code)
        .await
        .unwrap_err();
    assert_eq!(error.denial(), Some(Denial::InvalidCode));

    let (user, token) = (&person.user, &world.challenge(&person.user).await);
    let password = FailedFirstFactor;
    let proof = || password.with_code(Answer::parse("123456").unwrap());
    drop(sent(mfa.answer_challenge(token, "")));
    drop(sent(mfa.cancel_login(token)));
    drop(sent(mfa.start_enrollment(user, "a", password)));
    drop(sent(mfa.confirm_pending_enrollment(user, "")));
    drop(sent(mfa.disable_mfa(user, proof())));
    drop(sent(mfa.regenerate_recovery_codes(user, proof())));
    drop(sent(mfa.step_up(user, password, "", StepUpPurpose::Add)));
    drop(sent(directory.reseal_all()));
    drop(sent(directory.key_usage()));
    drop(sent(directory.run_due(world.clock.time())));
    drop(sent(directory.events(user, None, 1)));
}

#[tokio::test]
async fn what_is_refused_is_told_from_what_broke() {
    let world = world();
    let error = world
        .mfa
        .confirm_pending_enrollment(&UserId::from(1_u64), "123456")
        .await
        .unwrap_err();
    assert_eq!(error.denial(), Some(Denial::NothingPending));
    world.clock.break_down();
    let error = world
        .mfa
        .begin_login(&UserId::from(1_u64), password())
        .await
        .unwrap_err();
    assert_eq!(error.denial(), None);
}

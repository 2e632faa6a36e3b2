//! The sizes of sealed records: 640 bytes for most users; 1,788 for two authenticators, ten
//! recovery codes and three devices.

use countersign::account::{Completed, CompletedBy};
use countersign::event::EventKind;
use countersign::keyuri::KeyUri;
use countersign::otp::{Hotp, HotpParams, Totp};
use countersign::store::UserStore;
use countersign::{Answer, Login, NewAuthenticator, RequestContext, UserId};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::support::{Person, World, code_at, password, policy, rfc_secret, world};

/// One authenticator, ten recovery codes, one login.
const TYPICAL: usize = 640;

/// With two passkeys of 130 bytes it is 2,048.
const LIMIT: usize = 1_788;

/// How a login passes.
#[derive(Clone, Copy, Debug)]
enum Pass {
    App,
    Second,
    Device,
    Recovery,
    Wrong,
}

#[derive(Clone, Debug)]
struct Labels {
    authenticators: [String; 2],
    devices: [String; 3],
    second_counts: bool,
}

fn label() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("iPhone".to_owned()),
        Just("Key fob 4711".to_owned()),
        Just("Safari on macOS".to_owned()),
        Just("Firefox on Linux".to_owned()),
        Just("Chrome 140 on Windows 11".to_owned()),
        "[A-Za-zäöüß0-9 ]{3,24}[a-z]",
    ]
}

fn labels() -> impl Strategy<Value = Labels> {
    let devices = [label(), label(), label()];
    ([label(), label()], devices, any::<bool>()).prop_map(
        |(authenticators, devices, second_counts)| Labels {
            authenticators,
            devices,
            second_counts,
        },
    )
}

fn passes() -> impl Strategy<Value = Vec<(Pass, u64)>> {
    let pass = prop_oneof![
        6 => Just(Pass::App),
        3 => Just(Pass::Second),
        4 => Just(Pass::Device),
        1 => Just(Pass::Recovery),
        1 => Just(Pass::Wrong),
    ];
    let pause = prop_oneof![3 => 60..300_u64, 2 => 300..100_000_u64];
    vec((pass, pause), 0..24)
}

/// What the second authenticator shows.
enum Second {
    App(Totp),
    Fob(Hotp, u64),
}

struct Life {
    world: World,
    person: Person,
    second: Second,
    /// The cookies of the three browsers.
    browsers: Vec<countersign::token::Token<countersign::token::Device>>,
    used: usize,
}

impl Life {
    async fn begin(labels: &Labels) -> Self {
        let world = World::with(policy().trusted_devices(true));
        let person = world.enroll(1_000_000_007).await;
        let [first, other] = &labels.authenticators;
        let app = person.setup.authenticator;
        let renamed = world.mfa.rename_authenticator(&person.user, app, first);
        renamed.await.unwrap();
        let second = bind(&world, &person, other, labels.second_counts).await;
        let mut life = Self {
            world,
            person,
            second,
            browsers: Vec::new(),
            used: 0,
        };
        for label in &labels.devices {
            life.world.forward(30);
            let challenge = life.world.challenge(&life.person.user).await;
            let answer = Answer::totp(&life.world.code(&life.person))
                .unwrap()
                .trust_device(label);
            let verified = life
                .world
                .mfa
                .answer_challenge(&challenge, answer)
                .await
                .unwrap();
            life.browsers.push(verified.device.unwrap().token);
        }
        life
    }

    async fn live(&mut self, pass: Pass) {
        let (world, user) = (&self.world, &self.person.user);
        let typed = match (pass, &mut self.second) {
            (Pass::App, _) => world.code(&self.person),
            (Pass::Second, Second::App(totp)) => code_at(totp, world.clock.time()),
            (Pass::Second, Second::Fob(hotp, next)) => {
                *next += 1;
                hotp.code_at(*next - 1).expose_digits().to_string()
            }
            // One is left, to end with.
            (Pass::Recovery, _) if self.used < 8 => {
                self.used += 1;
                self.person.recovery[self.used].clone()
            }
            (Pass::Wrong, _) => world.wrong_code(&self.person),
            (Pass::Device | Pass::Recovery, _) => return self.present().await,
        };
        let answer = world.sign_in(user, &typed).await;
        assert_eq!(answer.is_ok(), !matches!(pass, Pass::Wrong), "{answer:?}");
    }

    async fn present(&mut self) {
        let token = self.browsers.remove(0);
        let request = RequestContext::new().device(token);
        let mfa = self.world.mfa.with_context(request);
        let trusted = mfa
            .begin_login(&self.person.user, password())
            .await
            .unwrap();
        let Login::Completed(Completed {
            by: CompletedBy::Remembered(device),
            ..
        }) = trusted
        else {
            panic!("the browser is trusted");
        };
        self.browsers.push(device.token);
    }

    async fn length(&self) -> usize {
        let stored = self.world.store.load(&self.person.user).await.unwrap();
        stored.unwrap().record.as_bytes().len()
    }
}

async fn bind(world: &World, person: &Person, label: &str, counts: bool) -> Second {
    let proof = world.with_code(&person.recovery[0]);
    if !counts {
        let new = NewAuthenticator::new("alice@example.com").label(label);
        return Second::App(world.add(&person.user, new, proof).await.1);
    }
    let params = HotpParams::default();
    let uri = KeyUri::hotp("Acme", "4711", rfc_secret(), &params, 0).unwrap();
    let new = NewAuthenticator::from_key_uri(uri).label(label);
    let started = world.mfa.start_enrollment(&person.user, new, proof);
    let setup = started.await.unwrap();
    // RFC 4226, appendix D.
    let confirmed = world.mfa.confirm_enrollment(&setup.token, "755224");
    confirmed.await.unwrap();
    Second::Fob(Hotp::new(&rfc_secret(), params), 1)
}

/// The largest that the record was.
async fn largest(labels: &Labels, passes: &[(Pass, u64)]) -> usize {
    let mut life = Life::begin(labels).await;
    let mut largest = life.length().await;
    for (pass, pause) in passes {
        life.world.forward(*pause);
        life.live(*pass).await;
        largest = largest.max(life.length().await);
    }
    let user: &UserId = &life.person.user;
    let status = life.world.mfa.status(user).await.unwrap();
    assert_eq!(status.authenticators.len(), 2);
    assert_eq!(status.recovery_codes.unwrap().total, 10);
    let kinds = life.world.kinds(user).await;
    assert!(!kinds.contains(&EventKind::DeviceRevoked));
    largest
}

#[tokio::test]
async fn the_record_of_a_typical_user_is_small() {
    let world = World::with(policy().trusted_devices(true));
    let person = world.enroll(1_000_000_007).await;
    world.forward(86_400);
    let challenge = world.challenge(&person.user).await;
    let answer = Answer::totp(&world.code(&person))
        .unwrap()
        .trust_device("Chrome 140 on Windows 11");
    world
        .mfa
        .answer_challenge(&challenge, answer)
        .await
        .unwrap();
    for _ in 0..3 {
        world.forward(86_400);
        let code = world.code(&person);
        world.sign_in(&person.user, &code).await.unwrap();
    }
    let (record, _) = world.written(&person.user).await;
    let length = record.unwrap().len();
    assert!(length < TYPICAL, "{length} bytes");
}

#[tokio::test]
async fn the_worst_that_labels_and_pace_can_do_stays_in_bounds() {
    let label = format!("{}z", "ö".repeat(24));
    let labels = Labels {
        authenticators: [label.clone(), label.clone()],
        devices: [label.clone(), label.clone(), label],
        second_counts: false,
    };
    let mut passes = vec![(Pass::Recovery, 60); 8];
    passes.extend([(Pass::Device, 60); 3]);
    passes.extend([(Pass::App, 60), (Pass::Second, 60)].repeat(6));
    passes.push((Pass::Wrong, 60));
    let largest = largest(&labels, &passes).await;
    assert!((1_024..LIMIT).contains(&largest), "{largest} bytes");
}

#[tokio::test]
async fn what_is_empty_takes_no_room() {
    let (world, user) = (world(), UserId::from(1_u64));
    world.mfa.password_changed(&user).await.unwrap();
    let (record, _) = world.written(&user).await;
    // Format, key id, nonce and tag take 31 bytes. The account contains a version of eight bytes in
    // a string, an epoch of nine bytes and a moment of five, each behind its key, the schema, and
    // the map.
    assert_eq!(
        record.unwrap().len(),
        31 + 1 + 2 + (2 + 8) + (1 + 9) + (1 + 5)
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn two_authenticators_ten_codes_and_three_devices_stay_in_bounds(
        labels in labels(),
        passes in passes(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let largest = runtime.block_on(largest(&labels, &passes));
        prop_assert!(largest < LIMIT, "{largest} bytes");
    }
}

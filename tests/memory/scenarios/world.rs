//! A service on a store in memory, whose randomness is marked.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use countersign::keys::{KeyId, Keyring, MasterKey};
use countersign::notify::{CodeSender, Destination, SentCode};
use countersign::otp::{Algorithm, Digits, TotpParams};
use countersign::store::MemoryStore;
use countersign::testing::SteppedClock;
use countersign::time::Timestamp;
use countersign::token::{Challenge, Token};
use countersign::words::German;
use countersign::{Directory, FirstFactor, Login, Mfa, Policy, UserId};
use hkdf::Hkdf;
use pollster::block_on;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::super::marked::MarkedRng;
use super::super::search::mask;
use super::super::watch::Watch;
use super::wiped;

const AUDIENCE: &str = "acme-prod";
/// Who all this happens to.
pub(super) const USER: &str = "1";

pub(super) struct World {
    pub(super) mfa: Mfa,
    directory: Directory,
    pub(super) rng: MarkedRng,
    pub(super) params: TotpParams,
    clock: SteppedClock,
    mail: Mail,
    store: Arc<MemoryStore>,
    policy: Policy,
    keys: Zeroizing<String>,
}

impl World {
    pub(super) fn new(policy: impl FnOnce(Policy) -> Policy) -> Self {
        let mut rng = MarkedRng::new(11);
        let keys = MasterKey::generate_text(&KeyId::new("k0").unwrap(), &mut rng).unwrap();
        let params = TotpParams::default()
            .with_algorithm(Algorithm::Sha512)
            .with_digits(Digits::EIGHT);
        // A long name, since texts with secrets in them must not outgrow their place.
        let issuer = "Acme ".repeat(40);
        let policy = policy(Policy::new(AUDIENCE, issuer).totp(params));
        let clock = SteppedClock::at(Timestamp::from_unix(1_800_000_000));
        let (mail, store) = (Mail::new(), Arc::default());
        let (mfa, directory) = Self::start(&store, &keys, &policy, &clock, &mail, &rng);
        Self {
            mfa,
            directory,
            rng,
            params,
            clock,
            mail,
            store,
            policy,
            keys,
        }
    }

    fn start(
        store: &Arc<MemoryStore>,
        keys: &str,
        policy: &Policy,
        clock: &SteppedClock,
        mail: &Mail,
        rng: &MarkedRng,
    ) -> (Mfa, Directory) {
        let mfa = Mfa::builder(Arc::clone(store))
            .keys(keys.parse::<Keyring>().unwrap())
            .policy(policy.clone())
            .clock(clock.clone())
            .rng(rng.clone())
            .code_sender(mail.clone());
        mfa.build_with_directory().unwrap()
    }

    /// Puts a new master key in front, and everything under it.
    pub(super) fn rotate(&mut self) {
        let new = MasterKey::generate_text(&KeyId::new("k1").unwrap(), &mut self.rng).unwrap();
        let keys = wiped(new.bytes().chain([b',']).chain(self.keys.bytes()));
        let keys = std::str::from_utf8(&keys).unwrap();
        (self.mfa, self.directory) = Self::start(
            &self.store,
            keys,
            &self.policy,
            &self.clock,
            &self.mail,
            &self.rng,
        );
        assert!(
            block_on(self.directory.reseal_all())
                .unwrap()
                .failed
                .is_empty()
        );
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.time()
    }

    pub(super) fn pass(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    pub(super) fn password(&self) -> FirstFactor {
        FirstFactor::password_at(self.now())
    }

    pub(super) fn begin(&self, user: &UserId) -> Token<Challenge> {
        self.pass(60);
        match block_on(self.mfa.begin_login(user, self.password())).unwrap() {
            Login::Challenge(challenge) => challenge.token,
            other => panic!("no challenge but {other:?}"),
        }
    }

    /// The digits that came by mail.
    pub(super) fn mailed(&self) -> Zeroizing<Vec<u8>> {
        wiped(self.mail.0.lock().unwrap().iter().copied().map(mask))
    }

    /// The keys that are derived of the master key (RFC 5869 §2.3), by the hkdf crate.
    pub(super) fn watch_keys(&self, watch: &mut Watch) {
        self.rng.each_drawn(32, |number, masked| {
            // The first draw is the master key. Later draws are keys of codes and parts of nonces.
            if number > 0 {
                return;
            }
            let key = wiped(masked.iter().copied().map(mask));
            let derive = Hkdf::<Sha256>::new(Some(b"countersign master key v1"), &key);
            for (name, purpose, user) in [
                ("key of tokens", "token", ""),
                ("key that seals records", "record", USER),
                ("key of nonces", "record nonce", ""),
                ("key that seals sheets", "recovery sheet", USER),
            ] {
                let mut key = Zeroizing::new([0; 32]);
                let parts = ["countersign key v1", purpose, AUDIENCE, user];
                let info: Vec<u8> = parts
                    .iter()
                    .flat_map(|part| {
                        [&(part.len() as u64).to_be_bytes()[..], part.as_bytes()].concat()
                    })
                    .collect();
                derive.expand(&info, &mut *key).unwrap();
                watch.passing(name, &*key);
            }
        });
    }
}

/// A mailbox that keeps the digits masked.
#[derive(Clone)]
struct Mail(Arc<Mutex<Vec<u8>>>);

impl Mail {
    fn new() -> Self {
        Self(Arc::new(Mutex::new(Vec::with_capacity(64))))
    }
}

impl CodeSender for Mail {
    type Error = Infallible;

    async fn send(&self, _: Destination<'_>, code: &SentCode) -> Result<(), Infallible> {
        let (digits, text) = (
            code.expose_digits(),
            code.expose_mail(&German, Some("https://acme.example/void")),
        );
        assert!(text.contains(digits.as_str()));
        self.0.lock().unwrap().extend(digits.bytes().map(mask));
        Ok(())
    }
}

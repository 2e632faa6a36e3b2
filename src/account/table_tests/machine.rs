//! Accounts in each state, reached by commands.

use std::cell::Cell;
use std::net::Ipv4Addr;
use std::sync::Mutex;
use std::time::Duration;

use crate::account::machine::*;
use crate::account::state::*;
use crate::account::*;
use crate::answer::Answer;
use crate::assurance::{Assurance, GivenSecond};
use crate::channel::Channel;
use crate::demand::Demand;
use crate::denial::Denial;
use crate::entropy::Random;
use crate::event::Event;
use crate::first_factor::FirstFactor;
use crate::id::{AuthenticatorId, DeviceId};
use crate::keys::{Keyring, Purpose, Seal, Vault};
use crate::method::Method;
use crate::notify::{LinkMaker, Links, SentCode};
use crate::otp::Totp;
use crate::policy::Policy;
use crate::reauthentication::Reauthentication;
use crate::recovery_codes::RecoveryCode;
use crate::request::RequestContext;
use crate::requirement::Requirement;
use crate::session::SessionChange;
use crate::testing::{SecurityKey, SeededRng, TestCeremonies};
use crate::time::Timestamp;
use crate::token::{self, Scope, Token};
use crate::user::UserId;
use crate::version::Version;

const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);
/// A wrong code. No authenticator in these tests has seven digits.
pub(super) const WRONG_CODE: &str = "1234567";
const KEYS: &str = "a:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

thread_local! {
    /// A seed for each machine: tokens of two machines must not share their nonces.
    static SEEDS: Cell<u64> = const { Cell::new(1) };
}

/// An account with everything that its owner has.
pub(super) struct Machine {
    pub(super) user: UserId,
    pub(super) policy: Policy,
    pub(super) vault: Vault,
    /// A generator with a fixed seed, so that no two codes of a run are equal.
    random: Mutex<SeededRng>,
    pub(super) account: Account,
    pub(super) now: Timestamp,
    pub(super) totp: Option<Totp>,
    pub(super) pending: Option<Totp>,
    pub(super) recovery: Vec<RecoveryCode>,
    pub(super) authenticator: Option<AuthenticatorId>,
    pub(super) enrollment: Option<Token<token::Enrollment>>,
    pub(super) sheet: Option<Token<token::RecoveryCodeSheet>>,
    /// The trusted device and its last token.
    pub(super) device: Option<(DeviceId, Token<token::Device>)>,
    /// The event of the last reset, lock or request of a recovery.
    pub(super) event: Option<Event>,
    /// What the host demands of logins.
    pub(super) demand: Demand,
    pub(super) in_session: bool,
    pub(super) key: SecurityKey,
}

impl Machine {
    pub(super) fn absent() -> Self {
        let policy = Policy::new("tests", "Tests")
            .trusted_devices(true)
            .email_codes(true)
            .sms_codes(true)
            .voice_codes(true)
            .passkeys(true)
            .delayed_recovery(true);
        Self {
            user: UserId::from(1_u64),
            vault: Vault::new(KEYS.parse::<Keyring>().unwrap(), &policy.audience),
            policy,
            random: Mutex::new(SeededRng::new(SEEDS.replace(SEEDS.get() + 1))),
            account: Account::absent(),
            now: NOW,
            totp: None,
            pending: None,
            recovery: Vec::new(),
            authenticator: None,
            enrollment: None,
            sheet: None,
            device: None,
            event: None,
            demand: Demand::Usual,
            in_session: false,
            key: SecurityKey::new(1),
        }
    }

    pub(super) fn require(&mut self, requirement: Requirement) {
        self.policy = self.policy.clone().requirement(requirement);
    }

    pub(super) fn decide<C: Command>(&self, command: &C) -> Result<Transition<C::Outcome>, Fault> {
        let context = Context {
            user: &self.user,
            policy: &self.policy,
            vault: &self.vault,
            now: self.now,
            random: self.random(),
            request: &self.request(),
            ceremonies: Some(&TestCeremonies),
            restored_at: None,
        };
        decide(&self.account, command, context)
    }

    pub(super) fn random(&self) -> Random<'_> {
        Random(&self.random)
    }

    fn request(&self) -> RequestContext {
        let address = Ipv4Addr::LOCALHOST.into();
        let request = RequestContext::new().ip(address).demand(self.demand);
        let request = match &self.device {
            Some((_, token)) => request.device(token.clone()),
            None => request,
        };
        match self.in_session {
            true => request.session(self.account.epoch),
            false => request,
        }
    }

    /// A session in which both factors were given now, under a policy that accepts it.
    pub(super) fn confirmed(&mut self) -> Reauthentication {
        self.policy = self.policy.clone().confirmed_sessions(true);
        self.in_session = true;
        let first = Assurance::of(self.password().given, false);
        first.with(GivenSecond::of(Method::Totp, self.now)).into()
    }

    pub(super) fn run<C: Command>(&mut self, command: &C) -> Result<C::Outcome, Denial> {
        let Ok(transition) = self.decide(command) else {
            panic!("a fault");
        };
        let told = transition.events.iter().rfind(|event| event.notify_user());
        self.event = told.cloned().or(self.event.take());
        if let Some(mut account) = transition.change {
            let version = Version::drawn(&self.random().bytes().unwrap());
            let seal = Seal::new(&self.vault, Purpose::Record, &self.user);
            let record = account.seal(version, self.now, &seal, &[7; 32]);
            let opened = record.open(version, &seal).unwrap();
            self.account = Account::read(&opened, version).unwrap();
        }
        transition.outcome
    }

    pub(super) fn fault<C: Command>(&self, command: &C) -> String {
        match self.decide(command) {
            Err(Fault::Record(error)) => format!("*{error:?}*"),
            _ => "no fault".into(),
        }
    }

    pub(super) fn claims<S: Scope>(&self, token: &Token<S>) -> crate::token::Claims<S::Payload> {
        token::read(token, &self.vault, None).unwrap()
    }

    pub(super) fn password(&self) -> FirstFactor {
        FirstFactor::password_at(self.now)
    }

    /// The authenticator's next code, which was not used before.
    pub(super) fn code(&mut self) -> String {
        self.now = self.now + Duration::from_secs(30);
        let totp = self.totp.get_or_insert_with(|| {
            Totp::new(
                &crate::secret::Secret::from_bytes(&[7; 20]).unwrap(),
                Default::default(),
            )
        });
        totp.code_at(self.now).expose_digits().to_string()
    }

    /// The code of the pending authenticator, or of the bound one if none is pending.
    pub(super) fn confirming_code(&mut self) -> String {
        let code = self.code();
        let pending = self.pending.as_ref();
        pending.map_or(code, |totp| {
            totp.code_at(self.now).expose_digits().to_string()
        })
    }

    pub(super) fn proof(&mut self) -> Reauthentication {
        let code = self.code();
        self.password()
            .with_code(Answer::parse(code.as_str()).unwrap())
    }

    pub(super) fn start(&mut self, proof: EnrollmentProof) -> Result<Setup, Denial> {
        let authenticator = NewAuthenticator::new("alice@example.com");
        self.run(&Start {
            authenticator,
            proof: StartProof::Session(proof),
        })
    }

    // States.

    pub(super) fn off() -> Self {
        let mut machine = Self::absent();
        machine.run(&PasswordChanged).unwrap();
        machine
    }

    pub(super) fn pending() -> Self {
        let mut machine = Self::off();
        let setup = machine.start(machine.password().into()).unwrap();
        machine.totp = Some(Totp::new(&setup.secret, machine.policy.totp));
        machine.authenticator = Some(setup.authenticator);
        machine.enrollment = Some(setup.token);
        machine
    }

    pub(super) fn on() -> Self {
        let mut machine = Self::pending();
        let code = machine.code();
        let enrolled = machine.confirm(Some(&code)).unwrap();
        let codes = enrolled.recovery_codes.unwrap().deliver();
        machine.recovery = codes.codes().to_vec();
        machine.sheet = Some(codes.ticket().clone());
        machine.enrollment = None;
        machine
    }

    /// An imported authenticator, without recovery codes.
    pub(super) fn imported() -> Self {
        let mut machine = Self::off();
        let secret = crate::secret::Secret::from_bytes(&[8; 20]).unwrap();
        machine.totp = Some(Totp::new(&secret, machine.policy.totp));
        let import = Import::totp(secret, machine.policy.totp).confirmed_at(machine.now);
        let imported = machine.run(&ImportAuthenticator { import }).unwrap();
        machine.authenticator = Some(imported.authenticator);
        machine
    }

    pub(super) fn adding() -> Self {
        let mut machine = Self::on();
        let proof = machine.proof();
        let setup = machine.start(proof.into()).unwrap();
        machine.pending = Some(Totp::new(&setup.secret, machine.policy.totp));
        machine.enrollment = Some(setup.token);
        machine
    }

    pub(super) fn two() -> Self {
        let mut machine = Self::adding();
        let code = machine.confirming_code();
        machine.confirm(Some(&code)).unwrap();
        machine.pending = None;
        machine.enrollment = None;
        machine
    }

    /// A passkey alone.
    pub(super) fn passkey() -> Self {
        let mut machine = Self::off();
        let setup = machine.start_passkey(machine.password().into()).unwrap();
        let enrolled = machine.confirm_passkey(&setup).unwrap();
        let codes = enrolled.recovery_codes.unwrap().deliver();
        machine.recovery = codes.codes().to_vec();
        machine.sheet = Some(codes.ticket().clone());
        machine.authenticator = Some(enrolled.authenticator);
        machine
    }

    /// Blocked authenticators.
    pub(super) fn blocked() -> Self {
        let mut machine = Self::two();
        machine.fail(6);
        machine
    }

    /// A required new password, without a block.
    pub(super) fn password_due() -> Self {
        let mut machine = Self::two();
        machine.fail(40);
        machine.now = machine.now + Duration::from_secs(3600);
        machine
    }

    /// An exhausted authenticator factor, with a changed password whenever one is due.
    pub(super) fn exhausted() -> Self {
        let mut machine = Self::two();
        for failures in [30, 20] {
            machine.fail(failures);
            machine.run(&PasswordChanged).unwrap();
        }
        machine
    }

    pub(super) fn fail(&mut self, failures: u32) {
        for _ in 0..failures {
            self.now = self.now + Duration::from_secs(3600);
            let proof = self
                .password()
                .with_code(Answer::parse(WRONG_CODE).unwrap());
            assert_eq!(
                self.run(&Disable { proof }).unwrap_err(),
                Denial::ReauthenticationFailed
            );
        }
    }

    /// A trusted browser.
    pub(super) fn trusted() -> Self {
        let mut machine = Self::two();
        let code = Answer::parse(&machine.code())
            .unwrap()
            .trust_device("Firefox");
        let challenge = machine.challenge();
        let claims = machine.claims(&challenge);
        let answer = machine.run(&AnswerChallenge {
            claims,
            answer: code,
        });
        let device = answer.unwrap().device.unwrap();
        machine.device = Some((device.id, device.token));
        machine
    }

    /// A waiting delayed recovery, in the trusted browser.
    pub(super) fn waiting() -> Self {
        let mut machine = Self::trusted();
        let device = machine.device.take();
        machine.request_recovery().unwrap();
        machine.device = device;
        machine
    }

    /// A delayed recovery after its wait.
    pub(super) fn open() -> Self {
        let mut machine = Self::waiting();
        machine.now = machine.now + Policy::DELAYED_RECOVERY_WAIT;
        machine.run(&Settle).unwrap();
        machine
    }

    pub(super) fn locked() -> Self {
        let mut machine = Self::trusted();
        machine.run(&Lock::Session).unwrap();
        machine
    }

    pub(super) fn reset() -> Self {
        let mut machine = Self::trusted();
        machine.intervene(Measure::Reset).unwrap();
        machine
    }

    // Commands.

    pub(super) fn start_passkey(&mut self, proof: EnrollmentProof) -> Result<PasskeySetup, Denial> {
        self.run(&StartPasskey {
            authenticator: NewAuthenticator::new("alice@example.com"),
            proof: StartProof::Session(proof),
        })
    }

    pub(super) fn confirm_passkey(&mut self, setup: &PasskeySetup) -> Result<Enrolled, Denial> {
        let claims = self.claims(&setup.token);
        // A registration of another account may be from the future of this one.
        self.now = self.now.max(claims.issued_at);
        let response = self.key.register(&setup.options);
        self.run(&ConfirmPasskey { claims, response })
    }

    pub(super) fn answer_with_passkey(&mut self) -> Result<Verified, Denial> {
        let challenge = self.challenge();
        let claims = self.claims(&challenge);
        let request = self.run(&StartPasskeyLogin {
            claims: claims.clone(),
        })?;
        let answer = Answer::passkey(request.token, self.key.sign(&request.options));
        self.run(&AnswerChallenge { claims, answer })
    }

    /// The proof for a sensitive action.
    pub(super) fn passkey_proof(&mut self) -> Result<Reauthentication, Denial> {
        let request = self.run(&StartPasskeyStepUp)?;
        let answer = Answer::passkey(request.token, self.key.sign(&request.options));
        Ok(self.password().with_code(answer))
    }

    pub(super) fn intervene(&mut self, measure: Measure) -> Result<SessionChange, Denial> {
        let intervention = Administrator::new("root").because("a good reason");
        self.run(&Intervene {
            measure,
            intervention,
        })
    }

    pub(super) fn request_recovery(&mut self) -> Result<DelayedRecoveryStatus, Denial> {
        let challenge = self.challenge();
        let claims = self.claims(&challenge);
        self.run(&RequestDelayedRecovery { claims })
    }

    pub(super) fn complete_recovery(&mut self) -> Result<Token<token::EnrollmentGrant>, Denial> {
        let challenge = self.challenge();
        let claims = self.claims(&challenge);
        self.run(&CompleteDelayedRecovery { claims })
    }

    pub(super) fn redeem_foreign(
        &mut self,
        found: ForeignRecoveryCode,
    ) -> Result<Token<token::EnrollmentGrant>, Denial> {
        let challenge = self.challenge();
        let claims = self.claims(&challenge);
        self.run(&RedeemForeignRecoveryCode { claims, found })
    }

    /// The links in the last notification.
    pub(super) fn links(&self) -> Links {
        let maker = LinkMaker {
            policy: &self.policy,
            vault: &self.vault,
            random: self.random(),
        };
        let event = self.event.as_ref().map(|event| maker.links(event).unwrap());
        event.unwrap_or_default()
    }

    pub(super) fn start_granted(
        &mut self,
        grant: &Token<token::EnrollmentGrant>,
    ) -> Result<Setup, Denial> {
        let claims = self.claims(grant);
        // A grant of another account may be from the future of this one.
        self.now = self.now.max(claims.issued_at);
        let proof = StartProof::Grant(claims);
        self.run(&Start {
            authenticator: NewAuthenticator::new("alice@example.com"),
            proof,
        })
    }

    pub(super) fn confirm(&mut self, code: Option<&str>) -> Result<Enrolled, Denial> {
        // If the account has no enrolment, the token is from another epoch.
        let token = self
            .enrollment
            .clone()
            .unwrap_or_else(|| Self::pending().enrollment.unwrap());
        let by = ConfirmedBy::Token(self.claims(&token));
        self.run(&Confirm {
            by,
            code: code.map(|code| Answer::parse(code).unwrap()),
        })
    }

    pub(super) fn begin(&mut self) -> Result<Login, Denial> {
        self.run(&BeginLogin {
            first: self.password(),
            known_enrolled: false,
        })
    }

    /// Begins a login in a browser that is not trusted.
    fn begin_elsewhere(&mut self) -> Result<Login, Denial> {
        let device = self.device.take();
        let begun = self.begin();
        self.device = device;
        begun
    }

    /// A challenge for a browser that is not trusted. If this account needs none, the challenge is
    /// from another account.
    pub(super) fn challenge(&mut self) -> Token<token::Challenge> {
        match self.begin_elsewhere() {
            Ok(Login::Challenge(challenge)) => challenge.token,
            _ => Self::on().challenge(),
        }
    }

    pub(super) fn answer(&mut self, code: &str) -> Result<Verified, Denial> {
        let challenge = self.challenge();
        let claims = self.claims(&challenge);
        self.run(&AnswerChallenge {
            claims,
            answer: Answer::parse(code).unwrap(),
        })
    }

    pub(super) fn send(
        &mut self,
        challenge: &Token<token::Challenge>,
        channel: Channel,
    ) -> Result<SentCode, Denial> {
        let claims = self.claims(challenge);
        self.run(&SendCode { claims, channel })
    }

    /// Sends a code over the channel and answers with it, or with eight digits if none is sent.
    pub(super) fn answer_sent(
        &mut self,
        channel: Channel,
        read: fn(&str) -> Result<Answer, MalformedCode>,
    ) -> Result<Verified, Denial> {
        let challenge = self.challenge();
        let sent = self.send(&challenge, channel);
        let code = sent.map_or("12345678".into(), |sent| sent.expose_digits().to_string());
        let (claims, answer) = (self.claims(&challenge), read(&code).unwrap());
        self.run(&AnswerChallenge { claims, answer })
    }

    pub(super) fn grant(&mut self) -> Token<token::EnrollmentGrant> {
        self.require(Requirement::Now);
        let granted = self.begin_elsewhere();
        self.require(Requirement::Optional);
        match granted {
            Ok(Login::EnrollmentRequired(grant)) => grant,
            _ => Self::off().grant(),
        }
    }
}

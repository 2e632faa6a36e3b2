//! The state before a run: Alice with a phone, recovery codes and a token of each kind, and the
//! requests to choose from.

use std::time::Duration;

use countersign::account::{Completed, CompletedBy, ForeignRecoveryCode, Import, StepUpPurpose};
use countersign::event::Event;
use countersign::id::{AuthenticatorId, RecoveryCodeSetId};
use countersign::notify::{ConfirmedAddress, ConfirmedNumber, Destination, Links};
use countersign::otp::{Hotp, HotpParams, Totp, TotpParams};
use countersign::secret::Secret;
use countersign::store::Stored;
use countersign::testing::{MailCatcher, SecurityKey, SeededRng, SteppedClock, TestCeremonies};
use countersign::time::Timestamp;
use countersign::token::{
    CancelDelayedRecovery, Challenge, Device, Enrollment, EnrollmentGrant, LockAccount,
    PasskeyAssertion, RecoveryCodeSheet, StepUp, VoidCode,
};
use countersign::{Answer, Directory, FirstFactor, Login, Mfa, Policy, RequestContext, UserId};

use crate::network::{Distant, Network};
use crate::operation::{Ended, Named, Operation, signed_on};
use crate::random::Choice;

pub(crate) const BEGAN: Timestamp = Timestamp::from_unix(1_800_000_000);

/// The keyring, and what it was when the scenes were set.
pub(crate) const KEYS: &str = "t:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=,\
    s:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
pub(crate) const OLD_KEYS: &str = "s:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
pub(crate) const AUDIENCE: &str = "simulation";

/// A service with its store and its clock.
pub(crate) struct Service {
    pub(crate) mfa: Mfa,
    pub(crate) directory: Directory,
    pub(crate) store: Distant,
    pub(crate) clock: SteppedClock,
    pub(crate) random: SeededRng,
    /// Where codes go.
    pub(crate) office: MailCatcher,
}

/// With everything that a policy allows.
pub(crate) fn policy() -> Policy {
    Policy::new(AUDIENCE, "Simulation")
        .email_codes(true)
        .sms_codes(true)
        .trusted_devices(true)
        .delayed_recovery(true)
        .passkeys(true)
}

/// The same, which notes each login that begins until it is answered.
pub(crate) fn telling() -> Policy {
    policy().tell_unanswered(Duration::from_secs(900))
}

impl Service {
    pub(crate) fn new(keys: &str, policy: Policy) -> Self {
        let (store, clock) = (Distant::default(), SteppedClock::at(BEGAN));
        let (random, office) = (SeededRng::new(0), MailCatcher::new());
        let (mfa, directory) = Mfa::builder(store.clone())
            .keys(keys.parse().unwrap())
            .policy(policy)
            .passkeys(TestCeremonies)
            .code_sender(office.clone())
            .clock(clock.clone())
            .rng(random.clone())
            .build_with_directory()
            .unwrap();
        Self {
            mfa,
            directory,
            store,
            clock,
            random,
            office,
        }
    }

    /// Puts a row in the place of everything that was there. Nothing goes wrong from here on.
    pub(crate) fn stand_at(&self, row: Option<Stored>) {
        *self.store.network() = Network::over(row, 1);
    }

    /// What stands there now.
    fn row(&self) -> Stored {
        self.store.network().present().cloned().unwrap()
    }

    /// One operation by itself: what comes of it, and what it writes.
    pub(crate) fn alone(
        &self,
        operation: &Operation,
        row: Option<&Stored>,
        now: Timestamp,
    ) -> (Ended, Option<(Stored, Vec<Event>)>) {
        self.stand_at(row.cloned());
        self.clock.set(now);
        let ended = pollster::block_on(operation.run(self, &alice()));
        let written = self.store.network().applied.pop();
        (
            ended,
            written.map(|applied| (applied.stored, applied.events)),
        )
    }
}

pub(crate) fn alice() -> UserId {
    UserId::from(1_u64)
}

pub(crate) struct Scene {
    pub(crate) row: Stored,
    pub(crate) phone: AuthenticatorId,
    pub(crate) totp: Totp,
    wrong: Vec<String>,
    recovery: Vec<String>,
    pending_code: String,
    challenges: Vec<Named<Challenge>>,
    step_ups: Vec<Named<StepUp>>,
    enrollment: Named<Enrollment>,
    /// Of a code of another service.
    grants: Vec<Named<EnrollmentGrant>>,
    /// What a counter-based authenticator of another service shows next.
    counted: Vec<String>,
    /// Signatures for a challenge, by a passkey and its copy.
    signed: Vec<(Named<Challenge>, Named<PasskeyAssertion>, String)>,
    /// The link in the mail of a delayed recovery.
    cancel: Option<Named<CancelDelayedRecovery>>,
    /// The link in the mail of the enrolment.
    lock: Named<LockAccount>,
    /// What is only here.
    special: Option<Crowd>,
    sheet: Named<RecoveryCodeSheet>,
    set: RecoveryCodeSetId,
    /// The first cookie of a remembered browser, and its successor.
    cookies: [Named<Device>; 2],
    /// The codes for the first challenge, by text message and by mail, and the link in that mail.
    by_sms: String,
    by_email: String,
    void: Named<VoidCode>,
}

pub(crate) fn code_at(totp: &Totp, time: Timestamp) -> String {
    totp.code_at(time).expose_digits().to_string()
}

impl Scene {
    /// Where so many wrong codes were tried before.
    pub(crate) async fn set(service: &Service, failures: usize) -> Self {
        service.random.reseed(failures as u64);
        service.stand_at(None);
        service.clock.set(BEGAN);
        let (mfa, user) = (&service.mfa, alice());
        let password = FirstFactor::password_at(BEGAN);
        let setup = mfa
            .start_enrollment(&user, "alice", password.clone())
            .await
            .unwrap();
        let totp = Totp::new(&setup.secret, Default::default());
        let earlier = code_at(&totp, BEGAN - Duration::from_secs(30));
        let enrolled = mfa
            .confirm_enrollment(&setup.token, &earlier)
            .await
            .unwrap();
        let lock = links(service).lock.unwrap();
        let codes = enrolled.recovery_codes.unwrap().deliver();
        let recovery = codes.codes().iter().map(|code| code.expose().to_string());
        let mut recovery: Vec<_> = recovery.collect();
        let mut step_ups = Vec::new();
        for number in 0..2 {
            let code = recovery.pop().unwrap();
            let granted = mfa.step_up(&user, password.clone(), &code, StepUpPurpose::Add);
            step_ups.push(Named {
                name: "step-up",
                number,
                token: granted.await.unwrap().token,
            });
        }
        let proof = password
            .clone()
            .with_code(Answer::parse(recovery.pop().unwrap().as_str()).unwrap());
        let pending = mfa.start_enrollment(&user, "second", proof).await.unwrap();
        let pending_totp = Totp::new(&pending.secret, Default::default());
        let pending_code = code_at(&pending_totp, BEGAN);

        let cookies = remembered(mfa, &recovery.pop().unwrap()).await;
        let near =
            (0..7).map(|step| BEGAN + Duration::from_secs(step * 30) - Duration::from_secs(90));
        let right: Vec<_> = near
            .flat_map(|time| [code_at(&totp, time), code_at(&pending_totp, time)])
            .collect();
        let wrong = (0..).map(|number| format!("{number:06}"));
        let wrong: Vec<_> = wrong.filter(|code| !right.contains(code)).take(3).collect();
        for _ in 0..failures {
            let granted = mfa.step_up(&user, password.clone(), &wrong[0], StepUpPurpose::Add);
            granted.await.unwrap_err();
        }
        let challenges = challenges(mfa, BEGAN).await;
        let number = ConfirmedNumber::attested("+1 202 555 0123");
        let address = ConfirmedAddress::attested("alice@example.com");
        let held = &challenges[0].token;
        let mut sent = Vec::new();
        for to in [Destination::Sms(&number), Destination::Email(&address)] {
            mfa.send_code(held, to).await.unwrap();
            sent.extend(service.office.codes().pop());
        }
        let [(_, by_sms), (_, by_email)] = &sent[..] else {
            panic!("two codes");
        };
        Self {
            by_sms: by_sms.expose_digits().to_string(),
            by_email: by_email.expose_digits().to_string(),
            void: Named {
                name: "void",
                number: 0,
                token: by_email.void_token().unwrap().clone(),
            },
            row: service.row(),
            phone: setup.authenticator,
            wrong,
            recovery,
            pending_code,
            challenges,
            step_ups,
            enrollment: Named {
                name: "enrolment",
                number: 0,
                token: pending.token,
            },
            grants: Vec::new(),
            counted: Vec::new(),
            signed: Vec::new(),
            cancel: None,
            lock: Named {
                name: "lock",
                number: 0,
                token: lock,
            },
            special: None,
            sheet: Named {
                name: "sheet",
                number: 0,
                token: codes.ticket().clone(),
            },
            set: codes.set(),
            cookies,
            totp,
        }
    }

    /// Where the phone was imported, and a grant was given for a recovery code of another service.
    /// Tokens of the usual scene are no good here.
    pub(crate) async fn imported(service: &Service) -> Self {
        let usual = Self::set(service, 0).await;
        service.stand_at(None);
        let (mfa, secret) = (&service.mfa, Secret::from_bytes(b"12345678901234567890"));
        let (secret, params) = (secret.unwrap(), TotpParams::default());
        let totp = Totp::new(&secret, params);
        let import = Import::totp(secret, params).confirmed_at(BEGAN);
        let phone = mfa.import(&alice(), import).await.unwrap().authenticator;
        let (secret, params) = (
            Secret::from_bytes(b"a token that counts."),
            HotpParams::default(),
        );
        let secret = secret.unwrap();
        let counted = [COUNTER, COUNTER + 1].map(|counter| {
            let code = Hotp::new(&secret, params).code_at(counter);
            code.expose_digits().to_string()
        });
        let import = Import::hotp(secret, params, COUNTER).confirmed_at(BEGAN);
        mfa.import(&alice(), import).await.unwrap();
        let challenges = challenges(mfa, BEGAN).await;
        let redeemed = &challenges[3].token;
        let grant = mfa.redeem_foreign_recovery_code(redeemed, ForeignRecoveryCode::Right);
        let grant = Named {
            name: "grant",
            number: 0,
            token: grant.await.unwrap(),
        };
        Self {
            row: service.row(),
            phone,
            totp,
            challenges,
            grants: vec![grant],
            counted: Vec::from(counted),
            special: Some(Crowd::Foreign),
            ..usual
        }
    }

    /// Where the wait of a delayed recovery is over, and the user was not told of that yet.
    pub(crate) async fn recovering(service: &Service) -> Self {
        let usual = Self::set(service, 0).await;
        let requested = BEGAN - Policy::DELAYED_RECOVERY_WAIT - Duration::from_secs(60);
        service.stand_at(None);
        service.clock.set(requested);
        let (mfa, password) = (&service.mfa, FirstFactor::password_at(requested));
        let setup = mfa
            .start_enrollment(&alice(), "alice", password.clone())
            .await;
        let setup = setup.unwrap();
        let totp = Totp::new(&setup.secret, Default::default());
        let code = code_at(&totp, requested);
        mfa.confirm_enrollment(&setup.token, &code).await.unwrap();
        let Ok(Login::Challenge(challenge)) = mfa.begin_login(&alice(), password).await else {
            panic!("no challenge");
        };
        let requested = mfa.request_delayed_recovery(&challenge.token);
        requested.await.unwrap();
        let cancel = links(service).cancel.unwrap();
        // A login that begins later would tell of it.
        let before = BEGAN - Duration::from_secs(120);
        service.clock.set(before);
        let challenges = challenges(mfa, before).await;
        Self {
            row: service.row(),
            phone: setup.authenticator,
            totp,
            challenges,
            cancel: Some(Named {
                name: "cancel",
                number: 0,
                token: cancel,
            }),
            special: Some(Crowd::Recovery),
            ..usual
        }
    }

    /// Where a passkey was registered beside the phone, and copied. Two challenges have signatures:
    /// that of the copy for the second has the same counter as that of the passkey for the first.
    pub(crate) async fn with_passkey(service: &Service) -> Self {
        let mut usual = Self::set(service, 0).await;
        let (mfa, code) = (&service.mfa, usual.recovery.pop().unwrap());
        let password = FirstFactor::password_at(BEGAN);
        let proof = password.with_code(Answer::parse(code.as_str()).unwrap());
        let setup = mfa.start_passkey_enrollment(&alice(), "alice", proof).await;
        let setup = setup.unwrap();
        let mut key = SecurityKey::new(1);
        let response = key.register(&setup.options);
        let bound = mfa.confirm_passkey_enrollment(&setup.token, response).await;
        bound.unwrap();
        let challenges = challenges(mfa, BEGAN).await;
        let mut copy = SecurityKey::new(1);
        copy.sign_count = key.sign_count;
        let mut signed = Vec::new();
        for (challenge, signer) in [(0, &mut key), (1, &mut copy)] {
            sign(mfa, &challenges[challenge], signer, &mut signed).await;
        }
        sign(mfa, &challenges[1], &mut key, &mut signed).await;
        Self {
            row: service.row(),
            challenges,
            signed,
            special: Some(Crowd::Signatures),
            ..usual
        }
    }

    /// What the requests of one seed crowd around. Half of the seeds of a scene that has something
    /// of its own crowd around that.
    pub(crate) fn crowd(&self, random: &SeededRng) -> Crowd {
        match self.special {
            Some(special) if random.percent(50) => special,
            _ => *random.pick(&Crowd::ALL),
        }
    }

    /// A request out of a crowd.
    pub(crate) fn ask(&self, random: &SeededRng, crowd: Crowd) -> Operation {
        let code = || code_at(&self.totp, BEGAN);
        let challenge = || random.pick(&self.challenges).clone();
        match crowd {
            Crowd::Code => match random.below(5) {
                0 => Operation::StepUp {
                    right_password: random.percent(80),
                    typed: code(),
                },
                1 => Operation::Start(code()),
                2 => Operation::Regenerate(code()),
                _ => Operation::Answer(challenge(), code()),
            },
            Crowd::RecoveryCode => match random.below(4) {
                0 => Operation::Disable(self.recovery[0].clone()),
                1 => Operation::StepUp {
                    right_password: true,
                    typed: self.recovery[0].clone(),
                },
                _ => Operation::Answer(challenge(), self.recovery[0].clone()),
            },
            Crowd::Challenge => {
                let held = self.challenges[0].clone();
                match random.below(5) {
                    0 => Operation::CancelLogin(held),
                    1 => Operation::Answer(held, code()),
                    2 => Operation::RedeemForeign(held, ForeignRecoveryCode::Right),
                    _ => Operation::Answer(held, random.pick(&self.recovery).clone()),
                }
            }
            Crowd::Foreign => match random.below(8) {
                0 => Operation::Regenerate(code()),
                1 => Operation::RedeemForeign(challenge(), ForeignRecoveryCode::Wrong),
                2 => Operation::Answer(challenge(), code()),
                3 if !self.grants.is_empty() => {
                    Operation::StartGranted(random.pick(&self.grants).clone())
                }
                4 if !self.counted.is_empty() => {
                    Operation::Answer(challenge(), random.pick(&self.counted).clone())
                }
                5 if !self.counted.is_empty() => Operation::StepUp {
                    right_password: true,
                    typed: random.pick(&self.counted).clone(),
                },
                _ => Operation::RedeemForeign(challenge(), ForeignRecoveryCode::Right),
            },
            Crowd::Guesses => {
                let typed = random.pick(&self.wrong).clone();
                match random.below(4) {
                    0 => Operation::StepUp {
                        right_password: true,
                        typed,
                    },
                    1 => Operation::Disable(typed),
                    _ => Operation::Answer(challenge(), typed),
                }
            }
            Crowd::Tokens => match random.below(7) {
                0 => Operation::StartByStepUp(self.step_ups[0].clone()),
                1 => Operation::RedeemSheet(self.sheet.clone()),
                2 => Operation::Confirm(self.enrollment.clone(), self.pending_code.clone()),
                3 => Operation::ConfirmInSession(self.pending_code.clone()),
                4 => Operation::Confirm(self.enrollment.clone(), self.wrong[1].clone()),
                5 => Operation::Acknowledge(self.set),
                _ => Operation::Redeem(random.pick(&self.step_ups).clone()),
            },
            Crowd::Browser => match random.below(5) {
                0 => Operation::RevokeCurrent(random.pick(&self.cookies).clone()),
                1 => Operation::PasswordChanged,
                _ => Operation::BeginRemembered(random.pick(&self.cookies).clone()),
            },
            Crowd::SentCode => {
                let held = self.challenges[0].clone();
                match random.below(6) {
                    0 => Operation::VoidCode(self.void.clone()),
                    1 => Operation::SendCode(challenge()),
                    2 => Operation::AnswerSms(held, self.by_email.clone()),
                    3 => Operation::AnswerEmail(challenge(), self.by_email.clone()),
                    4 => Operation::AnswerEmail(held, self.by_email.clone()),
                    _ => Operation::AnswerSms(held, self.by_sms.clone()),
                }
            }
            Crowd::Recovery => match (random.below(7), &self.cancel) {
                (0, Some(link)) => Operation::CancelRecoveryByLink(link.clone()),
                (1, _) => Operation::CancelRecovery,
                (2, _) => Operation::RunDue,
                (3, _) => Operation::Answer(challenge(), code()),
                (4, _) => Operation::Answer(challenge(), self.wrong[0].clone()),
                (5, _) => Operation::RequestRecovery(challenge()),
                _ => Operation::CompleteRecovery(challenge()),
            },
            Crowd::Signatures if !self.signed.is_empty() && random.percent(70) => {
                let (challenge, signed, response) = random.pick(&self.signed).clone();
                Operation::AnswerSigned(challenge, signed, response)
            }
            Crowd::Signatures => Operation::Answer(challenge(), code()),
            Crowd::Jobs => match random.below(6) {
                0 => Operation::RunDue,
                1 => Operation::Reseal,
                2 => Operation::Import,
                3 => Operation::LockByLink(self.lock.clone()),
                4 => Operation::Unlock,
                _ => Operation::Answer(challenge(), code()),
            },
            Crowd::Upheaval => match random.below(10) {
                0 => Operation::PasswordChanged,
                1 => Operation::Lock,
                2 => Operation::Unlock,
                3 => Operation::Reset,
                4 => Operation::Begin,
                5 => Operation::Disable(code()),
                6 => Operation::BeginWithin,
                7 => Operation::Erase,
                8 => Operation::BeginSignedOn,
                _ => Operation::Answer(challenge(), code()),
            },
        }
    }
}

/// The counter of an authenticator of another service.
const COUNTER: u64 = 7;

/// The links in the mail of the last event.
fn links(service: &Service) -> Links {
    let event = {
        let network = service.store.network();
        let last = network.applied.last();
        last.and_then(|applied| applied.events.last().cloned())
    };
    service.mfa.links_for(&event.unwrap()).unwrap()
}

/// Adds a signature for a challenge. Its number is the counter that it was made with.
async fn sign(
    mfa: &Mfa,
    challenge: &Named<Challenge>,
    key: &mut SecurityKey,
    signed: &mut Vec<(Named<Challenge>, Named<PasskeyAssertion>, String)>,
) {
    let request = mfa.start_passkey_login(&challenge.token).await.unwrap();
    let response = key.sign(&request.options);
    let assertion = Named {
        name: "signature",
        number: usize::try_from(key.sign_count).unwrap(),
        token: request.token,
    };
    signed.push((challenge.clone(), assertion, response));
}

/// Challenges of logins with a password, and one of a single sign-on.
async fn challenges(mfa: &Mfa, at: Timestamp) -> Vec<Named<Challenge>> {
    let mut challenges = Vec::new();
    for number in 0..4 {
        let first = match number {
            3 => signed_on(),
            _ => FirstFactor::password_at(at),
        };
        let Ok(Login::Challenge(challenge)) = mfa.begin_login(&alice(), first).await else {
            panic!("no challenge");
        };
        challenges.push(Named {
            name: "challenge",
            number,
            token: challenge.token,
        });
    }
    challenges
}

/// The cookies of a browser that was remembered and has signed in once.
async fn remembered(mfa: &Mfa, code: &str) -> [Named<Device>; 2] {
    let (user, password) = (alice(), FirstFactor::password_at(BEGAN));
    let Ok(Login::Challenge(challenge)) = mfa.begin_login(&user, password.clone()).await else {
        panic!("no challenge");
    };
    let answer = Answer::parse(code).unwrap().trust_device("Firefox");
    let verified = mfa.answer_challenge(&challenge.token, answer).await;
    let first = verified.unwrap().device.unwrap().token;
    let request = RequestContext::new().device(first.clone());
    let begun = mfa.with_context(request).begin_login(&user, password).await;
    let Ok(Login::Completed(Completed {
        by: CompletedBy::Remembered(device),
        ..
    })) = begun
    else {
        panic!("not remembered");
    };
    let cookies = [(0, first), (1, device.token)];
    cookies.map(|(number, token)| Named {
        name: "cookie",
        number,
        token,
    })
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Crowd {
    Code,
    RecoveryCode,
    Challenge,
    Foreign,
    Guesses,
    Tokens,
    Browser,
    SentCode,
    Recovery,
    Signatures,
    Jobs,
    Upheaval,
}

impl Crowd {
    pub(crate) const ALL: [Self; 12] = [
        Self::Code,
        Self::RecoveryCode,
        Self::Challenge,
        Self::Foreign,
        Self::Guesses,
        Self::Tokens,
        Self::Browser,
        Self::SentCode,
        Self::Recovery,
        Self::Signatures,
        Self::Jobs,
        Self::Upheaval,
    ];
}

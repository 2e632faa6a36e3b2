//! The two-step login: beginning it after the first factor, answering the challenge, and cancelling
//! the login.

use crate::account::machine::{Command, Context, Draft, Halt, TrustedDevice};
use crate::account::state::{DelayedRecoveryStatus, Standing};
use crate::answer::Answer;
use crate::channel::Channel;
use crate::demand::Demand;
use crate::denial::RecordError;
use crate::entropy::RngError;
use crate::event::{Event, EventKind};
use crate::factor::Factor;
use crate::first_factor::FirstFactor;
use crate::grant::GrantedFor;
use crate::host_note::HostNote;
use crate::id::AuthenticatorId;
use crate::method::Method;
use crate::request::ContextError;
use crate::requirement::Due;
use crate::session::{SessionChange, SessionEffect};
use crate::time::Timestamp;
use crate::token::{Challenge, Claims, EnrollmentGrant, Granted, OpenLogin, Token};
use crate::user::UserId;

/// The next step of a login after the first factor. A locked account is a refusal and not a
/// variant: [`Denial::Locked`](crate::Denial::Locked).
#[derive(Debug)]
#[must_use = "it says whether there is a session yet"]
#[non_exhaustive]
pub enum Login {
    /// No further step. Begin a session.
    Completed(Completed),
    /// A second factor is due and the user has none. There is no session until one is enrolled with
    /// this grant.
    EnrollmentRequired(Token<EnrollmentGrant>),
    /// There were so many failures since the password last changed that the password has to change
    /// first. Only a login that began with the password ends so.
    PasswordChangeRequired,
    /// An administrator removed the second factor. The user comes back only with the mailed grant.
    ResetPending,
    /// The second step is needed. There is no session before the user passes it.
    Challenge(LoginChallenge),
}

/// The second step of a login.
#[derive(Debug)]
#[non_exhaustive]
pub struct LoginChallenge {
    /// The token of the login. It is no session.
    pub token: Token<Challenge>,
    /// The methods of the user. Each authenticator is a method of its own.
    pub methods: Vec<OfferedMethod>,
    /// When the token expires.
    pub expires_at: Timestamp,
    /// The delayed recovery that is under way. Tell the user: it may not be theirs.
    pub delayed_recovery: Option<DelayedRecoveryStatus>,
}

impl LoginChallenge {
    /// The kinds of the methods, each of them once.
    #[must_use]
    pub fn kinds(&self) -> Vec<Method> {
        let mut kinds: Vec<_> = self.methods.iter().map(|one| one.method).collect();
        kinds.dedup();
        kinds
    }
}

/// A method that can pass the second step of a login. Methods that failures exhausted are not
/// offered.
///
/// The number of recovery codes that are left is not part of it, because only the first factor was
/// given.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OfferedMethod {
    /// Its kind.
    pub method: Method,
    /// The owner's label, if the method is an authenticator.
    pub label: Option<String>,
    /// When the method can be tried again, if failures blocked it.
    pub retry_at: Option<Timestamp>,
}

/// A login without a second step. Begin a session now.
#[derive(Debug)]
#[non_exhaustive]
pub struct Completed {
    /// Why there is no second step.
    pub by: CompletedBy,
    /// The host's note of the [request](crate::RequestContext::note).
    pub note: Option<HostNote>,
    /// What must happen to sessions.
    pub sessions: SessionChange,
}

/// Why a login needs no second step.
#[derive(Debug)]
#[non_exhaustive]
pub enum CompletedBy {
    /// The user has no second factor and may do without one.
    NotEnrolled {
        /// Until when, if a [grace](crate::policy::Requirement::Within) runs.
        due: Option<Timestamp>,
    },
    /// This browser is [trusted](crate::RequestContext::device). Replace its device token with the
    /// new one. The trust does not count for a sensitive action.
    Remembered(TrustedDevice),
    /// The first factor was several factors of another system, and the policy
    /// [accepts](crate::Policy::accept_upstream_mfa) them. They do not count for a sensitive
    /// action.
    Upstream,
    /// The host [waived](crate::policy::Demand::Waive) the second step.
    Waived,
}

/// A second step that was passed. Begin a session now.
#[derive(Debug)]
#[non_exhaustive]
pub struct Verified {
    /// Who signed in.
    pub user: UserId,
    /// The method.
    pub method: Method,
    /// The authenticator, if the method was one.
    pub authenticator: Option<AuthenticatorId>,
    /// The number of recovery codes that are left. With none left, ask the user to make new ones:
    /// no login issues any, because one relayed code would give an attacker the whole set.
    pub recovery_codes_remaining: u8,
    /// Whether these are few, according to the policy.
    pub recovery_codes_low: bool,
    /// The first factor of the login.
    pub first_factor: FirstFactor,
    /// The host's note, if the [request](crate::RequestContext::note) that began the login had one.
    pub note: Option<HostNote>,
    /// This browser, if the answer asked to [trust it](Answer::trust_device) and the policy allows
    /// that.
    pub device: Option<TrustedDevice>,
    /// What must happen to sessions.
    pub sessions: SessionChange,
}

/// Begins a login after its first factor.
pub(crate) struct BeginLogin {
    pub(crate) first: FirstFactor,
    /// The host knows from its own table that the user has a second factor.
    pub(crate) known_enrolled: bool,
}

impl Command for BeginLogin {
    const OPERATION: &'static str = "begin_login";
    type Outcome = Login;

    fn apply(&self, draft: &mut Draft<'_>) -> Result<Login, Halt> {
        // A mistake of the caller shows whatever the account is.
        let (demand, due) = (self.demand(draft)?, draft.begin_grace()?);
        if draft.account.reset.is_some() {
            return Ok(Login::ResetPending);
        }
        if self.known_enrolled && !draft.account.is_enabled() {
            return Err(RecordError::Missing.into());
        }
        let policy = draft.context.policy;
        if !draft.account.is_enabled() {
            if due == Due::Now {
                let granted = Granted {
                    granted_for: GrantedFor::Login,
                    first: Some(self.first.clone()),
                    note: draft.context.request.note.clone(),
                };
                let (grant, _) = draft.issue(granted, policy.enrollment_lifetime)?;
                return Ok(Login::EnrollmentRequired(grant));
            }
            return Ok(self.completed(draft, CompletedBy::NotEnrolled { due: due.at() }));
        }
        draft.settle();
        draft.tell_unanswered();
        if self.first.kind().is_password() && draft.needs_new_password() {
            draft.demand_password_change();
            return Ok(Login::PasswordChangeRequired);
        }
        if let Some(by) = self.replacement(draft, demand)? {
            return Ok(self.completed(draft, by));
        }
        let open = OpenLogin {
            round: draft.account.counters.round,
            first: self.first.clone(),
            note: draft.context.request.note.clone(),
        };
        let claims = draft.claims(open, draft.context.now + policy.challenge_lifetime)?;
        draft.note_begun(&claims);
        Ok(Login::Challenge(LoginChallenge {
            token: draft.sign(&claims),
            methods: methods(draft, &self.first),
            expires_at: claims.expires_at,
            delayed_recovery: draft
                .delayed_recovery_under_way()
                .map(|recovery| recovery.status()),
        }))
    }
}

impl BeginLogin {
    /// What the host demands of this login.
    fn demand(&self, draft: &Draft<'_>) -> Result<Demand, ContextError> {
        let Context {
            policy, request, ..
        } = draft.context;
        match request.demand {
            Demand::Waive if !policy.login_waivers => Err(ContextError::WaiverNotAllowed),
            Demand::Waive if request.source.ip.is_none() => Err(ContextError::AddressMissing),
            demand => Ok(demand),
        }
    }

    /// What replaces the second step.
    fn replacement(
        &self,
        draft: &mut Draft<'_>,
        demand: Demand,
    ) -> Result<Option<CompletedBy>, RngError> {
        // The answer of the owner cancels a delayed recovery, so that the owner has to give one.
        let recovers = draft.delayed_recovery_under_way().is_some();
        let upstream = !recovers && draft.accepts_upstream(self.first.given);
        if demand == Demand::Insist {
            let device = draft.recognize_device().map(|claims| claims.payload.device);
            if upstream || device.is_some() {
                let insisted = draft.event(EventKind::LoginInsisted);
                draft.record(Event { device, ..insisted });
            }
            return Ok(None);
        }
        if upstream {
            draft.record(draft.event(EventKind::UpstreamMfaAccepted));
            return Ok(Some(CompletedBy::Upstream));
        }
        if let Some(device) = draft.present_device()? {
            return Ok(Some(CompletedBy::Remembered(device)));
        }
        if demand == Demand::Waive && !recovers {
            draft.record(draft.event(EventKind::LoginWaived));
            return Ok(Some(CompletedBy::Waived));
        }
        Ok(None)
    }

    fn completed(&self, draft: &Draft<'_>, by: CompletedBy) -> Login {
        let sessions = draft.sessions(SessionEffect::Rotate);
        let assurance = draft.assurance(self.first.given);
        Login::Completed(Completed {
            by,
            note: draft.context.request.note.clone(),
            sessions: sessions.resting_on(assurance),
        })
    }
}

/// Answers a challenge.
pub(crate) struct AnswerChallenge {
    pub(crate) claims: Claims<OpenLogin>,
    pub(crate) answer: Answer,
}

impl Command for AnswerChallenge {
    const OPERATION: &'static str = "answer_challenge";
    type Outcome = Verified;

    fn apply(&self, draft: &mut Draft<'_>) -> Result<Verified, Halt> {
        let OpenLogin { first, note, .. } = &self.claims.payload;
        draft.by_password = first.kind().is_password();
        draft.answered = Some(self.claims.clone());
        let channel = self.answer.channel();
        if let Some(channel) = channel {
            draft.demand_channel(channel, first)?;
        }
        draft.check(&self.claims)?;
        draft.admit_to_login(self.answer.factor)?;
        draft.demand_round(&self.claims)?;
        draft.spend(&self.claims)?;
        let proof = draft.demand_second_step(&self.answer, self.claims.nonce, first)?;
        let verified = proof.describe(draft.event(EventKind::LoginVerified));
        let authenticator = verified.authenticator;
        draft.record(verified);
        draft.account.unanswered.answered(self.claims.nonce);
        let device = match &self.answer.trust {
            // What passes no sensitive action earns no trust either.
            Some(label) if channel.is_none() && !proof.is_imported() => {
                draft.trust_device(label)?
            }
            _ => None,
        };
        let remaining = draft.account.recovery_codes_remaining();
        let sessions = draft.sessions(SessionEffect::Rotate);
        let assurance = proof.added_to(draft.assurance(first.given), draft.context.now);
        Ok(Verified {
            user: draft.context.user.clone(),
            method: proof.method(),
            authenticator,
            recovery_codes_remaining: remaining,
            recovery_codes_low: remaining <= draft.context.policy.recovery_codes.low,
            first_factor: first.clone(),
            note: note.clone(),
            device,
            sessions: sessions.resting_on(assurance),
        })
    }
}

/// Cancels a login and spends its token. If many tokens were cancelled recently, the token just
/// expires.
pub(crate) struct CancelLogin {
    pub(crate) claims: Claims<OpenLogin>,
}

impl Command for CancelLogin {
    const OPERATION: &'static str = "cancel_login";
    type Outcome = ();

    fn apply(&self, draft: &mut Draft<'_>) -> Result<(), Halt> {
        let open = draft.check(&self.claims).is_ok()
            && self.claims.payload.round == draft.account.counters.round;
        let now = draft.context.now;
        if open && draft.account.spent.has_room_for_cancelled(now) {
            draft.spend(&self.claims)?;
            draft.record(draft.event(EventKind::LoginCancelled));
        }
        Ok(())
    }
}

/// The methods that could pass the second step, blocked ones included. Methods of one kind stand
/// together.
fn methods(draft: &Draft<'_>, first: &FirstFactor) -> Vec<OfferedMethod> {
    let beside = draft.passkeys_beside(Some(first)).map(|(id, _)| id);
    let passkeys: Vec<_> = beside.filter(|_| draft.ceremonies().is_ok()).collect();
    let offered = |method, label, factor| {
        let retry_at = match draft.standing_at_login(factor) {
            Standing::Open => None,
            Standing::Blocked { until } => Some(until),
            Standing::Exhausted => return None,
        };
        Some(OfferedMethod {
            method,
            label,
            retry_at,
        })
    };
    let bound = draft.account.authenticators.iter();
    let usable = bound.filter(|one| one.credential.otp().is_some() || passkeys.contains(&one.id));
    let kinds = [Method::Passkey, Method::Totp, Method::Hotp];
    let authenticators = kinds.into_iter().flat_map(|kind| {
        let of_kind = usable.clone().map(|one| (one, &one.credential));
        let of_kind = of_kind.filter(move |(_, credential)| credential.method() == kind);
        of_kind.map(|(one, of)| (of.method(), Some(one.label.clone()), of.factor()))
    });
    let has_codes = draft.account.recovery_codes_remaining() > 0;
    let recovery = has_codes.then_some((Method::RecoveryCode, None, Factor::RecoveryCode));
    let channels = Channel::ALL.into_iter();
    let sent = channels.filter(|channel| draft.demand_channel(*channel, first).is_ok());
    let sent = sent.map(|channel| (channel.method(), None, channel.factor()));
    authenticators
        .chain(recovery)
        .chain(sent)
        .filter_map(|(method, label, factor)| offered(method, label, factor))
        .collect()
}

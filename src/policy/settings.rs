//! The settings of a policy.

use std::time::Duration;

use super::throttle::Throttle;
use crate::channel::Channel;
use crate::limits::UNANSWERED_TOLD_AFTER;
use crate::otp::{LookAhead, ResyncWindow, Skew, TotpParams};
use crate::passkey::UserVerification;
use crate::recovery_codes::RecoveryCodePolicy;
use crate::request::RequestContext;
use crate::requirement::Requirement;

/// The rules of a service: what it demands and what it allows. Building the [`Mfa`](crate::Mfa)
/// checks them.
///
/// | setting | [`new`](Self::new) | [`strict`](Self::strict) |
/// | --- | --- | --- |
/// | [`totp`](Self::totp) | SHA-1, 6 digits, 30 s, one step of skew either way | the current step only |
/// | [`throttle`](Self::throttle) | blocks at 5 failures in a row, exhausts at 50 | at 3, and 20 |
/// | [`password_change_after`](Self::password_change_after) | 40 failures | 15 |
/// | [`requirement`](Self::requirement) | optional | now |
/// | [`requirement_per_request`](Self::requirement_per_request) | no | no |
/// | [`login_waivers`](Self::login_waivers) | no | refused |
/// | [`confirmed_sessions`](Self::confirmed_sessions) | no | refused |
/// | [`every_user_has_a_record`](Self::every_user_has_a_record) | no | demanded |
/// | [`codeless_enrollment`](Self::codeless_enrollment) | no | refused |
/// | [`recovery_codes`](Self::recovery_codes) | ten codes of 120 bits | the same |
/// | [`challenge_lifetime`](Self::challenge_lifetime) | 5 min | the same |
/// | [`enrollment_lifetime`](Self::enrollment_lifetime) | 10 min | the same |
/// | [`step_up_lifetime`](Self::step_up_lifetime) | 5 min | the same |
/// | [`first_factor_freshness`](Self::first_factor_freshness) | 5 min | the same |
/// | [`accept_upstream_mfa`](Self::accept_upstream_mfa) | no | refused |
/// | [`tell_unanswered`](Self::tell_unanswered) | no | no |
/// | [`max_authenticators`](Self::max_authenticators) | 5 | the same |
/// | [`hotp_windows`](Self::hotp_windows) | 10 counters ahead, 100 with two codes | the same |
/// | [`drift_memory`](Self::drift_memory) | no | refused |
/// | [`trusted_devices`](Self::trusted_devices) | no | refused |
/// | [`email_codes`](Self::email_codes) | no | refused |
/// | [`sms_codes`](Self::sms_codes) | no | refused |
/// | [`voice_codes`](Self::voice_codes) | no | refused |
/// | [`passkeys`](Self::passkeys) | no | no |
/// | [`user_verification`](Self::user_verification) of passkeys | preferred | required |
/// | [`delayed_recovery`](Self::delayed_recovery) | no | refused |
///
/// A policy prints itself as such a table (`println!("{policy}")`). `docs/policy.md` shows each
/// preset.
///
/// ```
/// use countersign::otp::{Digits, TotpParams};
/// use countersign::policy::{PolicyError, Requirement};
/// use countersign::Policy;
///
/// let policy = Policy::new("acme-prod", "Acme")
///     .totp(TotpParams::default().with_digits(Digits::EIGHT))
///     .requirement(Requirement::Now)
///     .trusted_devices(true);
/// policy.validate()?;
///
/// // The strict preset allows no remembered browsers.
/// let lax = Policy::strict("acme-prod", "Acme").trusted_devices(true);
/// assert_eq!(lax.validate(), Err(PolicyError::NotStrict));
/// # Ok::<(), PolicyError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    pub(crate) audience: String,
    pub(crate) issuer: String,
    pub(super) strict: bool,
    pub(crate) totp: TotpParams,
    pub(crate) throttle: Throttle,
    pub(crate) password_change_after: u32,
    pub(crate) requirement: Requirement,
    pub(crate) requirement_per_request: bool,
    pub(crate) login_waivers: bool,
    pub(crate) confirmed_sessions: bool,
    pub(crate) recorded: bool,
    pub(crate) codeless: bool,
    pub(crate) recovery_codes: RecoveryCodePolicy,
    pub(crate) challenge_lifetime: Duration,
    pub(crate) enrollment_lifetime: Duration,
    pub(crate) step_up_lifetime: Duration,
    pub(crate) first_factor_freshness: Duration,
    pub(crate) upstream_mfa: bool,
    /// How long ago another system may have asked for its factors.
    pub(crate) first_factor_lifetime: Duration,
    /// The age at which the user is told of an unanswered challenge, if the policy tells.
    pub(crate) tells_unanswered_after: Option<Duration>,
    pub(crate) max_authenticators: u8,
    pub(crate) look_ahead: LookAhead,
    pub(crate) resync_window: ResyncWindow,
    pub(crate) drift_memory: bool,
    /// The lifetime of a device's trust, if the policy allows trusted devices.
    pub(crate) device_lifetime: Option<Duration>,
    pub(super) email_codes: bool,
    pub(super) sms_codes: bool,
    pub(super) voice_codes: bool,
    pub(crate) passkeys: bool,
    pub(crate) user_verification: UserVerification,
    /// The wait of a delayed recovery, if the policy allows it.
    pub(crate) delayed_recovery_wait: Option<Duration>,
    pub(super) short_wait_allowed: bool,
}

impl Policy {
    /// The default policy of a service.
    ///
    /// `audience` is a stable id to which keys and tokens are bound. If it changes, every record
    /// and token becomes unreadable. `issuer` is the name that people see in their authenticator
    /// app. It may change.
    #[must_use]
    pub fn new(audience: impl Into<String>, issuer: impl Into<String>) -> Self {
        Self {
            audience: audience.into(),
            issuer: issuer.into(),
            strict: false,
            totp: TotpParams::default(),
            throttle: Throttle::DEFAULT,
            password_change_after: 40,
            requirement: Requirement::Optional,
            requirement_per_request: false,
            login_waivers: false,
            confirmed_sessions: false,
            recorded: false,
            codeless: false,
            recovery_codes: RecoveryCodePolicy::standard(),
            challenge_lifetime: minutes(5),
            enrollment_lifetime: minutes(10),
            step_up_lifetime: minutes(5),
            first_factor_freshness: minutes(5),
            upstream_mfa: false,
            first_factor_lifetime: minutes(10),
            tells_unanswered_after: None,
            max_authenticators: 5,
            look_ahead: LookAhead::DEFAULT,
            resync_window: ResyncWindow::DEFAULT,
            drift_memory: false,
            device_lifetime: None,
            email_codes: false,
            sms_codes: false,
            voice_codes: false,
            passkeys: false,
            user_verification: UserVerification::Preferred,
            delayed_recovery_wait: None,
            short_wait_allowed: false,
        }
    }

    /// The strict preset: ASVS 5.0 level 3 for one-time passwords. Building the `Mfa` fails if a
    /// setting is laxer.
    #[must_use]
    pub fn strict(audience: impl Into<String>, issuer: impl Into<String>) -> Self {
        Self {
            strict: true,
            totp: TotpParams::default().with_skew(Skew::NONE),
            throttle: Throttle::STRICT,
            password_change_after: 15,
            requirement: Requirement::Now,
            user_verification: UserVerification::Required,
            recorded: true,
            ..Self::new(audience, issuer)
        }
    }

    /// The parameters of new TOTP authenticators. Authenticators that are enrolled already keep
    /// their parameters, except the skew.
    #[must_use]
    pub fn totp(mut self, params: TotpParams) -> Self {
        self.totp = params;
        self
    }

    /// The budgets against guessing.
    #[must_use]
    pub fn throttle(mut self, throttle: Throttle) -> Self {
        self.throttle = throttle;
        self
    }

    /// The number of failures, of all factors since the password last changed, at which the next
    /// login asks for a new password.
    ///
    /// For an account without a second factor, wrong passwords at the start of an enrolment count
    /// too. The library has no part in the logins of such an account. At that number it refuses to
    /// start an enrolment in a session, with
    /// [`PasswordChangeRequired`](crate::Denial::PasswordChangeRequired). If a grant or an import
    /// binds an authenticator, the next login asks for a new password.
    #[must_use]
    pub fn password_change_after(mut self, failures: u32) -> Self {
        self.password_change_after = failures;
        self
    }

    /// Whether every user needs a second factor. A [request](RequestContext::requirement) may be
    /// stricter and never laxer.
    #[must_use]
    pub fn requirement(mut self, requirement: Requirement) -> Self {
        self.requirement = requirement;
        self
    }

    /// Whether each request has to [say](RequestContext::requirement) whether its user needs a
    /// second factor. A login, disabling or removing without it is then an
    /// [error](crate::Error::Context), so that no forgotten argument makes the second factor
    /// optional.
    #[must_use]
    pub fn requirement_per_request(mut self, demanded: bool) -> Self {
        self.requirement_per_request = demanded;
        self
    }

    /// Whether a request may [waive](crate::policy::Demand::Waive) the second step of a login.
    #[must_use]
    pub fn login_waivers(mut self, allowed: bool) -> Self {
        self.login_waivers = allowed;
        self
    }

    /// Whether a user without a record is an error,
    /// [`Missing`](crate::account::RecordError::Missing), and never "not enrolled". Then a deleted
    /// row, or a connection to the wrong database, does not turn a second factor off.
    ///
    /// Every operation except [`register`](crate::Mfa::register) and [`import`](crate::Mfa::import)
    /// then needs a record. Before you turn this on, let sign-up register each new user, and
    /// register all earlier users with [`register_all`](crate::Mfa::register_all).
    #[must_use]
    pub fn every_user_has_a_record(mut self, recorded: bool) -> Self {
        self.recorded = recorded;
        self
    }

    /// Whether the token alone may confirm a first authenticator, without a code. Such an
    /// authenticator is unproven until one of its codes succeeds: it is good for a login and not
    /// for a sensitive action. After an administrator's reset a code is needed.
    #[must_use]
    pub fn codeless_enrollment(mut self, allowed: bool) -> Self {
        self.codeless = allowed;
        self
    }

    /// The number and the strength of recovery codes.
    #[must_use]
    pub fn recovery_codes(mut self, codes: RecoveryCodePolicy) -> Self {
        self.recovery_codes = codes;
        self
    }

    /// The longest time for the second step of a login, at most 15 minutes.
    #[must_use]
    pub fn challenge_lifetime(mut self, lifetime: Duration) -> Self {
        self.challenge_lifetime = lifetime;
        self
    }

    /// The lifetime of a pending enrolment, at most 10 minutes (NIST SP 800-63B-4 §4.1.2.2).
    #[must_use]
    pub fn enrollment_lifetime(mut self, lifetime: Duration) -> Self {
        self.enrollment_lifetime = lifetime;
        self
    }

    /// Whether a session in which the user gave both factors a moment ago, within the
    /// [lifetime of a step-up](Self::step_up_lifetime), adds, replaces and removes authenticators
    /// and makes new recovery codes without a new proof: the host passes on the
    /// [`Assurance`](crate::account::Assurance) that it keeps with the session. To turn the second
    /// factor off and to remember a browser always take a new proof.
    ///
    /// # Security
    ///
    /// A passkey that verified its user at its registration, and not in this session, does not
    /// count. Whoever takes over a session in these minutes can make these changes, too. The owner
    /// is told of each. Therefore let the address to which mails go change by a step-up alone:
    /// freshness is not enough.
    #[must_use]
    pub fn confirmed_sessions(mut self, allowed: bool) -> Self {
        self.confirmed_sessions = allowed;
        self
    }

    /// The lifetime of a step-up token, at most 15 minutes.
    #[must_use]
    pub fn step_up_lifetime(mut self, lifetime: Duration) -> Self {
        self.step_up_lifetime = lifetime;
        self
    }

    /// The greatest age of the first factor of a sensitive action, at most 15 minutes.
    #[must_use]
    pub fn first_factor_freshness(mut self, age: Duration) -> Self {
        self.first_factor_freshness = age;
        self
    }

    /// Whether a login needs no second step if its first factor was [several factors of another
    /// system](crate::account::UpstreamFactor::multi_factor), which that system asked for within
    /// the [first factor's lifetime](Self::first_factor_lifetime). They never count for a sensitive
    /// action.
    #[must_use]
    pub fn accept_upstream_mfa(mut self, accepted: bool) -> Self {
        self.upstream_mfa = accepted;
        self
    }

    /// How long ago another system may have asked for the factors that
    /// [`accept_upstream_mfa`](Self::accept_upstream_mfa) accepts: 10 minutes, and at most 15.
    #[must_use]
    pub fn first_factor_lifetime(mut self, lifetime: Duration) -> Self {
        self.first_factor_lifetime = lifetime;
        self
    }

    /// Tells the user of a login whose challenge nobody answered within this time, 15 minutes to a
    /// day: somebody has the first factor and not the second (ASVS 5.0 6.3.5). Cancelling such a
    /// login does not prevent the message. Call [`run_due`](crate::Directory::run_due) every few
    /// minutes, because a thief who leaves causes no later request.
    ///
    /// The user is told at most once an hour, of all such logins at once. A record notes four open
    /// challenges and one more for all further ones, so that a flood of logins is no flood of
    /// writes.
    ///
    /// # Performance
    ///
    /// Beginning a login then writes to the store, as answering does.
    #[must_use]
    pub fn tell_unanswered(mut self, after: Duration) -> Self {
        self.tells_unanswered_after = Some(after);
        self
    }

    /// The largest number of authenticators of an account, 1 to 10.
    #[must_use]
    pub fn max_authenticators(mut self, count: u8) -> Self {
        self.max_authenticators = count;
        self
    }

    /// How far the counter of a counter-based authenticator may be ahead: for one code, and for two
    /// codes in a row ([`Answer::resync`](crate::Answer::resync)).
    #[must_use]
    pub fn hotp_windows(mut self, look_ahead: LookAhead, resync: ResyncWindow) -> Self {
        self.look_ahead = look_ahead;
        self.resync_window = resync;
        self
    }

    /// Whether the last known drift of an authenticator's clock opens a second window for its next
    /// code (RFC 6238 §6). This is for hardware tokens whose clock cannot be set. Only accepted
    /// codes teach the drift, and at most ten time steps are followed.
    #[must_use]
    pub fn drift_memory(mut self, remembered: bool) -> Self {
        self.drift_memory = remembered;
        self
    }

    /// Whether a trusted browser can replace the second step of a login, for [30
    /// days](Self::DEVICE_LIFETIME).
    #[must_use]
    pub fn trusted_devices(mut self, allowed: bool) -> Self {
        self.device_lifetime = allowed.then_some(Self::DEVICE_LIFETIME);
        self
    }

    /// [Trusted devices](Self::trusted_devices), for 1 to 90 days. The lifetime is absolute, and no
    /// use extends it (NIST SP 800-63B-4 §2.1.3).
    #[must_use]
    pub fn trusted_devices_for(mut self, lifetime: Duration) -> Self {
        self.device_lifetime = Some(lifetime);
        self
    }

    /// Whether a code by e-mail can pass the second step of a login, as a fallback. For a thief of
    /// the password the mailbox is then as good as the phone. NIST SP 800-63B-4 §3.1.3.1 does not
    /// count such a code as a second factor.
    #[must_use]
    pub fn email_codes(mut self, allowed: bool) -> Self {
        self.email_codes = allowed;
        self
    }

    /// Whether a code by text message can pass the second step of a login, as a fallback for a user
    /// who enrolled an authenticator.
    ///
    /// # Security
    ///
    /// The code proves that somebody holds the phone, so that it is a second factor after a
    /// password. It is a restricted one (NIST SP 800-63B-4 §3.2.9), because the public telephone
    /// network is open to interception and to fraud with SIM cards: tell users of that risk, and
    /// plan for the end of it. It passes no sensitive action.
    #[must_use]
    pub fn sms_codes(mut self, allowed: bool) -> Self {
        self.sms_codes = allowed;
        self
    }

    /// Whether a code that a voice reads in a phone call can pass the second step of a login. It is
    /// restricted like a [code by text message](Self::sms_codes).
    #[must_use]
    pub fn voice_codes(mut self, allowed: bool) -> Self {
        self.voice_codes = allowed;
        self
    }

    /// Whether users may register passkeys and security keys, and use them as a second factor. They
    /// are the one method that resists phishing, which NIST SP 800-63B-4 §2.2.2 asks a service to
    /// offer. [`MfaBuilder::passkeys`](crate::MfaBuilder::passkeys) takes the ceremonies.
    ///
    /// If a later policy allows none, passkeys stay in the records and pass nothing. A user who has
    /// passkeys alone then has the recovery codes left.
    #[must_use]
    pub fn passkeys(mut self, allowed: bool) -> Self {
        self.passkeys = allowed;
        self
    }

    /// Whether each passkey has to verify its user, by PIN, finger or face. By default it is
    /// preferred, so that security keys without a PIN work. A sensitive action demands it of each
    /// passkey that had it when it was registered.
    #[must_use]
    pub fn user_verification(mut self, verification: UserVerification) -> Self {
        self.user_verification = verification;
        self
    }

    /// Whether codes are sent over the channel.
    pub(crate) const fn sends(&self, channel: Channel) -> bool {
        match channel {
            Channel::Email => self.email_codes,
            Channel::Sms => self.sms_codes,
            Channel::Voice => self.voice_codes,
        }
    }

    /// The age at which the user is told of a challenge that nobody answered: of each under a
    /// policy that tells, else of one that got a wrong answer.
    pub(crate) fn unanswered_told_after(&self) -> Duration {
        let earliest = *UNANSWERED_TOLD_AFTER.start();
        self.tells_unanswered_after.unwrap_or(earliest)
    }

    /// The channels over which codes are sent.
    pub(crate) fn channels(&self) -> impl Iterator<Item = Channel> {
        Channel::ALL
            .into_iter()
            .filter(|channel| self.sends(*channel))
    }

    /// Whether a user who lost authenticator and recovery codes can enrol again with the password,
    /// after a wait of [72 hours](Self::DELAYED_RECOVERY_WAIT). During the wait the user is told
    /// three times and can cancel.
    #[must_use]
    pub fn delayed_recovery(mut self, allowed: bool) -> Self {
        self.delayed_recovery_wait = allowed.then_some(Self::DELAYED_RECOVERY_WAIT);
        self
    }

    /// [Delayed recovery](Self::delayed_recovery), after a wait of 24 hours to 30 days.
    #[must_use]
    pub fn delayed_recovery_after(self, wait: Duration) -> Self {
        Self {
            delayed_recovery_wait: Some(wait),
            short_wait_allowed: false,
            ..self
        }
    }

    /// [Delayed recovery](Self::delayed_recovery) after a wait of any length, for a demonstration.
    ///
    /// # Security
    ///
    /// When the wait is over, a thief of the password takes the account, unless its owner saw the
    /// mail before.
    #[must_use]
    pub fn dangerous_delayed_recovery_after(self, wait: Duration) -> Self {
        Self {
            delayed_recovery_wait: Some(wait),
            short_wait_allowed: true,
            ..self
        }
    }

    /// The stricter of what this policy and a request require.
    pub(crate) fn required_of(&self, request: &RequestContext) -> Requirement {
        self.requirement
            .stricter(request.requirement.unwrap_or_default())
    }

    /// The default lifetime of a device's trust: 30 days.
    pub const DEVICE_LIFETIME: Duration = days(30);
    /// The default wait of a delayed recovery: 72 hours.
    pub const DELAYED_RECOVERY_WAIT: Duration = days(3);

    /// The current parameters of new TOTP authenticators.
    #[must_use]
    pub const fn totp_params(&self) -> TotpParams {
        self.totp
    }
}

pub(super) const fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(minutes * 60)
}

pub(super) const fn days(days: u64) -> Duration {
    minutes(days * 24 * 60)
}

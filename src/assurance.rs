//! The assurance of a session: which factors were given, and when.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::first_factor::{FirstFactorKind, GivenFirst};
use crate::method::Method;
use crate::time::Timestamp;

/// The factors that a session rests on, and when the user gave each.
///
/// The host keeps it with the session ([`SessionChange::assurance`](crate::SessionChange)), in
/// whatever form `serde` writes. A later answer, confirmation or step-up yields a new one, which
/// replaces the old one.
///
/// ```
/// use std::time::Duration;
/// use countersign::account::Assurance;
/// use countersign::time::Timestamp;
///
/// fn may_pay(assurance: &Assurance, now: Timestamp) -> bool {
///     let fresh = assurance.is_fresh(Duration::from_secs(300), now);
///     assurance.level() == 2 && !assurance.is_restricted() && fresh
/// }
/// ```
///
/// `docs/standards.md` has the table of factors, `amr` values and levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assurance {
    first: GivenFirst,
    /// Whether the policy accepts that the first factor was several.
    upstream: bool,
    second: Option<GivenSecond>,
}

/// A second factor that was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct GivenSecond {
    pub(crate) method: Method,
    pub(crate) at: Timestamp,
    /// Whether another service issued the recovery code.
    pub(crate) imported: bool,
    /// Whether the passkey verified its user.
    pub(crate) user_verified: bool,
    /// Whether the key of the passkey may be copied to other devices.
    pub(crate) backup_eligible: bool,
    /// Whether the passkey did not verify its user, as it did when it was registered. A sensitive
    /// action takes more.
    #[serde(default)]
    pub(crate) falls_short: bool,
}

impl Assurance {
    /// The assurance of a first factor alone.
    pub(crate) fn of(first: GivenFirst, upstream: bool) -> Self {
        Self {
            first,
            upstream,
            second: None,
        }
    }

    /// The same with a second factor.
    pub(crate) fn with(self, second: GivenSecond) -> Self {
        let second = Some(second);
        Self { second, ..self }
    }

    pub(crate) fn given_first(&self) -> GivenFirst {
        self.first
    }

    /// Whether the user gave a first and a second factor here that pass a sensitive action.
    pub(crate) fn passes_sensitive_actions(&self) -> bool {
        let here = Self {
            upstream: false,
            ..*self
        };
        let second = self.second.is_some_and(|second| !second.falls_short);
        second && here.level() == 2 && !self.is_restricted()
    }

    /// The first factor, and when the user gave it.
    #[must_use]
    pub fn first_factor(&self) -> (FirstFactorKind, Timestamp) {
        (self.first.kind, self.first.at)
    }

    /// The second factor, and when the user gave it. A remembered browser is not one.
    #[must_use]
    pub fn second_factor(&self) -> Option<(Method, Timestamp)> {
        self.second.map(|second| (second.method, second.at))
    }

    /// The authentication methods for an `amr` claim (RFC 8176 §2). `fed` and `email` are values of
    /// this library's own. `hwk` is never claimed, because no attestation proves it. `swk` says
    /// that the key of the passkey may be copied.
    #[must_use]
    pub fn amr(&self) -> Vec<&'static str> {
        let mut amr = Vec::with_capacity(5);
        amr.extend(match self.first.kind {
            FirstFactorKind::Password => Some("pwd"),
            FirstFactorKind::Federated => Some("fed"),
            FirstFactorKind::EmailLink => Some("email"),
            FirstFactorKind::Passkey => Some("pop"),
            FirstFactorKind::Other => None,
        });
        if let Some(second) = self.second {
            amr.extend(match second.method {
                Method::Totp | Method::Hotp => Some("otp"),
                Method::RecoveryCode => None,
                Method::EmailCode => Some("email"),
                Method::SmsCode => Some("sms"),
                Method::VoiceCode => Some("tel"),
                // A passkey may be the first factor as well.
                Method::Passkey => Some("pop").filter(|pop| !amr.contains(pop)),
            });
            amr.extend(second.user_verified.then_some("user"));
            amr.extend(second.backup_eligible.then_some("swk"));
        }
        if self.level() == 2 {
            amr.push("mfa");
        }
        amr
    }

    /// The level, 1 or 2, after the authentication assurance levels of NIST SP 800-63B-4 §2.
    ///
    /// Level 2 takes two different factors: an authenticator, a passkey, a recovery code or a code
    /// by SMS or voice (restricted, §3.2.9) beside a first factor that is neither an e-mail nor a
    /// passkey without a verified user, or several factors of another system that the policy
    /// [accepts](crate::Policy::accept_upstream_mfa). A passkey that verified its user is two
    /// factors by itself (§3.1.7). An e-mail proves no factor (§3.1.3.1), and a recovery code of
    /// another service stays at level 1.
    #[must_use]
    pub fn level(&self) -> u8 {
        let GivenFirst {
            kind, multi_factor, ..
        } = self.first;
        let beside = match kind {
            FirstFactorKind::Password | FirstFactorKind::Federated | FirstFactorKind::Other => true,
            FirstFactorKind::EmailLink => false,
            // Both would be something that the user has.
            FirstFactorKind::Passkey => multi_factor,
        };
        let second = self.second.is_some_and(GivenSecond::counts);
        let verified = self.second.is_some_and(|second| second.user_verified);
        match (multi_factor && self.upstream) || (beside && second) || verified {
            true => 2,
            false => 1,
        }
    }

    /// Whether one of the factors resists phishing (NIST SP 800-63B-4 §3.2.5). Only a passkey does.
    #[must_use]
    pub fn phishing_resistant(&self) -> bool {
        let second = self
            .second
            .is_some_and(|second| second.method == Method::Passkey);
        second || self.first.kind == FirstFactorKind::Passkey
    }

    /// Whether the second factor was a code by SMS or voice, which NIST SP 800-63B-4 §3.2.9
    /// restricts: it reaches whoever has the phone number. It passes no sensitive action here, and
    /// a handler that guards one asks for this as well.
    #[must_use]
    pub fn is_restricted(&self) -> bool {
        let second = self.second.map(|second| second.method);
        matches!(second, Some(Method::SmsCode | Method::VoiceCode))
    }

    /// The level as a value of an `acr` claim (OpenID Connect Core §2): `aal1` or `aal2`.
    #[must_use]
    pub fn acr(&self) -> &'static str {
        match self.level() {
            2 => "aal2",
            _ => "aal1",
        }
    }

    /// When the user was authenticated, for an `auth_time` claim (OpenID Connect Core §2). It is
    /// the moment of the older factor, so that no claim is fresher than its factors.
    #[must_use]
    pub fn auth_time(&self) -> Timestamp {
        let second = self.second.map(|second| second.at);
        second.map_or(self.first.at, |at| at.min(self.first.at))
    }

    /// Whether the user gave each of the factors within `max_age` before `now`. A moment in the
    /// future is not fresh.
    #[must_use]
    pub fn is_fresh(&self, max_age: Duration, now: Timestamp) -> bool {
        let second = self.second.map(|second| second.at);
        let latest = second.map_or(self.first.at, |at| at.max(self.first.at));
        latest <= now && now.since(self.auth_time()) <= max_age
    }
}

impl GivenSecond {
    /// A second factor of this method, without what only some methods say of themselves.
    pub(crate) fn of(method: Method, at: Timestamp) -> Self {
        Self {
            method,
            at,
            imported: false,
            user_verified: false,
            backup_eligible: false,
            falls_short: false,
        }
    }

    fn counts(self) -> bool {
        match self.method {
            Method::Totp | Method::Hotp | Method::Passkey | Method::SmsCode | Method::VoiceCode => {
                true
            }
            Method::RecoveryCode => !self.imported,
            Method::EmailCode => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

    fn first(kind: FirstFactorKind) -> Assurance {
        let multi_factor = false;
        let at = NOW;
        Assurance::of(
            GivenFirst {
                kind,
                at,
                multi_factor,
            },
            true,
        )
    }

    #[test] // S-59
    fn factors_become_methods_and_a_level() {
        use FirstFactorKind::{EmailLink, Federated, Other, Passkey, Password};
        let cases: [(_, _, &[&str], _); 17] = [
            (Password, None, &["pwd"], 1),
            (
                Password,
                Some((Method::Totp, false)),
                &["pwd", "otp", "mfa"],
                2,
            ),
            (
                Password,
                Some((Method::Hotp, false)),
                &["pwd", "otp", "mfa"],
                2,
            ),
            (
                Password,
                Some((Method::RecoveryCode, false)),
                &["pwd", "mfa"],
                2,
            ),
            (Password, Some((Method::RecoveryCode, true)), &["pwd"], 1),
            (
                Password,
                Some((Method::EmailCode, false)),
                &["pwd", "email"],
                1,
            ),
            (
                Password,
                Some((Method::SmsCode, false)),
                &["pwd", "sms", "mfa"],
                2,
            ),
            (
                Password,
                Some((Method::VoiceCode, false)),
                &["pwd", "tel", "mfa"],
                2,
            ),
            (
                EmailLink,
                Some((Method::SmsCode, false)),
                &["email", "sms"],
                1,
            ),
            (Federated, None, &["fed"], 1),
            (
                Federated,
                Some((Method::Totp, false)),
                &["fed", "otp", "mfa"],
                2,
            ),
            (EmailLink, None, &["email"], 1),
            (EmailLink, Some((Method::Totp, false)), &["email", "otp"], 1),
            (Passkey, None, &["pop"], 1),
            (Passkey, Some((Method::Totp, false)), &["pop", "otp"], 1),
            (Other, None, &[], 1),
            (Other, Some((Method::Totp, false)), &["otp", "mfa"], 2),
        ];
        for (kind, second, amr, level) in cases {
            let mut assurance = first(kind);
            if let Some((method, imported)) = second {
                assurance = assurance.with(GivenSecond {
                    imported,
                    ..GivenSecond::of(method, NOW)
                });
            }
            assert_eq!(assurance.amr(), amr, "{kind:?} {second:?}");
            assert_eq!(assurance.level(), level, "{kind:?} {second:?}");
            assert_eq!(assurance.acr(), ["aal1", "aal2"][usize::from(level) - 1]);
            assert_eq!(assurance.phishing_resistant(), kind == Passkey);
            let by_phone = matches!(second, Some((Method::SmsCode | Method::VoiceCode, _)));
            assert_eq!(assurance.is_restricted(), by_phone, "{second:?}");
        }
    }

    /// (kind of the first factor, verified, copied) → `amr` and level
    #[test] // S-56, S-59
    fn a_passkey_is_possession_and_with_a_verified_user_two_factors() {
        use FirstFactorKind::{EmailLink, Passkey, Password};
        let cases: [(_, _, _, &[&str], _); 8] = [
            (Password, false, false, &["pwd", "pop", "mfa"], 2),
            (Password, true, false, &["pwd", "pop", "user", "mfa"], 2),
            (Password, false, true, &["pwd", "pop", "swk", "mfa"], 2),
            (
                Password,
                true,
                true,
                &["pwd", "pop", "user", "swk", "mfa"],
                2,
            ),
            (EmailLink, false, false, &["email", "pop"], 1),
            (EmailLink, true, false, &["email", "pop", "user", "mfa"], 2),
            (Passkey, false, false, &["pop"], 1),
            (Passkey, true, false, &["pop", "user", "mfa"], 2),
        ];
        for (kind, user_verified, backup_eligible, amr, level) in cases {
            let case = format!("{kind:?} {user_verified} {backup_eligible}");
            let assurance = first(kind).with(GivenSecond {
                user_verified,
                backup_eligible,
                ..GivenSecond::of(Method::Passkey, NOW)
            });
            assert_eq!(assurance.amr(), amr, "{case}");
            assert_eq!(assurance.level(), level, "{case}");
            assert!(assurance.phishing_resistant(), "{case}");
            assert!(!assurance.is_restricted(), "{case}");
        }
    }

    #[test]
    fn several_factors_of_another_system_are_level_two() {
        for (kind, amr) in [
            (FirstFactorKind::Federated, ["fed", "mfa"]),
            (FirstFactorKind::Passkey, ["pop", "mfa"]),
        ] {
            let mut assurance = first(kind);
            assurance.first.multi_factor = true;
            assert_eq!(assurance.amr(), amr);
            assert_eq!(assurance.level(), 2);
            assurance.upstream = false;
            assert_eq!(assurance.level(), 1, "a policy that accepts none");
            assert_eq!(
                assurance.with(GivenSecond::of(Method::Totp, NOW)).level(),
                2
            );
        }
    }

    #[test] // S-61
    fn the_older_factor_is_what_must_be_fresh() {
        let minute = Duration::from_secs(60);
        let assurance =
            first(FirstFactorKind::Password).with(GivenSecond::of(Method::Totp, NOW + minute));
        assert_eq!(assurance.auth_time(), NOW);
        assert!(assurance.is_fresh(minute, NOW + minute));
        assert!(!assurance.is_fresh(minute, NOW + minute + Duration::from_secs(1)));
        // The second factor lies in the future of this clock.
        assert!(!assurance.is_fresh(minute, NOW + Duration::from_secs(59)));
    }

    #[test]
    fn what_a_session_keeps_reads_back() {
        let kept = first(FirstFactorKind::Federated).with(GivenSecond {
            imported: true,
            ..GivenSecond::of(Method::RecoveryCode, NOW)
        });
        let json = serde_json::to_string(&kept).unwrap();
        assert_eq!(serde_json::from_str::<Assurance>(&json).unwrap(), kept);
    }
}

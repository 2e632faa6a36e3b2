//! All texts of a language, for the test of a translation.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use crate::denial::Denial;
use crate::event::{Actor, Event, EventKind, Reason, Source};
use crate::factor::Factor;
use crate::first_factor::FirstFactorKind;
use crate::keyuri::Warning;
use crate::recovery_codes::UnusableCodes;
use crate::time::Timestamp;
use crate::user::UserId;
use crate::words::{
    About, Browser, Circumstances, CodeCall, CodeFacts, CodeMail, English, Leading, Notice, Page,
    Refusal, SheetFacts, Words,
};

/// The texts of a language that still read as they do in English, by name. A language is complete
/// if there is none.
///
/// ```
/// use countersign::testing::untranslated;
/// use countersign::words::{German, Words};
///
/// struct French;
///
/// impl Words for French {
///     fn tag(&self) -> &'static str {
///         "fr"
///     }
/// }
///
/// assert!(untranslated(&German).is_empty());
/// assert!(untranslated(&French).contains(&"refusal: Locked".to_owned()));
/// ```
#[must_use]
pub fn untranslated(words: &dyn Words) -> Vec<String> {
    let pairs = texts(words).into_iter().zip(texts(&English));
    let same = pairs.filter(|((_, text), (_, english))| text == english && !text.is_empty());
    same.map(|((name, _), _)| name).collect()
}

/// The texts of a language, each behind its name. A translator reads them at once, and a test looks
/// for words that should not be there.
#[must_use]
pub fn texts(words: &dyn Words) -> Vec<(String, String)> {
    let mut texts = Vec::new();
    let mut put = |name: String, text: String| texts.push((name, text));

    let issued = [happened(EventKind::RecoveryCodesIssued)];
    let first = (happened(EventKind::AuthenticatorBound), &issued[..]);
    let alone = told().into_iter().map(|event| (event, &[][..]));
    for (event, others) in alone.chain([first]) {
        let Event {
            kind,
            reason,
            factor,
            first_factor,
            ..
        } = event;
        let name = format!(
            "notice: {kind:?}, {reason:?}, {factor:?}, {first_factor:?}, {}",
            others.len()
        );
        let Notice {
            subject,
            happened,
            advice,
        } = words.notice(&About {
            event: &event,
            others,
            issuer: ISSUER,
        });
        put(format!("{name}, subject"), subject);
        put(format!("{name}, what happened"), happened);
        put(format!("{name}, advice"), advice);
    }
    for ip in [None, Some(IpAddr::V4(Ipv4Addr::LOCALHOST))] {
        let browser = ip.and_then(|_| Browser::of("Firefox/145.0 (Linux)"));
        let circumstances = Circumstances {
            at: NOW,
            ip,
            browser,
        };
        let name = format!("circumstances: {ip:?}");
        put(name, words.circumstances(&circumstances));
    }
    for to in pages() {
        let leading = Leading { to, issuer: ISSUER };
        put(format!("link: {to:?}"), words.link(&leading));
    }
    let CodeMail {
        subject,
        before,
        after,
    } = words.email_code(&CodeFacts {
        issuer: ISSUER,
        valid_for: Duration::from_secs(600),
    });
    put("code by e-mail: subject".to_owned(), subject);
    put("code by e-mail: before".to_owned(), before);
    put("code by e-mail: after".to_owned(), after);
    put("code by SMS".to_owned(), words.sms_code(ISSUER));
    let CodeCall {
        before,
        again,
        after,
    } = words.voice_code(ISSUER);
    put("code by voice: before".to_owned(), before);
    put("code by voice: again".to_owned(), again);
    put("code by voice: after".to_owned(), after);
    let sheet = words.sheet(&SheetFacts {
        issuer: ISSUER,
        generated_at: NOW,
    });
    put("sheet".to_owned(), sheet);
    for denial in denials() {
        let refusal = Refusal { denial, now: NOW };
        let name = format!("{denial:?}");
        let name = name.split(' ').next().unwrap_or_default();
        put(format!("refusal: {name}"), words.refusal(&refusal));
    }
    for warning in warnings() {
        put(format!("warning: {warning:?}"), words.warning(warning));
    }
    texts
}

const ISSUER: &str = "Acme";

/// 2027-01-15 08:00 UTC
const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

fn happened(kind: EventKind) -> Event {
    let user = UserId::from(1_u64);
    let event = Event::new(kind, &user, Actor::User, NOW, &Source::default());
    event.code_number(3).effective_at(NOW)
}

/// The events for which English has words, with each reason and factor that changes the words.
fn told() -> Vec<Event> {
    let mut told: Vec<Event> = Vec::new();
    for kind in kinds() {
        let mut notices = vec![notice(&happened(EventKind::Unknown))];
        for reason in std::iter::once(None).chain(reasons().into_iter().map(Some)) {
            for (factor, first) in factors_and_first() {
                let mut event = happened(kind).factor(factor);
                event.reason = reason;
                event.first_factor = Some(first);
                let notice = notice(&event);
                if !notices.contains(&notice) {
                    notices.push(notice);
                    told.push(event);
                }
            }
        }
    }
    told
}

fn factors_and_first() -> Vec<(Factor, FirstFactorKind)> {
    let pairs = factors().into_iter().flat_map(|factor| {
        let first = first_factors().into_iter();
        first.map(move |first| (factor, first))
    });
    pairs.collect()
}

fn notice(event: &Event) -> Notice {
    English.notice(&About {
        event,
        others: &[],
        issuer: ISSUER,
    })
}

/// All values of an enum. It does not compile if a variant is missing.
macro_rules! all {
    ($type:ident: $($variant:ident $({ $field:ident: $value:expr })?),* $(,)?) => {{
        let all = vec![$($type::$variant $({ $field: $value })?),*];
        for value in &all {
            match value {
                $($type::$variant $({ $field: _ })? => {})*
            }
        }
        all
    }};
}

fn kinds() -> Vec<EventKind> {
    all!(EventKind:
        EnrollmentStarted,
        EnrollmentRefused,
        EnrollmentDropped,
        EnrollmentCancelled,
        AuthenticatorBound,
        AuthenticatorReplaced,
        AuthenticatorRenamed,
        AuthenticatorRemoved,
        AuthenticatorImported,
        LoginVerified,
        LoginRefused,
        LoginCancelled,
        LoginUnanswered,
        UpstreamMfaAccepted,
        LoginTrusted,
        GraceBegan,
        LoginWaived,
        LoginInsisted,
        RecoveryCodesAcknowledged,
        DeviceTrusted,
        DeviceRevoked,
        CodeSent,
        CodeVoided,
        PasswordChangeDemanded,
        FactorBlocked,
        RecoveryCodeUsed,
        RecoveryCodesIssued,
        RecoveryCodesImported,
        ForeignRecoveryCodeAccepted,
        RecoveryCodeSheetDownloaded,
        DelayedRecoveryRequested,
        DelayedRecoveryReminded,
        DelayedRecoveryRestarted,
        DelayedRecoveryOpened,
        DelayedRecoveryGranted,
        DelayedRecoveryCompleted,
        DelayedRecoveryCancelled,
        DelayedRecoveryExpired,
        Locked,
        Unlocked,
        Reset,
        StepUpGranted,
        StepUpUsed,
        ReauthenticationRefused,
        Disabled,
        PasswordChanged,
        Erased,
        RestoredFromBackup,
        Registered,
        RecordReplaced,
        Unknown,
    )
}

fn reasons() -> Vec<Reason> {
    all!(Reason:
        WrongCode,
        ReplayedCode,
        UsedRecoveryCode,
        WrongAssertion,
        CopiedPasskey,
        ChangedPasskey,
        WrongPassword,
        StepUpInvalid,
        Blocked,
        Exhausted,
        CopiedDevice,
        Unknown,
    )
}

fn factors() -> Vec<Factor> {
    all!(Factor: Authenticator, Passkey, RecoveryCode, EmailCode, PhoneCode)
}

fn first_factors() -> Vec<FirstFactorKind> {
    all!(FirstFactorKind: Password, Federated, EmailLink, Passkey, Other)
}

fn pages() -> Vec<Page> {
    all!(Page: Lock, Cancel, Void, Enroll, Account)
}

fn denials() -> Vec<Denial> {
    all!(Denial:
        InvalidCode,
        MalformedCode,
        Throttled { retry_at: NOW + Duration::from_secs(30) },
        FactorExhausted,
        TokenInvalid,
        TokenExpired,
        TokenSpent,
        ReauthenticationRequired,
        ReauthenticationFailed,
        PasswordChangeRequired,
        AuthenticatorUnproven,
        NotEnrolled,
        AlreadyEnrolled,
        AlreadyRegistered,
        NothingPending,
        Superseded,
        CodeRequired,
        UnknownAuthenticator,
        LastAuthenticator,
        TooManyAuthenticators,
        InvalidPasskey,
        UserVerificationRequired,
        KeyAlreadyBound,
        InvalidName,
        MethodUnavailable,
        Locked,
        SessionEnded,
        ResetPending,
        UnknownDevice,
        DelayedRecoveryPending,
        DelayedRecoveryWaiting { effective_at: NOW },
        NoDelayedRecovery,
        ReasonRequired,
        PeriodTooLong,
        UnusableRecoveryCodes { cause: UnusableCodes::TooShort },
        UnknownRecoveryCodes,
        RequiredByPolicy,
        NotLost,
        WeakKey,
    )
}

fn warnings() -> Vec<Warning> {
    all!(Warning:
        WeakSecret,
        UntidySecret,
        TrailingBits,
        MissingAccount,
        ColonReplaced,
        IssuerMismatch,
        MissingIssuer,
        AmbiguousLabel,
        PlusAsSpace,
        UnknownParameter,
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde::Serialize;

    use super::*;
    use crate::channel::Channel;

    fn assert_named<T: Serialize>(value: T, name: &str) {
        assert_eq!(serde_json::to_value(value).unwrap(), name);
    }

    #[test]
    fn names_are_those_of_the_json() {
        for kind in kinds() {
            assert_named(kind, kind.as_str());
        }
        for factor in Factor::ALL {
            assert_named(factor, factor.as_str());
        }
        for channel in Channel::ALL {
            assert_named(channel, channel.as_str());
            assert_named(channel.method(), channel.method().as_str());
        }
        for reason in [
            Reason::WrongCode,
            Reason::ReplayedCode,
            Reason::UsedRecoveryCode,
            Reason::WrongPassword,
            Reason::StepUpInvalid,
            Reason::Blocked,
            Reason::Exhausted,
            Reason::CopiedDevice,
        ] {
            assert_named(reason, reason.as_str());
        }
    }

    #[test]
    fn each_refusal_has_a_code_of_its_own() {
        let codes: BTreeSet<_> = denials().iter().map(|denial| denial.as_str()).collect();
        assert!(codes.len() > 30);
        assert_eq!(codes.len(), denials().len());
    }
}

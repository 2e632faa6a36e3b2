//! A policy as a table for people to read.

use std::fmt;
use std::time::Duration;

use super::settings::Policy;
use crate::channel::Channel;
use crate::limits::{
    DELAYED_RECOVERY_OPEN, DELAYED_RECOVERY_REQUESTS, DELAYED_RECOVERY_REQUESTS_WITHIN,
    EMAIL_SENDING, PHONE_SENDING, SENT_CODE_DIGITS, SENT_CODE_LIFETIME, SENT_CODE_TRIES, Sending,
    TRUSTED_DEVICES, UNANSWERED_NOTED,
};
use crate::otp::MAX_DRIFT;
use crate::passkey::UserVerification;
use crate::requirement::Requirement;

impl fmt::Display for Policy {
    /// A table in Markdown: one row a setting, with everything that the policy stands for.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| setting | value |\n| --- | --- |")?;
        for (setting, value) in self.rows() {
            writeln!(f, "| {setting} | {value} |")?;
        }
        Ok(())
    }
}

impl Policy {
    fn rows(&self) -> [(&'static str, String); 25] {
        let (throttle, totp, recovery) = (&self.throttle, &self.totp, &self.recovery_codes);
        [
            ("audience", self.audience.clone()),
            ("issuer", self.issuer.replace('|', "\\|")),
            ("laxer settings are refused", yes_or_no(self.strict)),
            ("second factor required", self.required()),
            (
                "waived second steps",
                or_off(
                    self.login_waivers
                        .then(|| "at a known address, each an event".to_owned()),
                ),
            ),
            ("a user without a record", missing(self.recorded).to_owned()),
            (
                "codes by the time",
                format!(
                    "{}, {} digits, {} s, {} past and {} future steps",
                    totp.algorithm,
                    totp.digits.get(),
                    totp.period.seconds(),
                    totp.skew.past(),
                    totp.skew.future()
                ),
            ),
            (
                "drift of an authenticator's clock",
                match self.drift_memory {
                    true => format!("followed, {MAX_DRIFT} steps at most"),
                    false => "recorded, not followed".to_owned(),
                },
            ),
            (
                "codes by a counter",
                format!(
                    "{} ahead, {} with two codes in a row",
                    self.look_ahead.get(),
                    self.resync_window.get()
                ),
            ),
            (
                "authenticators",
                format!("{} an account", self.max_authenticators),
            ),
            (
                "enrolment",
                format!(
                    "within {}; {}",
                    span(self.enrollment_lifetime),
                    match self.codeless {
                        true => "by a code, or a first one by its token alone",
                        false => "by a code",
                    }
                ),
            ),
            (
                "second step of a login",
                format!("within {}", span(self.challenge_lifetime)),
            ),
            (
                "sensitive actions",
                format!(
                    "a first factor of the last {} and a code, or a step-up of the last {}{}",
                    span(self.first_factor_freshness),
                    span(self.step_up_lifetime),
                    match self.confirmed_sessions {
                        true => ", or a session that gave both as recently",
                        false => "",
                    }
                ),
            ),
            (
                "wrong codes in a row, of one factor",
                format!(
                    "{} block it for {}, doubling to {}; {} exhaust it",
                    throttle.block_at,
                    span(throttle.first_block),
                    span(throttle.longest_block),
                    throttle.exhaust_at
                ),
            ),
            (
                "wrong codes since the password changed",
                format!("{} demand a new password", self.password_change_after),
            ),
            (
                "recovery codes",
                format!(
                    "{} of {} bits under a keyed hash; few at {}",
                    recovery.count,
                    u16::from(recovery.letters) * 5,
                    recovery.low
                ),
            ),
            (
                "several factors of another system",
                or_off(self.upstream_mfa.then(|| {
                    let lifetime = span(self.first_factor_lifetime);
                    format!("complete a login within {lifetime}")
                })),
            ),
            (
                "a challenge that nobody answers",
                match (
                    span(self.unanswered_told_after()),
                    self.tells_unanswered_after,
                ) {
                    (after, None) => format!("told after {after} if it got a wrong code"),
                    (after, Some(_)) => {
                        format!("told after {after}, once an hour; {UNANSWERED_NOTED} are noted")
                    }
                },
            ),
            (
                "trusted devices",
                or_off(self.device_lifetime.map(|lifetime| {
                    let most = TRUSTED_DEVICES;
                    format!("for {}, {most} an account", span(lifetime))
                })),
            ),
            (
                "codes by e-mail",
                or_off(
                    self.sends(Channel::Email)
                        .then(|| sent_codes(EMAIL_SENDING)),
                ),
            ),
            ("codes by SMS", self.phone_codes(Channel::Sms)),
            ("codes by voice", self.phone_codes(Channel::Voice)),
            (
                "passkeys",
                or_off(self.passkeys.then(|| match self.user_verification {
                    UserVerification::Preferred => "a verified user is preferred".to_owned(),
                    UserVerification::Required => "with a verified user".to_owned(),
                })),
            ),
            (
                "delayed recovery",
                or_off(self.delayed_recovery_wait.map(|wait| {
                    format!(
                        "after {}, open for {}; {} requests in {}",
                        span(wait),
                        span(DELAYED_RECOVERY_OPEN),
                        DELAYED_RECOVERY_REQUESTS,
                        span(DELAYED_RECOVERY_REQUESTS_WITHIN)
                    )
                })),
            ),
            ("a lock", "has no end; an administrator unlocks".to_owned()),
        ]
    }
}

impl Policy {
    fn required(&self) -> String {
        let required = match self.requirement {
            Requirement::Optional => "no".to_owned(),
            Requirement::Within(grace) => format!("{} after the first login", span(grace)),
            Requirement::Now => "yes".to_owned(),
        };
        match self.requirement_per_request {
            true => format!("{required}; each request says it, and the stricter holds"),
            false => required,
        }
    }

    fn phone_codes(&self, channel: Channel) -> String {
        or_off(self.sends(channel).then(|| {
            let codes = sent_codes(PHONE_SENDING);
            format!("restricted (NIST SP 800-63B-4 §3.2.9); {codes}, SMS and voice together")
        }))
    }
}

fn sent_codes(limits: Sending) -> String {
    format!(
        "{} digits, {}, {} tries; {} between two, {} in {}",
        SENT_CODE_DIGITS.get(),
        span(SENT_CODE_LIFETIME),
        SENT_CODE_TRIES,
        span(limits.pause),
        limits.most,
        span(limits.within)
    )
}

fn missing(recorded: bool) -> &'static str {
    match recorded {
        true => "is an error",
        false => "has no second factor",
    }
}

fn yes_or_no(value: bool) -> String {
    if value { "yes" } else { "no" }.to_owned()
}

fn or_off(value: Option<String>) -> String {
    value.unwrap_or_else(|| "off".to_owned())
}

/// The largest unit that needs no fraction.
fn span(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let units = [(86_400, "days"), (3_600, "h"), (60, "min")];
    let whole = units
        .into_iter()
        .find(|(length, _)| seconds > *length && seconds.is_multiple_of(*length));
    let (length, unit) = whole.unwrap_or((1, "s"));
    format!("{} {unit}", seconds / length)
}

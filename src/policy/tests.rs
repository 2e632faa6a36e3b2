//! What a policy refuses, and what it prints.

use std::time::Duration;

use super::settings::minutes;
use super::*;
use crate::otp::{LookAhead, ResyncWindow, TotpParams};
use crate::recovery_codes::RecoveryCodePolicy;
use crate::requirement::Requirement;

fn check(change: impl FnOnce(Policy) -> Policy) -> Result<(), PolicyError> {
    change(Policy::new("tests", "Tests")).validate()
}

#[test]
fn the_presets_are_sound() {
    assert_eq!(check(|policy| policy), Ok(()));
    assert_eq!(Policy::strict("tests", "Tests").validate(), Ok(()));
}

#[test] // S-5, S-13, S-17, S-34
fn nonsense_is_refused_by_name() {
    let audience = |text: &str| Policy::new(text, "Tests").validate();
    let issuer = |text: &str| Policy::new("tests", text).validate();
    let hours = |hours: u64| Duration::from_secs(hours * 3600);
    let second = Duration::from_secs(1);
    let standard = RecoveryCodePolicy::standard();
    let cases = [
        (audience(""), PolicyError::Audience),
        (audience(&"x".repeat(65)), PolicyError::Audience),
        (audience("a\nb"), PolicyError::Audience),
        (issuer(""), PolicyError::Issuer),
        (issuer("a:b"), PolicyError::Issuer),
        (issuer("a\nb"), PolicyError::Issuer),
        (
            check(|p| p.throttle(Throttle::DEFAULT.block_at(0))),
            PolicyError::Throttle,
        ),
        (
            check(|p| p.throttle(Throttle::DEFAULT.exhaust_at(101))),
            PolicyError::Throttle,
        ),
        (
            check(|p| p.throttle(Throttle::DEFAULT.exhaust_at(5))),
            PolicyError::Throttle,
        ),
        (
            check(|p| p.throttle(Throttle::DEFAULT.blocks(hours(2), hours(1)))),
            PolicyError::Throttle,
        ),
        (
            check(|p| p.throttle(Throttle::DEFAULT.blocks(Duration::ZERO, hours(1)))),
            PolicyError::Throttle,
        ),
        (
            check(|p| p.recovery_codes(standard.letters(16))),
            PolicyError::RecoveryCodes,
        ),
        (
            check(|p| p.recovery_codes(standard.letters(8))),
            PolicyError::RecoveryCodes,
        ),
        (
            check(|p| p.recovery_codes(standard.count(0))),
            PolicyError::RecoveryCodes,
        ),
        (
            check(|p| p.recovery_codes(standard.count(17))),
            PolicyError::RecoveryCodes,
        ),
        (
            check(|p| p.challenge_lifetime(Duration::ZERO)),
            PolicyError::Lifetime,
        ),
        (
            check(|p| p.enrollment_lifetime(Duration::from_secs(601))),
            PolicyError::Lifetime,
        ),
        (
            check(|p| p.first_factor_freshness(hours(1))),
            PolicyError::Lifetime,
        ),
        (
            check(|p| p.password_change_after(4)),
            PolicyError::PasswordChange,
        ),
        (
            check(|p| p.password_change_after(100)),
            PolicyError::PasswordChange,
        ),
        (
            check(|p| p.max_authenticators(0)),
            PolicyError::MaxAuthenticators,
        ),
        (
            check(|p| p.trusted_devices_for(hours(24) - second)),
            PolicyError::Devices,
        ),
        (
            check(|p| p.trusted_devices_for(hours(90 * 24) + second)),
            PolicyError::Devices,
        ),
        (
            check(|p| p.delayed_recovery_after(hours(24) - second)),
            PolicyError::DelayedRecovery,
        ),
        (
            check(|p| p.delayed_recovery_after(hours(30 * 24) + second)),
            PolicyError::DelayedRecovery,
        ),
        (
            check(|p| p.dangerous_delayed_recovery_after(Duration::ZERO)),
            PolicyError::DelayedRecovery,
        ),
        (
            check(|p| p.tell_unanswered(minutes(15) - second)),
            PolicyError::Unanswered,
        ),
        (
            check(|p| p.tell_unanswered(hours(24) + second)),
            PolicyError::Unanswered,
        ),
        (
            // A wait that was allowed to be short stays so only until another is set.
            check(|p| {
                let p = p.dangerous_delayed_recovery_after(second);
                p.delayed_recovery_after(second)
            }),
            PolicyError::DelayedRecovery,
        ),
    ];
    for (position, (result, error)) in cases.into_iter().enumerate() {
        assert_eq!(result, Err(error), "case {position}");
    }
}

#[test] // S-7, S-70
fn a_strict_policy_stays_strict() {
    let strict = || Policy::strict("tests", "Tests");
    let laxer = [
        strict().totp(TotpParams::default()),
        strict().requirement(Requirement::Within(Duration::ZERO)),
        strict().login_waivers(true),
        strict().confirmed_sessions(true),
        strict().codeless_enrollment(true),
        strict().drift_memory(true),
        strict().hotp_windows(LookAhead::new(11).unwrap(), ResyncWindow::DEFAULT),
        strict().hotp_windows(LookAhead::DEFAULT, ResyncWindow::new(101).unwrap()),
        strict().trusted_devices(true),
        strict().email_codes(true),
        strict().sms_codes(true),
        strict().voice_codes(true),
        strict().delayed_recovery(true),
        strict().throttle(Throttle::DEFAULT),
        strict().password_change_after(16),
        strict().challenge_lifetime(minutes(6)),
        strict().step_up_lifetime(minutes(6)),
        strict().first_factor_freshness(minutes(6)),
        strict().throttle(Throttle::STRICT.blocks(minutes(1), minutes(59))),
    ];
    for policy in laxer {
        assert_eq!(policy.validate(), Err(PolicyError::NotStrict));
    }
}

/// The page of `docs/policy.md`.
fn page() -> String {
    let presets = [
        (
            "The default",
            "Policy::new(\"acme-prod\", \"Acme\")",
            Policy::new("acme-prod", "Acme"),
        ),
        (
            "The strict preset",
            "Policy::strict(\"acme-prod\", \"Acme\")",
            Policy::strict("acme-prod", "Acme"),
        ),
        (
            "With every way back",
            "Policy::new(\"acme-prod\", \"Acme\")\n    .requirement(Requirement::Now)\n    .confirmed_sessions(true)\n    .tell_unanswered(Duration::from_secs(900))\n    .trusted_devices(true)\n    .email_codes(true)\n    .sms_codes(true)\n    \
             .voice_codes(true)\n    .delayed_recovery(true)",
            Policy::new("acme-prod", "Acme")
                .requirement(Requirement::Now)
                .tell_unanswered(minutes(15))
                .confirmed_sessions(true)
                .trusted_devices(true)
                .email_codes(true)
                .sms_codes(true)
                .voice_codes(true)
                .delayed_recovery(true),
        ),
    ];
    presets
        .map(|(title, code, policy)| format!("## {title}\n\n```rust\n{code}\n```\n\n{policy}"))
        .join("\n")
}

#[test]
fn docs_show_what_each_preset_gives() {
    let page = page();
    assert!(
        include_str!("../../docs/policy.md").ends_with(&page),
        "docs/policy.md has to end with:\n\n{page}"
    );
}

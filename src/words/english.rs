//! English. "Two-step verification" is the only name of what the library does.

use std::time::Duration;

use super::{
    About, Circumstances, CodeCall, CodeFacts, CodeMail, Leading, Notice, Page, Pause, Refusal,
    SheetFacts, Words, month,
};
use crate::denial::Denial;
use crate::event::{EventKind, Reason};
use crate::factor::Factor;
use crate::first_factor::FirstFactorKind;
use crate::keyuri::Warning;
use crate::time::{Calendar, Timestamp};

/// English, which every other language falls back on.
#[derive(Clone, Copy, Debug, Default)]
pub struct English;

impl Words for English {
    fn tag(&self) -> &'static str {
        "en"
    }
}

const ATTEMPTS: &str = "If the attempts weren't yours, change your password: someone may know it, or be signed in to your \
                        account.";

pub(super) fn notice(about: &About<'_>) -> Notice {
    use EventKind as Kind;
    let (event, issuer) = (about.event, about.issuer);
    let effective = event.effective_at.map(moment).unwrap_or_default();
    let factor = match event.factor {
        Some(Factor::Passkey) => "the passkeys",
        Some(Factor::RecoveryCode) => "the recovery codes",
        Some(Factor::EmailCode) => "the codes by email",
        Some(Factor::PhoneCode) => "the codes by text message and call",
        _ => "the codes of the authenticators",
    };
    let code = match event.code_number {
        Some(number) => format!("Recovery code {number}"),
        None => "A recovery code".to_owned(),
    };
    match (event.kind, event.reason) {
        (Kind::AuthenticatorBound, _) if event.factor == Some(Factor::Passkey) => Notice::new(
            match about.is_first_authenticator() {
                true => "Two-step verification is on",
                false => "Passkey added",
            },
            format!("A passkey was added to your {issuer} account. It can now be used to sign in."),
            not_you("change your password now, and remove that passkey"),
        ),
        (Kind::AuthenticatorBound, _) => Notice::new(
            match about.is_first_authenticator() {
                true => "Two-step verification is on",
                false => "Authenticator added",
            },
            format!(
                "An authenticator was added to your {issuer} account. Its codes can now be used to sign in."
            ),
            not_you("change your password now, and remove that authenticator"),
        ),
        (Kind::AuthenticatorImported, _) => Notice::new(
            "Authenticator transferred",
            format!(
                "An authenticator from another service was added to your {issuer} account. Its codes can now be used to \
                 sign in."
            ),
            not_you("change your password now, and remove that authenticator"),
        ),
        (Kind::AuthenticatorReplaced, _) => Notice::new(
            "Authenticator replaced",
            format!(
                "An authenticator of your {issuer} account was replaced. The old one no longer works, and you can delete its \
                 entry in your app."
            ),
            not_you("change your password now, and replace the new authenticator"),
        ),
        (Kind::AuthenticatorRemoved, _) => Notice::new(
            "Authenticator removed",
            format!(
                "An authenticator of your {issuer} account was removed. It no longer works, and you can delete its entry in \
                 your app."
            ),
            not_you("change your password now, and add the authenticator again"),
        ),
        (Kind::RecoveryCodeUsed, _) => Notice::new(
            "Recovery code used",
            format!("{code} of your {issuer} account was used. It no longer works."),
            not_you("change your password now, and generate new recovery codes"),
        ),
        (Kind::ForeignRecoveryCodeAccepted, _) => Notice::new(
            "Old recovery code used",
            format!(
                "One of your earlier recovery codes was used to sign in to your {issuer} account. Whoever used it \
                 can now set up an authenticator."
            ),
            not_you("change your password now, which stops this"),
        ),
        (Kind::RecoveryCodesIssued, _) => Notice::new(
            "New recovery codes",
            format!(
                "New recovery codes were generated for your {issuer} account. Any earlier codes no longer work."
            ),
            not_you("change your password now, and generate new recovery codes"),
        ),
        (Kind::FactorBlocked, _) if event.factor == Some(Factor::Passkey) => Notice::new(
            "Too many incorrect passwords",
            format!(
                "After too many incorrect attempts in a row, the passkeys of your {issuer} account no longer confirm changes. \
                 You can still sign in with them, which makes them confirm changes again."
            ),
            "If the attempts weren't yours, sign out everywhere: someone may be signed in to your account.",
        ),
        (Kind::FactorBlocked, Some(Reason::Exhausted)) => Notice::new(
            "Too many incorrect codes: method turned off",
            format!(
                "After too many incorrect attempts in a row, {factor} of your {issuer} account no longer work."
            ),
            "Sign in another way, and set them up again. If the attempts weren't yours, change your password: someone may \
             know it.",
        ),
        (Kind::FactorBlocked, _) => Notice::new(
            "Too many incorrect codes",
            format!(
                "After too many incorrect attempts in a row, {factor} of your {issuer} account are blocked for a while."
            ),
            ATTEMPTS,
        ),
        (Kind::PasswordChangeDemanded, _) => Notice::new(
            "New password needed",
            format!(
                "After too many incorrect attempts, your {issuer} account needs a new password before the next sign-in."
            ),
            ATTEMPTS,
        ),
        (Kind::Disabled, _) => Notice::new(
            "Two-step verification is off",
            format!(
                "Two-step verification was turned off for your {issuer} account. Signing in no longer takes a code, and you \
                 can delete the entry in your app."
            ),
            not_you("change your password now, and turn two-step verification on again"),
        ),
        (Kind::DeviceTrusted, _) => Notice::new(
            "Browser remembered",
            format!(
                "A browser was remembered by your {issuer} account. It signs in without a code for a while."
            ),
            not_you("change your password now: the browser is then no longer remembered"),
        ),
        (Kind::DeviceRevoked, Some(Reason::CopiedDevice)) => Notice::new(
            "A remembered browser was copied",
            format!(
                "A copy of a browser that your {issuer} account remembers was used elsewhere. The browser is no longer \
                 remembered."
            ),
            "Someone may have had access to the data of that browser, and know your password: change it now.",
        ),
        (Kind::DelayedRecoveryRequested, _) => Notice::new(
            "Account recovery requested",
            format!(
                "Someone passed the first step of a sign-in to your {issuer} account, such as the password, and started its \
                 recovery, because the authenticator and the recovery codes are lost. A new authenticator can be set up from \
                 {effective} on."
            ),
            "If this was you, sign in again then. If you find your authenticator or a recovery code, sign in with it: that \
             cancels the recovery.",
        ),
        (Kind::DelayedRecoveryReminded, _) => Notice::new(
            "Account recovery opens soon",
            format!(
                "From {effective} on, whoever passes the first step of a sign-in to your {issuer} account, such as the password, can \
                 set up a new authenticator."
            ),
            "If you started the recovery, sign in then.",
        ),
        (Kind::DelayedRecoveryRestarted, _) => Notice::new(
            "Account recovery takes longer",
            format!(
                "An incorrect code was entered, so the wait for the recovery of your {issuer} account started again. A new \
                 authenticator can be set up from {effective} on."
            ),
            "",
        ),
        (Kind::DelayedRecoveryOpened, _) => Notice::new(
            "Account recovery is open",
            format!(
                "For 24 hours, whoever passes the first step of a sign-in to your {issuer} account, such as the password, can set up \
                 a new authenticator."
            ),
            "If you started the recovery, sign in now.",
        ),
        (Kind::DelayedRecoveryCompleted, _) => Notice::new(
            "Account recovered",
            format!(
                "Your {issuer} account was recovered with a new authenticator. Earlier authenticators and recovery codes no \
                 longer work."
            ),
            not_you("change your password now"),
        ),
        (Kind::DelayedRecoveryCancelled, _) => Notice::new(
            "Account recovery cancelled",
            format!("The recovery of your {issuer} account was cancelled."),
            "If you did not start the recovery, someone may know your password: change it now.",
        ),
        (Kind::Locked, _) => Notice::new(
            "Your account is locked",
            format!("Your {issuer} account is locked. Nobody can sign in."),
            format!("To unlock it, contact {issuer}."),
        ),
        (Kind::Unlocked, _) => Notice::new(
            "Your account is unlocked",
            format!("Your {issuer} account is unlocked."),
            "Links in earlier emails no longer lock it.",
        ),
        (Kind::Reset, _) => Notice::new(
            "Two-step verification was reset",
            format!(
                "An administrator removed all authenticators and recovery codes of your {issuer} account."
            ),
            "Nobody can sign in until a new authenticator is set up.",
        ),
        (Kind::RestoredFromBackup, _) => Notice::new(
            "Sign in again",
            format!(
                "{issuer} was restored from a backup. You are signed out everywhere, no browser is remembered, and recovery \
                 codes that you used since the backup may work again."
            ),
            "Sign in, and generate new recovery codes. If you removed an authenticator or locked your account recently, do \
             it again.",
        ),
        (Kind::LoginUnanswered, _) => unanswered(about),
        (_, Some(Reason::CopiedPasskey | Reason::ChangedPasskey)) => Notice::new(
            "A passkey may have been copied",
            format!(
                "A passkey of your {issuer} account was used in a way that suggests that a copy of it exists. The attempt was \
                 blocked."
            ),
            "Remove that passkey and add a new one. If you didn't use it just now, change your password as well.",
        ),
        (Kind::LoginRefused, Some(Reason::ReplayedCode | Reason::UsedRecoveryCode)) => Notice::new(
            "Sign-in blocked: used code",
            format!(
                "Someone passed the first step of a sign-in to your {issuer} account, such as the password, and then entered a \
                 code that had been used already. They are not signed in."
            ),
            not_you("someone may know your password: change it now"),
        ),
        (Kind::LoginRefused, _) => Notice::new(
            "Sign-in blocked: incorrect code",
            format!(
                "Someone passed the first step of a sign-in to your {issuer} account, such as the password, and then entered an \
                 incorrect code. They are not signed in."
            ),
            not_you("someone may know your password: change it now"),
        ),
        (Kind::ReauthenticationRefused, Some(Reason::ReplayedCode | Reason::UsedRecoveryCode)) => {
            Notice::new(
                "Change blocked: used code",
                format!(
                    "Someone who is signed in to your {issuer} account wanted to confirm a change with a code that had been used \
                 already. Nothing was changed."
                ),
                not_you("change your password now, and sign out everywhere"),
            )
        }
        (Kind::ReauthenticationRefused, _) => Notice::new(
            "Change blocked: incorrect code",
            format!(
                "Someone who is signed in to your {issuer} account wanted to confirm a change with an incorrect code. Nothing \
                 was changed."
            ),
            not_you("change your password now, and sign out everywhere"),
        ),
        (_, _) => Notice::new(
            "Account activity",
            format!("The security settings of your {issuer} account were used or changed."),
            not_you("change your password now"),
        ),
    }
}

/// A login that nobody completed. The advice is about the first factor that was right.
fn unanswered(about: &About<'_>) -> Notice {
    let (event, issuer) = (about.event, about.issuer);
    let (how, advice) = match event.first_factor {
        Some(FirstFactorKind::Password) => (
            "entered the correct password of",
            "someone knows your password: change it now",
        ),
        Some(FirstFactorKind::Federated) => (
            "used another service to sign in to",
            "someone has access to your account at that service: change its password now",
        ),
        Some(FirstFactorKind::EmailLink) => (
            "opened a sign-in link from your mailbox for",
            "someone reads your email: change the password of your mailbox now",
        ),
        _ => (
            "passed the first step of a sign-in to",
            "someone has what you sign in with: replace it now",
        ),
    };
    let begun = moment(event.begun_at.unwrap_or(event.at));
    let from = event.source.ip.map(|ip| format!(" from IP address {ip}"));
    Notice::new(
        "Sign-in not completed",
        format!(
            "On {begun}, someone{} {how} your {issuer} account, and did not enter a correct verification code. They are not signed in.",
            from.unwrap_or_default()
        ),
        not_you(advice),
    )
}

fn not_you(then: &str) -> String {
    format!("If this was you, no action is needed. If not, {then}.")
}

pub(super) fn circumstances(circumstances: &Circumstances) -> String {
    let Circumstances { at, ip, browser } = *circumstances;
    let mut text = format!("When: {}", moment(at));
    if let Some(ip) = ip {
        text.push_str(&format!("\nWhere: IP address {ip}"));
    }
    if let Some(browser) = browser {
        text.push_str(&format!("\nDevice: {browser}"));
    }
    text
}

pub(super) fn link(link: &Leading<'_>) -> String {
    let issuer = link.issuer;
    match link.to {
        Page::Lock => format!(
            "If someone else has access to your account, lock it with this link. Nobody can sign in then until {issuer} unlocks \
             it:"
        ),
        Page::Cancel => {
            "If you did not start the recovery, cancel it with this link, and change your password:"
                .to_owned()
        }
        Page::Void => {
            "If you did not ask for this code, cancel it with this link, and change your password:"
                .to_owned()
        }
        Page::Enroll => {
            "Set up a new authenticator with this link. It works once, within 24 hours:".to_owned()
        }
        Page::Account => "Check your account and change your password here:".to_owned(),
    }
}

pub(super) fn email_code(code: &CodeFacts<'_>) -> CodeMail {
    let issuer = code.issuer;
    let pause = pause(code.valid_for);
    CodeMail::new(
        format!("Your {issuer} verification code"),
        format!("Your verification code for {issuer}:"),
        format!(
            "It is valid for {pause}, and only for the sign-in that asked for it. Nobody from {issuer} will ever ask you for \
             it.\n\n\
             If you are not signing in right now, someone knows your password: change it, and do not share this code."
        ),
    )
}

pub(super) fn sms_code(issuer: &str) -> String {
    format!("is your verification code for {issuer}. Never share it.")
}

pub(super) fn voice_code(issuer: &str) -> CodeCall {
    CodeCall::new(
        format!("Your verification code for {issuer} is:"),
        "Again:",
        "If you are not signing in right now, hang up and change your password: someone knows it.",
    )
}

pub(super) fn sheet(sheet: &SheetFacts<'_>) -> String {
    format!(
        "Recovery codes for {}\n\
         Created {}\n\n\
         Each code signs you in once if you can't use your authenticator.\n\
         New codes invalidate these. Keep them where only you can find them.",
        sheet.issuer,
        moment(sheet.generated_at)
    )
}

pub(super) fn refusal(refusal: &Refusal) -> String {
    let words = match refusal.denial {
        Denial::Throttled { retry_at } => {
            return format!(
                "Too many attempts. Try again in {}.",
                pause(retry_at.since(refusal.now))
            );
        }
        Denial::DelayedRecoveryWaiting { effective_at } => {
            return format!(
                "The recovery can be completed from {} on.",
                moment(effective_at)
            );
        }
        Denial::InvalidCode => {
            "That code isn't correct, or it has been used already. Enter a new one. If the codes of your app keep failing, \
             check that your phone sets its time automatically."
        }
        Denial::MalformedCode => {
            "That isn't a valid code. Enter the digits that your authenticator shows, or a recovery code."
        }
        Denial::FactorExhausted => {
            "After too many incorrect codes, this method no longer works. Use another one."
        }
        Denial::TokenInvalid => "This link or step isn't valid. Start again.",
        Denial::TokenExpired => "This link or step has expired. Start again.",
        Denial::TokenSpent => "This link or step has been used already. Start again.",
        Denial::ReauthenticationRequired => "Confirm your identity to continue.",
        Denial::ReauthenticationFailed => {
            "Your password or the code isn't correct. If you have used that code already, wait for the next one."
        }
        Denial::PasswordChangeRequired => {
            "After too many incorrect attempts, your account needs a new password first."
        }
        Denial::AuthenticatorUnproven => {
            "Your authenticator isn't verified yet. Sign in with one of its codes first, or use a recovery code."
        }
        Denial::NotEnrolled => "Two-step verification is off.",
        Denial::AlreadyEnrolled => "Two-step verification is already on.",
        Denial::AlreadyRegistered => "This user is registered already.",
        Denial::NothingPending => {
            "This setup is over: it expired, was cancelled, or had too many incorrect codes. Start again."
        }
        Denial::Superseded => "A newer setup replaced this one.",
        Denial::CodeRequired => "Enter a code from your authenticator.",
        Denial::UnknownAuthenticator => "This authenticator has been removed already.",
        Denial::LastAuthenticator => {
            "This is your last authenticator. Replace it, or turn two-step verification off."
        }
        Denial::TooManyAuthenticators => "You can't add another authenticator. Remove one first.",
        Denial::InvalidPasskey => {
            "That passkey couldn't be verified. Try again, or use another method."
        }
        Denial::UserVerificationRequired => {
            "Your passkey has to verify you: unlock it with its PIN, your fingerprint or your face."
        }
        Denial::KeyAlreadyBound => "This setup key is in use already. Start again.",
        Denial::InvalidName => {
            "This name is empty, too long, or has a character that isn't allowed."
        }
        Denial::MethodUnavailable => "This method isn't available.",
        Denial::Locked => "This account is locked. Contact support to unlock it.",
        Denial::SessionEnded => "You are signed out. Sign in again.",
        Denial::ResetPending => {
            "Two-step verification was reset. Use the link in the email that we sent you."
        }
        Denial::UnknownDevice => "This browser has been removed already.",
        Denial::DelayedRecoveryPending => "Account recovery has been started already.",
        Denial::NoDelayedRecovery => {
            "No account recovery is in progress: it was cancelled, completed, or not completed in time."
        }
        Denial::ReasonRequired => "Give a reason of at most 500 characters.",
        Denial::PeriodTooLong => "The codes of this setup key are valid for too long.",
        Denial::UnusableRecoveryCodes { .. } => "These recovery codes can't be imported.",
        Denial::UnknownRecoveryCodes => "These recovery codes have been replaced already.",
        Denial::RequiredByPolicy => {
            "Two-step verification is required and can't be turned off. You can replace your authenticator."
        }
        Denial::NotLost => "This record isn't lost.",
        Denial::WeakKey => "This setup key is too short to be secure.",
    };
    words.to_owned()
}

pub(super) fn warning(warning: Warning) -> String {
    let words = match warning {
        Warning::WeakSecret => "The setup key is too short to be secure.",
        Warning::UntidySecret => {
            "The setup key has lower-case letters, spaces or other characters that some apps refuse."
        }
        Warning::TrailingBits => "The end of the setup key was ignored, because it has no meaning.",
        Warning::MissingAccount => "The setup key names no account.",
        Warning::ColonReplaced => {
            "The account name has a colon. Your app shows a similar character in its place."
        }
        Warning::IssuerMismatch => "The setup key names two services. The second one was used.",
        Warning::MissingIssuer => "The setup key names no service.",
        Warning::AmbiguousLabel => {
            "The name of the service or the account has a colon. Apps may show it differently."
        }
        Warning::PlusAsSpace => "A plus sign was read as a space. Apps may show it differently.",
        Warning::UnknownParameter => "A part of the setup key is unknown, and was ignored.",
    };
    words.to_owned()
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// `15 January 2027, 08:00 UTC`
fn moment(at: Timestamp) -> String {
    let Calendar {
        year,
        month: number,
        day,
        hour,
        minute,
    } = at.calendar();
    let month = month(&MONTHS, number);
    format!("{day} {month} {year}, {hour:02}:{minute:02} UTC")
}

fn pause(duration: Duration) -> String {
    let (number, unit) = match Pause::of(duration) {
        Pause::Seconds(number) => (number, "second"),
        Pause::Minutes(number) => (number, "minute"),
        Pause::Hours(number) => (number, "hour"),
        Pause::Days(number) => (number, "day"),
    };
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {unit}{plural}")
}

//! Every number of the design, each with its reason and its source.
//!
//! A [`Policy`](crate::Policy) sets its values within the bounds of the section *Policies*; its
//! presets stand in `policy/settings.rs`. The bounds of RFC 4226 and 6238 stand with their types in
//! `otp/`.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::otp::Digits;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

// Clocks.

/// The clocks of one service differ by no more than this.
pub(crate) const CLOCK_TOLERANCE: Duration = Duration::from_secs(30);
/// A record stays credible if the clock steps back by no more than this after it was written.
pub(crate) const STEP_BACK: Duration = Duration::from_secs(15 * MINUTE);

// Guessing.

/// No block is longer: its end has to come before the user gives up.
pub(crate) const LONGEST_BLOCK: Duration = Duration::from_secs(DAY);
/// A block that ends later was set by a wrong clock. Twice the longest, so that a clock that steps
/// back by a day ends no block.
pub(crate) const LONGEST_UNTIL_UNBLOCKED: Duration = Duration::from_secs(2 * DAY);
/// So many wrong codes drop a pending enrolment, which has a budget of its own.
pub(crate) const PENDING_TRIES: u32 = 10;
/// The user is told of a failed second factor at most this often, and of a code that was used again
/// likewise (ASVS 5.0 6.3.5, 4.0.3 2.8.5): a flood of failures must not be a flood of mail.
pub(crate) const FAILURE_TOLD_EVERY: Duration = Duration::from_secs(HOUR);

// First factors.

/// The name of an identity provider has so many bytes at most, because it travels in challenges.
pub(crate) const FIRST_FACTOR_NAME: usize = 32;
/// The note of the host travels in challenges, which have to fit a cookie.
pub(crate) const HOST_NOTE_BYTES: usize = 256;

// Unanswered challenges.

/// The user is told of a challenge that nobody answered after so long (ASVS 5.0 6.3.5: only one of
/// multiple factors). No sooner than any challenge ends, so that nobody is told of one that can
/// still be answered. No later than after a day, because the thief comes back.
pub(crate) const UNANSWERED_TOLD_AFTER: RangeInclusive<Duration> =
    LONGEST_TOKEN_LIFETIME..=Duration::from_secs(DAY);
/// So many open challenges are noted. A thief's stays among those of an owner who tries twice, and
/// whoever floods an account causes so many writes and no more.
pub(crate) const UNANSWERED_NOTED: usize = 4;
/// The user is told of unanswered challenges at most this often, and of all that are due at once.
pub(crate) const UNANSWERED_TOLD_EVERY: Duration = FAILURE_TOLD_EVERY;

// Tokens.

/// No token has more characters: it has to fit a cookie and a link.
pub(crate) const TOKEN_CHARACTERS: usize = 1024;

/// No token whose use is remembered lives longer, grants that travel by mail aside. The policy
/// bounds its lifetimes by the same 900 seconds.
pub(crate) const LONGEST_TOKEN_LIFETIME: Duration = Duration::from_secs(15 * MINUTE);
/// No grant that travels by mail lives longer. It ends with its case anyway.
pub(crate) const LONGEST_GRANT_LIFETIME: Duration = Duration::from_secs(DAY);
/// How many used tokens a record remembers until they expire. More uses than that are refused for a
/// while.
pub(crate) const SPENT_TOKENS: usize = 32;
/// A cancelled token is remembered while fewer than this are: cancelling must not fill the list,
/// and the token expires soon.
pub(crate) const CANCELLED_TOKENS: usize = 16;
/// The grant in the mail about an administrator's reset lives this long.
pub(crate) const RESET_GRANT_LIFETIME: Duration = LONGEST_GRANT_LIFETIME;
/// The token in a mail that locks the account lives this long: people read mail late.
pub(crate) const LOCK_TOKEN_LIFETIME: Duration = Duration::from_secs(7 * DAY);
/// The ticket that downloads the sheet of new recovery codes lives this long.
pub(crate) const SHEET_TICKET_LIFETIME: Duration = Duration::from_secs(10 * MINUTE);

// Passkeys.

/// A person has so long from the options of a ceremony to its response. NIST SP 800-63B-4 and
/// WebAuthn L3 §15.1 recommend minutes.
pub(crate) const CEREMONY_LIFETIME: Duration = Duration::from_secs(5 * MINUTE);
/// The longest id of a credential (WebAuthn L3 §4).
pub(crate) const CREDENTIAL_ID_BYTES: usize = 1023;
/// The longest public key: RSA with 4,096 bits in COSE takes 540 bytes.
pub(crate) const PUBLIC_KEY_BYTES: usize = 600;
/// The handle of a user is random, so that it says nothing of them.
pub(crate) const USER_HANDLE_BYTES: usize = 32;
/// The longest handle that another service may have given (WebAuthn L3 §5.4.3).
pub(crate) const LONGEST_USER_HANDLE: usize = 64;
/// The longest response of a browser. One with a long id, a large key and all extensions has under
/// 6 KiB.
pub(crate) const CEREMONY_RESPONSE_BYTES: usize = 16 * 1024;

// Codes that are sent.

/// A code lives no longer (ASVS 5.0 6.5.5, NIST SP 800-63B-4 §3.1.3.2).
pub(crate) const SENT_CODE_LIFETIME: Duration = Duration::from_secs(10 * MINUTE);
/// Eight digits, since they are good for minutes and not for seconds.
pub(crate) const SENT_CODE_DIGITS: Digits = Digits::EIGHT;
/// After so many wrong answers all codes of a factor that overlap are dead.
pub(crate) const SENT_CODE_TRIES: u32 = 5;
/// How often codes are sent by e-mail: a flood of them must not bury other mail.
pub(crate) const EMAIL_SENDING: Sending = Sending {
    pause: Duration::from_secs(MINUTE),
    most: 5,
    within: Duration::from_secs(HOUR),
};
/// How often codes are sent to a phone, by SMS and by voice together. Each costs money, and a
/// fraudster who owns the number earns a part of it (SMS pumping, toll fraud). Ten a day are enough
/// for five logins with a second message each, and cost about a euro where messages are dear.
pub(crate) const PHONE_SENDING: Sending = Sending {
    pause: Duration::from_secs(MINUTE),
    most: 10,
    within: Duration::from_secs(DAY),
};
/// The token in the mail of a code that voids the code lives this long. It outlives the code,
/// because people read mail late and need the advice of its page all the same.
pub(crate) const VOID_TOKEN_LIFETIME: Duration = LOCK_TOKEN_LIFETIME;
/// A text message has no more characters of the GSM 7-bit alphabet (3GPP TS 23.038). A longer one
/// is sent, and paid, as several.
pub(crate) const SMS_CHARACTERS: usize = 160;
/// A longer domain has no place in a text message.
pub(crate) const SMS_DOMAIN_CHARACTERS: usize = 64;

/// How often codes are sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sending {
    /// At most one code is sent in this time.
    pub(crate) pause: Duration,
    /// At most so many codes are sent [within](Self::within) a time.
    pub(crate) most: usize,
    pub(crate) within: Duration,
}

// Delayed recovery.

/// A delayed recovery stays open for so long once its wait is over.
pub(crate) const DELAYED_RECOVERY_OPEN: Duration = Duration::from_secs(DAY);
/// The reminder comes so long before the wait is over, or halfway through a wait that is shorter.
pub(crate) const DELAYED_RECOVERY_REMINDER: Duration = Duration::from_secs(DAY);
/// Failures restart a wait so many times and no more: nobody can keep it from ending.
pub(crate) const DELAYED_RECOVERY_RESTARTS: u32 = 2;
/// So many delayed recoveries may be requested within [`DELAYED_RECOVERY_REQUESTS_WITHIN`].
pub(crate) const DELAYED_RECOVERY_REQUESTS: usize = 2;
pub(crate) const DELAYED_RECOVERY_REQUESTS_WITHIN: Duration = Duration::from_secs(30 * DAY);

// Sizes of what a record keeps.

/// The most browsers that are remembered. The oldest leaves.
pub(crate) const TRUSTED_DEVICES: usize = 10;
/// An authenticator is added only while a record has at most this many bytes before it is sealed.
/// The record then stays below the 16 KiB that a store has to keep: an authenticator takes up to
/// 2,000 bytes, and everything else (ten devices, 32 used tokens, 16 recovery codes, sent codes,
/// unanswered challenges) up to 5,500.
pub(crate) const ENROLLED_BYTES: usize = 8 * 1024 + 512;
/// The longest label of an authenticator or a browser.
pub(crate) const LABEL_CHARACTERS: usize = 64;
/// The longest name of an administrator in the audit trail.
pub(crate) const ADMINISTRATOR_NAME_CHARACTERS: usize = 255;
/// The longest reason of an administrator in the audit trail.
pub(crate) const REASON_CHARACTERS: usize = 500;
/// How many versions a record remembers, its own included, so that a writer who lost the answer
/// finds its commit.
pub(crate) const REMEMBERED_VERSIONS: usize = 8;

// Recovery codes of another service.

/// So many codes are imported at most: no service issues more.
pub(crate) const IMPORTED_CODES: usize = 16;
/// An imported code has no more characters, separators not counted.
pub(crate) const IMPORTED_CODE_CHARACTERS: usize = 64;
/// An imported code of digits alone has no fewer: 26 bits, which only a budget of tries protects.
pub(crate) const IMPORTED_CODE_DIGITS: u32 = 8;
/// Any other imported code has no fewer bits, counted by the kinds of characters that occur in it.
pub(crate) const IMPORTED_CODE_BITS: u32 = 40;

// Policies.

/// The longest audience: it goes into every key that is derived.
pub(crate) const AUDIENCE_BYTES: usize = 64;
/// A pending enrolment lives no longer: its key stands on a screen.
pub(crate) const LONGEST_ENROLLMENT: Duration = Duration::from_secs(10 * MINUTE);
/// The most authenticators of an account. Each of them is tried with each code.
pub(crate) const MOST_AUTHENTICATORS: u8 = 10;
/// The shortest and the longest trust in a browser.
pub(crate) const DEVICE_TRUST: RangeInclusive<Duration> =
    Duration::from_secs(DAY)..=Duration::from_secs(90 * DAY);
/// The shortest and the longest wait of a delayed recovery: its owner has to read a mail in time.
pub(crate) const DELAYED_RECOVERY_WAIT: RangeInclusive<Duration> =
    Duration::from_secs(DAY)..=Duration::from_secs(30 * DAY);
/// The first block comes no later than at this failure in a row.
pub(crate) const LATEST_BLOCK: u32 = 10;
/// A factor is exhausted no later than at this failure in a row (NIST SP 800-63B-4 §3.2.2).
pub(crate) const LATEST_EXHAUSTION: u32 = 100;
/// No block is shorter: the next time step would allow the next guess.
pub(crate) const SHORTEST_BLOCK: Duration = Duration::from_secs(30);

// Operations.

/// How often an operation decides again on a conflict before it gives up.
pub(crate) const MAX_CONFLICTS: u32 = 8;
/// How many users an operation over all users asks a store for at once.
pub(crate) const PAGE: usize = 256;

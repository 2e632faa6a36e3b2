//! Tokens: only issued texts are accepted, and a readable token is written unchanged.
//!
//! The first byte of the input selects the test. `m` corrupts an issued token. `s` signs the rest
//! as the claims of a token. `b` reads a token that is bound to `cookie` with the rest as the
//! binding. Any other input is a token.
#![no_main]

use std::sync::LazyLock;

use countersign::account::{SessionEffect, StepUpPurpose};
use countersign::internals::Keys;
use countersign::notify::{ConfirmedAddress, Destination};
use countersign::service::Opened;
use countersign::store::MemoryStore;
use countersign::token::{
    CancelDelayedRecovery, Challenge, Device, Enrollment, EnrollmentGrant, LockAccount,
    RecoveryCodeSheet, Scope, StepUp, Token,
};
use countersign::{Answer, Denial, Login, Mfa, Policy, RequestContext};
use countersign_fuzz::corrupt::{self, Choices};
use countersign_fuzz::records::{LIFE, OneRecord};
use countersign_fuzz::tokens::{BINDING, ISSUED};
use countersign_fuzz::{NO_RECOVERY_CODE, keys, mfa, password, policy, user};
use libfuzzer_sys::fuzz_target;
use pollster::block_on;

static KEYS: LazyLock<Keys> = LazyLock::new(keys);
/// The keys belong to another audience, so that every token of the corpus is foreign to it. Nobody
/// has a record, because one of another audience could not be read.
static ELSEWHERE: LazyLock<Mfa> = LazyLock::new(|| {
    let policy = Policy::new("elsewhere", "Fuzz").email_codes(true);
    mfa(MemoryStore::new(), policy.delayed_recovery(true), 2)
});
static HERE: LazyLock<Mfa> = LazyLock::new(|| service(policy()));
/// The browser that the bound token was issued to.
static BROWSER: LazyLock<Mfa> =
    LazyLock::new(|| HERE.with_context(RequestContext::new().binding(BINDING)));

fuzz_target!(|data: &[u8]| {
    match data.split_first() {
        Some((b'm', choices)) => corrupted(choices),
        Some((b's', claims)) => signed(claims),
        Some((b'b', binding)) => bound(binding),
        _ => {
            if let Ok(text) = std::str::from_utf8(data) {
                verbatim(text);
            }
        }
    }
});

fn verbatim(text: &str) {
    accepted_if_issued(text);
    let invalid = [
        block_on(ELSEWHERE.answer_challenge(&Token::from(text), "000000")).err(),
        block_on(ELSEWHERE.cancel_login(&Token::from(text))).err(),
        block_on(ELSEWHERE.start_granted_enrollment(&Token::from(text), "a")).err(),
        block_on(ELSEWHERE.confirm_enrollment(&Token::from(text), "000000")).err(),
        block_on(ELSEWHERE.confirm_enrollment_without_code(&Token::from(text))).err(),
        block_on(ELSEWHERE.redeem_sheet(&Token::from(text))).err(),
        block_on(ELSEWHERE.redeem_step_up(&user(), &Token::from(text), StepUpPurpose::Add)).err(),
        block_on(ELSEWHERE.send_code(&Token::from(text), Destination::Email(&address()))).err(),
        block_on(ELSEWHERE.request_delayed_recovery(&Token::from(text))).err(),
        block_on(ELSEWHERE.complete_delayed_recovery(&Token::from(text))).err(),
        block_on(ELSEWHERE.cancel_delayed_recovery_by_token(&Token::from(text))).err(),
        block_on(ELSEWHERE.lock_account_by_token(&Token::from(text))).err(),
        ELSEWHERE.open_token::<Enrollment>(&Token::from(text)).err(),
    ];
    for error in invalid {
        let denial = error.and_then(|error| error.denial());
        assert_eq!(denial, Some(Denial::TokenInvalid));
    }
    // A device token may be any cookie, and an invalid one is ignored.
    let visitor = HERE.with_context(RequestContext::new().device(Token::from(text)));
    let login = block_on(visitor.begin_login(&user(), password()));
    assert!(matches!(login, Ok(Login::Challenge(_))));
}

fn corrupted(choices: &[u8]) {
    let mut choices = Choices(choices);
    let issued = &ISSUED[choices.below(ISSUED.len())];
    accepted_if_issued(&corrupt::text(&issued.text, &mut choices));
}

/// A text is accepted if it was issued, to the byte, and for one purpose.
fn accepted_if_issued(text: &str) {
    let is_issued = ISSUED.iter().any(|issued| issued.text == text);
    assert_eq!(purposes(text), usize::from(is_issued));
}

/// The MAC is right, so that the claims are trusted, but they must not be misread.
fn signed(claims: &[u8]) {
    let challenge: Token<Challenge> = KEYS.sign(claims, None);
    let grant: Token<EnrollmentGrant> = KEYS.sign(claims, None);
    let enrollment: Token<Enrollment> = KEYS.sign(claims, None);
    let step_up: Token<StepUp> = KEYS.sign(claims, None);
    let sheet: Token<RecoveryCodeSheet> = KEYS.sign(claims, None);
    let device: Token<Device> = KEYS.sign(claims, None);
    let lock: Token<LockAccount> = KEYS.sign(claims, None);
    let cancel: Token<CancelDelayedRecovery> = KEYS.sign(claims, None);
    for text in [
        challenge.expose(),
        grant.expose(),
        enrollment.expose(),
        step_up.expose(),
        sheet.expose(),
        device.expose(),
        lock.expose(),
        cancel.expose(),
    ] {
        assert!(purposes(text) <= 1);
    }

    assert!(block_on(HERE.answer_challenge(&challenge, NO_RECOVERY_CODE)).is_err());
    assert!(block_on(HERE.answer_challenge(&challenge, Answer::email("00000000"))).is_err());
    assert!(block_on(HERE.start_granted_enrollment(&grant, "a")).is_err());
    assert!(block_on(HERE.confirm_enrollment(&enrollment, NO_RECOVERY_CODE)).is_err());
    assert!(block_on(HERE.confirm_enrollment_without_code(&enrollment)).is_err());
    // The codes in a ticket are sealed, and the fuzzer has no key.
    assert!(block_on(HERE.redeem_sheet(&sheet)).is_err());
    // A delayed recovery is waiting. It suspends the trust in devices.
    assert!(block_on(HERE.request_delayed_recovery(&challenge)).is_err());
    assert!(block_on(HERE.complete_delayed_recovery(&challenge)).is_err());
    let visitor = HERE.with_context(RequestContext::new().device(device));
    let login = block_on(visitor.begin_login(&user(), password()));
    assert!(matches!(login, Ok(Login::Challenge(_))));
    // These operations need only the token, which the fuzzer may find.
    let _ = block_on(HERE.cancel_login(&challenge));
    let _ = block_on(HERE.send_code(&challenge, Destination::Email(&address())));
    let _ = block_on(HERE.redeem_step_up(&user(), &step_up, StepUpPurpose::Add));
    let _ = block_on(HERE.cancel_delayed_recovery_by_token(&cancel));
    // A lock uses only the user and the time of the token.
    if let Ok(locked) = block_on(HERE.lock_account_by_token(&lock)) {
        let opened = HERE.open_token(&lock).ok();
        assert_eq!(opened.as_ref().map(Opened::user), Some(&locked.user));
        assert_eq!(locked.sessions.effect, SessionEffect::EndAll);
    }
}

fn bound(binding: &[u8]) {
    let bound: Token<Challenge> = KEYS.sign(&ISSUED[0].claims, Some(BINDING));
    assert_eq!(KEYS.reads(&bound, Some(binding)), binding == BINDING);
    assert!(!KEYS.reads(&bound, None));
    let thief = HERE.with_context(RequestContext::new().binding(binding));
    assert_eq!(thief.open_token(&bound).is_ok(), binding == BINDING);
    assert!(block_on(thief.answer_challenge(&bound, NO_RECOVERY_CODE)).is_err());
}

/// The number of token kinds that accept the text.
fn purposes(text: &str) -> usize {
    let each = [
        reads::<Challenge>(text),
        reads::<EnrollmentGrant>(text),
        reads::<Enrollment>(text),
        reads::<StepUp>(text),
        reads::<RecoveryCodeSheet>(text),
        reads::<Device>(text),
        reads::<LockAccount>(text),
        reads::<CancelDelayedRecovery>(text),
    ];
    each.into_iter().filter(|reads| *reads).count()
}

/// Each token has one text. A bound token works only in its own browser, and a browser takes what
/// is unbound only where that is mailed.
fn reads<S: Scope>(text: &str) -> bool {
    let token = Token::<S>::from(text);
    let rewritten = KEYS.rewrite(&token, None);
    let in_browser = KEYS.reads(&token, Some(BINDING));
    assert_eq!(HERE.open_token(&token).is_ok(), rewritten.is_some());
    assert_eq!(BROWSER.open_token(&token).is_ok(), in_browser);
    match rewritten {
        Some(rewritten) => {
            assert_eq!(rewritten.expose(), text);
            true
        }
        None => in_browser,
    }
}

fn address() -> ConfirmedAddress {
    ConfirmedAddress::attested("alice@example.com")
}

/// A service whose user has everything that a token may name. The record never changes.
fn service(policy: Policy) -> Mfa {
    mfa(OneRecord::fixed(LIFE.valid.clone()), policy, 1)
}

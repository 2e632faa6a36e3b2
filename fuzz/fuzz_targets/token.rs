//! Tokens: no text but one that was issued is accepted, and what reads is written the same.
//!
//! The first byte of the input chooses. `m`: a valid token is corrupted. `s`: the rest is signed as the claims of a
//! token. `b`: a token bound to `cookie` is read with the rest as the binding. Anything else is a token as it stands.
#![no_main]

use std::sync::LazyLock;

use countersign::internals::Keys;
use countersign::notify::ConfirmedAddress;
use countersign::token::{
    CancelRecovery, Challenge, Device, Enrollment, EnrollmentGrant, LockAccount, RecoverySheet,
    Scope, StepUp, Token,
};
use countersign::{Answer, Denial, Error, Login, Mfa, Policy, RequestContext, StepUpPurpose};
use countersign_fuzz::corrupt::{self, Choices};
use countersign_fuzz::records::{LIFE, OneRecord};
use countersign_fuzz::{NO_RECOVERY_CODE, keys, mfa, policy, user};
use libfuzzer_sys::fuzz_target;
use pollster::block_on;

/// The claims of the valid token: issued at, expires at, epoch, nonce, user, round.
const CLAIMS: [u8; 50] = {
    let mut claims = [7; 50];
    claims[40] = 1;
    claims[41] = b'1';
    claims
};

static KEYS: LazyLock<Keys> = LazyLock::new(keys);
/// Its keys are of another audience, so that no token of the corpus is one of its own.
static ELSEWHERE: LazyLock<Mfa<OneRecord>> =
    LazyLock::new(|| service(Policy::new("elsewhere", "Fuzz").trusted_devices(true)));
static HERE: LazyLock<Mfa<OneRecord>> = LazyLock::new(|| service(policy()));

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
    rewrites_alike::<Challenge>(text);
    rewrites_alike::<EnrollmentGrant>(text);
    rewrites_alike::<Enrollment>(text);
    rewrites_alike::<StepUp>(text);
    rewrites_alike::<RecoverySheet>(text);
    rewrites_alike::<Device>(text);
    rewrites_alike::<LockAccount>(text);
    rewrites_alike::<CancelRecovery>(text);
    let invalid = [
        block_on(ELSEWHERE.answer(&Token::from(text), "000000")).err(),
        block_on(ELSEWHERE.abandon(&Token::from(text))).err(),
        block_on(ELSEWHERE.start_granted_enrollment(&Token::from(text), "a")).err(),
        block_on(ELSEWHERE.confirm_enrollment(&Token::from(text), "000000")).err(),
        block_on(ELSEWHERE.confirm_without_code(&Token::from(text))).err(),
        block_on(ELSEWHERE.redeem_sheet(&Token::from(text))).err(),
        block_on(ELSEWHERE.redeem_step_up(&user(), &Token::from(text), StepUpPurpose::Add)).err(),
        block_on(ELSEWHERE.send_email_code(&Token::from(text), &address())).err(),
        block_on(ELSEWHERE.request_recovery(&Token::from(text))).err(),
        block_on(ELSEWHERE.complete_recovery(&Token::from(text))).err(),
        block_on(ELSEWHERE.cancel_recovery_by_token(&Token::from(text))).err(),
        block_on(ELSEWHERE.lock_by_token(&Token::from(text))).err(),
    ];
    for error in invalid {
        assert_eq!(error, Some(Error::Denied(Denial::TokenInvalid)));
    }
    // It may be any cookie, and is passed over.
    let visitor = ELSEWHERE.with(RequestContext::new().device(Token::from(text)));
    let login = block_on(visitor.begin_login(&user()));
    assert!(matches!(login, Ok(Login::Challenge(_))));
}

fn corrupted(choices: &[u8]) {
    let valid: Token<Challenge> = KEYS.sign(&CLAIMS, None);
    assert!(KEYS.reads(&valid, None));
    let altered = corrupt::text(valid.expose(), &mut Choices(choices));
    let is_same = altered == valid.expose();
    assert_eq!(
        KEYS.reads::<Challenge>(&Token::from(altered.as_str()), None),
        is_same
    );
    // Even if only its letter was changed.
    assert!(!KEYS.reads::<EnrollmentGrant>(&Token::from(altered.as_str()), None));
    assert!(!KEYS.reads::<Enrollment>(&Token::from(altered.as_str()), None));
    assert!(!KEYS.reads::<StepUp>(&Token::from(altered.as_str()), None));
    assert!(!KEYS.reads::<RecoverySheet>(&Token::from(altered.as_str()), None));
    assert!(!KEYS.reads::<Device>(&Token::from(altered.as_str()), None));
    assert!(!KEYS.reads::<LockAccount>(&Token::from(altered.as_str()), None));
    assert!(!KEYS.reads::<CancelRecovery>(&Token::from(altered), None));
}

/// Behind the MAC nothing is hostile any more, but it must still not be misread.
fn signed(claims: &[u8]) {
    let challenge: Token<Challenge> = KEYS.sign(claims, None);
    rewrites_alike::<Challenge>(challenge.expose());
    let grant: Token<EnrollmentGrant> = KEYS.sign(claims, None);
    rewrites_alike::<EnrollmentGrant>(grant.expose());
    let enrollment: Token<Enrollment> = KEYS.sign(claims, None);
    rewrites_alike::<Enrollment>(enrollment.expose());
    let step_up: Token<StepUp> = KEYS.sign(claims, None);
    rewrites_alike::<StepUp>(step_up.expose());
    let sheet: Token<RecoverySheet> = KEYS.sign(claims, None);
    rewrites_alike::<RecoverySheet>(sheet.expose());
    let device: Token<Device> = KEYS.sign(claims, None);
    rewrites_alike::<Device>(device.expose());
    let lock: Token<LockAccount> = KEYS.sign(claims, None);
    rewrites_alike::<LockAccount>(lock.expose());
    let cancel: Token<CancelRecovery> = KEYS.sign(claims, None);
    rewrites_alike::<CancelRecovery>(cancel.expose());

    assert!(block_on(HERE.answer(&challenge, NO_RECOVERY_CODE)).is_err());
    assert!(block_on(HERE.answer(&challenge, Answer::email("00000000"))).is_err());
    assert!(block_on(HERE.start_granted_enrollment(&grant, "a")).is_err());
    assert!(block_on(HERE.confirm_enrollment(&enrollment, NO_RECOVERY_CODE)).is_err());
    assert!(block_on(HERE.confirm_without_code(&enrollment)).is_err());
    // The codes in a ticket are sealed, and the fuzzer has no key.
    assert!(block_on(HERE.redeem_sheet(&sheet)).is_err());
    // A recovery waits already, and its wait is not over. It suspends the trust in devices.
    assert!(block_on(HERE.request_recovery(&challenge)).is_err());
    assert!(block_on(HERE.complete_recovery(&challenge)).is_err());
    let visitor = HERE.with(RequestContext::new().device(device));
    let login = block_on(visitor.begin_login(&user()));
    assert!(matches!(login, Ok(Login::Challenge(_))));
    // These take nothing but the token, which the fuzzer may come to get right.
    let _ = block_on(HERE.abandon(&challenge));
    let _ = block_on(HERE.send_email_code(&challenge, &address()));
    let _ = block_on(HERE.redeem_step_up(&user(), &step_up, StepUpPurpose::Add));
    let _ = block_on(HERE.cancel_recovery_by_token(&cancel));
    // A lock takes no more than who and when.
    let locked = block_on(HERE.lock_by_token(&lock));
    assert!(locked.is_err() || KEYS.reads(&lock, None));
}

fn bound(binding: &[u8]) {
    let bound: Token<Challenge> = KEYS.sign(&CLAIMS, Some(b"cookie"));
    assert_eq!(KEYS.reads(&bound, Some(binding)), binding == b"cookie");
    assert!(!KEYS.reads(&bound, None));
    let thief = HERE.with(RequestContext::new().binding(binding));
    assert!(block_on(thief.answer(&bound, NO_RECOVERY_CODE)).is_err());
}

/// There is one text for what a token says.
fn rewrites_alike<S: Scope>(text: &str) {
    let rewritten = KEYS.rewrite(&Token::<S>::from(text), None);
    if let Some(rewritten) = rewritten {
        assert_eq!(rewritten.expose(), text);
    }
}

fn address() -> ConfirmedAddress {
    ConfirmedAddress::attested("alice@example.com")
}

/// A service whose user has all that a token may be about, whatever happens to it.
fn service(policy: Policy) -> Mfa<OneRecord> {
    mfa(OneRecord::new(LIFE.valid.clone()), policy, 1)
}

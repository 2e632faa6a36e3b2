//! What the types promise beside their methods: where they may go, and that errors can be kept.

use std::error::Error;
use std::fmt::Debug;
use std::time::{Duration, UNIX_EPOCH};

use countersign::account::{
    Administrator, Enrolled, Import, Intervention, InvalidPurpose, LoginChallenge, MalformedCode,
    Reauthentication, RecordError, Regenerated, Setup, StepUpGranted, StepUpPurpose, TrustGranted,
    Verified,
};
use countersign::event::Event;
use countersign::id::{InvalidId, InvalidUserId};
use countersign::keys::{KeyError, KeyId, Keyring, KeyringError, KeyringSourceError, MasterKey};
use countersign::keyuri::{ExportError, ImportError, KeyUri, KeyUriError, MigrationUri, Parsed};
use countersign::notify::{
    ConfirmedAddress, ConfirmedNumber, Destination, Links, Notification, SentCode,
};
use countersign::otp::{
    Code, CodeError, Hotp, HotpParams, Match, Mismatch, ParamsError, Replay, TimeStep, Totp,
    TotpParams, UnknownAlgorithm,
};
use countersign::policy::PolicyError;
use countersign::qr::{Qr, QrError};
use countersign::recovery_codes::{
    DeliveredCodes, InvalidRecoveryCode, RecoveryCode, RecoveryCodes, Sheet,
};
use countersign::secret::{Secret, SecretError};
use countersign::service::{
    BuildError, CodeVoided, ContextError, DueReport, ImportReport, KeyUsage, Opened,
    RegistrationReport, ResealReport, RngError,
};
use countersign::store::{Change, MemoryStore, MemoryStoreError, Record, Stored};
use countersign::time::{Clock, ClockError, SystemClock, Timestamp};
use countersign::token::{
    CancelDelayedRecovery, Challenge, Device, Enrollment, EnrollmentGrant, LockAccount,
    RecoveryCodeSheet, StepUp, Token,
};
use countersign::words::{CodeMail, English, German, Notice, Refusal};
use countersign::{
    Answer, Denial, Directory, FirstFactor, Login, Mfa, MfaBuilder, NewAuthenticator, Policy,
    RequestContext, Status, UserId,
};

/// Kept in a server's state, moved into a task, held across an `await`, and shown in a log.
fn goes_anywhere<T: Debug + Send + Sync + Unpin + 'static>() {}

/// What `Box<dyn Error + Send + Sync>`, and so every application's own error, takes.
fn is_an_error<T: Error + Send + Sync + 'static>() {}

macro_rules! all {
    ($check:ident: $($type:ty),* $(,)?) => { $($check::<$type>();)* };
}

#[test]
fn every_type_goes_anywhere() {
    all!(goes_anywhere: Mfa, MfaBuilder<MemoryStore>, Directory, Policy, Keyring, MasterKey);
    all!(goes_anywhere: Setup, Enrolled, Login, LoginChallenge, Verified, StepUpGranted, TrustGranted, Regenerated);
    all!(goes_anywhere: Status, DueReport, ImportReport, RegistrationReport, KeyUsage, ResealReport, Event, Record, Stored, Change<'static>);
    all!(goes_anywhere: Answer, NewAuthenticator, Import, FirstFactor, Reauthentication, Administrator, Intervention);
    all!(goes_anywhere: RequestContext, StepUpPurpose, UserId, Links, Notification, SentCode, ConfirmedAddress, ConfirmedNumber, Destination<'static>, CodeVoided);
    all!(goes_anywhere: Token<Challenge>, Token<Enrollment>, Token<EnrollmentGrant>, Token<StepUp>, Token<Device>);
    all!(goes_anywhere: Opened<Challenge>, Token<LockAccount>, Token<CancelDelayedRecovery>, Token<RecoveryCodeSheet>);
    all!(goes_anywhere: Secret, Totp, TotpParams, Hotp, HotpParams, Code, Match, Replay, KeyUri, MigrationUri, Parsed, Qr);
    all!(goes_anywhere: RecoveryCode, RecoveryCodes, DeliveredCodes, Sheet, Timestamp, SystemClock);
    all!(goes_anywhere: English, German, Notice, CodeMail, Refusal);
}

/// An application writes its generator for the `rand_core` that this crate exports.
#[test]
fn generators_are_those_of_the_rand_core_that_is_exported() {
    fn draw(rng: &mut impl countersign::rand_core::TryCryptoRng) -> Option<Secret> {
        Secret::generate(rng).ok()
    }
    let mut rng = countersign::testing::SeededRng::new(1);
    let (first, second) = (draw(&mut rng), draw(&mut rng));
    assert!(first.is_some() && second.is_some() && first != second);
}

#[test]
fn every_error_is_one_that_an_application_can_keep() {
    all!(is_an_error: countersign::Error, Denial, BuildError, ContextError, PolicyError);
    all!(is_an_error: RecordError, RngError, ClockError, InvalidId, InvalidPurpose, InvalidUserId);
    all!(is_an_error: KeyError, KeyringError, KeyringSourceError<ClockError>, MemoryStoreError);
    all!(is_an_error: KeyUriError, ExportError<ClockError>, ImportError, QrError, SecretError);
    all!(is_an_error: CodeError, Mismatch, ParamsError, UnknownAlgorithm, InvalidRecoveryCode, MalformedCode);
}

#[test]
fn what_an_application_has_at_hand_turns_into_what_is_asked_for() {
    let typed = String::from("287 082");
    let answers = [
        Answer::try_from(typed.as_str()).unwrap(),
        Answer::try_from(&typed).unwrap(),
        Answer::try_from(Answer::totp(&typed)).unwrap(),
        Answer::try_from(typed).unwrap(),
    ];
    assert_eq!(
        answers.map(|answer| format!("{answer:?}")),
        ["Answer(Authenticator)"; 4]
    );

    let moment = UNIX_EPOCH + Duration::from_millis(59_999);
    assert_eq!(Timestamp::try_from(moment), Ok(Timestamp::from_unix(59)));
    let too_early = UNIX_EPOCH - Duration::from_secs(1);
    assert_eq!(Timestamp::try_from(too_early), Err(ClockError));
    assert!(SystemClock.now().is_ok());

    assert_eq!(Replay::from(None), Replay::FIRST);
    let step = TimeStep::new(1);
    assert_eq!(Replay::from(Some(step)), Replay::after(step));

    assert_eq!("2026".parse(), KeyId::new("2026"));
    assert_eq!("-2026".parse::<KeyId>(), Err(KeyringError::InvalidId));

    let Ok(StepUpPurpose::App(purpose)) = StepUpPurpose::app("transfer") else {
        panic!("it is a name");
    };
    assert_eq!(purpose.as_str(), "transfer");
}

#[test]
fn two_key_uris_are_equal_if_they_say_the_same() {
    let read = |text: &str| KeyUri::parse(text).unwrap();
    let plain =
        read("otpauth://totp/Acme:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Acme");
    let untidy =
        read("otpauth://totp/Acme%3Aalice?issuer=Acme&secret=gezdgnbvgy3tqojqgezdgnbvgy3tqojq");
    assert_eq!(plain.uri, untidy.uri);
    assert_ne!(plain, untidy, "one was forgiven its letters");
    let other =
        read("otpauth://totp/Acme:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJA&issuer=Acme");
    assert_ne!(plain.uri, other.uri);
}

#[test]
fn a_key_uri_gives_what_its_codes_need() {
    let read = |text: &str| KeyUri::parse(text).unwrap().uri;
    // RFC 6238, appendix B, and RFC 4226, appendix D.
    let uri = read(
        "otpauth://totp/a?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA&algorithm=SHA256&digits=8&period=30",
    );
    let totp = Totp::new(uri.secret(), uri.totp_params().unwrap());
    let code = totp.code_at(Timestamp::from_unix(1_111_111_109));
    assert_eq!(code.expose_digits().as_str(), "68084774");
    assert_eq!(uri.hotp_params(), None);

    let uri = read("otpauth://hotp/a?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&counter=0");
    let hotp = Hotp::new(uri.secret(), uri.hotp_params().unwrap());
    assert_eq!(hotp.code_at(9).expose_digits().as_str(), "520489");
    assert_eq!(uri.totp_params(), None);
}

#[test]
fn policies_can_be_compared() {
    let policy = || Policy::new("acme-prod", "Acme");
    assert_eq!(policy(), policy());
    assert_ne!(policy(), policy().login_waivers(true));
}

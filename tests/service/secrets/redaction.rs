//! Nothing secret is printable.

use countersign::account::{EnrollmentProof, StepUpPurpose};
use countersign::keys::Keyring;
use countersign::otp::{Code, Totp};
use countersign::store::{MemoryStore, Record};
use countersign::token::{Challenge, Token};
use countersign::{
    Answer, Denial, Error, FailedFirstFactor, Login, Mfa, NewAuthenticator, RequestContext, UserId,
};

use crate::support::{KEY_A, World, code_at, password, policy, requiring, world};

/// Asserts that neither form of `Debug` shows any of the secrets.
fn assert_hidden(secrets: &[&str], value: &impl std::fmt::Debug) {
    for shown in [format!("{value:?}"), format!("{value:#?}")] {
        let folded = shown.to_lowercase().replace([' ', '\n', '-'], "");
        for secret in secrets {
            let secret = secret.to_lowercase().replace([' ', '-'], "");
            assert!(!folded.contains(&secret), "{secret} is shown by {shown}");
        }
    }
}

/// Bytes as a derived `Debug` would print them.
fn listed(bytes: &[u8]) -> String {
    format!("{:?}", &bytes[..6])
        .trim_matches(['[', ']'])
        .to_owned()
}

#[tokio::test] // S-42, S-52
async fn an_enrolment_shows_no_key_no_code_and_no_token() {
    let world = world();
    let user = UserId::from(1_u64);
    let setup = world
        .mfa
        .start_enrollment(&user, "alice@example.com", world.password())
        .await
        .unwrap();
    let base32 = setup.secret.expose_base32().to_string();
    let bytes = listed(setup.secret.expose_bytes());
    let token = setup.token.expose().to_owned();
    let key = [base32.as_str(), &bytes, &token, &token[5..25]];
    assert_hidden(&key, &setup);
    assert_hidden(&key, &setup.secret);
    assert_hidden(&key, &setup.uri);
    assert_hidden(&key, &setup.token);
    assert_hidden(&key, &setup.qr().unwrap());

    let totp = Totp::new(&setup.secret, Default::default());
    assert_hidden(&key, &totp);
    let digits = code_at(&totp, world.clock.time());
    let code = totp.code_at(world.clock.time());
    let number = digits.trim_start_matches('0');
    assert_hidden(&[&digits, number], &code);
    assert_hidden(&[&digits], &Code::parse(&digits).unwrap());
    assert_hidden(&[&digits], &Answer::parse(digits.as_str()).unwrap());
    assert_hidden(&[&digits], &Answer::totp(&digits).unwrap());

    let enrolled = world
        .mfa
        .confirm_enrollment(&setup.token, &digits)
        .await
        .unwrap();
    let shown = format!("{enrolled:?}");
    let codes = enrolled.recovery_codes.unwrap();
    let summary = format!("{codes:?}");
    let delivered = codes.deliver();
    let recovery: Vec<_> = delivered
        .codes()
        .iter()
        .map(|code| code.expose().to_string())
        .collect();
    let ticket = delivered.ticket().expose().to_owned();
    for code in &recovery {
        assert!(!shown.contains(code.as_str()) && !summary.contains(code.as_str()));
        let group = &code[..9];
        assert_hidden(&[code, group, &ticket, &ticket[5..25]], &delivered);
        assert_hidden(&[code, group], &delivered.codes());
        assert_hidden(&[code, group], delivered.sheet());
        assert_hidden(&[code, group], &Answer::recovery_code(code).unwrap());
        let proof = world.with_code(code);
        assert_hidden(&[code, group], &proof);
        assert_hidden(&[code, group], &EnrollmentProof::from(proof));
    }
    assert_hidden(&[&ticket, &ticket[5..25]], delivered.ticket());
    assert!(!shown.contains(&ticket));
}

#[tokio::test] // S-42, S-52
async fn a_login_shows_no_token_and_a_request_no_binding() {
    let world = World::with(requiring());
    let user = UserId::from(1_u64);
    let login = world.mfa.begin_login(&user, password()).await.unwrap();
    let shown = format!("{login:?}");
    let Login::EnrollmentRequired(grant) = login else {
        panic!("the policy requires an enrolment");
    };
    assert!(!shown.contains(&grant.expose()[5..25]), "{shown}");
    let person = world.enroll(1).await;
    let login = world.mfa.begin_login(&user, password()).await.unwrap();
    let shown = format!("{login:?}");
    let Login::Challenge(challenge) = login else {
        panic!("there is a second factor");
    };
    assert!(!shown.contains(&challenge.token.expose()[5..25]), "{shown}");
    assert_hidden(&[&challenge.token.expose()[5..25]], &challenge);
    let password = world.password();
    let granted = world
        .mfa
        .step_up(&user, password, &person.recovery[0], StepUpPurpose::Add);
    let token = granted.await.unwrap().token;
    let tail = token.expose()[5..25].to_owned();
    assert_hidden(&[&tail], &token);
    assert_hidden(&[&tail], &world.password().with_step_up(token));

    let request = RequestContext::new().binding("the-session-id");
    assert_hidden(
        &["the-session-id", &listed(b"the-session-id")],
        &request.clone(),
    );
    assert_hidden(&["the-session-id"], &world.mfa.with_context(request));
}

#[test] // S-42
fn keys_stay_out_of_everything_that_holds_them() {
    let text = &KEY_A[2..20];
    let listed = listed(&(0..32).collect::<Vec<u8>>());
    let keyring: Keyring = KEY_A.parse().unwrap();
    assert_hidden(&[text, &listed], &keyring);
    let builder = Mfa::builder(MemoryStore::new())
        .keys(keyring)
        .policy(policy());
    assert_hidden(&[text, &listed], &builder);
    assert_hidden(&[text, &listed], &builder.build().unwrap());
}

#[tokio::test] // S-52
async fn errors_carry_nothing_that_was_sent() {
    let world = world();
    let person = world.enroll(1).await;
    let marker = "smuggled";
    let token: Token<Challenge> = Token::from(format!("cs1c_{marker}"));
    let challenge = world.challenge(&person.user).await;
    let name = format!("{marker}\n{marker}");
    let id = person.setup.authenticator;
    let errors: [Error; 5] = [
        world
            .mfa
            .answer_challenge(&token, marker)
            .await
            .unwrap_err(),
        world
            .mfa
            .answer_challenge(&challenge, marker)
            .await
            .unwrap_err(),
        world
            .mfa
            .start_enrollment(&UserId::from(2_u64), name.as_str(), world.password())
            .await
            .unwrap_err(),
        world
            .mfa
            .rename_authenticator(&person.user, id, name.as_str())
            .await
            .unwrap_err(),
        world
            .mfa
            .step_up(&person.user, world.password(), marker, StepUpPurpose::Add)
            .await
            .unwrap_err(),
    ];
    for error in errors {
        assert!(error.denial().is_some());
        let shown = format!("{error} {error:?} {:?}", std::error::Error::source(&error));
        assert!(!shown.contains(marker), "{shown}");
    }
    for error in [
        format!("{}", marker.parse::<Keyring>().unwrap_err()),
        format!("{}", UserId::new(name).unwrap_err()),
        format!("{}", marker.parse::<StepUpPurpose>().unwrap_err()),
        format!("{}", Code::parse(marker).unwrap_err()),
        format!("{}", Denial::InvalidCode),
        format!("{}", Answer::parse(marker).unwrap_err()),
    ] {
        assert!(!error.contains(marker), "{error}");
        assert!(!error.ends_with('.'), "{error}");
        assert!(error.starts_with(char::is_lowercase), "{error}");
    }
}

#[tokio::test] // S-42, S-52
async fn what_is_printed_instead_says_what_it_is() {
    let world = world();
    let setup = world
        .mfa
        .start_enrollment(&UserId::from(1_u64), "alice", world.password())
        .await
        .unwrap();
    assert_eq!(format!("{:?}", setup.token), "Token(e)");
    assert_eq!(
        format!("{:?}", Answer::totp("123456").unwrap()),
        "Answer(Authenticator)"
    );
    let code = code_at(
        &Totp::new(&setup.secret, Default::default()),
        world.clock.time(),
    );
    let enrolled = world.mfa.confirm_enrollment(&setup.token, &code).await;
    let codes = enrolled.unwrap().recovery_codes.unwrap();
    assert_eq!(format!("{codes:?}"), "RecoveryCodes(10)");

    let proof = FailedFirstFactor.with_code(Answer::parse("123456").unwrap());
    assert_eq!(
        format!("{proof:?}"),
        "Reauthentication { first: FirstFactorCheck { passed: None }, second: \"code\" }"
    );
    let new = NewAuthenticator::new("alice").label("Phone");
    assert_eq!(
        format!("{new:?}"),
        "NewAuthenticator { label: Some(\"Phone\"), replaces: None, .. }"
    );
    let record = Record::from_bytes("12345");
    assert_eq!(format!("{record:?}"), "Record(5 bytes)");
    let request = format!("{:?}", RequestContext::new().binding("a cookie"));
    assert!(
        request.starts_with("RequestContext { source: Source {"),
        "{request}"
    );
    assert!(request.contains("bound: true"), "{request}");
}

#[test]
fn no_address_is_printed() {
    let new = NewAuthenticator::new("alice@example.com");
    assert!(!format!("{new:?}").contains("alice@"));
}

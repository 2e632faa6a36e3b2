//! An account's life, on a store in memory, with every secret that is handed out.

use countersign::account::{Import, StepUpPurpose};
use countersign::keyuri::KeyUri;
use countersign::notify::{ConfirmedAddress, Destination};
use countersign::otp::{Hotp, HotpParams, Totp};
use countersign::secret::Secret;
use countersign::token::{Scope, Token};
use countersign::words::German;
use countersign::{Answer, UserId};
use pollster::block_on;

use super::super::watch::{Rule, Watch};
use super::wiped;
use super::world::{USER, World};

/// The last 43 letters of a token are its MAC; what is before them is no secret alone.
const TAG_LETTERS: usize = 43;

pub(super) fn service(watch: &mut Watch) {
    let world = World::new(|policy| policy.email_codes(true).trusted_devices(true));
    let (mfa, alice) = (&world.mfa, UserId::new(USER).unwrap());

    let setup = block_on(mfa.start_enrollment(&alice, "alice@example.com", world.password()));
    let setup = setup.unwrap();
    let totp = Totp::new(&setup.secret, world.params);
    let qr = setup.qr().unwrap().png_data_url();
    let code = totp.code_at(world.now()).expose_digits();
    let enrolled = block_on(mfa.confirm_enrollment(&setup.token, code.as_str())).unwrap();
    let codes = enrolled.recovery_codes.unwrap().deliver();
    let sheet = block_on(mfa.redeem_sheet(codes.ticket())).unwrap();
    let sheet = sheet.expose_text(&German);

    // Logins by each factor.
    let challenge = world.begin(&alice);
    let code = totp.code_at(world.now()).expose_digits();
    let wrong = block_on(mfa.answer_challenge(&challenge, "00000000"));
    let answer = Answer::totp(&code).unwrap().trust_device("Firefox");
    let verified = block_on(mfa.answer_challenge(&challenge, answer)).unwrap();
    assert!(wrong.is_err() && verified.device.is_some());
    let mailed = world.begin(&alice);
    let address = ConfirmedAddress::attested("alice@example.com");
    block_on(mfa.send_code(&mailed, Destination::Email(&address))).unwrap();
    let digits = world.mailed();
    let typed = Answer::email(std::str::from_utf8(&digits).unwrap());
    let by_mail = block_on(mfa.answer_challenge(&mailed, typed)).unwrap();
    let recovering = world.begin(&alice);
    let recovery_code = codes.codes()[4].expose();
    let recovered = block_on(mfa.answer_challenge(&recovering, recovery_code.as_str())).unwrap();

    // A sensitive action.
    world.pass(30);
    let next = totp.code_at(world.now()).expose_digits();
    let granted = mfa.step_up(
        &alice,
        world.password(),
        next.as_str(),
        StepUpPurpose::Regenerate,
    );
    let granted = block_on(granted).unwrap();
    let proof = world.password().with_step_up(granted.token.clone());
    let regenerated = block_on(mfa.regenerate_recovery_codes(&alice, proof)).unwrap();
    let new_codes = regenerated.recovery_codes.deliver();
    let new_sheet = new_codes.sheet().expose_text(&German);

    watch.held("OTP key", setup.secret.expose_bytes());
    watch.long("QR code", Rule::Held, 24, &qr.as_bytes()[120..]);
    watch.passing("OTP key, base32", setup.secret.expose_base32().as_bytes());
    for code in codes.codes().iter().chain(new_codes.codes()) {
        watch.held("recovery code on its sheet", code.expose().as_bytes());
    }
    world.rng.each_drawn(15, |_, masked| {
        watch.masked("recovery code", Rule::Held, masked)
    });
    world.rng.each_drawn(32, |_, masked| {
        watch.masked("key of codes", Rule::Passing, masked)
    });
    watch.held("code by e-mail", &digits);
    for code in [&code, &next] {
        watch.held("code as text", code.as_bytes());
        let value = code.parse::<u32>().unwrap().to_le_bytes();
        watch.passing("code as a value", &wiped(value.into_iter().chain([8])));
    }
    watch_token(watch, &setup.token);
    watch_token(watch, codes.ticket());
    watch_token(watch, new_codes.ticket());
    for challenge in [&challenge, &mailed, &recovering] {
        watch_token(watch, challenge);
    }
    watch_token(watch, &granted.token);
    watch_token(watch, &verified.device.as_ref().unwrap().token);
    world.watch_keys(watch);
    watch.demand_held();
    drop((sheet, new_sheet, by_mail, recovered));
}

/// Moving over from another service, and a new master key.
pub(super) fn moved(watch: &mut Watch) {
    let mut world = World::new(|policy| policy);
    let alice = UserId::new(USER).unwrap();
    let params = HotpParams::default();
    let secret = Secret::generate(&mut world.rng).unwrap();
    let uri = KeyUri::hotp("Old", "alice", secret, &params, 5).unwrap();
    let hotp = Hotp::new(uri.secret(), params);
    let text = uri.expose_uri();
    let import = Import::uri(&KeyUri::parse(&text).unwrap().uri);
    block_on(world.mfa.import(&alice, import.confirmed_at(world.now()))).unwrap();

    let challenge = world.begin(&alice);
    let [first, second] = [50, 51].map(|counter| hotp.code_at(counter).expose_digits());
    let answer = Answer::resync(&first, &second);
    block_on(world.mfa.answer_challenge(&challenge, answer)).unwrap();
    let next = hotp.code_at(52).expose_digits();
    let proof = world
        .password()
        .with_code(Answer::parse(next.as_str()).unwrap());
    let regenerated = block_on(world.mfa.regenerate_recovery_codes(&alice, proof)).unwrap();
    let codes = regenerated.recovery_codes.deliver();
    world.rotate();
    let challenge = world.begin(&alice);
    let code = codes.codes()[0].expose();
    let recovered = block_on(world.mfa.answer_challenge(&challenge, code.as_str()));
    assert!(recovered.is_ok());

    watch.held("OTP key", uri.secret().expose_bytes());
    watch.held("OTP key, base32", uri.secret().expose_base32().as_bytes());
    watch.held("recovery code as text", code.as_bytes());
    let rng = world.rng.clone();
    rng.each_drawn(15, |_, masked| {
        watch.masked("recovery code", Rule::Held, masked)
    });
    rng.each_drawn(32, |_, masked| {
        watch.masked("master keys and keys of codes", Rule::Passing, masked)
    });
    watch_token(watch, codes.ticket());
    world.watch_keys(watch);
    watch.demand_held();
}

fn watch_token<S: Scope>(watch: &mut Watch, token: &Token<S>) {
    let text = token.expose();
    watch.held(
        "MAC of a token",
        &text.as_bytes()[text.len() - TAG_LETTERS..],
    );
}

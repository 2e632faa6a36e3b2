//! Codes by SMS and by voice: a second factor over the telephone network, and a restricted one.

use std::time::Duration;

use countersign::account::{Factor, Method, StepUpPurpose};
use countersign::event::{EventKind, Reason};
use countersign::notify::{Channel, ConfirmedNumber, Destination};
use countersign::policy::Throttle;
use countersign::time::Timestamp;
use countersign::token::{Challenge, Token};
use countersign::{Answer, Denial, Error, NewAuthenticator, Policy};

use crate::sent_codes::codes::{Office, alice, methods};
use crate::support::{HOUR, World, denied, policy};

const CHANNELS: [Channel; 3] = [Channel::Email, Channel::Sms, Channel::Voice];

pub(crate) fn number() -> ConfirmedNumber {
    ConfirmedNumber::attested("+1 202 555 0123")
}

fn every_channel() -> Policy {
    policy().email_codes(true).sms_codes(true).voice_codes(true)
}

/// The answer of somebody who got this code over this channel.
pub(crate) fn answer(channel: Channel, code: &str) -> Answer {
    match channel {
        Channel::Email => Answer::email(code),
        Channel::Sms => Answer::sms(code),
        _ => Answer::voice(code),
    }
    .unwrap()
}

/// Sends a code over the channel and reads it.
pub(crate) async fn sent(
    office: &Office,
    channel: Channel,
    challenge: &Token<Challenge>,
) -> Result<String, Denial> {
    denied(send(office, channel, challenge).await)?;
    Ok(office.world.mails.code().unwrap())
}

async fn send(
    office: &Office,
    channel: Channel,
    challenge: &Token<Challenge>,
) -> Result<Timestamp, Error> {
    let (address, number) = (alice(), number());
    let to = match channel {
        Channel::Email => Destination::Email(&address),
        Channel::Sms => Destination::Sms(&number),
        _ => Destination::Voice(&number),
    };
    office.world.mfa.send_code(challenge, to).await
}

/// Eight digits that are not the code.
fn other_than(code: &str) -> String {
    format!("{:08}", (code.parse::<u32>().unwrap() + 1) % 100_000_000)
}

#[tokio::test] // S-24, S-70
async fn signing_in_with_a_code_by_text_message_or_call() {
    for (channel, method, amr) in [
        (Channel::Sms, Method::SmsCode, ["pwd", "sms", "mfa"]),
        (Channel::Voice, Method::VoiceCode, ["pwd", "tel", "mfa"]),
    ] {
        let office = Office::with(every_channel()).await;
        let (world, user) = (&office.world, &office.person.user);
        world.forward(60);
        let challenge = office.challenge().await;
        let code = sent(&office, channel, &challenge).await.unwrap();
        let (to, _) = world.mails.codes().pop().unwrap();
        assert_eq!(to, "+1 202 555 0123");
        let event = world.events(user).await.pop().unwrap();
        assert_eq!(
            (event.kind, event.factor, event.channel, event.notify_user()),
            (
                EventKind::CodeSent,
                Some(Factor::PhoneCode),
                Some(channel),
                false
            )
        );
        let verified = office.answer(&challenge, answer(channel, &code)).await;
        let verified = verified.unwrap();
        assert_eq!(verified.method, method);
        // Something that the user has, over a network that makes it a restricted authenticator.
        let assurance = verified.sessions.assurance.unwrap();
        assert_eq!((assurance.amr(), assurance.level()), (amr.to_vec(), 2));
        let event = world.events(user).await.pop().unwrap();
        assert_eq!(
            (event.kind, event.factor, event.channel),
            (
                EventKind::LoginVerified,
                Some(Factor::PhoneCode),
                Some(channel)
            )
        );
        let status = world.mfa.status(user).await.unwrap();
        assert_eq!(status.last_verified_at, Some(world.clock.time()));
    }
}

#[tokio::test] // S-24, S-70
async fn a_channel_that_the_policy_lacks_sends_and_takes_nothing() {
    let on = [
        policy().email_codes(true),
        policy().sms_codes(true),
        policy().voice_codes(true),
    ];
    let all = [Method::EmailCode, Method::SmsCode, Method::VoiceCode];
    for ((policy, only), method) in on.into_iter().zip(CHANNELS).zip(all) {
        let office = Office::with(policy).await;
        let user = &office.person.user;
        let status = office.world.mfa.status(user).await.unwrap();
        assert_eq!(status.channels, [only]);
        let offered = [Method::Totp, Method::RecoveryCode, method];
        assert_eq!(methods(&office).await, offered);
        let challenge = office.challenge().await;
        let written = office.written().await;
        for channel in CHANNELS.into_iter().filter(|channel| *channel != only) {
            let refused = sent(&office, channel, &challenge).await;
            assert_eq!(refused, Err(Denial::MethodUnavailable));
            let refused = office.answer(&challenge, answer(channel, "12345678")).await;
            assert_eq!(refused.unwrap_err(), Denial::MethodUnavailable);
        }
        assert_eq!(office.written().await, written, "and uncharged");
        assert!(sent(&office, only, &challenge).await.is_ok());
    }
}

#[tokio::test] // S-28
async fn a_code_of_one_channel_is_no_answer_of_another_and_each_channel_has_its_own() {
    let office = Office::with(every_channel()).await;
    let challenge = office.challenge().await;
    let mut codes = Vec::new();
    for channel in CHANNELS {
        codes.push((channel, sent(&office, channel, &challenge).await.unwrap()));
        // By phone there is a minute between two, whichever channel it is.
        office.world.forward(60);
    }
    for (channel, code) in &codes {
        for other in CHANNELS.into_iter().filter(|other| other != channel) {
            let wrong = office.answer(&challenge, answer(other, code)).await;
            assert_eq!(
                wrong.unwrap_err(),
                Denial::InvalidCode,
                "{channel:?} as {other:?}"
            );
        }
    }
    // The call did not replace the message.
    let (channel, code) = &codes[1];
    assert!(
        office
            .answer(&challenge, answer(*channel, code))
            .await
            .is_ok()
    );
    let record = office.world.opened(&office.person.user).await;
    assert_eq!(record["phone"]["live"].as_array().unwrap().len(), 0);
}

#[tokio::test] // S-36, S-37, S-45, S-70
async fn a_code_by_phone_proves_no_sensitive_action_and_earns_no_trust() {
    for channel in [Channel::Sms, Channel::Voice] {
        let office = Office::with(every_channel().trusted_devices(true)).await;
        let (mfa, user) = (&office.world.mfa, &office.person.user);
        let challenge = office.challenge().await;
        let code = sent(&office, channel, &challenge).await.unwrap();
        let password = || office.world.password();
        let proof = || password().with_code(answer(channel, &code));
        let written = office.written().await;
        let id = office.person.setup.authenticator;
        let replace = NewAuthenticator::new("alice").replacing(id);
        let step_up = mfa.step_up(user, password(), answer(channel, &code), StepUpPurpose::Add);
        let refusals = [
            denied(mfa.disable_mfa(user, proof()).await.map(drop)),
            denied(mfa.regenerate_recovery_codes(user, proof()).await.map(drop)),
            denied(mfa.start_enrollment(user, "alice", proof()).await.map(drop)),
            denied(mfa.start_enrollment(user, replace, proof()).await.map(drop)),
            denied(mfa.trust_device(user, "Firefox", proof()).await.map(drop)),
            denied(step_up.await.map(drop)),
        ];
        assert_eq!(refusals, [Err(Denial::MethodUnavailable); 6]);
        assert_eq!(office.written().await, written, "and nothing is charged");

        let trusting = answer(channel, &code).trust_device("Firefox");
        let verified = office.answer(&challenge, trusting).await.unwrap();
        assert!(verified.device.is_none());
        assert!(mfa.status(user).await.unwrap().trusted_devices.is_empty());
    }
}

#[tokio::test] // S-29, S-71
async fn a_phone_gets_ten_codes_in_a_day_and_one_a_minute_by_whichever_channel() {
    let office = Office::with(every_channel()).await;
    let at = office.world.clock.time();
    let throttled = |seconds| {
        Err(Denial::Throttled {
            retry_at: at + Duration::from_secs(seconds),
        })
    };
    for number in 0..10 {
        let channel = [Channel::Sms, Channel::Voice][number % 2];
        let challenge = office.challenge().await;
        sent(&office, channel, &challenge).await.unwrap();
        let written = office.written().await;
        for channel in [Channel::Sms, Channel::Voice] {
            let early = sent(&office, channel, &challenge).await;
            let minute = number as u64 * HOUR + 60;
            let until = if number == 9 { 24 * HOUR } else { minute };
            assert_eq!(early, throttled(until), "code {number}");
        }
        assert_eq!(office.written().await, written, "a refusal writes nothing");
        office.world.forward(HOUR);
    }
    // Neither a success nor a new password makes room.
    let mfa = &office.world.mfa;
    mfa.password_changed(&office.person.user).await.unwrap();
    let recovery = office.person.recovery[0].as_str();
    let challenge = office.challenge().await;
    office.answer(&challenge, recovery).await.unwrap();
    office.world.forward(14 * HOUR - 1);
    let challenge = office.challenge().await;
    assert_eq!(
        sent(&office, Channel::Voice, &challenge).await,
        throttled(24 * HOUR)
    );
    office.world.forward(1);
    assert!(sent(&office, Channel::Voice, &challenge).await.is_ok());
    // Mail has limits of its own.
    assert!(sent(&office, Channel::Email, &challenge).await.is_ok());
}

#[tokio::test] // S-14, S-27
async fn messages_and_calls_share_a_budget_that_is_neither_that_of_mail_nor_of_an_authenticator() {
    let office = Office::with(every_channel()).await;
    let (world, user) = (&office.world, &office.person.user);
    let challenge = office.challenge().await;
    let by_sms = sent(&office, Channel::Sms, &challenge).await.unwrap();
    world.forward(60);
    let by_voice = sent(&office, Channel::Voice, &challenge).await.unwrap();
    for number in 0..5 {
        let (channel, code) = [(Channel::Sms, &by_sms), (Channel::Voice, &by_voice)][number % 2];
        let wrong = answer(channel, &other_than(code));
        let wrong = office.answer(&challenge, wrong).await;
        assert_eq!(wrong.unwrap_err(), Denial::InvalidCode);
    }
    let event = world.events(user).await.pop().unwrap();
    assert_eq!(
        (event.kind, event.factor, event.reason, event.notify_user()),
        (
            EventKind::FactorBlocked,
            Some(Factor::PhoneCode),
            Some(Reason::Blocked),
            true
        )
    );
    // The right codes are not looked at, and no other is sent.
    let challenge = office.challenge().await;
    let retry_at = world.clock.time() + Duration::from_secs(30);
    let blocked = Denial::Throttled { retry_at };
    for (channel, code) in [(Channel::Sms, &by_sms), (Channel::Voice, &by_voice)] {
        let right = office.answer(&challenge, answer(channel, code)).await;
        assert_eq!(right.unwrap_err(), blocked);
        assert_eq!(sent(&office, channel, &challenge).await, Err(blocked));
    }
    let by_mail = sent(&office, Channel::Email, &challenge).await.unwrap();
    assert!(
        office
            .answer(&challenge, Answer::email(&by_mail))
            .await
            .is_ok()
    );
    let code = world.code(&office.person);
    assert!(world.sign_in(user, &code).await.is_ok());
}

#[tokio::test] // S-27
async fn five_tries_are_shared_by_a_message_and_a_call_that_overlap() {
    let throttle = Throttle::DEFAULT.block_at(10);
    let office = Office::with(every_channel().throttle(throttle)).await;
    let challenge = office.challenge().await;
    let by_sms = sent(&office, Channel::Sms, &challenge).await.unwrap();
    office.world.forward(60);
    let by_voice = sent(&office, Channel::Voice, &challenge).await.unwrap();
    for _ in 0..5 {
        let wrong = answer(Channel::Sms, &other_than(&by_sms));
        office.answer(&challenge, wrong).await.unwrap_err();
    }
    for (channel, code) in [(Channel::Sms, &by_sms), (Channel::Voice, &by_voice)] {
        let sixth = office.answer(&challenge, answer(channel, code)).await;
        assert_eq!(sixth.unwrap_err(), Denial::InvalidCode, "{channel:?}");
    }
    // No code is sent that would be dead, until the last that overlaps is over.
    office.world.forward(60);
    for channel in [Channel::Sms, Channel::Voice] {
        let refused = sent(&office, channel, &challenge).await;
        assert!(
            matches!(refused, Err(Denial::Throttled { .. })),
            "{refused:?}"
        );
    }
}

#[tokio::test] // S-13
async fn a_disabled_phone_factor_is_not_offered_and_comes_back_with_new_recovery_codes() {
    let throttle = Throttle::DEFAULT.block_at(2).exhaust_at(3);
    let office = Office::with(every_channel().throttle(throttle).password_change_after(5)).await;
    let (world, user) = (&office.world, &office.person.user);
    for _ in 0..3 {
        let challenge = office.challenge().await;
        let wrong = office.answer(&challenge, Answer::sms("12345678")).await;
        assert_eq!(wrong.unwrap_err(), Denial::InvalidCode);
        world.forward(HOUR);
    }
    let offered = [Method::Totp, Method::RecoveryCode, Method::EmailCode];
    assert_eq!(methods(&office).await, offered);
    let status = world.mfa.status(user).await.unwrap();
    assert_eq!(status.channels, [Channel::Email]);
    let challenge = office.challenge().await;
    for channel in [Channel::Sms, Channel::Voice] {
        let refused = sent(&office, channel, &challenge).await;
        assert_eq!(refused, Err(Denial::FactorExhausted));
    }
    let proof = world.with_code(&world.code(&office.person));
    world
        .mfa
        .regenerate_recovery_codes(user, proof)
        .await
        .unwrap();
    assert!(
        sent(&office, Channel::Sms, &office.challenge().await)
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn whoever_has_the_phone_alone_can_still_wait_for_a_recovery() {
    let office = Office::with(every_channel().delayed_recovery(true)).await;
    let (world, user) = (&office.world, &office.person.user);
    let challenge = office.challenge().await;
    let requested = world.mfa.request_delayed_recovery(&challenge).await;
    let requested = requested.unwrap();
    world.forward(HOUR);
    let challenge = office.challenge().await;
    let code = sent(&office, Channel::Sms, &challenge).await.unwrap();
    office.answer(&challenge, Answer::sms(&code)).await.unwrap();
    let status = world.mfa.status(user).await.unwrap();
    assert_eq!(status.delayed_recovery, Some(requested));
}

#[tokio::test] // S-24
async fn a_policy_that_drops_one_channel_drops_its_code_and_no_other() {
    let office = Office::with(every_channel()).await;
    let challenge = office.challenge().await;
    let by_sms = sent(&office, Channel::Sms, &challenge).await.unwrap();
    office.world.forward(60);
    let by_voice = sent(&office, Channel::Voice, &challenge).await.unwrap();
    let without = office.world.under(policy().voice_codes(true));
    let wrong = without.mfa.answer_challenge(&challenge, "0000000").await;
    assert_eq!(denied(wrong).unwrap_err(), Denial::InvalidCode);
    let again = office.answer(&challenge, Answer::sms(&by_sms)).await;
    assert_eq!(again.unwrap_err(), Denial::InvalidCode);
    let other = office.answer(&challenge, Answer::voice(&by_voice)).await;
    assert!(other.is_ok());
}

#[tokio::test] // S-44
async fn a_message_that_could_not_be_sent_says_which_channel_failed() {
    let office = Office::with(every_channel()).await;
    let challenge = office.challenge().await;
    office.world.mails.break_down();
    for channel in CHANNELS {
        let failed = send(&office, channel, &challenge).await;
        assert!(matches!(failed, Err(Error::NotSent(by)) if by == channel));
        office.world.forward(60);
    }
}

#[tokio::test] // S-31, S-42, S-52
async fn no_number_and_no_code_is_printed_or_kept() {
    let office = Office::with(every_channel()).await;
    let challenge = office.challenge().await;
    let code = sent(&office, Channel::Sms, &challenge).await.unwrap();
    let number = number();
    let shown = format!(
        "{number:?} {:?} {:?}",
        Destination::Sms(&number),
        Answer::sms(&code)
    );
    let record = office.world.opened(&office.person.user).await.to_string();
    let events = office.world.events(&office.person.user).await;
    let events = serde_json::to_string(&events).unwrap();
    for text in [shown, record, events] {
        assert!(
            !text.contains(&code) && !text.contains("555 0123"),
            "{text}"
        );
    }
}

#[tokio::test] // S-50
async fn a_new_epoch_ends_the_codes_of_every_channel() {
    let office = Office::with(every_channel()).await;
    let challenge = office.challenge().await;
    for channel in CHANNELS {
        sent(&office, channel, &challenge).await.unwrap();
        office.world.forward(60);
    }
    let kept = async |world: &World| {
        let record = world.opened(&office.person.user).await;
        let live = |place: &str| record[place]["live"].as_array().unwrap().len();
        live("email") + live("phone")
    };
    assert_eq!(kept(&office.world).await, 3);
    let mfa = &office.world.mfa;
    mfa.password_changed(&office.person.user).await.unwrap();
    assert_eq!(kept(&office.world).await, 0);
}

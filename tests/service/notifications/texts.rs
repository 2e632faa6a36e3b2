//! The words of a notification, and how long its links are good.

use std::net::Ipv4Addr;

use countersign::account::Administrator;
use countersign::event::{Event, EventKind};
use countersign::notify::{Link, Links, Notification};
use countersign::token::Token;
use countersign::words::{English, German, Words};
use countersign::{Denial, RequestContext};
use serde::de::{Error as _, Visitor, value};
use serde::{Deserialize, Deserializer, forward_to_deserialize_any};
use serde_json::{Value, json};

use crate::delayed_recovery::whole_way::{HOUR, recovery_of, recovery_world, request, start};
use crate::support::{WRONG_CODE, World, denied};

const DAY: u64 = 24 * HOUR;

/// Each kind of event of which the user is told.
const TOLD: [&str; 20] = [
    "authenticator_bound",
    "authenticator_replaced",
    "authenticator_removed",
    "recovery_code_used",
    "recovery_codes_issued",
    "foreign_recovery_code_accepted",
    "factor_blocked",
    "login_unanswered",
    "password_change_demanded",
    "disabled",
    "device_trusted",
    "recovery_requested",
    "recovery_reminded",
    "recovery_restarted",
    "recovery_opened",
    "recovery_completed",
    "recovery_cancelled",
    "locked",
    "unlocked",
    "reset",
];

/// Those of which the user is told sometimes, with the reasons.
const TOLD_SOMETIMES: [(&str, Option<&str>); 7] = [
    ("login_refused", Some("wrong_code")),
    ("login_refused", Some("replayed_code")),
    ("reauthentication_refused", Some("wrong_code")),
    ("reauthentication_refused", Some("used_recovery_code")),
    ("device_revoked", Some("copied_device")),
    ("factor_blocked", Some("disabled")),
    ("restored_from_backup", None),
];

/// Hears which variants an enum has, and gives it none of them.
struct Variants<'a>(&'a mut Vec<&'static str>);

impl<'de> Deserializer<'de> for Variants<'_> {
    type Error = value::Error;

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, value::Error> {
        self.0.extend(variants);
        Err(value::Error::custom("heard"))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, value::Error> {
        Err(value::Error::custom("no enum"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

/// All kinds there are.
fn all_kinds() -> Vec<&'static str> {
    let mut kinds = Vec::new();
    EventKind::deserialize(Variants(&mut kinds)).unwrap_err();
    kinds
}

/// An event as a store gives it back, of which the user is to be told.
async fn event(world: &World, kind: &str, reason: Option<&str>) -> Event {
    let user = countersign::UserId::from(1_u64);
    if world.events(&user).await.is_empty() {
        world.enroll(1).await;
        request(world, &user).await.unwrap();
    }
    let event = world.events(&user).await.pop().unwrap();
    let mut json = serde_json::to_value(event).unwrap();
    json["kind"] = json!(kind);
    json["notify"] = json!(true);
    json["reason"] = reason.map_or(Value::Null, |reason| json!(reason));
    serde_json::from_value(json).unwrap()
}

fn message(world: &World, event: &Event) -> Notification {
    world
        .mfa
        .notification(std::slice::from_ref(event))
        .unwrap()
        .expect("the user is told")
}

/// The English text with names in the place of addresses.
fn text(message: &Notification) -> String {
    text_in(&English, message)
}

fn text_in(words: &dyn Words, message: &Notification) -> String {
    message.text(words, |link| match link {
        Link::Lock(_) => "LOCK".to_owned(),
        Link::Cancel(_) => "CANCEL".to_owned(),
        Link::Enroll(_) => "ENROLL".to_owned(),
        Link::Account => "ACCOUNT".to_owned(),
        other => panic!("what is {other:?}?"),
    })
}

#[tokio::test] // S-46, S-47
async fn each_kind_that_is_told_has_a_subject_and_a_text_of_its_own() {
    let world = recovery_world();
    for (words, account) in [
        (&English as &dyn Words, "Tests account"),
        (&German, "Konto bei Tests|Kontos bei Tests"),
    ] {
        let unlike_any = message(&world, &event(&world, "login_verified", None).await);
        let mut subjects = vec![unlike_any.subject(words)];
        let mut texts = vec![text_in(words, &unlike_any)];
        let always = TOLD.map(|kind| (kind, None));
        for (kind, reason) in always.into_iter().chain(TOLD_SOMETIMES) {
            let message = message(&world, &event(&world, kind, reason).await);
            let subject = message.subject(words);
            assert!(
                subject.starts_with("Tests: ") && !subject.contains('\n'),
                "{subject}"
            );
            assert!(
                subject.chars().count() <= 78,
                "one line of a mail (RFC 5322 2.1.1): {subject}"
            );
            let text = text_in(words, &message);
            assert!(
                kind == "restored_from_backup"
                    || account.split('|').any(|name| text.contains(name)),
                "{text}"
            );
            assert!(!text.contains("\n\n\n") && text.ends_with('\n') && !text.ends_with("\n\n"));
            subjects.push(subject);
            texts.push(text);
        }
        for all in [subjects, texts] {
            let mut different = all.clone();
            different.sort();
            different.dedup();
            assert_eq!(different.len(), all.len(), "{all:#?}");
        }
    }
}

#[tokio::test]
async fn a_mail_is_in_the_language_of_its_reader() {
    let world = recovery_world();
    let from = RequestContext::new()
        .ip(Ipv4Addr::new(192, 0, 2, 1).into())
        .user_agent("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0");
    let world = World {
        mfa: world.mfa.with_context(from),
        ..world
    };
    let alice = world.enroll(1).await;
    let first = world.mails.notifications().await.pop().unwrap();
    assert_eq!(
        first.subject(&German),
        "Tests: Bestätigung in zwei Schritten ist eingeschaltet"
    );
    assert_eq!(
        first.subject(&English),
        "Tests: Two-step verification is on"
    );

    world
        .sign_in(&alice.user, &alice.recovery[2])
        .await
        .unwrap();
    let used = world.mails.notifications().await.pop().unwrap();
    assert_eq!(
        used.subject(&German),
        "Tests: Wiederherstellungscode verwendet"
    );
    assert_eq!(
        text_in(&German, &used),
        "Der Wiederherstellungscode 3 Ihres Kontos bei Tests wurde verwendet. Er funktioniert nicht mehr.\n\n\
         Zeitpunkt: 15. Januar 2027, 08:00 Uhr (UTC)\n\
         Herkunft: IP-Adresse 192.0.2.1\n\
         Gerät: Firefox unter Linux\n\n\
         Wenn Sie das waren, müssen Sie nichts tun. Andernfalls ändern Sie jetzt Ihr Passwort und erstellen Sie neue \
         Wiederherstellungscodes.\n\n\
         Hier prüfen Sie Ihr Konto und ändern Ihr Passwort:\n\
         ACCOUNT\n\n\
         Wenn jemand anderes Zugriff auf Ihr Konto hat, sperren Sie es über diesen Link. Danach kann sich niemand anmelden, \
         bis Tests das Konto entsperrt:\n\
         LOCK\n"
    );
    assert_eq!(
        text(&used),
        "Recovery code 3 of your Tests account was used. It no longer works.\n\n\
         When: 15 January 2027, 08:00 UTC\n\
         Where: IP address 192.0.2.1\n\
         Device: Firefox on Linux\n\n\
         If this was you, no action is needed. If not, change your password now, and generate new recovery codes.\n\n\
         Check your account and change your password here:\n\
         ACCOUNT\n\n\
         If someone else has access to your account, lock it with this link. Nobody can sign in then until Tests unlocks it:\n\
         LOCK\n"
    );
}

#[tokio::test] // S-46
async fn every_kind_is_either_told_or_on_the_list_of_those_that_are_not() {
    let quiet = [
        "enrollment_started",
        "enrollment_refused",
        "enrollment_dropped",
        "enrollment_cancelled",
        "authenticator_renamed",
        "authenticator_imported",
        "login_verified",
        "login_abandoned",
        "login_trusted",
        "code_sent",
        "code_voided",
        "recovery_codes_imported",
        "recovery_codes_acknowledged",
        "recovery_sheet_downloaded",
        "recovery_granted",
        "recovery_expired",
        "step_up_granted",
        "step_up_used",
        "password_changed",
        "registered",
        "record_replaced",
        "erased",
        "unknown",
        "upstream_mfa_accepted",
        "grace_began",
        "login_waived",
        "login_insisted",
    ];
    let sometimes = [
        "login_refused",
        "reauthentication_refused",
        "device_revoked",
        "restored_from_backup",
    ];
    let mut listed: Vec<_> = TOLD.iter().chain(&quiet).chain(&sometimes).collect();
    listed.sort();
    let mut all = all_kinds();
    all.sort();
    assert_eq!(all.iter().collect::<Vec<_>>(), listed);
}

#[tokio::test] // S-46
async fn each_link_stands_where_it_helps() {
    let world = recovery_world();
    for kind in all_kinds() {
        let event = event(&world, kind, None).await;
        let links = world.mfa.links_for(&event).unwrap();
        let waits = ["requested", "reminded", "restarted", "opened"];
        let cancels = waits.iter().any(|step| kind == format!("recovery_{step}"));
        assert_eq!(links.cancel.is_some(), cancels, "{kind}");
        assert_eq!(links.enroll.is_some(), kind == "reset");
        let pointless = ["locked", "erased"].contains(&kind);
        assert_eq!(links.lock.is_none(), pointless, "{kind}");
        let text = text(&message(&world, &event));
        assert_eq!(text.contains("CANCEL"), cancels, "{kind}");
        assert_eq!(text.contains("ENROLL"), kind == "reset", "{kind}");
        assert_eq!(text.contains("LOCK"), !pointless, "{kind}");
    }
}

#[tokio::test]
async fn the_text_says_when_and_from_where_the_user_acted() {
    let world = recovery_world();
    let from = RequestContext::new()
        .ip(Ipv4Addr::new(192, 0, 2, 1).into())
        .user_agent("Firefox\r\nBcc: everybody");
    let world = World {
        mfa: world.mfa.with_context(from),
        ..world
    };
    let user = world.enroll(1).await.user;
    let bound = world.events(&user).await.remove(1);
    let said = text(&message(&world, &bound));
    // 1,800,000,000 by `date -u -d @1800000000 '+%F %H:%M UTC'`.
    assert!(
        said.contains("When: 15 January 2027, 08:00 UTC\n"),
        "{said}"
    );
    // What a browser calls itself is anybody's text.
    assert!(said.contains("Where: IP address 192.0.2.1\n"), "{said}");
    assert!(!said.contains("everybody"), "{said}");

    request(&world, &user).await.unwrap();
    let requested = world.events(&user).await.pop().unwrap();
    let said = text(&message(&world, &requested));
    assert!(
        said.contains("from 18 January 2027, 08:00 UTC on"),
        "{said}"
    );

    // Where an administrator sits or the scheduler runs is nothing to the user.
    world.forward(48 * HOUR);
    world.directory.run_due(world.clock.time()).await.unwrap();
    let by = Administrator::new("root").because("called");
    world.mfa.admin_lock_account(&user, by).await.unwrap();
    for event in world.events(&user).await.into_iter().rev().take(2) {
        let said = text(&message(&world, &event));
        assert!(!said.contains("192.0.2.1"), "{:?}: {said}", event.kind);
    }
}

/// How a link was refused, if it was.
async fn press(world: &World, links: &Links, link: &str) -> Option<Denial> {
    fn token<S: countersign::token::Scope>(of: &Option<Token<S>>) -> &Token<S> {
        of.as_ref().expect("there is one")
    }
    match link {
        "lock" => denied(world.mfa.lock_account_by_token(token(&links.lock)).await).err(),
        "cancel" => {
            let cancel = token(&links.cancel);
            denied(world.mfa.cancel_delayed_recovery_by_token(cancel).await).err()
        }
        _ => start(world, token(&links.enroll)).await.err(),
    }
}

#[tokio::test] // S-34
async fn a_link_that_is_made_late_is_as_old_as_its_event() {
    for (link, last) in [("lock", 7 * DAY), ("enroll", DAY)] {
        for (delivered, pressed, good) in [
            (0, last - 1, true),
            (last - 1, last - 1, true),
            (0, last, false),
            (last - 1, last, false),
            (last, last, false),
            (last + DAY, last + DAY, false),
        ] {
            let world = recovery_world();
            let user = world.enroll(1).await.user;
            let by = Administrator::new("root").because("lost phone");
            world.mfa.admin_reset_account(&user, by).await.unwrap();
            let event = world.events(&user).await.pop().unwrap();
            world.forward(delivered);
            let links = world.mfa.links_for(&event).unwrap();
            world.forward(pressed - delivered);
            let refused = press(&world, &links, link).await;
            let expired = (!good).then_some(Denial::TokenExpired);
            assert_eq!(refused, expired, "{link} after {delivered} and {pressed} s");
        }
    }
}

/// Whoever writes to the database can put the events of two users into one row of an outbox.
#[tokio::test]
async fn a_message_to_one_user_carries_no_link_of_another() {
    let world = recovery_world();
    let victim = world.enroll(1).await.user;
    let by = Administrator::new("root").because("lost phone");
    world.mfa.admin_reset_account(&victim, by).await.unwrap();
    let reset = world.events(&victim).await.pop().unwrap();
    let mallory = world.enroll(2).await.user;
    let mut own = reset.clone();
    (own.user, own.kind, own.case) = (mallory, EventKind::Locked, None);

    let message = world
        .mfa
        .notification(&[own, reset.clone()])
        .unwrap()
        .unwrap();
    assert!(message.others().is_empty());
    assert!(message.links().enroll.is_none());
    let message = world.mfa.notification(&[reset]).unwrap().unwrap();
    assert!(message.links().enroll.is_some());
}

#[tokio::test]
async fn a_cancel_link_is_good_to_the_last_second_of_a_recovery() {
    let world = recovery_world();
    let user = world.enroll(1).await.user;
    request(&world, &user).await.unwrap();
    let requested = world.events(&user).await.pop().unwrap();
    let links = world.mfa.links_for(&requested).unwrap();
    for _ in 0..2 {
        world.forward(71 * HOUR);
        world.sign_in(&user, WRONG_CODE).await.unwrap_err();
    }
    world.forward(4 * DAY - 1);
    assert!(recovery_of(&world, &user).await.is_some());
    assert_eq!(press(&world, &links, "cancel").await, None);
    assert!(recovery_of(&world, &user).await.is_none());
}

#[tokio::test]
async fn what_is_blocked_is_named() {
    let world = recovery_world();
    for (factor, name) in [
        ("authenticator", "the codes of the authenticators"),
        ("recovery_code", "the recovery codes"),
        ("email_code", "the codes by email"),
    ] {
        let event = event(&world, "factor_blocked", None).await;
        let mut json = serde_json::to_value(event).unwrap();
        json["factor"] = json!(factor);
        let event: Event = serde_json::from_value(json).unwrap();
        let text = text(&message(&world, &event));
        assert!(text.contains(&format!("in a row, {name} of")), "{text}");
    }
}

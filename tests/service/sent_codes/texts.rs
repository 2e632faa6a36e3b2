//! The texts that carry a code.

use countersign::Policy;
use countersign::notify::{Channel, SentCode};
use countersign::words::{English, German, Words};

use crate::sent_codes::codes::Office;
use crate::sent_codes::phone::sent;

/// A code of a service with this name.
async fn code_of(issuer: &str) -> SentCode {
    let policy = Policy::new("tests", issuer)
        .email_codes(true)
        .sms_codes(true);
    let office = Office::with(policy).await;
    let challenge = office.challenge().await;
    sent(&office, Channel::Sms, &challenge).await.unwrap();
    let (_, code) = office.world.mails.codes().pop().unwrap();
    code
}

#[tokio::test] // S-73
async fn a_text_message_begins_with_the_code_and_ends_with_the_domain_that_it_is_for() {
    let code = code_of("Acme").await;
    let digits = code.expose_digits();
    let text = code.expose_sms(&English, Some("acme.example"));
    assert!(
        text.starts_with(&format!("{} is your ", *digits)),
        "{}",
        *text
    );
    // The last line of the format, with nothing behind it.
    let last = text.rsplit('\n').next().unwrap();
    assert_eq!(last, format!("@acme.example #{}", *digits));
    assert!(text.is_ascii() && text.len() <= 160, "{}", *text);

    let bare = code.expose_sms(&English, None);
    assert!(!bare.contains('@') && !bare.contains('\n'), "{}", *bare);
    for not_a_domain in ["https://acme.example", "acme.example\nx", "émile.example"] {
        assert_eq!(
            code.expose_sms(&English, Some(not_a_domain)),
            bare,
            "{not_a_domain}"
        );
    }
    assert_eq!(code.expose_sms(&English, Some(&"x".repeat(65))), bare);
}

#[tokio::test] // S-73
async fn a_text_message_takes_one_segment_whatever_the_names() {
    let domain = "x".repeat(64);
    for issuer in [
        "Acme",
        &"A long name ".repeat(8),
        &"€".repeat(40),
        "Ömer & Søn",
    ] {
        let code = code_of(issuer.trim()).await;
        let languages: [&dyn Words; 2] = [&English, &German];
        let domains = [None, Some(domain.as_str()), Some("acme.example")];
        for (words, domain) in languages
            .into_iter()
            .flat_map(|words| domains.map(|domain| (words, domain)))
        {
            let text = code.expose_sms(words, domain);
            // The euro sign is the only letter here that takes two.
            let length = text.chars().count() + text.matches('€').count();
            assert!(length <= 160, "{length}: {}", *text);
            assert!(text.contains(issuer.chars().next().unwrap()), "{}", *text);
            let line = domain.map(|domain| format!("\n\n@{domain} #"));
            assert!(line.is_none_or(|line| text.contains(&line)), "{}", *text);
        }
    }
    // A name of other letters would halve the room, so that the domain names the site.
    let code = code_of("日本").await;
    let text = code.expose_sms(&English, Some("acme.example"));
    assert!(text.contains(" for acme.example."), "{}", *text);
    assert!(code.expose_sms(&English, None).contains("日本"));
}

#[tokio::test]
async fn a_voice_reads_each_digit_by_itself_and_all_of_them_twice() {
    let code = code_of("Acme").await;
    let spelled: String = code
        .expose_digits()
        .chars()
        .map(|digit| format!("{digit}. "))
        .collect();
    let speech = code.expose_speech(&English);
    assert_eq!(speech.matches(&spelled).count(), 2, "{}", *speech);
    assert!(speech.contains("Acme") && speech.contains("change your password"));
}

#[tokio::test] // S-72
async fn a_mail_has_the_link_in_its_fragment_if_there_is_a_page() {
    let office = Office::new().await;
    let challenge = office.challenge().await;
    office.mailed(&challenge).await;
    let (_, mail) = office.world.mails.codes().pop().unwrap();
    let token = mail.void_token().unwrap().expose();
    let text = mail.expose_mail(&English, Some("https://acme.example/void"));
    assert!(
        text.contains(&format!("\nhttps://acme.example/void#{token}\n")),
        "{}",
        *text
    );
    let bare = mail.expose_mail(&English, None);
    assert!(!bare.contains("http") && text.starts_with(&*bare));
}

//! The counters of a service, served for Prometheus.
//!
//! `cargo run --example metrics`, then `curl http://127.0.0.1:9464/metrics`.

use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;

use countersign::keys::Keyring;
use countersign::store::MemoryStore;
use countersign::testing::Phone;
use countersign::{FirstFactor, Login, Mfa, Policy, UserId};
use metrics_exporter_prometheus::PrometheusBuilder;

fn main() -> Result<(), Box<dyn Error>> {
    // Before the first operation: what was counted earlier is lost.
    let counters = PrometheusBuilder::new().install_recorder()?;
    pollster::block_on(some_logins())?;

    // An application serves this from a route of its own, which only its Prometheus can reach.
    let listener = TcpListener::bind("127.0.0.1:9464")?;
    println!("http://{}/metrics", listener.local_addr()?);
    for connection in listener.incoming() {
        let mut connection = connection?;
        let request = BufReader::new(connection.try_clone()?).lines();
        request
            .take_while(|line| line.as_ref().is_ok_and(|line| !line.is_empty()))
            .for_each(drop);
        let page = counters.render();
        let length = page.len();
        write!(
            connection,
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{page}"
        )?;
    }
    Ok(())
}

/// A user who enrols, mistypes a code, and signs in.
async fn some_logins() -> Result<(), Box<dyn Error>> {
    let keyring: Keyring = "2026:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".parse()?;
    let policy = Policy::new("acme-prod", "Acme");
    let mfa = Mfa::builder(MemoryStore::new())
        .keys(keyring)
        .policy(policy)
        .build()?;
    let alice = UserId::from(42_u64);
    let password = || mfa.now().map(FirstFactor::password_at);

    let setup = mfa
        .start_enrollment(&alice, "alice@example.com", password()?)
        .await?;
    let phone = Phone::scan(&setup.uri);
    let enrolled = mfa
        .confirm_enrollment(&setup.token, &phone.code_at(mfa.now()?))
        .await?;
    let codes = enrolled
        .recovery_codes
        .ok_or("the first enrolment issues codes")?
        .deliver();

    let Login::Challenge(challenge) = mfa.begin_login(&alice, password()?).await? else {
        return Err("she is enrolled".into());
    };
    let wrong = phone.wrong_code_at(mfa.now()?);
    let refused = mfa.answer_challenge(&challenge.token, &wrong).await;
    assert!(refused.is_err());
    let recovery_code = codes.codes()[0].expose();
    mfa.answer_challenge(&challenge.token, recovery_code.as_str())
        .await?;
    Ok(())
}

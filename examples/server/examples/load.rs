//! How many second steps a second: `POST /auth/mfa/verify` over loopback, each with another user and a fresh challenge.
//!
//! ```text
//! cargo run --release -p countersign-demo --example load                       # SQLite, in a temporary folder
//! crates/countersign-sqlx/tests/postgres.sh \
//!     cargo run --release -p countersign-demo --example load -- --postgres     # a throwaway PostgreSQL
//! ```
//!
//! `--logins N` (20,000) and `--connections N` (16) are the rest. Server, load and PostgreSQL share the machine. Users are enrolled
//! and passwords taken for right beforehand: neither is measured. Nothing is logged.

use std::error::Error;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use clap::Parser;
use countersign::keys::Keyring;
use countersign::otp::Totp;
use countersign::store::UserStore;
use countersign::time::{Clock, SystemClock, Timestamp};
use countersign::{Login, Mfa, PasswordCheck, UserId};
use countersign_demo::testing::{Running, SteppedClock, postgres, sqlite};
use countersign_demo::{SecretText, Settings};
use countersign_sqlx::{PostgresStore, SqliteStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

type Failed = Box<dyn Error + Send + Sync>;

#[derive(Parser)]
struct Load {
    /// On the PostgreSQL server of COUNTERSIGN_TEST_POSTGRES
    #[arg(long)]
    postgres: bool,
    /// Second steps, each of another user
    #[arg(long, default_value_t = 20_000)]
    logins: usize,
    /// Connections that ask at the same time
    #[arg(long, default_value_t = 16)]
    connections: usize,
}

const KEYS: &str = "load:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

#[tokio::main]
async fn main() -> Result<(), Failed> {
    let load = Load::parse();
    let folder = tempfile::tempdir()?;
    let settings = match load.postgres {
        true => postgres().await,
        false => sqlite(folder.path()),
    };
    let settings = Settings {
        keys: Some(SecretText::from(KEYS)),
        ..settings
    };
    let clock = SteppedClock::at(SystemClock.now()?);
    let demo = Running::start(settings.clone(), clock.clone()).await?;
    let url = settings.database_url.expose();
    let requests = if load.postgres {
        let store = PostgresStore::connect(url).await?;
        let insert = async |user: &UserId| {
            sqlx::query(INSERT)
                .bind(user.as_str())
                .execute(store.pool())
                .await
                .map(drop)
        };
        prepare(&load, &settings, &clock, store.clone(), insert).await?
    } else {
        let store = SqliteStore::open(url.trim_start_matches("sqlite:")).await?;
        let insert = async |user: &UserId| {
            sqlx::query(INSERT)
                .bind(user.as_str())
                .execute(store.pool())
                .await
                .map(drop)
        };
        prepare(&load, &settings, &clock, store.clone(), insert).await?
    };

    let address: SocketAddr = demo.origin().trim_start_matches("http://").parse()?;
    let begun = Instant::now();
    let shares = share(requests, load.connections).into_iter();
    let tasks: Vec<_> = shares
        .map(|share| tokio::spawn(ask(address, share)))
        .collect();
    let mut times = Vec::with_capacity(load.logins);
    for task in tasks {
        times.extend(task.await??);
    }
    let elapsed = begun.elapsed();
    times.sort();
    let at = |percent: usize| times[(times.len() - 1) * percent / 100].as_secs_f64() * 1000.0;
    println!(
        "{} second steps by {} connections: {:.0} a second; p50 {:.2} ms, p99 {:.2} ms; peak memory of server and load {}",
        times.len(),
        load.connections,
        times.len() as f64 / elapsed.as_secs_f64(),
        at(50),
        at(99),
        peak_memory().unwrap_or_default(),
    );
    demo.stop().await?;
    Ok(())
}

/// `$1` is both: nobody signs in with these passwords.
const INSERT: &str = "INSERT INTO demo_users (id, email, password, created_at, confirmed_at) VALUES ($1, $1, '', 0, 0)";

/// Enrols so many users, lets their passwords be right, and writes the requests of their second steps.
async fn prepare<S: UserStore + 'static>(
    load: &Load,
    settings: &Settings,
    clock: &SteppedClock,
    store: S,
    insert: impl AsyncFn(&UserId) -> Result<(), sqlx::Error>,
) -> Result<Vec<Vec<u8>>, Failed>
where
    S::Error: 'static,
{
    let keyring: Keyring = KEYS.parse()?;
    let mfa = Mfa::builder(store).keys(keyring).policy(settings.policy());
    let mfa = mfa.clock(clock.clone()).build()?;
    let mut enrolled = Vec::with_capacity(load.logins);
    for number in 0..load.logins {
        let user = UserId::new(format!("load-{number}"))?;
        insert(&user).await?;
        let password = PasswordCheck::passed_at(mfa.now()?);
        let setup = mfa.start_enrollment(&user, "load", password).await?;
        let totp = Totp::new(&setup.secret, settings.policy().totp_params());
        let code = totp.code_at(mfa.now()?).expose_digits();
        mfa.confirm_enrollment(&setup.token, code.as_str()).await?;
        enrolled.push((user, totp));
    }
    // The codes that confirmed are spent.
    clock.step(Duration::from_secs(60));
    let mut requests = Vec::with_capacity(load.logins);
    for (user, totp) in &enrolled {
        let Login::Challenge(challenge) = mfa.begin_login(user).await? else {
            return Err("a user has no second factor".into());
        };
        requests.push(request(challenge.token.expose(), totp, mfa.now()?));
    }
    Ok(requests)
}

fn request(token: &str, totp: &Totp, now: Timestamp) -> Vec<u8> {
    let code = totp.code_at(now).expose_digits();
    let body = format!(r#"{{"mfaTempToken":"{token}","code":"{}"}}"#, *code);
    let head = "POST /auth/mfa/verify HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ";
    format!("{head}{}\r\n\r\n{body}", body.len()).into_bytes()
}

fn share(requests: Vec<Vec<u8>>, among: usize) -> Vec<Vec<Vec<u8>>> {
    let mut shares = vec![Vec::new(); among];
    for (number, request) in requests.into_iter().enumerate() {
        shares[number % among].push(request);
    }
    shares
}

/// Asks one after the other on one connection, and says how long each took.
async fn ask(address: SocketAddr, requests: Vec<Vec<u8>>) -> Result<Vec<Duration>, Failed> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut times = Vec::with_capacity(requests.len());
    let mut answer = Vec::with_capacity(4096);
    for request in requests {
        let begun = Instant::now();
        stream.write_all(&request).await?;
        answer.clear();
        while !is_whole(&answer) {
            if stream.read_buf(&mut answer).await? == 0 {
                return Err("the connection was closed".into());
            }
        }
        times.push(begun.elapsed());
        if !answer.starts_with(b"HTTP/1.1 200 ") {
            return Err(String::from_utf8_lossy(&answer).into_owned().into());
        }
    }
    Ok(times)
}

/// Whether head and body are there.
fn is_whole(answer: &[u8]) -> bool {
    let Some(end) = answer.windows(4).position(|window| window == b"\r\n\r\n") else {
        return false;
    };
    let head = String::from_utf8_lossy(&answer[..end]);
    let mut lines = head.lines();
    let length = lines.find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    answer.len() >= end + 4 + length.unwrap_or(0)
}

fn peak_memory() -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
    Some(line.trim_start_matches("VmHWM:").trim().to_owned())
}

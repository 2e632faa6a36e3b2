//! The load: open connections, each with one request at a time.

use std::time::{Duration, Instant};

use countersign::time::{Clock, SystemClock};
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::people::Ready;
use crate::process::Failure;

/// The measured times.
pub(crate) struct Measured {
    elapsed: Duration,
    /// The times of the requests, the shortest first.
    took: Vec<Duration>,
}

impl Measured {
    pub(crate) fn per_second(&self) -> f64 {
        self.took.len() as f64 / self.elapsed.as_secs_f64()
    }

    /// The time in milliseconds that `permille` of the requests did not exceed.
    pub(crate) fn quantile(&self, permille: usize) -> f64 {
        let last = self.took.len() - 1;
        self.took[last * permille / 1000].as_secs_f64() * 1000.0
    }
}

/// Completes all logins.
pub(crate) async fn run(
    address: &str,
    logins: Vec<Ready>,
    connections: usize,
) -> Result<Measured, Failure> {
    let mut shares: Vec<Vec<Ready>> = (0..connections).map(|_| Vec::new()).collect();
    for (number, login) in logins.into_iter().enumerate() {
        shares[number % connections].push(login);
    }
    let begun = Instant::now();
    let tasks: Vec<_> = shares
        .into_iter()
        .map(|share| tokio::spawn(answer_all(address.to_owned(), share)))
        .collect();
    let mut took = Vec::new();
    for task in tasks {
        took.extend(task.await??);
    }
    let elapsed = begun.elapsed();
    took.sort_unstable();
    Ok(Measured { elapsed, took })
}

async fn answer_all(address: String, share: Vec<Ready>) -> Result<Vec<Duration>, Failure> {
    let stream = TcpStream::connect(&address).await?;
    stream.set_nodelay(true)?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let mut took = Vec::with_capacity(share.len());
    for Ready { challenge, app } in share {
        let code = app.code_at(SystemClock.now()?).expose_digits();
        let body = format!(
            r#"{{"mfaTempToken":"{challenge}","code":"{}"}}"#,
            code.as_str()
        );
        let request = Request::post("/auth/mfa/verify")
            .header("host", &address)
            .header("content-type", "application/json")
            .body(Full::new(Bytes::from(body)))?;
        let begun = Instant::now();
        sender.ready().await?;
        let response = sender.send_request(request).await?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        took.push(begun.elapsed());
        if !status.is_success() {
            return Err(format!("{status}: {}", String::from_utf8_lossy(&body)).into());
        }
    }
    Ok(took)
}

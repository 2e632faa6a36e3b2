//! A client over plain sockets, which may be slow and may hang up.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use countersign::testing::SeededRng;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::ledger::{Act, End, Ledger};

/// The time limit of the service for a head, and for a body.
pub(crate) const PATIENCE: Duration = Duration::from_secs(3);
/// No request and no restart takes as long.
const LONG: Duration = Duration::from_secs(60);
/// A client that hangs up does so within this time.
const RESTLESS: usize = 60_000;

/// The cookies of a browser.
pub(crate) type Jar = BTreeMap<String, String>;

/// Sends requests, and writes down what became of each.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) ledger: Arc<Ledger>,
    /// `localhost:PORT` of the running service.
    pub(crate) address: watch::Receiver<String>,
    pub(crate) random: SeededRng,
    /// Whether requests are cut off and slow.
    pub(crate) unruly: bool,
}

/// A request.
pub(crate) struct Ask<'a> {
    pub(crate) act: Act,
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) body: Option<Value>,
    pub(crate) step_up: Option<&'a str>,
}

/// The answer to a request, if it was read.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Its number, method and path.
    pub(crate) request: String,
    pub(crate) end: End,
    pub(crate) body: Value,
}

enum Manner {
    Plain,
    /// Sends so many bytes at a time, with pauses.
    Slow(usize),
    /// Closes after so many bytes.
    CutsOff(usize),
    /// Sends all of it, and closes after a while.
    HangsUp(Duration),
}

impl Ask<'_> {
    pub(crate) fn get(path: &str) -> Ask<'_> {
        Ask {
            act: Act::Look,
            method: "GET",
            path,
            body: None,
            step_up: None,
        }
    }

    pub(crate) fn post(act: Act, path: &str, body: Value) -> Ask<'_> {
        Ask {
            act,
            method: "POST",
            path,
            body: Some(body),
            step_up: None,
        }
    }

    fn bytes(&self, number: usize, address: &str, jar: &Jar) -> Vec<u8> {
        let Self { method, path, .. } = self;
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {address}\r\nOrigin: http://{address}\r\n\
             User-Agent: load/{number}\r\nConnection: close\r\n"
        );
        if !jar.is_empty() {
            let pairs: Vec<_> = jar
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            head += &format!("Cookie: {}\r\n", pairs.join("; "));
        }
        if let Some(token) = self.step_up {
            head += &format!("X-Step-Up-Token: {token}\r\n");
        }
        let body = self.body.as_ref().map(Value::to_string);
        if let Some(body) = &body {
            let length = body.len();
            head += &format!("Content-Type: application/json\r\nContent-Length: {length}\r\n");
        }
        format!("{head}\r\n{}", body.unwrap_or_default()).into_bytes()
    }
}

impl Client {
    /// Sends a request until the service is there to take it.
    pub(crate) async fn ask(&mut self, jar: &mut Jar, ask: Ask<'_>) -> Answer {
        loop {
            let number = self.ledger.open(ask.act);
            let request = format!("{number} {} {}", ask.method, ask.path);
            let address = self.address.borrow_and_update().clone();
            let bytes = ask.bytes(number, &address, jar);
            let manner = self.manner(bytes.len());
            let Ok(stream) = connect(&address).await else {
                self.ledger.close(number, End::NotSent);
                let changed = timeout(LONG, self.address.changed()).await;
                changed.expect("the service comes back").unwrap();
                continue;
            };
            let ended = timeout(LONG, exchange(stream, &bytes, &manner)).await;
            let (end, body) = match ended.expect("a request ends") {
                Ok(answer) => understood(&answer, jar),
                Err(end) => (end, Value::Null),
            };
            self.ledger.close(number, end.clone());
            if let End::Answered(status, _) = end {
                let slow = matches!(manner, Manner::Slow(_)) && status == 400;
                let fault = status >= 500 || (status == 400 && !slow);
                assert!(!fault, "{request}: {end:?} {body}");
            }
            return Answer { request, end, body };
        }
    }

    fn manner(&self, length: usize) -> Manner {
        if !self.unruly {
            return Manner::Plain;
        }
        match self.random.below(30) {
            0 => Manner::CutsOff(self.random.below(length)),
            1..=3 => {
                let pause = self.random.below(RESTLESS);
                Manner::HangsUp(Duration::from_micros(pause as u64))
            }
            4 => Manner::Slow(1 + length / (2 + self.random.below(6))),
            _ => Manner::Plain,
        }
    }
}

pub(crate) async fn connect(address: &str) -> io::Result<TcpStream> {
    let (_, port) = address.rsplit_once(':').unwrap();
    TcpStream::connect(("127.0.0.1", port.parse().unwrap())).await
}

/// Sends a request and reads its whole answer, or tells how it ended without one.
async fn exchange(mut stream: TcpStream, bytes: &[u8], manner: &Manner) -> Result<Vec<u8>, End> {
    let mut answer = Vec::new();
    let unknown = |_: io::Error| End::Unknown;
    match manner {
        Manner::CutsOff(sent) => {
            let _ = stream.write_all(&bytes[..*sent]).await;
            return Err(End::NotSent);
        }
        Manner::Slow(piece) => {
            for piece in bytes.chunks(*piece) {
                stream.write_all(piece).await.map_err(unknown)?;
                // Slowness is what this client is for.
                tokio::time::sleep(PATIENCE / 30).await;
            }
        }
        Manner::Plain | Manner::HangsUp(_) => stream.write_all(bytes).await.map_err(unknown)?,
    }
    let read = stream.read_to_end(&mut answer);
    match manner {
        Manner::HangsUp(after) => {
            let read = timeout(*after, read).await;
            read.map_err(|_| End::Unknown)?.map_err(unknown)?;
        }
        _ => {
            read.await.map_err(unknown)?;
        }
    }
    match whole(&answer) {
        true => Ok(answer),
        false => Err(End::Unknown),
    }
}

/// The head of an answer, and its body.
fn parts(answer: &[u8]) -> Option<(&str, &[u8])> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    Some((str::from_utf8(&answer[..end]).ok()?, &answer[end + 4..]))
}

fn fields<'a>(head: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    let pairs = head.lines().filter_map(|line| line.split_once(": "));
    pairs.filter_map(move |(found, value)| found.eq_ignore_ascii_case(name).then_some(value))
}

fn whole(answer: &[u8]) -> bool {
    parts(answer).is_some_and(|(head, body)| {
        let length = fields(head, "content-length").next();
        length.is_none_or(|length| length.parse() == Ok(body.len()))
    })
}

/// Keeps the cookies of an answer, and reads the rest.
fn understood(answer: &[u8], jar: &mut Jar) -> (End, Value) {
    let (head, body) = parts(answer).unwrap();
    for cookie in fields(head, "set-cookie") {
        let pair = cookie.split(';').next().unwrap();
        let (name, value) = pair.split_once('=').unwrap();
        match value {
            "" => jar.remove(name),
            _ => jar.insert(name.to_owned(), value.to_owned()),
        };
    }
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let code = body["code"].as_str().map(str::to_owned);
    (End::Answered(status, code), body)
}

//! Clients that send a request slowly, in part or not at all.

use std::io;
use std::time::Duration;

use countersign_demo::Settings;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::support::Demo;

/// Longer than any test needs, but shorter than the default limits of the demo.
const LONG: Duration = Duration::from_secs(25);
const SHORT: Duration = Duration::from_millis(250);

const HEAD: &str = "POST /auth/login HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n";
const BODY: &str = r#"{"email":"nobody@example.com","password":"correct horse"}"#;

async fn impatient() -> Demo {
    let change = |settings| Settings {
        header_timeout: SHORT,
        body_timeout: SHORT,
        ..settings
    };
    Demo::with(change).await
}

async fn connect(demo: &Demo) -> TcpStream {
    let address = demo.running.origin().strip_prefix("http://").unwrap();
    TcpStream::connect(address).await.unwrap()
}

/// Reads the response until the server closes the connection.
async fn rest(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let closed = timeout(LONG, stream.read_to_end(&mut answer)).await;
    judged(closed.expect("the connection is closed").map(drop), answer)
}

/// Reads the response while the client sends one byte after another.
async fn rest_of_a_trickle(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let trickle = async {
        loop {
            stream.write_all(b"a").await?;
            let mut bytes = [0; 1024];
            // A short wait for the response, before the next byte.
            let read = timeout(Duration::from_millis(5), stream.read(&mut bytes)).await;
            match read {
                Ok(Ok(0)) => return Ok(()),
                Ok(read) => answer.extend_from_slice(&bytes[..read?]),
                Err(_) => {}
            }
        }
    };
    let closed = timeout(LONG, trickle).await;
    judged(closed.expect("the connection is closed"), answer)
}

/// The system resets a connection that closes with unread bytes, so that a reset counts as a close.
fn judged(closed: io::Result<()>, answer: Vec<u8>) -> String {
    if let Err(error) = closed {
        let kinds = [io::ErrorKind::ConnectionReset, io::ErrorKind::BrokenPipe];
        assert!(kinds.contains(&error.kind()), "{error}");
    }
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn a_head_that_does_not_arrive_in_time_is_not_waited_for() {
    let demo = impatient().await;
    for begun in ["", "GET", "GET /healthz HTTP/1.1\r\nHost: here\r\nX-A: "] {
        let mut stream = connect(&demo).await;
        stream.write_all(begun.as_bytes()).await.unwrap();
        assert_eq!(rest(&mut stream).await, "", "{begun:?}");
    }
    let mut stream = connect(&demo).await;
    let begun = "GET /healthz HTTP/1.1\r\nHost: here\r\nX-A: ";
    stream.write_all(begun.as_bytes()).await.unwrap();
    assert_eq!(rest_of_a_trickle(&mut stream).await, "");
}

#[tokio::test]
async fn a_connection_that_lies_idle_is_closed() {
    let demo = impatient().await;
    let mut stream = connect(&demo).await;
    let request = "GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let answer = rest(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(!answer.contains("connection: close"), "{answer}");
}

#[tokio::test]
async fn a_body_that_does_not_arrive_in_time_is_not_waited_for() {
    let demo = impatient().await;
    for [length, begun] in [
        ["Content-Length: 1000", ""],
        ["Content-Length: 1000", "{\"email\":"],
        ["Transfer-Encoding: chunked", "a\r\n{\"email\":"],
    ] {
        let mut stream = connect(&demo).await;
        let request = format!("{HEAD}{length}\r\n\r\n{begun}");
        stream.write_all(request.as_bytes()).await.unwrap();
        let answer = rest(&mut stream).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
        assert!(answer.contains("\"malformed_body\""), "{answer}");
    }
    let mut stream = connect(&demo).await;
    let request = format!("{HEAD}Content-Length: 15000\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let answer = rest_of_a_trickle(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
}

#[tokio::test]
async fn a_body_may_come_in_pieces_and_a_connection_serves_one_request_after_another() {
    let demo = Demo::start().await;
    let mut stream = connect(&demo).await;
    for connection in ["keep-alive", "close"] {
        let length = BODY.len();
        let head = format!("{HEAD}Connection: {connection}\r\nContent-Length: {length}\r\n\r\n");
        for piece in [&*head, &BODY[..10], &BODY[10..]] {
            stream.write_all(piece.as_bytes()).await.unwrap();
            tokio::task::yield_now().await;
        }
    }
    let answers = rest(&mut stream).await;
    assert_eq!(answers.matches("HTTP/1.1 401 ").count(), 2, "{answers}");
    assert_eq!(
        answers.matches("\"invalid_credentials\"").count(),
        2,
        "{answers}"
    );
}

#[tokio::test]
async fn whoever_holds_a_connection_open_does_not_hold_up_the_end() {
    let demo = Demo::start().await;
    let mut idle = connect(&demo).await;
    let request = "GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n";
    idle.write_all(request.as_bytes()).await.unwrap();
    let mut first = [0; 12];
    idle.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");
    let stopped = timeout(LONG, demo.running.stop()).await;
    stopped.expect("it stops").unwrap();
    rest(&mut idle).await;
}

//! The guide's server keeps the contract.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

#[path = "../../../../crates/countersign-http/tests/adapter/mod.rs"]
mod adapter;
#[path = "../src/main.rs"]
#[allow(dead_code, reason = "the test has a `main` of its own")]
mod guide;

use std::net::TcpListener;
use std::thread;

#[test]
fn the_server_of_the_guide_answers_as_the_contract_does() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let system = actix_web::rt::System::new();
        system.block_on(async { guide::serve(listener).unwrap().await })
    });
    adapter::examine(address, format!("http://{address}"));
}

//! axum keeps the contract, in the example's server.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

#[path = "../../countersign-http/tests/adapter/mod.rs"]
mod adapter;
#[path = "../examples/embedded.rs"]
#[allow(dead_code, reason = "the test has a `main` of its own")]
mod embedded;

use std::net::SocketAddr;

#[tokio::test(flavor = "multi_thread")]
async fn the_server_of_the_example_answers_as_the_contract_does() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let origin = format!("http://localhost:{}", address.port());
    let router = embedded::application(&origin).unwrap();
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async { axum::serve(listener, service).await });
    let examined = tokio::task::spawn_blocking(move || adapter::examine(address, origin));
    examined.await.unwrap();
}

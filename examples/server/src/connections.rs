//! Connections, with time limits for the head and for the body of a request.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Request};
use axum::serve::{Listener, ListenerExt};
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio::time::Sleep;
use tower::ServiceExt;

/// Time limits of a client. A connection that exceeds one is closed or its request fails.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// For the head of a request, from the opening of the connection or from the last response.
    pub(crate) head: Duration,
    /// For the whole body, from the end of the head.
    pub(crate) body: Duration,
}

/// Serves until `shutdown` completes, and then lets open requests finish.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    patience: Patience,
    shutdown: impl Future<Output = ()> + Send,
) {
    // Responses are small, and a client waits for each.
    let mut listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(patience.head);
    let under_way = GracefulShutdown::new();
    tokio::pin!(shutdown);
    loop {
        let (stream, address) = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut shutdown => break,
        };
        let router = router.clone();
        let service = service_fn(move |request| {
            let request = received(request, address, patience.body);
            router.clone().oneshot(request)
        });
        let connection = http.serve_connection(TokioIo::new(stream), service);
        let connection = under_way.watch(connection);
        tokio::spawn(async move {
            // Malformed requests, timeouts and closed connections are the client's business and not
            // logged.
            let _ = connection.await;
        });
    }
    drop(listener);
    // A client that keeps its connection open must not delay the shutdown.
    let _ = tokio::time::timeout(LAST_ANSWERS, under_way.shutdown()).await;
}

/// How long open requests may take after the shutdown has begun.
const LAST_ANSWERS: Duration = Duration::from_secs(10);

/// Converts a request for the router, with the client's address and a time limit for the body.
fn received(request: hyper::Request<Incoming>, address: SocketAddr, patience: Duration) -> Request {
    let (mut head, body) = request.into_parts();
    head.extensions.insert(ConnectInfo(address));
    let body = if body.is_end_stream() {
        Body::empty()
    } else {
        Body::new(Timely {
            body,
            deadline: Box::pin(tokio::time::sleep(patience)),
        })
    };
    Request::from_parts(head, body)
}

/// A body that has to arrive as a whole within its time limit.
struct Timely {
    body: Incoming,
    deadline: Pin<Box<Sleep>>,
}

/// A body that exceeded its time limit.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the body took too long")]
struct Late;

impl HttpBody for Timely {
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::BoxError>>> {
        if self.deadline.as_mut().poll(context).is_ready() {
            return Poll::Ready(Some(Err(Late.into())));
        }
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

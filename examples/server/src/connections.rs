//! Connections: each has so long to send the head of a request, and so long to send its body.

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

/// How long a client may take. Whoever takes longer, or sends nothing, is not waited for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// For the head of a request, from when the connection is open or the last answer was sent.
    pub(crate) head: Duration,
    /// For its body, from when its head was read.
    pub(crate) body: Duration,
}

/// Serves until `shutdown` is done, and then lets what is under way end.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    patience: Patience,
    shutdown: impl Future<Output = ()> + Send,
) {
    // Answers are small, and waited for.
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
            // A client that sends nonsense, takes too long or goes away is no news.
            let _ = connection.await;
        });
    }
    drop(listener);
    // Whoever holds a connection open does not hold up the end.
    let _ = tokio::time::timeout(LAST_ANSWERS, under_way.shutdown()).await;
}

/// What requests under way have at the end.
const LAST_ANSWERS: Duration = Duration::from_secs(10);

/// A request as the routes take it.
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

/// A body that has to arrive in time as a whole, however steadily it trickles.
struct Timely {
    body: Incoming,
    deadline: Pin<Box<Sleep>>,
}

/// A body did not arrive in time.
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

//! Extractors for the application's own handlers.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use countersign::Status;
use countersign::account::Assurance;
use countersign_http::{Owner, Session};

use crate::auth::{Auth, HasAuth};
use crate::problem::Problem;
#[cfg(doc)]
use crate::problem::kinds;

/// Somebody who is signed in, in a session whose epoch is the account's. As an extractor it reads
/// the account's record.
///
/// The session layer alone does not see that the account's epoch has changed: by a new password, a
/// lock, a reset. This extractor does. It signs such a session out and rejects the request with
/// [`UNAUTHENTICATED`](kinds::UNAUTHENTICATED).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SignedIn {
    /// The session.
    pub session: Session,
    /// The state of the account.
    pub status: Status,
}

impl<S: HasAuth> FromRequestParts<S> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(request: &mut Parts, state: &S) -> Result<Self, Problem> {
        signed_in(request, &state.auth())
            .await
            .map(|(_, signed_in)| signed_in)
    }
}

async fn signed_in(request: &Parts, auth: &Auth) -> Result<(Owner, SignedIn), Problem> {
    let owner = auth.visitor(request).owner().await?;
    let (session, status) = (owner.session().clone(), owner.status().await?);
    Ok((owner, SignedIn { session, status }))
}

/// Demands that the session rests on factors of an [assurance](Assurance) of this level, 1 or 2,
/// and that the user gave each of them at most so many seconds ago. Left out, the age does not
/// matter. A code by SMS or voice [does not suffice](Assurance::is_restricted) for level 2 here.
///
/// ```
/// use countersign_axum::Assured;
///
/// /// Whoever signed in with a second factor within the last five minutes.
/// async fn pay(who: Assured<2, 300>) -> String {
///     format!("{} pays", who.signed_in.session.user)
/// }
/// ```
///
/// The host keeps the assurance with its session ([`Session::assurance`]). An answer, a confirmed
/// enrolment and a step-up raise it, so that a page that meets the refusal asks for a step-up and
/// tries again.
///
/// # Rejections
///
/// [`UNAUTHENTICATED`](kinds::UNAUTHENTICATED) without a session, and
/// [`INSUFFICIENT_AUTHENTICATION`](kinds::INSUFFICIENT_AUTHENTICATION) in a session that does not
/// suffice. To a request with a bearer token the header `WWW-Authenticate` says what would suffice
/// (RFC 9470 §3).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Assured<const LEVEL: u8, const SECONDS: u64 = { u64::MAX }> {
    /// Who is signed in.
    pub signed_in: SignedIn,
    /// The factors that the session rests on.
    pub assurance: Assurance,
}

impl<S: HasAuth, const LEVEL: u8, const SECONDS: u64> FromRequestParts<S>
    for Assured<LEVEL, SECONDS>
{
    type Rejection = Problem;

    async fn from_request_parts(request: &mut Parts, state: &S) -> Result<Self, Problem> {
        let (owner, signed_in) = signed_in(request, &state.auth()).await?;
        let max_age = (SECONDS != u64::MAX).then_some(Duration::from_secs(SECONDS));
        let assurance = owner.assured(LEVEL, max_age)?;
        Ok(Self {
            signed_in,
            assurance,
        })
    }
}

/// An action of the application that demands a fresh second factor. `POST …/mfa/step-up` issues
/// its token for the purpose `app:<name>`.
pub trait StepUpAction: Send + Sync + 'static {
    /// The name: 1 to 64 lower-case ASCII letters, digits, `.`, `_` and `-`.
    const NAME: &'static str;
}

/// Demands a step-up token for the action `A`, in the header `X-Step-Up-Token`, and spends it.
///
/// The rest of the request, `B`, is read first, so that a body that cannot be read spends no token.
///
/// ```
/// use axum::http::StatusCode;
/// use countersign_axum::{Body, StepUp, StepUpAction};
///
/// struct Transfer;
///
/// impl StepUpAction for Transfer {
///     const NAME: &'static str = "transfer";
/// }
///
/// #[derive(serde::Deserialize)]
/// struct Order {
///     cents: u64,
/// }
///
/// async fn transfer(step_up: StepUp<Transfer, Body<Order>>) -> StatusCode {
///     let Body(order) = step_up.rest;
///     println!("{} sends {}", step_up.session.user, order.cents);
///     StatusCode::NO_CONTENT
/// }
/// ```
///
/// # Security
///
/// It refuses a session whose epoch is over, a user without a second factor, and a token of another
/// user, action or browser.
///
/// # Rejections
///
/// - [`UNAUTHENTICATED`](kinds::UNAUTHENTICATED) without a session,
/// - [`REAUTHENTICATION_REQUIRED`](kinds::REAUTHENTICATION_REQUIRED) without the header,
/// - [`INVALID_TOKEN`](kinds::INVALID_TOKEN), [`TOKEN_EXPIRED`](kinds::TOKEN_EXPIRED),
///   [`TOKEN_SPENT`](kinds::TOKEN_SPENT) or [`LOCKED`](kinds::LOCKED),
/// - and whatever `B` rejects.
#[non_exhaustive]
pub struct StepUp<A, B = NoBody> {
    /// Who acts.
    pub session: Session,
    /// The rest of the request.
    pub rest: B,
    action: PhantomData<fn() -> A>,
}

/// The rest of a request that has none.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct NoBody;

impl<S: Send + Sync> FromRequest<S> for NoBody {
    type Rejection = Problem;

    async fn from_request(_: Request, _: &S) -> Result<Self, Problem> {
        Ok(Self)
    }
}

impl<S, A, B> FromRequest<S> for StepUp<A, B>
where
    S: HasAuth,
    A: StepUpAction,
    B: FromRequest<S, Rejection = Problem> + Send,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let owner = state.auth().visitor(&parts).owner().await?;
        let token = owner.step_up_token()?;
        let rest = B::from_request(Request::from_parts(parts, body), state).await?;
        owner.redeem_step_up(&token, A::NAME).await?;
        Ok(Self {
            session: owner.session().clone(),
            rest,
            action: PhantomData,
        })
    }
}

impl<A: StepUpAction, B> fmt::Debug for StepUp<A, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StepUp")
            .field("session", &self.session)
            .field("action", &A::NAME)
            .finish_non_exhaustive()
    }
}

//! Extractors for the application's own handlers.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use axum::extract::{FromRef, FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use countersign::Denial;
use countersign::account::{Assurance, StepUpPurpose};
use countersign::token::{self, Token};

use crate::auth::Auth;
use crate::host::{Session, SignedIn};
use crate::problem::{Problem, kinds};
use crate::visitor::{Owner, Visitor};

impl<S: Send + Sync> FromRequestParts<S> for SignedIn
where
    Auth: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(request: &mut Parts, state: &S) -> Result<Self, Problem> {
        let owner = Owner::from_request_parts(request, &Auth::from_ref(state)).await?;
        Ok(Self {
            status: owner.status().await?,
            session: owner.session,
        })
    }
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

impl<S, const LEVEL: u8, const SECONDS: u64> FromRequestParts<S> for Assured<LEVEL, SECONDS>
where
    S: Send + Sync,
    Auth: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(request: &mut Parts, state: &S) -> Result<Self, Problem> {
        let signed_in = SignedIn::from_request_parts(request, state).await?;
        let now = Auth::from_ref(state).now()?;
        let suffices = |assurance: &Assurance| {
            let fresh = assurance.is_fresh(Duration::from_secs(SECONDS), now);
            let allowed = LEVEL < 2 || !assurance.is_restricted();
            assurance.level() >= LEVEL && allowed && (fresh || SECONDS == u64::MAX)
        };
        match signed_in.session.assurance.filter(suffices) {
            Some(assurance) => Ok(Self {
                signed_in,
                assurance,
            }),
            None => Err(insufficient(request, LEVEL, SECONDS)),
        }
    }
}

/// The challenge of RFC 9470 §3 goes to clients that hold a bearer token. A browser with a session
/// cookie reads the problem's code.
fn insufficient(request: &Parts, level: u8, seconds: u64) -> Problem {
    let problem = Problem::new(kinds::INSUFFICIENT_AUTHENTICATION);
    let authorization = request.headers.get(header::AUTHORIZATION);
    let scheme = authorization.and_then(|value| value.as_bytes().get(..7));
    if !scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"Bearer ")) {
        return problem;
    }
    let mut challenge = format!(
        "Bearer error=\"insufficient_user_authentication\", \
         error_description=\"A second factor is needed\", acr_values=\"aal{level}\""
    );
    if seconds != u64::MAX {
        challenge.push_str(&format!(", max_age=\"{seconds}\""));
    }
    let challenge = HeaderValue::from_str(&challenge).into_iter();
    problem.headers(HeaderMap::from_iter(
        challenge.map(|challenge| (header::WWW_AUTHENTICATE, challenge)),
    ))
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

const STEP_UP_TOKEN: HeaderName = HeaderName::from_static("x-step-up-token");

impl<S, A, B> FromRequest<S> for StepUp<A, B>
where
    S: Send + Sync,
    Auth: FromRef<S>,
    A: StepUpAction,
    B: FromRequest<S, Rejection = Problem> + Send,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let owner = Visitor::new(&Auth::from_ref(state), &parts).owner().await?;
        let token = parts.headers.get(&STEP_UP_TOKEN);
        let token = token.ok_or_else(|| Problem::refused(Denial::ReauthenticationRequired))?;
        let token: Token<token::StepUp> = token.to_str().unwrap_or_default().into();
        let rest = B::from_request(Request::from_parts(parts, body), state).await?;

        let purpose = StepUpPurpose::app(A::NAME).map_err(|_| kinds::INTERNAL)?;
        let mfa = owner.mfa_bound(owner.visitor.binding_of(&token).as_ref());
        owner
            .run(mfa.redeem_step_up(owner.user(), &token, purpose))
            .await?;
        Ok(Self {
            session: owner.session,
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

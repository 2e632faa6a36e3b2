//! Guards for an application's own routes: how strong and how fresh a session is, and a step-up for
//! one action.

use std::time::Duration;

use countersign::Denial;
use countersign::account::{Assurance, StepUpPurpose};
use countersign::token::{StepUp, Token};

use crate::headers::Headers;
use crate::owner::Owner;
use crate::problem::{Problem, kinds};

const STEP_UP_TOKEN: &str = "x-step-up-token";

impl Owner {
    /// The factors that the session rests on, if they are an [assurance](Assurance) of this level,
    /// 1 or 2, and the user gave each of them at most `max_age` ago. A code by SMS or voice [does
    /// not suffice](Assurance::is_restricted) for level 2 here.
    ///
    /// The host keeps the assurance with its session ([`Session::assurance`](crate::Session)). An
    /// answer, a confirmed enrolment and a step-up raise it, so that a page that meets the refusal
    /// asks for a step-up and tries again. [`status`](Self::status) checks whether the session's
    /// epoch is the account's.
    ///
    /// # Errors
    ///
    /// [`INSUFFICIENT_AUTHENTICATION`](kinds::INSUFFICIENT_AUTHENTICATION) in a session that does
    /// not suffice. To a request with a bearer token the header `WWW-Authenticate` says what would
    /// suffice (RFC 9470 §3).
    pub fn assured(&self, level: u8, max_age: Option<Duration>) -> Result<Assurance, Problem> {
        let now = self.visitor.state.now()?;
        let suffices = |assurance: &Assurance| {
            let fresh = max_age.is_none_or(|age| assurance.is_fresh(age, now));
            let allowed = level < 2 || !assurance.is_restricted();
            assurance.level() >= level && allowed && fresh
        };
        let assurance = self.session.assurance.filter(suffices);
        assurance.ok_or_else(|| self.insufficient(level, max_age))
    }

    /// The challenge of RFC 9470 §3 goes to clients that hold a bearer token. A browser with a
    /// session cookie reads the problem's code.
    fn insufficient(&self, level: u8, max_age: Option<Duration>) -> Problem {
        let problem = Problem::new(kinds::INSUFFICIENT_AUTHENTICATION);
        let authorization = self.visitor.head.headers.value("authorization");
        let scheme = authorization.and_then(|value| value.get(..7));
        if !scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"Bearer ")) {
            return problem;
        }
        let mut challenge = format!(
            "Bearer error=\"insufficient_user_authentication\", \
             error_description=\"A second factor is needed\", acr_values=\"aal{level}\""
        );
        if let Some(age) = max_age {
            challenge.push_str(&format!(", max_age=\"{}\"", age.as_secs()));
        }
        problem.headers(Headers::new().with("www-authenticate", challenge))
    }

    /// The step-up token of the request, in the header `X-Step-Up-Token`.
    ///
    /// # Errors
    ///
    /// [`REAUTHENTICATION_REQUIRED`](kinds::REAUTHENTICATION_REQUIRED) without the header.
    pub fn step_up_token(&self) -> Result<Token<StepUp>, Problem> {
        let headers = &self.visitor.head.headers;
        if !headers.contains(STEP_UP_TOKEN) {
            return Err(Problem::refused(Denial::ReauthenticationRequired));
        }
        Ok(headers.text(STEP_UP_TOKEN).unwrap_or_default().into())
    }

    /// Spends a step-up token for an action of the application: `POST /mfa/step-up` issues it for
    /// the purpose `app:<name>`, and 1 to 64 lower-case ASCII letters, digits, `.`, `_` and `-` are
    /// a name. Read the rest of the request first, so that a request that cannot be read spends no
    /// token.
    ///
    /// # Security
    ///
    /// It refuses a session whose epoch is over, a user without a second factor, and a token of
    /// another user, action or browser.
    ///
    /// # Errors
    ///
    /// [`INVALID_TOKEN`](kinds::INVALID_TOKEN), [`TOKEN_EXPIRED`](kinds::TOKEN_EXPIRED),
    /// [`TOKEN_SPENT`](kinds::TOKEN_SPENT), [`LOCKED`](kinds::LOCKED), or
    /// [`UNAUTHENTICATED`](kinds::UNAUTHENTICATED).
    pub async fn redeem_step_up(&self, token: &Token<StepUp>, name: &str) -> Result<(), Problem> {
        let purpose = StepUpPurpose::app(name).map_err(|_| kinds::INTERNAL)?;
        let mfa = self.mfa_bound(self.visitor.binding_of(token)?.as_ref());
        self.run(mfa.redeem_step_up(self.user(), token, purpose))
            .await
    }
}

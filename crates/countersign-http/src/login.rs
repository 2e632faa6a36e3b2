//! Beginning a login and answering its challenge, for the routes and for an application's own.

use countersign::account::{
    Completed, CompletedBy, ForeignRecoveryCode, LoginChallenge, Method as Kind, OfferedMethod,
    TrustedDevice, Verified,
};
use countersign::notify::{ConfirmedAddress, ConfirmedNumber};
use countersign::token::{Challenge, EnrollmentGrant, Token};
use countersign::words::Browser;
use countersign::{Answer, Denial, FirstFactor, Login, UserId};
use serde::Serialize;

use crate::cookies::SET_COOKIE;
use crate::headers::Headers;
use crate::host::Account;
use crate::json::{AssuranceBody, DelayedRecovery, Exposed, MethodName, User, text_of};
use crate::problem::{Problem, kinds};
use crate::response::Response;
use crate::time::Time;
use crate::visitor::{Visitor, WithHeaders};

impl Visitor {
    /// Begins a login for a user whose first factor was right, and never before. The answer is a
    /// session if nothing more is needed. Otherwise it is a challenge, or a grant to enrol an
    /// authenticator.
    ///
    /// The answer carries the cookies that belong to it: a browser's challenge is worth nothing in
    /// another browser, and a trusted browser needs no challenge.
    ///
    /// # Errors
    ///
    /// The problem to answer with: the account is locked or was reset, a new password is needed, or
    /// something broke.
    pub async fn login(
        &self,
        user: &UserId,
        first: impl Into<FirstFactor>,
    ) -> Result<Response, Problem> {
        let account = self.host.account(user).await?;
        let account = account.ok_or(kinds::UNAUTHENTICATED)?;
        let begun = self.begin_login(user, first).await?;
        let mut headers = Headers::new();
        let (status, body) = match begun.outcome {
            Login::Completed(completed) => {
                headers = self.begin_session(user, completed.sessions).await?;
                (200, LoginBody::signed_in(user, &account, completed))
            }
            Login::Challenge(challenge) => (202, LoginBody::challenge(&challenge, &account)),
            Login::EnrollmentRequired(grant) => (202, LoginBody::enrollment(&grant)),
            Login::PasswordChangeRequired => {
                return Err(Problem::refused(Denial::PasswordChangeRequired));
            }
            Login::ResetPending => return Err(Problem::refused(Denial::ResetPending)),
            _ => return Err(kinds::REFUSED.into()),
        };
        headers.extend(begun.headers);
        Ok(Response::json(status, &body)?.headers(headers))
    }

    /// Begins a login like [`login`](Self::login), for an application that answers in its own way.
    ///
    /// It begins no session. Where the login is [complete](Login::Completed), the application
    /// begins one with the [change](countersign::account::Completed::sessions) of the outcome.
    ///
    /// # Errors
    ///
    /// The problem to answer with: the account is locked, or something broke.
    pub async fn begin_login(
        &self,
        user: &UserId,
        first: impl Into<FirstFactor>,
    ) -> Result<WithHeaders<Login>, Problem> {
        let binding = self.new_binding()?;
        let mfa = self.mfa_beginning(user, binding.as_ref()).await?;
        let login = self.run(mfa.begin_login(user, first)).await?;
        let headers = match &login {
            Login::Challenge(challenge) => self.bind(&challenge.token, binding.as_ref())?,
            Login::EnrollmentRequired(grant) => self.bind(grant, binding.as_ref())?,
            Login::Completed(completed) => match &completed.by {
                CompletedBy::Remembered(device) => self.trusting(user, Some(device)),
                _ => Headers::new(),
            },
            _ => Headers::new(),
        };
        Ok(WithHeaders::new(login, headers))
    }

    /// Answers a challenge that was issued to this browser, as `POST /mfa/verify` does, for an
    /// application that answers in its own way. The [name of the browser](Self::browser) can be its
    /// label if the user [trusts](Answer::trust_device) it.
    ///
    /// It begins no session: the application begins one with the
    /// [change](countersign::account::Verified::sessions) of the outcome.
    ///
    /// # Errors
    ///
    /// The problem to answer with: the code is wrong, the token is over, or something broke.
    pub async fn answer_challenge(
        &self,
        token: &Token<Challenge>,
        answer: impl TryInto<Answer, Error: Into<Denial>>,
    ) -> Result<WithHeaders<Verified>, Problem> {
        let binding = self.binding_of(token)?;
        let challenge = self.open(&self.mfa_bound(binding.as_ref()), token)?;
        // A browser that is trusted already brings its token along, so that it is not remembered
        // twice.
        let mfa = self.mfa_recognizing(challenge.user(), binding.as_ref());
        let verified = self.run(mfa.answer_challenge(challenge, answer)).await?;
        let headers = self.trusting(&verified.user, verified.device.as_ref());
        Ok(WithHeaders::new(verified, headers))
    }

    /// Redeems a recovery code of another service, which the application found
    /// [right or wrong](ForeignRecoveryCode), for a grant to enrol. The grant is bound to this
    /// browser as its challenge was. `POST /mfa/setup/start` takes it.
    ///
    /// # Errors
    ///
    /// The problem to answer with: the code is wrong, there are codes of this service, the token is
    /// over, or something broke.
    pub async fn redeem_foreign_recovery_code(
        &self,
        token: &Token<Challenge>,
        found: ForeignRecoveryCode,
    ) -> Result<WithHeaders<Token<EnrollmentGrant>>, Problem> {
        let binding = self.binding_of(token)?;
        let mfa = self.mfa_bound(binding.as_ref());
        let redeemed = mfa.redeem_foreign_recovery_code(token, found);
        let grant = self.run(redeemed).await?;
        let headers = self.bind(&grant, binding.as_ref())?;
        Ok(WithHeaders::new(grant, headers))
    }

    /// A name by which the user recognizes this browser, such as "Firefox on Linux".
    #[must_use]
    pub fn browser(&self) -> String {
        let known = Browser::of(self.user_agent().unwrap_or_default());
        known.map_or_else(|| "Browser".to_owned(), |browser| browser.to_string())
    }

    /// The header with which the browser keeps the newest token by which this user trusts it.
    fn trusting(&self, user: &UserId, device: Option<&TrustedDevice>) -> Headers {
        match device {
            Some(device) => {
                let cookie = self.state.cookies().trusted(user, device);
                Headers::new().with(SET_COOKIE, cookie)
            }
            None => Headers::new(),
        }
    }
}

/// What a login answers: `{user}` and a session, or what is needed before there is one.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Login))]
#[serde(untagged)]
#[non_exhaustive]
pub enum LoginBody {
    /// Signed in.
    SignedIn(SignedInBody),
    /// The second step is needed.
    #[non_exhaustive]
    Challenge(ChallengeBody),
    /// An authenticator has to be enrolled first.
    #[non_exhaustive]
    Enrollment(EnrollmentBody),
}

/// Signed in.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = SignedIn))]
#[serde(rename_all = "camelCase")]
pub struct SignedInBody {
    user: User,
    /// Until when the user may sign in without a second factor, while a grace runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    mfa_due: Option<Time>,
    /// The factors that the session rests on.
    assurance: Option<AssuranceBody>,
    /// The application's note of the login, if it is text.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

/// The second step is needed: there is no session yet.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = SecondStepRequired))]
#[serde(rename_all = "camelCase")]
pub struct ChallengeBody {
    /// Always `true`.
    mfa_required: bool,
    /// Stands for this login until it is answered.
    mfa_temp_token: Exposed,
    /// The ways that the user has, those that are blocked for a while included.
    methods: Vec<MethodName>,
    /// The authenticators, by which the user finds the right one.
    authenticators: Vec<OfferedAuthenticator>,
    /// The ways that failures blocked for a while.
    blocked: Vec<BlockedMethod>,
    /// The masked address that a code by e-mail goes to, if that is a way.
    email_hint: Option<String>,
    /// The last digits of the phone number that a code by SMS or voice goes to, if that is a way.
    phone_hint: Option<String>,
    /// When the token expires.
    expires_at: Time,
    /// The delayed recovery that is under way.
    recovery: Option<DelayedRecovery>,
}

/// An authenticator that can answer the challenge.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct OfferedAuthenticator {
    /// Whether it follows the time or a counter, or is a passkey.
    kind: MethodName,
    /// The owner's name for it.
    label: String,
}

/// A way to pass the second step that is blocked for a while.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct BlockedMethod {
    /// The way.
    method: MethodName,
    /// When it can be tried again.
    retry_at: Time,
}

/// An authenticator has to be enrolled before there is a session.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = EnrollmentRequired))]
#[serde(rename_all = "camelCase")]
pub struct EnrollmentBody {
    /// Always `true`.
    mfa_enrollment_required: bool,
    /// A grant to start an enrolment.
    enrollment_grant: Exposed,
}

impl LoginBody {
    fn signed_in(user: &UserId, account: &Account, completed: Completed) -> Self {
        let (enrolled, due) = match completed.by {
            CompletedBy::NotEnrolled { due } => (false, due),
            _ => (true, None),
        };
        Self::SignedIn(SignedInBody {
            user: User::new(user, account, enrolled),
            mfa_due: due.map(Time),
            assurance: completed.sessions.assurance.map(AssuranceBody::from),
            note: text_of(completed.note),
        })
    }

    fn challenge(challenge: &LoginChallenge, account: &Account) -> Self {
        let address = account.confirmed_address.as_ref();
        let number = account.confirmed_number.as_ref();
        let known = |one: &&OfferedMethod| match one.method {
            Kind::EmailCode => address.is_some(),
            Kind::SmsCode | Kind::VoiceCode => number.is_some(),
            _ => true,
        };
        let offered: Vec<_> = challenge.methods.iter().filter(known).collect();
        let mut methods: Vec<_> = offered.iter().map(|one| one.method.into()).collect();
        methods.dedup();
        let mut blocked: Vec<_> = offered.iter().filter_map(|one| blocked(one)).collect();
        blocked.dedup_by_key(|one| one.method);
        let by_email = methods.contains(&MethodName::Email);
        let by_phone = methods.contains(&MethodName::Sms) || methods.contains(&MethodName::Voice);
        Self::Challenge(ChallengeBody {
            mfa_required: true,
            mfa_temp_token: Exposed::token(&challenge.token),
            methods,
            authenticators: offered
                .iter()
                .filter_map(|one| authenticator(one))
                .collect(),
            blocked,
            email_hint: address.filter(|_| by_email).map(ConfirmedAddress::masked),
            phone_hint: number.filter(|_| by_phone).map(ConfirmedNumber::masked),
            expires_at: Time(challenge.expires_at),
            recovery: challenge.delayed_recovery.map(DelayedRecovery::from),
        })
    }

    fn enrollment(grant: &Token<EnrollmentGrant>) -> Self {
        Self::Enrollment(EnrollmentBody {
            mfa_enrollment_required: true,
            enrollment_grant: Exposed::token(grant),
        })
    }
}

fn authenticator(offered: &OfferedMethod) -> Option<OfferedAuthenticator> {
    Some(OfferedAuthenticator {
        kind: offered.method.into(),
        label: offered.label.clone()?,
    })
}

fn blocked(offered: &OfferedMethod) -> Option<BlockedMethod> {
    Some(BlockedMethod {
        method: offered.method.into(),
        retry_at: Time(offered.retry_at?),
    })
}

//! What is asked of the service, and what may come of it.

use std::time::Duration;

use countersign::account::{
    Administrator, Completed, CompletedBy, FirstFactorCheck, ForeignRecoveryCode, Import,
    StepUpPurpose,
};
use countersign::id::RecoveryCodeSetId;
use countersign::notify::{ConfirmedNumber, Destination};
use countersign::otp::TotpParams;
use countersign::policy::Requirement;
use countersign::secret::Secret;
use countersign::token::{
    CancelDelayedRecovery, Challenge, Device, Enrollment, EnrollmentGrant, LockAccount,
    PasskeyAssertion, RecoveryCodeSheet, StepUp, Token, VoidCode,
};
use countersign::{
    Answer, Denial, Error, FailedFirstFactor, FirstFactor, Login, RequestContext, UserId,
};

use crate::scene::Service;

/// One request. What its words stand for is in the [`Scene`](crate::scene::Scene).
#[derive(Clone, Debug)]
pub(crate) enum Operation {
    Begin,
    /// A login after a single sign-on.
    BeginSignedOn,
    /// A login of a role that has a day to enrol.
    BeginWithin,
    Answer(Named<Challenge>, String),
    CancelLogin(Named<Challenge>),
    /// The host says what it found about a recovery code of another service.
    RedeemForeign(Named<Challenge>, ForeignRecoveryCode),
    /// Begins to enrol with the grant of such a code.
    StartGranted(Named<EnrollmentGrant>),
    /// Asks for a code by text message.
    SendCode(Named<Challenge>),
    /// Answers with the code of a text message.
    AnswerSms(Named<Challenge>, String),
    /// Answers with the code of a mail.
    AnswerEmail(Named<Challenge>, String),
    /// Follows the link in the mail of a code.
    VoidCode(Named<VoidCode>),
    /// Answers with a signature, whose counter is its number.
    AnswerSigned(Named<Challenge>, Named<PasskeyAssertion>, String),
    RequestRecovery(Named<Challenge>),
    CompleteRecovery(Named<Challenge>),
    CancelRecovery,
    /// Follows the link in the mail of a delayed recovery.
    CancelRecoveryByLink(Named<CancelDelayedRecovery>),
    /// Takes the steps that are due by the clock.
    RunDue,
    /// Seals records under the newest master key.
    Reseal,
    /// Binds an authenticator of another service.
    Import,
    StepUp {
        right_password: bool,
        typed: String,
    },
    Redeem(Named<StepUp>),
    StartByStepUp(Named<StepUp>),
    Start(String),
    Confirm(Named<Enrollment>, String),
    ConfirmInSession(String),
    Regenerate(String),
    Disable(String),
    RedeemSheet(Named<RecoveryCodeSheet>),
    Acknowledge(RecoveryCodeSetId),
    /// A login of a remembered browser.
    BeginRemembered(Named<Device>),
    RevokeCurrent(Named<Device>),
    PasswordChanged,
    Lock,
    /// Follows the link in the mail of an event.
    LockByLink(Named<LockAccount>),
    Unlock,
    Reset,
    Erase,
}

/// A token by a name that can be printed.
#[derive(Clone)]
pub(crate) struct Named<S: countersign::token::Scope> {
    pub(crate) name: &'static str,
    pub(crate) number: usize,
    pub(crate) token: Token<S>,
}

impl<S: countersign::token::Scope> std::fmt::Debug for Named<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.name, self.number)
    }
}

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Ended {
    /// Done, with a word for what it was.
    Done(&'static str),
    Denied(Denial),
    Store,
    Indeterminate,
    Contended,
    /// Nobody waited for the answer.
    Dropped,
    Broke(String),
}

/// The label of the authenticator of another service.
pub(crate) const IMPORTED: &str = "Imported";

/// A single sign-on of an hour before the scene was set.
pub(crate) fn signed_on() -> FirstFactor {
    FirstFactor::federated("elsewhere", crate::scene::BEGAN - Duration::from_secs(3600)).into()
}

const DONE: &str = "done";
/// A report of many users names the one whose fate is unknown, and not why.
const UNTOLD: &str = "untold";

impl Operation {
    pub(crate) async fn run(&self, service: &Service, user: &UserId) -> Ended {
        match self.ask(service, user).await {
            Ok(UNTOLD) => Ended::Dropped,
            Ok(word) => Ended::Done(word),
            Err(Error::Denied(denial)) => Ended::Denied(denial),
            Err(Error::Store(_)) => Ended::Store,
            Err(Error::Indeterminate(_)) => Ended::Indeterminate,
            Err(Error::Contended) => Ended::Contended,
            Err(other) => Ended::Broke(other.to_string()),
        }
    }

    async fn ask(&self, service: &Service, user: &UserId) -> Result<&'static str, Error> {
        let mfa = &service.mfa;
        // A password that was checked when the scene was set.
        let password = FirstFactor::password_at(crate::scene::BEGAN);
        let because = || Administrator::new("root").because("asked to");
        let remembered = |cookie: &Named<Device>| {
            let request = RequestContext::new().device(cookie.token.clone());
            mfa.with_context(request)
        };
        match self {
            Self::Begin => return Ok(step(mfa.begin_login(user, password).await?)),
            Self::BeginSignedOn => return Ok(step(mfa.begin_login(user, signed_on()).await?)),
            Self::BeginWithin => {
                let grace = Requirement::Within(Duration::from_secs(86_400));
                let mfa = mfa.with_context(RequestContext::new().requirement(grace));
                return Ok(step(mfa.begin_login(user, password).await?));
            }
            Self::BeginRemembered(cookie) => {
                return Ok(step(remembered(cookie).begin_login(user, password).await?));
            }
            Self::RevokeCurrent(cookie) => remembered(cookie).revoke_current_device(user).await?,
            Self::Acknowledge(set) => mfa.acknowledge_recovery_codes(user, *set).await?,
            Self::Answer(challenge, typed) => mfa
                .answer_challenge(&challenge.token, typed)
                .await
                .map(drop)?,
            Self::CancelLogin(challenge) => mfa.cancel_login(&challenge.token).await?,
            Self::RedeemForeign(challenge, found) => mfa
                .redeem_foreign_recovery_code(&challenge.token, *found)
                .await
                .map(drop)?,
            Self::StartGranted(grant) => mfa
                .start_granted_enrollment(&grant.token, "another")
                .await
                .map(drop)?,
            Self::SendCode(challenge) => {
                let number = ConfirmedNumber::attested("+1 202 555 0123");
                mfa.send_code(&challenge.token, Destination::Sms(&number))
                    .await
                    .map(drop)?;
            }
            Self::AnswerSms(challenge, typed) => mfa
                .answer_challenge(&challenge.token, Answer::sms(typed))
                .await
                .map(drop)?,
            Self::AnswerEmail(challenge, typed) => mfa
                .answer_challenge(&challenge.token, Answer::email(typed))
                .await
                .map(drop)?,
            Self::VoidCode(link) => {
                return Ok(match mfa.void_code(&link.token).await?.was_live {
                    true => "voided",
                    false => "nothing to void",
                });
            }
            Self::AnswerSigned(challenge, signed, response) => mfa
                .answer_challenge(
                    &challenge.token,
                    Answer::passkey(signed.token.clone(), response),
                )
                .await
                .map(drop)?,
            Self::RequestRecovery(challenge) => mfa
                .request_delayed_recovery(&challenge.token)
                .await
                .map(drop)?,
            Self::CompleteRecovery(challenge) => mfa
                .complete_delayed_recovery(&challenge.token)
                .await
                .map(drop)?,
            Self::CancelRecovery => mfa.cancel_delayed_recovery(user).await?,
            Self::CancelRecoveryByLink(link) => {
                mfa.cancel_delayed_recovery_by_token(&link.token).await?;
            }
            Self::RunDue => {
                let report = service.directory.run_due(crate::scene::BEGAN).await?;
                return Ok(match (report.settled, report.failed.is_empty()) {
                    (_, false) => UNTOLD,
                    (0, true) => "nothing was due",
                    (_, true) => DONE,
                });
            }
            Self::Reseal => {
                let report = service.directory.reseal_all().await?;
                return Ok(match report.failed.is_empty() {
                    true => DONE,
                    false => UNTOLD,
                });
            }
            Self::Import => {
                let secret = Secret::from_bytes(b"of another service..").unwrap();
                let import = Import::totp(secret, TotpParams::default()).label(IMPORTED);
                mfa.import(user, import).await.map(drop)?;
            }
            Self::StepUp {
                right_password,
                typed,
            } => {
                let password = match right_password {
                    true => FirstFactorCheck::from(password),
                    false => FailedFirstFactor.into(),
                };
                let granted = mfa.step_up(user, password, typed, StepUpPurpose::Add);
                granted.await.map(drop)?;
            }
            Self::Redeem(step_up) => {
                mfa.redeem_step_up(user, &step_up.token, StepUpPurpose::Add)
                    .await?;
            }
            Self::StartByStepUp(step_up) => {
                let proof = password.with_step_up(step_up.token.clone());
                mfa.start_enrollment(user, "another", proof)
                    .await
                    .map(drop)?;
            }
            Self::Start(typed) => {
                let proof = password.with_code(Answer::parse(typed).unwrap());
                mfa.start_enrollment(user, "another", proof)
                    .await
                    .map(drop)?;
            }
            Self::Confirm(enrollment, typed) => {
                mfa.confirm_enrollment(&enrollment.token, typed)
                    .await
                    .map(drop)?;
            }
            Self::ConfirmInSession(typed) => mfa
                .confirm_pending_enrollment(user, typed)
                .await
                .map(drop)?,
            Self::Regenerate(typed) => {
                let proof = password.with_code(Answer::parse(typed).unwrap());
                mfa.regenerate_recovery_codes(user, proof).await.map(drop)?;
            }
            Self::Disable(typed) => mfa
                .disable_mfa(user, password.with_code(Answer::parse(typed).unwrap()))
                .await
                .map(drop)?,
            Self::RedeemSheet(ticket) => mfa.redeem_sheet(&ticket.token).await.map(drop)?,
            Self::PasswordChanged => mfa.password_changed(user).await.map(drop)?,
            Self::Lock => mfa.lock_account(user).await.map(drop)?,
            Self::LockByLink(link) => mfa.lock_account_by_token(&link.token).await.map(drop)?,
            Self::Unlock => mfa.admin_unlock_account(user, because()).await.map(drop)?,
            Self::Reset => mfa.admin_reset_account(user, because()).await.map(drop)?,
            Self::Erase => mfa.erase_user(user).await?,
        }
        Ok(DONE)
    }

    /// What may be used once, and is used by this if it is done.
    pub(crate) fn uses(&self) -> Vec<String> {
        match self {
            Self::Answer(challenge, typed)
            | Self::AnswerSms(challenge, typed)
            | Self::AnswerEmail(challenge, typed) => {
                vec![format!("{challenge:?}"), typed.clone()]
            }
            Self::AnswerSigned(challenge, signed, _) => {
                vec![format!("{challenge:?}"), format!("{signed:?}")]
            }
            Self::RedeemForeign(challenge, _) | Self::RequestRecovery(challenge) => {
                vec![format!("{challenge:?}")]
            }
            Self::Redeem(step_up) | Self::StartByStepUp(step_up) => vec![format!("{step_up:?}")],
            Self::Confirm(enrollment, typed) => vec![format!("{enrollment:?}"), typed.clone()],
            Self::ConfirmInSession(typed)
            | Self::StepUp { typed, .. }
            | Self::Start(typed)
            | Self::Regenerate(typed)
            | Self::Disable(typed) => vec![typed.clone()],
            Self::RedeemSheet(ticket) => vec![format!("{ticket:?}")],
            Self::Begin
            | Self::BeginSignedOn
            | Self::BeginWithin
            | Self::BeginRemembered(_)
            | Self::RevokeCurrent(_)
            | Self::Acknowledge(_)
            | Self::CancelLogin(_)
            | Self::StartGranted(_)
            | Self::SendCode(_)
            | Self::VoidCode(_)
            // Its challenge stays open: the grant is bound to the case.
            | Self::CompleteRecovery(_)
            | Self::CancelRecovery
            | Self::CancelRecoveryByLink(_)
            | Self::RunDue
            | Self::Reseal
            | Self::Import
            | Self::PasswordChanged
            | Self::Lock
            | Self::LockByLink(_)
            | Self::Unlock
            | Self::Reset
            | Self::Erase => Vec::new(),
        }
    }
}

/// A word for the step that a login needs.
fn step(login: Login) -> &'static str {
    match login {
        Login::Challenge(_) => "challenge",
        Login::Completed(Completed {
            by: CompletedBy::NotEnrolled { due: None },
            ..
        }) => "not required",
        Login::Completed(Completed {
            by: CompletedBy::NotEnrolled { due: Some(_) },
            ..
        }) => "not due yet",
        Login::Completed(_) => "remembered",
        Login::PasswordChangeRequired => "password change",
        Login::ResetPending => "reset pending",
        _ => "something else",
    }
}

//! The proof of a sensitive action: password *and* code, or an assertion in its place, or nothing
//! where the session gave both a moment ago.

use countersign::account::{EnrollmentProof, FirstFactorCheck, Reauthentication};
use countersign::token::{PasskeyAssertion, StepUp, Token};
use countersign::{Answer, Denial, Mfa};
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::cookies::Binding;
use crate::owner::Owner;
use crate::passkey::{JsonObject, passkey_answer};
use crate::password::Password;
use crate::problem::Problem;

/// The proof of a sensitive action: the password, and a code, an assertion or a step-up token
/// beside it. Without any of them the session counts, if the policy allows that and the user gave
/// both factors in it a moment ago.
#[derive(Default, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Proof {
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub(crate) password: Option<Password>,
    /// A code of an authenticator, or a recovery code.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub(crate) code: Option<Zeroizing<String>>,
    /// The assertion of a passkey, as `PublicKeyCredential.toJSON` writes it. Beside a code it is
    /// not looked at.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub(crate) assertion: Option<JsonObject>,
    /// From the start of the assertion.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub(crate) ceremony_token: Option<Token<PasskeyAssertion>>,
    /// One of the right purpose. Beside a code or an assertion it is not looked at: one request
    /// tries one factor.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub(crate) step_up_token: Option<Token<StepUp>>,
}

impl Proof {
    /// The library, for an operation that takes this proof.
    pub(crate) fn mfa(&self, owner: &Owner) -> Result<Mfa, Problem> {
        Ok(owner.mfa_bound(self.binding(owner)?.as_ref()))
    }

    /// The library, for an operation that takes this proof and may leave no second factor.
    pub(crate) async fn mfa_requiring(&self, owner: &Owner) -> Result<Mfa, Problem> {
        owner.mfa_requiring(self.binding(owner)?.as_ref()).await
    }

    /// The binding of the token in this proof, and of a token that the proof leads to.
    pub(crate) fn binding(&self, owner: &Owner) -> Result<Option<Binding>, Problem> {
        let visitor = &owner.visitor;
        match (&self.ceremony_token, &self.step_up_token) {
            (Some(token), _) => visitor.binding_of(token),
            (None, Some(token)) => visitor.binding_of(token),
            (None, None) => visitor.new_binding(),
        }
    }

    /// The code, or the assertion in its place.
    pub(crate) fn answer(&self) -> Result<Option<Answer>, Problem> {
        match &self.code {
            Some(code) => Ok(Some(Answer::parse(code)?)),
            None => passkey_answer(self.assertion.as_ref(), self.ceremony_token.as_ref()),
        }
    }

    /// Checks the proof of an action that needs both. A missing part is asked for; the library
    /// charges a wrong one. Without any part the library judges the session.
    ///
    /// Text that is no code, and an assertion without its token, are refused before the password is
    /// checked, so that the answer does not tell whether the password was right.
    pub(crate) async fn check(&self, owner: &Owner) -> Result<Reauthentication, Problem> {
        let password = self.password.as_ref();
        match (self.answer()?, &self.step_up_token) {
            (Some(answer), _) => Ok(owner.check(password).await?.with_code(answer)),
            (None, Some(token)) => Ok(owner.check(password).await?.with_step_up(token.clone())),
            (None, None) => self.of_session(owner),
        }
    }

    /// What the session rests on, in place of a proof.
    fn of_session(&self, owner: &Owner) -> Result<Reauthentication, Problem> {
        let assurance = owner.session.assurance.filter(|_| self.password.is_none());
        let missing = || Problem::refused(Denial::ReauthenticationRequired);
        Ok(assurance.ok_or_else(missing)?.into())
    }

    /// Checks the proof of an enrolment. For a first one the password alone is enough, which the
    /// library decides.
    pub(crate) async fn check_for_enrollment(
        &self,
        owner: &Owner,
    ) -> Result<EnrollmentProof, Problem> {
        let has_none = self.code.is_none()
            && self.assertion.is_none()
            && self.ceremony_token.is_none()
            && self.step_up_token.is_none();
        if !has_none {
            return Ok(self.check(owner).await?.into());
        }
        if self.password.is_some() {
            return Ok(owner.check(self.password.as_ref()).await?.into());
        }
        let host = &owner.visitor.host;
        match host.fresh_first_factor(owner.user()).await? {
            Some(fresh) => Ok(FirstFactorCheck::from(fresh).into()),
            None => Ok(self.of_session(owner)?.into()),
        }
    }
}

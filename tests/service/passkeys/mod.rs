//! Passkeys and security keys beside codes: what a user does with them, and what nobody can.

mod ceremonies;
mod clones;
mod import;
mod life;
mod sensitive;

use countersign::account::{
    Enrolled, EnrollmentProof, MalformedCode, PasskeySetup, Reauthentication, Verified,
};
use countersign::passkey::UserVerification;
use countersign::testing::SecurityKey;
use countersign::token::{Challenge, Token};
use countersign::{Answer, Denial, FirstFactor, NewAuthenticator, Policy, UserId};

use crate::support::{World, denied, policy};

/// Somebody with a passkey.
struct Holder {
    user: UserId,
    key: SecurityKey,
    recovery: Vec<String>,
}

fn allowing() -> Policy {
    policy().passkeys(true).trusted_devices(true)
}

fn world() -> World {
    World::with(allowing())
}

fn demanding() -> World {
    World::with(allowing().user_verification(UserVerification::Required))
}

impl World {
    /// Starts a registration that is allowed.
    async fn start_key(
        &self,
        user: &UserId,
        new: impl Into<NewAuthenticator>,
        proof: impl Into<EnrollmentProof>,
    ) -> PasskeySetup {
        let setup = self.mfa.start_passkey_enrollment(user, new, proof);
        setup.await.unwrap()
    }

    /// Finishes a registration with this response.
    async fn finish_key(&self, setup: &PasskeySetup, response: String) -> Result<Enrolled, Denial> {
        let finished = self.mfa.confirm_passkey_enrollment(&setup.token, response);
        denied(finished.await)
    }

    /// Answers a challenge with an assertion.
    async fn answer(
        &self,
        challenge: &Token<Challenge>,
        answer: Answer,
    ) -> Result<Verified, Denial> {
        denied(self.mfa.answer_challenge(challenge, answer).await)
    }

    /// Turns the second factor on with a passkey alone.
    async fn register(&self, user: u64, mut key: SecurityKey) -> Holder {
        let user = UserId::from(user);
        let setup = self.start_key(&user, "alice", self.password()).await;
        let enrolled = self.finish_key(&setup, key.register(&setup.options)).await;
        Holder {
            user,
            key,
            recovery: crate::support::recovery_codes(enrolled.unwrap()),
        }
    }

    async fn sign_in_with(&self, user: &UserId, key: &mut SecurityKey) -> Result<Verified, Denial> {
        let challenge = self.challenge(user).await;
        let request = denied(self.mfa.start_passkey_login(&challenge).await)?;
        let answer = Answer::passkey(request.token, key.sign(&request.options));
        self.answer(&challenge, answer).await
    }

    /// An assertion for a sensitive action.
    async fn assertion(&self, user: &UserId, key: &mut SecurityKey) -> Answer {
        let request = self.mfa.start_passkey_step_up(user).await.unwrap();
        Answer::passkey(request.token, key.sign(&request.options))
    }

    async fn with_passkey(&self, holder: &mut Holder) -> Reauthentication {
        let answer = self.assertion(&holder.user.clone(), &mut holder.key).await;
        self.password().with_code(answer)
    }
}

/// A password that is right now, and a typed code.
fn typed(first: FirstFactor, code: &str) -> Result<Reauthentication, MalformedCode> {
    Ok(first.with_code(Answer::parse(code)?))
}

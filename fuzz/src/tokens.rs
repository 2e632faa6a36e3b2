//! One token of each kind from a service, and its claims.

use std::sync::LazyLock;

use countersign::token::{
    CancelDelayedRecovery, Challenge, Device, Enrollment, EnrollmentGrant, LockAccount,
    RecoveryCodeSheet, Scope, StepUp,
};

use crate::{NOW, keys};

/// The binding of the bound token's browser.
pub const BINDING: &[u8] = b"cookie";

/// A token and its claims.
pub struct Issued {
    pub name: &'static str,
    pub claims: Vec<u8>,
    pub text: String,
}

/// All tokens that were issued under the keys of this crate. No other text may be accepted. The
/// claims of two scopes differ, because equal claims would hide that one scope is taken for
/// another.
pub static ISSUED: LazyLock<Vec<Issued>> = LazyLock::new(|| {
    // Issued at, expires at, epoch, nonce, user; then the part of the scope.
    let mut common = [NOW, NOW + 300, 7].map(u64::to_be_bytes).concat();
    common.extend_from_slice(&[9; 16]);
    common.extend_from_slice(b"\x011");
    let with = |payload: &[u8]| [&common, payload].concat();
    // A first factor: kind, moment, several factors, name, credential.
    let password = [&[1_u8], NOW.to_be_bytes().as_slice(), &[0, 0, 0]].concat();
    let federated = [&[2_u8], NOW.to_be_bytes().as_slice(), b"\x01\x06google\x00"].concat();
    let request = |granted_for: &[u8]| with(&[granted_for, &[5; 12], &[0, 0]].concat());
    let round = with(&[0_u64.to_be_bytes().as_slice(), &password, &[0]].concat());
    let noted = [
        0_u64.to_be_bytes().as_slice(),
        &federated,
        b"\x01\x00\x04note",
    ]
    .concat();
    let demanded = [&[0, 1], password.as_slice(), &[0]].concat();
    let ticket = [[5; 12].as_slice(), b"\x04fuzz", &[6; 178]].concat();
    vec![
        issued::<Challenge>("challenge", round.clone(), None),
        issued::<Challenge>("noted_challenge", with(&noted), None),
        issued::<EnrollmentGrant>("grant", with(&demanded), None),
        issued::<EnrollmentGrant>("reset_grant", request(&[1]), None),
        issued::<EnrollmentGrant>("recovery_grant", request(&[2]), None),
        issued::<Enrollment>(
            "enrollment",
            with(&[[5; 12].as_slice(), &[0]].concat()),
            None,
        ),
        issued::<StepUp>("step_up", with(b"\x00\x0capp:transfer"), None),
        issued::<StepUp>("step_up_by_recovery_code", with(b"\x01\x03add"), None),
        issued::<RecoveryCodeSheet>("sheet", with(&ticket), None),
        issued::<Device>("device", with(&[5; 28]), None),
        issued::<LockAccount>("lock", common.clone(), None),
        issued::<CancelDelayedRecovery>("cancel", with(&[6; 12]), None),
        issued::<Challenge>("bound_challenge", round, Some(BINDING)),
    ]
});

fn issued<S: Scope>(name: &'static str, claims: Vec<u8>, binding: Option<&[u8]>) -> Issued {
    let token = keys().sign::<S>(&claims, binding);
    Issued {
        name,
        text: token.expose().to_owned(),
        claims,
    }
}

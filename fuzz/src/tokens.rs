//! One token of each kind, as a service issues them, and what each says.

use std::sync::LazyLock;

use countersign::token::{
    CancelDelayedRecovery, Challenge, Device, Enrollment, EnrollmentGrant, LockAccount, RecoveryCodeSheet,
    Scope, StepUp,
};

use crate::{NOW, keys};

/// What the browser keeps that the bound one was issued to.
pub const BINDING: &[u8] = b"cookie";

/// A token and its claims.
pub struct Issued {
    pub name: &'static str,
    pub claims: Vec<u8>,
    pub text: String,
}

/// All that were ever issued under the keys of this crate: no other text may be accepted. No two scopes say the same, or one
/// that is taken for another would look issued.
pub static ISSUED: LazyLock<Vec<Issued>> = LazyLock::new(|| {
    // Issued at, expires at, epoch, nonce, user; then what the scope adds.
    let mut common = [NOW, NOW + 300, 7].map(u64::to_be_bytes).concat();
    common.extend_from_slice(&[9; 16]);
    common.extend_from_slice(b"\x011");
    let with = |payload: &[u8]| [&common, payload].concat();
    let request = |granted_for: &[u8]| with(&[granted_for, &[5; 12]].concat());
    let round = with(&0_u64.to_be_bytes());
    let ticket = [[5; 12].as_slice(), b"\x04fuzz", &[6; 178]].concat();
    vec![
        issued::<Challenge>("challenge", round.clone(), None),
        issued::<EnrollmentGrant>("grant", with(&[0]), None),
        issued::<EnrollmentGrant>("reset_grant", request(&[1]), None),
        issued::<EnrollmentGrant>("recovery_grant", request(&[2]), None),
        issued::<Enrollment>("enrollment", with(&[5; 12]), None),
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

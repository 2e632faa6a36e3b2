//! What several routes refuse.

use crate::problem::{ProblemKind, kinds};

/// A token.
pub(crate) const TOKEN: [ProblemKind; 3] = [
    kinds::INVALID_TOKEN,
    kinds::TOKEN_EXPIRED,
    kinds::TOKEN_SPENT,
];

/// The token of a link in a mail, which no use spends.
pub(crate) const LINK: [ProblemKind; 2] = [kinds::INVALID_TOKEN, kinds::TOKEN_EXPIRED];

/// A session.
pub(crate) const SESSION: [ProblemKind; 2] = [kinds::UNAUTHENTICATED, kinds::LOCKED];

/// Password and code. A bad step-up token is refused like a bad code.
pub(crate) const PROOF: [ProblemKind; 12] = [
    kinds::MALFORMED_CODE,
    kinds::INVALID_TOKEN,
    kinds::TOKEN_EXPIRED,
    kinds::TOKEN_SPENT,
    kinds::USER_VERIFICATION_REQUIRED,
    kinds::METHOD_UNAVAILABLE,
    kinds::REAUTHENTICATION_FAILED,
    kinds::REAUTHENTICATION_REQUIRED,
    kinds::THROTTLED,
    kinds::FACTOR_DISABLED,
    kinds::AUTHENTICATOR_UNPROVEN,
    kinds::PASSWORD_CHANGE_REQUIRED,
];

/// A sensitive action in a session, before its own refusals.
pub(crate) fn sensitive(own: &[ProblemKind]) -> Vec<ProblemKind> {
    [&SESSION[..], &PROOF, &[kinds::NOT_ENROLLED], own].concat()
}

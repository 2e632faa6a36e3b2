//! What nobody may read or make: secrets and tokens.

mod redaction;
mod tokens;

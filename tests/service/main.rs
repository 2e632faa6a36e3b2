//! What a user of the library would notice: states, answers and events of `Mfa` over `MemoryStore`.

mod conformance;
mod life;
mod support;

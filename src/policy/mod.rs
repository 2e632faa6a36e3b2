//! The rules of a service: what it demands and what it allows.

mod check;
pub(crate) mod settings;
mod table;
#[cfg(test)]
mod tests;
mod throttle;

pub use crate::{demand::Demand, requirement::Requirement};
pub use check::PolicyError;
pub use throttle::Throttle;

pub(crate) use settings::Policy;

//! Browsers that are remembered.

mod end;
mod listing;
mod theft;
mod trust;

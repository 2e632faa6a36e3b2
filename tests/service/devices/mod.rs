//! Browsers that are remembered.

mod current;
mod end;
mod listing;
mod theft;
mod trust;

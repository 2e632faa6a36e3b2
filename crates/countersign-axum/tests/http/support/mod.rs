//! An application around the router, people with browsers, and the checks that every answer goes
//! through.

mod app;
mod browser;
mod document;
mod host;
mod logs;
mod mail;
mod person;
mod world;

pub(crate) use browser::{Answer, Browser, Call};
pub(crate) use document::{Seen, members, provoked};
pub(crate) use host::PHONE;
pub(crate) use person::Person;
pub(crate) use world::{Store, World, policy, requiring};

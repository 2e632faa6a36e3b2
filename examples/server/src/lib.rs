#![doc = include_str!("../README.md")]

mod accounts;
mod app;
mod assembly;
mod client;
mod connections;
mod database;
mod demo;
mod email;
mod host;
mod keyfile;
mod language;
mod layers;
mod limits;
mod links;
mod mail;
mod new_addresses;
mod new_sessions;
mod pages;
mod passwords;
mod random;
mod routes;
pub mod seed;
mod sessions;
mod settings;
mod tasks;
pub mod testing;
mod turns;
mod wait;

pub use app::{App, StartError};
pub use database::{Fault, OpenError};
pub use email::{Email, InvalidEmail};
pub use keyfile::KeyFileError;
pub use mail::{Mail, MailError, Mailbox};
pub use passwords::HashError;
pub use settings::{SecretText, Settings};
pub use wait::{InvalidWait, Wait};

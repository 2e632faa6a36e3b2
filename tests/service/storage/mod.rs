//! What is kept, and what happens where it cannot be read or written.

mod conformance;
mod faults;
mod lost_records;
mod outbox;
mod records;
mod restored;
mod size;

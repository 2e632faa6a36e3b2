//! Recovery codes: their sets and their sheet.

mod sets;

//! Recovery codes: their sets, whether they are kept, their sheet, and codes of another service.

mod foreign;
mod kept;
mod sets;

//! Recovery codes: their sets, whether they are kept, and their sheet.

mod kept;
mod sets;

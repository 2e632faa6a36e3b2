//! A clock that is wrong: ahead, set back, or not that of another machine.

mod ahead;
mod budgets;
mod machines;
mod set_back;
mod tokens;

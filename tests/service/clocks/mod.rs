//! A clock that is wrong: ahead, set back, or not that of another machine.

mod ahead;

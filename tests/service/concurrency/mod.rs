//! Requests at once, clients that leave, and answers that are lost.

mod hang_up;
mod lost_answer;

//! A machine with a clock of its own and the gateway's side of the conversation, and the invariants that
//! hold for every machine.

mod harness;
mod invariants;

pub use self::{
    harness::{
        Effect, Harness, INTERVAL, MAIN, RESUME_HOST, SESSION, asks_for_permit, causes,
        close_codes, connects, disconnects, events, has, is_send, message, outcomes, ready,
        ready_as, resume_url, resumed, sent, stored_session,
    },
    invariants::{InvariantChecker, assert_window},
};

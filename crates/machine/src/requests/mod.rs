//! Requests whose replies are awaited: members of a guild ([P24](gloaming_protocol::rules#p24),
//! [P25](gloaming_protocol::rules#p25)), soundboard sounds and channel info
//! ([P26](gloaming_protocol::rules#p26)).
//!
//! [`Machine`](crate::Machine) owns the scheduler that decides when each payload is sent, which request a reply
//! belongs to and when a request ends. Its callers see the types of this module: a [`RequestPayload`] goes in with
//! [`Input::Request`](crate::Input::Request), [`RequestState`] and [`RequestErrorKind`] come out.

mod chunks;
mod error;
mod id;
mod liveness;
mod nonces;
mod pacing;
mod payload;
mod pending;
mod policy;
mod reply_match;
mod scheduler;
mod state;
#[cfg(test)]
mod tests;

pub use self::{
    error::RequestErrorKind,
    id::RequestId,
    payload::{RequestPayload, is_full_member_list},
    policy::RequestPolicy,
    state::RequestState,
};

pub(crate) use self::{
    reply_match::ReplyMatch,
    scheduler::{Input, Output, RequestScheduler},
};

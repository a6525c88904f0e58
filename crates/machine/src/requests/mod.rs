//! Requests whose answers are waited for, without IO.

#![allow(missing_docs, reason = "the scheduler becomes a part of the machine")]

mod ask;
mod chunks;
mod error;
mod hearing;
mod nonces;
mod policy;
mod scheduler;
mod sighting;
mod state;
#[cfg(test)]
mod tests;
mod turns;

pub use self::{
    ask::{Body, is_full_list},
    error::RequestErrorKind,
    policy::RequestPolicy,
    scheduler::{HandleId, IN_LANE, Input, Output, Scheduler},
    sighting::Sighting,
    state::RequestState,
};

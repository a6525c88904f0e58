//! The checkers of the invariants.

mod commands;
mod connecting;
mod delivery;
mod heartbeats;
mod requests;
mod sending;

pub(crate) use self::{
    commands::CommandChecker,
    connecting::ConnectChecker,
    delivery::DeliveryChecker,
    heartbeats::HeartbeatChecker,
    requests::{ExpectedReply, RequestChecker},
    sending::SendChecker,
};

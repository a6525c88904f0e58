//! The guards of the invariants, one concern each.

mod commands;
mod connecting;
mod delivery;
mod heartbeats;
mod requests;
mod sending;

pub(crate) use self::{
    commands::CommandGuard,
    connecting::ConnectGuard,
    delivery::DeliveryGuard,
    heartbeats::HeartbeatGuard,
    requests::{RequestGuard, Wanted},
    sending::SendGuard,
};

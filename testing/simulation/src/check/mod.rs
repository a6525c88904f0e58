//! The guards of the invariants, one concern each.

mod commands;
mod connecting;
mod delivery;
mod heart;
mod requests;
mod sending;

pub(crate) use self::{
    commands::CommandGuard,
    connecting::ConnectGuard,
    delivery::DeliveryGuard,
    heart::HeartGuard,
    requests::{RequestGuard, Wanted},
    sending::SendGuard,
};

//! The guards of the invariants, one concern each.

mod commands;
mod connecting;
mod delivery;
mod heart;
mod sending;

pub(crate) use self::{
    commands::CommandGuard, connecting::ConnectGuard, delivery::DeliveryGuard, heart::HeartGuard,
    sending::SendGuard,
};

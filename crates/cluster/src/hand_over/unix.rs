//! The drivers of a hand-over over Unix sockets.

mod connection;
mod give;
mod listener;
mod socket;
mod take;
mod taken;

pub use self::{
    listener::{HandOverListener, HandOverReport},
    take::HandOver,
    taken::TakenShards,
};

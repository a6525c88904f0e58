//! Shards against a server that breaks every rule, on raw sockets.
//!
//! A [`Case`] is one attack: bytes in place of the handshake, frames that no WebSocket library writes, payloads that
//! Discord never sends. The server plays it on a real connection, then behaves, and [`run`] checks what must hold after
//! any attack: the shard is back and receives the next event once, it made few connections for that, its log is short and
//! has no control character, and no wait is longer than its bound. [`cases`] lists them by family, and [`Setup`] the ways
//! to connect that each is played over: without compression, zlib-stream, zstd-stream, simd-json, rustls and native-tls.
//!
//! A [`Flood`] is an attack that goes on: it is measured for some seconds, and its CPU time, memory, log and connections
//! are compared with bounds. `cargo xtask soak` runs them.

mod case;
mod cases;
mod clock;
mod encoder;
mod flood;
mod floods;
mod limits;
mod peer;
mod run;
mod server;
mod setup;
mod usage;

pub use self::{
    case::{Attack, Case, Family, Reached, Reaction, Then},
    cases::cases,
    encoder::Encoder,
    flood::{Bounds, Flood, FloodKind, Measured, measure},
    floods::floods,
    run::{Outcome, run},
    setup::{Security, Setup},
};

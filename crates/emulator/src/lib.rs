//! A Discord gateway on your own machine.

#![cfg_attr(
    test,
    allow(clippy::disallowed_methods, reason = "made-up time needs an origin")
)]
#![recursion_limit = "256"] // GUILD_CREATE has more fields than `json!` is used to.

mod builder;
mod clock;
mod emulator;
mod flood;
mod intents;
pub mod model;
mod rng;
mod selector;
mod server;
mod settings;
mod stats;
mod traffic;
mod violation;
mod world;

pub use self::{
    builder::EmulatorBuilder,
    emulator::Emulator,
    flood::Flood,
    selector::Selector,
    settings::{DEFAULT_TOKEN, Settings},
    stats::Stats,
    violation::{Answer, Violation},
};

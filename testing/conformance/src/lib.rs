//! The control group: what the emulator's library of scenarios does to gloaming, and to twilight-gateway 0.18.
//!
//! A [`Trial`] is one scenario, one client and an emulator of their own, over a real socket of this machine. The clients
//! are one source, compiled against each library. What is told of them is counted by the emulator; of the clients' own
//! word only which dispatches they were given is taken, and when.

mod client;
mod clock;
mod log;
mod record;
mod table;
mod trial;

pub use self::{
    client::Client,
    record::{Ending, Outcome},
    table::{put_between_marks, table},
    trial::{Trial, run},
};

//! Clusters under test.
//!
//! [`Harness`] runs a cluster over transports in memory, with a test in the place of the gateway;
//! [`emulator`] runs one against the emulator.

pub(crate) mod emulator;
mod memory;
mod scratch;
mod store;

pub(crate) use self::{
    memory::{Harness, harness, harness_with, sequence},
    scratch::Scratch,
    store::{Answer, TestStore, now, owner},
};

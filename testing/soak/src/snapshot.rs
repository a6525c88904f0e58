use std::{
    fmt::{self, Display, Formatter},
    time::Duration,
};

use crate::resources::ResourceUsage;

/// The phase of a soak test.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Phase {
    /// The shards start.
    Start,
    /// Every kind of buffer is used once, so that its memory is part of the baseline.
    WarmUp,
    /// Resources are measured before the faults.
    Baseline,
    /// Faults are injected.
    Faults,
    /// The shards recover from the last faults.
    Recovery,
    /// Resources are measured after the faults.
    Cooldown,
    /// The shards are closed.
    Close,
}

/// The state of a running soak test.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The time since the start.
    pub elapsed: Duration,
    /// The phase.
    pub phase: Phase,
    /// The number of connected shards.
    pub connected: usize,
    /// The number of shards.
    pub shards: u32,
    /// Events that the emulator sent.
    pub sent: u64,
    /// Events that the shards delivered.
    pub delivered: u64,
    /// Ended connections.
    pub disconnects: u64,
    /// Violations that the emulator detected.
    pub violations: u64,
    /// The largest delay of this process since the last snapshot, which shows how busy the machine is.
    pub delay: Duration,
    /// The resources of this process.
    pub usage: ResourceUsage,
    /// The resources of the emulator's process, if it has one.
    pub emulator_usage: Option<ResourceUsage>,
    /// Faults that were injected since the last snapshot.
    pub faults: Vec<String>,
}

impl Display for Phase {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Start => "start",
            Self::WarmUp => "warm-up",
            Self::Baseline => "baseline",
            Self::Faults => "faults",
            Self::Recovery => "recovery",
            Self::Cooldown => "cooldown",
            Self::Close => "close",
        })
    }
}

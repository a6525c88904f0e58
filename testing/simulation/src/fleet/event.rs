//! What happens in a fleet, and the messages that are under way.

use super::{
    discord::Connection,
    engine::{DriverAnswer, DriverCall},
};
use gloaming_coordinator::{Answer, CallId, IdentifyPermit, LeaseChange, Request};
use std::time::{Duration, Instant};

/// Something that happens at a time.
#[derive(Clone, Debug)]
pub(super) enum Event {
    Fault(usize),
    EngineTick,
    EngineStarts {
        forgets: Duration,
    },
    Starts {
        slot: usize,
    },
    Resumes {
        process: usize,
    },
    Heals {
        process: usize,
    },
    Wake {
        process: usize,
        version: u64,
    },
    ToEngine {
        process: usize,
        call: CallId,
        request: Request,
    },
    FromEngine {
        process: usize,
        call: CallId,
        answer: Answer,
    },
    DriverToEngine {
        process: usize,
        id: u64,
        call: DriverCall,
    },
    DriverFromEngine {
        process: usize,
        id: u64,
        answer: DriverAnswer,
    },
    DriverTimeout {
        process: usize,
        id: u64,
    },
    Changed {
        process: usize,
        change: LeaseChange,
    },
    ToDiscord {
        process: usize,
        message: ToDiscord,
    },
    FromDiscord {
        process: usize,
        message: FromDiscord,
    },
    Traffic {
        shard: u32,
    },
    Checkpoints {
        process: usize,
    },
    /// A shard without a connection tries again.
    Retry {
        process: usize,
        shard: u32,
    },
    /// IDENTIFY is ready to be sent.
    Identify {
        process: usize,
        shard: u32,
        permit: IdentifyPermit,
        asked: Instant,
    },
    Check,
}

#[derive(Clone, Debug)]
pub(super) enum ToDiscord {
    Resume {
        shard: u32,
        session: usize,
        after: u64,
        connection: Connection,
    },
    Identify {
        shard: u32,
        connection: Connection,
    },
    Close {
        connection: u64,
        ends_session: bool,
    },
}

#[derive(Clone, Debug)]
pub(super) enum FromDiscord {
    Ready {
        shard: u32,
        connection: u64,
        session: usize,
    },
    /// RESUMED, with the events until then.
    Resumed {
        shard: u32,
        connection: u64,
        latest: u64,
    },
    Invalid {
        shard: u32,
        connection: u64,
    },
    Event {
        shard: u32,
        connection: u64,
        sequence: u64,
    },
    Closed {
        connection: u64,
    },
}

impl Event {
    /// Returns the process that has to run for it.
    pub(super) const fn process(&self) -> Option<usize> {
        match self {
            Self::Wake { process, .. }
            | Self::FromEngine { process, .. }
            | Self::DriverFromEngine { process, .. }
            | Self::DriverTimeout { process, .. }
            | Self::Changed { process, .. }
            | Self::FromDiscord { process, .. }
            | Self::Checkpoints { process }
            | Self::Retry { process, .. }
            | Self::Identify { process, .. } => Some(*process),
            _ => None,
        }
    }
}

//! The system in virtual time: shards, their queue and a gateway, over a network that fails by a seed.
//!
//! ```text
//!            one process                          network                    the other side
//!  ┌───────────────────────────────┐   ┌──────────────────────────┐   ┌──────────────────────┐
//!  │ Machine ─ driver as data ─────┼──►│ pipes: latency, stalls,  ├──►│ gloaming_emulator::  │
//!  │   ×1..8     │                 │◄──┤ cuts, half-open, garbage │◄──┤ model::Gateway       │
//!  │             ▼                 │   │ hosts: refuse, 503,      │   │ mute, op 7, op 9,    │
//!  │ Scheduler + ledger in memory  │   │ silent, not trusted      │   │ close codes, restart │
//!  └───────────────────────────────┘   └──────────────────────────┘   └──────────────────────┘
//!                 one agenda, one clock, one seed, one thread
//! ```
//!
//! All that decides is the library's own code: [`Machine`](gloaming_machine::Machine),
//! [`Scheduler`](gloaming_queue::Scheduler) with [`MemoryLedger`](gloaming_queue::MemoryLedger), and the
//! emulator's [`Gateway`](gloaming_emulator::model::Gateway). The drivers between them, which do IO in the
//! library, are data here: a queue of what is not written yet, a permit slot, whether the consumer
//! keeps up. What supervises many shards belongs beside the queue, in the process that [`Plan`] gives
//! its shards to.
//!
//! ```
//! use gloaming_simulation::{Plan, Tracing, run};
//!
//! let plan = Plan::new(7);
//! let run = run(&plan, None, Tracing::Off);
//! assert!(run.finding.is_none());
//! assert!(run.elapsed > plan.faults_until);
//! ```
//!
//! # A run
//!
//! A seed is drawn into a [`Plan`]: how many shards, how fast the network, and a schedule of
//! [`Fault`]s. Half of them strike at a time, the others when their shard comes into a [`State`] after
//! it, so that states that pass within a round trip are hit as well.
//!
//! 1. Faults strike for up to 40 minutes, and wherever a shard stops somebody starts it again with the
//!    session that it left, or after a crash with the one that was stored up to 30 s earlier.
//! 2. They cease; within 10 minutes (and 5 s for each shard, and a day where session starts were used
//!    up) all shards have to be ready on connections that carry both ways.
//! 3. For two heartbeats no connection may end.
//! 4. All is quiet for 5 s, then the consumers have to be where the server is.
//! 5. The shards are closed, for good and to resume by turns, and nothing may be left.
//!
//! # A step
//!
//! The next event of the agenda is taken: a packet, a timer, a grant, a fault. If it is for a shard
//! whose task does not run, it waits for that. Else the machine is fed, each of its outputs is done as
//! the driver would, and once it waits every [`Invariant`] is looked at. The first that does not hold
//! ends the run as a [`Finding`].
//!
//! What the gateway complains of is a finding too, by rule, except for what no client can help:
//!
//! | rule | excused if |
//! |---|---|
//! | [P4](gloaming_protocol::rules#p4), [P6](gloaming_protocol::rules#p6) | the connection was slow or half-open, or the shard did not run or not read |
//! | [P7](gloaming_protocol::rules#p7) | the user closed for good while the server kept acknowledgements back |
//! | [P11](gloaming_protocol::rules#p11) | this IDENTIFY, or the one of its key that arrived before, was held up on its way, or waited in a socket for over a minute, or the process died and the wall clock was set forward meanwhile; when they are handed to the socket, 5 s and the queue's margin lie between them |
//! | [P12](gloaming_protocol::rules#p12) | the process died and the wall clock was set forward, so that its successor, whom nobody told the limit, takes it to be reset so much too early; the run ends there |
//! | [P22](gloaming_protocol::rules#p22) | payloads were held up on their way and arrived together; when they are handed out the window is kept |
//!
//! # Reading a trace
//!
//! [`shrink`] leaves out faults as long as the same invariant breaks, and shows the last lines of what
//! is left. A line has the time, the shard (`-`: all of them) and what happened:
//!
//! ```text
//! 0:26:47.405000  0 *** 0:26:47.405000 shard 0: cut, both sides hear of it (0.0 s, 0)   a fault
//! 0:26:47.538720  0 [active] <- lost                               the state, and its input
//! 0:26:47.538720  0     -> Event(Disconnected { .. })              an output
//! 0:26:47.959110  0     gateway: Text(106 bytes)                   the gateway's input
//! 0:26:47.959110  0 !!! Delivery (every event ..) at ..            what did not hold
//! ```
//!
//! # What was tried
//!
//! [`Coverage`] counts cells of state x input x the fault before it. [`reach`] is the table of what an
//! input can meet, with the reason where it can't; [`unreached`] is what should have been met and was
//! not, and `cargo xtask sim` fails of it from a thousand seeds on.
//!
//! # Deliberate bugs
//!
//! A [`Bug`] stands at the machine's door and changes what goes in or comes out, so that the library
//! has no broken code in any build. [`hunt`] counts the seeds until each is found.

mod agenda;
mod bug;
mod campaign;
mod check;
mod clock;
mod coverage;
mod fault;
mod finding;
mod network;
mod plan;
mod queue;
mod random;
mod reachable;
pub mod report;
mod shard;
mod shrink;
mod state;
mod subject;
mod trace;
mod world;

pub use self::{
    bug::Bug,
    campaign::{Campaign, Caught, hunt},
    coverage::{Coverage, InputKind},
    fault::{Fault, FaultKind},
    finding::{Finding, Invariant},
    plan::Plan,
    reachable::{Reach, Why, reach, unreached},
    shrink::{Shrunk, shrink},
    state::State,
    trace::Line,
    world::Run,
};

use trace::Trace;
use world::World;

/// Whether what happens is written down.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Tracing {
    /// No: it is faster.
    Off,
    /// Yes.
    On,
}

/// Runs a plan to its end, or to the first thing that is wrong.
#[must_use]
pub fn run(plan: &Plan, bug: Option<Bug>, tracing: Tracing) -> Run {
    let trace = match tracing {
        Tracing::Off => Trace::Off,
        Tracing::On => Trace::Kept(Vec::new()),
    };
    World::new(plan, bug, trace).run()
}

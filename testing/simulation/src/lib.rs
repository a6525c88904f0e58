//! A simulation of shards, their queue and a gateway in virtual time, over a network with seeded faults.
//!
//! ```text
//!           client process                        network                       server
//!  ┌───────────────────────────────┐   ┌──────────────────────────┐   ┌──────────────────────┐
//!  │ Machine ─ simulated driver ───┼──►│ pipes: latency, stalls,  ├──►│ gloaming_emulator::  │
//!  │   ×1..8     │                 │◄──┤ cuts, half-open, corrupt │◄──┤ model::Gateway       │
//!  │             ▼                 │   │ hosts: refused, 503,     │   │ mute, op 7, op 9,    │
//!  │ Scheduler + LedgerState       │   │ no response, untrusted   │   │ close codes, restart │
//!  └───────────────────────────────┘   └──────────────────────────┘   └──────────────────────┘
//!              one event queue, one clock, one seed, one thread
//! ```
//!
//! The protocol logic is the code of the library: [`Machine`](gloaming_machine::Machine),
//! [`Scheduler`](gloaming_queue::Scheduler) with a [`LedgerState`](gloaming_queue::LedgerState), and the
//! emulator's [`Gateway`](gloaming_emulator::model::Gateway). The drivers, which perform the IO in the library,
//! are simulated: a buffer of unwritten frames, a permit slot, and the state of the consumer. All shards of a
//! [`Plan`] are in one process and share its queue.
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
//! A seed determines a [`Plan`]: the number of shards, the speed of the network, and a list of [`Fault`]s. Half
//! of the faults are injected at a fixed time. The others are injected when their shard enters a given [`State`]
//! after that time, so that states that last less than a round trip are covered too.
//!
//! 1. Faults are injected for up to 40 minutes. A shard that stops is restarted with its last session, or after
//!    a crash with the session that was stored up to 30 s earlier.
//! 2. The faults end. Within 10 minutes (plus 5 s for each shard, plus a day if session starts are exhausted)
//!    all shards have to be ready on connections that work in both directions.
//! 3. For two heartbeat intervals, no connection may end.
//! 4. No events are created for 5 s. Then the consumers must have received all events of the server.
//! 5. The shards are closed, alternately with a final and a resumable code, and all resources must be released.
//!
//! # Processes that share a ledger
//!
//! After that, two to four processes of the same bot run for four days of virtual time with one ledger: a
//! [`Scheduler`](gloaming_queue::Scheduler) each, and a common [`LedgerState`](gloaming_queue::LedgerState). They are
//! killed and restarted at any moment, and the wall clock is set by hours and decades. The machine is restarted as well,
//! in runs in which the clock is wrong once. All identifies together have to keep the spacing and the daily limit
//! ([`Invariant::SharedLimits`]), and the processes must not be locked out.
//!
//! # Processes that are killed
//!
//! Then the events of one shard are handled by one process after another, each with a
//! [`DeliveryTracker`](gloaming_machine::delivery::DeliveryTracker). Handlers finish in any order or drop their event, the
//! position is stored now and then, and the process is killed or closed at any step. Each event must be handled or
//! reported as lost ([`Invariant::AtLeastOnce`]), and only events after the stored position are handled again.
//!
//! # A switch to another number of shards
//!
//! At last, a bot switches from four shards to seven, or the other way, while events flow:
//! [`Switchover`](gloaming_cluster::reshard::Switchover) with a simple gateway that sends each event to both sets of shards, with
//! random delays, in bursts of equal content. Sockets stall, connections are lost and resumed, one of the sets loses
//! sessions, guilds are joined, left and hit by outages, and a third of the switches is aborted at a random moment. Of each
//! guild, all events have to be delivered once and in order ([`Invariant::SwitchDelivery`]), and every other switch has to be
//! completed ([`Invariant::SwitchEnd`]). Events are excused that the old set lost with a session before the sets were
//! aligned, as that loss is the same without a switch.
//!
//! # A fleet of nodes
//!
//! Then a bot runs as two to five processes, each with a [`Node`](gloaming_coordinator::Node) and a driver, that share a
//! [`MemoryCoordinator`](gloaming_coordinator::MemoryCoordinator) over messages that take time and get lost. Each clock runs
//! at a rate of its own. Processes are killed, stopped for up to 75 s, cut off from the engine and replaced; the engine is
//! stopped, and forgets its last seconds. Every shard has to be served again within 15 s ([`Invariant::FleetTakeover`]), no
//! two nodes may serve one ([`Invariant::FleetOwners`], [`Invariant::FleetService`], [`Invariant::FleetFences`]), and no
//! shard identifies while its session can be resumed ([`Invariant::FleetSessions`]).
//!
//! # A step
//!
//! The next event is popped from the event queue: a packet, a timer, a permit, a fault. If it is for a shard
//! whose task is not polled, it is postponed. Otherwise the machine handles the input, its outputs are executed
//! as the driver would, and when it waits again, every [`Invariant`] is checked. The first violation ends the
//! run as a [`Finding`].
//!
//! A rule violation that the gateway reports is a finding too, unless the client can't prevent it:
//!
//! | rule | excused if |
//! |---|---|
//! | [P4](gloaming_protocol::rules#p4), [P6](gloaming_protocol::rules#p6) | the connection was slow or half-open, or the shard was not polled or did not read |
//! | [P7](gloaming_protocol::rules#p7) | the user closed with a final code while the server withheld ACKs |
//! | [P5](gloaming_protocol::rules#p5), [P14](gloaming_protocol::rules#p14) | the gateway was given an IDENTIFY in place of the client's RESUME |
//! | [P11](gloaming_protocol::rules#p11) | the same, or this IDENTIFY or the previous one of its rate-limit key was delayed by the network, or was blocked in a socket for over a minute; when they are passed to the socket, they are 5 s and the queue's margin apart |
//! | [P22](gloaming_protocol::rules#p22) | the network delayed payloads so that they arrived together; when they are sent, the limit is kept |
//!
//! # Reading a trace
//!
//! [`shrink`] removes faults as long as the same invariant is violated, and prints the last lines of the
//! remaining trace. A line has the time, the shard (`-` for all shards) and an event:
//!
//! ```text
//! 0:26:47.405000  0 *** 0:26:47.405000 shard 0: cut, both sides are notified (0.0 s, 0)   a fault
//! 0:26:47.538720  0 [active] <- lost                                 the state and its input
//! 0:26:47.538720  0     -> Event(Disconnected { .. })                an output
//! 0:26:47.959110  0     gateway: Text(106 bytes)                     an input of the gateway
//! 0:26:47.959110  0 !!! Delivery (every event ..) at ..              the violated invariant
//! ```
//!
//! # Coverage
//!
//! [`Coverage`] counts the combinations of state, input and preceding fault. [`reachability`] returns whether an
//! input can occur in a state, with the reason if it can't. [`missing_cells`] returns the reachable combinations
//! that did not occur; `cargo xtask sim` fails if there are any after a thousand seeds or more.
//!
//! # Deliberate bugs
//!
//! A [`Bug`] changes the inputs or outputs of the machine, so that the library does not contain broken code in
//! any build. [`find_bugs`] counts the seeds until each bug is detected.

mod bug;
mod campaign;
mod check;
mod clock;
mod coverage;
mod delivery;
mod event_queue;
mod fault;
mod finding;
mod fleet;
mod ledger;
mod machine_under_test;
mod network;
mod plan;
mod queue;
mod random;
mod reachable;
pub mod report;
mod reshard;
mod shard;
mod shrink;
mod state;
mod trace;
mod world;

pub use self::{
    bug::Bug,
    campaign::{BugResult, Campaign, find_bugs},
    coverage::{Coverage, InputKind},
    fault::{Fault, FaultKind},
    finding::{Finding, Invariant},
    fleet::{FleetFigures, figures},
    plan::Plan,
    reachable::{Reachability, UnreachableReason, missing_cells, reachability},
    shrink::{Shrunk, shrink},
    state::State,
    trace::Line,
    world::Run,
};

use trace::Trace;
use world::World;

/// Whether a run records a trace.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Tracing {
    /// The run does not record a trace, which is faster.
    Off,
    /// The run records a trace.
    On,
}

/// Runs a plan until its end or the first finding.
#[must_use]
pub fn run(plan: &Plan, bug: Option<Bug>, tracing: Tracing) -> Run {
    let trace = match tracing {
        Tracing::Off => Trace::Off,
        Tracing::On => Trace::Kept(Vec::new()),
    };
    if let Some(bug) = bug.filter(|bug| bug.is_of_a_fleet()) {
        return Run {
            finding: fleet::run(plan.seed, Some(bug)),
            ..Run::default()
        };
    }
    let mut run = match bug {
        Some(bug) if bug.is_of_a_switch() => Run::default(),
        _ => World::new(plan, bug, trace).run(),
    };
    if run.finding.is_none() {
        run.finding = ledger::run(plan.seed, bug);
    }
    if run.finding.is_none() {
        run.finding = delivery::run(plan.seed, bug);
    }
    if run.finding.is_none() {
        run.finding = reshard::run(plan.seed, bug);
    }
    if run.finding.is_none() {
        run.finding = fleet::run(plan.seed, bug);
    }
    run
}

/// Runs the fleet of a seed alone, and returns the first violation. With a trace, each step is printed.
#[must_use]
pub fn run_fleet(seed: u64, tracing: Tracing) -> Option<Finding> {
    match tracing {
        Tracing::Off => fleet::run(seed, None),
        Tracing::On => fleet::trace(seed),
    }
}

//! The event loop of a fleet.

use super::{
    discord::Discord,
    engine::Engine,
    event::Event,
    plan::FleetPlan,
    process::{Life, Process},
};
use crate::{
    bug::Bug,
    clock::DisplayTime,
    finding::{Check, Finding, Invariant, violated},
};
use gloaming_coordinator::{
    AcquireOutcome, Answer, CallId, LeaseChange, Node, NodeConfig, NodeId, NodeInput, NodeOutput,
    Request,
};
use gloaming_queue::QueueSettings;
use gloaming_test_support::Random;
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
    num::{NonZeroU16, NonZeroU32},
    time::{Duration, Instant},
};

/// A fleet, its engine, and Discord.
pub(super) struct World {
    pub(super) plan: FleetPlan,
    pub(super) bug: Option<Bug>,
    pub(super) now: Duration,
    origin: Instant,
    pub(super) random: Random,
    pub(super) engine: Engine,
    pub(super) discord: Discord,
    /// Every process there was.
    pub(super) processes: Vec<Process>,
    queue: BinaryHeap<Reverse<(Duration, u64)>>,
    events: BTreeMap<u64, Event>,
    next_event: u64,
    /// When the last message between a process and the engine or Discord arrives, so that none overtakes another.
    arrivals: BTreeMap<(usize, Lane), Duration>,
    pub(super) checks: super::checks::Checks,
    pub(super) is_scarce: bool,
    /// Whether each step is printed.
    pub(super) has_trace: bool,
}

/// A connection of a process, on which messages keep their order.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Lane {
    ToEngine,
    FromEngine,
    ToDiscord,
    FromDiscord,
}

/// More events would be a loop.
const MAX_EVENTS: u64 = 10_000_000;

/// How long a permit whose use was not reported holds up the other shards of its rate-limit key, and a margin.
const UNREPORTED: Duration = Duration::from_secs(70);

/// The most such permits after the last fault.
const MAX_UNREPORTED: u32 = 4;

impl World {
    pub(super) fn new(plan: FleetPlan, bug: Option<Bug>) -> Self {
        let mut random = Random::new(plan.seed ^ 0x000f_1ee7);
        let is_scarce = random.once_in(8);
        let total = if is_scarce { plan.shards + 6 } else { 1000 };
        let settings = QueueSettings {
            max_concurrency: NonZeroU16::new(plan.max_concurrency).unwrap_or(NonZeroU16::MIN),
            remaining: total,
            total,
            reserve: 1,
            ..QueueSettings::default()
        };
        Self {
            engine: Engine::new(&plan, settings),
            discord: Discord::new(plan.max_concurrency, total),
            checks: super::checks::Checks::new(plan.shards),
            now: Duration::ZERO,
            origin: gloaming_test_support::start_of_time(),
            processes: Vec::new(),
            queue: BinaryHeap::new(),
            events: BTreeMap::new(),
            next_event: 0,
            arrivals: BTreeMap::new(),
            is_scarce,
            has_trace: false,
            random,
            plan,
            bug,
        }
    }

    /// Runs until the end of the plan, or the first violation.
    pub(super) fn run(mut self) -> Option<Finding> {
        self.run_until_end().err()
    }

    fn run_until_end(&mut self) -> Result<(), Finding> {
        let mut until = self.plan.until;
        self.run_to(until)?;
        for _ in 0..MAX_UNREPORTED {
            if !self.waits_to_identify() {
                break;
            }
            until += UNREPORTED;
            self.run_to(until)?;
        }
        let end = self.check_end();
        self.finding(end)
    }

    pub(super) fn run_to(&mut self, until: Duration) -> Result<(), Finding> {
        if self.next_event == 0 {
            self.begin();
        }
        for _ in 0..MAX_EVENTS {
            if self.queue.peek().is_none_or(|Reverse((at, _))| *at > until) {
                return Ok(());
            }
            let Some(Reverse((at, id))) = self.queue.pop() else {
                return Ok(());
            };
            self.now = at;
            let event = self.events.remove(&id).expect("each event is queued once");
            let step = self.step(event);
            self.finding(step)?;
        }
        let loops = violated(Invariant::Deadline, "the fleet does not wait");
        self.finding(loops)
    }

    fn finding(&self, check: Check) -> Result<(), Finding> {
        check.map_err(|(invariant, detail)| Finding {
            invariant,
            at: self.now,
            shard: None,
            detail,
        })
    }

    fn begin(&mut self) {
        for slot in 0..self.plan.nodes {
            let at = self.random.millis(0, 4_000);
            self.at(at, Event::Starts { slot });
        }
        for (index, (at, _)) in self.plan.faults.clone().into_iter().enumerate() {
            self.at(at, Event::Fault(index));
        }
        if !self.plan.event_interval.is_zero() {
            for shard in 0..self.plan.shards {
                self.at(Duration::from_secs(1), Event::Traffic { shard });
            }
        }
        self.at(Duration::from_secs(1), Event::EngineTick);
        self.at(Duration::from_secs(1), Event::Check);
    }

    fn step(&mut self, event: Event) -> Check {
        if self.has_trace {
            println!("{} {event:?}", DisplayTime(self.now));
        }
        self.engine.set_time(self.now);
        if let Some(process) = event.process() {
            match self.processes[process].life {
                Life::Running => {}
                Life::Paused { until } => {
                    self.at(until, event);
                    return Ok(());
                }
                Life::Ended => return Ok(()),
            }
        }
        let may_change_leases = matches!(
            event,
            Event::ToEngine { .. }
                | Event::DriverToEngine { .. }
                | Event::EngineTick
                | Event::EngineStarts { .. }
                | Event::Starts { .. }
                | Event::Heals { .. }
        );
        match event {
            Event::Fault(index) => self.inject(index),
            Event::EngineTick => {
                self.engine.end_leases();
                self.at(self.now + Duration::from_millis(500), Event::EngineTick);
            }
            Event::EngineStarts { forgets } => self.start_engine(forgets),
            Event::Starts { slot } => self.start(slot)?,
            Event::Resumes { process } => self.resume_process(process),
            Event::Heals { process } => self.heal(process),
            Event::Wake { process, version } => {
                if self.processes[process].timer == version {
                    self.feed(process, NodeInput::Tick)?;
                }
            }
            Event::ToEngine {
                process,
                call,
                request,
            } => {
                self.reach_engine(process, call, &request)?;
            }
            Event::FromEngine {
                process,
                call,
                answer,
            } => {
                if self.hears_engine(process) {
                    self.note_lease(process, &answer);
                    self.feed(process, NodeInput::Answer { call, answer })?;
                }
            }
            Event::DriverToEngine { process, id, call } => {
                self.driver_reaches_engine(process, id, call)?;
            }
            Event::DriverFromEngine {
                process,
                id,
                answer,
            } => {
                if self.hears_engine(process) {
                    self.driver_answer(process, id, Some(answer))?;
                }
            }
            Event::DriverTimeout { process, id } => self.driver_answer(process, id, None)?,
            Event::Changed { process, change } => {
                if self.hears_engine(process) {
                    let is_snapshot = matches!(change, LeaseChange::Snapshot(_));
                    self.feed(process, NodeInput::Change(change))?;
                    if is_snapshot {
                        self.restate_identifies(process);
                    }
                }
            }
            Event::ToDiscord { process, message } => self.reach_discord(process, message)?,
            Event::FromDiscord { process, message } => self.hear_discord(process, message)?,
            Event::Traffic { shard } => self.create_event(shard)?,
            Event::Checkpoints { process } => self.checkpoint(process)?,
            Event::Retry { process, shard } => self.connect(process, shard)?,
            Event::Identify {
                process,
                shard,
                permit,
                asked,
            } => {
                self.identify(process, shard, permit, asked)?;
            }
            Event::Check => {
                self.at(self.now + Duration::from_millis(500), Event::Check);
                self.check_service()?;
            }
        }
        if may_change_leases {
            self.yield_changes();
        }
        Ok(())
    }

    pub(super) fn at(&mut self, at: Duration, event: Event) {
        let id = self.next_event;
        self.next_event += 1;
        self.queue.push(Reverse((at, id)));
        self.events.insert(id, event);
    }

    /// Lets a message arrive after those before it.
    pub(super) fn send(&mut self, process: usize, lane: Lane, event: Event) {
        let latency = self.plan.latency.as_micros() as u64;
        let latency = Duration::from_micros(latency / 4 + self.random.below(latency * 3 / 4 + 1));
        let last = self.arrivals.entry((process, lane)).or_default();
        let at = (self.now + latency).max(*last);
        *last = at;
        self.at(at, event);
    }

    /// Returns whether a message between a process and the engine gets lost.
    pub(super) fn loses_message(&mut self) -> bool {
        self.random.below(10_000_u64) < self.plan.lost
    }

    pub(super) fn hears_engine(&self, process: usize) -> bool {
        let peer = self.processes[process].peer.as_ref();
        peer.is_some_and(|peer| !peer.is_partitioned) && self.engine.is_up
    }

    /// Starts a process.
    fn start(&mut self, slot: usize) -> Check {
        let index = self.processes.len();
        let id = NodeId::unique("node", index as u64);
        let shards = NonZeroU32::new(self.plan.shards).unwrap_or(NonZeroU32::MIN);
        let mut config = NodeConfig::new(id, shards, self.plan.max_concurrency);
        config.on_silence = self.plan.on_silence;
        self.change_config(&mut config);
        let mut process = Process {
            slot,
            origin: self.origin,
            node: Node::new(config.clone(), self.origin),
            rate: 1_000_000 - 4_500 + self.random.below(9_000_u64),
            started: self.now,
            life: Life::Running,
            peer: self.engine.connect(),
            silent_since: None,
            shards: BTreeMap::new(),
            sent: Vec::new(),
            calls: BTreeMap::new(),
            next_id: 0,
            timer: 0,
            is_draining: false,
        };
        process.node = Node::new(config, process.local(self.now));
        self.processes.push(process);
        self.disturbed();
        let first = self.now + self.random.millis(0, 2_000);
        self.at(first, Event::Checkpoints { process: index });
        self.feed(index, NodeInput::Tick)
    }

    /// Feeds an input to a node, and does what it says.
    pub(super) fn feed(&mut self, process: usize, input: NodeInput) -> Check {
        let local = self.processes[process].local(self.now);
        self.processes[process].node.handle_input(local, input);
        loop {
            let output = self.processes[process].node.poll_output();
            if self.has_trace {
                println!("{}   {process} -> {output:?}", DisplayTime(self.now));
            }
            match output {
                NodeOutput::Call { call, request, .. } => self.send_call(process, call, request),
                NodeOutput::Start {
                    shard,
                    fence,
                    session,
                } => {
                    self.start_shard(process, shard, fence, session)?;
                }
                NodeOutput::Refence { shard, fence } => self.refence(process, shard, fence),
                NodeOutput::Stop {
                    shard,
                    kind,
                    reason,
                } => {
                    self.stop_shard(process, shard, kind, &reason)?;
                }
                NodeOutput::Drained => self.drained(process),
                NodeOutput::Wait(at) => {
                    let when = self.processes[process].when(at).max(self.now);
                    let version = &mut self.processes[process].timer;
                    *version += 1;
                    let version = *version;
                    self.at(when, Event::Wake { process, version });
                    return Ok(());
                }
                _ => {}
            }
        }
    }

    fn send_call(&mut self, process: usize, call: CallId, request: Request) {
        if !self.loses_message() {
            let event = Event::ToEngine {
                process,
                call,
                request,
            };
            self.send(process, Lane::ToEngine, event);
        }
    }

    fn reach_engine(&mut self, process: usize, call: CallId, request: &Request) -> Check {
        let Some(peer) = &self.processes[process].peer else {
            return Ok(());
        };
        let Some(mut answer) = self.engine.call(peer, request) else {
            return Ok(());
        };
        if let Answer::Acquired(AcquireOutcome::Granted(lease)) = &answer {
            let shard = lease.shard.number();
            self.check_sole_owner(process, shard)?;
            self.checks.owners.insert(shard, process);
        }
        self.change_answer(&mut answer);
        if !self.loses_message() {
            let event = Event::FromEngine {
                process,
                call,
                answer,
            };
            self.send(process, Lane::FromEngine, event);
        }
        Ok(())
    }

    fn yield_changes(&mut self) {
        for process in 0..self.processes.len() {
            if self.processes[process].life == Life::Ended {
                continue;
            }
            let Some(peer) = &mut self.processes[process].peer else {
                continue;
            };
            for change in self.engine.changes(peer) {
                if self.keeps_change(&change) {
                    let event = Event::Changed { process, change };
                    self.send(process, Lane::FromEngine, event);
                }
            }
        }
    }
}

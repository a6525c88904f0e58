//! The simulated system: shards, queue, network and gateway.

mod client;
mod faults;
mod hostile;
mod packets;
mod permits;
mod phases;
mod replays;
mod requests;
mod server;
mod step;

use crate::{
    bug::Bug,
    clock::Clock,
    coverage::Coverage,
    event_queue::{Event, EventQueue},
    finding::{Check, Finding, Invariant},
    network::Network,
    plan::Plan,
    queue::SimulatedQueue,
    random::Stream,
    shard::Shard,
    trace::{FINDING, Line, Trace},
};
use gloaming_emulator::{Settings, model::Gateway};
use gloaming_protocol::Token;
use gloaming_test_support::Random;
use permits::Identified;
use phases::Phase;
use std::{collections::BTreeMap, num::NonZeroU16, time::Duration};

/// The maximum number of scheduled events.
const MAX_EVENTS: usize = 200_000;

/// The result of a run.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Run {
    /// The first violation of an invariant.
    pub finding: Option<Finding>,
    /// The virtual time that elapsed.
    pub elapsed: Duration,
    /// The inputs and faults of each state.
    pub coverage: Coverage,
    /// The trace, if it was recorded.
    pub trace: Vec<Line>,
    /// The number of delivered events.
    pub delivered: u64,
    /// The number of steps of the machines.
    pub steps: u64,
    /// The number of rule violations that were caused by a fault, by rule.
    pub excused: BTreeMap<&'static str, u64>,
}

pub(crate) struct World<'a> {
    plan: &'a Plan,
    bug: Option<Bug>,
    clock: Clock,
    event_queue: EventQueue,
    network: Network,
    gateway: Gateway,
    queue: SimulatedQueue,
    shards: Vec<Shard>,
    phase: Phase,
    trace: Trace,
    coverage: Coverage,
    finding: Option<Finding>,
    network_random: Random,
    traffic_random: Random,
    request_random: Random,
    timer_random: Random,
    machine_random: Random,
    attempts: u64,
    gateway_timer: u64,
    violations_seen: usize,
    notes_seen: usize,
    delivered: u64,
    steps: u64,
    /// The last IDENTIFY of each rate-limit key.
    identified: BTreeMap<u32, Identified>,
    /// Whether the last IDENTIFY of each rate-limit key that arrived was delayed.
    delayed: BTreeMap<u32, bool>,
    excused: BTreeMap<&'static str, u64>,
}

impl<'a> World<'a> {
    pub(crate) fn new(plan: &'a Plan, bug: Option<Bug>, trace: Trace) -> Self {
        let clock = Clock::new();
        let seed = plan.seed;
        let mut machine_random = Stream::Machines.random(seed);
        let shards = (0..plan.shards)
            .map(|number| Shard::new(plan, number, machine_random.next(), bug))
            .collect();
        let gateway = Gateway::new(gateway_settings(plan), clock.now());
        Self {
            plan,
            bug,
            clock,
            event_queue: EventQueue::default(),
            network: Network::default(),
            gateway,
            queue: SimulatedQueue::new(queue_settings(plan, plan.session_starts, bug), clock.now()),
            shards,
            phase: Phase::Faults,
            trace,
            coverage: Coverage::default(),
            finding: None,
            network_random: Stream::Network.random(seed),
            traffic_random: Stream::Traffic.random(seed),
            request_random: Stream::Requests.random(seed),
            timer_random: Stream::Timers.random(seed),
            machine_random,
            attempts: 0,
            gateway_timer: 0,
            violations_seen: 0,
            notes_seen: 0,
            delivered: 0,
            steps: 0,
            identified: BTreeMap::new(),
            delayed: BTreeMap::new(),
            excused: BTreeMap::new(),
        }
    }

    pub(crate) fn run(mut self) -> Run {
        self.begin();
        while self.finding.is_none() && self.phase != Phase::Done {
            let Some((at, event)) = self.event_queue.next() else {
                self.fail(None, Invariant::Deadline, "no event is scheduled");
                break;
            };
            self.clock.set(at.max(self.clock.elapsed()));
            self.handle_event(event);
            if self.event_queue.len() > MAX_EVENTS {
                self.fail(None, Invariant::Bounds, "too many events are scheduled");
            }
        }
        Run {
            finding: self.finding,
            elapsed: self.clock.elapsed(),
            coverage: self.coverage,
            trace: self.trace.into_lines(),
            delivered: self.delivered,
            steps: self.steps,
            excused: self.excused,
        }
    }

    fn begin(&mut self) {
        for (index, fault) in self.plan.faults.iter().enumerate() {
            self.event_queue.add(fault.at, Event::Fault { index });
        }
        for shard in 0..self.shards.len() {
            self.start(shard);
            self.plan_traffic(shard);
            self.plan_request(shard);
        }
        self.event_queue
            .add(self.plan.faults_until, Event::CheckPhase);
        self.event_queue.add(STORE_INTERVAL, Event::Store);
    }

    fn handle_event(&mut self, event: Event) {
        if let Some(shard) = event.client(|connection| self.client_of(connection)) {
            let suspended_until = self.shards[shard].suspended_until;
            if suspended_until > self.clock.elapsed() {
                // The task handles its events in the same order when it is polled again.
                return self.event_queue.add(suspended_until, event);
            }
        }
        match event {
            Event::Downstream { connection } => self.downstream_arrived(connection),
            Event::Upstream { connection } => self.upstream_arrived(connection),
            Event::ConnectAttempt { shard, attempt } => self.attempt_completed(shard, attempt),
            Event::Granted { shard, ticket } => self.permit_granted(shard, ticket),
            Event::Refused { shard, request } => self.permit_refused(shard, request),
            Event::Drained { connection } => self.drained(connection),
            Event::CloseTimeout { connection } => self.close_timeout(connection),
            Event::WriteFailed { shard, connection } => self.write_failed(shard, connection),
            Event::Flush { shard } => self.flush(shard),
            Event::Fault { index } => self.fault_due(index),
            Event::Inject { index } => self.inject(index),
            Event::Replay { connection } => self.replay_next(connection),
            Event::Unmute { index } => self.unmute(index),
            Event::ResumeReading { shard } => self.resume_reading(shard),
            Event::Traffic { shard } => self.create_traffic(shard),
            Event::Request { shard } => self.create_request(shard),
            Event::DropRequest { shard, request } => self.drop_request(shard, request),
            Event::RestartShard { shard, generation } => self.restart_stopped(shard, generation),
            Event::RestartProcess => self.restart_process(),
            Event::Store => self.store_sessions(),
            Event::Timer { shard, version } => self.timer(shard, version),
            Event::Gateway { version } => self.gateway_timer(version),
            Event::Queue { version } => self.queue_timer(version),
            Event::CheckPhase => self.check_phase(),
        }
    }

    fn client_of(&self, connection: u64) -> Option<usize> {
        let connection = self.network.connections.get(&connection)?;
        Some(connection.shard)
    }

    fn note(&mut self, shard: Option<usize>, text: impl FnOnce() -> String) {
        let shard = shard.map(|shard| self.shards[shard].number);
        self.trace.note(self.clock.elapsed(), shard, text);
    }

    fn check(&mut self, shard: usize, check: Check) {
        if let Err((invariant, detail)) = check {
            self.fail(Some(shard), invariant, detail);
        }
    }

    /// Records a finding, unless there is an earlier one.
    fn fail(&mut self, shard: Option<usize>, invariant: Invariant, detail: impl Into<String>) {
        if self.finding.is_some() {
            return;
        }
        let finding = Finding {
            invariant,
            at: self.clock.elapsed(),
            shard: shard.map(|shard| self.shards[shard].number),
            detail: detail.into(),
        };
        self.note(shard, || format!("{FINDING}{finding}"));
        self.finding = Some(finding);
    }
}

/// The time between two stores of the sessions.
const STORE_INTERVAL: Duration = Duration::from_secs(30);

fn gateway_settings(plan: &Plan) -> Settings {
    let mut settings = Settings::default();
    settings.token = Token::new(gloaming_emulator::DEFAULT_TOKEN);
    settings.shards = plan.shards;
    settings.guilds = plan.shards;
    settings.members = 1;
    settings.seed = plan.seed;
    settings.max_concurrency = plan.max_concurrency.into();
    settings.session_starts_total = plan.session_starts;
    settings.session_starts_remaining = plan.session_starts;
    settings.replay_buffer = Some(plan.replay_buffer);
    settings.heartbeat_interval = plan.heartbeat_interval;
    settings.session_lifetime = plan.session_lifetime;
    settings
}

/// The session starts that the queue does not spend by itself.
const RESERVE: u32 = 2;

fn queue_settings(plan: &Plan, remaining: u32, bug: Option<Bug>) -> gloaming_queue::QueueSettings {
    gloaming_queue::QueueSettings {
        max_concurrency: NonZeroU16::new(plan.max_concurrency).unwrap_or(NonZeroU16::MIN),
        remaining,
        total: plan.session_starts,
        reserve: match bug {
            Some(Bug::ReserveSpent) => 0,
            _ => RESERVE,
        },
        ..gloaming_queue::QueueSettings::default()
    }
}

//! Everything at once: shards, queue, network and gateway, on one clock.

mod client;
mod end;
mod faults;
mod permits;
mod requests;
mod server;
mod step;
mod wire;

use crate::{
    agenda::{Agenda, Event},
    bug::Bug,
    clock::Clock,
    coverage::Coverage,
    finding::{Check, Finding, Invariant},
    network::Network,
    plan::Plan,
    queue::SimulatedQueue,
    random::Stream,
    shard::Shard,
    trace::{FINDING, Line, Trace},
};
use end::Phase;
use gloaming_emulator::{Settings, model::Gateway};
use gloaming_protocol::Token;
use gloaming_test_support::Random;
use permits::Identified;
use std::{collections::BTreeMap, num::NonZeroU16, time::Duration};

/// No run may have more to do than that at once.
const MOST_EVENTS: usize = 200_000;

/// What came of a run.
#[derive(Debug)]
#[non_exhaustive]
pub struct Run {
    /// The first thing that was wrong, if anything was.
    pub finding: Option<Finding>,
    /// Virtual time that passed.
    pub elapsed: Duration,
    /// What was tried in which state.
    pub coverage: Coverage,
    /// What happened, if that was asked for.
    pub trace: Vec<Line>,
    /// Events delivered.
    pub delivered: u64,
    /// Machines' steps.
    pub steps: u64,
    /// What the gateway had to complain of for reasons that lie in the network.
    pub excused: BTreeMap<&'static str, u64>,
}

pub(crate) struct World<'a> {
    plan: &'a Plan,
    bug: Option<Bug>,
    clock: Clock,
    agenda: Agenda,
    network: Network,
    gateway: Gateway,
    queue: SimulatedQueue,
    shards: Vec<Shard>,
    phase: Phase,
    trace: Trace,
    coverage: Coverage,
    finding: Option<Finding>,
    wire_random: Random,
    traffic_random: Random,
    request_random: Random,
    timer_random: Random,
    machine_random: Random,
    attempts: u64,
    gateway_timer: u64,
    violations_seen: usize,
    delivered: u64,
    steps: u64,
    /// Each rate-limit key's last IDENTIFY.
    identified: BTreeMap<u32, Identified>,
    /// Whether each rate-limit key's last IDENTIFY to arrive had been held up.
    held_up: BTreeMap<u32, bool>,
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
            agenda: Agenda::default(),
            network: Network::default(),
            gateway,
            queue: SimulatedQueue::new(queue_settings(plan, plan.session_starts), clock.now()),
            shards,
            phase: Phase::Faults,
            trace,
            coverage: Coverage::default(),
            finding: None,
            wire_random: Stream::Network.random(seed),
            traffic_random: Stream::Traffic.random(seed),
            request_random: Stream::Requests.random(seed),
            timer_random: Stream::Timers.random(seed),
            machine_random,
            attempts: 0,
            gateway_timer: 0,
            violations_seen: 0,
            delivered: 0,
            steps: 0,
            identified: BTreeMap::new(),
            held_up: BTreeMap::new(),
            excused: BTreeMap::new(),
        }
    }

    pub(crate) fn run(mut self) -> Run {
        self.begin();
        while self.finding.is_none() && self.phase != Phase::Over {
            let Some((at, event)) = self.agenda.next() else {
                self.fail(None, Invariant::Deadline, "nothing is awaited any more");
                break;
            };
            self.clock.set(at.max(self.clock.elapsed()));
            self.happen(event);
            if self.agenda.len() > MOST_EVENTS {
                self.fail(None, Invariant::Bounds, "events pile up");
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
            self.agenda.add(fault.at, Event::Fault { index });
        }
        for shard in 0..self.shards.len() {
            self.start(shard);
            self.plan_traffic(shard);
            self.plan_request(shard);
        }
        self.agenda.add(self.plan.faults_until, Event::Look);
        self.agenda.add(STORE_INTERVAL, Event::Store);
    }

    fn happen(&mut self, event: Event) {
        if let Some(shard) = event.client(|connection| self.client_of(connection)) {
            let asleep_until = self.shards[shard].asleep_until;
            if asleep_until > self.clock.elapsed() {
                // It finds all that when it wakes, in the same order.
                return self.agenda.add(asleep_until, event);
            }
        }
        match event {
            Event::Down { connection } => self.down_arrives(connection),
            Event::Up { connection } => self.up_arrives(connection),
            Event::Attempt { shard, attempt } => self.attempt_ends(shard, attempt),
            Event::Granted { shard, ticket } => self.granted(shard, ticket),
            Event::Refused { shard, request } => self.refused(shard, request),
            Event::Drained { connection } => self.drained(connection),
            Event::GiveUp { connection } => self.server_gives_up(connection),
            Event::WriteFailed { shard, connection } => self.write_failed(shard, connection),
            Event::Flush { shard } => self.write_again(shard),
            Event::Fault { index } => self.fault_is_due(index),
            Event::Strike { index } => self.strike(index),
            Event::Unmute { index } => self.unmute(index),
            Event::Unpause { shard } => self.unpause(shard),
            Event::Traffic { shard } => self.make_traffic(shard),
            Event::Request { shard } => self.make_request(shard),
            Event::ForgetRequest { shard, request } => self.forget_request(shard, request),
            Event::Return { shard, life } => self.shard_returns(shard, life),
            Event::Reborn => self.process_returns(),
            Event::Store => self.store_sessions(),
            Event::Timer { shard, version } => self.timer(shard, version),
            Event::Gateway { version } => self.gateway_timer(version),
            Event::Queue { version } => self.queue_timer(version),
            Event::Look => self.look(),
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

    fn judge(&mut self, shard: usize, check: Check) {
        if let Err((invariant, detail)) = check {
            self.fail(Some(shard), invariant, detail);
        }
    }

    /// Keeps the first finding.
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

/// How often sessions are stored, for after a crash.
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

fn queue_settings(plan: &Plan, remaining: u32) -> gloaming_queue::QueueSettings {
    gloaming_queue::QueueSettings {
        max_concurrency: NonZeroU16::new(plan.max_concurrency).unwrap_or(NonZeroU16::MIN),
        remaining,
        total: plan.session_starts,
        reserve: 2,
        ..gloaming_queue::QueueSettings::default()
    }
}

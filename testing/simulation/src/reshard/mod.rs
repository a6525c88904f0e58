//! A bot that switches to another number of shards while events flow.

mod client;
mod gateway;
mod plan;
mod shard;

use self::{
    client::Client,
    gateway::{DirectEvents, Dispatch, Guilds, SharedEvent},
    plan::{FAULTS_UNTIL, PlannedAbort, SessionLosses, SwitchPlan},
    shard::{Arrival, Connection, Packet, SessionFate, SimulatedShard},
};
use crate::{
    bug::Bug,
    clock::Clock,
    finding::{Finding, Invariant},
    random::Stream,
};
use gloaming_cluster::reshard::{EventRole, EventScope, ShardSet, SwitchoverEnd, SwitchoverInput};
use gloaming_test_support::Random;
use std::{collections::BTreeMap, time::Duration};

/// The resolution of time.
const STEP: Duration = Duration::from_millis(25);

/// How long after the faults a switch may take.
const END_WITHIN: Duration = Duration::from_secs(3_600);

/// How long events flow after the end of a switch.
const AFTERMATH: Duration = Duration::from_secs(30);

/// How long it takes until everything has arrived.
const QUIET: Duration = Duration::from_secs(150);

const SETS: [ShardSet; 2] = [ShardSet::Old, ShardSet::New];

/// Runs the switch of a seed, and returns the first violation.
pub(crate) fn run(seed: u64, bug: Option<Bug>) -> Option<Finding> {
    let mut world = World::new(seed, bug);
    let result = world.run();
    let (invariant, detail) = result.err()?;
    Some(Finding {
        invariant,
        at: world.clock.elapsed(),
        shard: None,
        detail,
    })
}

type Check = Result<(), (Invariant, String)>;

struct World {
    random: Random,
    plan: SwitchPlan,
    clock: Clock,
    guilds: Guilds,
    shards: [Vec<SimulatedShard>; 2],
    client: Client,
    /// Events that the gateway is about to send to a set.
    unsent: BTreeMap<(Duration, u64), (ShardSet, SharedEvent)>,
    /// Guilds that the gateway is about to send to a session.
    uncreated: BTreeMap<(Duration, u64), (ShardSet, u32, u64, EventScope)>,
    serial: u64,
    next_events: BTreeMap<EventScope, Duration>,
    next_fault: Duration,
    bug: Option<Bug>,
}

impl World {
    fn new(seed: u64, bug: Option<Bug>) -> Self {
        let mut random = Stream::Reshard.random(seed);
        let plan = SwitchPlan::draw(&mut random);
        let guilds = Guilds::new(&plan, &mut random);
        let shards = plan.totals.map(|total| {
            let shards = (0..total.get()).map(|_| SimulatedShard::default());
            shards.collect()
        });
        Self {
            clock: Clock::new(),
            client: Client::new(&plan, bug),
            guilds,
            shards,
            unsent: BTreeMap::new(),
            uncreated: BTreeMap::new(),
            serial: 0,
            next_events: BTreeMap::new(),
            next_fault: plan.begin,
            plan,
            random,
            bug,
        }
    }

    fn run(&mut self) -> Check {
        self.start_set(ShardSet::Old, Duration::ZERO);
        let mut now = Duration::ZERO;
        let mut end = None;
        loop {
            now += STEP;
            self.clock.set(now);
            if now - STEP < self.plan.begin && now >= self.plan.begin {
                self.client.begin(self.clock.now(), &self.plan);
                self.start_set(ShardSet::New, Duration::from_secs(30));
            }
            // The old set has its guilds before the first event.
            if now > Duration::from_secs(1) && end.is_none_or(|end| now < end) {
                self.make_events(now);
            }
            self.send_events(now);
            for set in SETS {
                for shard in 0..self.total(set) {
                    self.step_shard(now, set, shard)?;
                }
            }
            self.inject(now)?;
            let timeout = self.client.poll_timeout();
            if timeout.is_some_and(|at| at <= self.clock.now()) {
                self.client
                    .handle_timeout(self.clock.now())
                    .map_err(in_delivery)?;
            }
            self.client.bounds(&self.plan).map_err(in_delivery)?;
            if end.is_none() && self.is_over(now)? {
                if self.has_reported_gaps()? {
                    return Ok(());
                }
                end = Some(now + AFTERMATH);
            }
            if end.is_some_and(|end| now > end + QUIET) {
                return self.client.complete(&self.guilds).map_err(in_delivery);
            }
        }
    }

    fn total(&self, set: ShardSet) -> u32 {
        self.plan.totals[index(set)].get()
    }

    fn start_set(&mut self, set: ShardSet, within: Duration) {
        let now = self.clock.elapsed();
        let last = self.shards[index(set)].len() - 1;
        for (number, shard) in self.shards[index(set)].iter_mut().enumerate() {
            shard.connect_at = now + self.random.millis(0, within.as_millis() as u64);
            let is_withheld = matches!(self.plan.abort, Some((_, PlannedAbort::NeverReady)));
            if set == ShardSet::New && number == last && is_withheld {
                shard.connect_at = Duration::MAX;
            }
        }
    }

    fn make_events(&mut self, now: Duration) {
        let mean = self.plan.event_interval.as_millis() as u64;
        for scope in self.guilds.scopes() {
            let due = self.next_events.entry(scope).or_insert(now);
            if *due > now {
                continue;
            }
            // In bursts, with pauses.
            *due = now
                + match self.random.below(5) {
                    0 => self.random.millis(0, 5),
                    1 => self.random.millis(0, 6 * mean),
                    _ => self.random.millis(0, mean),
                };
            let Some(event) = self.guilds.next_event(&mut self.random, scope) else {
                continue;
            };
            for set in SETS {
                let skew = self.random.millis(0, self.plan.skew.as_millis() as u64);
                let at = self.guilds.send_time(now, skew, scope, set);
                self.serial += 1;
                self.unsent.insert((at, self.serial), (set, event));
            }
        }
    }

    fn send_events(&mut self, now: Duration) {
        while let Some(entry) = self.unsent.first_entry()
            && entry.key().0 <= now
        {
            let (set, event) = entry.remove();
            let shard = event.scope.shard(self.total(set));
            let latency = self.latency();
            let shard = &mut self.shards[index(set)][shard as usize];
            if shard.has_session() {
                shard.session.dispatch(event);
                shard.flush(now + latency);
            }
        }
        while let Some(entry) = self.uncreated.first_entry()
            && entry.key().0 <= now
        {
            let (set, shard, session, scope) = entry.remove();
            let latency = self.latency();
            let shard = &mut self.shards[index(set)][shard as usize];
            let is_current = shard.has_session() && shard.sessions == session;
            if is_current && self.guilds.is_available(scope) {
                shard.session.create_guild(scope);
                shard.flush(now + latency);
            }
        }
    }

    fn latency(&mut self) -> Duration {
        let most = self.random.pick(&[20, 100, 100, 400]);
        self.random.millis(1, most)
    }

    fn connect(&mut self, now: Duration, set: ShardSet, number: u32) {
        let listed = self.guilds.of_shard(number, self.total(set));
        let direct = match number {
            0 => DirectEvents::Sent,
            _ => DirectEvents::NotSent,
        };
        let latency = self.latency();
        let heartbeat = self.plan.heartbeat_interval;
        let shard = &mut self.shards[index(set)][number as usize];
        let before = shard.sessions;
        shard.connect(now, latency, heartbeat, listed.clone(), direct);
        let session = shard.sessions;
        if session == before {
            return;
        }
        for id in listed {
            let delay = match (set, session) {
                (ShardSet::Old, 1) => Duration::ZERO,
                _ => self
                    .random
                    .millis(0, self.plan.guild_delay.as_millis() as u64),
            };
            self.serial += 1;
            self.uncreated.insert(
                (now + delay, self.serial),
                (set, number, session, EventScope::Guild(id)),
            );
        }
    }

    fn step_shard(&mut self, now: Duration, set: ShardSet, number: u32) -> Check {
        let shard = &mut self.shards[index(set)][number as usize];
        let heartbeat = self.plan.heartbeat_interval;
        let is_idle = matches!(
            shard.connection,
            Connection::NotStarted | Connection::Disconnected(_)
        );
        let is_known_without_session = matches!(
            shard.connection,
            Connection::NotStarted | Connection::Disconnected(SessionFate::KnownToBeLost)
        );
        if let Connection::Connected(wire) = &mut shard.connection
            && wire.next_heartbeat <= now
        {
            wire.next_heartbeat = now + heartbeat;
            if wire.is_established {
                wire.send(now + Duration::from_millis(60), Packet::Ack(now));
            }
        }
        let has_begun = set == ShardSet::Old || now >= self.plan.begin;
        let is_trusted = self.bug == Some(Bug::WindowOfDisconnectedShards);
        if has_begun && (is_known_without_session || is_trusted) {
            self.receive(set, number, now)?;
        }
        let shard = &self.shards[index(set)][number as usize];
        if has_begun && is_idle && shard.connect_at <= now {
            self.connect(now, set, number);
        }
        while let Some(packet) = self.next_packet(now, set, number) {
            self.handle_packet(set, number, packet)?;
        }
        self.report_arrival(set, number)
    }

    fn next_packet(&mut self, now: Duration, set: ShardSet, number: u32) -> Option<Packet> {
        match &mut self.shards[index(set)][number as usize].connection {
            Connection::Connected(wire) => wire.arrived(now),
            _ => None,
        }
    }

    fn handle_packet(&mut self, set: ShardSet, number: u32, packet: Packet) -> Check {
        let now = self.clock.now();
        let shard = &mut self.shards[index(set)][number as usize];
        let Connection::Connected(wire) = &mut shard.connection else {
            return Ok(());
        };
        let result = match packet {
            Packet::Ack(sent) => return self.receive(set, number, sent),
            Packet::Resumed => {
                wire.is_established = true;
                Ok(())
            }
            Packet::Dispatch(position) => {
                shard.received = position + 1;
                match shard.session.log[position] {
                    Dispatch::Ready => {
                        wire.is_established = true;
                        shard.arrival = Arrival::Awaited;
                        let is_first = shard.sessions == 1;
                        let listed = shard.session.listed.clone();
                        self.client.ready(now, (set, number), &listed, is_first)
                    }
                    Dispatch::GuildCreate(scope) => {
                        if let EventScope::Guild(id) = scope {
                            shard.guilds.insert(id);
                        }
                        self.client.guild_create(now, (set, number), scope)
                    }
                    Dispatch::Event(event) => {
                        if let (EventRole::GuildCreate, EventScope::Guild(id)) =
                            (event.role, event.scope)
                        {
                            shard.guilds.insert(id);
                        }
                        self.client.event(now, (set, number), event)
                    }
                }
            }
        };
        result.map_err(in_delivery)
    }

    fn receive(&mut self, set: ShardSet, shard: u32, until: Duration) -> Check {
        let until = self.clock.now() - (self.clock.elapsed() - until);
        let input = SwitchoverInput::Received { set, shard, until };
        let result = self.client.input(self.clock.now(), input);
        result.map_err(in_delivery)
    }

    /// Reports once that the guilds of a session have arrived, unless an outage withholds them.
    fn report_arrival(&mut self, set: ShardSet, shard: u32) -> Check {
        let state = &mut self.shards[index(set)][shard as usize];
        let has_arrived = |id: &u64| {
            state.guilds.contains(id) || !self.guilds.is_available(EventScope::Guild(*id))
        };
        if state.arrival != Arrival::Awaited || !state.session.listed.iter().all(has_arrived) {
            return Ok(());
        }
        state.arrival = Arrival::Reported;
        let input = SwitchoverInput::GuildsArrived { set, shard };
        let result = self.client.input(self.clock.now(), input);
        result.map_err(in_delivery)
    }

    /// Disturbs a shard, or ends the switch.
    fn inject(&mut self, now: Duration) -> Check {
        if let Some((at, kind)) = self.plan.abort
            && at <= now
            && now >= self.plan.begin
            && self.client.outcome().is_none()
        {
            let input = match kind {
                PlannedAbort::Requested => Some(SwitchoverInput::Abort),
                PlannedAbort::ShardRefused => Some(SwitchoverInput::Stopped {
                    set: ShardSet::New,
                    shard: self.total(ShardSet::New) - 1,
                }),
                PlannedAbort::NeverReady | PlannedAbort::LowLimits => None,
            };
            if let Some(input) = input {
                let result = self.client.input(self.clock.now(), input);
                result.map_err(in_delivery)?;
            }
        }
        if now < self.next_fault || now > FAULTS_UNTIL {
            return Ok(());
        }
        let mean = self.plan.fault_interval.as_millis() as u64;
        self.next_fault = now + self.random.millis(0, 2 * mean);
        let set = self.random.pick(&SETS);
        let number = self.random.below(self.shards[index(set)].len());
        let loses_session = match self.plan.losses {
            SessionLosses::None => false,
            SessionLosses::OfOldShards => set == ShardSet::Old,
            SessionLosses::OfNewShards => set == ShardSet::New,
        } && self.client.outcome().is_none()
            && self.random.once_in(3);
        let pause = self.random.millis(0, 25_000);
        let shard = &mut self.shards[index(set)][number];
        if let Connection::Connected(wire) = &mut shard.connection {
            if !loses_session && self.random.once_in(2) {
                wire.stall(now + pause);
            } else {
                shard.connect_at = now + pause;
                let fate = match (loses_session, self.random.once_in(2)) {
                    (false, _) => SessionFate::Kept,
                    (true, false) => SessionFate::Lost,
                    (true, true) => SessionFate::KnownToBeLost,
                };
                shard.connection = Connection::Disconnected(fate);
                let shard = u32::try_from(number).unwrap_or(0);
                let input = match fate {
                    SessionFate::KnownToBeLost => SwitchoverInput::SessionLost { set, shard },
                    _ => SwitchoverInput::Disconnected { set, shard },
                };
                let result = self.client.input(self.clock.now(), input);
                result.map_err(in_delivery)?;
            }
        }
        Ok(())
    }

    /// Ends the other set once the switch is over.
    fn is_over(&mut self, now: Duration) -> Result<bool, (Invariant, String)> {
        let shards = &self.shards[index(ShardSet::New)];
        if self.bug == Some(Bug::OldSetClosedEarly)
            && shards
                .iter()
                .all(|shard| shard.arrival != Arrival::NotReady)
        {
            self.close(ShardSet::Old)?;
        }
        let Some(outcome) = self.client.outcome() else {
            if now > FAULTS_UNTIL + END_WITHIN {
                return Err(in_end("the switch does not end".to_owned()));
            }
            return Ok(false);
        };
        let end = outcome.end;
        if self.plan.abort.is_none() && end != SwitchoverEnd::Completed {
            return Err(in_end(format!("{end:?}")));
        }
        self.close(end.remaining().other())?;
        Ok(true)
    }

    /// Returns whether events may be missing, as both sets lost a session.
    fn has_reported_gaps(&self) -> Result<bool, (Invariant, String)> {
        let Some(outcome) = self.client.outcome() else {
            return Ok(false);
        };
        let is_excused = self.client.has_reported_gaps();
        if outcome.possible_gaps > 0 && !is_excused {
            return Err(in_end(format!("{outcome:?}")));
        }
        Ok(is_excused)
    }

    fn close(&mut self, set: ShardSet) -> Check {
        for shard in 0..self.total(set) {
            let state = &mut self.shards[index(set)][shard as usize];
            if matches!(state.connection, Connection::Closed) {
                continue;
            }
            state.connection = Connection::Closed;
            let input = SwitchoverInput::Stopped { set, shard };
            let result = self.client.input(self.clock.now(), input);
            result.map_err(in_delivery)?;
        }
        Ok(())
    }
}

const fn index(set: ShardSet) -> usize {
    match set {
        ShardSet::Old => 0,
        ShardSet::New => 1,
    }
}

const fn in_delivery(detail: String) -> (Invariant, String) {
    (Invariant::SwitchDelivery, detail)
}

const fn in_end(detail: String) -> (Invariant, String) {
    (Invariant::SwitchEnd, detail)
}

//! Events, stops and starts; and how a run comes to its end.

use super::{World, queue_settings};
use crate::{
    agenda::Event,
    coverage::InputKind,
    finding::{Invariant, broken},
    network::HostStatus,
    shard::{Armed, Consumer, PermitSlot, Presence},
    state::State,
};
use gloaming_emulator::{Selector, model::Mute};
use gloaming_machine::Input;
use gloaming_protocol::CloseFrame;
use gloaming_test_support::Random;
use serde_json::json;
use std::time::Duration;

/// What a run goes through.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Phase {
    /// Faults strike.
    Faults,
    /// They have ceased; shards come back.
    Healing,
    /// All are back, and nothing may happen to them.
    Settled {
        until: Duration,
    },
    /// Nothing happens any more, so that all that was sent arrives.
    Quiet {
        until: Duration,
    },
    /// All shards are being closed.
    Closing {
        until: Duration,
    },
    Over,
}

/// What began in the last moment of faults is over after that.
const AFTERMATH: Duration = Duration::from_secs(120);

/// All shards are ready again this long after faults have ceased, IDENTIFYs that wait for each other
/// apart: two heartbeats to notice a dead connection, then the recovery with its longest waits.
const HEALING: Duration = Duration::from_secs(600);

const DAY: Duration = Duration::from_secs(86_400);

/// How often things are looked at once faults have ceased.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

impl World<'_> {
    pub(super) fn plan_traffic(&mut self, shard: usize) {
        let interval = match self.phase {
            Phase::Faults => self.plan.event_interval,
            _ => self.plan.event_interval.max(Duration::from_secs(15)),
        };
        let gap = random_gap(&mut self.traffic_random, interval);
        let at = self.clock.elapsed() + gap;
        self.agenda.add(at, Event::Traffic { shard });
    }

    pub(super) fn make_traffic(&mut self, shard: usize) {
        if matches!(
            self.phase,
            Phase::Faults | Phase::Healing | Phase::Settled { .. }
        ) {
            self.make_events(shard, 1, 0);
            self.plan_traffic(shard);
        }
    }

    pub(super) fn make_events(&mut self, shard: usize, events: u64, padding: usize) {
        let selector = Selector::Shard(self.shards[shard].number);
        let data = json!({ "content": "x".repeat(padding) });
        for _ in 0..events {
            self.gateway.dispatch(&selector, "SIMULATED", &data);
        }
        self.drain_gateway();
    }

    pub(super) fn store_sessions(&mut self) {
        for shard in &mut self.shards {
            if shard.presence == Presence::Up {
                shard.stored = shard.subject.machine().session().cloned();
            }
        }
        let at = self.clock.elapsed() + super::STORE_INTERVAL;
        self.agenda.add(at, Event::Store);
    }

    /// The machine has stopped; somebody looks after it and starts it again.
    pub(super) fn stopped(&mut self, shard: usize) {
        let this = &mut self.shards[shard];
        let session = this.subject.machine().session().cloned();
        let position = this.delivery.position();
        let ended = this.commands.all_ended().and(this.requests.all_ended());
        let left = match (&session, position) {
            (Some(session), Some((id, last)))
                if *session.id() == **id && session.sequence() == last =>
            {
                Ok(())
            }
            // It ended with the last close, or READY came too late for it.
            (None, _) => Ok(()),
            (session, position) => broken(
                Invariant::Session,
                format!("{session:?} is left, the consumer stands at {position:?}"),
            ),
        };
        let left_session = match session {
            Some(_) => this.connects.leaves_session(),
            None => Ok(()),
        };
        this.stored = session;
        let (life, away) = (this.life, this.away);
        self.judge(shard, ended);
        self.judge(shard, left);
        self.judge(shard, left_session);
        if matches!(self.phase, Phase::Faults | Phase::Healing) {
            let at = self.clock.elapsed() + away;
            self.agenda.add(at, Event::Return { shard, life });
        }
    }

    pub(super) fn shard_returns(&mut self, shard: usize, life: u64) {
        let this = &self.shards[shard];
        if this.life != life || this.presence == Presence::Away || this.state != State::Stopped {
            return;
        }
        self.restart(shard);
    }

    fn restart(&mut self, shard: usize) {
        let now = self.clock.elapsed();
        let seed = self.machine_random.next();
        let this = &mut self.shards[shard];
        let session = this.stored.clone();
        this.life += 1;
        this.started = now;
        this.timer += 1;
        this.deadline = None;
        this.restart(self.plan, session, seed, self.bug);
        self.note(Some(shard), || "starts again".to_owned());
        self.start(shard);
        self.pause(shard);
    }

    /// The process dies with all shards and the queue; what is left is what was stored.
    pub(super) fn crash(&mut self, away: Duration) {
        for shard in 0..self.shards.len() {
            let this = &mut self.shards[shard];
            if this.presence == Presence::Away {
                continue;
            }
            this.presence = Presence::Away;
            this.life += 1;
            this.timer += 1;
            this.deadline = None;
            this.permit = PermitSlot::Empty;
            this.asleep_until = Duration::ZERO;
            this.paused_until = Duration::ZERO;
            this.consumer = Consumer::Reading;
            this.heartbeats.ended();
            this.commands.forget();
            this.requests.forget();
            match this.connection() {
                Some(id) => self.client_leaves(shard, id),
                None => self.link_down(shard),
            }
        }
        self.queue.timer += 1;
        let at = self.clock.elapsed() + away;
        self.agenda.add(at, Event::Reborn);
    }

    pub(super) fn process_returns(&mut self) {
        if self
            .shards
            .iter()
            .all(|shard| shard.presence == Presence::Up)
        {
            return;
        }
        let (now, elapsed) = (self.clock.now(), self.clock.elapsed());
        // Nobody asked Discord: the ledger has to know.
        let settings = queue_settings(self.plan, self.plan.session_starts);
        self.queue.restart(settings, now, elapsed);
        for identified in self.identified.values_mut() {
            identified.is_misdated |= identified.looks_older;
        }
        for shard in 0..self.shards.len() {
            self.restart(shard);
        }
    }

    /// Looks at how things stand, and goes on to the next phase.
    pub(super) fn look(&mut self) {
        let now = self.clock.elapsed();
        match self.phase {
            Phase::Faults => self.heal(),
            Phase::Healing if self.is_healed() => {
                let until = now + 2 * self.plan.heartbeat_interval + Duration::from_secs(30);
                self.phase = Phase::Settled { until };
                self.note(None, || "all are ready".to_owned());
            }
            Phase::Healing => self.check_patience(),
            Phase::Settled { until } if now >= until => {
                let until = now + Duration::from_secs(5);
                self.phase = Phase::Quiet { until };
            }
            Phase::Quiet { until } if now >= until => {
                self.check_completeness();
                self.close_all();
                let until = now + Duration::from_secs(30);
                self.phase = Phase::Closing { until };
            }
            Phase::Closing { until } if now >= until => {
                self.check_ending();
                self.phase = Phase::Over;
            }
            _ => {}
        }
        self.agenda.add(now + LOOK_INTERVAL, Event::Look);
    }

    /// Nothing may happen to a shard any more.
    pub(super) const fn is_settled(&self) -> bool {
        matches!(self.phase, Phase::Settled { .. } | Phase::Quiet { .. })
    }

    fn heal(&mut self) {
        let now = self.clock.now();
        self.note(None, || "faults cease".to_owned());
        self.phase = Phase::Healing;
        self.network.main = HostStatus::default();
        self.network.resume = HostStatus::default();
        self.gateway.reconnect_before_hello(0);
        for what in [Mute::Hello, Mute::Ready, Mute::Acks, Mute::CloseReplies] {
            self.gateway.unmute(now, what);
        }
        for shard in &mut self.shards {
            shard.armed = Armed::default();
            shard.waiting.clear();
            shard.latency = (Duration::ZERO, Duration::ZERO);
        }
        self.drain_gateway();
    }

    fn is_healed(&self) -> bool {
        let now = self.clock.elapsed();
        now >= self.plan.faults_until + AFTERMATH
            && (0..self.shards.len()).all(|shard| self.is_ready(shard))
    }

    fn is_ready(&self, shard: usize) -> bool {
        let now = self.clock.elapsed();
        let this = &self.shards[shard];
        this.state == State::Active
            && this.presence == Presence::Up
            && this.paused_until <= now
            && this.asleep_until <= now
            && self.is_sound(shard)
    }

    fn check_patience(&mut self) {
        let sleepers = self
            .shards
            .iter()
            .map(|shard| shard.asleep_until.max(shard.paused_until))
            .max()
            .unwrap_or_default();
        let shards = u32::try_from(self.shards.len()).unwrap_or(u32::MAX);
        let mut bound = self.plan.faults_until.max(sleepers) + HEALING;
        bound += Duration::from_secs(5) * shards + 2 * self.plan.heartbeat_interval;
        if self.plan.is_scarce() {
            bound += DAY;
        }
        if self.clock.elapsed() < bound {
            return;
        }
        if let Some(shard) = (0..self.shards.len()).find(|shard| !self.is_ready(*shard)) {
            let this = &self.shards[shard];
            let detail = format!("{} with {:?}", this.state.name(), this.link);
            self.fail(Some(shard), Invariant::Liveness, detail);
        }
    }

    fn check_completeness(&mut self) {
        let sessions = self.gateway.sessions();
        for shard in 0..self.shards.len() {
            let position = self.shards[shard]
                .delivery
                .position()
                .map(|(id, last)| (id.to_string(), last));
            let made = sessions
                .iter()
                .find(|session| position.as_ref().is_some_and(|(id, _)| *id == session.id))
                .map(|session| (session.id.clone(), session.sequence));
            if made.is_none() || made != position {
                let detail = format!("the server is at {made:?}, the consumer at {position:?}");
                self.fail(Some(shard), Invariant::Complete, detail);
            }
        }
    }

    fn close_all(&mut self) {
        for shard in 0..self.shards.len() {
            let frame = match shard % 2 {
                0 => CloseFrame::NORMAL,
                _ => CloseFrame::RESUME,
            };
            self.shut_down(shard, frame);
        }
    }

    pub(super) fn shut_down(&mut self, shard: usize, frame: CloseFrame<'static>) {
        self.shards[shard].shutdown = Some(frame.code);
        let kind = match frame.code {
            1000 | 1001 => InputKind::ShutdownEnding,
            _ => InputKind::ShutdownKeeping,
        };
        self.feed(shard, kind, Input::Shutdown(frame), None);
    }

    fn check_ending(&mut self) {
        for shard in 0..self.shards.len() {
            let this = &self.shards[shard];
            let check = match this.state {
                State::Stopped => this.commands.all_ended().and(this.requests.all_ended()),
                state => broken(Invariant::Shutdown, format!("still {}", state.name())),
            };
            let is_held = this.permit != PermitSlot::Empty;
            self.judge(shard, check);
            if is_held {
                self.fail(Some(shard), Invariant::Shutdown, "a permit is left");
            }
        }
        let connections = self.gateway.stats().connections;
        if connections > 0 {
            let detail = format!("{connections} connections are left");
            self.fail(None, Invariant::Shutdown, detail);
        }
        if self.queue.waiting() > 0 {
            self.fail(None, Invariant::Shutdown, "somebody is left in the queue");
        }
    }
}

fn random_gap(random: &mut Random, interval: Duration) -> Duration {
    random.millis(1, 2 * interval.as_millis() as u64)
}

//! The phases of a run, traffic, and restarts of shards.

use super::{World, queue_settings};
use crate::{
    coverage::InputKind,
    event_queue::Event,
    finding::{Invariant, violated},
    network::HostStatus,
    shard::{Consumer, PendingFaults, PermitSlot, ProcessState},
    state::State,
};
use gloaming_emulator::{Selector, model::Mute};
use gloaming_machine::Input;
use gloaming_protocol::CloseFrame;
use gloaming_test_support::Random;
use serde_json::json;
use std::time::Duration;

/// A phase of a run.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Phase {
    /// Faults are injected.
    Faults,
    /// The faults have ended, and the shards recover.
    Recovery,
    /// All shards are ready, and no connection may end.
    Stable {
        until: Duration,
    },
    /// No events are created, so that all packets arrive.
    Quiet {
        until: Duration,
    },
    /// The shards are being closed.
    Closing {
        until: Duration,
    },
    Done,
}

/// The time after which the effects of the last faults have ended.
const FAULT_EFFECTS_TIME: Duration = Duration::from_secs(120);

/// The maximum time from the end of the faults until all shards are ready, without waits for identify permits: two
/// heartbeat intervals until a dead connection is detected, then the recovery with its longest waits.
const MAX_RECOVERY_TIME: Duration = Duration::from_secs(600);

const DAY: Duration = Duration::from_secs(86_400);

/// The time between two checks of the phase after the faults.
const PHASE_CHECK_INTERVAL: Duration = Duration::from_secs(1);

impl World<'_> {
    pub(super) fn plan_traffic(&mut self, shard: usize) {
        let interval = match self.phase {
            Phase::Faults => self.plan.event_interval,
            // A shard waits for the next day's session starts.
            Phase::Recovery
                if self.clock.elapsed() > self.plan.faults_until + MAX_RECOVERY_TIME =>
            {
                Duration::from_secs(600)
            }
            _ => self.plan.event_interval.max(Duration::from_secs(15)),
        };
        let gap = random_gap(&mut self.traffic_random, interval);
        let at = self.clock.elapsed() + gap;
        self.event_queue.add(at, Event::Traffic { shard });
    }

    pub(super) fn create_traffic(&mut self, shard: usize) {
        if matches!(
            self.phase,
            Phase::Faults | Phase::Recovery | Phase::Stable { .. }
        ) {
            self.create_events(shard, 1, 0);
            self.plan_traffic(shard);
        }
    }

    pub(super) fn create_events(&mut self, shard: usize, events: u64, padding: usize) {
        let selector = Selector::Shard(self.shards[shard].number);
        let data = json!({ "content": "x".repeat(padding) });
        for _ in 0..events {
            self.gateway.dispatch(&selector, "SIMULATED", &data);
        }
        self.drain_gateway();
    }

    pub(super) fn store_sessions(&mut self) {
        for shard in &mut self.shards {
            if shard.process == ProcessState::Running {
                shard.stored = shard.machine.inner().session().cloned();
            }
        }
        let at = self.clock.elapsed() + super::STORE_INTERVAL;
        self.event_queue.add(at, Event::Store);
    }

    /// Checks a stopped shard, and schedules its restart.
    pub(super) fn stopped(&mut self, shard: usize) {
        let this = &mut self.shards[shard];
        let session = this.machine.inner().session().cloned();
        let position = this.delivery.position();
        let resolved = this
            .commands
            .check_all_resolved()
            .and_then(|()| this.requests.check_all_resolved());
        let position_check = match (&session, position) {
            (Some(session), Some((id, last)))
                if *session.id() == **id && session.sequence() == last =>
            {
                Ok(())
            }
            // The close ended the session, or READY arrived after it.
            (None, _) => Ok(()),
            (session, position) => violated(
                Invariant::Session,
                format!("the shard keeps {session:?}, the consumer's position is {position:?}"),
            ),
        };
        let kept_session = match session {
            Some(_) => this.connects.check_kept_session(),
            None => Ok(()),
        };
        this.stored = session;
        let (generation, restart_delay) = (this.generation, this.restart_delay);
        self.check(shard, resolved);
        self.check(shard, position_check);
        self.check(shard, kept_session);
        if matches!(self.phase, Phase::Faults | Phase::Recovery) {
            let at = self.clock.elapsed() + restart_delay;
            self.event_queue
                .add(at, Event::RestartShard { shard, generation });
        }
    }

    pub(super) fn restart_stopped(&mut self, shard: usize, generation: u64) {
        let this = &self.shards[shard];
        if this.generation != generation
            || this.process == ProcessState::Stopped
            || this.state != State::Stopped
        {
            return;
        }
        self.restart(shard);
    }

    fn restart(&mut self, shard: usize) {
        let now = self.clock.elapsed();
        let seed = self.machine_random.next();
        let other = self.shards[shard].restarts_with_session_of.take();
        let foreign = other.and_then(|other| self.shards[other].machine.inner().session().cloned());
        let is_foreign = foreign.is_some();
        let this = &mut self.shards[shard];
        let session = foreign.or_else(|| this.stored.clone());
        this.generation += 1;
        this.started = now;
        this.timer += 1;
        this.deadline = None;
        this.restart(self.plan, session, seed, self.bug);
        if is_foreign {
            this.connects.session_ended();
        }
        self.note(Some(shard), || "restart".to_owned());
        self.start(shard);
        self.pause(shard);
    }

    /// Crashes the process with all shards and the queue. Only the stored sessions and the ledger remain.
    pub(super) fn crash(&mut self, restart_delay: Duration) {
        for shard in 0..self.shards.len() {
            let this = &mut self.shards[shard];
            if this.process == ProcessState::Stopped {
                continue;
            }
            this.process = ProcessState::Stopped;
            this.generation += 1;
            this.timer += 1;
            this.deadline = None;
            this.permit = PermitSlot::Empty;
            this.suspended_until = Duration::ZERO;
            this.paused_until = Duration::ZERO;
            this.consumer = Consumer::Reading;
            this.heartbeats.disconnected();
            this.commands.clear();
            this.requests.clear();
            match this.connection() {
                Some(id) => self.close_client_endpoint(shard, id),
                None => self.link_down(shard),
            }
        }
        self.queue.timer += 1;
        let at = self.clock.elapsed() + restart_delay;
        self.event_queue.add(at, Event::RestartProcess);
    }

    pub(super) fn restart_process(&mut self) {
        if self
            .shards
            .iter()
            .all(|shard| shard.process == ProcessState::Running)
        {
            return;
        }
        let (now, elapsed) = (self.clock.now(), self.clock.elapsed());
        // The limit is not fetched from REST, so that only the ledger restricts it.
        let settings = queue_settings(self.plan, self.plan.session_starts, self.bug);
        self.queue.restart(settings, now, elapsed);
        for shard in 0..self.shards.len() {
            self.restart(shard);
        }
    }

    /// Begins the next phase if the conditions for it hold.
    pub(super) fn check_phase(&mut self) {
        let now = self.clock.elapsed();
        match self.phase {
            Phase::Faults => self.end_faults(),
            Phase::Recovery if self.is_recovered() => {
                let until = now + 2 * self.plan.heartbeat_interval + Duration::from_secs(30);
                self.phase = Phase::Stable { until };
                self.note(None, || "all shards are ready".to_owned());
            }
            Phase::Recovery => self.check_recovery_time(),
            Phase::Stable { until } if now >= until => {
                let until = now + Duration::from_secs(5);
                self.phase = Phase::Quiet { until };
            }
            Phase::Quiet { until } if now >= until => {
                self.check_all_delivered();
                self.close_all();
                let until = now + Duration::from_secs(30);
                self.phase = Phase::Closing { until };
            }
            Phase::Closing { until } if now >= until => {
                self.check_shutdown();
                self.phase = Phase::Done;
            }
            _ => {}
        }
        self.event_queue
            .add(now + PHASE_CHECK_INTERVAL, Event::CheckPhase);
    }

    /// Returns whether no connection may end.
    pub(super) const fn is_stable(&self) -> bool {
        matches!(self.phase, Phase::Stable { .. } | Phase::Quiet { .. })
    }

    fn end_faults(&mut self) {
        let now = self.clock.now();
        self.note(None, || "the faults end".to_owned());
        self.phase = Phase::Recovery;
        self.network.main = HostStatus::default();
        self.network.resume = HostStatus::default();
        self.gateway.reconnect_before_hello(0);
        for what in [Mute::Hello, Mute::Ready, Mute::Acks, Mute::CloseReplies] {
            self.gateway.unmute(now, what);
        }
        for shard in &mut self.shards {
            shard.pending_faults = PendingFaults::default();
            shard.waiting_faults.clear();
            shard.latency = (Duration::ZERO, Duration::ZERO);
        }
        self.drain_gateway();
    }

    fn is_recovered(&self) -> bool {
        let now = self.clock.elapsed();
        now >= self.plan.faults_until + FAULT_EFFECTS_TIME
            && (0..self.shards.len()).all(|shard| self.is_ready(shard))
    }

    fn is_ready(&self, shard: usize) -> bool {
        let now = self.clock.elapsed();
        let this = &self.shards[shard];
        this.state == State::Active
            && this.process == ProcessState::Running
            && this.paused_until <= now
            && this.suspended_until <= now
            && self.is_healthy(shard)
    }

    fn check_recovery_time(&mut self) {
        let last_resume = self
            .shards
            .iter()
            .map(|shard| shard.suspended_until.max(shard.paused_until))
            .max()
            .unwrap_or_default();
        let shards = u32::try_from(self.shards.len()).unwrap_or(u32::MAX);
        let mut bound = self.plan.faults_until.max(last_resume) + MAX_RECOVERY_TIME;
        bound += Duration::from_secs(5) * shards + 2 * self.plan.heartbeat_interval;
        if self.plan.is_scarce() {
            bound += DAY;
        }
        if self.clock.elapsed() < bound {
            return;
        }
        if let Some(shard) = (0..self.shards.len()).find(|shard| !self.is_ready(*shard)) {
            let this = &self.shards[shard];
            let detail = format!("the shard is {} with {:?}", this.state.name(), this.link);
            self.fail(Some(shard), Invariant::Liveness, detail);
        }
    }

    fn check_all_delivered(&mut self) {
        let sessions = self.gateway.sessions();
        for shard in 0..self.shards.len() {
            let position = self.shards[shard]
                .delivery
                .position()
                .map(|(id, last)| (id.to_string(), last));
            let sent = sessions
                .iter()
                .find(|session| position.as_ref().is_some_and(|(id, _)| *id == session.id))
                .map(|session| (session.id.clone(), session.sequence));
            if sent.is_none() || sent != position {
                let detail =
                    format!("the server's position is {sent:?}, the consumer's is {position:?}");
                self.fail(Some(shard), Invariant::Completeness, detail);
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
        // The first frame counts, as in the machine.
        self.shards[shard].shutdown.get_or_insert(frame.code);
        let kind = match frame.code {
            1000 | 1001 => InputKind::ShutdownFinal,
            _ => InputKind::ShutdownResumable,
        };
        if kind == InputKind::ShutdownFinal && self.shards[shard].state.is_open() {
            self.shards[shard].delivery.end();
        }
        self.feed(shard, kind, Input::Shutdown(frame), None);
    }

    fn check_shutdown(&mut self) {
        for shard in 0..self.shards.len() {
            let this = &self.shards[shard];
            let check = match this.state {
                State::Stopped => this
                    .commands
                    .check_all_resolved()
                    .and_then(|()| this.requests.check_all_resolved()),
                state => violated(
                    Invariant::Shutdown,
                    format!("the shard is still {}", state.name()),
                ),
            };
            let has_permit = this.permit != PermitSlot::Empty;
            self.check(shard, check);
            if has_permit {
                self.fail(Some(shard), Invariant::Shutdown, "a permit is not released");
            }
        }
        let connections = self.gateway.stats().connections;
        if connections > 0 {
            let detail = format!("{connections} connections are not closed");
            self.fail(None, Invariant::Shutdown, detail);
        }
        if self.queue.waiting() > 0 {
            self.fail(None, Invariant::Shutdown, "the queue is not empty");
        }
    }
}

fn random_gap(random: &mut Random, interval: Duration) -> Duration {
    random.millis(1, 2 * interval.as_millis() as u64)
}

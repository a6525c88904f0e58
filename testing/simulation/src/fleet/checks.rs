//! The invariants of a fleet.

use super::{
    discord::Connection,
    engine::{DriverAnswer, DriverCall},
    event::{Event, FromDiscord},
    process::{Phase, Position},
    world::World,
};
use crate::finding::{Check, Invariant, violated};
use gloaming_coordinator::{
    Answer, CheckpointOutcome, Clearance, NodeStopReason, OnSilence, RenewOutcome, StopKind,
};
use std::{collections::BTreeMap, time::Duration};

/// The time after a fault within which every shard has to be served again, if a node and the engine can.
const TAKEOVER: Duration = Duration::from_secs(15);

/// How long an engine that forgot may cause two owners.
const FORGETS: Duration = Duration::from_secs(20);

/// The least time without an answer of the engine after which a node resumes what another one may have: the owner's part of
/// the lease since the last renewal, and the time that a takeover takes.
const SILENCE: Duration = Duration::from_secs(20);

/// How long a node does not resume such a shard again.
const FLAP: Duration = Duration::from_secs(59);

/// How long no fault may have happened for a shard to stop without a reason.
const UNDISTURBED: Duration = Duration::from_secs(45);

#[derive(Debug)]
pub(super) struct Checks {
    /// When the last fault began or ended.
    disturbed_at: Duration,
    /// When the engine last forgot something.
    pub(super) forgot_at: Option<Duration>,
    /// To which process the engine granted a shard last.
    pub(super) owners: BTreeMap<u32, usize>,
    /// When a process resumed a shard that another one had, by process and shard.
    taken_back: BTreeMap<(usize, u32), Duration>,
    shards: Vec<ShardChecks>,
    /// The times from the end of a shard's service to the next one.
    pub(super) gaps: Vec<Duration>,
}

#[derive(Clone, Debug, Default)]
struct ShardChecks {
    unserved_since: Option<Duration>,
    disturbed_at: Duration,
    /// The highest fence with which an event was accepted.
    accepted: u64,
}

impl Checks {
    pub(super) fn new(shards: u32) -> Self {
        Self {
            disturbed_at: Duration::ZERO,
            forgot_at: None,
            owners: BTreeMap::new(),
            taken_back: BTreeMap::new(),
            shards: vec![ShardChecks::default(); shards as usize],
            gaps: Vec::new(),
        }
    }
}

impl World {
    pub(super) fn disturbed(&mut self) {
        self.checks.disturbed_at = self.now;
        self.note_silence();
    }

    pub(super) fn disturbed_shard(&mut self, shard: u32) {
        self.checks.shards[shard as usize].disturbed_at = self.now;
    }

    pub(super) fn forgot(&mut self, time: Duration) {
        if time.is_zero() {
            return;
        }
        self.checks.forgot_at = Some(self.now);
        let cutoff = self.now.saturating_sub(time + Duration::from_secs(1));
        for session in &mut self.discord.sessions {
            session.stored_at = session.stored_at.filter(|at| *at < cutoff);
        }
    }

    fn has_forgotten(&self) -> bool {
        let at = self.checks.forgot_at;
        at.is_some_and(|at| self.now < at + FORGETS)
    }

    /// Checks that no other node counts on a shard that the engine grants now.
    pub(super) fn check_sole_owner(&self, process: usize, shard: u32) -> Check {
        if self.plan.on_silence != OnSilence::Stop || self.has_forgotten() {
            return Ok(());
        }
        for (index, other) in self.processes.iter().enumerate() {
            if index == process || other.life == super::process::Life::Ended {
                continue;
            }
            let clearance = other.node.clearance(other.local(self.now), shard);
            let is_stopping = other
                .shards
                .get(&shard)
                .is_some_and(|run| matches!(run.phase, Phase::Stopped | Phase::HandingOver));
            if matches!(clearance, Clearance::Until(_)) && !is_stopping {
                let detail =
                    format!("process {index} counts on shard {shard}, of process {process}");
                return violated(Invariant::FleetOwners, detail);
            }
        }
        Ok(())
    }

    /// Checks that a node sends nothing for a shard that another one owns.
    pub(super) fn check_sender(&self, process: usize, shard: u32) -> Check {
        let owner = self.checks.owners.get(&shard).copied();
        let is_strict = self.plan.on_silence == OnSilence::Stop && !self.has_forgotten();
        match owner {
            Some(owner) if is_strict && owner != process => {
                let detail =
                    format!("process {process} sends for shard {shard} of process {owner}");
                violated(Invariant::FleetOwners, detail)
            }
            _ => Ok(()),
        }
    }

    /// Notes what the engine accepted, and checks the fences.
    pub(super) fn note_writes(&mut self, call: &DriverCall, answer: &DriverAnswer) -> Check {
        match (call, answer) {
            (DriverCall::Checkpoint { checkpoints }, DriverAnswer::Checkpoint(outcomes)) => {
                for (checkpoint, outcome) in checkpoints.iter().zip(outcomes) {
                    let position = Position::from_body(&checkpoint.body);
                    if *outcome == CheckpointOutcome::Stored
                        && let Some(position) = position
                    {
                        let session = &mut self.discord.sessions[position.session];
                        session.stored_at.get_or_insert(self.now);
                    }
                }
            }
            (DriverCall::Publish { batch }, DriverAnswer::Published { accepted }) => {
                let session = &mut self.discord.sessions[batch.session];
                for sequence in accepted {
                    session.accept(*sequence);
                }
                let checks = &mut self.checks.shards[batch.shard as usize];
                let fence = batch.fence.get();
                if fence < checks.accepted && !accepted.is_empty() {
                    let detail = format!(
                        "events of shard {} with fence {fence} are accepted after {}",
                        batch.shard, checks.accepted
                    );
                    return violated(Invariant::FleetFences, detail);
                }
                checks.accepted = fence.max(checks.accepted);
            }
            _ => {}
        }
        Ok(())
    }

    /// Notes a connection to Discord, and checks that no other node has the shard.
    pub(super) fn check_connection(&mut self, shard: u32, connection: Connection) -> Check {
        let highest = self.discord.fences.entry(shard).or_default();
        let (before, process) = (*highest, connection.peer.process);
        if connection.fence >= before {
            *highest = connection.fence;
            return Ok(());
        }
        if self.has_forgotten() {
            // The engine may have forgotten the higher fence, and the lease of this one may be the valid one.
            self.discord.fences.insert(shard, connection.fence);
            return Ok(());
        }
        let highest = before;
        // A node for which the engine was silent for longer than a takeover takes resumes once.
        let silence = self.silence_of(process);
        let before = self.checks.taken_back.insert((process, shard), self.now);
        let is_again = before.is_some_and(|at| self.now < at + FLAP);
        let is_allowed = self.plan.on_silence == OnSilence::KeepServing && silence > SILENCE;
        if is_again || !is_allowed {
            let detail = format!(
                "shard {shard} resumes with fence {}, after {highest}, in a silence of {silence:?}",
                connection.fence
            );
            return violated(Invariant::FleetService, detail);
        }
        Ok(())
    }

    /// Returns for how long a process has not reached the engine.
    fn silence_of(&self, process: usize) -> Duration {
        let since = self.processes[process].silent_since;
        since.map_or(Duration::ZERO, |since| self.now - since)
    }

    /// Notes which processes do not reach the engine. The silence ends with the next [lease](Self::note_lease) of the process,
    /// which an engine that is there for a moment does not give.
    fn note_silence(&mut self) {
        let (now, is_up) = (self.now, self.engine.is_up);
        for process in &mut self.processes {
            let peer = process.peer.as_ref();
            if !is_up || peer.is_none_or(|peer| peer.is_partitioned) {
                process.silent_since.get_or_insert(now);
            }
        }
    }

    /// Notes that a process has a lease, if it learns that here.
    pub(super) fn note_lease(&mut self, process: usize, answer: &Answer) {
        if let Answer::Joined(_) | Answer::Renewed(RenewOutcome::Renewed) = answer {
            self.processes[process].silent_since = None;
            self.note_silence();
        }
    }

    /// Checks that a session is not given up while it can be resumed.
    pub(super) fn check_identify(&self, shard: u32) -> Check {
        let is_kept = |stored: Duration| stored + Duration::from_secs(3) < self.now;
        let mut sessions = self.discord.of_shard(shard);
        let session = sessions.find(|(_, session)| {
            let can_be_resumed = session.can_be_resumed(self.now);
            can_be_resumed && session.stored_at.is_some_and(is_kept) || session.is_ended_by_bot
        });
        match session {
            Some((session, _)) => {
                let detail = format!("shard {shard} identifies, but session {session} is there");
                violated(Invariant::FleetSessions, detail)
            }
            None => Ok(()),
        }
    }

    pub(super) fn check_position(&self, latest: u64, after: u64) -> Check {
        if after > latest {
            let detail = format!("RESUME after {after}, of {latest} events");
            return violated(Invariant::FleetSessions, detail);
        }
        Ok(())
    }

    /// Checks that a shard does not stop at once without a fault.
    pub(super) fn check_stop(&self, kind: StopKind, reason: &NodeStopReason) -> Check {
        if kind == StopKind::AtOnce && self.checks.disturbed_at + UNDISTURBED < self.now {
            let detail = format!("a shard stops without a fault: {reason:?}");
            return violated(Invariant::FleetStops, detail);
        }
        Ok(())
    }

    /// Lets the gateway create an event of a shard.
    pub(super) fn create_event(&mut self, shard: u32) -> Check {
        let mean = self.plan.event_interval.as_millis() as u64;
        let next = self.now + self.random.millis(1, 2 * mean);
        if next + Duration::from_secs(15) < self.plan.until {
            self.at(next, Event::Traffic { shard });
        }
        let highest = self.discord.fences.get(&shard).copied().unwrap_or_default();
        let mut messages = Vec::new();
        let mut stale = None;
        for session in &mut self.discord.sessions {
            if session.shard != shard || session.is_dead {
                continue;
            }
            session.latest += 1;
            let Some(connection) = session.connection else {
                continue;
            };
            // A session that is not stored yet can't be resumed by the next owner, which then identifies. What comes of the
            // other one is refused by its fence.
            let taken_back = (connection.peer.process, shard);
            let is_stale = connection.fence < highest && session.stored_at.is_some();
            if is_stale && !self.checks.taken_back.contains_key(&taken_back) {
                stale = Some(connection);
            }
            let peer = connection.peer;
            let sequence = session.latest;
            let connection = peer.connection;
            messages.push((
                peer.process,
                FromDiscord::Event {
                    shard,
                    connection,
                    sequence,
                },
            ));
        }
        for (process, message) in messages {
            self.answer_from_discord(process, message);
        }
        match stale {
            Some(connection) if !self.has_forgotten() => {
                let detail = format!(
                    "shard {shard} is served with fence {}, after {highest}",
                    connection.fence
                );
                violated(Invariant::FleetService, detail)
            }
            _ => Ok(()),
        }
    }

    fn is_served(&self, shard: u32) -> bool {
        self.discord.connections(shard).any(|connection| {
            let process = &self.processes[connection.peer.process];
            let peer = process.peer.as_ref();
            process.is_running() && peer.is_some_and(|peer| !peer.is_partitioned)
        })
    }

    /// Returns whether a shard has to identify, which takes its time.
    fn needs_identify(&self, shard: u32) -> bool {
        let mut sessions = self.discord.of_shard(shard);
        !sessions
            .any(|(_, session)| session.stored_at.is_some() && session.can_be_resumed(self.now))
    }

    pub(super) fn check_service(&mut self) -> Check {
        let now = self.now;
        let can_serve =
            self.engine.is_up && self.processes.iter().any(|process| process.is_healthy(now));
        if !can_serve {
            self.disturbed();
        }
        for shard in 0..self.plan.shards {
            let is_served = self.is_served(shard);
            let needs_identify = self.needs_identify(shard);
            let disturbed_at = self.checks.disturbed_at;
            let checks = &mut self.checks.shards[shard as usize];
            if is_served {
                if let Some(since) = checks.unserved_since.take() {
                    self.checks.gaps.push(now - since);
                }
                continue;
            }
            if needs_identify {
                checks.unserved_since = Some(now);
            }
            let since = *checks.unserved_since.get_or_insert(now);
            let from = since.max(disturbed_at).max(checks.disturbed_at);
            if from + TAKEOVER < now && !needs_identify {
                let detail = format!("shard {shard} is not served since {since:?}");
                return violated(Invariant::FleetTakeover, detail);
            }
        }
        Ok(())
    }

    /// Returns whether a shard waits for a permit of the fleet that it will get.
    pub(super) fn waits_to_identify(&self) -> bool {
        let waits = |shard| !self.is_served(shard) && self.needs_identify(shard);
        !self.is_scarce && (0..self.plan.shards).any(waits)
    }

    /// Checks that all shards are served at the end, and that every event was published.
    pub(super) fn check_end(&mut self) -> Check {
        let mut owners: BTreeMap<usize, u32> = BTreeMap::new();
        for shard in 0..self.plan.shards {
            let is_excused = self.is_scarce && self.needs_identify(shard);
            if !is_excused && !self.is_served(shard) {
                let detail = format!("shard {shard} is not served at the end");
                return violated(Invariant::FleetTakeover, detail);
            }
            for connection in self.discord.connections(shard) {
                *owners.entry(connection.peer.process).or_default() += 1;
            }
        }
        let share = self.plan.shards.div_ceil(self.plan.nodes as u32);
        if owners.values().any(|count| *count > share) && !self.is_scarce {
            let detail = format!("the shards are not balanced: {owners:?}");
            return violated(Invariant::FleetBalance, detail);
        }
        for (index, session) in self.discord.sessions.iter().enumerate() {
            if session.is_dead || session.connection.is_none() {
                continue;
            }
            let latest = session.latest as usize;
            let missing = (1..=latest).find(|at| session.accepted.get(*at) != Some(&true));
            if let Some(missing) = missing {
                let detail = format!("event {missing} of {latest} of session {index} is missing");
                return violated(Invariant::FleetEvents, detail);
            }
        }
        Ok(())
    }
}

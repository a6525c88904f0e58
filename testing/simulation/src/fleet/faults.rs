//! What goes wrong in a fleet, and what deliberate bugs change.

use super::{
    event::{Event, FromDiscord},
    plan::Fault,
    process::Life,
    world::World,
};
use crate::bug::Bug;
use gloaming_coordinator::{
    Answer, Fence, LeaseChange, LoadOutcome, NodeConfig, NodeInput, OnSilence, RenewOutcome,
};
use std::time::Duration;

impl World {
    pub(super) fn inject(&mut self, index: usize) {
        let (_, fault) = self.plan.faults[index];
        match fault {
            Fault::Kill { node, restart } => {
                if let Some(process) = self.process_in(node) {
                    self.end(process);
                    self.at(self.now + restart, Event::Starts { slot: node });
                }
            }
            Fault::Pause { node, time } => {
                if let Some(process) = self.process_in(node)
                    && self.processes[process].is_running()
                {
                    let until = self.now + time;
                    self.processes[process].life = Life::Paused { until };
                    self.at(until, Event::Resumes { process });
                    self.disturbed();
                }
            }
            Fault::Partition { node, time } => {
                if let Some(process) = self.process_in(node)
                    && let Some(peer) = &mut self.processes[process].peer
                    && !peer.is_partitioned
                {
                    peer.set_partitioned(true);
                    self.at(self.now + time, Event::Heals { process });
                    self.disturbed();
                }
            }
            Fault::Replace { node } => {
                if let Some(process) = self.process_in(node)
                    && self.processes[process].is_running()
                {
                    self.processes[process].is_draining = true;
                    self.disturbed();
                    // The result of the step is that of the next one of this process.
                    let local = self.processes[process].local(self.now);
                    self.processes[process]
                        .node
                        .handle_input(local, NodeInput::Drain);
                    let version = self.processes[process].timer;
                    self.at(self.now, Event::Wake { process, version });
                }
            }
            Fault::Outage { time, forgets } => {
                if self.engine.is_up {
                    self.engine.stop(forgets);
                    self.forgot(forgets);
                    self.at(self.now + time, Event::EngineStarts { forgets });
                    self.disturbed();
                }
            }
            Fault::Cut { shard } => self.cut(shard, false),
            Fault::EndSession { shard } => self.cut(shard, true),
        }
    }

    fn process_in(&self, slot: usize) -> Option<usize> {
        self.processes
            .iter()
            .rposition(|it| it.slot == slot && it.life != Life::Ended)
    }

    /// Ends a process, with its connections.
    fn end(&mut self, process: usize) {
        self.processes[process].life = Life::Ended;
        self.processes[process].peer = None;
        self.close_connections(process);
        self.disturbed();
    }

    /// Ends the connections of a process that is not there any more.
    pub(super) fn close_connections(&mut self, process: usize) {
        for session in &mut self.discord.sessions {
            if session
                .connection
                .is_some_and(|it| it.peer.process == process)
            {
                session.disconnect(self.now);
            }
        }
    }

    /// A process that was replaced has left.
    pub(super) fn drained(&mut self, process: usize) {
        let slot = self.processes[process].slot;
        self.end(process);
        let at = self.now + self.random.millis(500, 5_000);
        self.at(at, Event::Starts { slot });
    }

    pub(super) fn resume_process(&mut self, process: usize) {
        if let Life::Paused { until } = self.processes[process].life
            && until <= self.now
        {
            self.processes[process].life = Life::Running;
            self.disturbed();
        }
    }

    pub(super) fn heal(&mut self, process: usize) {
        if let Some(peer) = &mut self.processes[process].peer {
            peer.set_partitioned(false);
            self.disturbed();
        }
    }

    pub(super) fn start_engine(&mut self, forgets: Duration) {
        self.engine.start();
        self.disturbed();
        if !forgets.is_zero() {
            self.checks.forgot_at = Some(self.now);
        }
        for process in 0..self.processes.len() {
            if self.processes[process].life != Life::Ended && self.processes[process].peer.is_none()
            {
                self.processes[process].peer = self.engine.connect();
            }
        }
    }

    fn cut(&mut self, shard: u32, ends_session: bool) {
        let now = self.now;
        let mut closed = Vec::new();
        for session in &mut self.discord.sessions {
            if session.shard != shard || session.is_dead {
                continue;
            }
            closed.extend(session.connection.map(|it| it.peer));
            session.disconnect(now);
            session.is_dead |= ends_session;
        }
        for peer in closed {
            let connection = peer.connection;
            self.answer_from_discord(peer.process, FromDiscord::Closed { connection });
        }
        self.disturbed_shard(shard);
    }

    /// Changes the configuration of a node as a bug does.
    pub(super) fn change_config(&self, config: &mut NodeConfig) {
        if self.bug == Some(Bug::FleetClockSkewIgnored) {
            config.on_silence = OnSilence::Stop;
        }
    }

    /// Changes an answer of the engine as a bug does.
    pub(super) fn change_answer(&mut self, answer: &mut Answer) {
        match (self.bug, &*answer) {
            (Some(Bug::FleetLoadFailureIsEmpty), Answer::Loaded(_)) if self.random.once_in(4) => {
                *answer = Answer::Loaded(LoadOutcome::Nothing);
            }
            (Some(Bug::FleetEndedLeaseRenewed), Answer::Renewed(RenewOutcome::Ended)) => {
                *answer = Answer::Renewed(RenewOutcome::Renewed);
            }
            _ => {}
        }
    }

    /// Returns whether a change reaches the node, which a bug may prevent.
    pub(super) fn keeps_change(&self, change: &LeaseChange) -> bool {
        self.bug != Some(Bug::FleetEndUnwatched) || !matches!(change, LeaseChange::NodeEnded(_))
    }
}

impl super::engine::DriverCall {
    /// Makes an engine accept what an owner writes that is not the owner any more.
    pub(super) fn raise_fences(&mut self) {
        let most = Fence::new(u64::MAX);
        match self {
            Self::Checkpoint { checkpoints } => {
                for checkpoint in checkpoints {
                    checkpoint.fence = most;
                }
            }
            Self::Publish { batch } => batch.fence = most,
            Self::Permit { .. } | Self::Sent { .. } | Self::GiveBack { .. } => {}
        }
    }
}

//! What the driver of a node does, as the contract of the node says.

use super::{
    discord::{Connection, Peer},
    engine::{DriverAnswer, DriverCall},
    event::{Event, ToDiscord},
    process::{PendingCall, Phase, Position, ShardRun},
    world::{Lane, World},
};
use crate::{bug::Bug, finding::Check};
use gloaming_coordinator::{
    CheckpointOutcome, Clearance, Fence, IdentifyPermit, LastCheckpoint, NodeInput, NodeStopReason,
    PERMIT_LIFE, PermitOutcome, SessionSource, ShardCheckpoint, StopKind,
};
use gloaming_protocol::ShardId;
use std::time::{Duration, Instant};

/// How long a driver waits for the engine.
const TIMEOUT: Duration = Duration::from_secs(1);

/// The time between two checkpoints of a shard.
const CHECKPOINT_INTERVAL: Duration = Duration::from_secs(2);

/// How many times a last checkpoint is tried.
const TRIES: u32 = 3;

impl World {
    /// Returns whether a driver may send something for a shard, as the contract says.
    pub(super) fn is_cleared(
        &mut self,
        process: usize,
        shard: u32,
    ) -> Result<bool, crate::finding::Violation> {
        if self.bug == Some(Bug::FleetClearanceIgnored) {
            self.check_sender(process, shard)?;
            return Ok(true);
        }
        for _ in 0..2 {
            let local = self.processes[process].local(self.now);
            match self.processes[process].node.clearance(local, shard) {
                Clearance::Until(_) => {
                    self.check_sender(process, shard)?;
                    return Ok(true);
                }
                Clearance::Unknown => self.feed(process, NodeInput::Tick)?,
                Clearance::NotBefore(_) | Clearance::No => return Ok(false),
            }
        }
        Ok(false)
    }

    fn next_id(&mut self, process: usize) -> u64 {
        let next = &mut self.processes[process].next_id;
        *next += 1;
        *next
    }

    pub(super) fn driver_call(&mut self, process: usize, pending: PendingCall, call: DriverCall) {
        let id = self.next_id(process);
        self.processes[process].calls.insert(id, pending);
        self.at(self.now + TIMEOUT, Event::DriverTimeout { process, id });
        if !self.loses_message() {
            let event = Event::DriverToEngine { process, id, call };
            self.send(process, Lane::ToEngine, event);
        }
    }

    pub(super) fn start_shard(
        &mut self,
        process: usize,
        shard: u32,
        fence: Fence,
        session: SessionSource,
    ) -> Check {
        let own = self.processes[process].shards.get(&shard);
        let own = own.and_then(|run| run.position);
        let position = match session {
            SessionSource::Stored(checkpoint) => Position::from_body(&checkpoint.body),
            SessionSource::Own => own,
            SessionSource::Nothing => None,
        };
        // What was received and not published comes again.
        let position = position.map(|it| Position {
            received: it.acknowledged,
            ..it
        });
        let run = ShardRun {
            fence,
            phase: Phase::Idle,
            position,
            is_publishing: false,
        };
        self.processes[process].shards.insert(shard, run);
        self.connect(process, shard)
    }

    /// Resumes or identifies a shard that has no connection.
    pub(super) fn connect(&mut self, process: usize, shard: u32) -> Check {
        let Some(run) = self.processes[process].shards.get(&shard) else {
            return Ok(());
        };
        if run.phase != Phase::Idle {
            return Ok(());
        }
        let (fence, position) = (run.fence, run.position);
        if !self.is_cleared(process, shard)? {
            return Ok(());
        }
        let Some(position) = position else {
            return self.ask_for_permit(process, shard);
        };
        let connection = self.next_id(process);
        self.set_phase(process, shard, Phase::Connecting { connection });
        let message = ToDiscord::Resume {
            shard,
            session: position.session,
            after: position.acknowledged,
            connection: connection_of(process, connection, fence),
        };
        self.send(
            process,
            Lane::ToDiscord,
            Event::ToDiscord { process, message },
        );
        Ok(())
    }

    fn ask_for_permit(&mut self, process: usize, shard: u32) -> Check {
        let asked = self.processes[process].local(self.now);
        match self.processes[process]
            .node
            .identify_clearance(asked, shard)
        {
            Clearance::Until(_) => {
                self.set_phase(process, shard, Phase::Permit);
                let pending = PendingCall::Permit { shard, asked };
                self.driver_call(process, pending, DriverCall::Permit { shard });
            }
            Clearance::NotBefore(at) => {
                let at = self.processes[process].when(at).max(self.now);
                self.at(at, Event::Retry { process, shard });
            }
            Clearance::Unknown | Clearance::No => {
                let at = self.now + TIMEOUT;
                self.at(at, Event::Retry { process, shard });
            }
        }
        Ok(())
    }

    /// Sends IDENTIFY, if the permit may still be used.
    pub(super) fn identify(
        &mut self,
        process: usize,
        shard: u32,
        permit: IdentifyPermit,
        asked: Instant,
    ) -> Check {
        let local = self.processes[process].local(self.now);
        let run = self.processes[process].shards.get(&shard);
        let fence = run
            .filter(|run| run.phase == Phase::Permit)
            .map(|run| run.fence);
        let clearance = self.processes[process]
            .node
            .identify_clearance(local, shard);
        let is_fresh = local < asked + PERMIT_LIFE || self.bug == Some(Bug::FleetPermitKept);
        let is_cleared = matches!(clearance, Clearance::Until(_)) && is_fresh;
        let Some(fence) = fence.filter(|_| is_cleared) else {
            if fence.is_some() {
                self.set_phase(process, shard, Phase::Idle);
                self.at(self.now + TIMEOUT, Event::Retry { process, shard });
            }
            self.give_back(process, permit);
            return Ok(());
        };
        let connection = self.next_id(process);
        self.set_phase(process, shard, Phase::Connecting { connection });
        let message = ToDiscord::Identify {
            shard,
            connection: connection_of(process, connection, fence),
        };
        self.send(
            process,
            Lane::ToDiscord,
            Event::ToDiscord { process, message },
        );
        self.processes[process].sent.push((permit, self.now));
        self.report_sent(process, permit, self.now);
        Ok(())
    }

    fn give_back(&mut self, process: usize, permit: IdentifyPermit) {
        let pending = PendingCall::GiveBack { permit };
        self.driver_call(process, pending, DriverCall::GiveBack { permit });
    }

    fn report_sent(&mut self, process: usize, permit: IdentifyPermit, at: Duration) {
        let pending = PendingCall::Sent { permit, at };
        self.driver_call(process, pending, DriverCall::Sent { permit, at });
    }

    /// Reports the identifies of the last minutes again, since the engine may have forgotten them.
    pub(super) fn restate_identifies(&mut self, process: usize) {
        let since = self.now.saturating_sub(Duration::from_secs(180));
        self.processes[process].sent.retain(|(_, at)| *at >= since);
        for (permit, at) in self.processes[process].sent.clone() {
            self.report_sent(process, permit, at);
        }
    }

    pub(super) fn set_phase(&mut self, process: usize, shard: u32, phase: Phase) {
        if let Some(run) = self.processes[process].shards.get_mut(&shard) {
            run.phase = phase;
        }
    }

    pub(super) fn refence(&mut self, process: usize, shard: u32, fence: Fence) {
        let Some(run) = self.processes[process].shards.get_mut(&shard) else {
            return;
        };
        run.fence = fence;
        if let Phase::Connected { connection } | Phase::Connecting { connection } = run.phase {
            let peer = Peer {
                process,
                connection,
            };
            if let Some(session) = self.discord.session_of(peer) {
                let connection = connection_of(process, connection, fence);
                session.connection = Some(connection);
                let highest = self.discord.fences.entry(shard).or_default();
                *highest = fence.get().max(*highest);
            }
        }
    }

    pub(super) fn stop_shard(
        &mut self,
        process: usize,
        shard: u32,
        kind: StopKind,
        reason: &NodeStopReason,
    ) -> Check {
        self.check_stop(kind, reason)?;
        let ends_session = kind == StopKind::HandOver && self.bug == Some(Bug::FleetSessionEnded);
        let Some(run) = self.processes[process].shards.get_mut(&shard) else {
            return Ok(());
        };
        let phase = match kind {
            StopKind::HandOver => Phase::HandingOver,
            StopKind::AtOnce => Phase::Stopped,
        };
        let before = std::mem::replace(&mut run.phase, phase);
        if let Phase::Connected { connection } | Phase::Connecting { connection } = before {
            let message = ToDiscord::Close {
                connection,
                ends_session,
            };
            self.send(
                process,
                Lane::ToDiscord,
                Event::ToDiscord { process, message },
            );
        }
        if kind == StopKind::HandOver {
            self.store_last(process, shard, 1);
        }
        Ok(())
    }

    fn store_last(&mut self, process: usize, shard: u32, tries: u32) {
        let pending = PendingCall::LastCheckpoint { shard, tries };
        let checkpoints: Vec<_> = self.position_of(process, shard).into_iter().collect();
        self.driver_call(process, pending, DriverCall::Checkpoint { checkpoints });
    }

    fn position_of(&self, process: usize, shard: u32) -> Option<ShardCheckpoint> {
        let run = self.processes[process].shards.get(&shard)?;
        Some(ShardCheckpoint {
            shard: ShardId::new(shard, self.plan.shards),
            fence: run.fence,
            body: run.position?.to_body(),
        })
    }

    /// Stores the positions of all shards of a process that run.
    pub(super) fn checkpoint(&mut self, process: usize) -> Check {
        self.at(
            self.now + CHECKPOINT_INTERVAL,
            Event::Checkpoints { process },
        );
        let running: Vec<_> = self.processes[process].node.serving().collect();
        self.store_shards(process, &running)
    }

    pub(super) fn store_shards(&mut self, process: usize, running: &[u32]) -> Check {
        let mut checkpoints = Vec::new();
        let mut shards = Vec::new();
        for shard in running.iter().copied() {
            let run = self.processes[process].shards.get(&shard);
            let is_handing_over = run.is_some_and(|run| run.phase == Phase::HandingOver);
            let position = run.and_then(|run| run.position);
            if !is_handing_over
                && let Some(position) = position
                && self.is_cleared(process, shard)?
                && let Some(checkpoint) = self.position_of(process, shard)
            {
                checkpoints.push(checkpoint);
                shards.push((shard, position.session));
            }
        }
        if !checkpoints.is_empty() {
            let pending = PendingCall::Checkpoint { shards };
            self.driver_call(process, pending, DriverCall::Checkpoint { checkpoints });
        }
        Ok(())
    }

    pub(super) fn driver_reaches_engine(
        &mut self,
        process: usize,
        id: u64,
        mut call: DriverCall,
    ) -> Check {
        let Some(peer) = &self.processes[process].peer else {
            return Ok(());
        };
        let claimed = call.clone();
        if self.bug == Some(Bug::FleetFenceIgnored) {
            call.raise_fences();
        }
        let Some(answer) = self.engine.driver_call(peer, self.now, call) else {
            return Ok(());
        };
        self.note_writes(&claimed, &answer)?;
        if !self.loses_message() {
            let event = Event::DriverFromEngine {
                process,
                id,
                answer,
            };
            self.send(process, Lane::FromEngine, event);
        }
        Ok(())
    }

    /// Handles the answer of the engine. `None` if there is none in time.
    pub(super) fn driver_answer(
        &mut self,
        process: usize,
        id: u64,
        answer: Option<DriverAnswer>,
    ) -> Check {
        let Some(pending) = self.processes[process].calls.remove(&id) else {
            return Ok(());
        };
        match (pending, answer) {
            (PendingCall::Permit { shard, asked }, Some(DriverAnswer::Permit(outcome))) => {
                self.handle_permit(process, shard, asked, outcome);
            }
            (PendingCall::Permit { shard, .. }, _)
                if self.is_in_phase(process, shard, Phase::Permit) =>
            {
                self.set_phase(process, shard, Phase::Idle);
                self.at(self.now + TIMEOUT, Event::Retry { process, shard });
            }
            (PendingCall::GiveBack { permit }, None) => self.give_back(process, permit),
            (PendingCall::Sent { permit, at }, None) => self.report_sent(process, permit, at),
            (PendingCall::Checkpoint { shards }, Some(DriverAnswer::Checkpoint(outcomes))) => {
                for ((shard, _), outcome) in shards.into_iter().zip(outcomes) {
                    if let CheckpointOutcome::Fenced { by } = outcome {
                        self.feed(process, NodeInput::Fenced { shard, by })?;
                    }
                }
            }
            (PendingCall::LastCheckpoint { shard, tries }, answer) => {
                self.handle_last(process, shard, tries, answer.as_ref())?;
            }
            (PendingCall::Publish { batch }, answer) => {
                self.handle_published(process, &batch, answer)?;
            }
            _ => {}
        }
        Ok(())
    }

    pub(super) fn is_in_phase(&self, process: usize, shard: u32, phase: Phase) -> bool {
        let run = self.processes[process].shards.get(&shard);
        run.is_some_and(|run| run.phase == phase)
    }

    fn handle_permit(
        &mut self,
        process: usize,
        shard: u32,
        asked: Instant,
        outcome: PermitOutcome,
    ) {
        match outcome {
            PermitOutcome::Granted(permit) => {
                // Opening a connection takes time, and sometimes long.
                let slow = if self.random.once_in(6) {
                    25_000
                } else {
                    2_500
                };
                let at = self.now + self.random.millis(20, slow);
                self.at(
                    at,
                    Event::Identify {
                        process,
                        shard,
                        permit,
                        asked,
                    },
                );
            }
            PermitOutcome::Refused { retry_after, .. } => {
                if self.is_in_phase(process, shard, Phase::Permit) {
                    self.set_phase(process, shard, Phase::Idle);
                    let at = self.now + retry_after.clamp(TIMEOUT, 30 * TIMEOUT);
                    self.at(at, Event::Retry { process, shard });
                }
            }
        }
    }

    fn handle_last(
        &mut self,
        process: usize,
        shard: u32,
        tries: u32,
        answer: Option<&DriverAnswer>,
    ) -> Check {
        if !self.is_in_phase(process, shard, Phase::HandingOver) {
            return Ok(());
        }
        let checkpoint = match answer {
            Some(DriverAnswer::Checkpoint(_)) => LastCheckpoint::Stored,
            _ if tries < TRIES => {
                self.store_last(process, shard, tries + 1);
                return Ok(());
            }
            _ => LastCheckpoint::Failed,
        };
        self.set_phase(process, shard, Phase::Stopped);
        self.feed(process, NodeInput::Stopped { shard, checkpoint })
    }
}

pub(super) const fn connection_of(process: usize, connection: u64, fence: Fence) -> Connection {
    Connection {
        peer: Peer {
            process,
            connection,
        },
        fence: fence.get(),
    }
}

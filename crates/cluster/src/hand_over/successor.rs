//! The side that takes shards, for one connection. Without IO and without a clock.

use super::{
    HandOverErrorKind, HandOverRefusal,
    frame::{Frame, VERSIONS},
    owner::Owner,
};
use bytes::{Bytes, BytesMut};
use gloaming_protocol::ShardId;
use gloaming_shard::Session;
use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// The limits of the successor.
#[derive(Clone, Copy, Debug)]
pub(super) struct SuccessorLimits {
    /// How long the predecessor may be silent.
    pub(super) silence: Duration,
    /// How many bytes the states of all shards of a predecessor may have.
    pub(super) state_bytes: u64,
}

/// Takes shards over one connection.
///
/// Feed one input, then drain [`poll_output`](Self::poll_output) before the next. Frames that have arrived are to be
/// handled before a deadline that has passed.
///
/// ```text
///  AwaitingWelcome ──► Receiving ──COMPLETE──► Checked ──accept──► AwaitingReleased
///        │                 │                      │                       │ RELEASED
///        │                 │                      │                       ▼
///        │ refused, end,   │ malformed            │                   Released ──running──► AwaitingDone
///        │ deadline        │                      │                       │                      │
///        ▼                 ▼                      ▼                       │ rolled back          │ DONE, end
///      Ended ◄─────────────┴──────────────────────┴───────────────────────┴──────────────────────┘
/// ```
#[derive(Debug)]
pub(super) struct Successor {
    state: State,
    limits: SuccessorLimits,
    wanted: Vec<ShardId>,
    received: Vec<Received>,
    deadline: Option<Instant>,
    outputs: VecDeque<SuccessorOutput>,
}

#[derive(Debug)]
enum State {
    AwaitingWelcome,
    Receiving {
        remaining: Vec<ShardId>,
        /// Of the state of the last shard.
        missing: u64,
        announced: u64,
    },
    Checked,
    AwaitingReleased,
    /// The application starts the shards.
    Released(PredecessorLife),
    AwaitingDone,
    Ended,
}

/// Whether the predecessor can still take its shards back.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum PredecessorLife {
    Alive,
    Dead,
}

/// What a predecessor has sent of a shard.
#[derive(Clone, Debug)]
pub(super) struct Received {
    pub(super) shard: ShardId,
    pub(super) session: Option<Session>,
    state: BytesMut,
}

impl Received {
    pub(super) fn into_parts(self) -> (ShardId, Option<Session>, Bytes) {
        (self.shard, self.session, self.state.freeze())
    }
}

/// What the driver does next, in this order.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum SuccessorOutput {
    Send(Frame),
    /// All has arrived. Call [`Successor::accept`] to go on.
    Checked,
    /// The shards may be started. Call [`Successor::running`] once they run.
    Released,
    /// The shards are this process's.
    Taken,
    /// Nothing was taken.
    Failed(HandOverErrorKind),
    /// The predecessor has its shards back: stop them, and keep their sessions.
    Stop(HandOverRefusal),
}

impl Successor {
    pub(super) fn new(
        now: Instant,
        owner: Owner,
        wanted: Vec<ShardId>,
        limits: SuccessorLimits,
    ) -> Self {
        let hello = Frame::Hello {
            versions: VERSIONS,
            owner,
            wanted: wanted.clone(),
        };
        Self {
            state: State::AwaitingWelcome,
            limits,
            wanted,
            received: Vec::new(),
            deadline: now.checked_add(limits.silence),
            outputs: VecDeque::from([SuccessorOutput::Send(hello)]),
        }
    }

    pub(super) fn handle_frame(&mut self, now: Instant, frame: Frame) {
        match (&self.state, frame) {
            (State::Ended, _) => {}
            (State::Released(_) | State::AwaitingDone, Frame::RolledBack(refusal)) => {
                self.end(SuccessorOutput::Stop(refusal));
            }
            (_, Frame::RolledBack(reason)) => {
                self.fail(HandOverErrorKind::Refused { reason });
            }
            (State::AwaitingWelcome, Frame::Welcome { version, shards })
                if VERSIONS.contains(&version) && self.wants(&shards) =>
            {
                self.state = State::Receiving {
                    remaining: shards,
                    missing: 0,
                    announced: 0,
                };
                self.restart_deadline(now);
            }
            (State::Receiving { .. }, frame) => self.receive(now, frame),
            (State::AwaitingReleased, Frame::Released) => {
                self.state = State::Released(PredecessorLife::Alive);
                self.deadline = None;
                self.outputs.push_back(SuccessorOutput::Released);
            }
            (State::AwaitingDone, Frame::Done) => self.end(SuccessorOutput::Taken),
            _ => self.handle_malformed(),
        }
    }

    fn receive(&mut self, now: Instant, frame: Frame) {
        let State::Receiving {
            remaining,
            missing,
            announced,
        } = &mut self.state
        else {
            return;
        };
        match frame {
            Frame::Session {
                shard,
                session,
                state_bytes,
            } if *missing == 0 => {
                let Some(position) = remaining.iter().position(|it| *it == shard) else {
                    return self.handle_malformed();
                };
                let bytes = announced.saturating_add(state_bytes);
                if bytes > self.limits.state_bytes {
                    let limit = self.limits.state_bytes;
                    return self.fail(HandOverErrorKind::StateTooLarge { bytes, limit });
                }
                remaining.swap_remove(position);
                (*missing, *announced) = (state_bytes, bytes);
                self.received.push(Received {
                    shard,
                    session,
                    state: BytesMut::new(),
                });
            }
            Frame::State(chunk) => {
                let bytes = u64::try_from(chunk.len()).unwrap_or(u64::MAX);
                match (missing.checked_sub(bytes), self.received.last_mut()) {
                    (Some(rest), Some(received)) if bytes > 0 => {
                        *missing = rest;
                        received.state.extend_from_slice(&chunk);
                    }
                    _ => return self.handle_malformed(),
                }
            }
            Frame::Complete {
                shards,
                state_bytes,
            } if *missing == 0
                && remaining.is_empty()
                && state_bytes == *announced
                && usize::try_from(shards) == Ok(self.received.len()) =>
            {
                self.state = State::Checked;
                self.deadline = None;
                self.outputs.push_back(SuccessorOutput::Checked);
                return;
            }
            _ => return self.handle_malformed(),
        }
        self.restart_deadline(now);
    }

    /// Accepts what was checked.
    pub(super) fn accept(&mut self, now: Instant) {
        if matches!(self.state, State::Checked) {
            self.state = State::AwaitingReleased;
            self.restart_deadline(now);
            self.outputs
                .push_back(SuccessorOutput::Send(Frame::Accepted));
        }
    }

    /// All shards run.
    pub(super) fn running(&mut self, now: Instant) {
        match self.state {
            State::Released(PredecessorLife::Alive) => {
                self.state = State::AwaitingDone;
                self.restart_deadline(now);
                self.outputs
                    .push_back(SuccessorOutput::Send(Frame::Running));
            }
            State::Released(PredecessorLife::Dead) => self.end(SuccessorOutput::Taken),
            _ => {}
        }
    }

    /// The connection has ended.
    pub(super) fn handle_end(&mut self) {
        match self.state {
            State::Ended => {}
            // It would have said that it takes its shards back.
            State::Released(_) => self.state = State::Released(PredecessorLife::Dead),
            State::AwaitingDone => self.end(SuccessorOutput::Taken),
            _ => self.fail(HandOverErrorKind::OldProcessEnded),
        }
    }

    /// The predecessor sends something that is no frame, or none that is expected.
    pub(super) fn handle_malformed(&mut self) {
        match self.state {
            State::Ended => {}
            // The end of the connection lets the predecessor take its shards back.
            State::Released(_) => self.end(SuccessorOutput::Stop(HandOverRefusal::Malformed)),
            // RUNNING was sent, and is valid.
            State::AwaitingDone => self.end(SuccessorOutput::Taken),
            _ => self.fail(HandOverErrorKind::Malformed),
        }
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) {
        if self.deadline.is_none_or(|deadline| now < deadline) {
            return;
        }
        match self.state {
            // The predecessor finds RUNNING whenever it reads.
            State::AwaitingDone => self.end(SuccessorOutput::Taken),
            _ => self.fail(HandOverErrorKind::Timeout {
                after: self.limits.silence,
            }),
        }
    }

    /// Whether the predecessor has died after it released the shards, so that it can't take them back.
    pub(super) const fn is_alone(&self) -> bool {
        matches!(self.state, State::Released(PredecessorLife::Dead))
    }

    pub(super) fn poll_output(&mut self) -> Option<SuccessorOutput> {
        self.outputs.pop_front()
    }

    /// When to call [`handle_timeout`](Self::handle_timeout).
    pub(super) const fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// Returns what the predecessor has sent. It may be used once the shards are released.
    pub(super) fn received(&self) -> &[Received] {
        &self.received
    }

    /// Returns what the predecessor has sent, and forgets the states.
    pub(super) fn take_received(&mut self) -> Vec<Received> {
        std::mem::take(&mut self.received)
    }

    fn wants(&self, shards: &[ShardId]) -> bool {
        self.wanted.is_empty() || shards.iter().all(|shard| self.wanted.contains(shard))
    }

    fn restart_deadline(&mut self, now: Instant) {
        self.deadline = now.checked_add(self.limits.silence);
    }

    fn fail(&mut self, kind: HandOverErrorKind) {
        self.end(SuccessorOutput::Failed(kind));
    }

    fn end(&mut self, output: SuccessorOutput) {
        self.state = State::Ended;
        self.deadline = None;
        self.outputs.push_back(output);
    }
}

#[cfg(test)]
mod tests;

//! The side that gives shards, for one connection. Without IO and without a clock.

use super::{
    HandOverRefusal,
    frame::{Frame, MAX_CHUNK, VERSIONS},
    owner::Owner,
};
use bytes::Bytes;
use gloaming_protocol::ShardId;
use gloaming_shard::Session;
use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// How long a connection may be open without a HELLO, and how long the check of what was sent may take.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(20);

/// How long the predecessor waits.
#[derive(Clone, Copy, Debug)]
pub(super) struct PredecessorTimeouts {
    /// For the handlers to finish what the shards have received.
    pub(super) handlers: Duration,
    /// For the new process to run the shards.
    pub(super) start: Duration,
}

/// Gives shards over one connection.
///
/// Feed one input, then drain [`poll_output`](Self::poll_output) before the next. Frames that have arrived are to be
/// handled before a deadline that has passed: what the successor has said counts.
///
/// ```text
///  AwaitingHello ──HELLO──► Claiming ──claimed──► Preparing ──all prepared──► AwaitingAccepted
///        │                     │                      │                             │ ACCEPTED
///        │                     │ none                 │ too slow, end,              ▼
///        │                     │                      │ deadline: roll back    ReleasingStore
///        │ refused             │                      │                             │ released
///        │                     │                      │                             ▼
///        ▼                     ▼                      ▼                       AwaitingRunning
///      Ended ◄─────────────────┴──────────────────────┴──── RUNNING: commit ────────┘
/// ```
#[derive(Debug)]
pub(super) struct Predecessor {
    state: State,
    owner: Owner,
    timeouts: PredecessorTimeouts,
    deadline: Option<Instant>,
    outputs: VecDeque<PredecessorOutput>,
}

#[derive(Debug)]
enum State {
    AwaitingHello,
    Claiming {
        version: u16,
    },
    Preparing {
        remaining: Vec<ShardId>,
        shards: u32,
        state_bytes: u64,
    },
    AwaitingAccepted,
    ReleasingStore,
    /// The shards are released: the successor may run them.
    AwaitingRunning,
    Ended,
}

/// What the driver does next, in this order.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum PredecessorOutput {
    /// Stop those of these shards that run and answer with [`Predecessor::claimed`]. No shards are all shards.
    Claim(Vec<ShardId>),
    /// Wait until these shards have stopped and their events are handled, and answer with [`Predecessor::prepared`] for each.
    Prepare(Vec<ShardId>),
    Send(Frame),
    /// Release the session store, if no shard needs it here any more, and answer with [`Predecessor::store_released`].
    ReleaseStore,
    /// Start the claimed shards again, and use the session store again.
    RollBack,
    /// Close the claimed shards for good.
    Commit,
    /// Close the connection.
    End(PredecessorEnd),
}

/// What came of a connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum PredecessorEnd {
    /// The shards run in the new process.
    Given,
    /// This process keeps the shards.
    Kept(KeptReason),
}

/// Why shards were not given.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum KeptReason {
    Refused(HandOverRefusal),
    /// The new process has closed the connection, or died.
    SuccessorEnded,
}

impl Predecessor {
    pub(super) fn new(now: Instant, owner: Owner, timeouts: PredecessorTimeouts) -> Self {
        Self {
            state: State::AwaitingHello,
            owner,
            timeouts,
            deadline: now.checked_add(ANSWER_TIMEOUT),
            outputs: VecDeque::new(),
        }
    }

    pub(super) fn handle_frame(&mut self, now: Instant, frame: Frame) {
        match (&self.state, frame) {
            (
                State::AwaitingHello,
                Frame::Hello {
                    versions,
                    owner,
                    wanted,
                },
            ) => {
                let version = (*versions.end()).min(*VERSIONS.end());
                if version < *versions.start() || version < *VERSIONS.start() {
                    self.keep(HandOverRefusal::Version {
                        min: *VERSIONS.start(),
                        max: *VERSIONS.end(),
                    });
                } else if owner != self.owner {
                    self.keep(HandOverRefusal::AnotherBot);
                } else {
                    self.state = State::Claiming { version };
                    self.outputs.push_back(PredecessorOutput::Claim(wanted));
                }
            }
            (State::AwaitingAccepted, Frame::Accepted) => {
                self.state = State::ReleasingStore;
                self.deadline = now.checked_add(ANSWER_TIMEOUT);
                self.outputs.push_back(PredecessorOutput::ReleaseStore);
            }
            (State::AwaitingRunning, Frame::Running) => {
                self.outputs.push_back(PredecessorOutput::Commit);
                self.send(Frame::Done);
                self.end(PredecessorEnd::Given);
            }
            _ => self.keep(HandOverRefusal::Malformed),
        }
    }

    /// These shards are stopping for the successor.
    pub(super) fn claimed(&mut self, now: Instant, shards: Vec<ShardId>) {
        let State::Claiming { version } = self.state else {
            return;
        };
        if shards.is_empty() {
            self.keep(HandOverRefusal::NoShards);
            return;
        }
        self.send(Frame::Welcome {
            version,
            shards: shards.clone(),
        });
        self.outputs
            .push_back(PredecessorOutput::Prepare(shards.clone()));
        self.deadline = now.checked_add(self.timeouts.handlers);
        self.state = State::Preparing {
            remaining: shards,
            shards: 0,
            state_bytes: 0,
        };
    }

    /// A shard has stopped and its events are handled: this is what the successor needs.
    pub(super) fn prepared(
        &mut self,
        now: Instant,
        shard: ShardId,
        session: Option<Session>,
        mut state: Bytes,
    ) {
        let State::Preparing {
            remaining,
            shards,
            state_bytes,
        } = &mut self.state
        else {
            return;
        };
        let Some(position) = remaining.iter().position(|it| *it == shard) else {
            return;
        };
        remaining.swap_remove(position);
        let bytes = u64::try_from(state.len()).unwrap_or(u64::MAX);
        *shards += 1;
        *state_bytes = state_bytes.saturating_add(bytes);
        let complete = remaining.is_empty().then_some(Frame::Complete {
            shards: *shards,
            state_bytes: *state_bytes,
        });
        self.send(Frame::Session {
            shard,
            session,
            state_bytes: bytes,
        });
        while !state.is_empty() {
            let chunk = state.split_to(state.len().min(MAX_CHUNK));
            self.send(Frame::State(chunk));
        }
        if let Some(complete) = complete {
            self.send(complete);
            self.state = State::AwaitingAccepted;
            self.deadline = now.checked_add(ANSWER_TIMEOUT);
        }
    }

    /// The session store is released, or there is none, or this process keeps it for other shards.
    pub(super) fn store_released(&mut self, now: Instant) {
        if matches!(self.state, State::ReleasingStore) {
            self.state = State::AwaitingRunning;
            self.deadline = now.checked_add(self.timeouts.start);
            self.send(Frame::Released);
        }
    }

    /// A claimed shard does not run any more, for a reason of its own.
    pub(super) fn shard_stopped(&mut self, shard: ShardId) {
        self.keep(HandOverRefusal::ShardStopped {
            shard: shard.number(),
        });
    }

    /// The successor has closed the connection, or died.
    pub(super) fn handle_end(&mut self) {
        if !matches!(self.state, State::Ended) {
            self.roll_back();
            self.end(PredecessorEnd::Kept(KeptReason::SuccessorEnded));
        }
    }

    /// The successor sends something that is no frame.
    pub(super) fn handle_malformed(&mut self) {
        self.keep(HandOverRefusal::Malformed);
    }

    /// The successor does not read.
    pub(super) fn handle_stall(&mut self) {
        self.keep(HandOverRefusal::TooLate);
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) {
        if self.deadline.is_none_or(|deadline| now < deadline) {
            return;
        }
        self.keep(match &self.state {
            State::Preparing { remaining, .. } => match remaining.first() {
                Some(shard) => HandOverRefusal::HandlersTooSlow {
                    shard: shard.number(),
                },
                None => HandOverRefusal::TooLate,
            },
            _ => HandOverRefusal::TooLate,
        });
    }

    pub(super) fn poll_output(&mut self) -> Option<PredecessorOutput> {
        self.outputs.pop_front()
    }

    /// When to call [`handle_timeout`](Self::handle_timeout).
    pub(super) const fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// Keeps the shards, unless the hand-over has ended. What was not sent yet is of no use.
    fn keep(&mut self, refusal: HandOverRefusal) {
        if matches!(self.state, State::Ended) {
            return;
        }
        self.outputs.clear();
        self.send(Frame::RolledBack(refusal));
        self.roll_back();
        self.end(PredecessorEnd::Kept(KeptReason::Refused(refusal)));
    }

    fn roll_back(&mut self) {
        let is_claimed = matches!(
            self.state,
            State::Preparing { .. }
                | State::AwaitingAccepted
                | State::ReleasingStore
                | State::AwaitingRunning
        );
        if is_claimed {
            self.outputs.push_back(PredecessorOutput::RollBack);
        }
    }

    fn end(&mut self, end: PredecessorEnd) {
        self.state = State::Ended;
        self.deadline = None;
        self.outputs.push_back(PredecessorOutput::End(end));
    }

    fn send(&mut self, frame: Frame) {
        self.outputs.push_back(PredecessorOutput::Send(frame));
    }
}

#[cfg(test)]
mod tests;

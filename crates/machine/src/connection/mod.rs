//! The state machine of the connections of a shard.

mod eventless_frames;
mod heartbeat;
mod outputs;
mod payloads;
mod reconnect;
mod round_trips;
mod sending;
mod state;

pub(crate) use self::{eventless_frames::FrameRate, payloads::Delivery, state::ConnectionProgress};

use self::{
    eventless_frames::EventlessFrames,
    heartbeat::{DueHeartbeat, Heartbeat},
    outputs::Outputs,
    sending::{Flush, PendingSends},
    state::{AfterClose, CloseIntent, PermitRequest, State},
};
use crate::{
    Awaited, DisconnectCause, Lifecycle, MachineConfig, Output, RecoveryStep, Session, ShardState,
    StopReason,
    backoff::Backoff,
    command::{CommandId, CommandKind, CommandOutcome, CommandQueue, QueuedFor},
    guild_arrivals::{Arrived, GuildArrivals},
    presence_limit::PresenceLimit,
    random::Random,
    reader::Reader,
    recovery::Recovery,
    send_window::SendWindow,
};
use gloaming_protocol::{
    CloseFrame,
    limits::{IDENTIFY_INTERVAL, MAX_UNREAD_WAIT, MAX_UNREAD_WAIT_FOR_HELLO, SESSION_START_PERIOD},
};
use std::{
    mem,
    ops::Range,
    time::{Duration, Instant},
};

/// The connection of a [`Machine`](crate::Machine), its session, and what waits to be sent.
#[derive(Debug)]
pub(crate) struct Connection {
    config: MachineConfig,
    state: State,
    session: Option<Session>,
    /// The last sequence on a connection without a session.
    early_sequence: Option<u64>,
    /// The sequences that the server skipped last.
    skipped: Range<u64>,
    recovery: Recovery,
    backoff: Backoff,
    window: SendWindow,
    presences: PresenceLimit,
    guilds: GuildArrivals,
    flush: Flush,
    eventless: EventlessFrames,
    pending: PendingSends,
    commands: CommandQueue,
    random: Random,
    outputs: Outputs,
}

/// Whether an input fitted the state.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Transition {
    Made,
    Ignored,
}

impl Connection {
    /// The configuration is within its bounds.
    pub(crate) fn new(config: MachineConfig, session: Option<Session>, seed: u64) -> Self {
        let (session, reported) = config.admit(session);
        Self {
            state: State::Idle,
            early_sequence: None,
            skipped: 0..0,
            recovery: Recovery::new(config.recovery, RecoveryStep::first_for(session.as_ref())),
            backoff: Backoff::new(config.backoff, config.timeouts.stable),
            window: SendWindow::new(config.send_limit),
            presences: PresenceLimit::new(config.send_limit),
            guilds: GuildArrivals::default(),
            flush: Flush::Done,
            eventless: EventlessFrames::default(),
            pending: PendingSends::default(),
            commands: CommandQueue::new(config.timeouts.command),
            random: Random::new(seed),
            outputs: reported.into_iter().map(Output::Event).collect(),
            session,
            config,
        }
    }

    /// Whether the payload that was just fed is to be delivered. Before [`poll_output`](Self::poll_output).
    #[inline]
    pub(crate) const fn take_delivery(&mut self) -> Delivery {
        self.outputs.take_delivery()
    }

    pub(crate) fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    #[inline]
    pub(crate) fn has_output(&self) -> bool {
        self.outputs.has_others()
    }

    pub(crate) const fn config(&self) -> &MachineConfig {
        &self.config
    }

    pub(crate) const fn session(&self) -> Option<&Session> {
        self.session.as_ref()
    }

    pub(crate) const fn state_name(&self) -> &'static str {
        self.state.name()
    }

    pub(crate) const fn is_started(&self) -> bool {
        !matches!(self.state, State::Idle)
    }

    pub(crate) const fn is_stopped(&self) -> bool {
        matches!(self.state, State::Stopped { .. })
    }

    pub(crate) const fn stop_reason(&self) -> Option<StopReason> {
        match self.state {
            State::Stopped { reason } => Some(reason),
            _ => None,
        }
    }

    pub(crate) fn shard_state(&self) -> ShardState {
        match self.state {
            State::Active { .. } => ShardState::Active,
            State::Resuming { .. } => ShardState::Resuming,
            State::AwaitPermit { .. } | State::Identifying { .. } => ShardState::Identifying,
            State::Stopped {
                reason: StopReason::Requested,
            } => ShardState::Closed,
            State::Stopped { .. } => ShardState::FatallyClosed,
            State::Idle
            | State::Connecting { .. }
            | State::AwaitHello { .. }
            | State::Closing { .. }
            | State::Backoff { .. } => ShardState::Disconnected {
                reconnect_attempts: u8::try_from(self.backoff.attempts()).unwrap_or(u8::MAX),
            },
        }
    }

    pub(crate) const fn awaits(&self) -> Awaited {
        let step = self.recovery.step();
        let attempt = self.backoff.attempts();
        match &self.state {
            State::Idle => Awaited::Start,
            State::Connecting { deadline, .. } => Awaited::Connection {
                step,
                attempt,
                deadline: *deadline,
            },
            State::AwaitHello { deadline, .. } => Awaited::Hello {
                step,
                deadline: *deadline,
            },
            State::AwaitPermit { permit, .. } => match permit {
                PermitRequest::Pending { .. } => Awaited::Permit,
                PermitRequest::Again(at) => Awaited::PermitRetry { at: *at },
            },
            State::Identifying { .. } => Awaited::Ready,
            State::Resuming { .. } => Awaited::Resumed { step },
            State::Active { .. } => Awaited::Events,
            State::Closing { deadline, .. } => Awaited::CloseFrame {
                deadline: *deadline,
            },
            State::Backoff { until } => Awaited::NextAttempt {
                at: *until,
                step,
                attempt,
            },
            State::Stopped { .. } => Awaited::Nothing,
        }
    }

    pub(crate) fn heartbeat_due(&self) -> Option<Instant> {
        self.state.heartbeat().map(Heartbeat::due)
    }

    pub(crate) fn next_deadline(&self, now: Instant) -> Option<Instant> {
        let heartbeat = self.heartbeat_due();
        let sends = self.sends_deadline(now);
        [
            self.state.deadline(),
            heartbeat,
            sends,
            self.commands.next_expiry(),
            self.guilds.deadline(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    pub(crate) fn start(&mut self, now: Instant) {
        if matches!(self.state, State::Idle) {
            self.connect(now);
        }
    }

    pub(crate) fn connected(&mut self, now: Instant) -> Transition {
        if !matches!(self.state, State::Connecting { .. }) {
            return Transition::Ignored;
        }
        self.window.restart();
        self.flush = Flush::Done;
        self.eventless = EventlessFrames::default();
        self.pending = PendingSends::default();
        self.early_sequence = None;
        self.state = State::AwaitHello {
            since: now,
            deadline: now + self.config.timeouts.hello,
        };
        Transition::Made
    }

    /// Counts a frame that brings no event.
    pub(crate) fn count_eventless(&mut self, now: Instant) -> FrameRate {
        self.eventless.count(now)
    }

    /// The server sent too many frames without an event.
    pub(crate) fn flooded(&mut self, now: Instant) {
        self.abandon(now, DisconnectCause::Flooded);
    }

    pub(crate) fn unreadable(&mut self, now: Instant) {
        self.abandon(now, DisconnectCause::Unreadable);
    }

    pub(crate) fn closed(&mut self, now: Instant, frame: Option<CloseFrame<'static>>) {
        let code = frame.as_ref().map(|frame| frame.code);
        let cause = match self.state {
            State::Closing {
                after: AfterClose::Reconnect { cause, .. },
                ..
            } => cause,
            State::Closing { .. } => DisconnectCause::Requested,
            _ => DisconnectCause::Closed { code },
        };
        self.ended(now, self.progress(), cause, frame);
    }

    pub(crate) fn lost(&mut self, now: Instant, reader: Reader) {
        let progress = match (&self.state, reader) {
            // Nothing is known against the session: the server may have resumed it each time.
            (State::Resuming { .. }, Reader::Backlogged { .. }) => ConnectionProgress::Unread,
            _ => self.progress(),
        };
        let cause = match self.state {
            State::Closing {
                after: AfterClose::Reconnect { cause, .. },
                ..
            } => cause,
            State::Closing { .. } => DisconnectCause::Requested,
            _ => DisconnectCause::Lost,
        };
        self.ended(now, progress, cause, None);
    }

    pub(crate) fn permit_granted(&mut self, now: Instant) {
        match mem::replace(&mut self.state, State::Idle) {
            State::AwaitPermit { heartbeat, .. } => {
                self.state = State::Identifying {
                    heartbeat,
                    since: now,
                    report: now + self.config.timeouts.ready_report,
                };
                self.pending.identify();
                self.event(Lifecycle::Identifying);
            }
            other => {
                self.state = other;
                self.outputs.push_back(Output::CancelPermit);
            }
        }
    }

    pub(crate) fn permit_refused(&mut self, now: Instant, retry_in: Option<Duration>) {
        if let State::AwaitPermit { permit, .. } = &mut self.state {
            let retry_in = retry_in
                .unwrap_or(IDENTIFY_INTERVAL)
                .clamp(IDENTIFY_INTERVAL, SESSION_START_PERIOD);
            *permit = PermitRequest::Again(now + retry_in);
            self.event(Lifecycle::PermitRefused { retry_in });
        }
    }

    /// Queues a command, unless `bound` commands wait already.
    pub(crate) fn queue_command(
        &mut self,
        now: Instant,
        id: CommandId,
        json: String,
        bound: usize,
    ) {
        let result = if self.is_stopped() {
            Err(CommandOutcome::Closed)
        } else {
            let session = match self.session {
                Some(_) => QueuedFor::ThisSession,
                None => QueuedFor::AnySession,
            };
            let kind = CommandKind::of(&json);
            if kind == CommandKind::Presence {
                self.supersede_presence(now);
            }
            self.commands.push(now, id, kind, json, session, bound)
        };
        if let Err(outcome) = result {
            self.outputs.push_back(Output::Command { id, outcome });
        }
    }

    /// Makes way for a presence update that would wait behind as many as the limit allows now: the latest counts.
    fn supersede_presence(&mut self, now: Instant) {
        if let Some(available) = self.presences.available(now)
            && let Some(id) = self.commands.supersede_presence(available.max(1))
        {
            let outcome = CommandOutcome::Superseded;
            self.outputs.push_back(Output::Command { id, outcome });
        }
    }

    pub(crate) fn withdraw_command(&mut self, id: CommandId) {
        if let Some(id) = self.commands.withdraw(id) {
            let outcome = CommandOutcome::Withdrawn;
            self.outputs.push_back(Output::Command { id, outcome });
        }
    }

    pub(crate) fn read_resumed(&mut self, now: Instant) {
        if let Some(heartbeat) = self.state.heartbeat_mut() {
            heartbeat.read_resumed(now);
        }
    }

    pub(crate) fn timeout(&mut self, now: Instant, reader: Reader) {
        while let Some(id) = self.commands.pop_expired(now) {
            let outcome = CommandOutcome::Expired;
            self.outputs.push_back(Output::Command { id, outcome });
        }
        if reader == Reader::CaughtUp {
            let arrived = self.guilds.timeout(now);
            self.guilds_arrived(arrived);
        } else if self
            .guilds
            .deadline()
            .is_some_and(|deadline| deadline <= now)
        {
            // They may lie unread.
            let arrived = self.guilds.extend(now, self.config.timeouts.guilds);
            self.guilds_arrived(arrived);
        }
        if let Some(heartbeat) = self.state.heartbeat_mut()
            && heartbeat.due() <= now
        {
            match heartbeat.on_due(now, reader) {
                DueHeartbeat::Send => self.pending.scheduled_heartbeat(),
                DueHeartbeat::Zombie => return self.abandon(now, DisconnectCause::Zombie),
            }
        }
        if self
            .state
            .deadline()
            .is_some_and(|deadline| deadline <= now)
        {
            self.state_timeout(now, reader);
        }
    }

    fn state_timeout(&mut self, now: Instant, reader: Reader) {
        let is_backlogged = reader != Reader::CaughtUp;
        match &mut self.state {
            // What the state waits for may lie unread, and the attempt to connect is not polled: the wait goes on
            // once the backlog has been read.
            State::Connecting { since, deadline }
                if is_backlogged && now < *since + MAX_UNREAD_WAIT_FOR_HELLO =>
            {
                let end = *since + MAX_UNREAD_WAIT_FOR_HELLO;
                *deadline = end.min(now + self.config.timeouts.connect);
            }
            State::AwaitHello { since, deadline }
                if is_backlogged && now < *since + MAX_UNREAD_WAIT_FOR_HELLO =>
            {
                let end = *since + MAX_UNREAD_WAIT_FOR_HELLO;
                *deadline = end.min(now + self.config.timeouts.hello);
            }
            State::Resuming {
                progressed,
                deadline,
                ..
            } if is_backlogged && now < *progressed + MAX_UNREAD_WAIT => {
                let end = *progressed + MAX_UNREAD_WAIT;
                *deadline = end.min(now + self.config.timeouts.resumed);
            }
            State::Connecting { .. } => {
                self.outputs.push_back(Output::Disconnect { close: None });
                let cause = DisconnectCause::ConnectTimeout;
                self.ended(now, self.progress(), cause, None);
            }
            State::AwaitHello { .. } => self.abandon(now, DisconnectCause::HelloTimeout),
            State::Resuming { .. } => self.resume_timeout(now, reader),
            State::Closing { frame, .. } => {
                let close = frame.take();
                self.outputs.push_back(Output::Disconnect { close });
                self.lost(now, Reader::CaughtUp);
            }
            State::Backoff { .. } => self.connect(now),
            State::Identifying { since, report, .. } => {
                let waited = now.duration_since(*since);
                *report = now + self.config.timeouts.ready_report;
                self.event(Lifecycle::ReadyDelayed { waited });
            }
            State::AwaitPermit { permit, .. } => {
                let interval = self.config.timeouts.permit_report;
                match permit {
                    PermitRequest::Pending { since, report } => {
                        let waited = now.duration_since(*since);
                        *report = now + interval;
                        self.event(Lifecycle::PermitDelayed { waited });
                    }
                    PermitRequest::Again(_) => {
                        *permit = PermitRequest::new(now, interval);
                        self.outputs.push_back(Output::RequestPermit);
                    }
                }
            }
            // These have no deadline of their own.
            State::Idle | State::Active { .. } | State::Stopped { .. } => {}
        }
    }

    pub(crate) fn shutdown(&mut self, now: Instant, frame: CloseFrame<'static>) {
        match &mut self.state {
            State::Stopped { .. } => {}
            State::Idle | State::Backoff { .. } => self.stop(StopReason::Requested),
            State::Connecting { .. } => {
                self.outputs.push_back(Output::Disconnect { close: None });
                self.stop(StopReason::Requested);
            }
            // The first frame counts.
            State::Closing {
                after: AfterClose::Stop(_),
                ..
            } => {}
            State::Closing { after, .. } => {
                let stop = AfterClose::Stop(after.intent());
                let was = mem::replace(after, stop);
                if was.has_lost_session() {
                    self.lose_session();
                }
            }
            _ => {
                let intent = CloseIntent::of(&frame);
                if intent == CloseIntent::EndSession {
                    // Payloads that are under way continue the sequence.
                    self.early_sequence = self.sequence();
                    self.session = None;
                }
                self.begin_close(now, frame, AfterClose::Stop(intent));
            }
        }
    }

    pub(crate) fn reconnect(&mut self, now: Instant) {
        if self.state.is_open() {
            self.leave(now, DisconnectCause::Requested);
        }
    }

    fn guilds_arrived(&mut self, arrived: Option<Arrived>) {
        if let Some(Arrived { arrived, missing }) = arrived {
            self.event(Lifecycle::GuildsArrived { arrived, missing });
        }
    }

    fn event(&mut self, event: Lifecycle) {
        self.outputs.push_back(Output::Event(event));
    }
}

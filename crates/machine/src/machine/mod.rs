//! The IO-free state machine of one shard.

mod backoff;
mod command;
mod config;
mod heartbeat;
mod io;
mod lifecycle;
mod payloads;
mod random;
mod reconnect;
mod recovery;
mod send_window;
mod sending;
mod state;
mod timeouts;

pub use self::{
    backoff::BackoffPolicy,
    command::{CommandId, CommandOutcome},
    config::MachineConfig,
    io::{Input, Output, SendKind, Severity, WireText},
    lifecycle::{DisconnectCause, Lifecycle, Resumable, StopReason},
    recovery::{RecoveryPolicy, RecoveryStep, StepBounds},
    send_window::SendLimit,
    timeouts::Timeouts,
};

use self::{
    backoff::Backoff,
    command::{CommandQueue, QueuedFor},
    heartbeat::{DueHeartbeat, Heartbeat, Reader},
    random::Random,
    recovery::Recovery,
    send_window::SendWindow,
    sending::{HandedOut, PendingSends, Writer},
    state::{AfterClose, CloseIntent, PermitRequest, State},
};
use crate::{Session, ShardState};
use gloaming_protocol::{
    CloseFrame,
    limits::{IDENTIFY_INTERVAL, SESSION_START_PERIOD},
};
use std::{
    collections::VecDeque,
    mem,
    ops::Range,
    time::{Duration, Instant},
};

/// One shard's connection as a state machine: no sockets, no clock, no randomness of its own.
///
/// Contract: feed one [`Input`], then drain [`poll_output`](Self::poll_output) until it answers
/// [`Output::Wait`], doing what each [`Output`] says in that order; then wait for the next input or
/// for the time named by `Wait`, whichever comes first, and feed it ([`Input::Timeout`] for the
/// time). `now` never needs to be exact, only not to go back. One input alone may come between two
/// outputs: [`Input::WriteBlocked`].
///
/// The same configuration, session, seed and inputs give the same outputs.
///
/// ```
/// use gloaming_protocol::{Compression, Token};
/// use gloaming_machine::{Input, Machine, MachineConfig, Output};
/// use std::time::Instant;
///
/// let identify = r#"{"op":2,"d":{}}"#.to_owned();
/// let config = MachineConfig::new(
///     Token::new("token"),
///     identify,
///     "wss://gateway.discord.gg",
///     Compression::None,
/// )?;
/// let mut machine = Machine::new(config, None, 7);
/// machine.handle_input(Instant::now(), Input::Start);
/// loop {
///     match machine.poll_output() {
///         Output::Connect { url, .. } => println!("open {url}"),
///         Output::Event(event) => println!("{event:?}"),
///         Output::Wait(deadline) => break println!("wait until {deadline:?}"),
///         _ => unreachable!("nothing else happens before the connection is open"),
///     }
/// }
/// # Ok::<(), gloaming_protocol::UrlError>(())
/// ```
#[derive(Debug)]
pub struct Machine {
    config: MachineConfig,
    state: State,
    reader: Reader,
    writer: Writer,
    session: Option<Session>,
    /// Sequence received on a connection that has no session, yet or any more.
    early_sequence: Option<u64>,
    /// The sequences that the server skipped last.
    hole: Range<u64>,
    recovery: Recovery,
    backoff: Backoff,
    window: SendWindow,
    pending: PendingSends,
    commands: CommandQueue,
    random: Random,
    outputs: VecDeque<Output>,
    /// The time of the last input, and of what is handed out until the next.
    now: Option<Instant>,
}

impl Machine {
    /// A machine that has not started, with a session to resume if there is one. One of
    /// [another shard](MachineConfig::shard) is left alone, which is the first event.
    #[must_use]
    pub fn new(config: MachineConfig, session: Option<Session>, seed: u64) -> Self {
        let config = config.bounded();
        let (session, told) = config.admit(session);
        Self {
            state: State::Idle,
            reader: Reader::CaughtUp,
            writer: Writer::Ready,
            early_sequence: None,
            hole: 0..0,
            recovery: Recovery::new(config.recovery, RecoveryStep::first_for(session.as_ref())),
            backoff: Backoff::new(config.backoff, config.timeouts.stable),
            window: SendWindow::new(config.send_limit),
            pending: PendingSends::default(),
            commands: CommandQueue::new(config.command_bound, config.timeouts.command),
            random: Random::new(seed),
            outputs: told.into_iter().map(Output::Event).collect(),
            now: None,
            session,
            config,
        }
    }

    /// Feeds one input. Drain [`poll_output`](Self::poll_output) before the next.
    pub fn handle_input(&mut self, now: Instant, input: Input<'_>) {
        self.now = Some(now);
        match input {
            Input::Start => self.start(now),
            Input::Connected => self.connected(now),
            Input::ConnectFailed(severity) => self.connect_failed(now, severity),
            Input::Payload(payload) => self.handle_payload(now, payload),
            Input::Unreadable => self.abandon(now, DisconnectCause::Unreadable),
            Input::Closed { frame } => self.closed(now, frame),
            Input::Lost => self.lost(now),
            Input::PermitGranted => self.permit_granted(now),
            Input::PermitRefused { retry_in } => self.permit_refused(now, retry_in),
            Input::Command { id, json } => self.queue_command(now, id, json),
            Input::WithdrawCommand(id) => self.withdraw_command(id),
            Input::ReadPaused => self.reader = Reader::Backlogged,
            Input::ReadResumed => self.read_resumed(now),
            Input::WriteBlocked => self.write_blocked(now),
            Input::WriteReady => self.write_ready(now),
            Input::Timeout => self.timeout(now),
            Input::Shutdown(frame) => self.shutdown(now, frame),
            Input::Reconnect => self.reconnect(now),
        }
    }

    /// The next thing to do; [`Output::Wait`] when there is nothing more.
    pub fn poll_output(&mut self) -> Output {
        loop {
            if let Some(output) = self.outputs.pop_front() {
                return output;
            }
            let Some(now) = self.now else {
                return Output::Wait(None);
            };
            // One at a time: after each, the transport may have no room for the next.
            if self.hand_out(now) == HandedOut::Nothing {
                return Output::Wait(self.next_deadline(now));
            }
        }
    }

    /// The session, if there is one to resume.
    #[must_use]
    pub const fn session(&self) -> Option<&Session> {
        self.session.as_ref()
    }

    /// The state, in the terms of a shard's user.
    #[must_use]
    pub fn state(&self) -> ShardState {
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

    /// Whether [`Input::Start`] was fed, or it stopped before.
    #[must_use]
    pub const fn is_started(&self) -> bool {
        !matches!(self.state, State::Idle)
    }

    /// Whether it will do nothing any more.
    #[must_use]
    pub const fn is_stopped(&self) -> bool {
        matches!(self.state, State::Stopped { .. })
    }

    /// The state's name: finer than [`state`](Self::state), for logs.
    #[must_use]
    pub const fn state_name(&self) -> &'static str {
        self.state.name()
    }

    /// The settings given to [`new`](Self::new).
    #[must_use]
    pub const fn config(&self) -> &MachineConfig {
        &self.config
    }

    /// How many commands may be sent at once without waiting, if connected (P22): none while the
    /// transport takes nothing.
    #[must_use]
    pub fn available_commands(&self, now: Instant) -> usize {
        match self.writer {
            Writer::Ready => self.window.available_commands(now),
            Writer::Blocked { .. } => 0,
        }
    }

    /// Most commands that may be sent in one window, the heartbeats' share taken off (P9, P22).
    #[must_use]
    pub const fn command_capacity(&self) -> usize {
        self.window.command_capacity()
    }

    /// When the limit lets the next command be sent, if not at once; when a transport that takes
    /// nothing takes more, nobody knows.
    #[must_use]
    pub fn next_command_at(&self, now: Instant) -> Option<Instant> {
        self.window.command_blocked_until(now)
    }

    /// Commands waiting to be sent.
    #[must_use]
    pub fn queued_commands(&self) -> usize {
        self.commands.len()
    }

    fn start(&mut self, now: Instant) {
        if matches!(self.state, State::Idle) {
            self.connect(now);
        }
    }

    fn connected(&mut self, now: Instant) {
        if matches!(self.state, State::Connecting { .. }) {
            self.window.restart();
            self.pending = PendingSends::default();
            self.early_sequence = None;
            self.reader = Reader::CaughtUp;
            self.writer = Writer::Ready;
            self.state = State::AwaitHello {
                since: now,
                deadline: now + self.config.timeouts.hello,
            };
        }
    }

    fn closed(&mut self, now: Instant, frame: Option<CloseFrame<'static>>) {
        let code = frame.as_ref().map(|frame| frame.code);
        let cause = match self.state {
            State::Closing {
                after: AfterClose::Reconnect { cause, .. },
                ..
            } => cause,
            State::Closing { .. } => DisconnectCause::Requested,
            _ => DisconnectCause::Closed { code },
        };
        self.ended(now, cause, frame);
    }

    fn lost(&mut self, now: Instant) {
        let cause = match self.state {
            State::Closing {
                after: AfterClose::Reconnect { cause, .. },
                ..
            } => cause,
            State::Closing { .. } => DisconnectCause::Requested,
            _ => DisconnectCause::Lost,
        };
        self.ended(now, cause, None);
    }

    fn permit_granted(&mut self, now: Instant) {
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

    fn permit_refused(&mut self, now: Instant, retry_in: Option<Duration>) {
        if let State::AwaitPermit { permit, .. } = &mut self.state {
            let retry_in = retry_in
                .unwrap_or(IDENTIFY_INTERVAL)
                .clamp(IDENTIFY_INTERVAL, SESSION_START_PERIOD);
            *permit = PermitRequest::Again(now + retry_in);
            self.event(Lifecycle::PermitRefused { retry_in });
        }
    }

    fn queue_command(&mut self, now: Instant, id: CommandId, json: String) {
        let outcome = if matches!(self.state, State::Stopped { .. }) {
            Err(CommandOutcome::Closed)
        } else {
            let session = match self.session {
                Some(_) => QueuedFor::ThisSession,
                None => QueuedFor::AnySession,
            };
            self.commands.push(now, id, json, session)
        };
        if let Err(outcome) = outcome {
            self.outputs.push_back(Output::Command { id, outcome });
        }
    }

    fn withdraw_command(&mut self, id: CommandId) {
        if let Some(id) = self.commands.withdraw(id) {
            let outcome = CommandOutcome::Withdrawn;
            self.outputs.push_back(Output::Command { id, outcome });
        }
    }

    fn read_resumed(&mut self, now: Instant) {
        self.reader = Reader::CaughtUp;
        if let Some(heartbeat) = self.state.heartbeat_mut() {
            heartbeat.caught_up(now);
        }
    }

    fn timeout(&mut self, now: Instant) {
        while let Some(id) = self.commands.pop_expired(now) {
            let outcome = CommandOutcome::Expired;
            self.outputs.push_back(Output::Command { id, outcome });
        }
        let reader = self.reader;
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
            self.state_timeout(now);
        }
    }

    fn state_timeout(&mut self, now: Instant) {
        match &mut self.state {
            // What we wait for may lie unread; the wait goes on once it has been read. An attempt to
            // connect, too, gets no further while nobody looks after it.
            State::Connecting { deadline } if self.reader == Reader::Backlogged => {
                *deadline = now + self.config.timeouts.connect;
            }
            State::AwaitHello { deadline, .. } if self.reader == Reader::Backlogged => {
                *deadline = now + self.config.timeouts.hello;
            }
            State::Resuming { deadline, .. } if self.reader == Reader::Backlogged => {
                *deadline = now + self.config.timeouts.resumed;
            }
            State::Connecting { .. } => {
                self.outputs.push_back(Output::Disconnect);
                self.ended(now, DisconnectCause::ConnectTimeout, None);
            }
            State::AwaitHello { .. } => self.abandon(now, DisconnectCause::HelloTimeout),
            State::Resuming { .. } => self.abandon(now, DisconnectCause::ResumeTimeout),
            State::Closing { .. } => {
                self.outputs.push_back(Output::Disconnect);
                self.lost(now);
            }
            State::Backoff { .. } => self.connect(now),
            State::Identifying { since, report, .. } => {
                let waited = now.duration_since(*since);
                *report = now + self.config.timeouts.ready_report;
                self.event(Lifecycle::ReadyDelayed { waited });
            }
            State::AwaitPermit { permit, .. } => {
                *permit = PermitRequest::Pending;
                self.outputs.push_back(Output::RequestPermit);
            }
            // These have no deadline of their own.
            State::Idle | State::Active { .. } | State::Stopped { .. } => {}
        }
    }

    fn shutdown(&mut self, now: Instant, frame: CloseFrame<'static>) {
        match &mut self.state {
            State::Stopped { .. } => {}
            State::Idle | State::Backoff { .. } => self.stop(StopReason::Requested),
            State::Connecting { .. } => {
                self.outputs.push_back(Output::Disconnect);
                self.stop(StopReason::Requested);
            }
            // The frame that is out stands.
            State::Closing {
                after: AfterClose::Stop(_),
                ..
            } => {}
            State::Closing { after, .. } => {
                let was = mem::replace(after, AfterClose::Stop(CloseIntent::KeepSession));
                if was.has_lost_session() {
                    self.lose_session();
                }
            }
            _ => {
                let intent = CloseIntent::of(&frame);
                if intent == CloseIntent::EndSession {
                    // What is still under way goes on from there.
                    self.early_sequence = self.sequence();
                    self.session = None;
                }
                self.begin_close(now, frame, AfterClose::Stop(intent));
            }
        }
    }

    fn reconnect(&mut self, now: Instant) {
        if self.state.is_open() {
            self.leave(now, DisconnectCause::Requested);
        }
    }

    fn event(&mut self, event: Lifecycle) {
        self.outputs.push_back(Output::Event(event));
    }

    fn next_deadline(&self, now: Instant) -> Option<Instant> {
        let heartbeat = self.state.heartbeat().map(Heartbeat::due);
        let lanes = self.sends_deadline(now);
        [
            self.state.deadline(),
            heartbeat,
            lanes,
            self.commands.next_expiry(),
        ]
        .into_iter()
        .flatten()
        .min()
    }
}

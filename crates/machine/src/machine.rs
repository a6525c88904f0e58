//! The machine: one connection and the requests made on it.

use crate::{
    Awaited, CommandId, Input, Lifecycle, MachineConfig, Output, Session, ShardState, StopReason,
    Transmit,
    connection::{Connection, Delivery, FrameRate, Transition},
    maintenance::Maintenance,
    punctuality::Punctuality,
    reader::Reader,
    requests::{self, ReplyMatch, RequestErrorKind, RequestScheduler},
};
use gloaming_protocol::{OpCode, Payload};
use std::{collections::VecDeque, mem, time::Instant};

/// One shard's session as a state machine: no sockets, no clock, no randomness of its own.
///
/// # Contract
///
/// 1. Feed one [`Input`] with [`handle_input`](Self::handle_input), then drain
///    [`poll_output`](Self::poll_output) until it returns [`Output::Wait`], and do what each [`Output`] says, in
///    that order.
/// 2. While the transport has room for a frame, call [`poll_transmit`](Self::poll_transmit), hand the frame to
///    the transport and drain the outputs again, until it returns `None`. What is sent is decided there, at the last
///    moment: while the transport has no room, commands wait where they can expire, one heartbeat stands for
///    all that fell due, and IDENTIFY or RESUME stay.
/// 3. Wait for the next input or for the time named by [`Output::Wait`], whichever comes first, and feed it
///    ([`Input::Timeout`] for the time).
///
/// `now` never needs to be exact, but must not go back. The same configuration, session, seed and calls
/// give the same results.
///
/// ```
/// use gloaming_machine::{Input, Machine, MachineConfig, Output, Transmit};
/// use gloaming_protocol::{Compression, Payload, Token};
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
/// let now = Instant::now();
///
/// let hello = Payload::parse(r#"{"op":10,"d":{"heartbeat_interval":41250}}"#)?;
/// let inputs = [
///     Input::Start,
///     Input::Connected,
///     Input::Payload(&hello),
///     Input::PermitGranted,
/// ];
/// for input in inputs {
///     machine.handle_input(now, input);
///     let deadline = loop {
///         match machine.poll_output() {
///             Output::Connect { .. } => println!("open a connection"),
///             Output::RequestPermit => println!("ask the queue"),
///             Output::Event(event) => println!("{event:?}"),
///             Output::Wait(deadline) => break deadline,
///             output => println!("{output:?}"),
///         }
///     };
///     println!("wait until {deadline:?}");
/// }
/// // The transport has room for a frame.
/// let Some(Transmit::Message { text, .. }) = machine.poll_transmit(now) else {
///     panic!("IDENTIFY is sent after HELLO, once there is a permit");
/// };
/// assert_eq!(text.expose(), r#"{"op":2,"d":{}}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Machine {
    connection: Connection,
    requests: RequestScheduler,
    reader: Reader,
    maintenance: Maintenance,
    /// Outputs that neither the connection nor the scheduler made.
    outputs: VecDeque<Output>,
    /// The deadline of the last [`Output::Wait`].
    deadline: Option<Instant>,
    /// Whether nothing has happened since then that may change it. Spares most events the computation.
    is_deadline_current: bool,
    /// The time of the last call.
    now: Option<Instant>,
    punctuality: Punctuality,
}

impl Machine {
    /// A machine that has not started, with a session to resume if there is one. A session of
    /// [another shard](MachineConfig::shard) is not resumed, which the first event reports.
    #[must_use]
    pub fn new(config: MachineConfig, session: Option<Session>, seed: u64) -> Self {
        let config = config.bounded();
        let requests = RequestScheduler::new(config.requests, config.timeouts.command, seed);
        Self {
            connection: Connection::new(config, session, seed),
            requests,
            reader: Reader::CaughtUp,
            maintenance: Maintenance::Due,
            outputs: VecDeque::new(),
            deadline: None,
            is_deadline_current: false,
            now: None,
            punctuality: Punctuality::OnTime,
        }
    }

    /// Feeds one input. Drain [`poll_output`](Self::poll_output) before the next call.
    #[inline]
    pub fn handle_input(&mut self, now: Instant, input: Input<'_>) {
        self.now = Some(now);
        match input {
            Input::Payload(payload) => self.payload(now, payload),
            input => self.handle_other_input(now, input),
        }
    }

    fn handle_other_input(&mut self, now: Instant, input: Input<'_>) {
        self.is_deadline_current = false;
        match input {
            Input::Payload(payload) => return self.payload(now, payload),
            // These come with every event.
            Input::EmptyFrame => return self.empty_frame(now),
            Input::ReadPaused => return self.read_paused(now),
            Input::ReadResumed => return self.read_resumed(now),
            Input::Start => self.connection.start(now),
            Input::Connected => self.connected(now),
            Input::ConnectFailed {
                severity,
                retry_after,
            } => self.connection.connect_failed(now, severity, retry_after),
            Input::Unreadable => self.connection.unreadable(now),
            Input::Closed { frame } => self.connection.closed(now, frame),
            Input::Lost => self.connection.lost(now, self.reader),
            Input::PermitGranted => self.connection.permit_granted(now),
            Input::PermitRefused { retry_in } => self.connection.permit_refused(now, retry_in),
            Input::Command { id, json } => self.queue_command(now, id, json),
            Input::WithdrawCommand(id) => self.connection.withdraw_command(id),
            Input::Request { id, payloads } => {
                let request_id = id;
                if self.connection.is_stopped() {
                    let result = Err(RequestErrorKind::Closed);
                    self.outputs.push_back(Output::RequestEnded { id, result });
                } else {
                    let open = requests::Input::Open {
                        request_id,
                        payloads,
                    };
                    self.requests.handle_input(now, open);
                }
            }
            Input::ForgetRequest(id) => {
                self.requests.handle_input(now, requests::Input::Forget(id));
            }
            Input::Flushed => {
                if let Some(stuck_since) = self.connection.flushed(now) {
                    let flushed = requests::Input::Flushed { stuck_since };
                    self.requests.handle_input(now, flushed);
                }
            }
            Input::Timeout => self.timeout(now),
            Input::Shutdown(frame) => self.connection.shutdown(now, frame),
            Input::Reconnect => self.connection.reconnect(now),
            Input::NewSession => self.connection.new_session(now),
        }
        self.maintenance = Maintenance::Due;
    }

    /// Returns the next thing to do, and [`Output::Wait`] when there is nothing more.
    #[inline]
    pub fn poll_output(&mut self) -> Output {
        // All that most payloads cause.
        if self.connection.take_delivery() == Delivery::Deliver {
            return Output::Deliver;
        }
        // The scheduler of requests has no output either: it was drained before the deadline was computed.
        if self.is_deadline_current && !self.connection.has_output() && self.outputs.is_empty() {
            return Output::Wait(self.deadline);
        }
        self.poll_other_output()
    }

    fn poll_other_output(&mut self) -> Output {
        loop {
            if let Some(output) = self.connection.poll_output() {
                self.maintenance = Maintenance::Due;
                self.follow(&output);
                return output;
            }
            if let Some(output) = self.outputs.pop_front() {
                return output;
            }
            let Some(now) = self.now else {
                return Output::Wait(None);
            };
            let Some(output) = self.requests.poll_output() else {
                if !self.is_deadline_current {
                    self.deadline = self.next_deadline(now);
                    self.is_deadline_current = true;
                }
                return Output::Wait(self.deadline);
            };
            match output {
                requests::Output::Submit { id, json } => self.queue_command(now, id, json),
                requests::Output::Withdraw(id) => self.connection.withdraw_command(id),
                requests::Output::Reply(ids) => return Output::Reply(ids),
                requests::Output::State { request_id, state } => {
                    return Output::RequestState {
                        id: request_id,
                        state,
                    };
                }
                requests::Output::Ended { request_id, result } => {
                    return Output::RequestEnded {
                        id: request_id,
                        result,
                    };
                }
            }
        }
    }

    /// Returns the next frame to send: the most urgent one that the send limit allows
    /// ([P9](gloaming_protocol::rules#p9), [P13](gloaming_protocol::rules#p13),
    /// [P22](gloaming_protocol::rules#p22)), or `None`.
    ///
    /// Call it only while the transport has room for a frame, and hand the frame to the transport before anything else
    /// is done. Then drain [`poll_output`](Self::poll_output). Report [`Input::Flushed`] once the transport has
    /// written all frames that it was handed.
    pub fn poll_transmit(&mut self, now: Instant) -> Option<Transmit> {
        self.now = Some(now);
        self.is_deadline_current &= !self.connection.has_transmit(now);
        self.connection.poll_transmit(now)
    }

    /// Whether [`poll_transmit`](Self::poll_transmit) has something to do. Cheaper than asking the transport for
    /// room.
    #[must_use]
    pub fn has_transmit(&self, now: Instant) -> bool {
        self.connection.has_transmit(now)
    }

    /// Whether it is time to look after everything but reading: commands, connecting, permits, timers,
    /// writing. While one frame follows another, that is the case once in a millisecond, at the deadline of the last
    /// [`Output::Wait`], and after an input or output that may have made work.
    #[must_use]
    pub fn is_maintenance_due(&self, now: Instant) -> bool {
        self.maintenance.is_due(now, self.deadline)
    }

    /// Makes maintenance due, because something outside of the machine waits for it.
    pub const fn request_maintenance(&mut self) {
        self.maintenance = Maintenance::Due;
    }

    /// Everything but reading was looked after, and there was nothing more to do at `now`.
    pub fn maintenance_done(&mut self, now: Instant) {
        self.maintenance = Maintenance::done(now);
    }

    /// The deadline of the last [`Output::Wait`].
    #[must_use]
    pub const fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// Whether there may be a backlog: what arrives is not read at once ([`Input::ReadPaused`]).
    #[must_use]
    pub const fn is_backlogged(&self) -> bool {
        matches!(self.reader, Reader::Backlogged { .. })
    }

    /// The session, if there is one to resume.
    #[must_use]
    pub const fn session(&self) -> Option<&Session> {
        self.connection.session()
    }

    /// The state, in the terms of a shard's user.
    #[must_use]
    pub fn state(&self) -> ShardState {
        self.connection.shard_state()
    }

    /// What the shard waits for before it can go on.
    #[must_use]
    pub const fn awaits(&self) -> Awaited {
        self.connection.awaits()
    }

    /// When the next heartbeat is due ([P5](gloaming_protocol::rules#p5)). `None` without a connection that has begun
    /// with HELLO.
    #[must_use]
    pub fn heartbeat_due(&self) -> Option<Instant> {
        self.connection.heartbeat_due()
    }

    /// The name of the state: finer than [`state`](Self::state), for logs.
    #[must_use]
    pub const fn state_name(&self) -> &'static str {
        self.connection.state_name()
    }

    /// Whether [`Input::Start`] was fed, or the machine stopped before.
    #[must_use]
    pub const fn is_started(&self) -> bool {
        self.connection.is_started()
    }

    /// Whether the machine has stopped for good.
    #[must_use]
    pub const fn is_stopped(&self) -> bool {
        self.connection.is_stopped()
    }

    /// Why the machine has stopped, if it has.
    #[must_use]
    pub const fn stop_reason(&self) -> Option<StopReason> {
        self.connection.stop_reason()
    }

    /// The settings given to [`new`](Self::new), within their bounds.
    #[must_use]
    pub const fn config(&self) -> &MachineConfig {
        self.connection.config()
    }

    /// The number of commands that may be sent at once, if connected ([P22](gloaming_protocol::rules#p22)).
    /// Zero while frames wait to be [flushed](Input::Flushed).
    #[must_use]
    pub fn available_commands(&self, now: Instant) -> usize {
        self.connection.available_commands(now)
    }

    /// The most commands that may be sent within one window, without the share of heartbeats
    /// ([P9](gloaming_protocol::rules#p9), [P22](gloaming_protocol::rules#p22)).
    #[must_use]
    pub const fn command_capacity(&self) -> usize {
        self.connection.command_capacity()
    }

    /// When the send limit allows the next command, if not at once.
    #[must_use]
    pub fn next_command_at(&self, now: Instant) -> Option<Instant> {
        self.connection.next_command_at(now)
    }

    /// The number of commands that wait to be sent, those of requests included.
    #[must_use]
    pub fn queued_commands(&self) -> usize {
        self.connection.queued_commands()
    }

    /// Whether another command of the user may be queued. One that is queued all the same ends as
    /// [`CommandOutcome::Full`](crate::CommandOutcome::Full).
    #[must_use]
    pub fn has_command_room(&self) -> bool {
        self.queued_commands() < self.command_bound()
    }

    /// Whether another request may be opened.
    #[must_use]
    pub fn has_request_room(&self) -> bool {
        self.requests.has_room()
    }

    /// Whether any request is open.
    #[must_use]
    pub fn has_open_requests(&self) -> bool {
        self.requests.is_open()
    }

    fn payload(&mut self, now: Instant, payload: &Payload<'_>) {
        let mut delivery = self.connection.deliver_next_event(payload);
        if delivery == Delivery::Withhold {
            delivery = self.other_payload(now, payload);
        }
        if delivery == Delivery::Deliver
            && self.requests.is_open()
            && let Some(reply) = ReplyMatch::of(payload)
        {
            self.requests
                .handle_input(now, requests::Input::Matched(&reply));
            self.maintenance = Maintenance::Due;
            self.is_deadline_current = false;
        }
    }

    fn other_payload(&mut self, now: Instant, payload: &Payload<'_>) -> Delivery {
        if payload.op() != OpCode::Dispatch {
            self.maintenance = Maintenance::Due;
        }
        self.is_deadline_current &= self.connection.is_plain_event(payload);
        let delivery = self.connection.handle_payload(now, payload);
        // Too many repeated events end the connection.
        self.is_deadline_current &= delivery == Delivery::Deliver;
        delivery
    }

    fn empty_frame(&mut self, now: Instant) {
        if self.connection.count_eventless(now) == FrameRate::Flood {
            self.connection.flooded(now);
            self.maintenance = Maintenance::Due;
        }
    }

    fn connected(&mut self, now: Instant) {
        if self.connection.connected(now) == Transition::Made {
            self.read_resumed(now);
        }
    }

    const fn read_paused(&mut self, now: Instant) {
        if matches!(self.reader, Reader::CaughtUp) {
            self.reader = Reader::Backlogged { since: now };
        }
    }

    fn read_resumed(&mut self, now: Instant) {
        let before = mem::replace(&mut self.reader, Reader::CaughtUp);
        if let Reader::Backlogged { since } = before {
            let resumed = requests::Input::ReadResumed {
                backlogged_since: since,
            };
            self.requests.handle_input(now, resumed);
            self.connection.read_resumed(now);
        }
    }

    fn timeout(&mut self, now: Instant) {
        let late_by = self
            .deadline
            .and_then(|deadline| now.checked_duration_since(deadline));
        if let Some(event) = late_by.and_then(|by| self.punctuality.record(by))
            && !self.connection.is_stopped()
        {
            self.outputs.push_back(Output::Event(event));
        }
        if self.requests.is_open() {
            let timeout = requests::Input::Timeout(self.reader);
            self.requests.handle_input(now, timeout);
        }
        self.connection.timeout(now, self.reader);
    }

    fn queue_command(&mut self, now: Instant, id: CommandId, json: String) {
        let bound = if id.is_request() {
            usize::MAX
        } else {
            self.command_bound()
        };
        self.connection.queue_command(now, id, json, bound);
    }

    /// Requests have room of their own in the queue.
    fn command_bound(&self) -> usize {
        self.config()
            .command_bound
            .saturating_add(self.requests.queued())
    }

    /// What happens to the connection also happens to the requests made on it.
    fn follow(&mut self, output: &Output) {
        let Some(now) = self.now else {
            return;
        };
        let input = match output {
            Output::Command { id, outcome } if id.is_request() => requests::Input::Outcome {
                id: *id,
                outcome: *outcome,
            },
            Output::Event(Lifecycle::Ready { .. }) => requests::Input::SessionReplaced,
            Output::Event(Lifecycle::Resumed { .. }) => requests::Input::Resumed,
            Output::Event(Lifecycle::Disconnected { .. }) => requests::Input::Disconnected,
            Output::Event(Lifecycle::Stopped { .. }) => requests::Input::Close,
            _ => return,
        };
        self.is_deadline_current = false;
        self.requests.handle_input(now, input);
    }

    fn next_deadline(&self, now: Instant) -> Option<Instant> {
        let connection = self.connection.next_deadline(now);
        let requests = self.requests.deadline(self.reader);
        [connection, requests].into_iter().flatten().min()
    }
}

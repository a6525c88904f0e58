//! Everything of the driver except reading and decoding.

use super::{
    clock::{self, Timer},
    link::{Flushed, Link, Sending},
    log::{self, ShardLog},
    metrics::ShardMetrics,
    observed::Observed,
    pending_events::{PendingEvent, PendingEvents},
    permit::PermitSlot,
    read_budget::ReadBudget,
};
use crate::{
    Config, Latency, MessageSender, ReceiveMessageError,
    channel::{CommandReceiver, ControlSignal, OutcomeObserver, QueueSpace, SenderInput, channel},
    flight_recorder::SharedFlightRecorder,
    machine::{
        CommandOutcome, DisconnectCause, Input, Lifecycle, Machine, Output, SendKind, Severity,
        StopReason, Transmit,
    },
    requests::{RequestDriver, RequestInput, RequestSettings, requests},
    transport::{Connect, ConnectError, ConnectErrorKind, Inbound, TransportError},
};
use gloaming_protocol::{OpCode, Payload, ShardId};
use gloaming_queue::QueueErrorKind;
use std::{
    pin::pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Instant,
};
use tokio::task::{coop, yield_now};
use tracing::Instrument as _;

/// Whether the machine wants the payload just fed to it delivered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Delivery {
    Deliver,
    Withhold,
}

/// Whether a step of maintenance did anything.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Progress {
    Made,
    None,
}

/// The result of reading from the socket.
pub(super) enum ReadOutcome {
    Frame(Option<Result<Inbound, TransportError>>),
    /// Everything that arrived has been read.
    CaughtUp,
    /// There may be more to read, but other tasks must run first. This task is woken again.
    BudgetExhausted,
}

/// Everything except the decoder, whose buffer a payload borrows while the core reacts to it.
#[derive(Debug)]
pub(super) struct Core {
    pub(super) id: ShardId,
    pub(super) config: Config,
    connector: Arc<dyn Connect>,
    pub(super) machine: Machine,
    pub(super) link: Link,
    permit: PermitSlot,
    pub(super) timer: Timer,
    pub(super) commands: CommandReceiver,
    pub(super) sender: MessageSender,
    pub(super) requests: RequestDriver,
    pub(super) latency: Latency,
    pub(super) pending: PendingEvents,
    pub(super) read_budget: ReadBudget,
    sending: Sending,
    pub(super) metrics: ShardMetrics,
    pub(super) log: ShardLog,
    pub(super) observed: Observed,
    /// The clock, as read before the frame at hand.
    pub(super) now: Instant,
}

impl Core {
    pub(super) fn new(id: ShardId, config: Config, machine: Machine) -> Self {
        let (client, requests) = requests(RequestSettings {
            intents: config.intents(),
            policy: config.requests(),
            parser: config.json_parser(),
            bound: config.command_bound(),
        });
        let (sender, commands) = channel(config.command_bound(), client);
        Self {
            id,
            machine,
            link: Link::default(),
            permit: PermitSlot::default(),
            timer: Timer::default(),
            commands,
            sender,
            requests,
            latency: Latency::new(),
            pending: PendingEvents::default(),
            read_budget: ReadBudget::default(),
            sending: Sending::Done,
            metrics: ShardMetrics::new(id),
            log: ShardLog::new(id, config.failure_log()),
            observed: Observed::new(id.number(), SharedFlightRecorder::new(&config)),
            now: clock::now(),
            connector: config.connector(),
            config,
        }
    }

    /// Feeds the machine and does what it says.
    pub(super) fn feed(&mut self, cx: &mut Context<'_>, input: Input<'_>) {
        // These come with every event, and change nothing that observers see.
        if !matches!(
            input,
            Input::ReadPaused | Input::ReadResumed | Input::EmptyFrame
        ) {
            self.observed.changed();
        }
        self.machine.handle_input(self.now, input);
        self.drain(cx, None);
    }

    /// Feeds a payload.
    pub(super) fn feed_payload(&mut self, cx: &mut Context<'_>, payload: &Payload<'_>) -> Delivery {
        // What an event changes, it also reports.
        if payload.op() != OpCode::Dispatch {
            self.observed.changed();
        }
        self.machine.handle_input(self.now, Input::Payload(payload));
        self.drain(cx, Some(payload))
    }

    /// Does everything except reading, until there is nothing more to do.
    pub(super) fn maintain(&mut self, cx: &mut Context<'_>) {
        if !self.machine.is_started() {
            if self.config.forgets_identifies() {
                log::warn_once_about_ledger();
            }
            self.feed(cx, Input::Start);
        }
        loop {
            let steps = [
                self.take_commands(cx),
                self.take_requests(cx),
                self.poll_connect(cx),
                self.poll_permit(cx),
                // Without a backlog, time is checked only after reading: what is awaited may have arrived.
                match self.machine.is_backlogged() {
                    true => self.check_time(cx),
                    false => Progress::None,
                },
                self.transmit(cx),
            ];
            if !steps.contains(&Progress::Made) {
                return self.machine.maintenance_done(self.now);
            }
        }
    }

    /// Does what the machine says, until it waits.
    fn drain(&mut self, cx: &mut Context<'_>, payload: Option<&Payload<'_>>) -> Delivery {
        let mut delivery = Delivery::Withhold;
        loop {
            match self.machine.poll_output() {
                Output::Connect { url, .. } => {
                    let span = self.log.connect_span();
                    let connecting = span.in_scope(|| self.connector.connect(url.as_str()));
                    self.link.connect(Box::pin(connecting.instrument(span)));
                }
                Output::RequestPermit => {
                    let request = self.config.acquire_permit(self.id.number());
                    self.permit = PermitSlot::Requested(request);
                    self.metrics.permit_requested(self.now);
                }
                Output::CancelPermit => {
                    self.permit = PermitSlot::Empty;
                    self.metrics.permit_withdrawn();
                }
                Output::Disconnect { close } => {
                    if let Some(frame) = &close {
                        self.observed.close_sent(self.now, frame.code);
                    }
                    self.link.disconnect(cx, close);
                }
                Output::Deliver => delivery = Delivery::Deliver,
                Output::Reply(ids) => {
                    if let Some(payload) = payload {
                        // The consumer may not want the event, and then gets no report.
                        if let Some(report) = self.requests.reply(payload, &ids) {
                            self.log.repaired(self.now, &report);
                        }
                    }
                }
                Output::Command { id, outcome } => {
                    self.metrics.command_resolved(outcome);
                    if !id.is_request()
                        && self.commands.resolve(id, outcome) == OutcomeObserver::Absent
                    {
                        self.log.command(self.now, outcome);
                    }
                }
                Output::RequestState { id, state } => self.requests.set_state(id, state),
                Output::RequestEnded { id, result } => self.requests.end(id, result),
                Output::Event(event) => self.report(event),
                Output::Wait(deadline) => {
                    self.timer.set(deadline);
                    let commands = self.machine.queued_commands();
                    self.metrics.set_state(self.machine.state(), commands);
                    if self.observed.is_outdated() {
                        let (state, awaited) = (self.machine.state(), self.machine.awaits());
                        self.observed.update(self.now, state, awaited);
                    }
                    return delivery;
                }
            }
        }
    }

    fn take_commands(&mut self, cx: &mut Context<'_>) -> Progress {
        let mut progress = Progress::None;
        loop {
            let space = match self.machine.has_command_room() {
                true => QueueSpace::Available,
                false => QueueSpace::Full,
            };
            let Poll::Ready(input) = self.commands.poll_next(cx, space) else {
                return progress;
            };
            progress = Progress::Made;
            let input = match input {
                SenderInput::Command { id, json } => Input::Command { id, json },
                SenderInput::Control(ControlSignal::Close(frame)) => Input::Shutdown(frame),
                SenderInput::Control(ControlSignal::Reconnect) => Input::Reconnect,
                SenderInput::Control(ControlSignal::NewSession) => Input::NewSession,
            };
            self.feed(cx, input);
        }
    }

    fn take_requests(&mut self, cx: &mut Context<'_>) -> Progress {
        let mut progress = Progress::None;
        while let Poll::Ready(input) = self
            .requests
            .poll_input(cx, self.machine.has_request_room())
        {
            progress = Progress::Made;
            let input = match input {
                RequestInput::Open { id, payloads } => Input::Request { id, payloads },
                RequestInput::Forget(id) => Input::ForgetRequest(id),
            };
            self.feed(cx, input);
        }
        progress
    }

    fn poll_connect(&mut self, cx: &mut Context<'_>) -> Progress {
        match self.link.poll_connect(cx) {
            Poll::Pending => return Progress::None,
            Poll::Ready(Ok(())) => {
                self.observed.connected(self.now);
                self.feed(cx, Input::Connected);
            }
            Poll::Ready(Err(error)) => self.connect_failed(cx, error),
        }
        Progress::Made
    }

    fn connect_failed(&mut self, cx: &mut Context<'_>, error: ConnectError) {
        let severity = if error.is_fatal() {
            Severity::Permanent
        } else {
            Severity::Transient
        };
        let input = Input::ConnectFailed {
            severity,
            retry_after: error.retry_after(),
        };
        self.machine.handle_input(self.now, input);
        self.observed.changed();
        // A resume host that can never be reached is not fatal: the main host follows.
        self.fail(if self.machine.state().is_fatally_closed() {
            ReceiveMessageError::from_fatal_connect(error)
        } else {
            ReceiveMessageError::from_connect(error)
        });
        self.drain(cx, None);
    }

    fn poll_permit(&mut self, cx: &mut Context<'_>) -> Progress {
        match self.permit.poll(cx) {
            Poll::Pending => return Progress::None,
            Poll::Ready(Ok(())) => {
                self.metrics.permit_granted(self.now);
                self.feed(cx, Input::PermitGranted);
            }
            Poll::Ready(Err(error)) => {
                self.metrics.permit_refused(error.kind());
                let retry_in = match error.kind() {
                    QueueErrorKind::Exhausted { retry_after } => Some(retry_after),
                    _ => None,
                };
                self.fail(ReceiveMessageError::from_queue(error));
                self.feed(cx, Input::PermitRefused { retry_in });
            }
        }
        Progress::Made
    }

    pub(super) fn check_time(&mut self, cx: &mut Context<'_>) -> Progress {
        if !self.timer.is_due(self.now) {
            return Progress::None;
        }
        self.feed(cx, Input::Timeout);
        Progress::Made
    }

    /// Hands frames to the transport while it has room, and writes them.
    pub(super) fn transmit(&mut self, cx: &mut Context<'_>) -> Progress {
        let mut progress = Progress::None;
        self.sending = Sending::Blocked;
        while let Poll::Ready(result) = self.poll_transmit(cx) {
            match result {
                Ok(Progress::Made) => progress = Progress::Made,
                Ok(Progress::None) => {
                    self.sending = Sending::Done;
                    break;
                }
                Err(error) => {
                    self.lost(cx, error);
                    return Progress::Made;
                }
            }
        }
        progress
    }

    /// Sends what the frame just read may have caused, and what the transport did not take before. Most frames cause
    /// nothing.
    pub(super) fn transmit_reply(&mut self, cx: &mut Context<'_>) {
        if self.sending == Sending::Blocked || self.machine.is_maintenance_due(self.now) {
            self.transmit(cx);
        }
    }

    /// Writes everything that the transport was handed, then hands it what the machine has to send.
    fn poll_transmit(&mut self, cx: &mut Context<'_>) -> Poll<Result<Progress, TransportError>> {
        let mut progress = Progress::None;
        if ready!(self.link.poll_flush(cx))? == Flushed::Now {
            progress = Progress::Made;
            self.feed(cx, Input::Flushed);
        }
        while self.machine.has_transmit(self.now) {
            match self.link.poll_room(cx) {
                Poll::Pending if progress == Progress::None => return Poll::Pending,
                Poll::Pending => break,
                Poll::Ready(room) => room?,
            }
            progress = Progress::Made;
            let frame = self.machine.poll_transmit(self.now);
            let sent = frame.map_or(Ok(()), |frame| self.send(frame));
            self.drain(cx, None);
            sent?;
        }
        Poll::Ready(Ok(progress))
    }

    fn send(&mut self, frame: Transmit) -> Result<(), TransportError> {
        if let Transmit::Message { kind, text } = &frame {
            let (kind, bytes) = (*kind, text.expose().len());
            tracing::trace!(shard = self.id.number(), %kind, "sending");
            self.metrics.payload_sent(kind, bytes);
            self.observed.sent(self.now, kind, bytes);
            match kind {
                SendKind::Heartbeat => {
                    self.latency.record_sent(self.now);
                    self.observed.changed();
                }
                SendKind::Identify => self.permit.spend(),
                SendKind::Resume | SendKind::Command => {}
            }
        }
        if let Transmit::Close(frame) = &frame {
            self.observed.close_sent(self.now, frame.code);
        }
        self.link.send(frame)
    }

    /// The connection failed.
    pub(super) fn lost(&mut self, cx: &mut Context<'_>, error: TransportError) {
        self.fail(ReceiveMessageError::from_transport(error));
        self.link.disconnect(cx, None);
        self.feed(cx, Input::Lost);
    }

    /// Reads one frame, within the budgets of this task, which limit frames and bytes: a connection that always has more
    /// to read must not keep other tasks from running.
    pub(super) fn read(&mut self, cx: &mut Context<'_>) -> ReadOutcome {
        if self.requests.must_yield() || self.read_budget.is_exhausted() {
            // Pending at first. Other tasks, sockets and timers come before this task is woken.
            _ = pin!(yield_now()).poll(cx);
            return self.end_turn();
        }
        // If there is no budget, it wakes this task in the same way.
        let Poll::Ready(budget) = coop::poll_proceed(cx) else {
            return self.end_turn();
        };
        let read = self.link.poll_receive(cx);
        if read.is_pending() && coop::has_budget_remaining() {
            self.read_budget.caught_up();
            return ReadOutcome::CaughtUp;
        }
        budget.made_progress();
        match read {
            Poll::Ready(frame) => ReadOutcome::Frame(frame),
            // Without budget, tokio's sockets are pending even if they have data. A transport that does not know
            // of budgets may really be pending, and then the time is not checked in this turn.
            Poll::Pending => {
                cx.waker().wake_by_ref();
                self.end_turn()
            }
        }
    }

    const fn end_turn(&mut self) -> ReadOutcome {
        self.read_budget.end_turn();
        ReadOutcome::BudgetExhausted
    }

    /// What arrives from here on waits for the consumer.
    pub(super) fn pause_reading(&mut self, cx: &mut Context<'_>) {
        if !self.machine.is_backlogged() {
            self.feed(cx, Input::ReadPaused);
        }
    }

    /// The socket had nothing more to read.
    pub(super) fn resume_reading(&mut self, cx: &mut Context<'_>) {
        if self.machine.is_backlogged() {
            self.feed(cx, Input::ReadResumed);
        }
    }

    pub(super) fn fail(&mut self, error: ReceiveMessageError) {
        self.log.failure(&error);
        self.metrics.failure(error.kind());
        self.observed.failed(&error, self.config.token());
        self.pending.push(PendingEvent::Failure(error));
    }

    fn report(&mut self, event: Lifecycle) {
        self.log.lifecycle(self.now, &event);
        self.metrics.lifecycle(&event);
        let token = self.config.token();
        self.observed.lifecycle(self.now, &event, token);
        match &event {
            Lifecycle::HeartbeatAcknowledged { latency } => {
                self.latency.record_ack(self.now, *latency);
            }
            Lifecycle::PermitDelayed { waited } => {
                let position = self.config.queue().waiting(self.id.number());
                self.log.permit_delayed(self.now, *waited, position);
            }
            Lifecycle::Connecting { .. } => self.latency = Latency::new(),
            Lifecycle::Disconnected {
                cause: DisconnectCause::ConnectTimeout,
                ..
            } => self.fail(ReceiveMessageError::from_connect(ConnectError::new(
                ConnectErrorKind::Timeout,
            ))),
            _ => {}
        }
        let stopped = match &event {
            Lifecycle::Stopped { reason } => Some(*reason),
            _ => None,
        };
        self.pending.push(PendingEvent::Lifecycle(event));
        if let Some(reason) = stopped {
            self.stopped(reason);
        }
    }

    fn stopped(&mut self, reason: StopReason) {
        if let StopReason::Refused(code) = reason {
            self.fail(ReceiveMessageError::refused(code));
        }
        self.permit = PermitSlot::Empty;
        let closed = self.commands.close(CommandOutcome::Closed);
        self.metrics
            .commands_resolved(CommandOutcome::Closed, closed);
        self.requests.close();
    }
}

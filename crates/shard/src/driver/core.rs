//! All that the driver does but reading and decoding.

use super::{
    clock::{self, Timer},
    happenings::{Happening, Happenings},
    link::Link,
    metrics::ShardMetrics,
    permit::PermitSlot,
    report,
    writing::Writer,
};
use crate::{
    Config, Latency, MessageSender, ReceiveMessageError,
    channel::{CommandReceiver, ControlSignal, OutcomeObserver, QueueSpace, SenderInput, channel},
    machine::{
        CommandOutcome, DisconnectCause, Input, Lifecycle, Machine, Output, SendKind, Severity,
        StopReason,
    },
    requests::{Answerer, Interest, Order as RequestOrder, Terms, requests},
    shard::seed,
    transport::{Connect, ConnectError, ConnectErrorKind, Inbound, TransportError},
};
use gloaming_protocol::{Payload, ShardId};
use gloaming_queue::{QueueError, QueueErrorKind};
use std::{
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, Instant},
};
use tokio::task::coop;

/// Whether the socket had nothing more to read when it was last looked at.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Reader {
    CaughtUp,
    Behind,
}

/// Whether the machine wants the payload just fed to it handed over.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Delivery {
    Deliver,
    Withhold,
}

/// Whether a round of work moved anything.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Progress {
    Some,
    None,
}

/// What a look at the socket gave.
pub(super) enum Look {
    Frame(Option<Result<Inbound, TransportError>>),
    /// All that arrived has been read.
    CaughtUp,
    /// There may be more to read, but it is the turn of other tasks; this one is woken again.
    TurnOver,
}

/// How long commands and writing may wait while one frame follows another: doing the chores takes
/// longer than reading a small event.
const CHORES_INTERVAL: Duration = Duration::from_millis(1);

/// Everything but reading: commands, the connection, permits, timers, writing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Chores {
    /// Something happened that may have made some.
    Due,
    /// There were no more at that time.
    Done(Instant),
}

/// All but the decoder, whose buffer a payload borrows while the core reacts to it.
#[derive(Debug)]
pub(super) struct Core {
    pub(super) id: ShardId,
    pub(super) config: Config,
    connector: Arc<dyn Connect>,
    pub(super) machine: Machine,
    pub(super) link: Link,
    pub(super) permit: PermitSlot,
    pub(super) timer: Timer,
    pub(super) commands: CommandReceiver,
    pub(super) sender: MessageSender,
    pub(super) requests: Answerer,
    /// When the machine wants to hear of the time.
    machine_deadline: Option<Instant>,
    pub(super) latency: Latency,
    pub(super) happened: Happenings,
    pub(super) metrics: ShardMetrics,
    reader: Reader,
    pub(super) writer: Writer,
    /// The clock, as read before the frame at hand.
    pub(super) now: Instant,
    pub(super) chores: Chores,
}

impl Core {
    pub(super) fn new(id: ShardId, config: Config, machine: Machine) -> Self {
        let (asker, requests) = requests(Terms {
            intents: config.intents(),
            policy: config.requests(),
            lifetime: machine.config().timeouts.command,
            parser: config.json_parser(),
            seed: seed(),
            bound: config.command_bound(),
        });
        let (sender, commands) = channel(config.command_bound(), asker);
        Self {
            id,
            machine,
            link: Link::default(),
            permit: PermitSlot::default(),
            timer: Timer::default(),
            commands,
            sender,
            requests,
            machine_deadline: None,
            latency: Latency::new(),
            happened: Happenings::default(),
            metrics: ShardMetrics::new(id),
            reader: Reader::CaughtUp,
            writer: Writer::Ready,
            now: clock::now(),
            chores: Chores::Due,
            connector: config.connector(),
            config,
        }
    }

    /// Tells the machine and does what it says.
    pub(super) fn feed(&mut self, cx: &mut Context<'_>, input: Input<'_>) -> Delivery {
        self.machine.handle_input(self.now, input);
        self.drain(cx)
    }

    pub(super) fn chores_are_due(&self) -> bool {
        match self.chores {
            Chores::Due => true,
            Chores::Done(at) => self.now >= at + CHORES_INTERVAL || self.timer.is_due(self.now),
        }
    }

    /// Does the chores, until nothing moves any more.
    pub(super) fn work(&mut self, cx: &mut Context<'_>) {
        if !self.machine.is_started() {
            self.feed(cx, Input::Start);
        }
        loop {
            let moved = [
                self.take_commands(cx),
                self.take_requests(cx),
                self.connect(cx),
                self.ask(cx),
                self.look_at_the_clock_if_behind(cx),
                self.write(cx),
            ];
            if moved.iter().all(|progress| *progress == Progress::None) {
                self.chores = Chores::Done(self.now);
                return;
            }
        }
    }

    /// Does what the machine says, until it has nothing more to say.
    fn drain(&mut self, cx: &mut Context<'_>) -> Delivery {
        let mut delivery = Delivery::Withhold;
        loop {
            let output = self.machine.poll_output();
            if !matches!(output, Output::Deliver | Output::Wait(_)) {
                self.chores = Chores::Due;
            }
            match output {
                Output::Connect { url, .. } => {
                    self.link.connect(self.connector.connect(url.as_str()));
                }
                Output::RequestPermit => {
                    let request = self.config.queue().acquire(self.id.number());
                    self.permit = PermitSlot::Asking(request);
                    self.metrics.permit_requested(self.now);
                }
                Output::CancelPermit => {
                    self.permit = PermitSlot::Empty;
                    self.link.withdraw_identify();
                    self.metrics.permit_withdrawn();
                }
                Output::Send { kind, text } => {
                    tracing::trace!(shard = %self.id, ?kind, "sending");
                    if kind == SendKind::Heartbeat {
                        self.latency.record_sent(self.now);
                    }
                    self.link.send(kind, text);
                    self.hand_over(cx);
                }
                Output::Close(frame) => self.link.close(frame),
                Output::Disconnect => self.link.disconnect(cx),
                Output::Deliver => delivery = Delivery::Deliver,
                Output::Command { id, outcome } if Answerer::is_request(id) => {
                    self.metrics.command_resolved(outcome);
                    self.requests.outcome(self.now, id, outcome);
                }
                Output::Command { id, outcome } => {
                    self.metrics.command_resolved(outcome);
                    if self.commands.resolve(id, outcome) == OutcomeObserver::Absent {
                        report::command(self.id, outcome);
                    }
                }
                Output::Event(event) => self.tell(event),
                Output::Wait(deadline) => {
                    self.machine_deadline = deadline;
                    self.set_timer();
                    let (state, commands) = (self.machine.state(), self.machine.queued_commands());
                    self.metrics.set_state(state, commands);
                    return delivery;
                }
            }
        }
    }

    fn set_timer(&mut self) {
        let requests = if self.requests.is_open() {
            self.requests.deadline()
        } else {
            None
        };
        let deadlines = [self.machine_deadline, requests];
        self.timer.set(deadlines.into_iter().flatten().min());
    }

    fn take_requests(&mut self, cx: &mut Context<'_>) -> Progress {
        let mut progress = Progress::None;
        while let Poll::Ready(order) = self.requests.poll_order(cx, self.now) {
            progress = Progress::Some;
            let input = match order {
                RequestOrder::Submit { id, json } => Input::Command { id, json },
                RequestOrder::Withdraw(id) => Input::WithdrawCommand(id),
            };
            self.feed(cx, input);
        }
        self.set_timer();
        progress
    }

    /// Shows a payload to those who wait for answers.
    pub(super) fn answer(&mut self, payload: &Payload<'_>) {
        if self.requests.look(self.now, payload) == Interest::Some {
            self.chores = Chores::Due;
            self.set_timer();
        }
    }

    fn take_commands(&mut self, cx: &mut Context<'_>) -> Progress {
        let mut progress = Progress::None;
        while let Poll::Ready(request) = self.commands.poll_next(cx, self.room()) {
            progress = Progress::Some;
            let input = match request {
                SenderInput::Command { id, json } => Input::Command { id, json },
                SenderInput::Control(ControlSignal::Close(frame)) => Input::Shutdown(frame),
                SenderInput::Control(ControlSignal::Reconnect) => Input::Reconnect,
            };
            self.feed(cx, input);
        }
        progress
    }

    fn room(&self) -> QueueSpace {
        // Requests have room of their own.
        let commands = self.machine.queued_commands();
        let commands = commands.saturating_sub(self.requests.in_lane());
        if commands < self.config.command_bound().max(1) {
            QueueSpace::Available
        } else {
            QueueSpace::Full
        }
    }

    fn connect(&mut self, cx: &mut Context<'_>) -> Progress {
        match self.link.poll_connect(cx) {
            Poll::Pending => Progress::None,
            Poll::Ready(Ok(())) => {
                self.reader = Reader::CaughtUp;
                self.writer = Writer::Ready;
                self.requests.caught_up(self.now);
                self.feed(cx, Input::Connected);
                Progress::Some
            }
            Poll::Ready(Err(error)) => {
                self.connect_failed(cx, error);
                Progress::Some
            }
        }
    }

    fn connect_failed(&mut self, cx: &mut Context<'_>, error: ConnectError) {
        let severity = if error.is_fatal() {
            Severity::Permanent
        } else {
            Severity::Transient
        };
        let input = Input::ConnectFailed(severity);
        self.machine.handle_input(self.now, input);
        // A resume host that can't ever be reached stops no one: there is the main host.
        self.fail(if self.machine.state().is_fatally_closed() {
            ReceiveMessageError::from_fatal_connect(error)
        } else {
            ReceiveMessageError::from_connect(error)
        });
        self.drain(cx);
    }

    fn ask(&mut self, cx: &mut Context<'_>) -> Progress {
        match self.permit.poll(cx) {
            Poll::Pending => Progress::None,
            Poll::Ready(Ok(())) => {
                self.metrics.permit_granted(self.now);
                self.feed(cx, Input::PermitGranted);
                Progress::Some
            }
            Poll::Ready(Err(error)) => {
                self.refused(cx, error);
                Progress::Some
            }
        }
    }

    fn refused(&mut self, cx: &mut Context<'_>, error: QueueError) {
        self.metrics.permit_refused(error.kind());
        let retry_in = match error.kind() {
            QueueErrorKind::Exhausted { retry_after } => Some(*retry_after),
            _ => None,
        };
        self.fail(ReceiveMessageError::from_queue(error));
        self.feed(cx, Input::PermitRefused { retry_in });
    }

    /// A reader that has caught up is judged by the clock only after it has read again: what is
    /// waited for may have arrived.
    fn look_at_the_clock_if_behind(&mut self, cx: &mut Context<'_>) -> Progress {
        match self.reader {
            Reader::CaughtUp => Progress::None,
            Reader::Behind => self.look_at_the_clock(cx),
        }
    }

    pub(super) fn look_at_the_clock(&mut self, cx: &mut Context<'_>) -> Progress {
        if self.timer.is_due(self.now) {
            if self.requests.is_open() {
                self.requests.timeout(self.now);
                self.chores = Chores::Due;
            }
            self.feed(cx, Input::Timeout);
            return Progress::Some;
        }
        Progress::None
    }

    pub(super) fn lose(&mut self, cx: &mut Context<'_>, error: TransportError) {
        self.fail(ReceiveMessageError::from_transport(error));
        self.link.disconnect(cx);
        self.feed(cx, Input::Lost);
    }

    /// Reads one frame while it is this task's turn: a connection that always has more to read must
    /// not keep other tasks from running.
    pub(super) fn look(&mut self, cx: &mut Context<'_>) -> Look {
        if self.requests.leaves_turn() {
            cx.waker().wake_by_ref();
            return Look::TurnOver;
        }
        let Poll::Ready(turn) = coop::poll_proceed(cx) else {
            return Look::TurnOver;
        };
        let read = self.link.poll_receive(cx);
        if read.is_pending() && coop::has_budget_remaining() {
            return Look::CaughtUp;
        }
        turn.made_progress();
        match read {
            Poll::Ready(frame) => Look::Frame(frame),
            // Out of budget, tokio's sockets are pending whatever they hold. One that knows nothing
            // of budgets may have meant it, and then nobody looks at the clock.
            Poll::Pending => {
                cx.waker().wake_by_ref();
                Look::TurnOver
            }
        }
    }

    /// What arrives from here on waits for the consumer.
    pub(super) fn pause(&mut self, cx: &mut Context<'_>) {
        if self.reader == Reader::CaughtUp {
            self.reader = Reader::Behind;
            self.requests.read_paused(self.now);
            self.feed(cx, Input::ReadPaused);
        }
    }

    /// The socket had nothing more to read.
    pub(super) fn caught_up(&mut self, cx: &mut Context<'_>) {
        if self.reader == Reader::Behind {
            self.reader = Reader::CaughtUp;
            self.requests.caught_up(self.now);
            self.feed(cx, Input::ReadResumed);
        }
    }

    pub(super) fn fail(&mut self, error: ReceiveMessageError) {
        report::failure(self.id, &error);
        self.metrics.failure(error.kind());
        self.happened.push(Happening::Failure(error));
    }

    fn tell(&mut self, event: Lifecycle) {
        report::lifecycle(self.id, &event);
        self.metrics.lifecycle(&event);
        self.requests.follow(self.now, &event);
        match &event {
            Lifecycle::HeartbeatAcknowledged { latency } => {
                self.latency.record_ack(self.now, *latency);
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
        self.happened.push(Happening::Lifecycle(event));
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
        self.requests.close(self.now);
    }
}

//! The thin loop around the machine: sockets, clock and queue in, what to do out.
//!
//! Take commands, connect, ask for permits, write; read one frame; look at the clock. Each tells the
//! machine one thing at a time and then does what the machine says to that. All decisions are the
//! machine's. While one frame follows another, all but reading is done now and then only.

pub(crate) mod clock;
mod happenings;
mod link;
mod permit;
mod report;

use self::{
    clock::Timer,
    happenings::{Happening, Happenings},
    link::{Handed, Link},
    permit::PermitSlot,
};
use crate::{
    Config, Incoming, Latency, MessageSender, ReceiveMessageError, Traffic,
    channel::{Audience, CommandReceiver, Order, Request, Room, channel},
    machine::{
        CommandOutcome, DisconnectCause, Input, Lifecycle, Machine, Output, SendKind, Severity,
        StopReason,
    },
    transport::{Connect, ConnectError, ConnectErrorKind, Inbound, TransportError},
};
use gloaming_protocol::{Decoder, Frame, Payload, ShardId};
use gloaming_queue::{QueueError, QueueErrorKind};
use std::{
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, Instant},
};
use tokio::task::coop;

/// Whether the consumer has room for what is read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Reading {
    /// Read on.
    Open,
    /// Leave it in the socket; heartbeats, commands and timers go on.
    Paused,
}

/// Whether the socket had nothing more to read when it was last looked at.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Reader {
    CaughtUp,
    Behind,
}

/// Whether the machine wants the payload just fed to it handed over.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Delivery {
    Deliver,
    Withhold,
}

/// Whether a round of work moved anything.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Progress {
    Some,
    None,
}

/// What a look at the socket gave.
enum Look {
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
enum Chores {
    /// Something happened that may have made some.
    Due,
    /// There were no more at that time.
    Done(Instant),
}

/// A machine at work.
#[derive(Debug)]
pub(crate) struct Driver {
    core: Core,
    decoder: Decoder,
    /// The connection that the decoder's context belongs to.
    decoding: u64,
}

/// All but the decoder, whose buffer a payload borrows while the core reacts to it.
#[derive(Debug)]
struct Core {
    id: ShardId,
    config: Config,
    connector: Arc<dyn Connect>,
    machine: Machine,
    link: Link,
    permit: PermitSlot,
    timer: Timer,
    commands: CommandReceiver,
    sender: MessageSender,
    latency: Latency,
    happened: Happenings,
    reader: Reader,
    /// The clock, as read before the frame at hand.
    now: Instant,
    chores: Chores,
}

impl Driver {
    pub(crate) fn new(id: ShardId, config: Config, machine: Machine, decoder: Decoder) -> Self {
        let (sender, commands) = channel(config.command_bound());
        Self {
            core: Core {
                id,
                machine,
                link: Link::default(),
                permit: PermitSlot::default(),
                timer: Timer::default(),
                commands,
                sender,
                latency: Latency::new(),
                happened: Happenings::default(),
                reader: Reader::CaughtUp,
                now: clock::now(),
                chores: Chores::Due,
                connector: config.connector(),
                config,
            },
            decoder,
            decoding: 0,
        }
    }

    pub(crate) const fn machine(&self) -> &Machine {
        &self.core.machine
    }

    pub(crate) const fn config(&self) -> &Config {
        &self.core.config
    }

    pub(crate) const fn latency(&self) -> &Latency {
        &self.core.latency
    }

    pub(crate) const fn sender(&self) -> &MessageSender {
        &self.core.sender
    }

    pub(crate) const fn traffic(&self) -> Traffic {
        Traffic {
            received_bytes: self.decoder.compressed_bytes(),
            inflated_bytes: self.decoder.inflated_bytes(),
        }
    }

    /// Works until `sink` makes something of what arrives; `None` once the shard has stopped and
    /// everything was handed over.
    pub(crate) fn poll_next<R>(
        &mut self,
        cx: &mut Context<'_>,
        reading: Reading,
        mut sink: impl FnMut(Incoming<'_>) -> Option<R>,
    ) -> Poll<Option<R>> {
        // A command must not wait for a consumer that comes back late.
        if self.core.commands.has_waiting() {
            self.core.chores = Chores::Due;
        }
        // Whether everything that may wake this task knows of it.
        let mut attended = false;
        loop {
            self.core.now = clock::now();
            if self.core.chores_are_due() || reading == Reading::Paused {
                self.core.work(cx);
                attended = true;
            }
            if reading == Reading::Open {
                while let Some(happening) = self.core.happened.pop() {
                    if let Some(handed) = sink(happening.into()) {
                        self.core.pause(cx);
                        return Poll::Ready(Some(handed));
                    }
                }
                if self.core.machine.is_stopped() {
                    return Poll::Ready(None);
                }
                match self.core.look(cx) {
                    Look::Frame(frame) => {
                        if let Some(handed) = self.receive(cx, frame, &mut sink) {
                            // An answer to what was read must not wait for the consumer to come back.
                            while self.core.write(cx) == Progress::Some {}
                            self.core.pause(cx);
                            return Poll::Ready(Some(handed));
                        }
                        continue;
                    }
                    Look::CaughtUp => self.core.caught_up(cx),
                    Look::TurnOver => {
                        self.core.pause(cx);
                        return Poll::Pending;
                    }
                }
            } else {
                self.core.pause(cx);
            }
            // Before resting: no chore is left, and whatever may wake this task knows of it.
            if !attended || self.core.chores == Chores::Due {
                self.core.chores = Chores::Due;
                continue;
            }
            if self.core.look_at_the_clock(cx) == Progress::None
                && self.core.timer.poll(cx).is_pending()
            {
                return Poll::Pending;
            }
        }
    }

    fn receive<R>(
        &mut self,
        cx: &mut Context<'_>,
        frame: Option<Result<Inbound, TransportError>>,
        sink: &mut impl FnMut(Incoming<'_>) -> Option<R>,
    ) -> Option<R> {
        match frame {
            Some(Ok(Inbound::Text(text))) => self.message(cx, Frame::Text(&text), sink),
            Some(Ok(Inbound::Binary(bytes))) => self.message(cx, Frame::Binary(&bytes), sink),
            Some(Ok(Inbound::Close(frame))) => {
                // The answer to the close frame still goes out, if it can at once.
                self.core.link.disconnect(cx);
                self.core.feed(cx, Input::Closed { frame });
                None
            }
            Some(Err(error)) => {
                self.core.lose(cx, error);
                None
            }
            None => {
                self.core.link.disconnect(cx);
                self.core.feed(cx, Input::Lost);
                None
            }
        }
    }

    fn message<R>(
        &mut self,
        cx: &mut Context<'_>,
        frame: Frame<'_>,
        sink: &mut impl FnMut(Incoming<'_>) -> Option<R>,
    ) -> Option<R> {
        if self.decoding != self.core.link.generation() {
            self.decoding = self.core.link.generation();
            self.decoder.reset();
        }
        let text = match self.decoder.decode(frame) {
            Ok(Some(text)) => text,
            Ok(None) => return None,
            Err(error) => {
                self.core.fail(ReceiveMessageError::from_decode(error));
                self.core.feed(cx, Input::Unreadable);
                return None;
            }
        };
        let payload = match Payload::parse(text) {
            Ok(payload) => payload,
            Err(error) => {
                self.core
                    .fail(ReceiveMessageError::from_envelope(text, error));
                self.core.feed(cx, Input::Unreadable);
                return None;
            }
        };
        tracing::trace!(
            shard = %self.core.id,
            op = payload.op().number(),
            name = payload.name(),
            sequence = payload.sequence(),
            "received"
        );
        match self.core.feed(cx, Input::Payload(&payload)) {
            Delivery::Deliver => sink(Incoming::Payload(&payload)),
            Delivery::Withhold => None,
        }
    }
}

impl Core {
    /// Tells the machine and does what it says.
    fn feed(&mut self, cx: &mut Context<'_>, input: Input<'_>) -> Delivery {
        self.machine.handle_input(self.now, input);
        self.drain(cx)
    }

    fn chores_are_due(&self) -> bool {
        match self.chores {
            Chores::Due => true,
            Chores::Done(at) => self.now >= at + CHORES_INTERVAL || self.timer.is_due(self.now),
        }
    }

    /// Does the chores, until nothing moves any more.
    fn work(&mut self, cx: &mut Context<'_>) {
        if !self.machine.is_started() {
            self.feed(cx, Input::Start);
        }
        loop {
            let moved = [
                self.take_commands(cx),
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
                    self.link.connect(self.connector.connect(&url));
                }
                Output::RequestPermit => {
                    let request = self.config.queue().acquire(self.id.number());
                    self.permit = PermitSlot::Asking(request);
                }
                Output::CancelPermit => {
                    self.permit = PermitSlot::Empty;
                    self.link.withdraw_identify();
                }
                Output::Send { kind, text } => {
                    tracing::trace!(shard = %self.id, ?kind, "sending");
                    if kind == SendKind::Heartbeat {
                        self.latency.sent_at(self.now);
                    }
                    self.link.send(kind, text);
                }
                Output::Close(frame) => self.link.close(frame),
                Output::Disconnect => self.link.disconnect(cx),
                Output::Deliver => delivery = Delivery::Deliver,
                Output::Command { id, outcome } => {
                    if self.commands.resolve(id, outcome) == Audience::Nobody {
                        report::command(self.id, outcome);
                    }
                }
                Output::Event(event) => self.tell(event),
                Output::Wait(deadline) => {
                    self.timer.set(deadline);
                    return delivery;
                }
            }
        }
    }

    fn take_commands(&mut self, cx: &mut Context<'_>) -> Progress {
        let mut progress = Progress::None;
        while let Poll::Ready(request) = self.commands.poll_next(cx, self.room()) {
            progress = Progress::Some;
            let input = match request {
                Request::Command { id, json } => Input::Command { id, json },
                Request::Order(Order::Close(frame)) => Input::Shutdown(frame),
                Request::Order(Order::Reconnect) => Input::Reconnect,
            };
            self.feed(cx, input);
        }
        progress
    }

    fn room(&self) -> Room {
        if self.machine.queued_commands() < self.config.command_bound().max(1) {
            Room::Free
        } else {
            Room::Full
        }
    }

    fn connect(&mut self, cx: &mut Context<'_>) -> Progress {
        match self.link.poll_connect(cx) {
            Poll::Pending => Progress::None,
            Poll::Ready(Ok(())) => {
                self.reader = Reader::CaughtUp;
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

    fn look_at_the_clock(&mut self, cx: &mut Context<'_>) -> Progress {
        if self.timer.is_due(self.now) {
            self.feed(cx, Input::Timeout);
            return Progress::Some;
        }
        Progress::None
    }

    fn write(&mut self, cx: &mut Context<'_>) -> Progress {
        match self.link.poll_write(cx) {
            Poll::Pending | Poll::Ready(Ok(None)) => Progress::None,
            Poll::Ready(Ok(Some(handed))) => {
                if handed == Handed::Message(SendKind::Identify) {
                    self.permit.spend();
                }
                Progress::Some
            }
            Poll::Ready(Err(error)) => {
                self.lose(cx, error);
                Progress::Some
            }
        }
    }

    fn lose(&mut self, cx: &mut Context<'_>, error: TransportError) {
        self.fail(ReceiveMessageError::from_transport(error));
        self.link.disconnect(cx);
        self.feed(cx, Input::Lost);
    }

    /// Reads one frame while it is this task's turn: a connection that always has more to read must
    /// not keep other tasks from running.
    fn look(&mut self, cx: &mut Context<'_>) -> Look {
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
    fn pause(&mut self, cx: &mut Context<'_>) {
        if self.reader == Reader::CaughtUp {
            self.reader = Reader::Behind;
            self.feed(cx, Input::ReadPaused);
        }
    }

    /// The socket had nothing more to read.
    fn caught_up(&mut self, cx: &mut Context<'_>) {
        if self.reader == Reader::Behind {
            self.reader = Reader::CaughtUp;
            self.feed(cx, Input::ReadResumed);
        }
    }

    fn fail(&mut self, error: ReceiveMessageError) {
        report::failure(self.id, &error);
        self.happened.push(Happening::Failure(error));
    }

    fn tell(&mut self, event: Lifecycle) {
        report::lifecycle(self.id, &event);
        match &event {
            Lifecycle::HeartbeatAcknowledged { latency } => {
                self.latency.acknowledged_at(self.now, *latency);
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
        self.commands.close(CommandOutcome::Closed);
    }
}

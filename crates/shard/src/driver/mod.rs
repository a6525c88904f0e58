//! The thin loop around the machine: sockets, clock and queue in, what to do out.
//!
//! Flush, drain the machine's outputs, connect and ask for permits, read the clock, read one frame.
//! All decisions are the machine's.

pub(crate) mod clock;
mod link;
mod permit;
mod report;

use self::{
    clock::Timer,
    link::{Handed, Link},
    permit::PermitSlot,
};
use crate::{
    Config, Incoming, Latency, MessageSender, ReceiveMessageError, Traffic,
    channel::{CommandReceiver, Order, Request, channel},
    machine::{
        CommandOutcome, DisconnectCause, Input, Lifecycle, Machine, Output, SendKind, Severity,
        StopReason,
    },
    transport::{Connect, ConnectError, ConnectErrorKind, Inbound, TransportError},
};
use gloaming_protocol::{Decoder, Frame, Payload, ShardId};
use gloaming_queue::{QueueError, QueueErrorKind};
use std::{
    collections::VecDeque,
    sync::Arc,
    task::{Context, Poll},
};

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

/// With a consumer that takes nothing, a shard without a connection rests after so many things to
/// tell: each further attempt to connect would only add to them.
const MOST_UNTOLD: usize = 64;

/// Something to hand over that is not a payload.
#[derive(Debug)]
enum Happening {
    Lifecycle(Lifecycle),
    Failure(ReceiveMessageError),
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
    happened: VecDeque<Happening>,
    reader: Reader,
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
                happened: VecDeque::new(),
                reader: Reader::CaughtUp,
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
        self.core.start();
        loop {
            self.core.work(cx);
            if reading == Reading::Open {
                while let Some(happening) = self.core.happened.pop_front() {
                    if let Some(handed) = sink(happening.into()) {
                        self.core.pause();
                        return Poll::Ready(Some(handed));
                    }
                }
                if self.core.machine.is_stopped() {
                    return Poll::Ready(None);
                }
                if let Poll::Ready(frame) = self.core.link.poll_receive(cx) {
                    if let Some(handed) = self.receive(cx, frame, &mut sink) {
                        // An answer to what was read must not wait for the consumer to come back.
                        while self.core.write(cx) == Progress::Some {}
                        self.core.pause();
                        return Poll::Ready(Some(handed));
                    }
                    continue;
                }
                if self.core.caught_up() == Progress::Some {
                    continue;
                }
            } else {
                self.core.pause();
                self.core.drain(cx);
            }
            if self.core.poll_timer(cx).is_pending() {
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
            Some(Ok(Inbound::Text(bytes))) => self.message(cx, Frame::Text(&bytes), sink),
            Some(Ok(Inbound::Binary(bytes))) => self.message(cx, Frame::Binary(&bytes), sink),
            Some(Ok(Inbound::Close(frame))) => {
                // The answer to the close frame still goes out, if it can at once.
                self.core.link.disconnect(cx);
                self.core.feed(Input::Closed { frame });
                None
            }
            Some(Err(error)) => {
                self.core.fail(ReceiveMessageError::from_transport(error));
                self.core.link.disconnect(cx);
                self.core.feed(Input::Lost);
                None
            }
            None => {
                self.core.link.disconnect(cx);
                self.core.feed(Input::Lost);
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
                self.core.feed(Input::Unreadable);
                return None;
            }
        };
        let payload = match Payload::parse(text) {
            Ok(payload) => payload,
            Err(error) => {
                self.core
                    .fail(ReceiveMessageError::from_envelope(text, error));
                self.core.feed(Input::Unreadable);
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
        self.core.feed(Input::Payload(&payload));
        match self.core.drain(cx) {
            Delivery::Deliver => sink(Incoming::Payload(&payload)),
            Delivery::Withhold => None,
        }
    }
}

impl Core {
    fn start(&mut self) {
        if !self.machine.is_started() {
            self.feed(Input::Start);
        }
    }

    fn feed(&mut self, input: Input<'_>) {
        self.machine.handle_input(clock::now(), input);
    }

    /// Everything but reading, until nothing moves any more.
    fn work(&mut self, cx: &mut Context<'_>) {
        loop {
            self.drain(cx);
            if self.happened.len() >= MOST_UNTOLD && !self.link.is_open() {
                return;
            }
            let moved = [
                self.take_commands(cx),
                self.connect(cx),
                self.ask(cx),
                self.look_at_the_clock(),
                self.write(cx),
            ];
            if moved.iter().all(|progress| *progress == Progress::None) {
                return;
            }
        }
    }

    /// Does what the machine says.
    fn drain(&mut self, cx: &mut Context<'_>) -> Delivery {
        let mut delivery = Delivery::Withhold;
        loop {
            match self.machine.poll_output() {
                Output::Connect { url, .. } => {
                    self.link.connect(self.connector.connect(&url));
                }
                Output::RequestPermit => {
                    let request = self.config.queue().acquire(self.id.number());
                    self.permit = PermitSlot::Asking(request);
                }
                Output::CancelPermit => self.permit = PermitSlot::Empty,
                Output::Send { kind, text } => {
                    tracing::trace!(shard = %self.id, ?kind, "sending");
                    if kind == SendKind::Heartbeat {
                        self.latency.sent_at(clock::now());
                    }
                    self.link.send(kind, text);
                }
                Output::Close(frame) => self.link.close(frame),
                Output::Disconnect => self.link.disconnect(cx),
                Output::Deliver => delivery = Delivery::Deliver,
                Output::Command { id, outcome } => self.commands.resolve(id, outcome),
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
        while let Poll::Ready(request) = self.commands.poll_next(cx) {
            progress = Progress::Some;
            match request {
                Request::Command { id, json } => self.feed(Input::Command { id, json }),
                Request::Order(Order::Close(frame)) => self.feed(Input::Shutdown(frame)),
                Request::Order(Order::Reconnect) => self.feed(Input::Reconnect),
            }
            self.drain(cx);
        }
        progress
    }

    fn connect(&mut self, cx: &mut Context<'_>) -> Progress {
        match self.link.poll_connect(cx) {
            Poll::Pending => Progress::None,
            Poll::Ready(Ok(())) => {
                self.reader = Reader::CaughtUp;
                self.feed(Input::Connected);
                Progress::Some
            }
            Poll::Ready(Err(error)) => {
                self.connect_failed(error);
                Progress::Some
            }
        }
    }

    fn connect_failed(&mut self, error: ConnectError) {
        let severity = if error.is_fatal() {
            Severity::Permanent
        } else {
            Severity::Transient
        };
        self.feed(Input::ConnectFailed(severity));
        // A resume host that can't ever be reached stops no one: there is the main host.
        self.fail(if self.machine.state().is_fatally_closed() {
            ReceiveMessageError::from_fatal_connect(error)
        } else {
            ReceiveMessageError::from_connect(error)
        });
    }

    fn ask(&mut self, cx: &mut Context<'_>) -> Progress {
        match self.permit.poll(cx) {
            Poll::Pending => Progress::None,
            Poll::Ready(Ok(())) => {
                self.feed(Input::PermitGranted);
                Progress::Some
            }
            Poll::Ready(Err(error)) => {
                self.refused(error);
                Progress::Some
            }
        }
    }

    fn refused(&mut self, error: QueueError) {
        let retry_in = match error.kind() {
            QueueErrorKind::Exhausted { retry_after } => Some(*retry_after),
            _ => None,
        };
        self.fail(ReceiveMessageError::from_queue(error));
        self.feed(Input::PermitRefused { retry_in });
    }

    fn look_at_the_clock(&mut self) -> Progress {
        let now = clock::now();
        if self
            .timer
            .deadline()
            .is_some_and(|deadline| deadline <= now)
        {
            self.machine.handle_input(now, Input::Timeout);
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
                self.fail(ReceiveMessageError::from_transport(error));
                self.link.disconnect(cx);
                self.feed(Input::Lost);
                Progress::Some
            }
        }
    }

    fn poll_timer(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.timer.poll(cx)
    }

    /// What arrives from here on waits for the consumer.
    fn pause(&mut self) {
        if self.reader == Reader::CaughtUp {
            self.reader = Reader::Behind;
            self.feed(Input::ReadPaused);
        }
    }

    /// The socket had nothing more to read.
    fn caught_up(&mut self) -> Progress {
        // Out of budget, tokio's sockets say so as well, whatever they hold.
        if self.reader == Reader::CaughtUp || !tokio::task::coop::has_budget_remaining() {
            return Progress::None;
        }
        self.reader = Reader::CaughtUp;
        self.feed(Input::ReadResumed);
        Progress::Some
    }

    fn fail(&mut self, error: ReceiveMessageError) {
        report::failure(self.id, &error);
        self.happened.push_back(Happening::Failure(error));
    }

    fn tell(&mut self, event: Lifecycle) {
        report::lifecycle(self.id, &event);
        match &event {
            Lifecycle::HeartbeatAcknowledged { latency } => {
                self.latency.acknowledged_at(clock::now(), *latency);
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
        self.happened.push_back(Happening::Lifecycle(event));
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

impl From<Happening> for Incoming<'_> {
    fn from(happening: Happening) -> Self {
        match happening {
            Happening::Lifecycle(event) => Self::Lifecycle(event),
            Happening::Failure(error) => Self::Failure(error),
        }
    }
}

//! The tokio driver around the machine: sockets, clock and queue in, frames and events out.
//!
//! Each turn of the loop takes commands, connects, asks for permits and writes, reads one frame, and checks the time. Each
//! of these feeds the machine one input and then does what the machine says. All decisions are the machine's. While one
//! frame follows another, everything except reading is done [now and then](Machine::is_maintenance_due).

pub(crate) mod clock;
mod core;
mod link;
mod log;
#[cfg_attr(not(feature = "metrics"), path = "metrics_disabled.rs")]
mod metrics;
mod observed;
mod pending_events;
mod permit;
mod quiet;
mod read_budget;

use self::{
    core::{Core, Delivery, Progress, ReadOutcome},
    pending_events::PendingEvent,
    quiet::{IdleMemory, Quiet},
    read_budget::Buffers,
};
use crate::{
    Config, Incoming, Latency, MessageSender, ReceiveMessageError, Session, ShardActivity, Traffic,
    flight_recorder::SharedFlightRecorder,
    incoming::{UntypedEvent, UntypedReason},
    machine::{Awaited, Input, Machine},
    transport::{Inbound, TransportError, TransportErrorKind},
};
use gloaming_protocol::{Decoder, Excerpt, Frame, Payload, RepairReport, ShardId};
use std::{
    task::{Context, Poll},
    time::Instant,
};

/// Whether the consumer has room for what is read.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Reading {
    /// Read on.
    #[default]
    Open,
    /// Leave it in the socket, except what comes up to HELLO: a connection that was opened meanwhile is of no use without
    /// it, since RESUME comes after it.
    UntilHello,
    /// Leave it in the socket; heartbeats, commands and timers go on.
    Paused,
}

/// The generation of no connection: the first has the number one.
const NO_CONNECTION: u64 = 0;

/// The largest output buffer of a quiet shard: acknowledged heartbeats need 1 KiB.
const MAX_QUIET_BUFFER_BYTES: usize = 1024;

/// A machine at work.
#[derive(Debug)]
pub(crate) struct Driver {
    core: Core,
    decoder: Decoder,
    /// The connection that the decoder's context belongs to.
    decoding: u64,
    quiet: Quiet,
}

impl Driver {
    pub(crate) fn new(id: ShardId, config: Config, machine: Machine, decoder: Decoder) -> Self {
        Self {
            core: Core::new(id, config, machine),
            decoder,
            decoding: NO_CONNECTION,
            quiet: Quiet::default(),
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

    pub(crate) const fn activity(&self) -> &ShardActivity {
        &self.core.observed.activity
    }

    pub(crate) const fn flight_recorder(&self) -> &SharedFlightRecorder {
        &self.core.observed.recorder
    }

    /// Records into this from now on.
    pub(crate) fn record_into(&mut self, recorder: SharedFlightRecorder) {
        self.core.observed.recorder = recorder;
    }

    pub(crate) const fn last_frame(&self) -> Option<Instant> {
        self.core.observed.last_frame
    }

    /// Continues the history of a shard whose task ended.
    pub(crate) fn resume_activity(&mut self, history: &ShardActivity) {
        let session = self.core.machine.session();
        self.core.observed.activity.resume(history, session);
    }

    /// Counts changes of the state, the activity, the heartbeats and whether there is a session.
    pub(crate) const fn revision(&self) -> u64 {
        self.core.observed.revision()
    }

    pub(crate) const fn sender(&self) -> &MessageSender {
        &self.core.sender
    }

    /// Counts an event that was delivered without a value of its type.
    pub(crate) fn untyped_delivered(&mut self, event: UntypedEvent) {
        if event.reason == UntypedReason::Undecodable {
            self.core.observed.undecodable(self.core.now);
        }
        self.core.metrics.untyped_delivered(event);
    }

    /// Counts and logs the repairs of a delivered event. The next item reports them.
    pub(crate) fn repaired(&mut self, report: Box<RepairReport>) {
        self.count_repair(&report);
        self.core.pending.push(PendingEvent::Repaired(report));
    }

    /// Counts and logs the repairs of an event whose report is delivered without the driver.
    pub(crate) fn count_repair(&mut self, report: &RepairReport) {
        self.core.log.repaired(self.core.now, report);
        self.core.metrics.repaired(report);
    }

    pub(crate) const fn traffic(&self) -> Traffic {
        Traffic {
            received_bytes: self.decoder.compressed_bytes(),
            inflated_bytes: self.decoder.inflated_bytes(),
        }
    }

    /// Runs until `sink` returns something. `None` once the shard has stopped and everything was delivered.
    pub(crate) fn poll_next<R>(
        &mut self,
        cx: &mut Context<'_>,
        reading: Reading,
        mut sink: impl FnMut(Incoming<'_>) -> Option<R>,
    ) -> Poll<Option<R>> {
        // A command must not wait for a consumer that is slow to poll again.
        if self.core.commands.has_waiting() || self.core.requests.has_waiting() {
            self.core.machine.request_maintenance();
        }
        // Whether everything that may wake this task has its waker.
        let mut is_registered = false;
        loop {
            self.core.now = clock::now();
            let is_first_without_room = reading != Reading::Open && !is_registered;
            if self.core.machine.is_maintenance_due(self.core.now) || is_first_without_room {
                self.core.maintain(cx);
                is_registered = true;
            }
            if reading == Reading::Open {
                while let Some(event) = self.core.pending.pop() {
                    if let Some(delivered) = sink(event.into()) {
                        self.core.pause_reading(cx);
                        return Poll::Ready(Some(delivered));
                    }
                }
                if self.core.machine.is_stopped() {
                    return Poll::Ready(None);
                }
            }
            if self.reads(reading) {
                match self.core.read(cx) {
                    ReadOutcome::Frame(frame) => {
                        if let Some(delivered) = self.receive(cx, frame, &mut sink) {
                            // A reply to what was read must not wait for the consumer.
                            self.core.transmit_reply(cx);
                            self.core.pause_reading(cx);
                            return Poll::Ready(Some(delivered));
                        }
                        continue;
                    }
                    ReadOutcome::CaughtUp => {
                        self.decoder.shrink_buffer();
                        let capacity = self.decoder.buffer_bytes();
                        self.core.metrics.decoder_capacity(capacity);
                        self.core.resume_reading(cx);
                    }
                    ReadOutcome::BudgetExhausted => {
                        if self.core.read_budget.buffers() == Buffers::Lent {
                            self.decoder.shrink_buffer();
                            self.core.link.lend_memory();
                        }
                        self.core.pause_reading(cx);
                        return Poll::Pending;
                    }
                }
            } else {
                self.core.pause_reading(cx);
                if let Some(error) = self.core.link.take_write_error() {
                    // The server has closed the connection. What lies unread is sent again after the session is resumed.
                    self.core.lost(cx, error);
                    continue;
                }
            }
            // Before the task rests, nothing is left to do, and everything that may wake it has its waker.
            if !is_registered {
                self.core.machine.request_maintenance();
                continue;
            }
            if self.core.check_time(cx) == Progress::None
                && !self.core.machine.is_maintenance_due(self.core.now)
                && self.core.timer.poll(cx).is_pending()
            {
                self.rest(cx);
                return Poll::Pending;
            }
        }
    }

    /// Releases memory, if there is no connection, or if no frame has arrived for some time since the last event.
    fn rest(&mut self, cx: &mut Context<'_>) {
        if !self.core.link.is_open() {
            self.core.read_budget.quiet();
            if self.decoding != NO_CONNECTION {
                self.decoding = NO_CONNECTION;
                self.decoder.reset();
                self.decoder.release_buffer();
            }
            return;
        }
        let sequence = self.core.machine.session().map(Session::sequence);
        let last = sequence.zip(self.core.observed.last_frame);
        if self.decoder.buffer_bytes() > MAX_QUIET_BUFFER_BYTES {
            self.quiet.holds_memory();
        }
        if self.quiet.poll(cx, self.core.now, last) == IdleMemory::Release {
            self.core.read_budget.quiet();
            self.decoder.release_buffer();
            self.core.link.release_memory();
        }
    }

    const fn reads(&self, reading: Reading) -> bool {
        match reading {
            Reading::Open => true,
            Reading::UntilHello => matches!(self.core.machine.awaits(), Awaited::Hello { .. }),
            Reading::Paused => false,
        }
    }

    fn receive<R>(
        &mut self,
        cx: &mut Context<'_>,
        frame: Option<Result<Inbound, TransportError>>,
        sink: &mut impl FnMut(Incoming<'_>) -> Option<R>,
    ) -> Option<R> {
        if let Some(Ok(_)) = frame {
            self.core.observed.last_frame = Some(self.core.now);
        }
        match frame {
            Some(Ok(Inbound::Text(text))) => match text.as_str() {
                Ok(text) => self.message(cx, Frame::Text(text), sink),
                Err(error) => {
                    let invalid = TransportError::new(TransportErrorKind::InvalidUtf8);
                    self.core.lost(cx, invalid.with_source(error));
                    None
                }
            },
            Some(Ok(Inbound::Binary(bytes))) => self.message(cx, Frame::Binary(&bytes), sink),
            Some(Ok(Inbound::Empty)) => {
                self.core.feed(cx, Input::EmptyFrame);
                None
            }
            Some(Ok(Inbound::Close(frame))) => {
                let token = self.core.config.token();
                let observed = &self.core.observed;
                observed.close_received(self.core.now, frame.as_ref(), token);
                // The reply to the close frame still goes out, if it can at once.
                self.core.link.disconnect(cx, None);
                self.core.feed(cx, Input::Closed { frame });
                None
            }
            Some(Err(error)) => {
                // All that came before was read.
                self.core.resume_reading(cx);
                self.core.lost(cx, error);
                None
            }
            None => {
                self.core.resume_reading(cx);
                self.core.link.disconnect(cx, None);
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
        self.core.metrics.frame_received(match frame {
            Frame::Text(text) => text.len(),
            Frame::Binary(bytes) => bytes.len(),
        });
        let partial = self.decoder.partial_bytes();
        let text = match self.decoder.decode(frame) {
            Ok(Some(text)) => text,
            Ok(None) => {
                match self.decoder.partial_bytes().saturating_sub(partial) {
                    0 => self.core.feed(cx, Input::EmptyFrame),
                    bytes => self.core.read_budget.spend(bytes),
                }
                return None;
            }
            Err(error) => {
                let bytes = self.decoder.partial_bytes();
                self.core.observed.unreadable_received(self.core.now, bytes);
                self.core.fail(ReceiveMessageError::from_decode(error));
                self.core.feed(cx, Input::Unreadable);
                return None;
            }
        };
        let bytes = text.len().saturating_sub(partial);
        self.core.read_budget.spend(bytes);
        self.core.metrics.message_decoded(text.len());
        let payload = match Payload::parse(text) {
            Ok(payload) => payload,
            Err(error) => {
                let bytes = text.len();
                self.core.observed.unreadable_received(self.core.now, bytes);
                self.core
                    .fail(ReceiveMessageError::from_envelope(text, error));
                self.core.feed(cx, Input::Unreadable);
                return None;
            }
        };
        tracing::trace!(
            shard = self.core.id.number(),
            op = payload.op().number(),
            name = payload
                .name()
                .map(|name| tracing::field::display(Excerpt::new(name))),
            sequence = payload.sequence(),
            "received"
        );
        self.core.metrics.payload_received(&payload);
        let token = self.core.config.token();
        let observed = &self.core.observed;
        observed.payload_received(self.core.now, &payload, token);
        let delivered = match self.core.feed_payload(cx, &payload) {
            Delivery::Deliver => sink(Incoming::Payload(&payload)),
            Delivery::Withhold => None,
        };
        self.core
            .metrics
            .decoder_capacity(self.decoder.buffer_bytes());
        delivered
    }
}

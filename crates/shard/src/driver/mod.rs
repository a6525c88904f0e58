//! The thin loop around the machine: sockets, clock and queue in, what to do out.
//!
//! Take commands, connect, ask for permits, write; read one frame; look at the clock. Each tells the
//! machine one thing at a time and then does what the machine says to that. All decisions are the
//! machine's. While one frame follows another, all but reading is done now and then only.

pub(crate) mod clock;
mod core;
mod happenings;
mod link;
#[cfg_attr(not(feature = "metrics"), path = "metrics_disabled.rs")]
mod metrics;
mod permit;
mod report;
mod writing;

use self::core::{Chores, Core, Delivery, Look, Progress};
use crate::{
    Config, Incoming, Latency, MessageSender, ReceiveMessageError, Traffic,
    incoming::UntypedEvent,
    machine::{Input, Machine},
    transport::{Inbound, TransportError},
};
use gloaming_protocol::{Decoder, Frame, Payload, ShardId};
use std::task::{Context, Poll};

/// Whether the consumer has room for what is read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Reading {
    /// Read on.
    Open,
    /// Leave it in the socket; heartbeats, commands and timers go on.
    Paused,
}

/// A machine at work.
#[derive(Debug)]
pub(crate) struct Driver {
    core: Core,
    decoder: Decoder,
    /// The connection that the decoder's context belongs to.
    decoding: u64,
}

impl Driver {
    pub(crate) fn new(id: ShardId, config: Config, machine: Machine, decoder: Decoder) -> Self {
        Self {
            core: Core::new(id, config, machine),
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

    /// An event without a value of its type was handed over.
    pub(crate) fn untyped_delivered(&mut self, event: UntypedEvent) {
        self.core.metrics.untyped_delivered(event);
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
        if self.core.commands.has_waiting() || self.core.requests.has_waiting() {
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
                    Look::CaughtUp => {
                        self.decoder.shrink_buffer();
                        self.core
                            .metrics
                            .decoder_capacity(self.decoder.buffer_bytes());
                        self.core.caught_up(cx);
                    }
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
        self.core.metrics.frame_received(match frame {
            Frame::Text(text) => text.len(),
            Frame::Binary(bytes) => bytes.len(),
        });
        let text = match self.decoder.decode(frame) {
            Ok(Some(text)) => text,
            Ok(None) => return None,
            Err(error) => {
                self.core.fail(ReceiveMessageError::from_decode(error));
                self.core.feed(cx, Input::Unreadable);
                return None;
            }
        };
        self.core.metrics.message_decoded(text.len());
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
        self.core.metrics.payload_received(&payload);
        let handed = match self.core.feed(cx, Input::Payload(&payload)) {
            Delivery::Deliver => {
                if self.core.requests.is_open() {
                    self.core.answer(&payload);
                }
                sink(Incoming::Payload(&payload))
            }
            Delivery::Withhold => None,
        };
        self.core
            .metrics
            .decoder_capacity(self.decoder.buffer_bytes());
        handed
    }
}

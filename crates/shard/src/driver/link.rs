//! The shard's connection, from the attempt to open it to its end.

use crate::{
    machine::Transmit,
    transport::{ConnectError, Inbound, Outbound, Transport, TransportError},
};
use gloaming_protocol::CloseFrame;
use gloaming_queue::BoxFuture;
use std::{
    fmt,
    task::{Context, Poll, ready},
};

type Connecting = BoxFuture<'static, Result<Box<dyn Transport>, ConnectError>>;

/// At most one connection, or the attempt to open one.
#[derive(Default)]
pub(super) struct Link {
    state: State,
    /// Counts connections. Each needs a fresh decoder ([P31](gloaming_protocol::rules#p31)).
    generation: u64,
}

#[derive(Default)]
enum State {
    #[default]
    Down,
    Connecting(Connecting),
    Open {
        transport: Box<dyn Transport>,
        buffer: Buffer,
    },
}

/// Whether the transport holds frames that it has not written yet.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Buffer {
    Empty,
    Filled,
}

/// Whether the transport took everything that the machine had to send.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Sending {
    Done,
    /// There may be more, or frames may not be written yet.
    Blocked,
}

/// The result of flushing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Flushed {
    /// Everything is written now, and the transport has room again.
    Now,
    /// There was nothing to write.
    Before,
}

impl Link {
    pub(super) const fn generation(&self) -> u64 {
        self.generation
    }

    pub(super) const fn is_open(&self) -> bool {
        matches!(self.state, State::Open { .. })
    }

    pub(super) fn connect(&mut self, connecting: Connecting) {
        self.state = State::Connecting(connecting);
    }

    /// Returns the result of the attempt to connect, once.
    pub(super) fn poll_connect(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), ConnectError>> {
        let State::Connecting(connecting) = &mut self.state else {
            return Poll::Pending;
        };
        let result = ready!(connecting.as_mut().poll(cx));
        Poll::Ready(match result {
            Ok(transport) => {
                self.generation += 1;
                let buffer = Buffer::Empty;
                self.state = State::Open { transport, buffer };
                Ok(())
            }
            Err(error) => {
                self.state = State::Down;
                Err(error)
            }
        })
    }

    /// Drops the connection, or the attempt to open one. A close frame, and what the transport holds, still goes
    /// out if it can at once.
    pub(super) fn disconnect(&mut self, cx: &mut Context<'_>, close: Option<CloseFrame<'static>>) {
        if let State::Open { transport, .. } = &mut self.state {
            if let Some(frame) = close
                && matches!(transport.poll_ready(cx), Poll::Ready(Ok(())))
            {
                // The connection is dropped whether or not the frame was taken.
                _ = transport.start_send(Outbound::Close(frame));
            }
            _ = transport.poll_flush(cx);
        }
        self.state = State::Down;
    }

    /// Returns the next frame. Pending without a connection.
    pub(super) fn poll_receive(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Inbound, TransportError>>> {
        match &mut self.state {
            State::Open { transport, .. } => transport.poll_receive(cx),
            State::Down | State::Connecting(_) => Poll::Pending,
        }
    }

    /// Waits for room for a frame. Pending without a connection.
    pub(super) fn poll_room(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        match &mut self.state {
            State::Open { transport, .. } => transport.poll_ready(cx),
            State::Down | State::Connecting(_) => Poll::Pending,
        }
    }

    /// Hands a frame to the transport, which [has room](Self::poll_room) for it.
    pub(super) fn send(&mut self, frame: Transmit) -> Result<(), TransportError> {
        let State::Open { transport, buffer } = &mut self.state else {
            return Ok(());
        };
        *buffer = Buffer::Filled;
        transport.start_send(match frame {
            Transmit::Message { text, .. } => Outbound::Text(text.into_inner()),
            Transmit::Close(frame) => Outbound::Close(frame),
        })
    }

    /// Writes what the transport was handed. Pending while it takes nothing more.
    pub(super) fn poll_flush(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Flushed, TransportError>> {
        match &mut self.state {
            State::Open {
                transport,
                buffer: buffer @ Buffer::Filled,
            } => {
                ready!(transport.poll_flush(cx))?;
                ready!(transport.poll_ready(cx))?;
                *buffer = Buffer::Empty;
                Poll::Ready(Ok(Flushed::Now))
            }
            _ => Poll::Ready(Ok(Flushed::Before)),
        }
    }
}

impl Link {
    /// Releases memory that is needed only while events arrive.
    pub(super) fn release_memory(&mut self) {
        if let State::Open { transport, .. } = &mut self.state {
            transport.release_memory();
        }
    }

    /// Leaves memory to other connections, which read before this one does again.
    pub(super) fn lend_memory(&mut self) {
        if let State::Open { transport, .. } = &mut self.state {
            transport.lend_memory();
        }
    }

    /// Returns why a write failed, if that is not reported otherwise.
    pub(super) fn take_write_error(&mut self) -> Option<TransportError> {
        match &mut self.state {
            State::Open { transport, .. } => transport.take_write_error(),
            State::Down | State::Connecting(_) => None,
        }
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.state {
            State::Down => "Down",
            State::Connecting(_) => "Connecting",
            State::Open { .. } => "Open",
        })
    }
}

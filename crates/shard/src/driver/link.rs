//! The shard's connection, from the attempt to open it to its end.

use crate::{
    machine::{SendKind, WireText},
    transport::{ConnectError, Inbound, Outbound, Transport, TransportError},
};
use gloaming_protocol::CloseFrame;
use gloaming_queue::BoxFuture;
use std::{
    collections::VecDeque,
    fmt,
    task::{Context, Poll, ready},
};

type Connecting = BoxFuture<'static, Result<Box<dyn Transport>, ConnectError>>;

/// At most one connection, or the attempt to open one.
#[derive(Default)]
pub(super) struct Link {
    state: State,
    /// Counts connections: each needs a fresh decoder (P31).
    generation: u64,
}

#[derive(Default)]
enum State {
    #[default]
    Down,
    Connecting(Connecting),
    Open(Open),
}

struct Open {
    transport: Box<dyn Transport>,
    /// Not yet taken by the transport. The machine hands out nothing more while there is something:
    /// a message, and a close frame behind it.
    outgoing: VecDeque<Outgoing>,
    written: Written,
    /// A failure that came while the machine's outputs were being done, to be told after them.
    failure: Option<TransportError>,
}

enum Outgoing {
    Message(SendKind, WireText),
    Close(CloseFrame<'static>),
}

/// Whether the transport holds something that it has not written yet.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Written {
    All,
    Part,
}

/// What writing came to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Wrote {
    /// A frame was handed to the socket.
    Frame(Handed),
    /// All is written, and there is room for more.
    All,
    /// There was nothing to write.
    Nothing,
}

/// What a frame was that has just been handed to the socket.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Handed {
    Message { kind: SendKind, bytes: usize },
    Close,
}

impl Link {
    pub(super) const fn generation(&self) -> u64 {
        self.generation
    }

    pub(super) fn connect(&mut self, connecting: Connecting) {
        self.state = State::Connecting(connecting);
    }

    pub(super) fn send(&mut self, kind: SendKind, text: WireText) {
        if let State::Open(open) = &mut self.state {
            open.outgoing.push_back(Outgoing::Message(kind, text));
        }
    }

    pub(super) fn close(&mut self, frame: CloseFrame<'static>) {
        if let State::Open(open) = &mut self.state {
            open.outgoing.push_back(Outgoing::Close(frame));
        }
    }

    /// Keeps back an IDENTIFY that the transport has not taken yet.
    pub(super) fn withdraw_identify(&mut self) {
        if let State::Open(open) = &mut self.state {
            open.outgoing
                .retain(|outgoing| !matches!(outgoing, Outgoing::Message(SendKind::Identify, _)));
        }
    }

    /// Drops the connection. A close frame still goes out if it can at once; messages do not: nobody
    /// would account for them, and an IDENTIFY must not go out with its permit given back.
    pub(super) fn disconnect(&mut self, cx: &mut Context<'_>) {
        if let State::Open(open) = &mut self.state {
            open.outgoing
                .retain(|outgoing| matches!(outgoing, Outgoing::Close(_)));
        }
        while let Poll::Ready(Ok(Wrote::Frame(_) | Wrote::All)) = self.poll_write(cx) {}
        self.state = State::Down;
    }

    /// The result of the attempt to connect, once.
    pub(super) fn poll_connect(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), ConnectError>> {
        let State::Connecting(connecting) = &mut self.state else {
            return Poll::Pending;
        };
        match connecting.as_mut().poll(cx) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Ok(transport)) => {
                self.generation += 1;
                self.state = State::Open(Open {
                    transport,
                    outgoing: VecDeque::new(),
                    written: Written::All,
                    failure: None,
                });
                Poll::Ready(Ok(()))
            }
            Poll::Ready(Err(error)) => {
                self.state = State::Down;
                Poll::Ready(Err(error))
            }
        }
    }

    /// Hands one frame to the transport, or flushes. Pending: it takes nothing more for now.
    pub(super) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Wrote, TransportError>> {
        let State::Open(open) = &mut self.state else {
            return Poll::Ready(Ok(Wrote::Nothing));
        };
        if let Some(error) = open.failure.take() {
            return Poll::Ready(Err(error));
        }
        if !open.outgoing.is_empty() {
            let handed = ready!(open.poll_hand_over(cx))?;
            return Poll::Ready(Ok(handed.map_or(Wrote::Nothing, Wrote::Frame)));
        }
        if open.written == Written::All {
            return Poll::Ready(Ok(Wrote::Nothing));
        }
        ready!(open.transport.poll_flush(cx))?;
        ready!(open.transport.poll_ready(cx))?;
        open.written = Written::All;
        Poll::Ready(Ok(Wrote::All))
    }

    /// Hands over what there is without flushing, and waits until there is room for another message.
    pub(super) fn poll_room(&mut self, cx: &mut Context<'_>) -> Poll<Option<Handed>> {
        let State::Open(open) = &mut self.state else {
            return Poll::Ready(None);
        };
        if open.failure.is_some() {
            return Poll::Pending;
        }
        let result = if open.outgoing.is_empty() {
            ready!(open.transport.poll_ready(cx)).map(|()| None)
        } else {
            ready!(open.poll_hand_over(cx))
        };
        match result {
            Ok(handed) => Poll::Ready(handed),
            Err(error) => {
                open.failure = Some(error);
                Poll::Pending
            }
        }
    }

    /// The next frame; pending without a connection.
    pub(super) fn poll_receive(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Inbound, TransportError>>> {
        match &mut self.state {
            State::Open(open) => open.transport.poll_receive(cx),
            State::Down | State::Connecting(_) => Poll::Pending,
        }
    }
}

impl Open {
    /// Hands the next frame to the transport once that has room.
    fn poll_hand_over(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Option<Handed>, TransportError>> {
        ready!(self.transport.poll_ready(cx))?;
        let Some(next) = self.outgoing.pop_front() else {
            return Poll::Ready(Ok(None));
        };
        let (handed, frame) = match next {
            Outgoing::Message(kind, text) => {
                let text = text.into_inner();
                let bytes = text.len();
                (Handed::Message { kind, bytes }, Outbound::Text(text))
            }
            Outgoing::Close(frame) => (Handed::Close, Outbound::Close(frame)),
        };
        self.transport.start_send(frame)?;
        self.written = Written::Part;
        Poll::Ready(Ok(Some(handed)))
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.state {
            State::Down => "Down",
            State::Connecting(_) => "Connecting",
            State::Open(_) => "Open",
        })
    }
}

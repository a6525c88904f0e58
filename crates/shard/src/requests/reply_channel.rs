//! The channel from a shard to the caller of a request: replies, the state and the end.

use super::error::RequestError;
use gloaming_machine::requests::{RequestErrorKind, RequestState};
use std::{
    fmt::{self, Debug, Formatter},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
};
use tokio::sync::{mpsc, oneshot, watch};

/// Set when the caller drops any handle. The shard then finds out which.
pub(super) type Dropped = Arc<AtomicBool>;

/// The caller's end of the channel.
pub(super) struct ReplyReceiver<T> {
    replies: mpsc::Receiver<T>,
    end: Option<oneshot::Receiver<Result<(), RequestError>>>,
    state: watch::Receiver<RequestState>,
    dropped: Dropped,
}

/// The shard's end of the channel.
#[derive(Debug)]
pub(super) struct ReplySender<T> {
    replies: mpsc::Sender<T>,
    end: oneshot::Sender<Result<(), RequestError>>,
    state: watch::Sender<RequestState>,
}

/// Whether a reply was buffered for the caller.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum SendResult {
    Buffered,
    /// It was buffered, and the buffer is full now.
    Filled,
    /// The buffer was full.
    Overrun,
    /// The caller dropped its handle.
    Closed,
}

/// A channel that buffers at most `bound` replies (at least one).
pub(super) fn reply_channel<T>(
    bound: usize,
    dropped: Dropped,
) -> (ReplySender<T>, ReplyReceiver<T>) {
    let (replies, received) = mpsc::channel(bound.max(1));
    let (end, ended) = oneshot::channel();
    let (state, current) = watch::channel(RequestState::Queued);
    let sender = ReplySender {
        replies,
        end,
        state,
    };
    let receiver = ReplyReceiver {
        replies: received,
        end: Some(ended),
        state: current,
        dropped,
    };
    (sender, receiver)
}

impl<T> ReplyReceiver<T> {
    /// Returns the replies, then an error if there is one, then `None`.
    pub(super) fn poll_next(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<T, RequestError>>> {
        if let Some(reply) = ready!(self.replies.poll_recv(cx)) {
            return Poll::Ready(Some(Ok(reply)));
        }
        let Some(end) = &mut self.end else {
            return Poll::Ready(None);
        };
        let ended = ready!(Pin::new(end).poll(cx));
        self.end = None;
        Poll::Ready(match ended {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(Err(error)),
            Err(_dropped) => Some(Err(RequestError::new(RequestErrorKind::Closed))),
        })
    }

    pub(super) fn state(&self) -> RequestState {
        // The shard was dropped.
        if self.state.has_changed().is_err() {
            return RequestState::Ended;
        }
        *self.state.borrow()
    }

    pub(super) fn show(&self, name: &str, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct(name)
            .field("state", &self.state())
            .finish_non_exhaustive()
    }
}

impl<T> Drop for ReplyReceiver<T> {
    fn drop(&mut self) {
        self.replies.close();
        self.dropped.store(true, Ordering::Release);
    }
}

impl<T> Debug for ReplyReceiver<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.show("ReplyReceiver", f)
    }
}

impl<T> ReplySender<T> {
    pub(super) fn send(&self, reply: T) -> SendResult {
        match self.replies.try_send(reply) {
            Ok(()) if self.replies.capacity() == 0 => SendResult::Filled,
            Ok(()) => SendResult::Buffered,
            Err(mpsc::error::TrySendError::Full(_)) => SendResult::Overrun,
            Err(mpsc::error::TrySendError::Closed(_)) => SendResult::Closed,
        }
    }

    pub(super) fn set_state(&self, state: RequestState) {
        self.state.send_replace(state);
    }

    pub(super) fn end(self, end: Result<(), RequestError>) {
        // Sent before the replies end, so that the caller sees the reason once they do.
        _ = self.end.send(end);
    }

    pub(super) fn is_closed(&self) -> bool {
        self.replies.is_closed()
    }
}

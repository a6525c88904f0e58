//! Between a caller and its shard: answers and the end one way, nothing the other.

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

/// Set when any handle of a shard's was dropped: the shard then looks which.
pub(super) type Dropped = Arc<AtomicBool>;

/// The caller's end.
pub(super) struct Receiving<T> {
    answers: mpsc::Receiver<T>,
    end: Option<oneshot::Receiver<Result<(), RequestError>>>,
    state: watch::Receiver<RequestState>,
    dropped: Dropped,
}

/// The shard's end.
#[derive(Debug)]
pub(super) struct Giving<T> {
    answers: mpsc::Sender<T>,
    end: oneshot::Sender<Result<(), RequestError>>,
    state: watch::Sender<RequestState>,
}

/// What became of an answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Given {
    Taken,
    /// With this one, no more can be kept.
    Filled,
    /// The caller has not taken what it was given before.
    Overrun,
    /// Nobody asks any more.
    Forgotten,
}

/// Keeps at most `bound` answers (at least one).
pub(super) fn line<T>(bound: usize, dropped: Dropped) -> (Giving<T>, Receiving<T>) {
    let (answers, received) = mpsc::channel(bound.max(1));
    let (end, ended) = oneshot::channel();
    let (state, current) = watch::channel(RequestState::Queued);
    let giving = Giving {
        answers,
        end,
        state,
    };
    let receiving = Receiving {
        answers: received,
        end: Some(ended),
        state: current,
        dropped,
    };
    (giving, receiving)
}

impl<T> Receiving<T> {
    /// The answers, then an error if there is one, then `None`.
    pub(super) fn poll_next(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<T, RequestError>>> {
        if let Some(answer) = ready!(self.answers.poll_recv(cx)) {
            return Poll::Ready(Some(Ok(answer)));
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
        // A shard that was dropped says nothing more.
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

impl<T> Drop for Receiving<T> {
    fn drop(&mut self) {
        self.answers.close();
        self.dropped.store(true, Ordering::Release);
    }
}

impl<T> Debug for Receiving<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.show("Receiving", f)
    }
}

impl<T> Giving<T> {
    pub(super) fn give(&self, answer: T) -> Given {
        match self.answers.try_send(answer) {
            Ok(()) if self.answers.capacity() == 0 => Given::Filled,
            Ok(()) => Given::Taken,
            Err(mpsc::error::TrySendError::Full(_)) => Given::Overrun,
            Err(mpsc::error::TrySendError::Closed(_)) => Given::Forgotten,
        }
    }

    pub(super) fn tell(&self, state: RequestState) {
        self.state.send_replace(state);
    }

    pub(super) fn end(self, end: Result<(), RequestError>) {
        // Before the answers end, so that who sees them end knows why.
        _ = self.end.send(end);
    }

    pub(super) fn is_forgotten(&self) -> bool {
        self.answers.is_closed()
    }
}

//! The shard's request to the identify queue, and its permit.

use gloaming_queue::{BoxFuture, Permit, QueueError};
use std::{
    fmt,
    task::{Context, Poll},
};

/// Nothing, a request, or a permit not spent yet. Dropping any of them gives it back.
#[derive(Default)]
pub(super) enum PermitSlot {
    #[default]
    Empty,
    Requested(BoxFuture<'static, Result<Permit, QueueError>>),
    Held(Permit),
}

impl PermitSlot {
    /// The queue's answer, once; a permit is kept until [`spend`](Self::spend).
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), QueueError>> {
        let Self::Requested(request) = self else {
            return Poll::Pending;
        };
        match request.as_mut().poll(cx) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Ok(permit)) => {
                *self = Self::Held(permit);
                Poll::Ready(Ok(()))
            }
            Poll::Ready(Err(error)) => {
                *self = Self::Empty;
                Poll::Ready(Err(error))
            }
        }
    }

    /// IDENTIFY is in the socket: the five seconds run from here ([P11](gloaming_protocol::rules#p11)).
    pub(super) fn spend(&mut self) {
        if let Self::Held(permit) = std::mem::take(self) {
            permit.spend();
        }
    }
}

impl fmt::Debug for PermitSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "Empty",
            Self::Requested(_) => "Requested",
            Self::Held(_) => "Held",
        })
    }
}

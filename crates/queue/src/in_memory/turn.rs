use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use super::shared::Shared;
use crate::Ticket;

/// Waits for a shard's turn, from the first poll on. Resolves to the granted
/// ticket, which is then the caller's to settle; dropped before that, it leaves
/// the line.
pub(super) struct Turn {
    shared: Arc<Shared>,
    shard: u32,
    ticket: Option<Ticket>,
}

impl Turn {
    pub(super) const fn new(shared: Arc<Shared>, shard: u32) -> Self {
        Self {
            shared,
            shard,
            ticket: None,
        }
    }
}

impl Future for Turn {
    type Output = Ticket;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Ticket> {
        let this = &mut *self;
        let ticket = *this
            .ticket
            .get_or_insert_with(|| this.shared.join(this.shard, context.waker()));
        if this.shared.is_granted(ticket, context.waker()) {
            this.ticket = None;
            Poll::Ready(ticket)
        } else {
            Poll::Pending
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket {
            self.shared.leave(ticket);
        }
    }
}

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use super::shared::{Shared, Standing};
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
        loop {
            let ticket = *this
                .ticket
                .get_or_insert_with(|| this.shared.join(this.shard, context.waker()));
            match this.shared.standing(ticket, context.waker()) {
                Standing::Waiting => return Poll::Pending,
                Standing::Granted => {
                    this.ticket = None;
                    return Poll::Ready(ticket);
                }
                // Nobody polled for so long that others were let through.
                Standing::Lapsed => {
                    this.ticket = None;
                    this.shared.release(ticket);
                }
            }
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

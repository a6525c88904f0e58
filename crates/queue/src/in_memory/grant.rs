use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use super::{
    shared::{Shared, TicketStatus},
    timer_task,
};
use crate::ticket::Ticket;

/// A future that enqueues a shard when it is first polled, and returns its
/// ticket when a permit is granted. The caller then spends or releases the
/// ticket. Dropped before that, the future removes the shard from the queue.
pub(super) struct Grant {
    shared: Arc<Shared>,
    shard: u32,
    ticket: Option<Ticket>,
}

impl Grant {
    pub(super) const fn new(shared: Arc<Shared>, shard: u32) -> Self {
        Self {
            shared,
            shard,
            ticket: None,
        }
    }

    /// Continues to wait with a ticket that was granted and then deferred.
    pub(super) const fn of_deferred(shared: Arc<Shared>, shard: u32, ticket: Ticket) -> Self {
        Self {
            shared,
            shard,
            ticket: Some(ticket),
        }
    }
}

impl Future for Grant {
    type Output = Ticket;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Ticket> {
        let this = &mut *self;
        loop {
            let ticket = *this
                .ticket
                .get_or_insert_with(|| this.shared.join(this.shard, context.waker()));
            match this.shared.ticket_status(ticket, context.waker()) {
                TicketStatus::Waiting => return Poll::Pending,
                TicketStatus::WaitingWithoutTimer => {
                    timer_task::spawn(Arc::clone(&this.shared));
                    return Poll::Pending;
                }
                TicketStatus::Granted => {
                    this.ticket = None;
                    return Poll::Ready(ticket);
                }
                // The grant was not picked up within its lease. Enqueue again.
                TicketStatus::Lapsed => {
                    this.ticket = None;
                    this.shared.release(ticket, None);
                }
            }
        }
    }
}

impl Drop for Grant {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket {
            self.shared.leave(ticket);
        }
    }
}

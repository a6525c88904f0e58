use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use tokio::time::{Sleep, sleep_until};

use super::shared::{Shared, Standing};
use crate::Ticket;

/// Waits for a shard's turn. Resolves to the granted ticket, which is then the
/// caller's to settle; dropped before that, it leaves the line.
pub(super) struct Turn {
    shared: Arc<Shared>,
    shard: u32,
    ticket: Option<Ticket>,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Turn {
    pub(super) const fn new(shared: Arc<Shared>, shard: u32) -> Self {
        Self {
            shared,
            shard,
            ticket: None,
            timer: None,
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
        loop {
            match this.shared.standing(ticket, context.waker()) {
                Standing::Granted => {
                    this.ticket = None;
                    return Poll::Ready(ticket);
                }
                Standing::Waiting => {
                    this.timer = None;
                    return Poll::Pending;
                }
                Standing::KeepsClock(until) => {
                    let until = until.into();
                    let timer = this
                        .timer
                        .get_or_insert_with(|| Box::pin(sleep_until(until)));
                    if timer.deadline() != until {
                        timer.as_mut().reset(until);
                    }
                    ready!(timer.as_mut().poll(context));
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

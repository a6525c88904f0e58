//! What a worker has taken.

use crate::{
    api::Api,
    delivery_order::DeliveryOrder,
    error::{Cause, NatsError},
};
use async_nats::jetstream::{AckKind, Message};
use gloaming_coordinator::{PublishedEvent, StreamItem};
use std::time::Duration;

/// An event that a [`Worker`](crate::Worker) has taken and has to acknowledge, or the news that some are lost.
///
/// If it is dropped instead, the event is delivered again after the time that workers have for it.
///
/// # Errors
///
/// The methods fail if the connection is closed. An answer that is lost on its way is not noticed: the event is delivered again.
#[derive(Debug)]
#[must_use = "an event that is not acknowledged is delivered again"]
pub struct Delivery {
    api: Api,
    message: Message,
    item: StreamItem,
    order: DeliveryOrder,
    trace: Option<String>,
}

impl Delivery {
    pub(crate) const fn new(
        api: Api,
        message: Message,
        item: StreamItem,
        order: DeliveryOrder,
        trace: Option<String>,
    ) -> Self {
        Self {
            api,
            message,
            item,
            order,
            trace,
        }
    }

    /// Returns what it is.
    #[must_use]
    pub const fn item(&self) -> &StreamItem {
        &self.item
    }

    /// Returns the event, unless it is the news that some are lost.
    #[must_use]
    pub const fn event(&self) -> Option<&PublishedEvent> {
        self.item.event()
    }

    /// Returns the place of the event among those of its shard that this worker has taken before.
    #[must_use]
    pub const fn order(&self) -> DeliveryOrder {
        self.order
    }

    /// Returns the context of its trace, as the header `traceparent` of the W3C has it, if the node has passed one.
    #[must_use]
    pub fn trace_context(&self) -> Option<&str> {
        self.trace.as_deref()
    }

    /// Returns how often the event was delivered, this time included. A handler that fails for the same event again and again
    /// uses it to [reject](Self::reject) that.
    #[must_use]
    pub fn attempt(&self) -> u64 {
        let info = self.message.info();
        info.map_or(1, |info| u64::try_from(info.delivered).unwrap_or(1))
    }

    /// Tells the server that the event was handled.
    ///
    /// # Errors
    ///
    /// Fails if the connection is closed.
    pub async fn acknowledge(self) -> Result<(), NatsError> {
        self.answer(AckKind::Ack).await
    }

    /// Asks for the event again, after this time.
    ///
    /// # Errors
    ///
    /// Fails if the connection is closed.
    pub async fn retry(self, after: Duration) -> Result<(), NatsError> {
        self.answer(AckKind::Nak(Some(after))).await
    }

    /// Gives the event up: it is not delivered again.
    ///
    /// # Errors
    ///
    /// Fails if the connection is closed.
    pub async fn reject(self) -> Result<(), NatsError> {
        self.answer(AckKind::Term).await
    }

    /// Asks for more time: the time that workers have for an event begins anew.
    ///
    /// # Errors
    ///
    /// Fails if the connection is closed.
    pub async fn extend(&self) -> Result<(), NatsError> {
        self.answer(AckKind::Progress).await
    }

    async fn answer(&self, kind: AckKind) -> Result<(), NatsError> {
        let unreachable = || self.api.error(Cause::Unreachable);
        let answered = self.message.ack_with(kind).await;
        answered.map_err(|error| unreachable().with_source(error))
    }
}

//! The events and messages of one shard.

use crate::{Message, ReceiveMessageError, Shard};
use futures_core::Stream;
use gloaming_protocol::{Event, EventTypeFlags};
use std::{
    pin::Pin,
    task::{Context, Poll},
};

/// Methods that receive the next typed event or raw message of a shard.
///
/// Import it as `StreamExt as _` next to a `StreamExt` of `futures` or `tokio-stream`.
pub trait StreamExt: Stream<Item = Result<Message, ReceiveMessageError>> + private::Sealed {
    /// Returns the next event among `wanted`, or `None` once the shard has stopped.
    ///
    /// Other events are skipped before they are parsed, without an allocation. The end of a connection is
    /// always returned, as [`Event::GatewayClose`]; the shard then reconnects by itself.
    ///
    /// The signature is that of twilight-gateway, for compatibility. New code may prefer
    /// [`Shard::next_item`], which returns events without a type as values and not as errors.
    ///
    /// # Errors
    ///
    /// The shard continues after an error unless the error [is fatal](ReceiveMessageError::is_fatal). In
    /// that case the stream ends.
    ///
    /// - [`UnknownEvent`](crate::error::ReceiveMessageErrorKind::UnknownEvent): an event without a type in
    ///   twilight-model, with its name, sequence and JSON, and [a type](crate::supplement) if it is
    ///   documented. To skip such events, remove [`EventTypeFlags::UNKNOWN`] from `wanted`.
    /// - [`Deserializing`](crate::error::ReceiveMessageErrorKind::Deserializing): an event that does not
    ///   match its type.
    /// - All others: failures of the connection.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, no event is lost.
    fn next_event(&mut self, wanted: EventTypeFlags) -> NextEvent<'_, Self>
    where
        Self: Unpin,
    {
        NextEvent {
            shard: self,
            wanted,
        }
    }

    /// Returns the next raw message, or `None` once the shard has stopped. Allocates the text.
    ///
    /// # Errors
    ///
    /// Returns failures of the connection, like [`next_event`](Self::next_event).
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, no message is lost.
    fn next_message(&mut self) -> NextMessage<'_, Self>
    where
        Self: Unpin,
    {
        NextMessage { shard: self }
    }
}

impl StreamExt for Shard {}

/// The future of [`StreamExt::next_event`].
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct NextEvent<'a, S: ?Sized> {
    shard: &'a mut S,
    wanted: EventTypeFlags,
}

impl<S: private::Sealed + ?Sized> Future for NextEvent<'_, S> {
    type Output = Option<Result<Event, ReceiveMessageError>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        this.shard.poll_event(cx, this.wanted)
    }
}

/// The future of [`StreamExt::next_message`].
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct NextMessage<'a, S: ?Sized> {
    shard: &'a mut S,
}

impl<S: private::Sealed + ?Sized> Future for NextMessage<'_, S> {
    type Output = Option<Result<Message, ReceiveMessageError>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.get_mut().shard.poll_message(cx)
    }
}

mod private {
    use crate::{Message, ReceiveMessageError, Shard};
    use gloaming_protocol::{Event, EventTypeFlags};
    use std::task::{Context, Poll};

    /// Receives events without an intermediate copy. Implemented for `Shard` only.
    #[expect(unnameable_types, reason = "an unnameable supertrait seals the trait")]
    pub trait Sealed {
        fn poll_event(
            &mut self,
            cx: &mut Context<'_>,
            wanted: EventTypeFlags,
        ) -> Poll<Option<Result<Event, ReceiveMessageError>>>;

        fn poll_message(
            &mut self,
            cx: &mut Context<'_>,
        ) -> Poll<Option<Result<Message, ReceiveMessageError>>>;
    }

    impl Sealed for Shard {
        fn poll_event(
            &mut self,
            cx: &mut Context<'_>,
            wanted: EventTypeFlags,
        ) -> Poll<Option<Result<Event, ReceiveMessageError>>> {
            Self::poll_event(self, cx, wanted)
        }

        fn poll_message(
            &mut self,
            cx: &mut Context<'_>,
        ) -> Poll<Option<Result<Message, ReceiveMessageError>>> {
            Self::poll_message(self, cx)
        }
    }
}

//! One shard's events and messages, one at a time.

use crate::{Message, ReceiveMessageError, Shard};
use futures_core::Stream;
use gloaming_protocol::{Event, EventTypeFlags};
use std::{
    pin::Pin,
    task::{Context, Poll},
};

/// Typed events and raw messages of a shard, one at a time.
///
/// Import it as `StreamExt as _` next to a `StreamExt` of `futures` or `tokio-stream`.
pub trait StreamExt: Stream<Item = Result<Message, ReceiveMessageError>> + private::Sealed {
    /// The next event among `wanted`, or `None` once the shard has stopped.
    ///
    /// Unwanted events are skipped before they are parsed: they cost no allocation. The end of a
    /// connection always comes, as [`Event::GatewayClose`]; the shard then reconnects by itself.
    ///
    /// # Errors
    ///
    /// None of them needs to be handled for the shard to carry on, except those that
    /// [are fatal](ReceiveMessageError::is_fatal), after which the stream ends:
    ///
    /// - an event that twilight-model has no type for comes as
    ///   [`UnknownEvent`](crate::error::ReceiveMessageErrorKind::UnknownEvent), with its name,
    ///   sequence and raw JSON, and [a type](crate::supplement) if it is documented. Leave
    ///   [`EventTypeFlags::UNKNOWN`] out of `wanted` if you do not care, or take
    ///   [`Shard::next_item`], where it is no error;
    /// - an event that does not fit its type comes as
    ///   [`Deserializing`](crate::error::ReceiveMessageErrorKind::Deserializing);
    /// - connections that fail are told, too.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing.
    fn next_event(&mut self, wanted: EventTypeFlags) -> NextEvent<'_, Self>
    where
        Self: Unpin,
    {
        NextEvent {
            shard: self,
            wanted,
        }
    }

    /// The next raw message, or `None` once the shard has stopped. Allocates its text.
    ///
    /// # Errors
    ///
    /// As [`next_event`](Self::next_event), decoding apart.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing.
    fn next_message(&mut self) -> NextMessage<'_, Self>
    where
        Self: Unpin,
    {
        NextMessage { shard: self }
    }
}

impl StreamExt for Shard {}

/// Future of [`StreamExt::next_event`].
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

/// Future of [`StreamExt::next_message`].
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

    /// What yields events without a copy in between; implemented here alone.
    #[expect(unnameable_types, reason = "that is what seals the trait")]
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

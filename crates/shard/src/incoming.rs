//! What a shard hands to its consumer.

use crate::{Crash, ReceiveMessageError, machine::Lifecycle};
use gloaming_protocol::{
    Decoded, DispatchKind, Event, EventError, EventTypeFlags, JsonParser, OpCode, Payload,
    UnknownEvent, decode_event,
};

/// Something that arrived, borrowed from the shard's buffers.
///
/// For proxies and whoever else wants no copies: see [`Shard::next_with`](crate::Shard::next_with).
#[derive(Debug)]
#[non_exhaustive]
pub enum Incoming<'a> {
    /// A payload, as the gateway sent it.
    Payload(&'a Payload<'a>),
    /// Something that happened to the connection.
    Lifecycle(Lifecycle),
    /// Something that went wrong. The shard carries on unless the error
    /// [is fatal](ReceiveMessageError::is_fatal).
    Failure(ReceiveMessageError),
}

/// Something that arrived, owned: everything that a shard can tell.
#[derive(Debug)]
#[non_exhaustive]
#[allow(
    clippy::large_enum_variant,
    reason = "it is passed on at once; a box would cost each event an allocation"
)]
pub enum Item {
    /// An event of twilight-model's.
    Event(Event),
    /// An event that twilight-model has no type for: its name, its sequence and its raw JSON (P34).
    /// If it is documented, [`UnknownEvent::supplement`] decodes it.
    Unknown(UnknownEvent),
    /// An event that does not fit its type: its name, its sequence, its raw JSON and the cause.
    Undecodable(EventError),
    /// Something that happened to the connection.
    Lifecycle(Lifecycle),
    /// Something that went wrong. The shard carries on unless the error
    /// [is fatal](ReceiveMessageError::is_fatal).
    Failure(ReceiveMessageError),
    /// The shard's task panicked; told by whoever supervises it.
    Crash(Crash),
}

impl Item {
    /// The event, if [`next_event`](crate::StreamExt::next_event) would give one for it: the end of an
    /// open connection is [`Event::GatewayClose`].
    ///
    /// # Errors
    ///
    /// The item, if it is no event.
    #[allow(
        clippy::result_large_err,
        reason = "it is the value itself, given back"
    )]
    pub fn into_event(self) -> Result<Event, Self> {
        match self {
            Self::Event(event) => Ok(event),
            Self::Lifecycle(event) => match event.close_frame() {
                Some(frame) => Ok(Event::GatewayClose(frame)),
                None => Err(Self::Lifecycle(event)),
            },
            other => Err(other),
        }
    }

    /// Whether the gateway sent it within a session.
    pub(crate) const fn is_from_the_session(&self) -> bool {
        matches!(
            self,
            Self::Event(_) | Self::Unknown(_) | Self::Undecodable(_)
        )
    }

    /// Turns what arrived into an item, unless it is an event that nobody wants.
    pub(crate) fn wanted(
        incoming: Incoming<'_>,
        events: EventTypeFlags,
        parser: JsonParser,
    ) -> Option<Self> {
        Some(match incoming {
            Incoming::Lifecycle(event) => Self::Lifecycle(event),
            Incoming::Failure(error) => Self::Failure(error),
            Incoming::Payload(payload) => {
                if !events.intersects(EventTypeFlags::of(payload)) {
                    return None;
                }
                match decode_event(payload, parser) {
                    Ok(Decoded::Event(event)) => Self::Event(event),
                    Ok(Decoded::Unknown(event)) => Self::Unknown(event),
                    Err(error) => Self::Undecodable(error),
                }
            }
        })
    }
}

/// An event that its consumer gets without a value of its type.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(
    not(feature = "metrics"),
    expect(dead_code, reason = "only metrics ask")
)]
pub(crate) struct UntypedEvent {
    pub(crate) reason: UntypedReason,
    pub(crate) op: OpCode,
    pub(crate) kind: Option<DispatchKind>,
}

/// Why there is none.
#[derive(Clone, Copy, Debug)]
pub(crate) enum UntypedReason {
    /// Nobody has a type for it.
    Unknown,
    /// It does not fit its type.
    Undecodable,
}

impl UntypedEvent {
    pub(crate) fn unknown(event: &UnknownEvent) -> Self {
        Self {
            reason: UntypedReason::Unknown,
            op: event.op(),
            kind: event.kind(),
        }
    }

    pub(crate) fn undecodable(error: &EventError) -> Self {
        Self {
            reason: UntypedReason::Undecodable,
            op: error.payload().op(),
            kind: error.event_kind(),
        }
    }
}

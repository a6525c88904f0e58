//! The values that a shard delivers to its consumer.

use crate::{Crash, ReceiveMessageError, machine::Lifecycle};
use gloaming_protocol::{
    Decoded, DispatchKind, Event, EventError, EventTypeFlags, JsonParser, OpCode, Payload,
    RepairReport, UnknownEvent, decode_event,
};

/// A payload or an event of the connection, borrowed from the shard's buffers.
///
/// For proxies and other programs that avoid copies; see [`Shard::next_with`](crate::Shard::next_with).
#[derive(Debug)]
#[non_exhaustive]
pub enum Incoming<'a> {
    /// A payload, as the gateway sent it.
    Payload(&'a Payload<'a>),
    /// The previous payload did not match its type and was repaired. Only after an [`Item::Event`], never after a
    /// payload that the consumer takes as it is.
    Repaired(Box<RepairReport>),
    /// A change of the connection or session.
    Lifecycle(Lifecycle),
    /// A failure. The shard recovers from it unless the error [is fatal](ReceiveMessageError::is_fatal).
    Failure(ReceiveMessageError),
}

/// A typed event, or a change or failure of the connection: everything that a shard reports.
#[derive(Debug)]
#[non_exhaustive]
#[allow(
    clippy::large_enum_variant,
    reason = "items are moved once; a box would cost an allocation per event"
)]
pub enum Item {
    /// An event with a type in twilight-model.
    Event(Event),
    /// The previous [`Event`](Self::Event) did not match its type and was repaired: what was changed, and the payload as
    /// it arrived.
    Repaired(Box<RepairReport>),
    /// An event without a type in twilight-model ([P34](gloaming_protocol::rules#p34)): its name, sequence
    /// and JSON. If the event is documented, [`UnknownEvent::supplement`] decodes it.
    Unknown(UnknownEvent),
    /// An event that does not match its type: its name, sequence, JSON and the cause.
    Undecodable(EventError),
    /// A change of the connection or session.
    Lifecycle(Lifecycle),
    /// A failure. The shard recovers from it unless the error [is fatal](ReceiveMessageError::is_fatal).
    Failure(ReceiveMessageError),
    /// The shard's task panicked. Reported by supervisors of shards, such as a cluster.
    Crash(Crash),
}

impl Item {
    /// Returns the event that [`next_event`](crate::StreamExt::next_event) would return for this item. The end
    /// of an open connection is [`Event::GatewayClose`].
    ///
    /// # Errors
    ///
    /// Returns the item if it is not an event.
    #[allow(clippy::result_large_err, reason = "the error is the value itself")]
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

    /// Returns whether the gateway sent the item within a session.
    pub(crate) const fn is_from_the_session(&self) -> bool {
        matches!(
            self,
            Self::Event(_) | Self::Unknown(_) | Self::Undecodable(_)
        )
    }

    /// Creates an item, or returns `None` for an event that is not among `events`. Sets `repaired` if the event was
    /// repaired. It is not returned beside the item, which is large and would be moved once more.
    pub(crate) fn wanted(
        incoming: Incoming<'_>,
        events: EventTypeFlags,
        parser: JsonParser,
        repaired: &mut Option<Box<RepairReport>>,
    ) -> Option<Self> {
        Some(match incoming {
            Incoming::Repaired(report) => Self::Repaired(report),
            Incoming::Lifecycle(event) => Self::Lifecycle(event),
            Incoming::Failure(error) => Self::Failure(error),
            Incoming::Payload(payload) => {
                if !events.intersects(EventTypeFlags::of(payload)) {
                    return None;
                }
                match decode_event(payload, parser) {
                    Ok(Decoded::Event(event)) => Self::Event(event),
                    Ok(Decoded::Repaired(event)) => {
                        let (event, report) = event.into_parts();
                        *repaired = Some(Box::new(report));
                        Self::Event(event)
                    }
                    Ok(Decoded::Unknown(event)) => Self::Unknown(event),
                    Err(error) => Self::Undecodable(error),
                }
            }
        })
    }
}

/// An event that the consumer receives without a value of its type.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(
    not(feature = "metrics"),
    expect(dead_code, reason = "only metrics use the fields")
)]
pub(crate) struct UntypedEvent {
    pub(crate) reason: UntypedReason,
    pub(crate) op: OpCode,
    pub(crate) kind: Option<DispatchKind>,
}

/// The reason why an event has no value of its type.
#[derive(Clone, Copy, Debug)]
pub(crate) enum UntypedReason {
    /// There is no type for it.
    Unknown,
    /// It does not match its type.
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

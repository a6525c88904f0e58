//! The values that a shard delivers to its consumer.

use crate::{
    ClusterEvent, Crash, EventWithPayload, ReceiveMessageError, ShedReport, machine::Lifecycle,
    selection::Selection,
};
use gloaming_protocol::{
    Decoded, DispatchKind, Event, EventError, EventTypeFlags, OpCode, OwnedPayload, Payload,
    RepairReport, UnknownEvent, decode_event,
    view::{EventView, ViewError},
};

/// A payload or an event of the connection, borrowed from the shard's buffers.
///
/// For proxies and other programs that avoid copies; see [`Shard::next_with`](crate::Shard::next_with).
#[derive(Debug)]
#[non_exhaustive]
pub enum Incoming<'a> {
    /// A payload, as the gateway sent it.
    Payload(&'a Payload<'a>),
    /// The previous payload did not match its type and was repaired. Only after an [`Item::Event`] or
    /// [`Item::EventWithPayload`], never after a payload that the consumer takes as it is.
    Repaired(Box<RepairReport>),
    /// A change of the connection or session.
    Lifecycle(Lifecycle),
    /// A failure. The shard recovers from it unless the error [is fatal](ReceiveMessageError::is_fatal).
    Failure(ReceiveMessageError),
}

impl<'a> Incoming<'a> {
    /// Returns a view of the event, whose values are read on demand, if this is an event among `events`.
    ///
    /// No memory is allocated for it, except for large guilds.
    ///
    /// ```no_run
    /// use gloaming_shard::{EventTypeFlags, EventView, Incoming, Shard};
    ///
    /// # async fn example(shard: &mut Shard) {
    /// let wanted = EventTypeFlags::MESSAGE_CREATE | EventTypeFlags::MESSAGE_DELETE;
    /// // The closure is called for everything that arrives, until it returns a value.
    /// let ping = shard
    ///     .next_with(|incoming| {
    ///         if let Incoming::Failure(error) = &incoming {
    ///             eprintln!("{error}");
    ///         }
    ///         match incoming.view(wanted)? {
    ///             Ok(EventView::MessageCreate(message)) => match message.content() {
    ///                 Ok(content) => content.starts_with("!ping").then(|| message.channel_id()),
    ///                 Err(error) => Some(Err(error)),
    ///             },
    ///             Ok(event) => {
    ///                 println!("{:?} in {:?}", event.kind(), event.guild_id());
    ///                 None
    ///             }
    ///             Err(error) => Some(Err(error)),
    ///         }
    ///     })
    ///     .await;
    /// println!("{ping:?}");
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error in the same cases as [`Payload::view`].
    #[must_use]
    pub fn view(&self, events: EventTypeFlags) -> Option<Result<EventView<'a>, ViewError>> {
        match self {
            Self::Payload(payload) if events.intersects(EventTypeFlags::of(payload)) => {
                Some(payload.view())
            }
            _ => None,
        }
    }
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
    /// The same, with the payload as it arrived, in place of [`Event`](Self::Event). Only for the kinds of events whose
    /// [payloads are kept](crate::ConfigBuilder::keep_payloads).
    EventWithPayload(Box<EventWithPayload>),
    /// The previous event did not match its type and was repaired: what was changed, and the payload as it arrived.
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
    /// Events were [shed](crate::OverflowPolicy::shed), as the consumer is slower than the gateway.
    Shed(Box<ShedReport>),
    /// The shard's task panicked. Reported by supervisors of shards, such as a cluster.
    Crash(Crash),
    /// An event of all shards together. Reported by supervisors of shards, such as a cluster.
    Cluster(ClusterEvent),
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
            Self::EventWithPayload(event) => Ok(event.into_parts().0),
            Self::Lifecycle(event) => match event.close_frame() {
                Some(frame) => Ok(Event::GatewayClose(frame)),
                None => Err(Self::Lifecycle(event)),
            },
            other => Err(other),
        }
    }

    /// Returns the typed event, whether or not its payload is kept.
    #[must_use]
    pub fn event(&self) -> Option<&Event> {
        match self {
            Self::Event(event) => Some(event),
            Self::EventWithPayload(event) => Some(event.event()),
            _ => None,
        }
    }

    /// Returns the payload of the event as it arrived, if the item has it.
    ///
    /// [`Event`](Self::Event) does not: the kinds of events whose payloads are needed are [a
    /// setting](crate::ConfigBuilder::keep_payloads). That of [`Repaired`](Self::Repaired) is the payload of the
    /// event before.
    #[must_use]
    pub fn payload(&self) -> Option<&OwnedPayload> {
        match self {
            Self::EventWithPayload(event) => Some(event.payload()),
            Self::Repaired(report) => Some(report.payload()),
            Self::Unknown(event) => Some(event.payload()),
            Self::Undecodable(error) => Some(error.payload()),
            Self::Event(_)
            | Self::Lifecycle(_)
            | Self::Failure(_)
            | Self::Shed(_)
            | Self::Crash(_)
            | Self::Cluster(_) => None,
        }
    }

    /// Returns whether the gateway sent the item within a session.
    pub(crate) const fn is_from_the_session(&self) -> bool {
        matches!(
            self,
            Self::Event(_) | Self::EventWithPayload(_) | Self::Unknown(_) | Self::Undecodable(_)
        )
    }

    /// Creates an item, or returns `None` for an event that is not selected. Sets `repaired` if the event was
    /// repaired. It is not returned beside the item, which is large and would be moved once more.
    pub(crate) fn selected(
        incoming: Incoming<'_>,
        selection: Selection,
        repaired: &mut Option<Box<RepairReport>>,
    ) -> Option<Self> {
        Some(match incoming {
            Incoming::Repaired(report) => Self::Repaired(report),
            Incoming::Lifecycle(event) => Self::Lifecycle(event),
            Incoming::Failure(error) => Self::Failure(error),
            Incoming::Payload(payload) => {
                let kind = EventTypeFlags::of(payload);
                if !selection.events.intersects(kind) {
                    return None;
                }
                Self::decoded(payload, kind, selection, repaired)
            }
        })
    }

    /// Creates an item of a payload of this kind where it is to be. Sets `repaired` if the event was repaired.
    #[inline]
    pub(crate) fn decoded_into<'a>(
        into: &'a mut Option<Self>,
        payload: &Payload<'_>,
        kind: EventTypeFlags,
        selection: Selection,
        repaired: &mut Option<Box<RepairReport>>,
    ) -> &'a Self {
        match decode_event(payload, selection.parser) {
            Ok(Decoded::Event(event)) if !selection.keep_payloads.intersects(kind) => {
                into.insert(Self::Event(event))
            }
            decoded => into.insert(Self::of(decoded, payload, kind, selection, repaired)),
        }
    }

    /// Creates an item of a payload of this kind, whether or not it is selected. Sets `repaired` if the event was repaired.
    #[inline]
    pub(crate) fn decoded(
        payload: &Payload<'_>,
        kind: EventTypeFlags,
        selection: Selection,
        repaired: &mut Option<Box<RepairReport>>,
    ) -> Self {
        let decoded = decode_event(payload, selection.parser);
        Self::of(decoded, payload, kind, selection, repaired)
    }

    #[inline]
    fn of(
        decoded: Result<Decoded, EventError>,
        payload: &Payload<'_>,
        kind: EventTypeFlags,
        selection: Selection,
        repaired: &mut Option<Box<RepairReport>>,
    ) -> Self {
        let is_kept = selection.keep_payloads.intersects(kind);
        match decoded {
            Ok(Decoded::Event(event)) if !is_kept => Self::Event(event),
            Ok(Decoded::Event(event)) => Self::with_payload(event, payload.to_owned_payload()),
            Ok(Decoded::Repaired(event)) => {
                let (event, report) = event.into_parts();
                let report = &*repaired.insert(Box::new(report));
                if is_kept {
                    Self::with_payload(event, report.payload().clone())
                } else {
                    Self::Event(event)
                }
            }
            Ok(Decoded::Unknown(event)) => Self::Unknown(event),
            Err(error) => Self::Undecodable(error),
        }
    }

    fn with_payload(event: Event, payload: OwnedPayload) -> Self {
        Self::EventWithPayload(Box::new(EventWithPayload::new(event, payload)))
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
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
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

#[cfg(test)]
mod tests {
    use super::{Incoming, Item};
    use crate::selection::Selection;
    use gloaming_protocol::{Event, EventTypeFlags, JsonParser, Payload};

    const TYPING: &str = r#"{"t":"TYPING_START","s":7,"op":0,"d":{"channel_id":"1","user_id":"2","timestamp":3,"new":4}}"#;

    fn selected(text: &str, events: EventTypeFlags, keep_payloads: EventTypeFlags) -> Option<Item> {
        let selection = Selection {
            events,
            keep_payloads,
            parser: JsonParser::Serde,
        };
        let payload = Payload::parse(text).unwrap();
        let mut repaired = None;
        let item = Item::selected(Incoming::Payload(&payload), selection, &mut repaired);
        assert_eq!(repaired.is_some(), text.contains(r#""timestamp":"3""#));
        item
    }

    fn allocations(events: EventTypeFlags, keep_payloads: EventTypeFlags) -> u64 {
        let take = || drop(selected(TYPING, events, keep_payloads));
        allocation_counter::measure(take).count_total
    }

    #[test]
    fn payloads_are_kept_beside_the_events_of_these_kinds() {
        let all = EventTypeFlags::all();
        let repaired = TYPING.replace(":3,", r#":"3","#);
        for text in [TYPING, &repaired] {
            let item = selected(text, all, EventTypeFlags::TYPING_START).unwrap();
            assert!(item.is_from_the_session());
            assert_eq!(item.payload().unwrap().text(), text);
            assert!(
                matches!(item.event(), Some(Event::TypingStart(typing)) if typing.timestamp == 3)
            );
            assert!(matches!(item.into_event(), Ok(Event::TypingStart(_))));

            let item = selected(text, all, all - EventTypeFlags::TYPING_START).unwrap();
            assert!(matches!(&item, Item::Event(Event::TypingStart(_))));
            assert!(item.payload().is_none() && item.event().is_some());
        }
    }

    #[test]
    fn events_without_a_type_always_have_their_payload() {
        for text in [
            r#"{"t":"BRAND_NEW","s":7,"op":0,"d":{}}"#,
            r#"{"t":"TYPING_START","s":7,"op":0,"d":{}}"#,
        ] {
            for keep in [EventTypeFlags::empty(), EventTypeFlags::all()] {
                let item = selected(text, EventTypeFlags::all(), keep).unwrap();
                assert!(item.event().is_none());
                assert_eq!(item.payload().unwrap().text(), text);
            }
        }
    }

    #[test]
    fn only_kept_payloads_cost_allocations() {
        let (all, none) = (EventTypeFlags::all(), EventTypeFlags::empty());
        let typed = allocations(all, none);
        assert_eq!(allocations(all, all - EventTypeFlags::TYPING_START), typed);
        // The text, and a box for both.
        assert_eq!(allocations(all, EventTypeFlags::TYPING_START), typed + 2);
        assert_eq!(allocations(all - EventTypeFlags::TYPING_START, all), 0);
    }
}

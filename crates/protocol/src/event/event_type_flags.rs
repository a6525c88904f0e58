use crate::dispatch::{DispatchKind, with_dispatch_table};
use crate::envelope::Payload;
use crate::opcode::OpCode;
use bitflags::bitflags;
use twilight_model::gateway::event::EventType;
use twilight_model::gateway::{Intents, OpCode as ModelOpCode};

macro_rules! define_flags {
    ($($(#[doc = $doc:literal])* $variant:ident, $name:literal, $flag:ident, $source:ident;)*) => {
        bitflags! {
            /// A set of event types, which selects events.
            ///
            /// Events that are not selected are skipped before any memory is allocated for them. Each
            /// documented or announced event has a flag with a bit of its own. The flags are named as in
            /// twilight-gateway, and the groups at the end are named after intents.
            ///
            /// ```
            /// use gloaming_protocol::{EventTypeFlags, Payload};
            ///
            /// let wanted = EventTypeFlags::MESSAGE_CREATE | EventTypeFlags::GUILD_INVITES;
            /// let payload = Payload::parse(r#"{"t":"INVITE_DELETE","s":7,"op":0,"d":{}}"#)?;
            /// assert!(wanted.contains(EventTypeFlags::of(&payload)));
            /// # Ok::<_, gloaming_protocol::EnvelopeError>(())
            /// ```
            #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
            pub struct EventTypeFlags: u128 {
                $($(#[doc = $doc])* const $flag = 1 << DispatchKind::$variant as u8;)*

                /// The gateway requests a heartbeat (op 1).
                const GATEWAY_HEARTBEAT = 1 << 112;
                /// The gateway acknowledges a heartbeat (op 11).
                const GATEWAY_HEARTBEAT_ACK = 1 << 113;
                /// The first payload of a connection (op 10).
                const GATEWAY_HELLO = 1 << 114;
                /// The session is invalid (op 9).
                const GATEWAY_INVALIDATE_SESSION = 1 << 115;
                /// The gateway requests that the client reconnect (op 7).
                const GATEWAY_RECONNECT = 1 << 116;
                /// A guild is unavailable. No payload has this flag: an unavailable guild arrives as a [`GUILD_CREATE`](Self::GUILD_CREATE) or a
                /// [`GUILD_DELETE`](Self::GUILD_DELETE).
                const UNAVAILABLE_GUILD = 1 << 117;
                /// Every payload whose name or opcode is neither documented nor announced ([P34](crate::rules#p34)).
                const UNKNOWN = 1 << 127;

                /// All events of the intent `AUTO_MODERATION_CONFIGURATION`.
                const AUTO_MODERATION_CONFIGURATION = Self::AUTO_MODERATION_RULE_CREATE.bits()
                    | Self::AUTO_MODERATION_RULE_DELETE.bits()
                    | Self::AUTO_MODERATION_RULE_UPDATE.bits();
                /// All events of the intent `AUTO_MODERATION_EXECUTION`.
                const AUTO_MODERATION_EXECUTION = Self::AUTO_MODERATION_ACTION_EXECUTION.bits();
                /// All events of the intent `DIRECT_MESSAGES`.
                const DIRECT_MESSAGES = Self::CHANNEL_PINS_UPDATE.bits()
                    | Self::GUILD_MESSAGES.bits();
                /// All events of the intent `DIRECT_MESSAGE_REACTIONS`.
                const DIRECT_MESSAGE_REACTIONS = Self::GUILD_MESSAGE_REACTIONS.bits();
                /// All events of the intent `DIRECT_MESSAGE_TYPING`.
                const DIRECT_MESSAGE_TYPING = Self::TYPING_START.bits();
                /// All events of the intent `GUILDS`.
                const GUILDS = Self::CHANNEL_CREATE.bits()
                    | Self::CHANNEL_DELETE.bits()
                    | Self::CHANNEL_PINS_UPDATE.bits()
                    | Self::CHANNEL_UPDATE.bits()
                    | Self::GUILD_CREATE.bits()
                    | Self::GUILD_DELETE.bits()
                    | Self::GUILD_UPDATE.bits()
                    | Self::ROLE_CREATE.bits()
                    | Self::ROLE_DELETE.bits()
                    | Self::ROLE_UPDATE.bits()
                    | Self::STAGE_INSTANCE_CREATE.bits()
                    | Self::STAGE_INSTANCE_DELETE.bits()
                    | Self::STAGE_INSTANCE_UPDATE.bits()
                    | Self::THREAD_CREATE.bits()
                    | Self::THREAD_DELETE.bits()
                    | Self::THREAD_LIST_SYNC.bits()
                    | Self::THREAD_MEMBERS_UPDATE.bits()
                    | Self::THREAD_MEMBER_UPDATE.bits()
                    | Self::THREAD_UPDATE.bits()
                    | Self::VOICE_CHANNEL_START_TIME_UPDATE.bits()
                    | Self::VOICE_CHANNEL_STATUS_UPDATE.bits();
                /// All events of the intent `GUILD_EXPRESSIONS`.
                const GUILD_EXPRESSIONS = Self::GUILD_EMOJIS_UPDATE.bits()
                    | Self::GUILD_SOUNDBOARD_SOUNDS_UPDATE.bits()
                    | Self::GUILD_SOUNDBOARD_SOUND_CREATE.bits()
                    | Self::GUILD_SOUNDBOARD_SOUND_DELETE.bits()
                    | Self::GUILD_SOUNDBOARD_SOUND_UPDATE.bits()
                    | Self::GUILD_STICKERS_UPDATE.bits();
                /// The emoji and sticker events of the intent `GUILD_EXPRESSIONS`.
                const GUILD_EMOJIS_AND_STICKERS = Self::GUILD_EMOJIS_UPDATE.bits()
                    | Self::GUILD_STICKERS_UPDATE.bits();
                /// All events of the intent `GUILD_INTEGRATIONS`.
                const GUILD_INTEGRATIONS = Self::GUILD_INTEGRATIONS_UPDATE.bits()
                    | Self::INTEGRATION_CREATE.bits()
                    | Self::INTEGRATION_DELETE.bits()
                    | Self::INTEGRATION_UPDATE.bits();
                /// All events of the intent `GUILD_INVITES`.
                const GUILD_INVITES = Self::INVITE_CREATE.bits() | Self::INVITE_DELETE.bits();
                /// All events of the intent `GUILD_MEMBERS`.
                const GUILD_MEMBERS = Self::MEMBER_ADD.bits()
                    | Self::MEMBER_REMOVE.bits()
                    | Self::MEMBER_UPDATE.bits()
                    | Self::THREAD_MEMBERS_UPDATE.bits();
                /// All events of the intent `GUILD_MESSAGES`.
                const GUILD_MESSAGES = Self::MESSAGE_CREATE.bits()
                    | Self::MESSAGE_DELETE.bits()
                    | Self::MESSAGE_DELETE_BULK.bits()
                    | Self::MESSAGE_UPDATE.bits();
                /// All events of the intent `GUILD_MESSAGE_REACTIONS`.
                const GUILD_MESSAGE_REACTIONS = Self::REACTION_ADD.bits()
                    | Self::REACTION_REMOVE.bits()
                    | Self::REACTION_REMOVE_ALL.bits()
                    | Self::REACTION_REMOVE_EMOJI.bits();
                /// All events of the intent `GUILD_MESSAGE_TYPING`.
                const GUILD_MESSAGE_TYPING = Self::TYPING_START.bits();
                /// All events of the intent `GUILD_MODERATION`.
                const GUILD_MODERATION = Self::BAN_ADD.bits()
                    | Self::BAN_REMOVE.bits()
                    | Self::GUILD_AUDIT_LOG_ENTRY_CREATE.bits()
                    | Self::GUILD_JOIN_REQUEST_CREATE.bits()
                    | Self::GUILD_JOIN_REQUEST_DELETE.bits()
                    | Self::GUILD_JOIN_REQUEST_UPDATE.bits();
                /// All events of the intent `GUILD_PRESENCES`.
                const GUILD_PRESENCES = Self::PRESENCE_UPDATE.bits();
                /// All events of the intent `GUILD_SCHEDULED_EVENTS`.
                const GUILD_SCHEDULED_EVENTS = Self::GUILD_SCHEDULED_EVENT_CREATE.bits()
                    | Self::GUILD_SCHEDULED_EVENT_DELETE.bits()
                    | Self::GUILD_SCHEDULED_EVENT_EXCEPTION_CREATE.bits()
                    | Self::GUILD_SCHEDULED_EVENT_EXCEPTION_DELETE.bits()
                    | Self::GUILD_SCHEDULED_EVENT_EXCEPTION_UPDATE.bits()
                    | Self::GUILD_SCHEDULED_EVENT_UPDATE.bits()
                    | Self::GUILD_SCHEDULED_EVENT_USER_ADD.bits()
                    | Self::GUILD_SCHEDULED_EVENT_USER_REMOVE.bits();
                /// All events of the intent `GUILD_VOICE_STATES`.
                const GUILD_VOICE_STATES = Self::VOICE_CHANNEL_EFFECT_SEND.bits()
                    | Self::VOICE_STATE_UPDATE.bits();
                /// All events of the intent `GUILD_WEBHOOKS`.
                const GUILD_WEBHOOKS = Self::WEBHOOKS_UPDATE.bits();
                /// All events of the intents `DIRECT_MESSAGE_POLLS` and `GUILD_MESSAGE_POLLS`.
                const MESSAGE_POLLS = Self::MESSAGE_POLL_VOTE_ADD.bits()
                    | Self::MESSAGE_POLL_VOTE_REMOVE.bits();
            }
        }
    };
}

with_dispatch_table!(define_flags);

impl EventTypeFlags {
    /// Returns the flag of a payload, or [`UNKNOWN`](Self::UNKNOWN) if its name or opcode is neither
    /// documented nor announced.
    #[must_use]
    pub fn of(payload: &Payload<'_>) -> Self {
        match payload.op() {
            OpCode::Dispatch => payload.kind().map_or(Self::UNKNOWN, DispatchKind::flag),
            OpCode::Heartbeat => Self::GATEWAY_HEARTBEAT,
            OpCode::HeartbeatAck => Self::GATEWAY_HEARTBEAT_ACK,
            OpCode::Hello => Self::GATEWAY_HELLO,
            OpCode::InvalidSession => Self::GATEWAY_INVALIDATE_SESSION,
            OpCode::Reconnect => Self::GATEWAY_RECONNECT,
            _ => Self::UNKNOWN,
        }
    }

    /// Returns the events that these intents enable, and all events that need no intent.
    ///
    /// ```
    /// use gloaming_protocol::{EventTypeFlags, Intents};
    ///
    /// let flags = EventTypeFlags::from_intents(Intents::GUILD_MESSAGES);
    /// assert!(flags.contains(EventTypeFlags::MESSAGE_CREATE | EventTypeFlags::INTERACTION_CREATE));
    /// assert!(!flags.intersects(EventTypeFlags::GUILDS));
    /// ```
    #[must_use]
    pub fn from_intents(intents: Intents) -> Self {
        // An update of the bot's own member arrives without the intent of its group.
        let mut flags = Self::MEMBER_UPDATE;
        let mut bound_to_intents = Self::empty();
        for (intent, events) in EVENTS_OF_INTENTS {
            bound_to_intents |= events;
            if intents.contains(intent) {
                flags |= events;
            }
        }
        flags.union(Self::all().difference(bound_to_intents))
    }
}

/// The events that each intent enables. `MESSAGE_CONTENT` enables none: it adds fields to other events.
const EVENTS_OF_INTENTS: [(Intents, EventTypeFlags); 20] = {
    use EventTypeFlags as Flags;
    [
        (Intents::GUILDS, Flags::GUILDS),
        (Intents::GUILD_MEMBERS, Flags::GUILD_MEMBERS),
        (Intents::GUILD_MODERATION, Flags::GUILD_MODERATION),
        (Intents::GUILD_EMOJIS_AND_STICKERS, Flags::GUILD_EXPRESSIONS),
        (Intents::GUILD_INTEGRATIONS, Flags::GUILD_INTEGRATIONS),
        (Intents::GUILD_WEBHOOKS, Flags::GUILD_WEBHOOKS),
        (Intents::GUILD_INVITES, Flags::GUILD_INVITES),
        (Intents::GUILD_VOICE_STATES, Flags::GUILD_VOICE_STATES),
        (Intents::GUILD_PRESENCES, Flags::GUILD_PRESENCES),
        (Intents::GUILD_MESSAGES, Flags::GUILD_MESSAGES),
        (
            Intents::GUILD_MESSAGE_REACTIONS,
            Flags::GUILD_MESSAGE_REACTIONS,
        ),
        (Intents::GUILD_MESSAGE_TYPING, Flags::GUILD_MESSAGE_TYPING),
        (Intents::DIRECT_MESSAGES, Flags::DIRECT_MESSAGES),
        (
            Intents::DIRECT_MESSAGE_REACTIONS,
            Flags::DIRECT_MESSAGE_REACTIONS,
        ),
        (Intents::DIRECT_MESSAGE_TYPING, Flags::DIRECT_MESSAGE_TYPING),
        (
            Intents::GUILD_SCHEDULED_EVENTS,
            Flags::GUILD_SCHEDULED_EVENTS,
        ),
        (
            Intents::AUTO_MODERATION_CONFIGURATION,
            Flags::AUTO_MODERATION_CONFIGURATION,
        ),
        (
            Intents::AUTO_MODERATION_EXECUTION,
            Flags::AUTO_MODERATION_EXECUTION,
        ),
        (Intents::GUILD_MESSAGE_POLLS, Flags::MESSAGE_POLLS),
        (Intents::DIRECT_MESSAGE_POLLS, Flags::MESSAGE_POLLS),
    ]
};

impl DispatchKind {
    /// Returns the flag of this event.
    #[must_use]
    pub const fn flag(self) -> EventTypeFlags {
        // The bit of a flag is the position of the event in the table.
        EventTypeFlags::from_bits_retain(1 << self as u8)
    }
}

impl From<DispatchKind> for EventTypeFlags {
    fn from(kind: DispatchKind) -> Self {
        kind.flag()
    }
}

/// Returns the flag of a typed event. A close has none, since it is always delivered.
impl From<EventType> for EventTypeFlags {
    fn from(kind: EventType) -> Self {
        match kind {
            EventType::GatewayClose => Self::empty(),
            EventType::GatewayHeartbeat => Self::GATEWAY_HEARTBEAT,
            EventType::GatewayHeartbeatAck => Self::GATEWAY_HEARTBEAT_ACK,
            EventType::GatewayHello => Self::GATEWAY_HELLO,
            EventType::GatewayInvalidateSession => Self::GATEWAY_INVALIDATE_SESSION,
            EventType::GatewayReconnect => Self::GATEWAY_RECONNECT,
            EventType::UnavailableGuild => Self::UNAVAILABLE_GUILD,
            dispatch => dispatch
                .name()
                .and_then(DispatchKind::from_name)
                .map_or(Self::UNKNOWN, DispatchKind::flag),
        }
    }
}

/// Returns the flag of a payload with this opcode and name. Fails for opcodes that clients send and for
/// undocumented names, unlike [`EventTypeFlags::of`].
impl TryFrom<(ModelOpCode, Option<&str>)> for EventTypeFlags {
    type Error = ();

    fn try_from((op, name): (ModelOpCode, Option<&str>)) -> Result<Self, ()> {
        match op {
            ModelOpCode::Heartbeat => Ok(Self::GATEWAY_HEARTBEAT),
            ModelOpCode::HeartbeatAck => Ok(Self::GATEWAY_HEARTBEAT_ACK),
            ModelOpCode::Hello => Ok(Self::GATEWAY_HELLO),
            ModelOpCode::InvalidSession => Ok(Self::GATEWAY_INVALIDATE_SESSION),
            ModelOpCode::Reconnect => Ok(Self::GATEWAY_RECONNECT),
            _ => name
                .and_then(DispatchKind::from_name)
                .map(DispatchKind::flag)
                .ok_or(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::DispatchKind;

    #[test]
    fn every_event_has_its_own_flag() {
        let mut seen = 0;
        for kind in DispatchKind::ALL {
            let bits = kind.flag().bits();
            assert_eq!(bits.count_ones(), 1);
            assert_eq!(seen & bits, 0, "{kind} shares its flag");
            seen |= bits;
        }
    }
}

//! Every flag of twilight-gateway 0.18 exists under its name, and each event has a bit of its own.

use gloaming_protocol::{DispatchKind, EventType, EventTypeFlags, Intents, Payload};

/// twilight-gateway's flags of single events.
const EVENTS: [EventTypeFlags; 76] = [
    EventTypeFlags::AUTO_MODERATION_ACTION_EXECUTION,
    EventTypeFlags::AUTO_MODERATION_RULE_CREATE,
    EventTypeFlags::AUTO_MODERATION_RULE_DELETE,
    EventTypeFlags::AUTO_MODERATION_RULE_UPDATE,
    EventTypeFlags::BAN_ADD,
    EventTypeFlags::BAN_REMOVE,
    EventTypeFlags::CHANNEL_CREATE,
    EventTypeFlags::CHANNEL_DELETE,
    EventTypeFlags::CHANNEL_PINS_UPDATE,
    EventTypeFlags::CHANNEL_UPDATE,
    EventTypeFlags::COMMAND_PERMISSIONS_UPDATE,
    EventTypeFlags::ENTITLEMENT_CREATE,
    EventTypeFlags::ENTITLEMENT_DELETE,
    EventTypeFlags::ENTITLEMENT_UPDATE,
    EventTypeFlags::GATEWAY_HEARTBEAT,
    EventTypeFlags::GATEWAY_HEARTBEAT_ACK,
    EventTypeFlags::GATEWAY_HELLO,
    EventTypeFlags::GATEWAY_INVALIDATE_SESSION,
    EventTypeFlags::GATEWAY_RECONNECT,
    EventTypeFlags::GUILD_AUDIT_LOG_ENTRY_CREATE,
    EventTypeFlags::GUILD_CREATE,
    EventTypeFlags::GUILD_DELETE,
    EventTypeFlags::GUILD_EMOJIS_UPDATE,
    EventTypeFlags::GUILD_INTEGRATIONS_UPDATE,
    EventTypeFlags::GUILD_SCHEDULED_EVENT_CREATE,
    EventTypeFlags::GUILD_SCHEDULED_EVENT_DELETE,
    EventTypeFlags::GUILD_SCHEDULED_EVENT_UPDATE,
    EventTypeFlags::GUILD_SCHEDULED_EVENT_USER_ADD,
    EventTypeFlags::GUILD_SCHEDULED_EVENT_USER_REMOVE,
    EventTypeFlags::GUILD_STICKERS_UPDATE,
    EventTypeFlags::GUILD_UPDATE,
    EventTypeFlags::INTEGRATION_CREATE,
    EventTypeFlags::INTEGRATION_DELETE,
    EventTypeFlags::INTEGRATION_UPDATE,
    EventTypeFlags::INTERACTION_CREATE,
    EventTypeFlags::INVITE_CREATE,
    EventTypeFlags::INVITE_DELETE,
    EventTypeFlags::MEMBER_ADD,
    EventTypeFlags::MEMBER_CHUNK,
    EventTypeFlags::MEMBER_REMOVE,
    EventTypeFlags::MEMBER_UPDATE,
    EventTypeFlags::MESSAGE_CREATE,
    EventTypeFlags::MESSAGE_DELETE,
    EventTypeFlags::MESSAGE_DELETE_BULK,
    EventTypeFlags::MESSAGE_POLL_VOTE_ADD,
    EventTypeFlags::MESSAGE_POLL_VOTE_REMOVE,
    EventTypeFlags::MESSAGE_UPDATE,
    EventTypeFlags::PRESENCE_UPDATE,
    EventTypeFlags::RATE_LIMITED,
    EventTypeFlags::REACTION_ADD,
    EventTypeFlags::REACTION_REMOVE,
    EventTypeFlags::REACTION_REMOVE_ALL,
    EventTypeFlags::REACTION_REMOVE_EMOJI,
    EventTypeFlags::READY,
    EventTypeFlags::RESUMED,
    EventTypeFlags::ROLE_CREATE,
    EventTypeFlags::ROLE_DELETE,
    EventTypeFlags::ROLE_UPDATE,
    EventTypeFlags::STAGE_INSTANCE_CREATE,
    EventTypeFlags::STAGE_INSTANCE_DELETE,
    EventTypeFlags::STAGE_INSTANCE_UPDATE,
    EventTypeFlags::SUBSCRIPTION_CREATE,
    EventTypeFlags::SUBSCRIPTION_DELETE,
    EventTypeFlags::SUBSCRIPTION_UPDATE,
    EventTypeFlags::THREAD_CREATE,
    EventTypeFlags::THREAD_DELETE,
    EventTypeFlags::THREAD_LIST_SYNC,
    EventTypeFlags::THREAD_MEMBERS_UPDATE,
    EventTypeFlags::THREAD_MEMBER_UPDATE,
    EventTypeFlags::THREAD_UPDATE,
    EventTypeFlags::TYPING_START,
    EventTypeFlags::UNAVAILABLE_GUILD,
    EventTypeFlags::USER_UPDATE,
    EventTypeFlags::VOICE_SERVER_UPDATE,
    EventTypeFlags::VOICE_STATE_UPDATE,
    EventTypeFlags::WEBHOOKS_UPDATE,
];

/// twilight-gateway's groups.
const GROUPS: [EventTypeFlags; 19] = [
    EventTypeFlags::AUTO_MODERATION_CONFIGURATION,
    EventTypeFlags::AUTO_MODERATION_EXECUTION,
    EventTypeFlags::DIRECT_MESSAGES,
    EventTypeFlags::DIRECT_MESSAGE_REACTIONS,
    EventTypeFlags::DIRECT_MESSAGE_TYPING,
    EventTypeFlags::GUILDS,
    EventTypeFlags::GUILD_EMOJIS_AND_STICKERS,
    EventTypeFlags::GUILD_INTEGRATIONS,
    EventTypeFlags::GUILD_INVITES,
    EventTypeFlags::GUILD_MEMBERS,
    EventTypeFlags::GUILD_MESSAGES,
    EventTypeFlags::GUILD_MESSAGE_REACTIONS,
    EventTypeFlags::GUILD_MESSAGE_TYPING,
    EventTypeFlags::GUILD_MODERATION,
    EventTypeFlags::GUILD_PRESENCES,
    EventTypeFlags::GUILD_SCHEDULED_EVENTS,
    EventTypeFlags::GUILD_VOICE_STATES,
    EventTypeFlags::GUILD_WEBHOOKS,
    EventTypeFlags::MESSAGE_POLLS,
];

fn flag_of(text: &str) -> EventTypeFlags {
    EventTypeFlags::of(&Payload::parse(text).unwrap())
}

#[test]
fn each_event_has_a_bit_of_its_own() {
    let mut seen = EventTypeFlags::empty();
    for flag in EVENTS {
        assert_eq!(flag.bits().count_ones(), 1, "{flag:?}");
        assert!(!seen.intersects(flag), "{flag:?} shares its bit");
        seen |= flag;
    }
}

#[test]
fn groups_consist_of_events() {
    for group in GROUPS {
        assert!(!group.is_empty());
        let events = DispatchKind::ALL.map(EventTypeFlags::from);
        assert!(
            EventTypeFlags::from_iter(events).contains(group),
            "{group:?}"
        );
    }
}

#[test]
fn all_contains_every_flag() {
    let all = EventTypeFlags::all();
    for kind in DispatchKind::ALL {
        assert!(all.contains(kind.flag()), "{kind}");
    }
    assert!(all.contains(EventTypeFlags::UNKNOWN));
    // 79 documented and 6 announced events, 5 opcodes, unavailable guilds, and unknown payloads.
    assert_eq!(all.bits().count_ones(), 79 + 6 + 5 + 1 + 1);
}

#[test]
fn flags_are_named_after_events() {
    for kind in DispatchKind::ALL {
        let names = Vec::from_iter(kind.flag().iter_names().map(|(name, _)| name));
        let [name] = names[..] else {
            panic!("{kind} has the flags {names:?}");
        };
        // twilight-gateway omits these words.
        let shortened = kind.name().replacen("APPLICATION_", "", 1);
        let shortened = shortened.replacen("MESSAGE_REACTION", "REACTION", 1);
        let shortened = ["BAN", "MEMBER", "ROLE"]
            .iter()
            .fold(shortened, |name, word| {
                name.replacen(&format!("GUILD_{word}"), word, 1)
            });
        let shortened = shortened.replacen("MEMBERS_CHUNK", "MEMBER_CHUNK", 1);
        assert_eq!(name, shortened);
    }
}

#[test]
fn a_payload_has_the_flag_of_its_event() {
    for kind in DispatchKind::ALL {
        let name = kind.name();
        let text = format!(r#"{{"t":"{name}","s":1,"op":0,"d":{{}}}}"#);
        assert_eq!(flag_of(&text), kind.flag(), "{name}");
    }
    for (op, flag) in [
        (1, EventTypeFlags::GATEWAY_HEARTBEAT),
        (7, EventTypeFlags::GATEWAY_RECONNECT),
        (9, EventTypeFlags::GATEWAY_INVALIDATE_SESSION),
        (10, EventTypeFlags::GATEWAY_HELLO),
        (11, EventTypeFlags::GATEWAY_HEARTBEAT_ACK),
        (2, EventTypeFlags::UNKNOWN),
        (99, EventTypeFlags::UNKNOWN),
    ] {
        assert_eq!(
            flag_of(&format!(r#"{{"op":{op},"d":null}}"#)),
            flag,
            "op {op}"
        );
    }
    for name in [r#""BRAND_NEW""#, r#""""#, "null"] {
        let text = format!(r#"{{"t":{name},"s":1,"op":0,"d":{{}}}}"#);
        assert_eq!(flag_of(&text), EventTypeFlags::UNKNOWN, "{name}");
    }
}

#[test]
fn a_typed_event_has_the_flag_of_its_payload() {
    assert_eq!(
        EventTypeFlags::from(EventType::GatewayClose),
        EventTypeFlags::empty()
    );
    for (kind, flag) in [
        (EventType::Ready, EventTypeFlags::READY),
        (
            EventType::MessagePollVoteAdd,
            EventTypeFlags::MESSAGE_POLL_VOTE_ADD,
        ),
        (EventType::MemberChunk, EventTypeFlags::MEMBER_CHUNK),
        (
            EventType::EntitlementDelete,
            EventTypeFlags::ENTITLEMENT_DELETE,
        ),
        (
            EventType::GuildStickersUpdate,
            EventTypeFlags::GUILD_STICKERS_UPDATE,
        ),
        (
            EventType::UnavailableGuild,
            EventTypeFlags::UNAVAILABLE_GUILD,
        ),
        (EventType::GatewayHello, EventTypeFlags::GATEWAY_HELLO),
        (
            EventType::GatewayHeartbeat,
            EventTypeFlags::GATEWAY_HEARTBEAT,
        ),
        (
            EventType::GatewayHeartbeatAck,
            EventTypeFlags::GATEWAY_HEARTBEAT_ACK,
        ),
        (
            EventType::GatewayInvalidateSession,
            EventTypeFlags::GATEWAY_INVALIDATE_SESSION,
        ),
        (
            EventType::GatewayReconnect,
            EventTypeFlags::GATEWAY_RECONNECT,
        ),
    ] {
        assert_eq!(EventTypeFlags::from(kind), flag, "{kind:?}");
    }
}

#[test]
fn intents_enable_their_events_and_those_without_intent() {
    assert_eq!(
        EventTypeFlags::from_intents(Intents::all()),
        EventTypeFlags::all()
    );

    let none = EventTypeFlags::from_intents(Intents::empty());
    let always = EventTypeFlags::READY
        | EventTypeFlags::RESUMED
        | EventTypeFlags::RATE_LIMITED
        | EventTypeFlags::COMMAND_PERMISSIONS_UPDATE
        | EventTypeFlags::ENTITLEMENT_CREATE
        | EventTypeFlags::SUBSCRIPTION_UPDATE
        | EventTypeFlags::INTERACTION_CREATE
        | EventTypeFlags::USER_UPDATE
        | EventTypeFlags::VOICE_SERVER_UPDATE
        | EventTypeFlags::MEMBER_CHUNK
        | EventTypeFlags::MEMBER_UPDATE
        | EventTypeFlags::SOUNDBOARD_SOUNDS
        | EventTypeFlags::CHANNEL_INFO
        | EventTypeFlags::GATEWAY_HELLO
        | EventTypeFlags::UNKNOWN;
    assert!(none.contains(always), "{:?}", always.difference(none));
    assert!(!none.intersects(EventTypeFlags::GUILDS | EventTypeFlags::GUILD_MESSAGES));

    let guilds = EventTypeFlags::from_intents(Intents::GUILDS);
    assert_eq!(guilds, none | EventTypeFlags::GUILDS);
}

#[test]
fn opcode_and_name_determine_the_flag() {
    use twilight_model::gateway::OpCode;

    let flag = |op, name| EventTypeFlags::try_from((op, name));
    assert_eq!(
        flag(OpCode::Dispatch, Some("GUILD_BAN_ADD")),
        Ok(EventTypeFlags::BAN_ADD)
    );
    for (op, expected) in [
        (OpCode::Heartbeat, EventTypeFlags::GATEWAY_HEARTBEAT),
        (OpCode::HeartbeatAck, EventTypeFlags::GATEWAY_HEARTBEAT_ACK),
        (OpCode::Hello, EventTypeFlags::GATEWAY_HELLO),
        (
            OpCode::InvalidSession,
            EventTypeFlags::GATEWAY_INVALIDATE_SESSION,
        ),
        (OpCode::Reconnect, EventTypeFlags::GATEWAY_RECONNECT),
    ] {
        assert_eq!(flag(op, None), Ok(expected), "{op:?}");
    }
    assert_eq!(flag(OpCode::Dispatch, Some("BRAND_NEW")), Err(()));
    assert_eq!(flag(OpCode::Identify, None), Err(()));
}

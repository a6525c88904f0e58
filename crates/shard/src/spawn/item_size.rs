//! How much memory an item holds, at most.

use super::event_size::event_bytes;
use crate::{EventWithPayload, Item};
use gloaming_protocol::Event;
use memchr::memchr_iter;
use twilight_model::{
    application::interaction::{
        application_command::CommandDataOption, modal::ModalInteractionComponent,
    },
    channel::{
        Attachment, Channel, Message, StageInstance,
        message::{
            Component, Embed, MessageSnapshot, Reaction, Sticker, component::MediaGalleryItem,
        },
        thread::ThreadMember,
    },
    gateway::presence::{Activity, Presence},
    guild::{
        Emoji, Guild, Member, Role,
        audit_log::{AuditLogChange, AuditLogEntry},
        auto_moderation::AutoModerationRule,
        scheduled_event::GuildScheduledEvent,
    },
    poll::PollAnswer,
    user::User,
    voice::VoiceState,
};

/// What an item holds that is no payload, such as a failure.
pub(super) const OTHER_ITEM_BYTES: usize = 1024;

/// Types of which a list can have many, each from a small JSON object.
const LISTED: [usize; 24] = [
    size_of::<Activity>(),
    size_of::<Attachment>(),
    size_of::<AuditLogChange>(),
    size_of::<AuditLogEntry>(),
    size_of::<AutoModerationRule>(),
    size_of::<Channel>(),
    size_of::<CommandDataOption>(),
    size_of::<Component>(),
    size_of::<Embed>(),
    size_of::<Emoji>(),
    size_of::<Guild>(),
    size_of::<GuildScheduledEvent>(),
    size_of::<Member>(),
    size_of::<MediaGalleryItem>(),
    size_of::<MessageSnapshot>(),
    size_of::<ModalInteractionComponent>(),
    size_of::<PollAnswer>(),
    size_of::<Presence>(),
    size_of::<Reaction>(),
    size_of::<Role>(),
    size_of::<StageInstance>(),
    size_of::<Sticker>(),
    size_of::<ThreadMember>(),
    size_of::<VoiceState>(),
];

/// The memory for an object that is a field of another: it may be in a box of its own, or in a map.
const FIELD_BYTES: usize = largest(&[size_of::<Message>(), largest(&LISTED)]);

/// The memory for the first object of a list. The smallest list that is not empty has room for four values of up to 1024
/// bytes, or for one larger value.
const FIRST_BYTES: usize = largest(&[4 * 1024, largest(&LISTED)]);

/// The memory for another object of a list, which has room for up to twice as many as it has.
const NEXT_BYTES: usize = 2 * largest(&LISTED);

/// The memory for a value in a list, apart from its text: a list has room for up to twice as many as it has.
const ELEMENT_BYTES: usize = 2 * size_of::<String>();

const fn largest(sizes: &[usize]) -> usize {
    let mut largest = size_of::<User>();
    let mut index = 0;
    while index < sizes.len() {
        if sizes[index] > largest {
            largest = sizes[index];
        }
        index += 1;
    }
    largest
}

/// Returns how many bytes an item that is made of the payload with this text holds at most.
pub(super) fn item_bytes(item: &Item, text: &str) -> usize {
    let Some(held) = item.event().and_then(event_bytes) else {
        return payload_bytes(text);
    };
    let kept = match item {
        Item::EventWithPayload(_) => size_of::<EventWithPayload>() + text.len(),
        _ => 0,
    };
    // A text is at most as long as in the payload.
    size_of::<Item>() + held + text.len() + kept
}

/// Returns how many bytes the event in a payload and the payload's text hold at most.
pub(super) fn payload_bytes(text: &str) -> usize {
    let bytes = text.as_bytes();
    let objects = memchr_iter(b'{', bytes).map(|at| object_bytes(&bytes[..at], &bytes[at + 1..]));
    let elements = memchr_iter(b',', bytes).count();
    objects
        .fold(size_of::<Event>(), usize::saturating_add)
        .saturating_add(elements.saturating_mul(ELEMENT_BYTES))
        .saturating_add(text.len().saturating_mul(2))
}

/// Returns the memory for the object that begins with the brace between these parts of a payload, or zero if it is a brace
/// of a text. What users write must not fill the budgets.
fn object_bytes(before: &[u8], after: &[u8]) -> usize {
    let is_visible = |byte: &&u8| !byte.is_ascii_whitespace();
    // A quote within a text has a backslash in front of it.
    if !matches!(after.iter().find(is_visible), Some(b'"' | b'}')) {
        return 0;
    }
    match before.iter().rfind(is_visible) {
        Some(b':') | None => FIELD_BYTES,
        Some(b'[') => FIRST_BYTES,
        Some(b',') => NEXT_BYTES,
        Some(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::{item_bytes, payload_bytes};
    use crate::{Incoming, Item, selection::Selection};
    use gloaming_protocol::{EventTypeFlags, JsonParser, Payload};
    use std::{fs, hint::black_box};
    use twilight_model::channel::Message;

    /// Returns how many bytes the item of a payload really holds, and how many are counted.
    fn measure(text: &str, keep_payloads: EventTypeFlags) -> (usize, usize) {
        let selection = Selection {
            events: EventTypeFlags::all(),
            keep_payloads,
            parser: JsonParser::Serde,
        };
        let payload = Payload::parse(text).unwrap();
        let mut item = None;
        let measured = allocation_counter::measure(|| {
            let mut repaired = None;
            item = Item::selected(Incoming::Payload(&payload), selection, &mut repaired);
            drop(repaired);
        });
        let heap = usize::try_from(measured.bytes_current).expect("the item is not dropped yet");
        let counted = item.as_ref().map_or(0, |item| item_bytes(item, text));
        let held = black_box(item).map_or(0, |_| heap + size_of::<Item>());
        (held, counted)
    }

    fn held(text: &str, keep_payloads: EventTypeFlags) -> usize {
        measure(text, keep_payloads).0
    }

    fn assert_counted(text: &str) {
        for keep in [EventTypeFlags::empty(), EventTypeFlags::all()] {
            let (held, counted) = measure(text, keep);
            let start: String = text.chars().take(200).collect();
            assert!(held <= counted, "{held} bytes, {counted} counted: {start}");
            let of_any_kind = payload_bytes(text);
            assert!(held <= of_any_kind, "{held} bytes, {of_any_kind}: {start}");
        }
    }

    fn dispatch(name: &str, data: &str) -> String {
        format!(r#"{{"t":"{name}","s":7,"op":0,"d":{data}}}"#)
    }

    /// A message with a list of this many of this value.
    fn message(list: &str, value: &str, count: usize) -> String {
        let values = vec![value; count].join(",");
        let lists = [
            "attachments",
            "components",
            "embeds",
            "mention_roles",
            "mentions",
        ]
        .map(|name| match name == list {
            true => format!(r#""{name}":[{values}]"#),
            false => format!(r#""{name}":[]"#),
        })
        .join(",");
        dispatch(
            "MESSAGE_CREATE",
            &format!(
                r#"{{"id":"1","channel_id":"2","author":{{"id":"3","username":"a","discriminator":"0001","avatar":null}},"content":"","timestamp":"2024-01-01T00:00:00+00:00","edited_timestamp":null,"tts":false,"mention_everyone":false,"pinned":false,"type":0,{lists}}}"#
            ),
        )
    }

    #[test]
    fn lists_of_the_smallest_values_hold_no_more_than_is_counted() {
        for (list, value) in [
            ("embeds", r#"{"type":"rich"}"#),
            ("components", r#"{"type":1,"components":[]}"#),
            (
                "components",
                r#"{"type":1,"components":[{"type":1,"components":[]}]}"#,
            ),
            ("components", r#"{"type":14}"#),
            (
                "attachments",
                r#"{"id":"1","filename":"","size":0,"url":"","proxy_url":""}"#,
            ),
            ("mention_roles", r#""1""#),
        ] {
            for count in [1, 2, 5, 1_000] {
                assert_counted(&message(list, value, count));
            }
        }
        let presence = r#"{"user":{"id":"1"},"status":"idle","guild_id":"1","activities":[{"name":"","type":0}],"client_status":{}}"#;
        let presences = vec![presence; 1_000].join(",");
        let chunk = format!(
            r#"{{"guild_id":"1","members":[],"chunk_index":0,"chunk_count":1,"not_found":[],"presences":[{presences}]}}"#
        );
        assert_counted(&dispatch("GUILD_MEMBERS_CHUNK", &chunk));
    }

    #[test]
    fn messages_in_boxes_and_maps_hold_no_more_than_is_counted() {
        const MESSAGE: &str = r#"{"id":"1","channel_id":"2","author":{"id":"3","username":"a","discriminator":"1","avatar":null},"content":"","timestamp":"2024-01-01T00:00:00+00:00","edited_timestamp":null,"tts":false,"mention_everyone":false,"pinned":false,"type":0,"attachments":[],"components":[],"embeds":[],"mention_roles":[],"mentions":[]"#;
        let referenced = (0..20).fold("null".to_owned(), |inner, _| {
            format!(r#"{MESSAGE},"referenced_message":{inner}}}"#)
        });
        assert_counted(&dispatch("MESSAGE_CREATE", &referenced));
        for count in [0, 1, 3, 4, 8, 15] {
            let messages: Vec<_> = (1..=count)
                .map(|id| format!(r#""{id}":{MESSAGE}}}"#))
                .collect();
            let resolved = format!(r#"{{"messages":{{{}}}}}"#, messages.join(","));
            let text = dispatch(
                "INTERACTION_CREATE",
                &format!(
                    r#"{{"id":"1","application_id":"1","type":2,"token":"","attachment_size_limit":0,"authorizing_integration_owners":{{}},"entitlements":[],"data":{{"id":"1","name":"","type":3,"resolved":{resolved}}}}}"#
                ),
            );
            assert!(held(&text, EventTypeFlags::empty()) >= count * size_of::<Message>());
            assert_counted(&text);
        }
    }

    #[test]
    fn documented_events_hold_no_more_than_is_counted() {
        let (mut events, mut size, mut counted) = (0, 0, 0);
        let folder = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../protocol/tests/fixtures/dispatch"
        );
        for file in fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            let name = path.file_stem().expect("each fixture has a name");
            let data = fs::read_to_string(&path).unwrap();
            let text = dispatch(&name.to_string_lossy(), &data);
            assert_counted(&text);
            events += 1;
            size += text.len();
            counted += payload_bytes(&text);
        }
        assert!(events > 50, "{events}");
        // As documented.
        assert!((15..30).contains(&(counted / size)), "{counted} {size}");
    }

    #[test]
    fn busiest_events_are_counted_nearly_as_they_are() {
        let member = r#"{"user":{"id":"3","username":"a","discriminator":"0001","avatar":null},"roles":["1","2","3","4","5"],"joined_at":"2024-01-01T00:00:00+00:00","deaf":false,"mute":false,"flags":0}"#;
        let activity =
            r#"{"name":"a","type":0,"created_at":1,"state":"in a party","buttons":["one","two"]}"#;
        let field = r#"{"name":"a","value":"b","inline":false}"#;
        let embed = format!(r#"{{"type":"rich","fields":[{field},{field}]}}"#);
        let events = [
            dispatch(
                "PRESENCE_UPDATE",
                &format!(
                    r#"{{"user":{{"id":"1"}},"status":"idle","guild_id":"1","activities":[{activity},{activity}],"client_status":{{}}}}"#
                ),
            ),
            message("embeds", &embed, 3),
            dispatch(
                "TYPING_START",
                &format!(
                    r#"{{"channel_id":"1","guild_id":"2","user_id":"3","timestamp":1,"member":{member}}}"#
                ),
            ),
            dispatch(
                "MESSAGE_REACTION_ADD",
                &format!(
                    r##"{{"user_id":"3","channel_id":"1","message_id":"4","guild_id":"2","burst":true,"burst_colors":["#ffffff"],"type":1,"emoji":{{"id":null,"name":"x"}},"member":{member}}}"##
                ),
            ),
        ];
        for text in events {
            for keep in [EventTypeFlags::empty(), EventTypeFlags::all()] {
                let (held, counted) = measure(&text, keep);
                let upper = held + text.len() + 128;
                assert!(
                    (held..=upper).contains(&counted),
                    "{held} bytes, {counted} counted: {text}"
                );
            }
        }
    }

    #[test]
    fn braces_that_users_write_do_not_count() {
        let of = |content: &str| {
            let text = message("embeds", r#"{"type":"rich"}"#, 1);
            payload_bytes(&text.replace(r#""content":"""#, &format!(r#""content":"{content}""#)))
        };
        let usual = of(&"x".repeat(2000));
        for content in ["{", "[{", ":{x", ",{ ", r#"{\""#] {
            let counted = of(&content.repeat(2000 / content.len()));
            // Commas count a little.
            assert!(counted <= usual + 50_000, "{content}: {counted} {usual}");
        }
    }
}

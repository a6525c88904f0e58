//! How much memory an item holds, at most.

use gloaming_protocol::Event;
use memchr::memchr_iter;
use twilight_model::{
    application::interaction::application_command::CommandDataOption,
    channel::{
        Attachment, Channel, Message, StageInstance,
        message::{Component, Embed, MessageSnapshot, Sticker},
        thread::ThreadMember,
    },
    gateway::presence::{Activity, Presence},
    guild::{
        Emoji, Guild, Member, Role, audit_log::AuditLogEntry, auto_moderation::AutoModerationRule,
        scheduled_event::GuildScheduledEvent,
    },
    user::User,
    voice::VoiceState,
};

/// What an item holds that is no payload, such as a failure.
pub(super) const OTHER_ITEM_BYTES: usize = 1024;

/// Types of which a payload can have many, each from a small JSON object.
const VALUES: [usize; 20] = [
    size_of::<Activity>(),
    size_of::<Attachment>(),
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
    size_of::<Message>(),
    size_of::<MessageSnapshot>(),
    size_of::<Presence>(),
    size_of::<Role>(),
    size_of::<StageInstance>(),
    size_of::<Sticker>(),
    size_of::<ThreadMember>(),
    size_of::<VoiceState>(),
];

/// The memory for an object. The smallest list that is not empty has room for four.
const OBJECT_BYTES: usize = 4 * largest(&VALUES);

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

/// Returns how many bytes the event in a payload and the payload's text hold at most.
///
/// Counting two bytes of the text costs a small part of what decoding it does.
pub(super) fn payload_bytes(text: &str) -> usize {
    let objects = memchr_iter(b'{', text.as_bytes()).count();
    let elements = memchr_iter(b',', text.as_bytes()).count();
    let values = objects * OBJECT_BYTES + elements * ELEMENT_BYTES;
    size_of::<Event>() + 2 * text.len() + values
}

#[cfg(test)]
mod tests {
    use super::payload_bytes;
    use crate::{Incoming, Item, selection::Selection};
    use gloaming_protocol::{EventTypeFlags, JsonParser, Payload};
    use std::{fs, hint::black_box};

    /// Returns how many bytes the item of a payload really holds.
    fn held(text: &str, keep_payloads: EventTypeFlags) -> usize {
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
        black_box(item).map_or(0, |_| heap + size_of::<Item>())
    }

    fn assert_counted(text: &str) {
        for keep in [EventTypeFlags::empty(), EventTypeFlags::all()] {
            let (held, counted) = (held(text, keep), payload_bytes(text));
            let start: String = text.chars().take(200).collect();
            assert!(held <= counted, "{held} bytes, {counted} counted: {start}");
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
    fn documented_events_hold_no_more_than_is_counted() {
        let mut events = 0;
        let folder = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../protocol/tests/fixtures/dispatch"
        );
        for file in fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            let name = path.file_stem().expect("each fixture has a name");
            let data = fs::read_to_string(&path).unwrap();
            assert_counted(&dispatch(&name.to_string_lossy(), &data));
            events += 1;
        }
        assert!(events > 50, "{events}");
    }
}

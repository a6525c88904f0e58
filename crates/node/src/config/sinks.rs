//! The streams on NATS to which a node publishes, as the configuration names them.

use super::value;
use gloaming_protocol::EventTypeFlags;
use std::collections::BTreeSet;

/// A stream on NATS, with its own events and limits.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct SinkChoice {
    /// The name, which is a part of the subjects: `gloaming.BOT.NAME.SHARD.EVENT`. Default: `events`.
    pub name: String,
    /// Which events go there. Default: all.
    pub event_types: EventTypeFlags,
    /// When an event leaves the stream.
    pub retention: SinkRetention,
    /// How many MiB may wait for workers. Default: 1024.
    pub max_mib: u32,
    /// What happens to events that the stream does not take.
    pub overflow: SinkOverflow,
    /// How many events of a shard are under way at the same time.
    pub order: SinkOrder,
}

/// When an event leaves a stream.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum SinkRetention {
    /// When a worker has acknowledged it. Written `acknowledged`.
    #[default]
    Acknowledged,
    /// When each group of workers has. Written `all_groups`.
    AllGroups,
}

/// What happens to events while the stream is full or the server does not answer.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum SinkOverflow {
    /// They wait, and the shards stop reading, so that nothing is lost. Written `wait`.
    #[default]
    Wait,
    /// Those that it does not take at the first try are dropped and counted, and the stream says so with the next events. The
    /// shards and the other streams wait for that try, and for no other. Written `drop`.
    Drop,
}

/// How many events of a shard are under way at the same time.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum SinkOrder {
    /// Many. After a failure, some may be stored before the one that has failed. Written `pipelined`.
    #[default]
    Pipelined,
    /// One, so that the order is kept whatever fails. Written `strict`.
    Strict,
}

impl SinkChoice {
    /// The stream that a bot has without other settings.
    pub(super) fn new(name: &str, event_types: EventTypeFlags) -> Self {
        Self {
            name: name.to_owned(),
            event_types,
            retention: SinkRetention::default(),
            max_mib: 1024,
            overflow: SinkOverflow::default(),
            order: SinkOrder::default(),
        }
    }
}

/// The name of the stream that a bot has without other settings.
pub(super) const DEFAULT: &str = "events";

/// Reads streams with commas between them, such as `events types=MESSAGE_CREATE|GUILD_CREATE, audit overflow=drop`.
pub(super) fn read(text: &str) -> Result<Vec<SinkChoice>, String> {
    let sinks = text.split(',').map(read_one);
    let sinks = sinks.collect::<Result<Vec<_>, _>>()?;
    let names: BTreeSet<_> = sinks.iter().map(|sink| &sink.name).collect();
    match names.len() == sinks.len() {
        true => Ok(sinks),
        false => Err("two streams have the same name".to_owned()),
    }
}

fn read_one(text: &str) -> Result<SinkChoice, String> {
    let mut words = text.split_whitespace();
    let name = words.next().unwrap_or_default();
    if name.is_empty() || name.contains('=') {
        return Err(format!(
            "`{}` names no stream; write a name, and then settings such as types=MESSAGE_CREATE",
            text.trim()
        ));
    }
    let mut sink = SinkChoice::new(name, EventTypeFlags::all());
    for word in words {
        let (key, value) = word.split_once('=').unwrap_or((word, ""));
        match (key, value) {
            ("types", types) => sink.event_types = value::event_types(types)?,
            ("retention", "acknowledged") => sink.retention = SinkRetention::Acknowledged,
            ("retention", "all_groups") => sink.retention = SinkRetention::AllGroups,
            ("max_mib", number) => sink.max_mib = mib(number)?,
            ("overflow", "wait") => sink.overflow = SinkOverflow::Wait,
            ("overflow", "drop") => sink.overflow = SinkOverflow::Drop,
            ("order", "pipelined") => sink.order = SinkOrder::Pipelined,
            ("order", "strict") => sink.order = SinkOrder::Strict,
            _ => {
                return Err(format!(
                    "`{word}` is no setting of a stream; there are types=NAME|NAME, retention=acknowledged or all_groups, \
                     max_mib=NUMBER, overflow=wait or drop, and order=pipelined or strict"
                ));
            }
        }
    }
    Ok(sink)
}

fn mib(text: &str) -> Result<u32, String> {
    let number = text.parse().ok().filter(|number| *number >= 1);
    number.ok_or_else(|| format!("`{text}` is no number of MiB; write 1 or more"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_have_names_and_settings() {
        let text = "events types=message_create|GUILD_CREATE order=strict,  audit retention=all_groups max_mib=64 overflow=drop";
        let [events, audit] = read(text).unwrap().try_into().unwrap();
        let types = EventTypeFlags::MESSAGE_CREATE | EventTypeFlags::GUILD_CREATE;
        let expected = SinkChoice {
            order: SinkOrder::Strict,
            ..SinkChoice::new("events", types)
        };
        assert_eq!(events, expected);
        let expected = SinkChoice {
            retention: SinkRetention::AllGroups,
            max_mib: 64,
            overflow: SinkOverflow::Drop,
            ..SinkChoice::new("audit", EventTypeFlags::all())
        };
        assert_eq!(audit, expected);
    }

    #[test]
    fn what_can_not_be_read_is_named() {
        for (text, expected) in [
            ("", "names no stream"),
            ("types=ALL", "names no stream"),
            ("a,", "names no stream"),
            ("a,a", "the same name"),
            ("a types=NONSENSE", "`NONSENSE` is no type"),
            ("a overflow=maybe", "`overflow=maybe` is no setting"),
            ("a strict", "`strict` is no setting"),
            ("a max_mib=0", "`0` is no number of MiB"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}

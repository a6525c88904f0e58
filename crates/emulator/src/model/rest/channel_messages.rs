//! The messages of channels, as a bot can request them.

use std::collections::VecDeque;

use serde_json::Value;

use super::reactions::Reactions;
use crate::traffic::{Event, flags_of, is_ephemeral};

/// The number of messages that are kept, of all channels. When there are more, the oldest are discarded.
const MAX_MESSAGES: usize = 1000;

/// The last messages of all channels, oldest first.
#[derive(Debug, Default)]
pub(crate) struct ChannelMessages(VecDeque<KeptMessage>);

/// A message, and what others do with it.
#[derive(Debug)]
struct KeptMessage {
    id: u64,
    message: Value,
    reactions: Reactions,
    /// When it was pinned, if it is.
    pinned_at: Option<String>,
}

/// Which messages of a channel are requested.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct MessagePage {
    /// 1 to 100.
    pub(crate) limit: usize,
    pub(crate) position: PagePosition,
}

/// Where a page is among the messages of a channel.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum PagePosition {
    Newest,
    Before(u64),
    After(u64),
    Around(u64),
}

impl ChannelMessages {
    /// An event is about to be sent: keeps what it says about messages. `bot` is the id of the bot.
    pub(crate) fn observe(&mut self, event: &Event, bot: u64) {
        let data = &event.data;
        match &*event.name {
            "MESSAGE_CREATE" => self.put(data.clone()),
            "MESSAGE_UPDATE" if self.position(id_of(data)).is_some() => self.put(data.clone()),
            "MESSAGE_DELETE" => self.remove(id_of(data)),
            "MESSAGE_DELETE_BULK" => {
                for id in data["ids"].as_array().into_iter().flatten() {
                    self.remove(number(id));
                }
            }
            name if name.starts_with("MESSAGE_REACTION_") => self.react(name, data, bot),
            _ => {}
        }
    }

    fn react(&mut self, name: &str, data: &Value, bot: u64) {
        let Some(at) = self.position(number(&data["message_id"])) else {
            return;
        };
        let kept = &mut self.0[at];
        let (emoji, user) = (&data["emoji"], number(&data["user_id"]));
        match (name, user) {
            ("MESSAGE_REACTION_ADD", Some(user)) => kept.reactions.add(emoji, user),
            ("MESSAGE_REACTION_REMOVE", Some(user)) => kept.reactions.remove(emoji, user),
            ("MESSAGE_REACTION_REMOVE_EMOJI", _) => kept.reactions.remove_emoji(emoji),
            ("MESSAGE_REACTION_REMOVE_ALL", _) => kept.reactions.clear(),
            _ => return,
        }
        kept.message["reactions"] = kept.reactions.json(bot);
    }

    /// The reactions to a message.
    pub(crate) fn reactions(&self, id: u64) -> Option<&Reactions> {
        Some(&self.0[self.position(Some(id))?].reactions)
    }

    /// Marks a message as pinned at a time, or as not pinned.
    pub(crate) fn set_pinned(&mut self, id: u64, at: Option<String>) {
        if let Some(place) = self.position(Some(id)) {
            let kept = &mut self.0[place];
            kept.message["pinned"] = at.is_some().into();
            kept.pinned_at = at;
        }
    }

    /// The pinned messages of a channel and when they were pinned, the last pinned first.
    pub(crate) fn pins(&self, channel: u64) -> Vec<(&str, &Value)> {
        let of_channel = self.0.iter().filter(|kept| is_in(&kept.message, channel));
        let mut pins: Vec<(&str, &Value)> = of_channel
            .filter_map(|kept| Some((kept.pinned_at.as_deref()?, &kept.message)))
            .collect();
        pins.sort_by(|(one, _), (other, _)| other.cmp(one));
        pins
    }

    /// Adds a message, or changes the fields of the one with the same id.
    pub(crate) fn put(&mut self, message: Value) {
        let Some(id) = id_of(&message) else {
            return;
        };
        if let Some(at) = self.position(Some(id)) {
            // An update may name only some fields; the others stay.
            let kept = &mut self.0[at].message;
            for (name, value) in message.as_object().into_iter().flatten() {
                kept[name] = value.clone();
            }
            return;
        }
        if self.0.len() == MAX_MESSAGES {
            self.0.pop_front();
        }
        self.0.push_back(KeptMessage {
            id,
            message,
            reactions: Reactions::default(),
            pinned_at: None,
        });
    }

    /// Removes this message.
    pub(crate) fn forget(&mut self, message: &Value) {
        self.remove(id_of(message));
    }

    pub(crate) fn remove(&mut self, id: Option<u64>) {
        if let Some(at) = self.position(id) {
            self.0.remove(at);
        }
    }

    /// A message of a channel, which may be visible to one user only.
    pub(crate) fn get(&self, channel: u64, id: u64) -> Option<&Value> {
        let message = &self.0[self.position(Some(id))?].message;
        is_in(message, channel).then_some(message)
    }

    /// The messages of a page that everyone in the channel sees, newest first.
    pub(crate) fn page(&self, channel: u64, page: MessagePage) -> Vec<Value> {
        let mut messages: Vec<(u64, &Value)> = (self.0.iter())
            .map(|kept| (kept.id, &kept.message))
            .filter(|(_, it)| is_in(it, channel) && !is_ephemeral(flags_of(it)))
            .collect();
        messages.sort_by_key(|(id, _)| *id);
        let first_after = |id: u64| messages.partition_point(|(other, _)| *other <= id);
        let range = match page.position {
            PagePosition::Newest => messages.len().saturating_sub(page.limit)..messages.len(),
            PagePosition::Before(id) => {
                let end = messages.partition_point(|(other, _)| *other < id);
                end.saturating_sub(page.limit)..end
            }
            PagePosition::After(id) => {
                let start = first_after(id);
                start..messages.len().min(start + page.limit)
            }
            PagePosition::Around(id) => {
                let start = first_after(id).saturating_sub(page.limit / 2 + 1);
                start..messages.len().min(start + page.limit)
            }
        };
        let page = messages[range].iter().rev();
        page.map(|(_, message)| Value::clone(message)).collect()
    }

    fn position(&self, id: Option<u64>) -> Option<usize> {
        let id = id?;
        // Most requests and events are about recent messages.
        self.0.iter().rposition(|kept| kept.id == id)
    }
}

fn is_in(message: &Value, channel: u64) -> bool {
    number(&message["channel_id"]) == Some(channel)
}

fn id_of(message: &Value) -> Option<u64> {
    number(&message["id"])
}

fn number(id: &Value) -> Option<u64> {
    id.as_str()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ids(messages: &ChannelMessages, limit: usize, position: PagePosition) -> Vec<u64> {
        let page = MessagePage { limit, position };
        let page = messages.page(1, page);
        page.iter().filter_map(id_of).collect()
    }

    #[test]
    fn pages_are_newest_first() {
        let mut messages = ChannelMessages::default();
        for id in 1..=9 {
            let message = json!({"id": id.to_string(), "channel_id": "1", "flags": 0});
            messages.observe(&Event::custom("MESSAGE_CREATE".into(), message), 7);
        }
        messages.put(json!({"id": "10", "channel_id": "1", "flags": 64}));
        messages.put(json!({"id": "11", "channel_id": "2", "flags": 0}));
        for (position, expected) in [
            (PagePosition::Newest, [9, 8, 7]),
            (PagePosition::Before(9), [8, 7, 6]),
            (PagePosition::After(2), [5, 4, 3]),
            (PagePosition::Around(5), [6, 5, 4]),
        ] {
            assert_eq!(ids(&messages, 3, position), expected, "{position:?}");
        }
        assert_eq!(ids(&messages, 100, PagePosition::After(9)), [] as [u64; 0]);
        assert_eq!(messages.get(1, 10).unwrap()["id"], "10");
        assert_eq!(messages.get(2, 10), None);
        let deleted = json!({"ids": ["9", "8"], "channel_id": "1"});
        messages.observe(&Event::custom("MESSAGE_DELETE_BULK".into(), deleted), 7);
        assert_eq!(ids(&messages, 2, PagePosition::Newest), [7, 6]);
    }
}

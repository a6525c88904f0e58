//! The reactions to a message.

use serde_json::{Value, json};

/// The most different emojis of a message.
pub(crate) const MAX_EMOJIS: usize = 20;

/// The most users of an emoji that are kept. Generated traffic may react without end.
const MAX_USERS: usize = 1000;

/// The reactions to a message, in the order of their first.
#[derive(Debug, Default)]
pub(crate) struct Reactions(Vec<Reaction>);

/// The users who reacted with an emoji.
#[derive(Debug)]
struct Reaction {
    emoji: Value,
    users: Vec<u64>,
}

impl Reactions {
    /// The users who reacted with an emoji, by id.
    pub(crate) fn users(&self, emoji: &Value) -> Vec<u64> {
        let reaction = self.0.iter().find(|it| is_same(&it.emoji, emoji));
        let mut users = reaction.map_or_else(Vec::new, |it| it.users.clone());
        users.sort_unstable();
        users
    }

    /// The number of different emojis.
    pub(crate) const fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn add(&mut self, emoji: &Value, user: u64) {
        if let Some(reaction) = self.0.iter_mut().find(|it| is_same(&it.emoji, emoji)) {
            if !reaction.users.contains(&user) && reaction.users.len() < MAX_USERS {
                reaction.users.push(user);
            }
        } else if self.0.len() < MAX_EMOJIS {
            self.0.push(Reaction {
                emoji: emoji.clone(),
                users: vec![user],
            });
        }
    }

    pub(super) fn remove(&mut self, emoji: &Value, user: u64) {
        if let Some(reaction) = self.0.iter_mut().find(|it| is_same(&it.emoji, emoji)) {
            reaction.users.retain(|other| *other != user);
        }
        self.0.retain(|reaction| !reaction.users.is_empty());
    }

    pub(super) fn remove_emoji(&mut self, emoji: &Value) {
        self.0.retain(|reaction| !is_same(&reaction.emoji, emoji));
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// The list of a message object.
    pub(super) fn json(&self, bot: u64) -> Value {
        let list = self.0.iter().map(|Reaction { emoji, users }| {
            json!({
                "me_burst": false,
                "me": users.contains(&bot),
                "emoji": emoji,
                "count_details": {"normal": users.len(), "burst": 0},
                "count": users.len(),
                "burst_me": false,
                "burst_count": 0,
                "burst_colors": [],
            })
        });
        list.collect()
    }
}

/// Whether two emojis are the same: those of guilds have an id, others only a name.
fn is_same(one: &Value, other: &Value) -> bool {
    match (&one["id"], &other["id"]) {
        (Value::Null, Value::Null) => one["name"] == other["name"],
        (one, other) => one == other,
    }
}

//! What an event is generated from.

use std::collections::VecDeque;

use crate::{
    rng::Rng,
    world::{World, calendar::Moment, guild::Guild},
};

/// The number of messages that are remembered for edits, deletions and reactions.
const REMEMBERED: usize = 64;

/// A generated message.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) id: u64,
    /// The index of the guild.
    pub(super) guild: usize,
    pub(super) channel: u64,
    /// The number of the member who wrote it.
    pub(super) author: u64,
    pub(super) at: Moment,
}

/// The last messages.
#[derive(Debug)]
pub(super) struct MessageHistory(VecDeque<Message>);

/// What is available while an event is generated.
pub(super) struct Scene<'a> {
    pub(super) world: &'a World,
    pub(super) guild: &'a Guild,
    pub(super) guild_index: usize,
    pub(super) rng: &'a mut Rng,
    pub(super) now: Moment,
    pub(super) history: &'a mut MessageHistory,
}

impl Default for MessageHistory {
    fn default() -> Self {
        Self(VecDeque::with_capacity(REMEMBERED))
    }
}

impl Scene<'_> {
    /// A new message, which is remembered.
    pub(super) fn new_message(&mut self) -> Message {
        let message = Message {
            id: self.now.snowflake(self.rng.next()),
            guild: self.guild_index,
            channel: self.guild.any_text_channel(self.rng),
            author: self.rng.below(self.guild.members),
            at: self.now,
        };
        let messages = &mut self.history.0;
        if messages.len() == REMEMBERED {
            messages.pop_front();
        }
        messages.push_back(message.clone());
        message
    }

    /// A remembered message of any guild. The scene moves to that guild.
    pub(super) fn remembered_message(&mut self) -> Message {
        if self.history.0.is_empty() {
            self.new_message();
        }
        let at = self.rng.index(self.history.0.len());
        let message = self.history.0[at].clone();
        self.guild_index = message.guild;
        self.guild = &self.world.guilds()[message.guild];
        message
    }

    /// The same, but the message is forgotten.
    pub(super) fn forgotten_message(&mut self) -> Message {
        let message = self.remembered_message();
        self.history.0.retain(|other| other.id != message.id);
        message
    }
}

//! Which event happens next.

use std::collections::VecDeque;

use super::{event::Event, interactions, members, messages, presences, reactions, voice};
use crate::{
    rng::Rng,
    world::{World, calendar::Moment, guild::Guild},
};

/// How many messages are remembered for being edited, deleted and reacted to.
const REMEMBERED: usize = 64;

/// Emulated time between two events, in milliseconds, at most.
const MOST_MS_APART: u64 = 50;

/// A kind of event: how often it happens among 1000, its name, and how it is made.
type Kind = (u64, &'static str, fn(&mut Scene<'_>) -> Event);

/// What happens in guilds, and about how often, after what bots commonly see.
const KINDS: [Kind; 14] = [
    (280, "MESSAGE_CREATE", messages::create),
    (60, "MESSAGE_UPDATE", messages::update),
    (40, "MESSAGE_DELETE", messages::delete),
    (280, "PRESENCE_UPDATE", presences::update),
    (120, "TYPING_START", presences::typing),
    (70, "MESSAGE_REACTION_ADD", reactions::add),
    (20, "MESSAGE_REACTION_REMOVE", reactions::remove),
    (10, "GUILD_MEMBER_ADD", members::add),
    (30, "GUILD_MEMBER_UPDATE", members::update),
    (10, "GUILD_MEMBER_REMOVE", members::remove),
    (50, "VOICE_STATE_UPDATE", voice::update),
    (10, "INTERACTION_CREATE", interactions::command),
    (10, "INTERACTION_CREATE", interactions::button),
    (10, "MESSAGE_DELETE_BULK", messages::delete_bulk),
];

/// A message that was written.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) id: u64,
    pub(super) guild: usize,
    pub(super) channel: u64,
    /// Number of the member who wrote it.
    pub(super) author: u64,
    pub(super) at: Moment,
}

/// Makes events up: the same seed gives the same events.
#[derive(Debug)]
pub(crate) struct Maker {
    seed: u64,
    rng: Rng,
    guilds: Vec<usize>,
    kinds: Vec<Kind>,
    time: Moment,
    remembered: VecDeque<Message>,
}

/// What is at hand while an event is made.
pub(super) struct Scene<'a> {
    pub(super) world: &'a World,
    pub(super) guild: &'a Guild,
    pub(super) guild_index: usize,
    pub(super) rng: &'a mut Rng,
    pub(super) now: Moment,
    remembered: &'a mut VecDeque<Message>,
}

impl Maker {
    /// Makes every kind of event, in every guild that is made up: nothing is made up about those of a recording.
    pub(crate) fn of_everything(world: &World, stream: u64) -> Self {
        let guilds = (0..world.guilds().len()).collect();
        Self::of_guilds(world.seed, stream, guilds, |_| true)
    }

    /// Makes the kinds of event whose names are allowed, in these guilds.
    pub(crate) fn of_guilds(
        seed: u64,
        stream: u64,
        guilds: Vec<usize>,
        allows: impl Fn(&str) -> bool,
    ) -> Self {
        Self {
            seed,
            rng: Rng::derived(seed, &[stream]),
            guilds,
            kinds: KINDS
                .into_iter()
                .filter(|(_, name, _)| allows(name))
                .collect(),
            time: Moment::START,
            remembered: VecDeque::with_capacity(REMEMBERED),
        }
    }

    /// Whether nothing can happen: there is no guild, or nothing is allowed.
    pub(crate) const fn is_idle(&self) -> bool {
        self.guilds.is_empty() || self.kinds.is_empty()
    }

    /// The next event; `None` if it is idle.
    pub(crate) fn make(&mut self, world: &World) -> Option<Event> {
        debug_assert_eq!(self.seed, world.seed, "a maker is for one world");
        if self.is_idle() {
            return None;
        }
        self.time = self.time.plus_ms(1 + self.rng.below(MOST_MS_APART));
        let guild_index = self.rng.pick(&self.guilds);
        let all: u64 = self.kinds.iter().map(|(weight, ..)| weight).sum();
        let mut drawn = self.rng.below(all);
        let make = self.kinds.iter().find_map(|(weight, _, make)| {
            let is_it = drawn < *weight;
            drawn = drawn.saturating_sub(*weight);
            is_it.then_some(make)
        })?;
        let mut scene = Scene {
            world,
            guild: &world.guilds()[guild_index],
            guild_index,
            rng: &mut self.rng,
            now: self.time,
            remembered: &mut self.remembered,
        };
        Some(make(&mut scene))
    }
}

impl<'a> Scene<'a> {
    /// A message written now.
    pub(super) fn write(&mut self) -> Message {
        let message = Message {
            id: self.now.snowflake(self.rng.next()),
            guild: self.guild_index,
            channel: self.guild.any_text_channel(self.rng),
            author: self.rng.below(self.guild.members),
            at: self.now,
        };
        if self.remembered.len() == REMEMBERED {
            self.remembered.pop_front();
        }
        self.remembered.push_back(message.clone());
        message
    }

    /// A message written before, in any guild: the scene moves there.
    pub(super) fn recall(&mut self) -> Message {
        if self.remembered.is_empty() {
            self.write();
        }
        let at = self.rng.index(self.remembered.len());
        let message = self.remembered[at].clone();
        self.guild_index = message.guild;
        self.guild = &self.world.guilds()[message.guild];
        message
    }

    /// The same, and it is gone afterwards.
    pub(super) fn forget(&mut self) -> Message {
        let message = self.recall();
        self.remembered.retain(|other| other.id != message.id);
        message
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weights_are_of_a_thousand() {
        assert_eq!(KINDS.iter().map(|(weight, ..)| weight).sum::<u64>(), 1000);
    }
}

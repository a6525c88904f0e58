//! Generates events.

use super::{
    event::Event,
    interactions, members, messages, presences, reactions,
    scene::{MessageHistory, Scene},
    voice,
};
use crate::{
    rng::Rng,
    world::{World, calendar::Moment},
};

/// The longest time between two events, in milliseconds of the generated world.
const MAX_MS_APART: u64 = 50;

/// A kind of event: how often it occurs among 1000 events, its name, and how it is generated.
type EventKind = (u64, &'static str, fn(&mut Scene<'_>) -> Event);

/// The kinds of events, in about the frequencies that bots commonly see.
const EVENT_KINDS: [EventKind; 14] = [
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

/// Generates events. The same seed gives the same events.
#[derive(Debug)]
pub(crate) struct EventGenerator {
    seed: u64,
    rng: Rng,
    guilds: Vec<usize>,
    kinds: Vec<EventKind>,
    time: Moment,
    history: MessageHistory,
}

impl EventGenerator {
    /// Generates every kind of event, in every generated guild. No events are generated for the guilds of a recording.
    pub(crate) fn for_world(world: &World, stream: u64) -> Self {
        let guilds = (0..world.guilds().len()).collect();
        Self::for_guilds(world.seed, stream, guilds, |_| true)
    }

    /// Generates the kinds of events whose names are allowed, in these guilds.
    pub(crate) fn for_guilds(
        seed: u64,
        stream: u64,
        guilds: Vec<usize>,
        allows: impl Fn(&str) -> bool,
    ) -> Self {
        Self {
            seed,
            rng: Rng::derived(seed, &[stream]),
            guilds,
            kinds: EVENT_KINDS
                .into_iter()
                .filter(|(_, name, _)| allows(name))
                .collect(),
            time: Moment::START,
            history: MessageHistory::default(),
        }
    }

    /// Whether no event can be generated: there is no guild, or no kind is allowed.
    pub(crate) const fn is_idle(&self) -> bool {
        self.guilds.is_empty() || self.kinds.is_empty()
    }

    /// Generates the next event; `None` if the generator is idle.
    pub(crate) fn generate(&mut self, world: &World) -> Option<Event> {
        debug_assert_eq!(self.seed, world.seed, "a generator is for one world");
        if self.is_idle() {
            return None;
        }
        self.time = self.time.plus_ms(1 + self.rng.below(MAX_MS_APART));
        let guild_index = self.rng.pick(&self.guilds);
        let total: u64 = self.kinds.iter().map(|(weight, ..)| weight).sum();
        let mut drawn = self.rng.below(total);
        let generate = self.kinds.iter().find_map(|(weight, _, generate)| {
            let is_drawn = drawn < *weight;
            drawn = drawn.saturating_sub(*weight);
            is_drawn.then_some(generate)
        })?;
        let mut scene = Scene {
            world,
            guild: &world.guilds()[guild_index],
            guild_index,
            rng: &mut self.rng,
            now: self.time,
            history: &mut self.history,
        };
        Some(generate(&mut scene))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frequencies_add_up_to_a_thousand() {
        let total: u64 = EVENT_KINDS.iter().map(|(weight, ..)| weight).sum();
        assert_eq!(total, 1000);
    }
}

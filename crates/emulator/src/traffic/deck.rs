//! Load, rendered before it is sent.

use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

use twilight_model::gateway::Intents;

use super::maker::Maker;
use crate::{
    intents::demand_of,
    model::Dispatch,
    world::{World, stream},
};

/// Load goes out in runs of at most this many events, which end at whole multiples of it.
pub(crate) const RUN: u64 = 256;

/// Rendered events: a whole number of runs.
const LENGTH: u64 = 4 * RUN;

/// Events that are sent over and over with sequences of their own: the one for sequence `s` is the event `s % LENGTH`.
#[derive(Debug)]
pub(crate) struct Deck {
    id: u64,
    events: Vec<(Cow<'static, str>, Arc<str>)>,
}

impl Deck {
    /// Tells it apart from the other decks of its gateway.
    pub(crate) const fn id(&self) -> u64 {
        self.id
    }

    /// The event with this sequence.
    pub(crate) fn dispatch(&self, sequence: u64) -> Dispatch {
        let (name, data) = &self.events[(sequence % LENGTH) as usize];
        Dispatch {
            name: name.clone(),
            sequence,
            data: Arc::clone(data),
        }
    }

    /// Where in the deck a run begins: runs that begin at the same place are alike but for their sequences.
    pub(crate) const fn place(sequence: u64) -> u64 {
        sequence % LENGTH
    }
}

/// Decks kept, of about 1 MiB each.
const MOST_KEPT: usize = 256;

/// The decks made so far. What a session gets depends on its shard's guilds and its intents alone.
#[derive(Debug, Default)]
pub(crate) struct Decks {
    made: u64,
    kept: BTreeMap<([u32; 2], u64), Arc<Deck>>,
}

impl Decks {
    /// The deck of a session; `None` if nothing ever happens there.
    pub(crate) fn deck(
        &mut self,
        world: &World,
        shard: [u32; 2],
        intents: Intents,
    ) -> Option<Arc<Deck>> {
        let key = (shard, intents.bits());
        if let Some(deck) = self.kept.get(&key) {
            return Some(Arc::clone(deck));
        }
        // Nothing is made up about the guilds of a recording.
        let made_up = 0..world.guilds().len();
        let guilds: Vec<usize> = (world.guilds_of_shard(shard))
            .filter(|index| made_up.contains(index))
            .collect();
        let mut maker = Maker::of_guilds(world.seed, stream::DECK, guilds, |name| {
            demand_of(name).is_met_by(intents, true)
        });
        let mut events = Vec::with_capacity(LENGTH as usize);
        for _ in 0..LENGTH {
            let event = maker.make(world)?;
            let data = if event.shows_content(intents, world.bot.id) {
                event.text()
            } else {
                event.text_without_content()
            };
            events.push((event.name, data));
        }
        let deck = Arc::new(Deck {
            id: self.made,
            events,
        });
        self.made += 1;
        if self.kept.len() >= MOST_KEPT {
            self.kept.clear();
        }
        self.kept.insert(key, Arc::clone(&deck));
        Some(deck)
    }
}

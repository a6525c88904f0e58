//! Load: pools of events that are rendered before they are sent.

use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

use twilight_model::gateway::Intents;

use super::{event::Event, generator::EventGenerator};
use crate::{intents::required_intents, payload::Dispatch, rng::stream, world::World};

/// The most dispatches in a batch of load. Batches end at multiples of this number, so that batches of different sessions
/// are alike.
pub(crate) const BATCH: u64 = 256;

/// The number of events in a pool: a multiple of [`BATCH`].
const LENGTH: u64 = 4 * BATCH;

/// The number of pools that are kept. Each has about 1 MiB.
const MAX_POOLS: usize = 256;

/// Rendered events that are sent again and again, with the sequences of a session. The dispatch with sequence `s` is the
/// event `s % LENGTH`.
#[derive(Debug)]
pub(crate) struct EventPool {
    id: u64,
    events: Vec<(Cow<'static, str>, Arc<str>)>,
}

impl EventPool {
    /// Distinguishes the pool from others of the same gateway.
    pub(crate) const fn id(&self) -> u64 {
        self.id
    }

    /// The event for a sequence.
    fn dispatch(&self, sequence: u64) -> Dispatch {
        let (name, data) = &self.events[(sequence % LENGTH) as usize];
        Dispatch {
            name: name.clone(),
            sequence,
            data: Arc::clone(data),
        }
    }
}

/// A batch of load: events of a pool with consecutive sequences.
#[derive(Clone, Debug)]
pub struct DispatchBatch {
    pool: Arc<EventPool>,
    first_sequence: u64,
    len: u64,
}

impl DispatchBatch {
    /// The batch from `first_sequence` to the next multiple of [`BATCH`], but no more than `limit` dispatches.
    pub(crate) fn up_to(pool: &Arc<EventPool>, first_sequence: u64, limit: u64) -> Self {
        Self {
            pool: Arc::clone(pool),
            first_sequence,
            len: limit.min(BATCH - first_sequence % BATCH),
        }
    }

    /// The dispatches of the batch, in order.
    pub fn dispatches(&self) -> impl Iterator<Item = Dispatch> {
        (self.first_sequence..self.first_sequence + self.len)
            .map(|sequence| self.pool.dispatch(sequence))
    }

    pub(crate) const fn len(&self) -> u64 {
        self.len
    }

    /// The first sequence.
    pub(crate) const fn first_sequence(&self) -> u64 {
        self.first_sequence
    }

    /// What the events of the batch depend on: the pool, and the offset in the pool.
    pub(crate) fn position(&self) -> (u64, u64) {
        (self.pool.id(), self.first_sequence % LENGTH)
    }
}

/// The pools of a gateway. Which events are in a pool depends on the guilds of the shard, on the intents, and on the slash
/// commands that the bot has registered.
#[derive(Debug, Default)]
pub(crate) struct EventPools {
    created: u64,
    pools: BTreeMap<([u32; 2], u64), Arc<EventPool>>,
}

impl EventPools {
    /// The bot has changed its slash commands: new load has those.
    pub(crate) fn clear(&mut self) {
        self.pools.clear();
    }

    /// The pool for a session; `None` if no event can happen there. The events of a new pool are observed.
    pub(crate) fn get(
        &mut self,
        world: &World,
        shard: [u32; 2],
        intents: Intents,
        mut observe: impl FnMut(&Event),
    ) -> Option<Arc<EventPool>> {
        let key = (shard, intents.bits());
        if let Some(pool) = self.pools.get(&key) {
            return Some(Arc::clone(pool));
        }
        // No events are generated for the guilds of a recording.
        let generated = 0..world.guilds().len();
        let guilds: Vec<usize> = (world.guilds_of_shard(shard))
            .filter(|index| generated.contains(index))
            .collect();
        let mut generator =
            EventGenerator::for_guilds(world.seed, stream::EVENT_POOL, guilds, |name| {
                required_intents(name).are_met_by(intents, true)
            });
        let mut events = Vec::with_capacity(LENGTH as usize);
        for _ in 0..LENGTH {
            let event = generator.generate(world)?;
            observe(&event);
            let data = if event.shows_content(intents, world.bot.id) {
                event.text()
            } else {
                event.text_without_content()
            };
            events.push((event.name, data));
        }
        let pool = Arc::new(EventPool {
            id: self.created,
            events,
        });
        self.created += 1;
        if self.pools.len() >= MAX_POOLS {
            self.pools.clear();
        }
        self.pools.insert(key, Arc::clone(&pool));
        Some(pool)
    }
}

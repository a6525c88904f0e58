//! The gateway's side: guilds, their events, and the sessions that get them.

use super::plan::SwitchPlan;
use gloaming_cluster::reshard::{EventRole, EventScope, ShardSet};
use gloaming_test_support::Random;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// An event of a guild, or without one: the `number`th of its scope.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct SharedEvent {
    pub(super) scope: EventScope,
    pub(super) number: u64,
    pub(super) role: EventRole,
    pub(super) fingerprint: u64,
}

/// What a session sends.
#[derive(Clone, Copy, Debug)]
pub(super) enum Dispatch {
    Ready,
    /// The state of a guild that has existed before the session.
    GuildCreate(EventScope),
    Event(SharedEvent),
}

/// Whether a session gets the events without a guild.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum DirectEvents {
    Sent,
    NotSent,
}

/// A session of a shard: everything that it sends.
#[derive(Debug, Default)]
pub(super) struct Session {
    pub(super) log: Vec<Dispatch>,
    /// The guilds that READY listed.
    pub(super) listed: Vec<u64>,
    subscribed: BTreeSet<EventScope>,
}

impl Session {
    /// A new session.
    pub(super) fn start(listed: Vec<u64>, direct: DirectEvents) -> Self {
        let subscribed = match direct {
            DirectEvents::Sent => BTreeSet::from([EventScope::Direct]),
            DirectEvents::NotSent => BTreeSet::new(),
        };
        Self {
            log: vec![Dispatch::Ready],
            listed,
            subscribed,
        }
    }

    /// Sends GUILD_CREATE unless that was done before.
    pub(super) fn create_guild(&mut self, scope: EventScope) {
        if self.subscribed.insert(scope) {
            self.log.push(Dispatch::GuildCreate(scope));
        }
    }

    pub(super) fn dispatch(&mut self, event: SharedEvent) {
        let is_new = event.role == EventRole::GuildCreate && self.subscribed.insert(event.scope);
        if is_new || self.subscribed.contains(&event.scope) {
            self.log.push(Dispatch::Event(event));
        }
    }
}

/// The guilds of the bot.
pub(super) struct Guilds {
    streams: BTreeMap<EventScope, Stream>,
    contents: u64,
}

struct Stream {
    state: StreamState,
    events: u64,
    /// When the last event was sent, by set.
    sent: [Duration; 2],
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum StreamState {
    Available,
    /// Until the bot joins it, or an outage ends.
    Absent,
    Left,
}

impl Guilds {
    pub(super) fn new(plan: &SwitchPlan, random: &mut Random) -> Self {
        let ids = (0..plan.guilds).map(|index| (index << 22) | random.below(1 << 22));
        let mut streams: BTreeMap<_, _> = ids
            .map(|id| (EventScope::Guild(id), StreamState::Available))
            .collect();
        streams.insert(EventScope::Direct, StreamState::Available);
        let streams = streams.into_iter().map(|(scope, state)| {
            let state = match scope {
                EventScope::Guild(_) if random.once_in(8) => StreamState::Absent,
                _ => state,
            };
            let stream = Stream {
                state,
                events: 0,
                sent: [Duration::ZERO; 2],
            };
            (scope, stream)
        });
        Self {
            streams: streams.collect(),
            contents: plan.contents,
        }
    }

    pub(super) fn scopes(&self) -> Vec<EventScope> {
        self.streams.keys().copied().collect()
    }

    /// The guilds of a shard that exist, whether or not they are available.
    pub(super) fn of_shard(&self, shard: u32, total: u32) -> Vec<u64> {
        let ids = self
            .streams
            .iter()
            .filter_map(|(scope, stream)| match scope {
                EventScope::Guild(id)
                    if scope.shard(total) == shard && stream.state != StreamState::Left =>
                {
                    Some(*id)
                }
                _ => None,
            });
        ids.collect()
    }

    pub(super) fn is_available(&self, scope: EventScope) -> bool {
        let stream = self.streams.get(&scope);
        stream.is_some_and(|stream| stream.state == StreamState::Available)
    }

    /// The number of events so far.
    pub(super) fn events(&self, scope: EventScope) -> u64 {
        self.streams.get(&scope).map_or(0, |stream| stream.events)
    }

    /// Makes the next event of a scope, if something happens in it.
    pub(super) fn next_event(
        &mut self,
        random: &mut Random,
        scope: EventScope,
    ) -> Option<SharedEvent> {
        let stream = self.streams.get_mut(&scope)?;
        let is_guild = matches!(scope, EventScope::Guild(_));
        let role = match stream.state {
            StreamState::Left => return None,
            StreamState::Absent if random.once_in(10) => {
                stream.state = StreamState::Available;
                EventRole::GuildCreate
            }
            StreamState::Absent => return None,
            StreamState::Available if is_guild && random.once_in(150) => {
                stream.state = StreamState::Absent;
                EventRole::Shared
            }
            StreamState::Available if is_guild && random.once_in(600) => {
                stream.state = StreamState::Left;
                EventRole::GuildRemoved
            }
            StreamState::Available => EventRole::Shared,
        };
        stream.events += 1;
        let content = match (role, self.contents) {
            (EventRole::GuildCreate, _) => u64::MAX,
            (_, 0) => stream.events,
            // The same contents again and again, for some time.
            (_, contents) if random.once_in(3) => {
                1_000_000 + stream.events / 40 * 10 + random.below(contents)
            }
            // The same content in a row.
            (_, _) => stream.events / 7,
        };
        Some(SharedEvent {
            scope,
            number: stream.events,
            role,
            fingerprint: content,
        })
    }

    /// Returns when the gateway sends an event to a set: later than the one before, and at most the skew late.
    pub(super) fn send_time(
        &mut self,
        now: Duration,
        skew: Duration,
        scope: EventScope,
        set: ShardSet,
    ) -> Duration {
        let Some(stream) = self.streams.get_mut(&scope) else {
            return now;
        };
        let sent = &mut stream.sent[usize::from(set == ShardSet::New)];
        *sent = (*sent).max(now + skew);
        *sent
    }
}

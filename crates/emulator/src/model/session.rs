//! A session: what outlives its connections.

use std::{borrow::Cow, collections::VecDeque, sync::Arc};

use twilight_model::gateway::Intents;

use super::{ConnectionId, payload_text::Dispatch, query::Query, replay_buffer::ReplayBuffer};
use crate::{traffic::Deck, world::shard_of};

/// A session's number within its gateway.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct SessionKey(pub(super) u64);

/// Where a session's dispatches go.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Link {
    /// To this connection, and to the replay buffer.
    Attached(ConnectionId),
    /// To the replay buffer.
    Away,
}

/// How far a connection has been told what happened.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Delivery {
    /// Everything: dispatches go out as they are made.
    Live,
    /// Everything up to this sequence: the rest goes out from the replay buffer, a portion at a time.
    Behind(u64),
}

/// Whether guilds that a session was not told of can be told of (P34).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Guilds {
    Available,
    Unavailable,
}

/// Whether guilds that are still to come were there before.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Arrival {
    First,
    /// GUILD_DELETE says that each is unavailable before it comes.
    Again,
}

/// Load that is being sent.
#[derive(Debug)]
pub(super) struct Load {
    pub(super) deck: Arc<Deck>,
    pub(super) left: u64,
    pub(super) close: Option<u16>,
}

#[derive(Debug)]
pub(super) struct Session {
    pub(super) id: String,
    pub(super) shard: [u32; 2],
    pub(super) intents: Intents,
    pub(super) large_threshold: u64,
    pub(super) query: Option<Query>,
    pub(super) link: Link,
    pub(super) delivery: Delivery,
    /// Sequence of the last dispatch made.
    pub(super) sequence: u64,
    pub(super) replay: ReplayBuffer,
    /// Guilds, by index in ascending order, whose GUILD_CREATE is still to come.
    pub(super) pending_guilds: VecDeque<usize>,
    pub(super) guilds: Guilds,
    pub(super) arrival: Arrival,
    pub(super) load: Option<Load>,
}

impl Session {
    /// Makes the next dispatch and remembers it.
    pub(super) fn dispatch(&mut self, name: Cow<'static, str>, data: Arc<str>) -> Dispatch {
        self.sequence += 1;
        let dispatch = Dispatch {
            name,
            sequence: self.sequence,
            data,
        };
        self.replay.push(dispatch.clone());
        dispatch
    }

    /// A client has not heard beyond `heard`: a RESUMED after which nothing happened was in vain, and its sequence is
    /// free for the next, lest it come in the middle of a replay whose end it would announce (P17). One after which
    /// something happened stays: without it, what is replayed would have a hole.
    pub(super) fn forget_unheard_resumed(&mut self, heard: u64) {
        while heard < self.sequence && self.replay.take_back("RESUMED").is_some() {
            self.sequence -= 1;
        }
    }

    /// Whether events of `guild`, or without a guild, are this shard's (P35).
    pub(super) fn is_routed(&self, guild: Option<u64>) -> bool {
        guild.map_or(0, |guild| shard_of(guild, self.shard[1])) == self.shard[0]
    }

    /// Where a dispatch goes that was just made.
    pub(super) fn live_connection(&self) -> Option<ConnectionId> {
        self.connection()
            .filter(|_| self.delivery == Delivery::Live)
    }

    pub(super) const fn connection(&self) -> Option<ConnectionId> {
        match self.link {
            Link::Attached(connection) => Some(connection),
            Link::Away => None,
        }
    }
}

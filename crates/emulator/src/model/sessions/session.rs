//! One session.

use std::{borrow::Cow, collections::VecDeque, sync::Arc};

use twilight_model::gateway::Intents;

use super::replay_buffer::ReplayBuffer;
use crate::{
    connection::ConnectionId,
    model::connections::GatewayQuery,
    payload::Dispatch,
    routing::shard_of,
    traffic::{DispatchBatch, EventPool},
};

/// A session. It outlives its connections.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) id: String,
    /// `[id, count]`.
    pub(crate) shard: [u32; 2],
    pub(crate) intents: Intents,
    pub(crate) large_threshold: u64,
    /// The query of the URL that the session was started with.
    pub(crate) query: Option<GatewayQuery>,
    pub(crate) attachment: Attachment,
    pub(crate) progress: DeliveryProgress,
    /// The sequence of the last dispatch, sent or not.
    pub(crate) sequence: u64,
    pub(crate) replay: ReplayBuffer,
    /// The guilds whose GUILD_CREATE is still to be sent, by index in ascending order.
    pub(crate) pending_guilds: VecDeque<usize>,
    pub(crate) guild_availability: GuildAvailability,
    pub(crate) guild_arrival: GuildArrival,
    pub(crate) load: Option<Load>,
}

/// The connection of a session.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Attachment {
    /// Dispatches go to this connection and to the replay buffer.
    Attached(ConnectionId),
    /// Dispatches go to the replay buffer.
    Detached,
}

/// Which dispatches a session's connection was sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum DeliveryProgress {
    /// All: dispatches are sent as they are made.
    Live,
    /// Those up to this sequence. The rest is sent from the replay buffer in portions.
    CatchingUp(u64),
}

/// Whether the pending guilds of a session can be sent ([P34](gloaming_protocol::rules#p34)).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum GuildAvailability {
    Available,
    Unavailable,
}

/// Whether the client knows the pending guilds already.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum GuildArrival {
    First,
    /// Each GUILD_CREATE follows a GUILD_DELETE that makes the guild unavailable.
    Again,
}

/// Load that is still to be sent.
#[derive(Debug)]
pub(crate) struct Load {
    pub(crate) pool: Arc<EventPool>,
    /// The number of dispatches.
    pub(crate) remaining: u64,
    /// The code of the close frame that follows.
    pub(crate) close: Option<u16>,
}

/// A batch of load.
pub(crate) struct LoadBatch {
    pub(crate) batch: DispatchBatch,
    /// The code of the close frame that follows, if the load is complete.
    pub(crate) close: Option<u16>,
}

impl Session {
    /// Makes the next dispatch and keeps it for replay.
    pub(crate) fn dispatch(&mut self, name: Cow<'static, str>, data: Arc<str>) -> Dispatch {
        self.sequence += 1;
        let dispatch = Dispatch {
            name,
            sequence: self.sequence,
            data,
        };
        self.replay.push(dispatch.clone());
        dispatch
    }

    /// Takes the next batch of the load.
    pub(crate) fn next_load_batch(&mut self) -> Option<LoadBatch> {
        let load = self.load.as_mut()?;
        let batch = DispatchBatch::up_to(&load.pool, self.sequence + 1, load.remaining);
        load.remaining -= batch.len();
        let close = load.close.filter(|_| load.remaining == 0);
        if load.remaining == 0 {
            self.load = None;
        }
        self.sequence += batch.len();
        for dispatch in batch.dispatches() {
            self.replay.push(dispatch);
        }
        Some(LoadBatch { batch, close })
    }

    /// Removes RESUMED dispatches at the end that the client did not receive, since its last sequence is `received`.
    ///
    /// RESUMED marks the end of a replay ([P17](gloaming_protocol::rules#p17)) and must not appear within
    /// one. A RESUMED that is followed by other dispatches stays: without it, the replay would have a gap.
    pub(crate) fn remove_unreceived_resumed(&mut self, received: u64) {
        while received < self.sequence && self.replay.pop_newest("RESUMED").is_some() {
            self.sequence -= 1;
        }
    }

    /// Whether this shard gets the events of `guild`, or those without a guild
    /// ([P35](gloaming_protocol::rules#p35)).
    pub(crate) fn is_routed(&self, guild: Option<u64>) -> bool {
        guild.map_or(0, |guild| shard_of(guild, self.shard[1])) == self.shard[0]
    }

    /// Whether the client was told about the guild with this index, and it is available.
    pub(crate) fn has_guild(&self, index: usize) -> bool {
        self.pending_guilds.binary_search(&index).is_err()
    }

    /// The connection that new dispatches are sent to.
    pub(crate) fn live_connection(&self) -> Option<ConnectionId> {
        self.connection()
            .filter(|_| self.progress == DeliveryProgress::Live)
    }

    pub(crate) const fn connection(&self) -> Option<ConnectionId> {
        match self.attachment {
            Attachment::Attached(connection) => Some(connection),
            Attachment::Detached => None,
        }
    }

    /// Makes guilds unavailable and available again, so many times in total. Each guild gets an equal share.
    pub(crate) fn flood_guilds(&mut self, guilds: &[usize], times: u64) {
        self.guild_arrival = GuildArrival::Again;
        let count = guilds.len().max(1) as u64;
        for (place, guild) in (0..).zip(guilds) {
            let share = times / count + u64::from(place < times % count);
            let is_pending = self.pending_guilds.contains(guild);
            let more = share.saturating_sub(u64::from(is_pending));
            self.pending_guilds.extend(std::iter::repeat_n(
                *guild,
                usize::try_from(more).unwrap_or(0),
            ));
        }
        self.pending_guilds.make_contiguous().sort_unstable();
    }
}

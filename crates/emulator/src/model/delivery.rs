//! How dispatches get to the connections of sessions.

use std::{borrow::Cow, sync::Arc};

use serde_json::json;

use super::{
    connections::{Connections, DispatchCopies},
    effects::Effects,
    io::Operation,
    session_key::SessionKey,
    sessions::{DeliveryProgress, GuildArrival, GuildAvailability, LoadBatch, Sessions},
};
use crate::{connection::ConnectionId, payload::Payload, world::World};

/// The approximate size of a portion. The gateway sends the next portion once the connection has drained. The task that
/// writes takes one portion at a time from its queue, so that it knows the progress before everything is written.
pub(crate) const PORTION_BYTES: usize = 256 * 1024;

/// The parts of the gateway that are needed to send dispatches.
pub(crate) struct Delivery<'a> {
    pub(crate) sessions: &'a mut Sessions,
    pub(crate) connections: &'a Connections,
    pub(crate) effects: &'a mut Effects,
}

/// What a portion of a replay led to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ReplayProgress {
    /// There was nothing to replay.
    Complete,
    /// A portion was sent. The next one may follow when the connection has drained.
    Sent,
    /// The next dispatch is no longer in the replay buffer.
    Overrun,
}

/// What a portion of GUILD_CREATEs led to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum GuildProgress {
    /// There was nothing to send.
    Complete,
    /// A portion was sent.
    Sent,
}

impl Delivery<'_> {
    /// Makes a dispatch for a session and sends it if its connection is live.
    pub(crate) fn dispatch(&mut self, key: SessionKey, name: Cow<'static, str>, data: Arc<str>) {
        let Some(session) = self.sessions.get_mut(key) else {
            return;
        };
        self.effects.stats.dispatches += 1;
        let dispatch = session.dispatch(name, data);
        if let Some(id) = session.live_connection() {
            let copies = self.connections.get(id).map(|connection| connection.copies);
            if copies == Some(DispatchCopies::Two) {
                let copy = Payload::Dispatch(dispatch.clone());
                self.effects.push(id, Operation::Send(copy));
            }
            let payload = Payload::Dispatch(dispatch);
            self.effects.push(id, Operation::Send(payload));
        }
    }

    /// Sends the next portion of a session's replay.
    pub(crate) fn replay_portion(&mut self, id: ConnectionId, key: SessionKey) -> ReplayProgress {
        let mut bytes = 0;
        while let Some(session) = self.sessions.get_mut(key)
            && let DeliveryProgress::CatchingUp(sent) = session.progress
        {
            if bytes >= PORTION_BYTES {
                return ReplayProgress::Sent;
            }
            let Some(dispatch) = session.replay.next_after(sent) else {
                return ReplayProgress::Overrun;
            };
            let payload = Payload::Dispatch(dispatch.clone());
            session.progress = if dispatch.sequence == session.sequence {
                DeliveryProgress::Live
            } else {
                DeliveryProgress::CatchingUp(dispatch.sequence)
            };
            bytes += payload.size();
            self.effects.push(id, Operation::Send(payload));
        }
        if bytes == 0 {
            ReplayProgress::Complete
        } else {
            ReplayProgress::Sent
        }
    }

    /// Sends the next portion of a session's pending guilds.
    pub(crate) fn guild_portion(&mut self, key: SessionKey, world: &World) -> GuildProgress {
        let mut bytes = 0;
        while bytes < PORTION_BYTES
            && let Some(session) = self.sessions.get_mut(key)
            && session.guild_availability == GuildAvailability::Available
        {
            let Some(index) = session.pending_guilds.pop_front() else {
                session.guild_arrival = GuildArrival::First;
                break;
            };
            let arrival = session.guild_arrival;
            let guild = world.guild_text(index, session.intents, session.large_threshold);
            if let Some(data) = guild {
                bytes += data.len();
                if arrival == GuildArrival::Again {
                    let unavailable = unavailable_guild(world.guild_id(index));
                    self.dispatch(key, "GUILD_DELETE".into(), unavailable);
                }
                self.dispatch(key, "GUILD_CREATE".into(), data);
            }
        }
        if bytes == 0 {
            GuildProgress::Complete
        } else {
            GuildProgress::Sent
        }
    }

    /// Sends the next batch of a session's load. Returns the code of the close frame that has to follow.
    pub(crate) fn load_batch(&mut self, id: ConnectionId, key: SessionKey) -> Option<u16> {
        let session = self.sessions.get_mut(key)?;
        let LoadBatch { batch, close } = session.next_load_batch()?;
        self.effects.stats.dispatches += batch.len();
        self.effects.stats.events += batch.len();
        if batch.len() > 0 {
            self.effects.push(id, Operation::SendBatch(batch));
        }
        close
    }
}

/// The data of a GUILD_DELETE for a guild that becomes unavailable.
pub(crate) fn unavailable_guild(id: u64) -> Arc<str> {
    json!({"id": id.to_string(), "unavailable": true})
        .to_string()
        .into()
}

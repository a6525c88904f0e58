//! The sessions of the gateway.

mod ended;
mod replay_buffer;
mod session;

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use twilight_model::gateway::Intents;

use self::ended::EndedSessions;
pub use self::ended::{EndedSession, SessionEndReason};
pub(crate) use self::{
    replay_buffer::ReplayBuffer,
    session::{
        Attachment, DeliveryProgress, GuildArrival, GuildAvailability, Load, LoadBatch, Session,
    },
};
use super::{effects::Effects, session_key::SessionKey, timers::Timer};
use crate::{connection::ConnectionId, selector::Selector, traffic::Event};

/// The sessions that exist, by their keys, and the last ones that ended.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    active: BTreeMap<SessionKey, Session>,
    ended: EndedSessions,
    started: u64,
}

impl Sessions {
    /// Adds a session, which has a connection.
    pub(crate) fn start(&mut self, session: Session, effects: &mut Effects) -> SessionKey {
        let key = SessionKey(self.started);
        self.started += 1;
        self.active.insert(key, session);
        effects.stats.sessions += 1;
        effects.stats.sessions_connected += 1;
        effects.stats.sessions_started += 1;
        key
    }

    /// A session has lost its connection, and expires after `lifetime`.
    pub(crate) fn detach(
        &mut self,
        now: Instant,
        key: SessionKey,
        lifetime: Duration,
        effects: &mut Effects,
    ) {
        if let Some(session) = self.active.get_mut(&key)
            && session.attachment != Attachment::Detached
        {
            session.attachment = Attachment::Detached;
            effects.stats.sessions_connected -= 1;
            effects
                .timers
                .set(Timer::SessionExpiry(key), now + lifetime);
        }
    }

    /// Attaches a session to a connection that has received the dispatches up to `sequence`. Returns the connection
    /// that it had.
    pub(crate) fn attach(
        &mut self,
        key: SessionKey,
        connection: ConnectionId,
        sequence: u64,
        effects: &mut Effects,
    ) -> Option<ConnectionId> {
        let session = self.active.get_mut(&key)?;
        let previous = session.connection();
        session.attachment = Attachment::Attached(connection);
        session.progress = if sequence == session.sequence {
            DeliveryProgress::Live
        } else {
            DeliveryProgress::CatchingUp(sequence)
        };
        effects.timers.cancel(Timer::SessionExpiry(key));
        if previous.is_none() {
            effects.stats.sessions_connected += 1;
        }
        previous
    }

    /// Ends a session.
    pub(crate) fn end(&mut self, key: SessionKey, reason: SessionEndReason, effects: &mut Effects) {
        effects.timers.cancel(Timer::SessionExpiry(key));
        if let Some(session) = self.active.remove(&key) {
            effects.stats.sessions -= 1;
            effects.stats.sessions_ended += 1;
            if session.attachment != Attachment::Detached {
                effects.stats.sessions_connected -= 1;
            }
            self.ended.push(EndedSession {
                id: session.id,
                shard: session.shard,
                sequence: session.sequence,
                reason,
            });
        }
    }

    pub(crate) fn get(&self, key: SessionKey) -> Option<&Session> {
        self.active.get(&key)
    }

    pub(crate) fn get_mut(&mut self, key: SessionKey) -> Option<&mut Session> {
        self.active.get_mut(&key)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (SessionKey, &Session)> {
        self.active.iter().map(|(key, session)| (*key, session))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.active.is_empty()
    }

    /// The session with this id.
    pub(crate) fn find(&self, id: &str) -> Option<SessionKey> {
        self.iter()
            .find(|(_, session)| session.id == id)
            .map(|(key, _)| key)
    }

    pub(crate) fn keys(&self) -> Vec<SessionKey> {
        self.active.keys().copied().collect()
    }

    /// The sessions that a selector matches.
    pub(crate) fn select(&self, selector: &Selector) -> Vec<SessionKey> {
        self.iter()
            .filter(|(_, session)| {
                selector.matches(session.connection(), Some((&session.id, session.shard)))
            })
            .map(|(key, _)| key)
            .collect()
    }

    /// The sessions that get an event, with their intents. `guild` is the index of the event's guild, `bot` the id of
    /// the bot, and `origin` the shard that a recording had the event from: with the same shard count, the event is for the same shard.
    pub(crate) fn recipients(
        &self,
        event: &Event,
        guild: Option<usize>,
        bot: u64,
        origin: Option<[u32; 2]>,
    ) -> Vec<(SessionKey, Intents)> {
        let is_routed = |session: &Session| match origin {
            Some(origin) if origin[1] == session.shard[1] => origin[0] == session.shard[0],
            _ => session.is_routed(event.guild),
        };
        self.iter()
            .filter(|(_, session)| is_routed(session) && event.is_for(session.intents, bot))
            // A guild that the client was not told about can't have events.
            .filter(|(_, session)| guild.is_none_or(|guild| session.has_guild(guild)))
            .map(|(key, session)| (key, session.intents))
            .collect()
    }

    /// Returns the last sequence that a session of this shard has had, if there was one.
    pub(crate) fn last_sequence_of(&self, shard: [u32; 2]) -> Option<u64> {
        let active = self.active.values();
        let active = active.filter(|session| session.shard == shard);
        let active = active.map(|session| session.sequence);
        active.max().max(self.ended.last_sequence_of(shard))
    }

    pub(crate) fn ended(&self) -> Vec<EndedSession> {
        self.ended.to_vec()
    }
}

//! What a test can make the gateway do.

use std::{borrow::Cow, sync::Arc, time::Instant};

use gloaming_protocol::OpCode;
use serde_json::Value;
use twilight_model::id::{Id, marker::GuildMarker};

use super::{Gateway, SessionStartLimit};
use crate::{
    connection::ConnectionId,
    flood::Flood,
    model::{
        connections::{Connection, ConnectionState},
        session_info::SessionInfo,
        session_key::SessionKey,
        sessions::{EndedSession, Session, SessionEndReason},
    },
    mute::Mute,
    selector::Selector,
    traffic::Event,
};

/// The event with which a bot joins a guild.
const GUILD_CREATE: &str = "GUILD_CREATE";

/// The most guilds that a test can let the bot join.
const MAX_ANNOUNCED_GUILDS: usize = 10_000;

impl Gateway {
    /// The sessions that exist, oldest first.
    #[must_use]
    pub fn sessions(&self) -> Vec<SessionInfo> {
        self.sessions
            .iter()
            .map(|(_, session)| SessionInfo {
                id: session.id.clone(),
                shard: session.shard,
                intents: session.intents,
                connection: session.connection(),
                encoding: session
                    .connection()
                    .and_then(|id| self.connections.get(id))
                    .map(Connection::encoding),
                compression: session
                    .connection()
                    .and_then(|id| self.connections.get(id))
                    .map(|connection| connection.compression),
                sequence: session.sequence,
            })
            .collect()
    }

    /// The last ten thousand sessions that ended, oldest first.
    #[must_use]
    pub fn ended_sessions(&self) -> Vec<EndedSession> {
        self.sessions.ended()
    }

    /// The guilds of the bot, oldest first.
    #[must_use]
    pub fn guild_ids(&self) -> Vec<Id<GuildMarker>> {
        self.world.guild_ids().filter_map(Id::new_checked).collect()
    }

    /// The `[id, count]` of the shard that a connection identified as or resumed.
    #[must_use]
    pub fn shard_of(&self, id: ConnectionId) -> Option<[u32; 2]> {
        self.connections.shard(id)
    }

    /// The session start limit that REST returns ([P2](gloaming_protocol::rules#p2)).
    pub fn session_start_limit(&mut self, now: Instant) -> SessionStartLimit {
        let (remaining, reset_after) = self.identify_limits.remaining(now);
        SessionStartLimit {
            total: self.settings.session_starts_total,
            remaining,
            reset_after: self.settings.client_time(reset_after),
            max_concurrency: self.settings.max_concurrency.max(1),
        }
    }

    /// Counts a REST request that was answered.
    pub fn count_rest_request(&mut self) {
        self.effects.stats.rest_requests += 1;
    }

    /// Counts a handshake that was refused with an HTTP status.
    pub fn count_refused_handshake(&mut self) {
        self.effects.stats.handshakes_refused += 1;
    }

    /// Counts a connection that is about to be reported closed because its client did not read.
    pub fn count_slow_client(&mut self) {
        self.effects.stats.slow_clients_dropped += 1;
    }

    /// Closes connections with `code`. Whether their sessions end depends on the code. Returns the number of connections.
    pub fn close(&mut self, now: Instant, selector: &Selector, code: u16) -> usize {
        self.for_connections(selector, |gateway, id| {
            gateway.close_connection(now, id, code);
        })
    }

    /// Drops connections without a close frame. Their sessions can be resumed. Returns the number of connections.
    pub fn drop_connections(&mut self, now: Instant, selector: &Selector) -> usize {
        self.for_connections(selector, |gateway, id| gateway.drop_connection(now, id))
    }

    /// Sends op 7 ([P15](gloaming_protocol::rules#p15)). Returns the number of connections.
    pub fn reconnect(&mut self, selector: &Selector) -> usize {
        self.for_connections(selector, |gateway, id| {
            gateway.effects.stats.reconnects += 1;
            gateway
                .effects
                .send_control(id, OpCode::Reconnect, &Value::Null);
        })
    }

    /// Sends op 9 to the connections of sessions ([P15](gloaming_protocol::rules#p15),
    /// [P18](gloaming_protocol::rules#p18)). A session that is not resumable ends. Returns the number of
    /// sessions.
    pub fn invalidate(&mut self, now: Instant, selector: &Selector, resumable: bool) -> usize {
        self.for_sessions(selector, |gateway, key| {
            let connection = gateway.sessions.get(key).and_then(Session::connection);
            if connection.is_some() {
                gateway.detach_session(now, key);
            }
            if !resumable {
                gateway.end_session(key, SessionEndReason::Invalidated);
            }
            if let Some(id) = connection {
                gateway.send_invalid_session(id, resumable);
            }
        })
    }

    /// Sends op 1 ([P6](gloaming_protocol::rules#p6)). Returns the number of connections.
    pub fn request_heartbeat(&mut self, now: Instant, selector: &Selector) -> usize {
        self.for_connections(selector, |gateway, id| {
            gateway.send_heartbeat_request(now, id);
        })
    }

    /// Deletes sessions without notice: a RESUME finds nothing. Their connections stay open without a session. A command
    /// on such a connection closes it with 4003, and is not a violation. Returns the number of sessions.
    pub fn forget_sessions(&mut self, selector: &Selector) -> usize {
        self.for_sessions(selector, |gateway, key| {
            if let Some(id) = gateway.sessions.get(key).and_then(Session::connection)
                && let Some(connection) = gateway.connections.get_mut(id)
            {
                connection.lose_session();
            }
            gateway.end_session(key, SessionEndReason::Forgotten);
        })
    }

    /// Withholds a message from now on.
    pub fn mute(&mut self, message: Mute) {
        self.faults.mute(message);
    }

    /// Ends a [`mute`](Self::mute) and sends what was withheld, except acknowledgements.
    pub fn unmute(&mut self, now: Instant, message: Mute) {
        self.faults.unmute(message);
        for id in self.connections.ids() {
            let Some(connection) = self.connections.get_mut(id) else {
                continue;
            };
            match (message, &connection.state) {
                (Mute::Hello, ConnectionState::HelloPending) => self.greet(now, id),
                (Mute::Ready, ConnectionState::ReadyWithheld(_)) => {
                    if let ConnectionState::ReadyWithheld(identify) =
                        std::mem::replace(&mut connection.state, ConnectionState::Unauthenticated)
                    {
                        self.start_session(now, id, *identify);
                    }
                }
                _ => {}
            }
        }
    }

    /// Whether a message is withheld.
    #[must_use]
    pub fn is_muted(&self, message: Mute) -> bool {
        self.faults.is_muted(message)
    }

    /// Sends any event to sessions, regardless of their intents and shards. Sessions without a connection get it when
    /// they resume. Returns the number of sessions.
    pub fn dispatch(
        &mut self,
        selector: &Selector,
        name: impl Into<Cow<'static, str>>,
        data: &Value,
    ) -> usize {
        let name = name.into();
        let data: Arc<str> = data.to_string().into();
        self.for_sessions(selector, |gateway, key| {
            gateway
                .delivery()
                .dispatch(key, name.clone(), Arc::clone(&data));
        })
    }

    /// Makes any event happen. It is sent to the sessions whose shard and intents it is for
    /// ([P35](gloaming_protocol::rules#p35)), according to the `guild_id` (or for guilds the `id`) in its
    /// data. Returns the number of sessions.
    pub fn publish(&mut self, name: impl Into<Cow<'static, str>>, data: Value) -> usize {
        let event = Event::custom(name.into(), data);
        if let Some(guild) = event.guild
            && event.name == GUILD_CREATE
            && self.announced_guilds.len() < MAX_ANNOUNCED_GUILDS
        {
            self.announced_guilds.insert(guild);
        }
        self.fan_out(&event)
    }

    /// The guild of an event to be [published](Self::publish), if the bot is not in it: it is not one of
    /// [`guild_ids`](Self::guild_ids), and the bot did not join it by a published GUILD_CREATE.
    pub(crate) fn missing_guild(&self, name: &str, data: &Value) -> Option<u64> {
        let guild = Event::guild_of(name, data)?;
        let is_known = name == GUILD_CREATE
            || self.announced_guilds.contains(&guild)
            || self.world.guild_ids().any(|known| known == guild);
        (!is_known).then_some(guild)
    }

    /// Sends load to each session, in place of load that is still to be sent. Returns the number of sessions.
    pub fn flood(&mut self, now: Instant, selector: &Selector, flood: Flood) -> usize {
        self.for_sessions(selector, |gateway, key| {
            let Some(session) = gateway.sessions.get(key) else {
                return;
            };
            let (shard, intents) = (session.shard, session.intents);
            let load = gateway.load(shard, intents, flood);
            if let Some(session) = gateway.sessions.get_mut(key) {
                session.load = load;
                if let Some(id) = session.connection() {
                    gateway.send_pending(now, id);
                }
            }
        })
    }

    /// Does something for the connections that a selector matches. Returns their number.
    pub(super) fn for_connections(
        &mut self,
        selector: &Selector,
        mut perform: impl FnMut(&mut Self, ConnectionId),
    ) -> usize {
        let selected: Vec<ConnectionId> = self
            .connections
            .iter()
            .filter(|(_, connection)| !connection.is_closing())
            .filter(|(id, connection)| {
                let session = connection.session().and_then(|key| self.sessions.get(key));
                selector.matches(
                    Some(*id),
                    session.map(|session| (session.id.as_str(), session.shard)),
                )
            })
            .map(|(id, _)| id)
            .collect();
        for id in &selected {
            perform(self, *id);
        }
        selected.len()
    }

    /// Does something for the sessions that a selector matches. Returns their number.
    pub(super) fn for_sessions(
        &mut self,
        selector: &Selector,
        mut perform: impl FnMut(&mut Self, SessionKey),
    ) -> usize {
        let selected = self.sessions.select(selector);
        for key in &selected {
            perform(self, *key);
        }
        selected.len()
    }
}

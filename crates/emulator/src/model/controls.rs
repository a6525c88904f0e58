//! What a test can make the gateway do.

use std::{borrow::Cow, sync::Arc, time::Instant};

use gloaming_protocol::OpCode;
use serde_json::Value;
use twilight_model::{
    gateway::Intents,
    id::{Id, marker::GuildMarker},
};

use super::{
    connection::Stage,
    ended::{EndedSession, SessionEndReason},
    gateway::Gateway,
    input::ConnectionId,
    query::Compression,
    session::{Session, SessionKey},
};
use crate::{flood::Flood, selector::Selector, traffic::Event};

/// What a gateway can keep to itself.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Mute {
    /// HELLO. Unmuting sends it to those that wait.
    Hello,
    /// READY: identifies are neither refused nor answered (P8). Unmuting sends it to those that wait.
    Ready,
    /// Op 11, so that connections look like zombies (P7).
    Acks,
    /// The reply to a client's close frame. Heeded by the server, not by [`Gateway`].
    CloseReplies,
}

/// A session, as a test sees it.
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize)]
#[non_exhaustive]
pub struct SessionInfo {
    /// Its id, as given in READY.
    pub id: String,
    /// `[id, count]`.
    pub shard: [u32; 2],
    /// What it asked for.
    pub intents: Intents,
    /// The connection that it has now.
    pub connection: Option<ConnectionId>,
    /// How what is sent on that connection is compressed.
    pub compression: Option<Compression>,
    /// Sequence of the last dispatch made for it, whether or not it was sent.
    pub sequence: u64,
}

impl Gateway {
    /// The sessions that live, oldest first.
    #[must_use]
    pub fn sessions(&self) -> Vec<SessionInfo> {
        self.sessions
            .values()
            .map(|session| SessionInfo {
                id: session.id.clone(),
                shard: session.shard,
                intents: session.intents,
                connection: session.connection(),
                compression: session
                    .connection()
                    .and_then(|id| self.connections.get(&id))
                    .map(|connection| connection.compression),
                sequence: session.sequence,
            })
            .collect()
    }

    /// The last ten thousand sessions that ended, oldest first.
    #[must_use]
    pub fn ended_sessions(&self) -> Vec<EndedSession> {
        self.ended.to_vec()
    }

    /// The guilds that the bot is in, in the order of their making.
    #[must_use]
    pub fn guild_ids(&self) -> Vec<Id<GuildMarker>> {
        self.world.guild_ids().filter_map(Id::new_checked).collect()
    }

    /// Closes connections with `code`. Sessions end or stay as the code tells the client. Gives how many it were.
    pub fn close(&mut self, now: Instant, selector: &Selector, code: u16) -> usize {
        self.for_connections(selector, |gateway, id| {
            gateway.close_connection(now, id, code)
        })
    }

    /// Cuts connections without a close frame; their sessions stay. Gives how many it were.
    pub fn drop_connections(&mut self, now: Instant, selector: &Selector) -> usize {
        self.for_connections(selector, |gateway, id| gateway.drop_connection(now, id))
    }

    /// Sends op 7 (P15). Gives to how many connections.
    pub fn reconnect(&mut self, selector: &Selector) -> usize {
        self.for_connections(selector, |gateway, id| {
            gateway.stats.reconnects += 1;
            gateway.send_control(id, OpCode::Reconnect, &Value::Null);
        })
    }

    /// Sends op 9 to connections with a session: it stays if `resumable` and ends if not (P15, P18). Gives to how many.
    pub fn invalidate(&mut self, now: Instant, selector: &Selector, resumable: bool) -> usize {
        self.for_sessions(selector, |gateway, key| {
            let Some(id) = gateway.sessions.get(&key).and_then(Session::connection) else {
                return gateway.end_unless(resumable, key);
            };
            gateway.detach(now, key);
            gateway.end_unless(resumable, key);
            gateway.send_invalid_session(id, resumable);
        })
    }

    /// Sends op 1 (P6). Gives to how many connections.
    pub fn request_heartbeat(&mut self, now: Instant, selector: &Selector) -> usize {
        self.for_connections(selector, |gateway, id| gateway.ask_for_heartbeat(now, id))
    }

    /// Forgets sessions without a word, so that a RESUME finds nothing. Connections are left as they are, with no
    /// session to carry: a command closes them with 4003, and is no violation. Gives how many sessions.
    pub fn forget_sessions(&mut self, selector: &Selector) -> usize {
        self.for_sessions(selector, |gateway, key| {
            if let Some(id) = gateway.sessions.get(&key).and_then(Session::connection)
                && let Some(connection) = gateway.connections.get_mut(&id)
            {
                connection.part();
            }
            gateway.end_session(key, SessionEndReason::Forgotten);
        })
    }

    /// Keeps something to itself from now on.
    pub fn mute(&mut self, what: Mute) {
        self.muted.insert(what);
    }

    /// Ends a [`mute`](Self::mute) and sends what was withheld, except acks.
    pub fn unmute(&mut self, now: Instant, what: Mute) {
        self.muted.remove(&what);
        let waiting: Vec<ConnectionId> = self.connections.keys().copied().collect();
        for id in waiting {
            let Some(connection) = self.connections.get_mut(&id) else {
                continue;
            };
            match (what, &connection.stage) {
                (Mute::Hello, Stage::Silent) => self.greet(now, id),
                (Mute::Ready, Stage::Withheld(_)) => {
                    if let Stage::Withheld(identify) =
                        std::mem::replace(&mut connection.stage, Stage::Greeted)
                    {
                        self.grant(now, id, *identify);
                    }
                }
                _ => {}
            }
        }
    }

    /// Whether it keeps that to itself.
    #[must_use]
    pub fn is_muted(&self, what: Mute) -> bool {
        self.muted.contains(&what)
    }

    /// Sends op 7 in place of HELLO to the next `connections` connections (P3).
    pub fn reconnect_before_hello(&mut self, connections: u64) {
        self.reconnect_first = connections;
    }

    /// Sends any event to sessions, whatever their intents and shards; those that are away get it when they resume.
    /// Gives how many.
    pub fn dispatch(
        &mut self,
        selector: &Selector,
        name: impl Into<Cow<'static, str>>,
        data: &Value,
    ) -> usize {
        let name = name.into();
        let data: Arc<str> = data.to_string().into();
        self.for_sessions(selector, |gateway, key| {
            gateway.dispatch_to(key, name.clone(), Arc::clone(&data))
        })
    }

    /// Makes any event happen: it goes to the sessions whose shard and intents it is for (P35), by the `guild_id` (or
    /// for guilds the `id`) in its data. Gives how many.
    pub fn publish(&mut self, name: impl Into<Cow<'static, str>>, data: Value) -> usize {
        self.fan_out(&Event::by_hand(name.into(), data))
    }

    /// Loads sessions, each with as much. One that is being loaded gets the new load in place of what is left.
    /// Gives how many.
    pub fn flood(&mut self, now: Instant, selector: &Selector, flood: Flood) -> usize {
        self.for_sessions(selector, |gateway, key| {
            let Some((shard, intents)) = gateway
                .sessions
                .get(&key)
                .map(|session| (session.shard, session.intents))
            else {
                return;
            };
            let load = gateway.load(shard, intents, flood);
            if let Some(session) = gateway.sessions.get_mut(&key) {
                session.load = load;
                if let Some(id) = session.connection() {
                    gateway.feed(now, id);
                }
            }
        })
    }

    fn end_unless(&mut self, resumable: bool, key: SessionKey) {
        if !resumable {
            self.end_session(key, SessionEndReason::Invalidated);
        }
    }

    pub(super) fn for_connections(
        &mut self,
        selector: &Selector,
        mut act: impl FnMut(&mut Self, ConnectionId),
    ) -> usize {
        let chosen: Vec<ConnectionId> = self
            .connections
            .iter()
            .filter(|(_, connection)| !matches!(connection.stage, Stage::Closing))
            .filter(|(id, connection)| {
                let session = connection.session().and_then(|key| self.sessions.get(&key));
                selector.matches(
                    Some(**id),
                    session.map(|session| (session.id.as_str(), session.shard)),
                )
            })
            .map(|(id, _)| *id)
            .collect();
        for id in &chosen {
            act(self, *id);
        }
        chosen.len()
    }

    pub(super) fn for_sessions(
        &mut self,
        selector: &Selector,
        mut act: impl FnMut(&mut Self, SessionKey),
    ) -> usize {
        let chosen: Vec<SessionKey> = self
            .sessions
            .iter()
            .filter(|(_, session)| {
                selector.matches(session.connection(), Some((&session.id, session.shard)))
            })
            .map(|(key, _)| *key)
            .collect();
        for key in &chosen {
            act(self, *key);
        }
        chosen.len()
    }
}

//! The connections of the gateway.

mod connection;
mod heartbeats;
mod query;
mod send_window;

use std::{collections::BTreeMap, time::Instant};

pub(crate) use self::{
    connection::{Connection, ConnectionState, DispatchCopies, NetworkCondition},
    query::{ApiVersion, GatewayQuery},
    send_window::SendVerdict,
};
use super::session_key::SessionKey;
use crate::connection::{ConnectionId, Handshake};

/// All connections, by their ids.
#[derive(Debug, Default)]
pub(crate) struct Connections(BTreeMap<ConnectionId, Connection>);

impl Connections {
    pub(crate) fn open(&mut self, now: Instant, id: ConnectionId, handshake: Handshake) {
        self.0.insert(id, Connection::new(now, handshake));
    }

    pub(crate) fn remove(&mut self, id: ConnectionId) -> Option<Connection> {
        self.0.remove(&id)
    }

    pub(crate) fn get(&self, id: ConnectionId) -> Option<&Connection> {
        self.0.get(&id)
    }

    pub(crate) fn get_mut(&mut self, id: ConnectionId) -> Option<&mut Connection> {
        self.0.get_mut(&id)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (ConnectionId, &Connection)> {
        self.0.iter().map(|(id, connection)| (*id, connection))
    }

    pub(crate) fn ids(&self) -> Vec<ConnectionId> {
        self.0.keys().copied().collect()
    }

    /// The session of a connection.
    pub(crate) fn session(&self, id: ConnectionId) -> Option<SessionKey> {
        self.get(id)?.session()
    }

    /// The `[id, count]` of the shard that a connection identified as or resumed.
    pub(crate) fn shard(&self, id: ConnectionId) -> Option<[u32; 2]> {
        self.get(id)?.shard
    }

    /// Whether what the client sends on a connection is processed.
    pub(crate) fn is_open(&self, id: ConnectionId) -> bool {
        self.get(id)
            .is_some_and(|connection| !connection.is_closing())
    }
}

//! Information on the shards of a cluster.

use crate::{Health, clock, health::Buffer, slot::Slot};
use gloaming_protocol::{RedactedUrl, ShardId};
use gloaming_shard::{Latency, Session, ShardState};
use serde::{Serialize, Serializer, ser::SerializeStruct as _};
use std::{
    fmt::{self, Debug, Display, Formatter},
    sync::Arc,
};

/// A snapshot of a shard of a cluster; made by [`Cluster::info`](crate::Cluster::info).
///
/// ```no_run
/// # fn example(cluster: &gloaming_cluster::Cluster) {
/// use gloaming_cluster::Health;
///
/// for (number, info) in cluster.info() {
///     if info.health() != Health::Up {
///         eprintln!("shard {number} is {}", info.health());
///     }
/// }
/// # }
/// ```
///
/// `Display` is one line, for example `shard 3 of 16: up, latency 41 ms`. Serialized, for example for a status page, it
/// is a map without secrets: the URL has no query, and the id of the session is left out.
///
/// ```text
/// {"id":[3,16],"gateway_url":"wss://gateway.discord.gg","health":{"health":"up"},"state":{"state":"active"},
///  "latency":{"average_ms":41,"recent_ms":[41],"periods":1},"sequence":1042,"buffered_items":0,"crashes":0,
///  "last_crash":null}
/// ```
#[derive(Clone)]
pub struct ShardInfo {
    id: ShardId,
    gateway_url: Box<str>,
    state: ShardState,
    latency: Latency,
    session: Option<Session>,
    health: Health,
    buffered_items: u64,
    crashes: u64,
    last_crash: Option<Arc<str>>,
}

impl ShardInfo {
    pub(crate) fn of(slot: &Slot) -> Self {
        let shard = slot.monitor.status();
        let supervision = slot.status.borrow().clone();
        let buffered_items = slot.monitor.buffered_items();
        let position = match shard.state() {
            ShardState::Identifying => slot.config.queue().waiting(slot.id.number()),
            _ => None,
        };
        let buffer = match slot.monitor.is_reading() {
            true => Buffer::HasRoom,
            false => Buffer::Full,
        };
        Self {
            id: slot.id,
            gateway_url: slot.config.gateway_url().into(),
            state: shard.state(),
            session: slot.monitor.received_session(),
            health: Health::compute(clock::now(), supervision.phase, &shard, position, buffer),
            latency: shard.latency().clone(),
            buffered_items,
            crashes: supervision.crashes,
            last_crash: supervision.last_crash,
        }
    }

    /// Returns the shard's id.
    #[must_use]
    pub const fn id(&self) -> ShardId {
        self.id
    }

    /// Returns whether the shard does its work, and if not, what it waits for.
    #[must_use]
    pub const fn health(&self) -> Health {
        self.health
    }

    /// Returns the state of the shard's connection.
    #[must_use]
    pub const fn state(&self) -> ShardState {
        self.state
    }

    /// Returns the heartbeat round trips of the current connection.
    #[must_use]
    pub const fn latency(&self) -> &Latency {
        &self.latency
    }

    /// Returns the session as of the last item that was buffered.
    #[must_use]
    pub const fn session(&self) -> Option<&Session> {
        self.session.as_ref()
    }

    /// Returns the id of the [session](Self::session).
    #[must_use]
    pub fn session_id(&self) -> Option<&str> {
        self.session().map(Session::id)
    }

    /// Returns the gateway's main URL.
    #[must_use]
    pub const fn gateway_url(&self) -> &str {
        &self.gateway_url
    }

    /// Returns the number of items in the buffer.
    #[must_use]
    pub const fn buffered_items(&self) -> u64 {
        self.buffered_items
    }

    /// Returns how often the shard's task has panicked.
    #[must_use]
    pub const fn crashes(&self) -> u64 {
        self.crashes
    }

    /// Returns the message of the last panic.
    #[must_use]
    pub fn last_crash(&self) -> Option<&str> {
        self.last_crash.as_deref()
    }
}

/// One line: the id, the health and what is remarkable.
impl Display for ShardInfo {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (number, total) = (self.id.number(), self.id.total());
        write!(f, "shard {number} of {total}: {}", self.health)?;
        if let Some(latency) = self.latency.recent().first() {
            write!(f, ", latency {} ms", latency.as_millis())?;
        }
        if self.buffered_items > 0 {
            write!(f, ", {} items buffered", self.buffered_items)?;
        }
        match self.crashes {
            0 => Ok(()),
            crashes => write!(f, ", {crashes} crashes"),
        }
    }
}

impl Serialize for ShardInfo {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_struct("ShardInfo", 9)?;
        map.serialize_field("id", &[self.id.number(), self.id.total()])?;
        let gateway_url = RedactedUrl::new(&self.gateway_url).to_string();
        map.serialize_field("gateway_url", &gateway_url)?;
        map.serialize_field("health", &self.health)?;
        map.serialize_field("state", &self.state)?;
        map.serialize_field("latency", &self.latency)?;
        map.serialize_field("sequence", &self.session().map(Session::sequence))?;
        map.serialize_field("buffered_items", &self.buffered_items)?;
        map.serialize_field("crashes", &self.crashes)?;
        map.serialize_field("last_crash", &self.last_crash())?;
        map.end()
    }
}

impl Debug for ShardInfo {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShardInfo")
            .field("id", &self.id)
            .field("gateway_url", &RedactedUrl::new(&self.gateway_url))
            .field("state", &self.state)
            .field("latency", &self.latency)
            .field("session", &self.session)
            .field("health", &self.health)
            .field("buffered_items", &self.buffered_items)
            .field("crashes", &self.crashes)
            .field("last_crash", &self.last_crash)
            .finish()
    }
}

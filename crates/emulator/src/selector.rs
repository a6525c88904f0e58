//! Which connections and sessions to act on.

use crate::connection::ConnectionId;

/// Which connections or sessions to act on.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Selector {
    /// All of them.
    #[default]
    All,
    /// Those of the shard with this number, regardless of the shard count.
    Shard(u32),
    /// The session with this id, and its connection.
    Session(String),
    /// This connection, and its session.
    Connection(ConnectionId),
}

impl Selector {
    pub(crate) fn matches(
        &self,
        connection: Option<ConnectionId>,
        session: Option<(&str, [u32; 2])>,
    ) -> bool {
        match self {
            Self::All => true,
            Self::Shard(id) => session.is_some_and(|(_, shard)| shard[0] == *id),
            Self::Session(id) => session.is_some_and(|(session, _)| session == id),
            Self::Connection(id) => connection == Some(*id),
        }
    }
}

impl From<ConnectionId> for Selector {
    fn from(id: ConnectionId) -> Self {
        Self::Connection(id)
    }
}

//! How connections are named and opened.

use std::{fmt, sync::Arc};

/// A connection. The driver of a [`Gateway`](crate::model::Gateway) chooses the number and uses it once.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, serde::Serialize)]
pub struct ConnectionId(pub u64);

impl fmt::Display for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "connection {}", self.0)
    }
}

/// A host of the gateway.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Host {
    /// The host whose URL REST returns ([P2](gloaming_protocol::rules#p2)).
    Main,
    /// The host whose URL is the `resume_gateway_url` of READY ([P14](gloaming_protocol::rules#p14)).
    Resume,
}

/// What is known of a connection after its WebSocket handshake.
#[derive(Clone, Debug)]
pub struct Handshake {
    /// The query string of the request, without the question mark.
    pub query: String,
    /// The host that the client connected to.
    pub host: Host,
    /// The `resume_gateway_url` that READY gives to this client.
    pub resume_url: Arc<str>,
}

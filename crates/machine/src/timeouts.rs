//! How long each wait may last.

use std::time::Duration;

/// Bounds of every wait for the other side. Past a bound the shard acts; it never waits forever.
///
/// READY is the one exception, on purpose: while the server acknowledges heartbeats but withholds
/// READY (as it does in outages), the shard keeps the connection and does not identify twice (P8).
/// Once acknowledgements stop, the zombie rule (P7) ends that wait as well.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Timeouts {
    /// TCP, TLS and WebSocket handshake together. Default 20 s.
    pub connect: Duration,
    /// From the open connection to HELLO (P3). Default 20 s.
    pub hello: Duration,
    /// Silence while replayed events or RESUMED are due (P17). Default 30 s.
    pub resumed: Duration,
    /// How often a wait for READY is reported. Default 60 s.
    pub ready_report: Duration,
    /// From our close frame to the server's. Default 5 s.
    pub close: Duration,
    /// How long connections have to stand to make up for the end of one, so that the next follows at
    /// once ([`BackoffPolicy`](crate::BackoffPolicy)). Default 2 s.
    pub stable: Duration,
    /// How long a queued command may wait to be sent before it expires. Default 10 min: as long as a
    /// full queue takes to be sent.
    pub command: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(20),
            hello: Duration::from_secs(20),
            resumed: Duration::from_secs(30),
            ready_report: Duration::from_secs(60),
            close: Duration::from_secs(5),
            stable: Duration::from_secs(2),
            command: Duration::from_secs(600),
        }
    }
}

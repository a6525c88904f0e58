//! The report that is printed.

use std::{collections::BTreeMap, time::Duration};

use gloaming_protocol::Compression;
use serde::Serialize;

use crate::{args::compression_name, measure::Cost, tally::Tally};

/// The client that was measured.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    /// Its name.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
}

impl Peer {
    /// This library.
    pub const GLOAMING: Self = Self {
        name: "gloaming",
        version: env!("CARGO_PKG_VERSION"),
    };
}

/// One measurement; `--help` explains the fields.
#[derive(Debug, Serialize)]
pub struct Report {
    peer: &'static str,
    version: &'static str,
    build: &'static str,
    mode: &'static str,
    compress: &'static str,
    sent: Option<u64>,
    events: u64,
    errors: u64,
    bytes: Option<u64>,
    wire_bytes: Option<u64>,
    user_s: Option<f64>,
    sys_s: Option<f64>,
    cpu_s: Option<f64>,
    wall_s: f64,
    ns_per_event: Option<f64>,
    rss_peak_kib: Option<u64>,
    rss_kib: Option<u64>,
    by_type: BTreeMap<Box<str>, u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    arrivals_ns: Option<Vec<u64>>,
    #[serde(flatten)]
    idle: Option<Idle>,
}

/// The cost of keeping idle shards.
#[derive(Debug, Serialize)]
pub struct Idle {
    /// How many there are.
    pub shards: u32,
    /// Seconds until they were ready.
    pub ready_wall_s: f64,
    /// Resident memory before the first of them.
    pub rss_before_kib: Option<u64>,
    /// Resident memory at the end of the window.
    pub rss_held_kib: Option<u64>,
}

/// Bytes of messages, after and before inflating.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bytes {
    /// `None` through a cluster, which does not count them.
    pub inflated: Option<u64>,
    /// `None` if only payloads are seen.
    pub wire: Option<u64>,
}

impl Report {
    /// Reports a window.
    #[must_use]
    pub fn new(
        peer: Peer,
        mode: &'static str,
        compression: Compression,
        cost: &Cost,
        bytes: Bytes,
        mut tally: Tally,
    ) -> Self {
        let arrivals_ns = tally.take_arrivals();
        let errors = tally.errors;
        let by_type = tally.by_type();
        Self {
            peer: peer.name,
            version: peer.version,
            build: if cfg!(debug_assertions) {
                "debug"
            } else {
                "release"
            },
            mode,
            compress: compression_name(compression),
            sent: None,
            events: by_type.values().sum(),
            errors,
            bytes: bytes.inflated,
            wire_bytes: bytes.wire,
            user_s: cost.cpu.map(|cpu| seconds(cpu.user)),
            sys_s: cost.cpu.map(|cpu| seconds(cpu.system)),
            cpu_s: cost.cpu.map(|cpu| seconds(cpu.user + cpu.system)),
            wall_s: seconds(cost.wall),
            ns_per_event: None,
            rss_peak_kib: cost.memory.peak_kib,
            rss_kib: cost.memory.now_kib,
            by_type,
            arrivals_ns,
            idle: None,
        }
    }

    /// Divides the cost by the number of events that the server sent.
    #[must_use]
    pub fn with_sent(mut self, sent: u64) -> Self {
        self.sent = Some(sent);
        self.ns_per_event = self
            .cpu_s
            .map(|cpu| (cpu * 1e10 / sent as f64).round() / 10.0);
        self
    }

    /// Adds the cost of keeping shards.
    #[must_use]
    pub fn with_idle(mut self, idle: Idle) -> Self {
        self.idle = Some(idle);
        self
    }
}

/// Rounds to microseconds, the precision of the clocks.
#[must_use]
pub fn seconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e6
}

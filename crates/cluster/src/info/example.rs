//! A snapshot for tests, of which each changes what it is about.

use super::{Ages, BufferFill, Gate, ShardInfo, WasUp};
use crate::{Health, clock};
use gloaming_protocol::ShardId;
use gloaming_shard::{DisconnectCounts, Latency, ShardState};

impl ShardInfo {
    /// A shard that was up once, and of which nothing else is known.
    pub(crate) fn example(number: u32, total: u32, health: Health) -> Self {
        Self {
            id: ShardId::new(number, total),
            gateway_url: "wss://gateway.test".into(),
            state: ShardState::Active,
            latency: Latency::default(),
            session: None,
            health,
            crashes: 0,
            last_crash: None,
            now: clock::now(),
            ages: Ages::default(),
            was_up: WasUp::Once,
            awaited: None,
            gate: Gate::Open,
            last_disconnect: None,
            disconnects: DisconnectCounts::default(),
            permit_refusal: None,
            buffer: BufferFill {
                items: 0,
                max_items: 64,
                bytes: 0,
                max_bytes: 1 << 20,
                read_ahead_bytes: 0,
                untouched_for: None,
            },
            cursor_lag: 0,
            unacknowledged_events: 0,
            unacknowledged_for: None,
            shed_events: 0,
            event_lag: None,
        }
    }

    pub(crate) fn never_up(mut self) -> Self {
        self.was_up = WasUp::Never;
        self
    }

    pub(crate) fn down_for_secs(mut self, seconds: u64) -> Self {
        self.ages.down = Some(std::time::Duration::from_secs(seconds));
        self
    }

    pub(crate) fn untouched_for_secs(mut self, seconds: u64) -> Self {
        self.buffer.items = 64;
        self.buffer.untouched_for = Some(std::time::Duration::from_secs(seconds));
        self
    }

    pub(crate) fn unacknowledged_for_secs(mut self, events: u64, seconds: u64) -> Self {
        self.unacknowledged_events = events;
        self.unacknowledged_for = Some(std::time::Duration::from_secs(seconds));
        self
    }

    pub(crate) fn with_lag_secs(mut self, lag: u64, age: u64) -> Self {
        self.event_lag = Some(super::MeasuredLag {
            lag: std::time::Duration::from_secs(lag),
            age: std::time::Duration::from_secs(age),
        });
        self
    }
}

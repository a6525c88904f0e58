//! Information on the shards of a cluster.

#[cfg(test)]
mod example;
mod facts;
mod serialized;
mod span;
mod text;

pub use self::facts::{BufferFill, LastDisconnect, MeasuredLag};
pub(crate) use self::{serialized::millis, span::Span};

use self::facts::{Ages, Gate, WasUp};
use crate::{Health, clock, health::Buffer, slot::Slot};
use gloaming_protocol::{RedactedUrl, ShardId};
use gloaming_shard::{DisconnectCounts, Latency, Session, ShardState, machine::Awaited};
use std::{
    fmt::{self, Debug, Formatter},
    sync::Arc,
    time::{Duration, Instant},
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
/// `Display` is one line, for example `shard 3 of 16: up, latency 41 ms`. If the shard does not do its work, it says for how
/// long, why, and what the shard waits for. Serialized, for example for a status page, it is a map without secrets: the URL
/// has no query, and the id of the session is left out. Times are in milliseconds, and `null` if they are unknown.
///
/// ```text
/// {"id":[3,16],"gateway_url":"wss://gateway.discord.gg","health":{"health":"up"},"state":{"state":"active"},
///  "latency":{"average_ms":41,"recent_ms":[41],"periods":1},"sequence":1042,"buffered_items":0,"crashes":0,
///  "last_crash":null,"waits_for":null,"uptime_ms":86400000,"state_age_ms":3600000,"up_for_ms":3600000,
///  "down_for_ms":null,"session_age_ms":86390000,"last_frame_age_ms":12,"last_ack_age_ms":20650,
///  "last_disconnect":{"cause":"reconnect_requested","ago_ms":3600400,"text":"the server requested a reconnect"},
///  "disconnects":{"reconnect_requested":1},"permit_refusal":null,
///  "buffer":{"items":0,"max_items":64,"bytes":0,"max_bytes":67108864,"read_ahead_bytes":0,"untouched_for_ms":null},
///  "cursor_lag":0,"unacknowledged_events":0,"unacknowledged_for_ms":null,"shed_events":0,
///  "event_lag":{"lag_ms":120,"age_ms":12}}
/// ```
#[derive(Clone)]
pub struct ShardInfo {
    id: ShardId,
    gateway_url: Box<str>,
    state: ShardState,
    latency: Latency,
    session: Option<Session>,
    health: Health,
    crashes: u64,
    last_crash: Option<Arc<str>>,
    /// When all this was read.
    now: Instant,
    ages: Ages,
    was_up: WasUp,
    awaited: Option<Awaited>,
    gate: Gate,
    last_disconnect: Option<LastDisconnect>,
    disconnects: DisconnectCounts,
    permit_refusal: Option<Arc<str>>,
    buffer: BufferFill,
    cursor_lag: u64,
    unacknowledged_events: u64,
    unacknowledged_for: Option<Duration>,
    shed_events: u64,
    event_lag: Option<MeasuredLag>,
}

impl ShardInfo {
    pub(crate) fn of(slot: &Slot) -> Self {
        let now = clock::now();
        let monitor = &slot.monitor;
        let shard = monitor.status();
        let activity = shard.activity();
        let supervision = slot.status.borrow().clone();
        let position = match shard.state() {
            ShardState::Identifying => slot.config.queue().waiting(slot.id.number()),
            _ => None,
        };
        let reading = match monitor.is_reading() {
            true => Buffer::HasRoom,
            false => Buffer::Full,
        };
        let session = monitor.received_session();
        Self {
            id: slot.id,
            gateway_url: slot.config.gateway_url().into(),
            state: shard.state(),
            health: Health::compute(now, supervision.phase, &shard, position, reading),
            latency: shard.latency().clone(),
            crashes: supervision.crashes,
            last_crash: supervision.last_crash,
            now,
            ages: Ages::of(now, monitor, &shard),
            was_up: match activity.was_up() {
                true => WasUp::Once,
                false => WasUp::Never,
            },
            awaited: activity.awaits(),
            gate: match slot.config.identify_gate().is_paused() {
                true => Gate::Paused,
                false => Gate::Open,
            },
            last_disconnect: (activity.last_disconnect()).map(|last| LastDisconnect::of(now, last)),
            disconnects: activity.disconnects().clone(),
            permit_refusal: activity.permit_refusal().map(Arc::from),
            buffer: BufferFill::of(now, monitor, slot.capacity),
            cursor_lag: monitor.undelivered_events(),
            unacknowledged_events: monitor.unacknowledged_events() as u64,
            unacknowledged_for: (monitor.oldest_unacknowledged())
                .map(|since| now.saturating_duration_since(since)),
            shed_events: monitor.shed_events(),
            event_lag: monitor.event_lag().map(|lag| MeasuredLag::of(now, lag)),
            session,
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
        self.buffer.items
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

    /// Returns what the shard waits for, for example `the next attempt on the main host in 2.1 s, attempt 3`. `None` if it is
    /// [up](Health::Up), or does not run any more.
    #[must_use]
    pub fn waits_for(&self) -> Option<String> {
        text::waits_for(self)
    }

    /// What the shard is doing, for how long and why: a clause that follows "shard 17 is".
    pub(crate) fn predicate(&self) -> String {
        text::predicate(self)
    }

    /// Returns how long ago the shard was started. Restarts after crashes do not change it.
    #[must_use]
    pub const fn uptime(&self) -> Option<Duration> {
        self.ages.uptime
    }

    /// Returns for how long the shard has been in its [state](Self::state).
    #[must_use]
    pub const fn state_age(&self) -> Option<Duration> {
        self.ages.state
    }

    /// Returns for how long the session has been up on the current connection. `None` while it is not.
    #[must_use]
    pub const fn up_for(&self) -> Option<Duration> {
        self.ages.up
    }

    /// Returns for how long no session has been up: since it was last lost, or since the start. `None` while one is.
    #[must_use]
    pub const fn down_for(&self) -> Option<Duration> {
        self.ages.down
    }

    /// Returns the age of the session, since READY or since this process resumed it first. It may be older than the
    /// connection.
    #[must_use]
    pub const fn session_age(&self) -> Option<Duration> {
        self.ages.session
    }

    /// Returns whether a session has been up at any time.
    #[must_use]
    pub const fn was_up(&self) -> bool {
        matches!(self.was_up, WasUp::Once)
    }

    /// Returns how long ago the last frame arrived.
    #[must_use]
    pub const fn last_frame_age(&self) -> Option<Duration> {
        self.ages.last_frame
    }

    /// Returns how long ago the last heartbeat was acknowledged. `None` before the first ACK of a connection.
    #[must_use]
    pub const fn last_ack_age(&self) -> Option<Duration> {
        self.ages.last_ack
    }

    /// Returns the last end of a connection, or of an attempt to open one.
    #[must_use]
    pub const fn last_disconnect(&self) -> Option<&LastDisconnect> {
        self.last_disconnect.as_ref()
    }

    /// Returns how often connections and attempts to open one ended, by cause.
    #[must_use]
    pub const fn disconnects(&self) -> &DisconnectCounts {
        &self.disconnects
    }

    /// Returns why the queue refused the last permit to identify, until it grants one.
    #[must_use]
    pub fn permit_refusal(&self) -> Option<&str> {
        self.permit_refusal.as_deref()
    }

    /// Returns how full the buffer is.
    #[must_use]
    pub const fn buffer(&self) -> BufferFill {
        self.buffer
    }

    /// Returns how many events the consumer is behind: the sequence received minus the one delivered. Events in between that
    /// are filtered out count.
    #[must_use]
    pub const fn cursor_lag(&self) -> u64 {
        self.cursor_lag
    }

    /// Returns how many events the consumer has taken as a [`Delivery`](gloaming_shard::Delivery) and not acknowledged yet.
    #[must_use]
    pub const fn unacknowledged_events(&self) -> u64 {
        self.unacknowledged_events
    }

    /// Returns for how long the consumer has had the oldest event that it did not acknowledge yet: the lag from delivery to
    /// acknowledgement. `None` if it has none. Events that it dropped do not count.
    ///
    /// It is exact while the buffer is full, and otherwise may include the time that the event waited in the buffer; see
    /// [`ShardMonitor::oldest_unacknowledged`](gloaming_shard::supervision::ShardMonitor::oldest_unacknowledged).
    #[must_use]
    pub const fn unacknowledged_for(&self) -> Option<Duration> {
        self.unacknowledged_for
    }

    /// Returns how many events were [shed](gloaming_shard::OverflowPolicy::shed) so far.
    #[must_use]
    pub const fn shed_events(&self) -> u64 {
        self.shed_events
    }

    /// Returns how long a recent event took from Discord to the consumer.
    #[must_use]
    pub const fn event_lag(&self) -> Option<MeasuredLag> {
        self.event_lag
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
            .field("crashes", &self.crashes)
            .field("last_crash", &self.last_crash)
            .field("ages", &self.ages)
            .field("awaited", &self.awaited)
            .field("last_disconnect", &self.last_disconnect)
            .field("disconnects", &self.disconnects)
            .field("buffer", &self.buffer)
            .field("cursor_lag", &self.cursor_lag)
            .field("event_lag", &self.event_lag)
            .finish_non_exhaustive()
    }
}

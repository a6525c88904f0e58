//! How a shard of a cluster is doing, computed when asked.

use crate::{
    Ending, clock,
    slot::{Phase, Progress, Slot},
};
use gloaming_protocol::ShardId;
use gloaming_queue::Position;
use gloaming_shard::{Latency, Session, ShardState, ShardStatus};
use std::{
    fmt::{self, Display, Formatter},
    sync::Arc,
    time::{Duration, Instant},
};

/// How long an acknowledgement may take before it is news.
const LATE: Duration = Duration::from_secs(10);

/// How a shard of a cluster was doing at the time of asking.
#[derive(Clone, Debug)]
pub struct Information {
    id: ShardId,
    gateway_url: Box<str>,
    state: ShardState,
    latency: Latency,
    session: Option<Session>,
    health: Health,
    waiting_items: u64,
    crashes: u64,
    last_crash: Option<Arc<str>>,
}

/// Whether a shard does its work, and what it waits for otherwise.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Health {
    /// The cluster was not brought up.
    NotStarted,
    /// The session is up, and heartbeats are acknowledged.
    Up,
    /// Its buffer is full: it reads on once items are taken.
    HeldBack,
    /// The session is up, and a heartbeat goes unacknowledged. The next one makes the shard reconnect.
    Unacknowledged {
        /// Time since that heartbeat.
        since: Duration,
    },
    /// It is connecting, or waits to.
    Connecting {
        /// Attempts and connections that ended since one last stood for a while; stays at 255.
        failures: u8,
    },
    /// It waits for leave to identify.
    AwaitingPermit(Position),
    /// It waits for READY; with a queue that can't tell who waits, perhaps for leave to identify.
    Identifying,
    /// It waits for the events that it missed.
    Resuming,
    /// Its task panicked; it starts again.
    Restarting {
        /// How long until then.
        after: Duration,
    },
    /// It runs no more.
    Ended(Ending),
}

/// The state of a shard in five words, as 0.14 has them. Handshaking is part of `Disconnected`.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Stage {
    /// The session is up.
    Connected,
    /// There is no session.
    #[default]
    Disconnected,
    /// A new session is being started.
    Identifying,
    /// The session is being resumed.
    Resuming,
}

impl Information {
    pub(crate) fn of(slot: &Slot, capacity: usize) -> Self {
        let status = slot.monitor.status();
        let progress = slot.progress.borrow().clone();
        let waiting_items = slot.monitor.buffered_items();
        let position = match status.state() {
            ShardState::Identifying => slot.config.queue().waiting(slot.id.number()),
            _ => None,
        };
        let room = match waiting_items {
            waiting if waiting >= u64::try_from(capacity.max(1)).unwrap_or(u64::MAX) => Room::None,
            _ => Room::Some,
        };
        Self {
            id: slot.id,
            gateway_url: slot.config.gateway_url().into(),
            state: status.state(),
            session: slot.monitor.received_session(),
            health: health(clock::now(), &progress, &status, position, room),
            latency: status.latency().clone(),
            waiting_items,
            crashes: progress.crashes,
            last_crash: progress.last_crash,
        }
    }

    /// The shard's id.
    #[must_use]
    pub const fn id(&self) -> ShardId {
        self.id
    }

    /// Whether it does its work, and what it waits for otherwise.
    #[must_use]
    pub const fn health(&self) -> Health {
        self.health
    }

    /// What it was doing.
    #[must_use]
    pub const fn state(&self) -> ShardState {
        self.state
    }

    /// What it was doing, in five words.
    #[must_use]
    pub const fn stage(&self) -> Stage {
        match self.state {
            ShardState::Active => Stage::Connected,
            ShardState::Identifying => Stage::Identifying,
            ShardState::Resuming => Stage::Resuming,
            _ => Stage::Disconnected,
        }
    }

    /// Heartbeat round trips of the current connection.
    #[must_use]
    pub const fn latency(&self) -> &Latency {
        &self.latency
    }

    /// The session, as of the last item that was buffered.
    #[must_use]
    pub const fn session(&self) -> Option<&Session> {
        self.session.as_ref()
    }

    /// The session's id.
    #[must_use]
    pub fn session_id(&self) -> Option<&str> {
        self.session().map(Session::id)
    }

    /// The sequence of the session's last event, as of the last item that was buffered; zero without a
    /// session.
    #[must_use]
    pub fn seq(&self) -> u64 {
        self.session().map_or(0, Session::sequence)
    }

    /// The gateway's main URL.
    #[must_use]
    pub const fn gateway_url(&self) -> &str {
        &self.gateway_url
    }

    /// How many items waited to be taken.
    #[must_use]
    pub const fn waiting_items(&self) -> u64 {
        self.waiting_items
    }

    /// How often its task has panicked.
    #[must_use]
    pub const fn crashes(&self) -> u64 {
        self.crashes
    }

    /// The message of the last panic.
    #[must_use]
    pub fn last_crash(&self) -> Option<&str> {
        self.last_crash.as_deref()
    }
}

impl Display for Stage {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connected => "Connected",
            Self::Disconnected => "Disconnected",
            Self::Identifying => "Identifying",
            Self::Resuming => "Resuming",
        })
    }
}

/// Whether the buffer takes another item.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Room {
    Some,
    None,
}

fn health(
    now: Instant,
    progress: &Progress,
    status: &ShardStatus,
    position: Option<Position>,
    room: Room,
) -> Health {
    match progress.phase {
        Phase::NotStarted => return Health::NotStarted,
        Phase::Ended(ending) => return Health::Ended(ending),
        Phase::Restarting { at } => {
            let after = at.saturating_duration_since(now);
            return Health::Restarting { after };
        }
        Phase::Running => {}
    }
    match status.state() {
        ShardState::FatallyClosed => Health::Ended(Ending::Refused),
        ShardState::Closed => Health::Ended(Ending::Closed),
        _ if room == Room::None => Health::HeldBack,
        ShardState::Identifying => position.map_or(Health::Identifying, Health::AwaitingPermit),
        ShardState::Resuming => Health::Resuming,
        ShardState::Active => match unacknowledged(now, status.latency()) {
            Some(since) if since >= LATE => Health::Unacknowledged { since },
            _ => Health::Up,
        },
        ShardState::Disconnected { reconnect_attempts } => Health::Connecting {
            failures: reconnect_attempts,
        },
        _ => Health::Connecting { failures: 0 },
    }
}

/// Time since the last heartbeat, if it still waits for its acknowledgement.
fn unacknowledged(now: Instant, latency: &Latency) -> Option<Duration> {
    let sent = latency.sent()?;
    let waits = latency.received().is_none_or(|received| received < sent);
    waits.then(|| now.saturating_duration_since(sent))
}

//! Which connection serves which shard, as the gateway sees it.

use crate::clock;
use gloaming_emulator::{
    Emulator,
    model::{ConnectionId, SessionInfo},
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use tokio::{
    task::AbortHandle,
    time::{MissedTickBehavior, interval},
};

const TICK: Duration = Duration::from_millis(10);

/// Looks at the sessions of the gateway every 10 ms.
#[derive(Debug)]
pub(crate) struct Watcher {
    watched: Arc<Mutex<Watched>>,
    task: AbortHandle,
}

/// What was seen.
#[derive(Clone, Debug, Default)]
pub(crate) struct Watched {
    shards: BTreeMap<u32, Service>,
    /// How often a shard began to be served by two connections.
    pub(crate) twice: u64,
    /// The longest time for which a shard had no connection.
    pub(crate) longest_gap: Duration,
}

/// How a shard is served.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Service {
    /// The connection that it had last.
    pub(crate) connection: ConnectionId,
    /// Since when it has it.
    pub(crate) since: Instant,
    /// Since when it has none.
    gone: Option<Instant>,
    is_twice: bool,
}

impl Watcher {
    pub(crate) fn start(emulator: Arc<Emulator>) -> Self {
        let watched = Arc::new(Mutex::new(Watched::default()));
        let shared = Arc::clone(&watched);
        let task = tokio::spawn(async move {
            let mut ticks = interval(TICK);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                let sessions = emulator.sessions();
                lock(&shared).see(clock::now(), &sessions);
            }
        });
        let task = task.abort_handle();
        Self { watched, task }
    }

    pub(crate) fn service(&self, shard: u32) -> Option<Service> {
        lock(&self.watched).shards.get(&shard).copied()
    }

    /// Returns what was seen since the last call.
    pub(crate) fn take(&self) -> Watched {
        let mut watched = lock(&self.watched);
        let seen = watched.clone();
        (watched.twice, watched.longest_gap) = (0, Duration::ZERO);
        seen
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn lock(watched: &Mutex<Watched>) -> MutexGuard<'_, Watched> {
    watched.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Watched {
    fn see(&mut self, now: Instant, sessions: &[SessionInfo]) {
        let mut connections = BTreeMap::<u32, Vec<ConnectionId>>::new();
        for session in sessions {
            let of_shard = connections.entry(session.shard[0]).or_default();
            of_shard.extend(session.connection);
        }
        for (shard, connections) in connections {
            self.see_shard(now, shard, &connections);
        }
    }

    fn see_shard(&mut self, now: Instant, shard: u32, connections: &[ConnectionId]) {
        let Some(service) = self.shards.get_mut(&shard) else {
            if let [connection, ..] = *connections {
                let service = Service {
                    connection,
                    since: now,
                    gone: None,
                    is_twice: false,
                };
                self.shards.insert(shard, service);
            }
            return;
        };
        let is_twice = connections.len() > 1;
        self.twice += u64::from(is_twice && !service.is_twice);
        service.is_twice = is_twice;
        let Some(connection) = connections.iter().copied().max_by_key(|id| id.0) else {
            service.gone.get_or_insert(now);
            return;
        };
        if let Some(gone) = service.gone.take() {
            self.longest_gap = self.longest_gap.max(now.saturating_duration_since(gone));
        }
        if connection != service.connection {
            (service.connection, service.since) = (connection, now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gloaming_test_support::start_of_time;

    #[test]
    fn gaps_and_double_service_are_seen() {
        let start = start_of_time();
        let mut watched = Watched::default();
        let mut see = |millis, connections: &[u64]| {
            let connections: Vec<_> = connections.iter().copied().map(ConnectionId).collect();
            watched.see_shard(start + Duration::from_millis(millis), 3, &connections);
        };
        see(0, &[7]);
        see(10, &[]);
        see(20, &[]);
        see(30, &[8]);
        see(40, &[8, 9]);
        see(50, &[8, 9]);
        see(60, &[9]);
        assert_eq!(watched.longest_gap, Duration::from_millis(20));
        assert_eq!(watched.twice, 1);
        let service = watched.shards[&3];
        assert_eq!(service.connection, ConnectionId(9));
        assert_eq!(service.since, start + Duration::from_millis(40));
    }
}

//! Drives [`GuildArrivals`]: reads the clock, and publishes the end of the wait.

use crate::{
    clock,
    guild_arrivals::{GuildArrivals, GuildReports},
};
use gloaming_shard::{ClusterGuilds, Item};
use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};
use tokio::{
    runtime::Handle,
    sync::watch,
    time::{Sleep, sleep_until},
};

/// Waits for the guilds of all shards while the items of the shards are taken.
#[derive(Debug)]
pub(crate) struct ArrivalTimer {
    /// `None` after the end of the wait.
    arrivals: Option<GuildArrivals>,
    timer: Option<Pin<Box<Sleep>>>,
    /// `None` once all shards have stopped.
    outcome: Option<watch::Sender<Option<ClusterGuilds>>>,
}

impl ArrivalTimer {
    pub(crate) fn new(arrivals: GuildArrivals) -> (Self, watch::Receiver<Option<ClusterGuilds>>) {
        let (outcome, receiver) = watch::channel(None);
        let timer = Self {
            arrivals: Some(arrivals),
            timer: None,
            outcome: Some(outcome),
        };
        (timer, receiver)
    }

    /// Returns one that awaits nothing.
    pub(crate) const fn ended() -> Self {
        Self {
            arrivals: None,
            timer: None,
            outcome: None,
        }
    }

    /// Awaits a shard that was added, unless the wait has ended.
    pub(crate) fn add(&mut self, position: usize, reports: GuildReports) {
        if let Some(arrivals) = &mut self.arrivals {
            arrivals.add(position, reports);
        }
    }

    /// Takes notice that a shard is no longer part of the cluster. Returns the end of the wait, once.
    pub(crate) fn remove(&mut self, position: usize) -> Option<ClusterGuilds> {
        let guilds = self.arrivals.as_mut()?.remove(position)?;
        self.arrivals = None;
        self.timer = None;
        Some(guilds)
    }

    /// Takes notice of an item of the shard at this position. Returns the end of the wait, once.
    pub(crate) fn handle(&mut self, position: usize, item: &Item) -> Option<ClusterGuilds> {
        let guilds = self
            .arrivals
            .as_mut()?
            .handle(clock::now(), position, item)?;
        self.arrivals = None;
        self.timer = None;
        Some(guilds)
    }

    /// Returns the end of the wait once its time is over, once, and the position of the first shard that is missing.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<(usize, ClusterGuilds)> {
        loop {
            let Some(arrivals) = &self.arrivals else {
                return Poll::Pending;
            };
            let now = clock::now();
            if let Some(guilds) = arrivals.timeout(now) {
                let position = arrivals.first_missing();
                self.arrivals = None;
                self.timer = None;
                return Poll::Ready((position, guilds));
            }
            // Without a runtime, the next item ends the wait.
            let deadline = arrivals.deadline().filter(|deadline| *deadline > now);
            let Some(deadline) = deadline.filter(|_| Handle::try_current().is_ok()) else {
                return Poll::Pending;
            };
            // A timer of an earlier deadline is left to elapse, so that events do not reset it.
            let timer = self
                .timer
                .get_or_insert_with(|| Box::pin(sleep_until(deadline.into())));
            ready!(timer.as_mut().poll(cx));
            self.timer = None;
        }
    }

    /// Publishes the end of the wait, after the items before it were taken.
    pub(crate) fn publish(&self, guilds: ClusterGuilds) {
        if guilds.is_complete() {
            tracing::info!("{guilds}");
        } else {
            tracing::warn!("{guilds}");
        }
        if let Some(outcome) = &self.outcome {
            outcome.send_replace(Some(guilds));
        }
    }

    /// Nothing is awaited any more: all shards have stopped.
    pub(crate) fn close(&mut self) {
        self.arrivals = None;
        self.timer = None;
        self.outcome = None;
    }
}

#[cfg(test)]
mod tests {
    use super::ArrivalTimer;
    use crate::{
        clock,
        guild_arrivals::{GuildArrivals, GuildReports},
    };
    use gloaming_shard::{
        Item,
        machine::{Lifecycle, StopReason},
    };
    use std::{
        sync::{
            Arc,
            atomic::{AtomicUsize, Ordering},
        },
        task::{Context, Poll, Wake, Waker},
        time::Duration,
    };
    use tokio::time::advance;

    const PATIENCE: Duration = Duration::from_secs(15);

    /// Counts the wake-ups of a task.
    #[derive(Default)]
    struct WakeUps(AtomicUsize);

    impl Wake for WakeUps {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn wait_for_shards_that_have_all_stopped_wakes_nobody() {
        let arrivals = GuildArrivals::new([GuildReports::Expected], PATIENCE);
        let (mut timer, _outcome) = ArrivalTimer::new(arrivals);
        let item = Item::Lifecycle(Lifecycle::Ready {
            session_id: "a".into(),
        });
        assert!(timer.handle(0, &item).is_none());
        let stopped = Item::Lifecycle(Lifecycle::Stopped {
            reason: StopReason::Requested,
        });
        assert!(timer.handle(0, &stopped).is_none());
        let deadline = timer.arrivals.as_ref().and_then(|it| it.deadline());
        let deadline = deadline.expect("the wait has begun");
        let wake_ups = Arc::new(WakeUps::default());
        let waker = Waker::from(Arc::clone(&wake_ups));
        for past in [Duration::ZERO, PATIENCE] {
            advance(deadline + past - clock::now()).await;
            let polled = timer.poll(&mut Context::from_waker(&waker));
            assert!(matches!(polled, Poll::Pending));
            advance(Duration::from_millis(2)).await;
            assert_eq!(wake_ups.0.load(Ordering::Relaxed), 0, "{past:?}");
        }
    }
}

//! The order in which the events of a shard are handed to the connection.

use crate::error::Cause;
use gloaming_protocol::ShardId;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::{Mutex as Turn, OwnedMutexGuard};

/// The lanes of all shards, of which there are no more than shards.
#[derive(Debug)]
pub(crate) struct Lanes {
    order: PublishOrder,
    lanes: Mutex<HashMap<u32, Arc<Lane>>>,
}

/// How many events of a shard are under way at the same time.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum PublishOrder {
    /// As many as may [wait](crate::EventStream::with_max_pending) for the server. If one fails, those of its shard behind it that
    /// are under way may be stored before it, and the others fail with it.
    #[default]
    Pipelined,
    /// One. If it fails, all behind it fail with it, so that the stream always has the events of a shard in their order. A shard
    /// then publishes as many events per second as fit round trips to the server and its disk.
    Strict,
}

/// The publications of one shard. After one has failed, those that had begun by then fail, too, unless they are under way; and
/// those that begin later go one at a time until one succeeds.
#[derive(Debug)]
pub(crate) struct Lane {
    order: PublishOrder,
    state: Mutex<State>,
    turn: Arc<Turn<()>>,
}

#[derive(Debug, Default)]
struct State {
    /// Counts the failures.
    generation: u64,
    failure: Option<Cause>,
}

/// A publication that has begun, and waits for its turn.
#[derive(Debug)]
pub(crate) struct Waiting {
    lane: Arc<Lane>,
    generation: u64,
}

/// A publication whose turn it is. Dropping it without an outcome is a failure.
#[derive(Debug)]
pub(crate) struct UnderWay {
    lane: Arc<Lane>,
    /// `None` if the next one may follow.
    turn: Option<OwnedMutexGuard<()>>,
    outcome: Outcome,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Outcome {
    Pending,
    Known,
}

impl Lanes {
    pub(crate) fn new(order: PublishOrder) -> Self {
        let lanes = Mutex::default();
        Self { order, lanes }
    }

    /// Begins a publication. Its place is behind those that began before.
    pub(crate) fn begin(&self, shard: ShardId) -> Waiting {
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        let lane = lanes.entry(shard.number()).or_insert_with(|| {
            Arc::new(Lane {
                order: self.order,
                state: Mutex::default(),
                turn: Arc::default(),
            })
        });
        let lane = Arc::clone(lane);
        let generation = lane.state().generation;
        Waiting { lane, generation }
    }
}

impl Waiting {
    /// Waits for the turn. Fails with the cause of one before it that has failed meanwhile.
    pub(crate) async fn turn(self) -> Result<UnderWay, Cause> {
        let Self { lane, generation } = self;
        let turn = Arc::clone(&lane.turn).lock_owned().await;
        let state = lane.state();
        match &state.failure {
            Some(cause) if state.generation != generation => return Err(cause.clone()),
            _ => {}
        }
        drop(state);
        Ok(UnderWay {
            lane,
            turn: Some(turn),
            outcome: Outcome::Pending,
        })
    }
}

impl UnderWay {
    /// Notes that the event was handed to the connection, so that the next one may follow if several may be under way.
    pub(crate) fn mark_sent(&mut self) {
        let is_careful = self.lane.state().failure.is_some();
        if self.lane.order == PublishOrder::Pipelined && !is_careful {
            self.turn = None;
        }
    }

    /// Notes that the event was stored.
    pub(crate) fn stored(mut self) {
        self.outcome = Outcome::Known;
        // Not by one that was under way when another one has failed.
        if self.turn.is_some() {
            self.lane.state().failure = None;
        }
    }

    /// Notes that it is not known to be stored.
    pub(crate) fn failed(mut self, cause: &Cause) {
        self.outcome = Outcome::Known;
        self.lane.fail(cause.clone());
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        if self.outcome == Outcome::Pending {
            self.lane.fail(Cause::Unreachable);
        }
    }
}

impl Lane {
    fn fail(&self, cause: Cause) {
        let mut state = self.state();
        state.generation += 1;
        state.failure = Some(cause);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::{FutureExt as _, future::join_all};
    use std::collections::VecDeque;

    const SHARD: ShardId = ShardId::new(3, 16);

    /// A server that stores an event unless it is said to refuse it, and answers later.
    #[derive(Default)]
    struct Server {
        refused: Vec<u64>,
        stored: Vec<u64>,
        answers: VecDeque<(u64, tokio::sync::oneshot::Sender<bool>)>,
    }

    impl Server {
        fn take(&mut self, event: u64) -> tokio::sync::oneshot::Receiver<bool> {
            let is_refused = self.refused.contains(&event);
            if !is_refused && !self.stored.contains(&event) {
                self.stored.push(event);
            }
            let (sender, receiver) = tokio::sync::oneshot::channel();
            self.answers.push_back((event, sender));
            receiver
        }

        fn answer(&mut self) {
            while let Some((event, sender)) = self.answers.pop_front() {
                _ = sender.send(!self.refused.contains(&event));
            }
        }
    }

    /// Publishes events until all are stored, as a node does. The server refuses `refused` at first.
    async fn stored(order: PublishOrder, refused: &[u64], count: u64) -> Vec<u64> {
        let (lanes, server) = (Lanes::new(order), Mutex::new(Server::default()));
        server.lock().unwrap().refused = refused.to_vec();
        let publish = async |event: u64| {
            let mut under_way = lanes.begin(SHARD).turn().await.map_err(|_| event)?;
            let answer = server.lock().unwrap().take(event);
            under_way.mark_sent();
            match answer.await {
                Ok(true) => under_way.stored(),
                _ => {
                    under_way.failed(&Cause::Full);
                    return Err(event);
                }
            }
            Ok(())
        };
        let mut pending: Vec<_> = (1..=count).collect();
        let mut tries = 0;
        while !pending.is_empty() {
            let mut all = Box::pin(join_all(pending.iter().map(|event| publish(*event))));
            let outcomes = loop {
                if let Some(outcomes) = all.as_mut().now_or_never() {
                    break outcomes;
                }
                server.lock().unwrap().answer();
            };
            drop(all);
            pending = outcomes.into_iter().filter_map(Result::err).collect();
            tries += 1;
            assert!(tries < 10, "{pending:?}");
            server.lock().unwrap().refused.clear();
        }
        server.into_inner().unwrap().stored
    }

    #[tokio::test]
    async fn strict_lane_keeps_the_order_whatever_fails() {
        for refused in [&[][..], &[1], &[3], &[2, 5], &[9]] {
            let stored = stored(PublishOrder::Strict, refused, 9).await;
            assert_eq!(stored, (1..=9).collect::<Vec<_>>(), "{refused:?}");
        }
    }

    #[tokio::test]
    async fn pipelined_lane_stores_what_is_under_way_before_the_one_that_failed() {
        let stored = stored(PublishOrder::Pipelined, &[3], 6).await;
        assert_eq!(stored, [1, 2, 4, 5, 6, 3]);
    }

    #[tokio::test]
    async fn what_waits_fails_with_the_one_before_it() {
        let lanes = Lanes::new(PublishOrder::Pipelined);
        let begin = || lanes.begin(SHARD);
        let (first, second) = (begin(), begin());
        let first = first.turn().await.unwrap();
        let mut waiting = Box::pin(second.turn());
        assert!(waiting.as_mut().now_or_never().is_none());
        first.failed(&Cause::Full);
        assert_eq!(waiting.await.unwrap_err(), Cause::Full);
        // Later ones go one at a time until one succeeds, and a shard beside it does not wait.
        let mut third = begin().turn().await.unwrap();
        third.mark_sent();
        let mut fourth = Box::pin(begin().turn());
        assert!(fourth.as_mut().now_or_never().is_none());
        let other = ShardId::new(4, 16);
        assert!(lanes.begin(other).turn().await.is_ok());
        third.stored();
        assert!(fourth.await.is_ok());
    }

    #[tokio::test]
    async fn publication_that_is_dropped_counts_as_failed() {
        let lanes = Lanes::new(PublishOrder::Strict);
        let begin = || lanes.begin(SHARD);
        let (first, second) = (begin(), begin());
        drop(first.turn().await.unwrap());
        assert_eq!(second.turn().await.unwrap_err(), Cause::Unreachable);
        assert!(begin().turn().await.is_ok());
    }
}

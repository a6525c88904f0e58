//! Gives shards over one connection.

use super::connection::{FrameWriter, Inbound, WriteError, split};
use crate::{
    Cluster, ShardHandle, StopOutcome,
    checkpoint_writer::Checkpoints,
    clock,
    hand_over::{
        HandOverRefusal,
        frame::Frame,
        owner::Owner,
        predecessor::{Predecessor, PredecessorEnd, PredecessorOutput, PredecessorTimeouts},
    },
    state::Phase,
};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream::FuturesUnordered};
use gloaming_protocol::{CloseFrame, ShardId};
use gloaming_shard::Session;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    net::UnixStream,
    time::{sleep_until, timeout},
};

/// How long a frame that has arrived before a deadline may need to be read after it.
pub(super) const LAST_READ: Duration = Duration::from_millis(20);

/// What the connections of a listener share.
pub(super) trait Shared {
    /// This many shards more are stopped for a new process.
    fn claimed(&self, shards: usize);
    /// So many run again.
    fn returned(&self, shards: usize);
    /// So many were given.
    fn given(&self, shards: &[ShardId]);
    /// Whether no others run or are stopped for a new process than so many of one connection.
    fn are_the_last(&self, shards: usize) -> bool;
}

/// Gives shards of the cluster over a connection, and returns what came of it.
///
/// If the future is dropped, the shards start again.
pub(super) async fn give<F, Fut>(
    stream: UnixStream,
    cluster: &Cluster,
    owner: Owner,
    timeouts: PredecessorTimeouts,
    state: &F,
    shared: &impl Shared,
) -> PredecessorEnd
where
    F: Fn(ShardId) -> Fut,
    Fut: Future<Output: Into<Bytes>>,
{
    let (mut reader, writer) = split(stream);
    let mut predecessor = Predecessor::new(clock::now(), owner, timeouts);
    let mut claim = Claim {
        shards: Vec::new(),
        released: None,
        writer,
        shared,
    };
    let mut preparing = FuturesUnordered::new();
    loop {
        while let Some(output) = predecessor.poll_output() {
            match output {
                PredecessorOutput::Claim(wanted) => {
                    let shards = claim.stop(cluster, &wanted);
                    predecessor.claimed(clock::now(), shards);
                }
                PredecessorOutput::Prepare(_) => {
                    let shards = claim.shards.iter().cloned();
                    preparing.extend(shards.map(|shard| prepared(shard, state)));
                }
                PredecessorOutput::Send(Frame::RolledBack(refusal)) => {
                    claim.writer.send_now(&Frame::RolledBack(refusal));
                }
                PredecessorOutput::Send(frame) => match claim.writer.send(&frame).await {
                    Ok(()) => {}
                    Err(WriteError::Ended) => predecessor.handle_end(),
                    Err(WriteError::Stalled) => predecessor.handle_stall(),
                    Err(WriteError::TooLong) => predecessor.handle_malformed(),
                },
                // No longer than the successor waits for it.
                PredecessorOutput::ReleaseStore => {
                    claim.release_store(cluster).await;
                    predecessor.store_released(clock::now());
                }
                PredecessorOutput::RollBack => claim.roll_back(),
                PredecessorOutput::Commit => claim.commit(),
                PredecessorOutput::End(end) => return end,
            }
        }
        tokio::select! {
            biased;
            // First: what the successor has said counts, even if its time is over.
            inbound = reader.next() => handle(&mut predecessor, inbound),
            Some(prepared) = preparing.next(), if !preparing.is_empty() => match prepared {
                Prepared::Ready { shard, session, state } => {
                    predecessor.prepared(clock::now(), shard, session, state);
                }
                Prepared::Stopped(shard) => predecessor.shard_stopped(shard),
            },
            () = sleep_until_instant(predecessor.deadline()) => {
                // After a pause of the whole process, the time is over before the runtime has looked at the socket.
                match timeout(LAST_READ, reader.next()).await {
                    Ok(inbound) => handle(&mut predecessor, inbound),
                    Err(_) => predecessor.handle_timeout(clock::now()),
                }
            }
        }
    }
}

fn handle(predecessor: &mut Predecessor, inbound: Inbound) {
    match inbound {
        Inbound::Frame(frame) => predecessor.handle_frame(clock::now(), frame),
        Inbound::Malformed => predecessor.handle_malformed(),
        Inbound::Ended => predecessor.handle_end(),
    }
}

/// Waits until the time, or forever.
pub(super) async fn sleep_until_instant(instant: Option<Instant>) {
    match instant {
        Some(instant) => sleep_until(instant.into()).await,
        None => std::future::pending().await,
    }
}

/// What came of a shard that was to be given.
enum Prepared {
    Ready {
        shard: ShardId,
        session: Option<Session>,
        state: Bytes,
    },
    /// It does not run any more.
    Stopped(ShardId),
}

async fn prepared<F, Fut>(shard: ShardHandle, state: &F) -> Prepared
where
    F: Fn(ShardId) -> Fut,
    Fut: Future<Output: Into<Bytes>>,
{
    let (id, slot) = (shard.id(), &shard.slot);
    slot.has_stopped().await;
    if slot.status.borrow().phase != Phase::Stopped {
        return Prepared::Stopped(id);
    }
    slot.monitor.drained().await;
    let state = state(id).await.into();
    Prepared::Ready {
        shard: id,
        session: slot.acknowledged(),
        state,
    }
}

/// The shards that are stopped for a new process. They start again when it is dropped, unless they were given.
struct Claim<'a, S: Shared> {
    shards: Vec<ShardHandle>,
    /// The session store, if it was released to the new process.
    released: Option<Arc<Checkpoints>>,
    writer: FrameWriter,
    shared: &'a S,
}

impl<S: Shared> Claim<'_, S> {
    /// Stops those of the wanted shards that run. One that is stopped for another process does not run.
    fn stop(&mut self, cluster: &Cluster, wanted: &[ShardId]) -> Vec<ShardId> {
        let wanted = |id: ShardId| wanted.is_empty() || wanted.contains(&id);
        let stopped = cluster
            .shards()
            .filter(|shard| wanted(shard.id()) && shard.stop() == StopOutcome::Stopping);
        self.shards = stopped.collect();
        if !self.shards.is_empty() {
            // Shards that are given can't bring what the others need.
            cluster.abort_reshard();
        }
        self.shared.claimed(self.shards.len());
        self.shards.iter().map(ShardHandle::id).collect()
    }

    /// Releases the session store, unless other shards need it here.
    async fn release_store(&mut self, cluster: &Cluster) {
        if self.shared.are_the_last(self.shards.len())
            && let Some(store) = cluster.checkpoints()
        {
            // Before, as the future may be dropped.
            self.released = Some(Arc::clone(store));
            store.release().await;
        }
    }

    fn roll_back(&mut self) {
        if let Some(store) = self.released.take() {
            store.take_back();
        }
        self.shared.returned(self.shards.len());
        for shard in self.shards.drain(..) {
            shard.start();
        }
    }

    fn commit(&mut self) {
        self.released = None;
        let ids: Vec<_> = self.shards.iter().map(ShardHandle::id).collect();
        for shard in self.shards.drain(..) {
            shard.slot.close(CloseFrame::RESUME);
        }
        self.shared.given(&ids);
    }
}

impl<S: Shared> Drop for Claim<'_, S> {
    fn drop(&mut self) {
        if !self.shards.is_empty() {
            // Without it, the successor would go on.
            let refusal = HandOverRefusal::Canceled;
            self.writer.send_now(&Frame::RolledBack(refusal));
            self.roll_back();
        }
    }
}

//! Shards that were taken, and are not confirmed yet.

use super::take::{Link, drive_all};
use crate::{
    Cluster, HandOverError, HandOverErrorKind, ShardHandle, StopOutcome, clock,
    hand_over::successor::SuccessorOutput, state::Phase,
};
use bytes::Bytes;
use futures_util::{
    FutureExt as _, StreamExt as _,
    future::{join_all, try_join_all},
    stream::FuturesUnordered,
};
use gloaming_protocol::ShardId;
use gloaming_shard::{Session, ShardState};
use std::{
    collections::{BTreeMap, HashMap},
    fmt::{self, Debug, Formatter},
    time::Duration,
};
use tokio::time::{sleep, timeout};

/// How long shards may take to stop before the old processes get them back in any case.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);

/// Shards that old processes have released; returned by [`HandOver::take`](crate::HandOver::take).
///
/// Build a cluster that [resumes](crate::ClusterBuilder::resume_sessions) their [sessions](Self::sessions), start it, and
/// [`confirm`](Self::confirm) that they run. Until then, the old processes wait, for
/// [a minute](crate::HandOverListener::start_timeout) by default, and no shard is connected. If this is dropped, the old
/// processes go on with their shards.
pub struct TakenShards {
    links: Vec<(Link, Vec<ShardId>)>,
    sessions: BTreeMap<u32, Session>,
    states: HashMap<ShardId, Bytes>,
    start_timeout: Duration,
}

impl TakenShards {
    pub(super) fn new(links: Vec<Link>, start_timeout: Duration) -> Self {
        let mut taken = Self {
            links: Vec::new(),
            sessions: BTreeMap::new(),
            states: HashMap::new(),
            start_timeout,
        };
        for mut link in links {
            let mut shards = Vec::new();
            for received in link.successor.take_received() {
                let (shard, session, state) = received.into_parts();
                shards.push(shard);
                if let Some(session) = session {
                    taken.sessions.insert(shard.number(), session);
                }
                taken.states.insert(shard, state);
            }
            taken.links.push((link, shards));
        }
        taken
    }

    /// Returns the shards, in the order of their numbers.
    #[must_use]
    pub fn shards(&self) -> Vec<ShardId> {
        let mut shards: Vec<_> = self.links.iter().flat_map(|(_, shards)| shards).collect();
        shards.sort_by_key(|shard| shard.number());
        shards.into_iter().copied().collect()
    }

    /// Returns the sessions by shard number, for
    /// [`ClusterBuilder::resume_sessions`](crate::ClusterBuilder::resume_sessions): each as of the last event that the old
    /// process has handled. A shard that had no session identifies.
    #[must_use]
    pub fn sessions(&self) -> BTreeMap<u32, Session> {
        self.sessions.clone()
    }

    /// Returns the state of the application that the old process has sent with this shard, which may be empty. Returns
    /// `None` if the shard was not taken.
    #[must_use]
    pub fn state(&self, shard: ShardId) -> Option<&Bytes> {
        self.states.get(&shard)
    }

    /// Waits until the shards run in this cluster, and tells the old processes, which close them for good.
    ///
    /// Take items from the stream of the cluster meanwhile, since the shards receive what they have missed. Events of them
    /// can be handled at once.
    ///
    /// If an old process has died, its shards are this process's, and go on whatever else happens.
    ///
    /// # Errors
    ///
    /// Fails with [`ShardMissing`](HandOverErrorKind::ShardMissing) or [`NotRunning`](HandOverErrorKind::NotRunning) if a
    /// shard is not in the cluster, stops, or is not ready in [time](crate::HandOver::start_timeout), and with
    /// [`Refused`](HandOverErrorKind::Refused) if an old process goes on with its shards, since it could wait no longer.
    /// The shards that the old processes go on with are [stopped](ShardHandle::stop) by then. Close the cluster with
    /// [`down_resumable`](Cluster::down_resumable), which does not end the sessions. If none of its shards runs, its session
    /// store is released, as the old process uses it again.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped before the shards run, the old processes go on. Close the cluster then, as above.
    pub async fn confirm(self, cluster: &Cluster) -> Result<(), HandOverError> {
        let mut links = self.links;
        if let Err(error) = all_running(&mut links, cluster, self.start_timeout).await
            && !links.iter().all(|(link, _)| link.successor.is_alone())
        {
            let kept = links.iter().filter(|(link, _)| !link.successor.is_alone());
            stop(cluster, kept.flat_map(|(_, shards)| shards)).await;
            // Now the connections end, and the old processes start their shards.
            return Err(error);
        }
        let now = clock::now();
        let (mut links, shards): (Vec<_>, Vec<_>) = links.into_iter().unzip();
        links
            .iter_mut()
            .for_each(|link| link.successor.running(now));
        let mut result = Ok(());
        for ((link, output), shards) in drive_all(links).await.into_iter().zip(shards) {
            if output != SuccessorOutput::Taken {
                stop(cluster, &shards).await;
                result = Err(link.error(output));
            }
        }
        result
    }
}

/// Waits until all shards run, and all old processes that live still wait for it.
async fn all_running(
    links: &mut [(Link, Vec<ShardId>)],
    cluster: &Cluster,
    start_timeout: Duration,
) -> Result<(), HandOverError> {
    let mut handles = Vec::new();
    let mut refused = FuturesUnordered::new();
    for (link, shards) in links {
        for shard in shards {
            let shard = *shard;
            let missing = || HandOverErrorKind::ShardMissing {
                shard: shard.number(),
            };
            let handle = cluster.shard(shard);
            handles.push(handle.ok_or_else(|| HandOverError::new(missing()).at(&link.path))?);
        }
        refused.push(async {
            let output = link.drive().await;
            link.error(output)
        });
    }
    let running = try_join_all(handles.iter().map(is_running));
    tokio::select! {
        biased;
        Some(error) = refused.next(), if !refused.is_empty() => Err(error),
        running = running => running.map(drop),
        () = sleep(start_timeout) => {
            let late = handles.iter().find(|shard| is_running(shard).now_or_never().is_none());
            late.map_or(Ok(()), |shard| Err(not_running(shard)))
        }
    }
}

async fn is_running(shard: &ShardHandle) -> Result<(), HandOverError> {
    let slot = &shard.slot;
    tokio::select! {
        biased;
        () = slot.monitor.wait_for(|status| status.state() == ShardState::Active) => Ok(()),
        () = slot.exited() => Err(not_running(shard)),
    }
}

fn not_running(shard: &ShardHandle) -> HandOverError {
    HandOverError::new(HandOverErrorKind::NotRunning {
        shard: shard.id().number(),
    })
}

/// Stops the shards, which keep their sessions, waits until they have stopped, and releases the session store if no shard
/// needs it any more.
async fn stop(cluster: &Cluster, shards: impl IntoIterator<Item = &ShardId>) {
    let handles = shards.into_iter().filter_map(|shard| cluster.shard(*shard));
    let stopped = handles.filter(|shard| shard.stop() == StopOutcome::Stopping);
    let stopped = join_all(stopped.map(|shard| async move { shard.slot.has_stopped().await }));
    _ = timeout(STOP_TIMEOUT, stopped).await;
    let runs = |shard: ShardHandle| {
        let phase = shard.slot.status.borrow().phase;
        matches!(phase, Phase::Running | Phase::Restarting { .. })
    };
    if let Some(store) = cluster.checkpoints()
        && !cluster.shards().any(runs)
    {
        store.release().await;
    }
}

/// Shows no session and no state.
impl Debug for TakenShards {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("TakenShards")
            .field("shards", &self.shards())
            .finish_non_exhaustive()
    }
}

//! The sessions of a cluster: those to resume, and their checkpoints.

use crate::{CheckpointStatus, Cluster, ShardHandle, ShardTarget, shard_change::CLOSE_GRACE};
use bytes::Bytes;
use futures_util::future::join_all;
use gloaming_protocol::CloseFrame;
use gloaming_shard::Session;
use std::{collections::BTreeMap, time::Duration};
use tokio::time::timeout;

impl Cluster {
    /// Closes all shards for good, keeps their sessions, and returns the sessions by shard number, for
    /// [`ClusterBuilder::resume_sessions`](crate::ClusterBuilder::resume_sessions).
    ///
    /// Discord keeps a session for some minutes. Only a cluster with the same total number of shards can
    /// resume it. Shards without a session are not in the map.
    ///
    /// A session is as of the last event taken from the stream, which counts as handled. From this call on,
    /// buffered events are withheld, since the cluster that resumes gets them again: over both clusters each
    /// event is delivered once. The stream still delivers what a resume does not bring again: READY, and the
    /// events of a session that was lost or replaced while they were buffered. To get those, take items from
    /// the stream until it ends.
    ///
    /// It waits for the close handshakes of the shards, at most
    /// [`Timeouts::close`](gloaming_shard::machine::Timeouts::close) and two seconds. Then it aborts the
    /// remaining shards, which keeps their sessions, too. The stream need not be polled meanwhile.
    ///
    /// ```no_run
    /// # async fn example(cluster: gloaming_cluster::Cluster) -> Result<(), Box<dyn std::error::Error>> {
    /// let sessions = cluster.down_resumable().await;
    /// std::fs::write("sessions.json", serde_json::to_vec(&sessions)?)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Cancel safety
    ///
    /// Once polled, the shards close even if the future is dropped. Call it again to get the sessions.
    pub async fn down_resumable(&self) -> BTreeMap<u32, Session> {
        let shards: Vec<ShardHandle> = self.members().closed().collect();
        self.close_next_set();
        let slots = || shards.iter().map(|shard| &shard.slot);
        let mut close_timeout = Duration::ZERO;
        for slot in slots() {
            slot.close(CloseFrame::RESUME);
            close_timeout = close_timeout.max(slot.config.timeouts().close);
        }
        let all_exited = join_all(slots().map(|slot| slot.exited()));
        if timeout(close_timeout.saturating_add(CLOSE_GRACE), all_exited)
            .await
            .is_err()
        {
            slots().for_each(|slot| slot.abort());
        }
        let sessions = slots()
            .filter_map(|slot| Some((slot.id.number(), slot.freeze()?)))
            .collect();
        self.save_checkpoints().await;
        sessions
    }

    /// Saves the [`Checkpoint`](crate::Checkpoint)s that have changed at once, without waiting for the interval, and
    /// returns how that went. Returns `None` without a [session store](crate::ClusterBuilder::session_store).
    ///
    /// Call it before the process ends, after the last events were handled, so that none of them arrives again.
    /// [`down_resumable`](Self::down_resumable) does it itself. After [`down`](Self::down), it removes the checkpoints of the
    /// sessions that have ended: first take items until the stream ends.
    ///
    /// It waits for the store for 5 s at most.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: once polled, the save goes on.
    pub async fn save_checkpoints(&self) -> Option<CheckpointStatus> {
        match self.checkpoints() {
            Some(checkpoints) => Some(checkpoints.flush().await),
            None => None,
        }
    }

    /// Returns the state of the application that was [saved](crate::DueCheckpoint::save) with the session which the shard with
    /// this number or id resumes: what the application had made of all events before the ones that arrive now.
    ///
    /// If Discord no longer has the session, the shard identifies: READY then says that what the state was made of begins
    /// anew.
    #[must_use]
    pub fn restored(&self, target: impl ShardTarget) -> Option<Bytes> {
        self.shard(target)?.slot.restored.clone()
    }

    /// Returns how the saves of [`Checkpoint`](crate::Checkpoint)s go: when the last one succeeded, and the error if it
    /// failed. Returns `None` without a [session store](crate::ClusterBuilder::session_store).
    #[must_use]
    pub fn checkpoint_status(&self) -> Option<CheckpointStatus> {
        let checkpoints = self.checkpoints()?;
        Some(checkpoints.status())
    }

    /// Returns the sessions to resume after a restart of the process, by shard number: each as of the last event that the
    /// consumer acknowledged, for [`ClusterBuilder::resume_sessions`](crate::ClusterBuilder::resume_sessions).
    ///
    /// The shards go on. A process that ends after this call, in whatever way, loses no event if the next one resumes these
    /// sessions while Discord keeps them: it gets all events again that were not acknowledged by now. Those among them that
    /// the first one handled nevertheless have the same [key](gloaming_shard::DeliveryKey).
    ///
    /// Taking the next item from the stream acknowledges the ones before, and
    /// [`Items::next_delivery`](crate::Items::next_delivery) leaves that to the consumer. Shards without a session are not
    /// in the map.
    #[must_use]
    pub fn acknowledged_sessions(&self) -> BTreeMap<u32, Session> {
        self.shards()
            .filter_map(|shard| Some((shard.id().number(), shard.slot.acknowledged()?)))
            .collect()
    }
}

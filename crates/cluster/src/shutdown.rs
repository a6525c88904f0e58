//! The end of a cluster, with a deadline for its handlers.

use crate::{Cluster, slot::Slot};
use futures_util::future::join_all;
use gloaming_protocol::CloseFrame;
use gloaming_shard::Session;
use std::{
    collections::BTreeMap,
    fmt::{self, Display, Formatter},
    sync::Arc,
    time::Duration,
};
use tokio::time::timeout;

/// How a cluster ends; see [`Cluster::shutdown`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ShutdownMode {
    /// The sessions are kept, for the next process to resume.
    Resumable,
    /// The sessions end, so that the bot appears offline ([P19](gloaming_protocol::rules#p19)).
    Final,
}

/// What a [shutdown](Cluster::shutdown) leaves.
///
/// `Display` is one line.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ShutdownReport {
    /// The sessions to resume, by shard number. Empty after [`ShutdownMode::Final`].
    pub sessions: BTreeMap<u32, Session>,
    /// The number of events that handlers had at the end and did not acknowledge, including those that they dropped. After
    /// [`ShutdownMode::Resumable`], the next process gets them again.
    pub unacknowledged: usize,
    /// The number of items that were left in buffers at the end. After [`ShutdownMode::Resumable`], the next process gets
    /// the events among them.
    pub buffered: u64,
    /// Whether the deadline ended the wait.
    pub end: ShutdownEnd,
}

/// What ended the wait for handlers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ShutdownEnd {
    /// The handlers have finished.
    Finished,
    /// The deadline was reached.
    Deadline,
}

impl Display for ShutdownReport {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self.end {
            ShutdownEnd::Finished => "all handlers have finished",
            ShutdownEnd::Deadline => "the deadline was reached",
        })?;
        write!(
            f,
            ": {} events are not acknowledged, {} items are buffered, {} sessions are kept",
            self.unacknowledged,
            self.buffered,
            self.sessions.len()
        )
    }
}

impl Cluster {
    /// Closes all shards for good, and waits for the handlers until `deadline`.
    ///
    /// - [`Resumable`](ShutdownMode::Resumable): no more events are handed out. It waits until all events that were taken
    ///   as a [`Delivery`](gloaming_shard::Delivery) are acknowledged or dropped, and returns the sessions as of then; an
    ///   event that was taken otherwise counts as handled. If there is a
    ///   session store, they are in it. Over this process and the next, each event is handled once, except those that were
    ///   not acknowledged by the deadline.
    /// - [`Final`](ShutdownMode::Final): the shards read nothing more, and it waits until the handlers have taken and
    ///   acknowledged everything that was received. Keep taking items from the stream meanwhile, in another task.
    ///
    /// The close handshakes take a part of the time, at most
    /// [`Timeouts::close`](gloaming_shard::machine::Timeouts::close) and two seconds, also if the deadline is shorter.
    ///
    /// ```no_run
    /// use gloaming_cluster::{Cluster, ShutdownMode};
    /// use std::time::Duration;
    ///
    /// # async fn example(cluster: Cluster) {
    /// // What a service manager allows, less some reserve.
    /// let report = cluster
    ///     .shutdown(ShutdownMode::Resumable, Duration::from_secs(25))
    ///     .await;
    /// println!("{report}");
    /// # }
    /// ```
    ///
    /// # Cancel safety
    ///
    /// Once polled, the shards close even if the future is dropped. Call it again to wait and to get the sessions.
    pub async fn shutdown(&self, mode: ShutdownMode, deadline: Duration) -> ShutdownReport {
        let slots: Vec<Arc<Slot>> = self.members().closed().map(|shard| shard.slot).collect();
        self.close_next_set();
        let waiting = async {
            match mode {
                ShutdownMode::Resumable => {
                    for slot in &slots {
                        slot.close(CloseFrame::RESUME);
                        // From now on, the buffers are for the next process.
                        slot.freeze();
                    }
                    join_all(slots.iter().map(|slot| slot.monitor.all_acknowledged())).await;
                }
                ShutdownMode::Final => {
                    self.down();
                    let handled = slots.iter().map(|slot| async {
                        slot.exited().await;
                        slot.monitor.drained().await;
                    });
                    join_all(handled).await;
                }
            }
        };
        let end = match timeout(deadline, waiting).await {
            Ok(()) => ShutdownEnd::Finished,
            Err(_) => ShutdownEnd::Deadline,
        };
        let sessions = match mode {
            ShutdownMode::Resumable => self.down_resumable().await,
            ShutdownMode::Final => {
                // The store keeps no session that has ended.
                self.save_checkpoints().await;
                BTreeMap::new()
            }
        };
        let monitors = || slots.iter().map(|slot| &slot.monitor);
        ShutdownReport {
            sessions,
            unacknowledged: monitors().map(|it| it.unacknowledged_events()).sum(),
            buffered: monitors().map(|it| it.buffered_items()).sum(),
            end,
        }
    }
}

//! The old process: it gives its shards.

use super::{
    give::{self, Shared},
    socket::SocketFile,
};
use crate::{
    Cluster, HandOverError,
    hand_over::{
        owner::Owner,
        predecessor::{KeptReason, PredecessorEnd, PredecessorTimeouts},
    },
    state::{DesiredState, Phase},
};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream::FuturesUnordered};
use gloaming_protocol::ShardId;
use std::{
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    net::{UnixListener, UnixStream},
    time::sleep,
};

/// Default of [`HandOverListener::handlers_timeout`].
const DEFAULT_HANDLERS_TIMEOUT: Duration = Duration::from_secs(30);

/// Default of [`HandOverListener::start_timeout`].
const DEFAULT_START_TIMEOUT: Duration = Duration::from_secs(60);

/// More connections wait.
const MAX_CONNECTIONS: usize = 16;

/// Delay after the system could not accept a connection.
const ACCEPT_DELAY: Duration = Duration::from_secs(1);

/// Gives the shards of this process to a new one on the same machine, which [takes](crate::HandOver) them over a Unix
/// socket while the bot stays online. Only on Unix.
///
/// Each shard closes its connection, its handlers finish what it has received, and the new process resumes its session: it
/// gets each later event, and no identify is spent. A new process may take some of the shards, and another one the others.
///
/// If the new process ends or stalls before its shards run, this one starts its shards again, and they resume. If this
/// process ends after it has released the shards, the new one goes on. Only a hand-over that this process ends late, when
/// the new one runs the shards already, delivers events twice: those that the new one has handled by then.
///
/// ```no_run
/// use gloaming_cluster::{Cluster, Events, HandOverListener};
///
/// # async fn example(cluster: Cluster, mut events: Events) -> Result<(), Box<dyn std::error::Error>> {
/// let listener = HandOverListener::bind("/run/bot/hand-over.sock")?;
/// let giving = listener.serve(&cluster, |_shard| async { Vec::new() });
/// tokio::pin!(giving);
/// loop {
///     tokio::select! {
///         event = events.next() => match event {
///             Some((shard, event)) => println!("{shard}: {:?}", event.kind()),
///             None => break,
///         },
///         report = &mut giving => {
///             println!("{} shards run in the new process", report.given.len());
///             break;
///         }
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct HandOverListener {
    socket: SocketFile,
    listener: UnixListener,
    timeouts: PredecessorTimeouts,
}

/// What a process has given; returned by [`HandOverListener::serve`].
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct HandOverReport {
    /// The shards that run in new processes now, in the order in which they were given.
    pub given: Vec<ShardId>,
    /// How many attempts of new processes ended without a shard. Each is logged at warn level.
    pub failed_attempts: u64,
}

impl HandOverListener {
    /// Opens the socket, which only the user of this process may connect to (mode 0600). It replaces a socket that a dead
    /// process has left, but not one that is served.
    ///
    /// Beside it, a file with the suffix `.lock` tells other processes that the socket is served. It is empty, and it stays.
    /// If another process serves the socket, this blocks for a quarter of a second, since one that dies holds the lock for
    /// a moment after its connections have ended.
    ///
    /// # Errors
    ///
    /// Fails with [`SocketInUse`](crate::HandOverErrorKind::SocketInUse) if another process serves the socket, and with
    /// [`Io`](crate::HandOverErrorKind::Io) if the path can't be used: it is too long (about 100 bytes), its folder does not
    /// exist, or a file that is no socket is there.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime that has IO, as tokio's `UnixListener::bind` does.
    pub fn bind(path: impl AsRef<Path>) -> Result<Self, HandOverError> {
        let (socket, listener) = SocketFile::bind(path.as_ref())?;
        Ok(Self {
            socket,
            listener,
            timeouts: PredecessorTimeouts {
                handlers: DEFAULT_HANDLERS_TIMEOUT,
                start: DEFAULT_START_TIMEOUT,
            },
        })
    }

    /// Sets how long the shards of a hand-over may take to stop, until the handlers have finished what was received, and
    /// until the application has returned its state. After that, the shards go on in this process. Default 30 s.
    ///
    /// The new process [waits](crate::HandOver::timeout) longer, by default.
    #[must_use]
    pub const fn handlers_timeout(mut self, timeout: Duration) -> Self {
        self.timeouts.handlers = timeout;
        self
    }

    /// Sets how long the new process may take until its shards run. After that, they go on in this process. Default 60 s.
    #[must_use]
    pub const fn start_timeout(mut self, timeout: Duration) -> Self {
        self.timeouts.start = timeout;
        self
    }

    /// Gives shards to new processes of the same bot until none runs in this process any more.
    ///
    /// Take items from the stream of the cluster meanwhile: a shard is given once its items are taken and acknowledged,
    /// except deliveries that were dropped, which the new process gets again. Then `state` is called with the shard, and
    /// what it returns is in [`TakenShards::state`](crate::TakenShards::state) of the new process: a cache, for example. It
    /// may be empty, and at most as large as the new process [permits](crate::HandOver::max_state_bytes).
    ///
    /// The stream ends once all shards are closed. The sessions of shards that were given are out of date: do not store
    /// them. A switch to [another number of shards](Cluster::reshard) that is under way is aborted.
    ///
    /// # The session store
    ///
    /// When the last shards of this process are released, so is its
    /// [session store](crate::ClusterBuilder::session_store): their checkpoints are saved, and with a
    /// [`FileStore`](crate::FileStore), the lock on the directory is given back. The new process can build its cluster with
    /// the same directory. If both processes end before it has saved anything, a third one resumes from what is in it. If the
    /// shards come back, this process uses the store again, once the new one has released it.
    ///
    /// While some shards stay here, so does the lock. So a new process that takes only some shards needs a directory of its
    /// own, and so does one beside another that takes the rest. Of several old processes, each has its own, and the new one
    /// may use any of them: it gets the sessions with the shards.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the socket is removed, and shards that are on their way start again in this process.
    pub async fn serve<F, Fut>(self, cluster: &Cluster, state: F) -> HandOverReport
    where
        F: Fn(ShardId) -> Fut,
        Fut: Future<Output: Into<Bytes>>,
    {
        let Self {
            socket,
            listener,
            timeouts,
        } = self;
        let user = socket.user;
        let first = cluster.shards().next();
        let token = first.as_ref().map(|shard| shard.config().token());
        let owner = Owner::of(token.unwrap_or_default());
        let service = Service {
            cluster,
            progress: Mutex::new(Progress {
                claimed: 0,
                report: HandOverReport::default(),
                socket: Some(socket),
            }),
        };
        let mut connections = FuturesUnordered::new();
        loop {
            tokio::select! {
                biased;
                Some(end) = connections.next(), if !connections.is_empty() => {
                    if let Some(report) = service.ended(end) {
                        // Another process may be using it already. If the shards were given one after another, no
                        // connection had the last of them alone.
                        if let Some(store) = cluster.checkpoints() {
                            store.release().await;
                        }
                        return report;
                    }
                }
                accepted = listener.accept(), if connections.len() < MAX_CONNECTIONS => match accepted {
                    Ok((stream, _)) if is_permitted(&stream, user) => {
                        connections.push(give::give(stream, cluster, owner, timeouts, &state, &service));
                    }
                    Ok(_) => tracing::warn!("a process of another user asked for the shards and was refused"),
                    Err(error) => {
                        tracing::warn!(%error, "a connection for a hand-over was not accepted");
                        sleep(ACCEPT_DELAY).await;
                    }
                },
            }
        }
    }

    /// Returns the path of the socket.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.socket.path()
    }
}

/// The mode of the socket says the same. The superuser may do anything.
fn is_permitted(stream: &UnixStream, user: u32) -> bool {
    stream
        .peer_cred()
        .is_ok_and(|peer| peer.uid() == user || peer.uid() == 0)
}

struct Service<'a> {
    cluster: &'a Cluster,
    progress: Mutex<Progress>,
}

struct Progress {
    /// How many shards are stopped for new processes.
    claimed: usize,
    report: HandOverReport,
    /// `None` once all shards were given.
    socket: Option<SocketFile>,
}

impl Service<'_> {
    /// Records the end of a connection, and returns the report if all shards were given.
    fn ended(&self, end: PredecessorEnd) -> Option<HandOverReport> {
        let mut progress = self.progress();
        match end {
            PredecessorEnd::Given => tracing::info!("a new process runs the shards that it took"),
            PredecessorEnd::Kept(reason) => {
                progress.report.failed_attempts += 1;
                match reason {
                    KeptReason::Refused(reason) => {
                        tracing::warn!(%reason, "this process keeps its shards");
                    }
                    KeptReason::SuccessorEnded => tracing::warn!(
                        "the new process ended before it ran the shards, which go on in this one"
                    ),
                }
            }
        }
        match progress.socket {
            Some(_) => None,
            None => Some(progress.report.clone()),
        }
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        // No change under this lock is left half-done.
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a shard runs, which could be given, or is about to: one that was just taken back has not started yet.
    fn has_running_shards(&self) -> bool {
        self.cluster.shards().any(|shard| {
            let is_wanted = matches!(
                *shard.slot.desired.borrow(),
                DesiredState::Running | DesiredState::NotIdentifying
            );
            let phase = shard.slot.status.borrow().phase;
            is_wanted && !matches!(phase, Phase::NotStarted | Phase::Exited(_))
        })
    }
}

impl Shared for Service<'_> {
    fn claimed(&self, shards: usize) {
        self.progress().claimed += shards;
    }

    fn returned(&self, shards: usize) {
        self.progress().claimed -= shards;
    }

    fn are_the_last(&self, shards: usize) -> bool {
        self.progress().claimed == shards && !self.has_running_shards()
    }

    fn given(&self, shards: &[ShardId]) {
        let mut progress = self.progress();
        progress.claimed -= shards.len();
        progress.report.given.extend(shards);
        if progress.claimed == 0 && !self.has_running_shards() {
            // Before the new process hears that all is done, since it may serve the socket then.
            progress.socket = None;
        }
    }
}

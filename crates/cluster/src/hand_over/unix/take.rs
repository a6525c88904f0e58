//! The new process: it takes shards.

use super::{
    connection::{FrameReader, FrameWriter, Inbound, WriteError, split},
    give::{LAST_READ, sleep_until_instant},
    taken::TakenShards,
};
use crate::{
    HandOverError, HandOverErrorKind, HandOverRefusal, clock,
    hand_over::{
        owner::Owner,
        successor::{Successor, SuccessorLimits, SuccessorOutput},
    },
};
use futures_util::future::join_all;
use gloaming_protocol::ShardId;
use std::{
    collections::HashSet,
    io::ErrorKind,
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::{net::UnixStream, time::timeout};

/// Default of [`HandOver::timeout`].
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(60);

/// Default of [`HandOver::start_timeout`].
const DEFAULT_START_TIMEOUT: Duration = Duration::from_secs(60);

/// Default of [`HandOver::max_state_bytes`].
const DEFAULT_MAX_STATE_BYTES: u64 = 1 << 30;

/// Takes the live shards of old processes on the same machine, which [give](crate::HandOverListener) them over Unix sockets
/// while the bot stays online. Only on Unix.
///
/// The new cluster can have the [session store](crate::ClusterBuilder::session_store) of the old process, also if that is a
/// [`FileStore`](crate::FileStore): it is [released](crate::HandOverListener::serve) with the shards.
///
/// ```no_run
/// use gloaming_cluster::{Cluster, HandOver, HandOverErrorKind, ShardScheme};
/// use gloaming_protocol::Intents;
/// use std::collections::BTreeMap;
///
/// # async fn example(token: String) -> Result<(), Box<dyn std::error::Error>> {
/// let taken = match HandOver::new(&token).take(["/run/bot/hand-over.sock"]).await {
///     Ok(taken) => Some(taken),
///     // This is the first process.
///     Err(error) if error.kind() == HandOverErrorKind::NoOldProcess => None,
///     Err(error) => return Err(error.into()),
/// };
/// let sessions = taken.as_ref().map(|taken| taken.sessions()).unwrap_or_default();
/// let (cluster, mut events) = Cluster::builder(token, Intents::GUILDS)
///     .shard_scheme(ShardScheme::try_from((.., 4))?)
///     .resume_sessions(sessions)
///     .build()
///     .await?;
/// cluster.up().await;
/// if let Some(taken) = taken {
///     let cluster = cluster.clone();
///     tokio::spawn(async move {
///         if let Err(error) = taken.confirm(&cluster).await {
///             eprintln!("{error}");
///             cluster.down_resumable().await;
///         }
///     });
/// }
/// while let Some((shard, event)) = events.next().await {
///     println!("{shard}: {:?}", event.kind());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "it takes nothing until `take` is called"]
pub struct HandOver {
    owner: Owner,
    wanted: Vec<ShardId>,
    limits: SuccessorLimits,
    start_timeout: Duration,
}

impl HandOver {
    /// Creates a hand-over of all shards of the bot with this token, which is not sent: the old process gets a hash of the
    /// part that names the bot.
    pub fn new(token: &str) -> Self {
        Self {
            owner: Owner::of(token),
            wanted: Vec::new(),
            limits: SuccessorLimits {
                silence: DEFAULT_TIMEOUT,
                state_bytes: DEFAULT_MAX_STATE_BYTES,
            },
            start_timeout: DEFAULT_START_TIMEOUT,
        }
    }

    /// Sets which shards to take: those among them that the old processes run. By default, or if there are none here, all
    /// that they run.
    pub fn shards(mut self, shards: impl IntoIterator<Item = ShardId>) -> Self {
        self.wanted = shards.into_iter().collect();
        self
    }

    /// Sets how long an old process may be silent. Default 60 s.
    ///
    /// It is silent while its [handlers finish](crate::HandOverListener::handlers_timeout), so that this should be longer.
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.limits.silence = timeout;
        self
    }

    /// Sets how long [`confirm`](TakenShards::confirm) waits until the shards run. Default 60 s.
    pub const fn start_timeout(mut self, timeout: Duration) -> Self {
        self.start_timeout = timeout;
        self
    }

    /// Sets how many bytes the states of all shards of an old process may have. They are held in memory. Default 1 GiB.
    pub const fn max_state_bytes(mut self, bytes: u64) -> Self {
        self.limits.state_bytes = bytes;
        self
    }

    /// Takes the shards of the processes that serve these sockets. Then start them, and
    /// [confirm](TakenShards::confirm) that they run.
    ///
    /// All sockets are asked at the same time. With several of them, some may have none of the wanted shards.
    ///
    /// # Errors
    ///
    /// Fails if any of the old processes does not give its shards; then none is taken, and all old processes go on. The
    /// [kind](HandOverError::kind) is [`NoOldProcess`](HandOverErrorKind::NoOldProcess) if nobody serves the socket.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the old processes go on.
    pub async fn take<P: AsRef<Path>>(
        &self,
        paths: impl IntoIterator<Item = P>,
    ) -> Result<TakenShards, HandOverError> {
        let mut links = Vec::new();
        for path in paths {
            links.push(self.connect(path.as_ref()).await?);
        }
        let mut none = None;
        let mut checked = Vec::new();
        for (link, output) in drive_all(links).await {
            match output {
                SuccessorOutput::Checked => checked.push(link),
                output => {
                    let error = link.error(output);
                    let reason = HandOverRefusal::NoShards;
                    if error.kind() != (HandOverErrorKind::Refused { reason }) {
                        return Err(error);
                    }
                    none = Some(error);
                }
            }
        }
        if let (true, Some(error)) = (checked.is_empty(), none) {
            return Err(error);
        }
        check_shards(&checked)?;

        let now = clock::now();
        checked
            .iter_mut()
            .for_each(|link| link.successor.accept(now));
        let mut released = Vec::new();
        for (link, output) in drive_all(checked).await {
            match output {
                SuccessorOutput::Released => released.push(link),
                output => return Err(link.error(output)),
            }
        }
        Ok(TakenShards::new(released, self.start_timeout))
    }

    async fn connect(&self, path: &Path) -> Result<Link, HandOverError> {
        let stream = UnixStream::connect(path).await.map_err(|error| {
            let error = match error.kind() {
                ErrorKind::NotFound | ErrorKind::ConnectionRefused => {
                    HandOverError::new(HandOverErrorKind::NoOldProcess)
                }
                _ => HandOverError::io(error),
            };
            error.at(path)
        })?;
        let (reader, writer) = split(stream);
        Ok(Link {
            path: path.to_owned(),
            successor: Successor::new(clock::now(), self.owner, self.wanted.clone(), self.limits),
            reader,
            writer,
            is_ended: false,
        })
    }
}

/// A shard that runs in two processes would run in both of them again after a failure.
fn check_shards(links: &[Link]) -> Result<(), HandOverError> {
    let mut shards = HashSet::new();
    for link in links {
        for received in link.successor.received() {
            let shard = received.shard.number();
            if !shards.insert(shard) {
                let error = HandOverError::new(HandOverErrorKind::GivenTwice { shard });
                return Err(error.at(&link.path));
            }
        }
    }
    Ok(())
}

/// A connection to an old process.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) path: PathBuf,
    pub(super) successor: Successor,
    reader: FrameReader,
    writer: FrameWriter,
    is_ended: bool,
}

impl Link {
    /// Goes on until the successor has something other to do than to send. Cancel safe while it has nothing to send.
    pub(super) async fn drive(&mut self) -> SuccessorOutput {
        loop {
            while let Some(output) = self.successor.poll_output() {
                let SuccessorOutput::Send(frame) = output else {
                    return output;
                };
                match self.writer.send(&frame).await {
                    Ok(()) => {}
                    // What the predecessor has said before is still there.
                    Err(WriteError::Ended) => {}
                    Err(WriteError::Stalled | WriteError::TooLong) => self.successor.handle_end(),
                }
            }
            tokio::select! {
                biased;
                inbound = self.reader.next(), if !self.is_ended => self.handle(inbound),
                () = sleep_until_instant(self.successor.deadline()) => {
                    // As in `give`.
                    match timeout(LAST_READ, self.reader.next()).await {
                        Ok(inbound) if !self.is_ended => self.handle(inbound),
                        _ => self.successor.handle_timeout(clock::now()),
                    }
                }
            }
        }
    }

    fn handle(&mut self, inbound: Inbound) {
        match inbound {
            Inbound::Frame(frame) => self.successor.handle_frame(clock::now(), frame),
            Inbound::Malformed => {
                self.is_ended = true;
                self.successor.handle_malformed();
            }
            Inbound::Ended => {
                self.is_ended = true;
                self.successor.handle_end();
            }
        }
    }

    /// Returns why nothing was taken.
    pub(super) fn error(&self, output: SuccessorOutput) -> HandOverError {
        let kind = match output {
            SuccessorOutput::Failed(kind) => kind,
            SuccessorOutput::Stop(reason) => HandOverErrorKind::Refused { reason },
            // The others are no failures.
            _ => HandOverErrorKind::Malformed,
        };
        HandOverError::new(kind).at(&self.path)
    }
}

/// Drives all connections until each has something to do.
pub(super) async fn drive_all(links: Vec<Link>) -> Vec<(Link, SuccessorOutput)> {
    let drive = |mut link: Link| async move {
        let output = link.drive().await;
        (link, output)
    };
    join_all(links.into_iter().map(drive)).await
}

//! A watch of the leases.

use crate::{
    changes::{Doubt, Position, snapshot},
    coordinator::Shared,
    error::{RedisError, RedisErrorKind},
    keys::Keys,
    link::Link,
    reply,
    script::{SNAPSHOT, SWEEP},
};
use gloaming_coordinator::{CoordinatorError, CoordinatorErrorKind, LeaseChange, LeaseWatch};
use gloaming_queue::BoxFuture;
use redis::{Cmd, Value};
use std::time::Duration;
use tokio::{sync::mpsc, task::JoinHandle, time::sleep};

/// How long the server waits for a change before it answers. After each answer, leases whose time is over end.
const BLOCK: Duration = Duration::from_millis(400);

/// How often one of all watches ends the leases whose time is over.
const SWEEP_INTERVAL: Duration = Duration::from_millis(400);

/// How many changes are read at once.
const COUNT: usize = 256;

/// How many changes wait for the node. Then the log waits, which has a bound of its own.
const MAX_WAITING: usize = 256;

/// How long to wait after an attempt to start that failed.
const RETRY: Duration = Duration::from_millis(500);

/// A watch of the leases, on a connection of its own: the server keeps a request for changes until there are any.
///
/// A task reads the log of changes, so that nothing is lost if a future is dropped. After any doubt, it goes on with a snapshot.
#[derive(Debug)]
pub(crate) struct RedisWatch {
    changes: mpsc::Receiver<Result<LeaseChange, RedisError>>,
    task: JoinHandle<()>,
}

/// The task of a watch.
struct Reader {
    link: Link,
    keys: Keys,
    changes: mpsc::Sender<Result<LeaseChange, RedisError>>,
}

/// The watch is not needed any more.
struct Closed;

impl RedisWatch {
    pub(crate) async fn start(shared: &Shared) -> Result<Self, RedisError> {
        let (sender, changes) = mpsc::channel(MAX_WAITING);
        let reader = Reader {
            link: shared.link.another(),
            keys: shared.keys.clone(),
            changes: sender,
        };
        // What can't start now is an error of the caller's.
        let first = reader.snapshot().await?;
        let task = tokio::spawn(async move {
            let _: Closed = reader.run(first).await;
        });
        Ok(Self { changes, task })
    }
}

impl Reader {
    async fn run(self, mut start: (Position, LeaseChange)) -> Closed {
        loop {
            let (position, view) = start;
            if self.send(Ok(view)).await.is_err() {
                return Closed;
            }
            match self.follow(position).await {
                Ok(doubt) => tracing::debug!(?doubt, "a watch of the leases starts again"),
                Err(closed) => return closed,
            }
            start = loop {
                match self.snapshot().await {
                    Ok(start) => break start,
                    Err(error) if is_transient(&error) => {
                        tracing::debug!("a watch of the leases can't start yet: {error}");
                        sleep(RETRY).await;
                    }
                    Err(error) => {
                        // The watch ends with it.
                        _ = self.send(Err(error)).await;
                        return Closed;
                    }
                }
            };
        }
    }

    /// Sends the changes that follow, until they are in doubt.
    async fn follow(&self, mut position: Position) -> Result<Doubt, Closed> {
        // Whether the server has told that there are more.
        let mut has_more = false;
        loop {
            let Ok(answer) = self.read(&position).await else {
                return Ok(Doubt::Interrupted);
            };
            let changes = match position.read(&answer) {
                // Somebody has deleted them.
                Ok(changes) if changes.is_empty() && has_more => return Ok(Doubt::Gap),
                Ok(changes) => changes,
                Err(doubt) => return Ok(doubt),
            };
            for change in changes {
                self.send(Ok(change)).await?;
            }
            has_more = match self.sweep().await {
                Ok(Some(number)) if number >= position.number => number > position.number,
                Ok(Some(_)) => return Ok(Doubt::Gap),
                Ok(None) => return Ok(Doubt::Unreadable),
                Err(_) => return Ok(Doubt::Interrupted),
            };
        }
    }

    /// Waits for changes after a position.
    async fn read(&self, position: &Position) -> Result<Value, RedisError> {
        let mut command = Cmd::new();
        command.arg("XREAD").arg("COUNT").arg(COUNT);
        command.arg("BLOCK").arg(BLOCK.as_millis().to_string());
        let key = self.keys.changes();
        command.arg("STREAMS").arg(key).arg(&position.id);
        let place = format!("the key {key}");
        let answer = self.link.request(&command, BLOCK, &place).await?;
        Ok(answer.unwrap_or_default())
    }

    /// Ends leases whose time is over, and returns the number of changes so far.
    async fn sweep(&self) -> Result<Option<u64>, RedisError> {
        let interval = [SWEEP_INTERVAL.as_millis().to_string()];
        let answer = self.link.run(&SWEEP, &self.keys.leases, &interval).await?;
        Ok(reply::number(&answer))
    }

    async fn snapshot(&self) -> Result<(Position, LeaseChange), RedisError> {
        let none: [&str; 0] = [];
        let answer = self.link.run(&SNAPSHOT, &self.keys.leases, &none).await?;
        let (position, view) = snapshot(&answer).ok_or_else(|| {
            let place = format!("the key {}", self.keys.changes());
            self.link.error(crate::error::Cause::Damaged { place })
        })?;
        Ok((position, LeaseChange::Snapshot(view)))
    }

    async fn send(&self, change: Result<LeaseChange, RedisError>) -> Result<(), Closed> {
        self.changes.send(change).await.map_err(|_| Closed)
    }
}

/// Returns whether an error may pass by itself.
const fn is_transient(error: &RedisError) -> bool {
    matches!(
        error.kind(),
        RedisErrorKind::Unreachable | RedisErrorKind::Replica
    )
}

impl LeaseWatch for RedisWatch {
    fn next(&mut self) -> BoxFuture<'_, Result<LeaseChange, CoordinatorError>> {
        Box::pin(async {
            match self.changes.recv().await {
                Some(change) => Ok(change?),
                // It has told its error before.
                None => Err(CoordinatorErrorKind::Failed.into()),
            }
        })
    }
}

impl Drop for RedisWatch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

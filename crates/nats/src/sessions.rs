//! Checkpoints on a bucket: one key per shard. The value is the body of the checkpoint, and headers have the fences.

use crate::{
    bucket::{Content, NewValue, WriteOutcome},
    coordinator::{NatsCoordinator, Shared},
    error::NatsError,
};
use async_nats::HeaderMap;
use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use gloaming_coordinator::{
    CheckpointOutcome, CoordinatorError, Fence, LoadOutcome, Sessions, ShardCheckpoint,
};
use gloaming_protocol::ShardId;
use gloaming_queue::BoxFuture;
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

/// The highest fence that loaded or wrote.
const FENCE: &str = "Gloaming-Fence";

/// The fence under which the body was written. Absent if the shard was loaded and never written.
const WRITTEN: &str = "Gloaming-Written-Fence";

/// How many checkpoints of a batch are on their way at the same time.
const CONCURRENCY: usize = 32;

/// The keys as this process has written or read them last, so that a checkpoint is one message.
///
/// They are forgotten when the connection is interrupted: a server that lost its last seconds may have given a revision to the
/// value of somebody else.
#[derive(Debug, Default)]
pub(crate) struct KnownEntries(Mutex<Entries>);

#[derive(Debug, Default)]
struct Entries {
    /// The interruptions of the connection so far.
    interruptions: u64,
    by_shard: HashMap<(u32, u32), KnownEntry>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct KnownEntry {
    revision: u64,
    fence: Fence,
}

impl KnownEntries {
    fn entry(&self, interruptions: u64, shard: ShardId) -> Option<KnownEntry> {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.notice(interruptions);
        entries.by_shard.get(&key_of(shard)).copied()
    }

    /// `interruptions` are those before the entry was read or written.
    fn insert(&self, interruptions: u64, shard: ShardId, entry: KnownEntry) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.notice(interruptions);
        if entries.interruptions == interruptions {
            entries.by_shard.insert(key_of(shard), entry);
        }
    }
}

impl Entries {
    fn notice(&mut self, interruptions: u64) {
        if interruptions > self.interruptions {
            self.interruptions = interruptions;
            self.by_shard.clear();
        }
    }
}

const fn key_of(shard: ShardId) -> (u32, u32) {
    (shard.total(), shard.number())
}

fn session_key(shard: ShardId) -> String {
    format!("shard.{}.{}", shard.total(), shard.number())
}

/// What the key of a shard has.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
struct StoredSession {
    fence: Fence,
    checkpoint: Option<ShardCheckpoint>,
}

impl StoredSession {
    fn decode(shard: ShardId, headers: &HeaderMap, body: Bytes) -> Option<Self> {
        let number = |name| -> Option<Option<u64>> {
            let Some(value) = headers.get(name) else {
                return Some(None);
            };
            Some(Some(value.as_str().parse().ok()?))
        };
        let fence = Fence::new(number(FENCE)??);
        let checkpoint = number(WRITTEN)?.map(|written| ShardCheckpoint {
            shard,
            fence: Fence::new(written),
            body,
        });
        Some(Self { fence, checkpoint })
    }

    fn encode(self) -> NewValue {
        let (written, body) = match self.checkpoint {
            Some(checkpoint) => (Some(checkpoint.fence), checkpoint.body),
            None => (None, Bytes::new()),
        };
        let value = NewValue::new(body).with_header(FENCE, self.fence.get());
        match written {
            Some(written) => value.with_header(WRITTEN, written.get()),
            None => value,
        }
    }
}

impl Shared {
    async fn load(&self, shard: ShardId, fence: Fence) -> Result<LoadOutcome, NatsError> {
        loop {
            let interruptions = self.api().link().interruptions();
            let (mut revision, mut session) = self.session(shard).await?;
            if fence < session.fence {
                return Ok(LoadOutcome::Fenced { by: session.fence });
            }
            if fence > session.fence || revision == 0 {
                session.fence = fence;
                let value = session.clone().encode();
                let key = session_key(shard);
                match self.sessions.write(&key, revision, value).await? {
                    WriteOutcome::Written { revision: new } => revision = new,
                    WriteOutcome::Conflict => continue,
                }
            }
            self.entries
                .insert(interruptions, shard, KnownEntry { revision, fence });
            let stored = session.checkpoint;
            return Ok(stored.map_or(LoadOutcome::Nothing, LoadOutcome::Stored));
        }
    }

    async fn store(&self, checkpoint: ShardCheckpoint) -> Result<CheckpointOutcome, NatsError> {
        let (shard, fence) = (checkpoint.shard, checkpoint.fence);
        let mut interruptions = self.api().link().interruptions();
        let mut known = self.entries.entry(interruptions, shard);
        loop {
            let entry = match known.take() {
                Some(entry) => entry,
                None => {
                    interruptions = self.api().link().interruptions();
                    let (revision, session) = self.session(shard).await?;
                    let fence = session.fence;
                    KnownEntry { revision, fence }
                }
            };
            if fence < entry.fence {
                return Ok(CheckpointOutcome::Fenced { by: entry.fence });
            }
            let session = StoredSession {
                fence,
                checkpoint: Some(checkpoint.clone()),
            };
            let key = session_key(shard);
            let written = self.sessions.write(&key, entry.revision, session.encode());
            if let WriteOutcome::Written { revision } = written.await? {
                self.entries
                    .insert(interruptions, shard, KnownEntry { revision, fence });
                return Ok(CheckpointOutcome::Stored);
            }
        }
    }

    async fn store_all(
        &self,
        checkpoints: Vec<ShardCheckpoint>,
    ) -> Result<Vec<CheckpointOutcome>, NatsError> {
        for checkpoint in &checkpoints {
            self.sessions.check_size(checkpoint.body.len())?;
        }
        let stored = stream::iter(checkpoints).map(|checkpoint| self.store(checkpoint));
        stored.buffered(CONCURRENCY).try_collect().await
    }

    /// Reads the key of a shard, with its revision.
    async fn session(&self, shard: ShardId) -> Result<(u64, StoredSession), NatsError> {
        let key = session_key(shard);
        let entry = self.sessions.read(&key).await?;
        let session = match entry.content {
            Content::Absent => StoredSession::default(),
            Content::Present { headers, value } => StoredSession::decode(shard, &headers, value)
                .ok_or_else(|| self.sessions.damaged(&key))?,
        };
        Ok((entry.revision, session))
    }
}

impl Sessions for NatsCoordinator {
    fn load(
        &self,
        shard: ShardId,
        fence: Fence,
    ) -> BoxFuture<'_, Result<LoadOutcome, CoordinatorError>> {
        self.call(self.shared.load(shard, fence))
    }

    fn checkpoint(
        &self,
        checkpoints: Vec<ShardCheckpoint>,
    ) -> BoxFuture<'_, Result<Vec<CheckpointOutcome>, CoordinatorError>> {
        self.call(self.shared.store_all(checkpoints))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let shard = ShardId::new(3, 16);
        let checkpoint = |body: &'static str| ShardCheckpoint {
            shard,
            fence: Fence::new(4),
            body: Bytes::from_static(body.as_bytes()),
        };
        for checkpoint in [None, Some(checkpoint("")), Some(checkpoint("body"))] {
            let fence = Fence::new(9);
            let session = StoredSession { fence, checkpoint };
            let NewValue { headers, value, .. } = session.clone().encode();
            let read = StoredSession::decode(shard, &headers, value);
            assert_eq!(read, Some(session));
        }
    }

    #[test]
    fn values_without_readable_fences_are_damaged() {
        let decode = |headers: &[(&'static str, &str)]| {
            let mut map = HeaderMap::new();
            for (name, value) in headers {
                map.insert(*name, *value);
            }
            StoredSession::decode(ShardId::ONE, &map, Bytes::new())
        };
        assert_eq!(decode(&[]), None);
        assert_eq!(decode(&[(FENCE, "x")]), None);
        assert_eq!(decode(&[(FENCE, "3"), (WRITTEN, "x")]), None);
        assert!(decode(&[(FENCE, "3")]).is_some());
    }

    #[test]
    fn revisions_are_forgotten_when_the_connection_is_interrupted() {
        let (known, shard) = (KnownEntries::default(), ShardId::ONE);
        let entry = KnownEntry {
            revision: 7,
            fence: Fence::new(1),
        };
        known.insert(0, shard, entry);
        assert_eq!(known.entry(0, shard), Some(entry));
        assert_eq!(known.entry(1, shard), None);
        // What was written before the interruption is told after it.
        known.insert(0, shard, entry);
        assert_eq!(known.entry(1, shard), None);
    }
}

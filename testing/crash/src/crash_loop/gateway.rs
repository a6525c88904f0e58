//! The gateway of one process, in memory. It knows every session unless it is told to reject them.

use super::{line::Line, reporting::Reporter};
use gloaming_queue::InMemoryQueue;
use gloaming_shard::transport::{Inbound, MemoryListener, MemoryPeer, Outbound};
use gloaming_test_support::gateway::{event, ready, resumed};
use serde_json::Value;
use std::{collections::BTreeSet, sync::Arc, sync::Mutex, sync::PoisonError};

const HELLO: &str = r#"{"t":null,"s":null,"op":10,"d":{"heartbeat_interval":41250}}"#;
const ACK: &str = r#"{"t":null,"s":null,"op":11,"d":null}"#;
const INVALID_SESSION: &str = r#"{"t":null,"s":null,"op":9,"d":false}"#;

/// The first part of the id of a session; the rest is the number of the shard, as RESUME does not say it.
const SESSION: &str = "shard-";

pub(super) struct Gateway {
    reporter: Reporter,
    queue: InMemoryQueue,
    /// The shards whose next RESUME is rejected.
    rejected: Mutex<BTreeSet<u32>>,
}

impl Gateway {
    pub(super) const fn new(
        reporter: Reporter,
        queue: InMemoryQueue,
        rejected: BTreeSet<u32>,
    ) -> Self {
        Self {
            reporter,
            queue,
            rejected: Mutex::new(rejected),
        }
    }

    pub(super) async fn run(self, mut listener: MemoryListener) {
        let gateway = Arc::new(self);
        while let Some(attempt) = listener.next().await {
            let (gateway, peer) = (Arc::clone(&gateway), attempt.accept());
            tokio::spawn(async move {
                // The shard may have left, or sent what no shard sends, which then has no answer.
                _ = gateway.serve(peer).await;
            });
        }
    }

    async fn serve(&self, mut peer: MemoryPeer) -> Option<()> {
        peer.text(HELLO).await.ok()?;
        loop {
            let text = match peer.receive().await? {
                Outbound::Text(text) => text,
                Outbound::Close(frame) => {
                    return peer.send(Inbound::Close(Some(frame))).await.ok();
                }
            };
            let payload: Value = serde_json::from_str(&text).ok()?;
            match payload["op"].as_u64()? {
                1 => peer.text(ACK).await.ok()?,
                2 => {
                    let shard = u32::try_from(payload["d"]["shard"][0].as_u64()?).ok()?;
                    let time = self.reporter.time();
                    self.reporter.report(&Line::Identified { shard, time });
                    let session = format!("{SESSION}{shard}");
                    peer.text(ready(&session, 1)).await.ok()?;
                    peer.text(event(2)).await.ok()?;
                }
                6 => {
                    let session = payload["d"]["session_id"].as_str()?;
                    let shard = session.strip_prefix(SESSION)?.parse().ok()?;
                    let sequence = payload["d"]["seq"].as_u64()?;
                    self.resume(&peer, shard, sequence).await?;
                }
                _ => {}
            }
        }
    }

    async fn resume(&self, peer: &MemoryPeer, shard: u32, sequence: u64) -> Option<()> {
        let settings = self.queue.settings();
        let left = self.queue.remaining().saturating_sub(settings.reserve);
        let (time, left) = (self.reporter.time(), left.into());
        self.reporter.report(&Line::Resumed { shard, time, left });
        let is_rejected = {
            let mut rejected = self.rejected.lock().unwrap_or_else(PoisonError::into_inner);
            rejected.remove(&shard)
        };
        if is_rejected {
            return peer.text(INVALID_SESSION).await.ok();
        }
        peer.text(event(sequence + 1)).await.ok()?;
        peer.text(resumed(sequence + 2)).await.ok()
    }
}

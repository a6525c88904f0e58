//! Events as lines of JSON, for one reader.

use crate::{line, pump::Passed};
use gloaming_protocol::ShardId;
use gloaming_shard::Delivery;
use std::io;
use tokio::{
    io::{AsyncWrite, AsyncWriteExt as _},
    process::ChildStdin,
};

/// The bytes that are kept for the next batch.
const KEPT: usize = 256 * 1024;

/// Writes events to a pipe.
pub(crate) struct Lines {
    writer: Box<dyn AsyncWrite + Send + Unpin>,
    buffer: Vec<u8>,
}

impl Lines {
    /// Writes to the input of a worker, or to the standard output.
    pub(crate) fn new(worker: Option<ChildStdin>) -> Self {
        let writer: Box<dyn AsyncWrite + Send + Unpin> = match worker {
            Some(input) => Box::new(input),
            None => Box::new(tokio::io::stdout()),
        };
        let buffer = Vec::new();
        Self { writer, buffer }
    }

    /// Writes a batch. It waits while nobody reads.
    pub(crate) async fn write(&mut self, batch: &[(ShardId, Delivery)]) -> io::Result<Passed> {
        self.buffer.clear();
        let mut passed = Passed::default();
        for (shard, delivery) in batch {
            let before = self.buffer.len();
            line::append(&mut self.buffer, *shard, delivery.get(), delivery.key());
            passed.events += u64::from(self.buffer.len() > before);
        }
        passed.bytes = self.buffer.len() as u64;
        if !self.buffer.is_empty() {
            self.writer.write_all(&self.buffer).await?;
            self.writer.flush().await?;
            self.buffer.shrink_to(KEPT);
        }
        Ok(passed)
    }
}

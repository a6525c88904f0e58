//! What all nodes of a bot have agreed on.

use crate::{
    bucket::{Content, NewValue, WriteOutcome},
    coordinator::NatsCoordinator,
    error::NatsError,
};
use bytes::Bytes;

const KEY: &str = "agreement";

impl NatsCoordinator {
    /// Returns what the nodes of the bot have agreed on, if they have: see [`agree`](Self::agree).
    ///
    /// # Errors
    ///
    /// Fails if the servers don't answer.
    pub async fn agreement(&self) -> Result<Option<Bytes>, NatsError> {
        let entry = self.shared.sessions.read(KEY).await?;
        Ok(match entry.content {
            Content::Absent => None,
            Content::Present { value, .. } => Some(value),
        })
    }

    /// Agrees with the other nodes of the bot: stores `proposed` if no node has proposed anything before, and returns what is
    /// stored.
    ///
    /// It is for what must not differ between nodes, such as the number of shards. It is the key `agreement` of the bucket
    /// `gloaming-BOT-sessions`, and remains until that is deleted.
    ///
    /// # Errors
    ///
    /// Fails if the servers don't answer or have no room.
    pub async fn agree(&self, proposed: impl Into<Bytes>) -> Result<Bytes, NatsError> {
        let (bucket, proposed) = (&self.shared.sessions, proposed.into());
        loop {
            let entry = bucket.read(KEY).await?;
            if let Content::Present { value, .. } = entry.content {
                return Ok(value);
            }
            let value = NewValue::new(proposed.clone());
            match bucket.write(KEY, entry.revision, value).await? {
                WriteOutcome::Written { .. } => return Ok(proposed),
                // Another node was first.
                WriteOutcome::Conflict => {}
            }
        }
    }
}

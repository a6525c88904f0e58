//! What all nodes of a bot have agreed on.

use crate::{coordinator::RedisCoordinator, error::RedisError, script::AGREE};
use bytes::Bytes;
use redis::{Cmd, Value};
use std::time::Duration;

impl RedisCoordinator {
    /// Returns what the nodes of the bot have agreed on, if they have: see [`agree`](Self::agree).
    ///
    /// # Errors
    ///
    /// Fails if the server does not answer.
    pub async fn agreement(&self) -> Result<Option<Bytes>, RedisError> {
        let key = &self.shared.keys.agreement;
        let mut command = Cmd::new();
        command.arg("GET").arg(key);
        let place = format!("the key {key}");
        let link = &self.shared.link;
        let call = link.request(&command, Duration::ZERO, &place);
        match self.shared.bounded(call).await?.unwrap_or_default() {
            Value::Nil => Ok(None),
            Value::BulkString(value) => Ok(Some(value.into())),
            _ => Err(self.shared.damaged(key)),
        }
    }

    /// Agrees with the other nodes of the bot: stores `proposed` if no node has proposed anything before, and returns what is
    /// stored.
    ///
    /// It is for what must not differ between nodes, such as the number of shards. It is the key `{gloaming:BOT}:agreement`, and
    /// remains until that is deleted.
    ///
    /// # Errors
    ///
    /// Fails if the server does not answer or has no memory left.
    pub async fn agree(&self, proposed: impl Into<Bytes>) -> Result<Bytes, RedisError> {
        let (key, proposed) = (&self.shared.keys.agreement, proposed.into());
        let (keys, arguments) = ([key], [&proposed[..]]);
        let call = self.shared.link.run(&AGREE, &keys, &arguments);
        match self.shared.bounded(call).await? {
            Value::BulkString(value) => Ok(value.into()),
            _ => Err(self.shared.damaged(key)),
        }
    }
}

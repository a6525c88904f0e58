//! The engine on Redis.

use crate::{
    config::RedisConfig,
    error::{Cause, RedisError},
    keys::Keys,
    link::Link,
    server_check,
};
use gloaming_coordinator::CoordinatorError;
use gloaming_queue::{BoxFuture, QueueSettings};
use std::{
    fmt::{self, Debug, Formatter},
    sync::Arc,
    time::Duration,
};
use tokio::time::timeout;

/// How long a call of several requests may take.
const CALL_TIMEOUT: Duration = Duration::from_secs(5);

/// An engine for the nodes of one bot on many machines, on Redis or Valkey.
///
/// Every process connects to the same server with the same [name](RedisConfig::new) and has the
/// [`Leases`](gloaming_coordinator::Leases), the [`Budget`](gloaming_coordinator::Budget) and the
/// [`Sessions`](gloaming_coordinator::Sessions) of the fleet. Clones are the same connection.
///
/// A lost connection is made again by the next call. Meanwhile calls fail with
/// [`Unreachable`](gloaming_coordinator::CoordinatorErrorKind::Unreachable), watches wait, and shards stay connected.
///
/// ```no_run
/// use gloaming_redis::{QueueSettings, RedisConfig, RedisCoordinator};
///
/// # async fn example() -> Result<(), gloaming_redis::RedisError> {
/// let config = RedisConfig::new("redis://10.0.0.1:6379", "my-bot")?;
/// let engine = RedisCoordinator::connect(&config, QueueSettings::default()).await?;
/// # drop(engine);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct RedisCoordinator {
    pub(crate) shared: Arc<Shared>,
}

/// What all clones have.
pub(crate) struct Shared {
    pub(crate) link: Link,
    pub(crate) keys: Keys,
    pub(crate) settings: QueueSettings,
}

impl RedisCoordinator {
    /// Connects to the server, and checks that it can be trusted with leases.
    ///
    /// `settings` are the limits of identifies, and the same for all nodes.
    ///
    /// # Errors
    ///
    /// Fails if the server can't be reached within some seconds, is older than 6.2, is a replica, may delete any key when its
    /// memory is full, or denies access.
    pub async fn connect(
        config: &RedisConfig,
        settings: QueueSettings,
    ) -> Result<Self, RedisError> {
        let (link, keys) = (Link::new(config)?, Keys::new(&config.bot));
        server_check::check(&link, &keys).await?;
        let shared = Arc::new(Shared {
            link,
            keys,
            settings,
        });
        shared.assume_limit().await?;
        Ok(Self { shared })
    }

    /// Makes a call, for a bounded time.
    pub(crate) fn call<'a, T: Send + 'a>(
        &'a self,
        call: impl Future<Output = Result<T, RedisError>> + Send + 'a,
    ) -> BoxFuture<'a, Result<T, CoordinatorError>> {
        Box::pin(async move { Ok(self.shared.bounded(call).await?) })
    }
}

impl Shared {
    /// Waits for a call of several requests, for a bounded time.
    pub(crate) async fn bounded<T>(
        &self,
        call: impl Future<Output = Result<T, RedisError>>,
    ) -> Result<T, RedisError> {
        let unreachable = || self.link.error(Cause::Unreachable);
        let answer = timeout(CALL_TIMEOUT, call).await;
        answer.unwrap_or_else(|_| Err(unreachable()))
    }

    /// Makes the error of an answer that no script gives.
    pub(crate) fn damaged(&self, key: &str) -> RedisError {
        let place = format!("the key {key}");
        self.link.error(Cause::Damaged { place })
    }
}

impl Debug for RedisCoordinator {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RedisCoordinator")
            .field(&self.shared.link)
            .finish()
    }
}

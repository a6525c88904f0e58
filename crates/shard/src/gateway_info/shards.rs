//! Shards with the numbers that Discord returned.

use crate::{Config, ConfigBuilder, Shard, create_iterator};
use gloaming_protocol::ShardId;
use gloaming_queue::QueueSettings;
use std::time::Duration;
use twilight_model::gateway::{SessionStartLimit, connection_info::BotConnectionInfo};

/// Creates as many shards as Discord recommends, like [`create_iterator`].
///
/// The default queue is updated with the session start limits ([P11](gloaming_protocol::rules#p11),
/// [P12](gloaming_protocol::rules#p12)); create a custom queue from [`queue_settings`] yourself. If fewer session starts
/// remain than there are shards, a warning is logged, and the default queue makes the other shards wait for the reset.
///
/// Use this function if one process runs all shards. To distribute shards over several processes, request the number
/// once, and pass each process its [`bucket`](crate::bucket). An example is in the documentation of
/// [`GatewayInfoRequest`](crate::GatewayInfoRequest).
pub fn create_from_info<F>(
    info: &BotConnectionInfo,
    config: Config,
    per_shard_config: F,
) -> impl ExactSizeIterator<Item = Shard> + use<F>
where
    F: FnMut(ShardId, ConfigBuilder) -> Config,
{
    apply_session_start_limit(&info.session_start_limit, info.shards, &config);
    create_iterator(0..info.shards, info.shards, config, per_shard_config)
}

/// Returns the settings of a queue that keeps these limits, with the default reserve.
///
/// For a cluster or a group of a fixed number of shards, whose default queue assumes one identify per 5 s and 1000 a day.
/// A `max_concurrency` of 0 counts as 1. `QueueSettings::from` does the same.
///
/// ```no_run
/// use gloaming_queue::InMemoryQueue;
/// use gloaming_shard::{Config, ConfigBuilder, GatewayInfoRequest, Intents, queue_settings};
///
/// # async fn example(token: String) -> Result<(), Box<dyn std::error::Error>> {
/// let config = Config::new(token, Intents::GUILDS);
/// let info = GatewayInfoRequest::new(&config).send().await?;
/// let queue = InMemoryQueue::with_settings(queue_settings(&info.session_start_limit));
/// let config = ConfigBuilder::from(config).queue(queue).build();
/// # drop(config);
/// # Ok(())
/// # }
/// ```
#[must_use]
pub fn queue_settings(limit: &SessionStartLimit) -> QueueSettings {
    QueueSettings::from(limit)
}

/// Updates the default queue of a configuration with the session start limits of Discord, as [`create_from_info`] does,
/// for a process that starts a fixed number of `shards`.
///
/// If fewer session starts remain than there are shards, a warning is logged. A custom queue stays as it is.
///
/// ```no_run
/// use gloaming_shard::{Config, GatewayInfoRequest, Intents, apply_session_start_limit, create_iterator};
///
/// # async fn example(token: String) -> Result<(), Box<dyn std::error::Error>> {
/// let config = Config::new(token, Intents::GUILDS);
/// let info = GatewayInfoRequest::new(&config).send().await?;
/// apply_session_start_limit(&info.session_start_limit, 64, &config);
/// let shards = create_iterator(0..64, 128, config, |_, builder| builder.build());
/// # drop(shards);
/// # Ok(())
/// # }
/// ```
pub fn apply_session_start_limit(limit: &SessionStartLimit, shards: u32, config: &Config) {
    let reset_after = Duration::from_millis(limit.reset_after);
    let reserve = config.default_queue().map_or(0, |queue| {
        queue.update(
            limit.max_concurrency,
            limit.remaining,
            reset_after,
            limit.total,
        );
        queue.settings().reserve
    });
    if limit.remaining.saturating_sub(reserve) < shards {
        tracing::warn!(
            shards,
            remaining = limit.remaining,
            total = limit.total,
            reserve,
            "not enough session starts remain to start all shards before the reset in {} s",
            reset_after.as_secs()
        );
    }
}

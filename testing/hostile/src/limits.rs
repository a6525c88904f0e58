//! The bounds of the tests, and the settings of their shards.

use gloaming_queue::UnlimitedQueue;
use gloaming_shard::{
    ConfigBuilder, DecoderLimits, Intents,
    machine::{BackoffPolicy, Timeouts},
};
use std::time::Duration;

pub(crate) const TOKEN: &str = "hostile.test.token";

/// The largest message that the shards accept. READY and all payloads that are not attacks are smaller.
pub(crate) const MAX_MESSAGE_BYTES: usize = 1024 * 1024;

/// The longest that any step of a case may take, on a busy machine. On an idle one, it takes milliseconds.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// The shard's deadlines: short, since some attacks are answered by a deadline only, and long enough that a busy machine
/// does not exceed them before the attack.
pub(crate) const DEADLINE: Duration = Duration::from_secs(5);

/// Returns a configuration whose waits are short.
pub(crate) fn config(url: &str) -> ConfigBuilder {
    let mut timeouts = Timeouts::default();
    timeouts.connect = DEADLINE;
    timeouts.hello = DEADLINE;
    timeouts.resumed = DEADLINE;
    timeouts.close = Duration::from_millis(200);
    timeouts.guilds = Duration::from_millis(200);
    let mut backoff = BackoffPolicy::default();
    backoff.base = Duration::from_millis(100);
    backoff.cap = Duration::from_millis(200);
    ConfigBuilder::new(TOKEN.to_owned(), Intents::GUILDS | Intents::GUILD_MESSAGES)
        .gateway_url(url)
        .queue(UnlimitedQueue)
        .timeouts(timeouts)
        .backoff(backoff)
        .decoder_limits(DecoderLimits {
            max_message_bytes: MAX_MESSAGE_BYTES,
        })
}

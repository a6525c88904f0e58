//! The emulator follows the paused clock of tokio.

use std::time::Duration;

use gloaming_emulator::Emulator;
use tokio::time::Instant;

use crate::harness::{Client, Received};

/// On a paused clock, timeouts take no time.
#[tokio::test(start_paused = true)]
#[expect(clippy::disallowed_methods, reason = "reads the paused clock")]
async fn paused_clock_is_followed() {
    let emulator = Emulator::builder()
        .guilds(0)
        .heartbeat_interval(Duration::from_secs(10))
        .start()
        .await
        .unwrap();
    let mut client = Client::connect(&format!("{}/?v=10", emulator.url()))
        .await
        .unwrap();
    let began = Instant::now();
    client.start(0).await;
    assert_eq!(client.receive().await, Received::Close(4009));
    let waited = began.elapsed();
    assert!((15..16).contains(&waited.as_secs()), "{waited:?}");
}

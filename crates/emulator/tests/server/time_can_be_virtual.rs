use std::time::Duration;

use gloaming_emulator::Emulator;
use tokio::time::Instant;

use crate::client::{Client, Heard};

/// On a paused clock a minute takes no time.
#[tokio::test(start_paused = true)]
#[expect(clippy::disallowed_methods, reason = "the paused clock")]
async fn time_can_be_virtual() {
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
    assert_eq!(client.hear().await, Heard::Close(4009));
    let waited = began.elapsed();
    assert!((15..16).contains(&waited.as_secs()), "{waited:?}");
}

use std::time::Duration;

use gloaming_emulator::{Emulator, model::Mute};
use tokio::time::timeout;

use crate::client::{Client, Heard};

#[tokio::test]
async fn answers_a_close_frame() {
    let emulator = Emulator::builder().guilds(0).start().await.unwrap();
    let mut client = Client::connect(&format!("{}/?v=10", emulator.url()))
        .await
        .unwrap();
    client.start(0).await;
    client.close(4000).await;
    assert_eq!(client.hear().await, Heard::Close(4000));
    assert_eq!(client.hear().await, Heard::Gone);
    let stats = emulator.wait_until(|stats| stats.connections == 0).await;
    assert_eq!(stats.sessions, 1);
}

#[tokio::test]
async fn or_does_not_when_it_is_mute() {
    let emulator = Emulator::builder().guilds(0).start().await.unwrap();
    emulator.mute(Mute::CloseReplies);
    let mut client = Client::connect(&format!("{}/?v=10", emulator.url()))
        .await
        .unwrap();
    client.start(0).await;
    client.close(1000).await;
    emulator.wait_until(|stats| stats.sessions == 0).await;
    assert!(
        timeout(Duration::from_millis(300), client.hear())
            .await
            .is_err()
    );
}

//! A close frame is answered, unless close replies are muted.

use std::time::Duration;

use gloaming_emulator::{Emulator, model::Mute};
use tokio::time::timeout;

use crate::harness::{Client, Received};

#[tokio::test]
async fn close_frame_is_answered() {
    let emulator = Emulator::builder().guilds(0).start().await.unwrap();
    let mut client = Client::connect(&format!("{}/?v=10", emulator.url()))
        .await
        .unwrap();
    client.start(0).await;
    client.close(4000).await;
    assert_eq!(client.receive().await, Received::Close(4000));
    assert_eq!(client.receive().await, Received::End);
    let stats = emulator.wait_until(|stats| stats.connections == 0).await;
    assert_eq!(stats.sessions, 1);
}

#[tokio::test]
async fn muted_close_reply_is_withheld() {
    let emulator = Emulator::builder().guilds(0).start().await.unwrap();
    emulator.mute(Mute::CloseReplies);
    let mut client = Client::connect(&format!("{}/?v=10", emulator.url()))
        .await
        .unwrap();
    client.start(0).await;
    client.close(1000).await;
    emulator.wait_until(|stats| stats.sessions == 0).await;
    assert!(
        timeout(Duration::from_millis(300), client.receive())
            .await
            .is_err()
    );
}

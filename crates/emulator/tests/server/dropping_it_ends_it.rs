use gloaming_emulator::Emulator;

use crate::client::{Client, Heard};

#[tokio::test]
async fn dropping_it_ends_it() {
    let emulator = Emulator::builder().guilds(0).start().await.unwrap();
    let url = format!("{}/?v=10", emulator.url());
    let mut client = Client::connect(&url).await.unwrap();
    client.start(0).await;
    drop(emulator);
    assert_eq!(client.hear().await, Heard::Gone);
    assert!(Client::connect(&url).await.is_err());
}

#[tokio::test]
async fn shutting_it_down_says_goodbye() {
    let emulator = Emulator::builder().guilds(0).start().await.unwrap();
    let url = format!("{}/?v=10", emulator.url());
    let mut client = Client::connect(&url).await.unwrap();
    client.start(0).await;
    let ending = tokio::spawn(emulator.shutdown());
    assert_eq!(client.hear().await, Heard::Close(1001));
    assert_eq!(client.hear().await, Heard::Gone);
    ending.await.unwrap();
    assert!(Client::connect(&url).await.is_err());
}

//! The emulator stops when it is dropped or shut down.

use gloaming_emulator::Emulator;

use crate::harness::{Client, Received};

#[tokio::test]
async fn dropped_emulator_stops() {
    let emulator = Emulator::builder().guilds(0).start().await.unwrap();
    let url = format!("{}/?v=10", emulator.url());
    let mut client = Client::connect(&url).await.unwrap();
    client.start(0).await;
    drop(emulator);
    assert_eq!(client.receive().await, Received::End);
    assert!(Client::connect(&url).await.is_err());
}

#[tokio::test]
async fn shutdown_closes_with_1001() {
    let emulator = Emulator::builder().guilds(0).start().await.unwrap();
    let url = format!("{}/?v=10", emulator.url());
    let mut client = Client::connect(&url).await.unwrap();
    client.start(0).await;
    let ending = tokio::spawn(emulator.shutdown());
    assert_eq!(client.receive().await, Received::Close(1001));
    assert_eq!(client.receive().await, Received::End);
    ending.await.unwrap();
    assert!(Client::connect(&url).await.is_err());
}

//! The close frame has the requested code, or that of the violation.

use gloaming_emulator::{Emulator, Selector};
use serde_json::json;

use crate::harness::{Client, Received};

#[tokio::test]
async fn requested_close_has_the_code() {
    let emulator = Emulator::builder().guilds(0).start().await.unwrap();
    for code in [1000, 1001, 4000, 4008, 4014] {
        let mut client = Client::connect(&format!("{}/?v=10", emulator.url()))
            .await
            .unwrap();
        client.hello().await;
        assert_eq!(emulator.close(Selector::All, code), 1);
        assert_eq!(client.receive().await, Received::Close(code));
        assert_eq!(client.receive().await, Received::End);
        emulator.wait_until(|stats| stats.connections == 0).await;
    }
}

#[tokio::test]
async fn violation_closes_with_its_code() {
    let emulator = Emulator::builder().start().await.unwrap();
    let mut client = Client::connect(&format!("{}/?v=10", emulator.url()))
        .await
        .unwrap();
    client.hello().await;
    client.send(json!({"op": 3, "d": {}})).await;
    assert_eq!(client.receive().await, Received::Close(4003));
    assert_eq!(emulator.violations()[0].rule, "P13");

    let mut client = Client::connect(&format!("{}/?v=8", emulator.url()))
        .await
        .unwrap();
    assert_eq!(client.receive().await, Received::Close(4012));
}

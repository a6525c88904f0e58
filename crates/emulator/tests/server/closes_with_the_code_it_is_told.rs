use gloaming_emulator::{Emulator, Selector};
use serde_json::json;

use crate::client::{Client, Heard};

#[tokio::test]
async fn closes_with_the_code_it_is_told() {
    let emulator = Emulator::builder().guilds(0).start().await.unwrap();
    for code in [1000, 1001, 4000, 4008, 4014] {
        let mut client = Client::connect(&format!("{}/?v=10", emulator.url()))
            .await
            .unwrap();
        client.hello().await;
        assert_eq!(emulator.close(Selector::All, code), 1);
        assert_eq!(client.hear().await, Heard::Close(code));
        assert_eq!(client.hear().await, Heard::Gone);
        emulator.wait_until(|stats| stats.connections == 0).await;
    }
}

#[tokio::test]
async fn closes_for_what_the_client_did() {
    let emulator = Emulator::builder().start().await.unwrap();
    let mut client = Client::connect(&format!("{}/?v=10", emulator.url()))
        .await
        .unwrap();
    client.hello().await;
    client.send(json!({"op": 3, "d": {}})).await;
    assert_eq!(client.hear().await, Heard::Close(4003));
    assert_eq!(emulator.violations()[0].rule, "P13");

    let mut client = Client::connect(&format!("{}/?v=9", emulator.url()))
        .await
        .unwrap();
    assert_eq!(client.hear().await, Heard::Close(4012));
}

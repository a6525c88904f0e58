//! A session starts over a WebSocket without TLS.

use gloaming_emulator::Emulator;
use serde_json::json;

use crate::harness::Client;

#[tokio::test]
async fn identify_works_without_tls() {
    let emulator = Emulator::builder().guilds(3).start().await.unwrap();
    let url = format!("{}/some/path?v=10&encoding=json", emulator.url());
    let mut client = Client::connect(&url).await.unwrap();

    let ready = client.start(1).await;
    assert_eq!(ready["v"], 10);
    assert_eq!(ready["resume_gateway_url"], emulator.resume_url());
    assert_eq!(ready["guilds"].as_array().unwrap().len(), 3);
    for sequence in 2..5 {
        let guild = client.dispatch("GUILD_CREATE").await;
        assert_eq!(guild["s"], sequence);
    }
    client.send(json!({"op": 1, "d": 4})).await;
    assert_eq!(
        client.payload().await,
        json!({"op": 11, "d": null, "s": null, "t": null})
    );

    client.close(1000).await;
    let stats = emulator.wait_until(|stats| stats.connections == 0).await;
    assert_eq!(
        (stats.identifies, stats.sessions_started, stats.sessions),
        (1, 1, 0)
    );
    assert_eq!(emulator.violations(), []);
}

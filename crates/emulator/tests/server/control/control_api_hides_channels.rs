//! The control API changes what the bot can view, by its own requests, by actions and by events (P37).

use gloaming_emulator::Emulator;
use serde_json::{Value, json};

use crate::harness::{Client, http_request};

const GUILDS: u64 = 1;
const HIDDEN: &str = "___hidden___";

#[tokio::test]
async fn channels_are_hidden_and_revealed() {
    let emulator = Emulator::builder().guilds(1).start().await.unwrap();
    let url = format!("{}/?v=10&encoding=json", emulator.url());
    let mut client = Client::connect(&url).await.unwrap();
    client.start(GUILDS).await;
    let guild = client.dispatch("GUILD_CREATE").await["d"].clone();
    let channel = &guild["channels"].as_array().unwrap().last().unwrap()["id"];

    let body = json!({"channel": channel});
    let hide = http_request(&emulator, "POST /control/hide-channel", &body).await;
    assert_eq!(hide, (200, json!({"sessions": 1})));
    let hidden = client.dispatch("CHANNEL_UPDATE").await;
    assert_eq!(
        (&hidden["d"]["id"], &hidden["d"]["name"]),
        (channel, &json!(HIDDEN))
    );
    let reveal = http_request(&emulator, "POST /control/reveal-channel", &body).await;
    assert_eq!(reveal, (200, json!({"sessions": 1})));
    assert_ne!(client.dispatch("CHANNEL_UPDATE").await["d"]["name"], HIDDEN);

    let hide = json!({"action": "hide-channels", "count": 1});
    http_request(&emulator, "POST /control/action", &hide).await;
    assert_eq!(client.dispatch("CHANNEL_UPDATE").await["d"]["name"], HIDDEN);
    let reveal = json!({"action": "reveal-channels"});
    http_request(&emulator, "POST /control/action", &reveal).await;
    assert_ne!(client.dispatch("CHANNEL_UPDATE").await["d"]["name"], HIDDEN);

    // The role @everyone has the id of the guild.
    let none = json!({"guild_id": guild["id"], "role": {"id": guild["id"], "permissions": "0"}});
    let event = json!({"name": "GUILD_ROLE_UPDATE", "data": none});
    let (status, _): (u16, Value) = http_request(&emulator, "POST /control/event", &event).await;
    assert_eq!(status, 200);
    assert_eq!(client.dispatch("CHANNEL_UPDATE").await["d"]["name"], HIDDEN);
}

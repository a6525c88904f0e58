//! REST leaves out channels that the bot can't view, and refuses to write in them (P37).

use gloaming_emulator::Emulator;
use serde_json::{Value, json};
use twilight_model::channel::Channel;

use crate::harness::http_request_as_bot;

async fn with_a_private_channel() -> Emulator {
    let builder = Emulator::builder().guilds(1).private_channels(1);
    builder.start().await.unwrap()
}

#[tokio::test]
async fn list_has_only_the_channels_that_the_bot_can_view() {
    let emulator = with_a_private_channel().await;
    let guild = emulator.guild_ids()[0];
    let all = emulator.channels(guild);
    let path = format!("GET /api/v10/guilds/{guild}/channels");
    let list = async || -> Vec<Channel> {
        let (status, channels) = http_request_as_bot(&emulator, &path, &Value::Null).await;
        assert_eq!(status, 200, "{channels}");
        serde_json::from_value(channels).unwrap()
    };
    let listed = list().await;
    assert_eq!(listed.len(), all.len() - 2, "the channel and its category");
    assert!(listed.iter().all(|channel| channel.guild_id == Some(guild)));
    emulator.reveal_channel(all.last().unwrap().id);
    assert_eq!(list().await.len(), all.len());

    let unknown = "GET /api/v10/guilds/7/channels";
    let (status, error) = http_request_as_bot(&emulator, unknown, &Value::Null).await;
    assert_eq!((status, &error["code"]), (404, &json!(10004)));
}

#[tokio::test]
async fn bot_can_write_only_in_channels_that_it_can_view() {
    let emulator = with_a_private_channel().await;
    let private = emulator
        .channels(emulator.guild_ids()[0])
        .last()
        .unwrap()
        .id;
    let message = json!({"content": "hello"});
    for path in ["messages", "typing"] {
        let request = format!("POST /api/v10/channels/{private}/{path}");
        let (status, error) = http_request_as_bot(&emulator, &request, &message).await;
        let missing_access = json!({"message": "Missing Access", "code": 50001});
        assert_eq!((status, error), (403, missing_access), "{path}");
    }
    assert_eq!(emulator.bot_messages(), []);
    emulator.reveal_channel(private);
    let request = format!("POST /api/v10/channels/{private}/messages");
    let (status, _) = http_request_as_bot(&emulator, &request, &message).await;
    assert_eq!(status, 200);
    assert_eq!(emulator.bot_messages()[0].channel, private);
}

//! The bot creates messages over REST.

use gloaming_emulator::{DEFAULT_TOKEN, Emulator};
use serde_json::{Value, json};
use twilight_model::channel::Message;

use crate::harness::{Client, http_request_as_bot, http_request_with};

const GUILD_MESSAGES: u64 = 1 << 9;

/// Without MESSAGE_CONTENT, the bot receives the content of messages that mention it and of its own.
#[tokio::test]
async fn created_message_is_dispatched() {
    let emulator = Emulator::builder().guilds(2).start().await.unwrap();
    let mut client = Client::connect(&format!("{}/?v=10&encoding=json", emulator.url()))
        .await
        .unwrap();
    let ready = client.start(GUILD_MESSAGES).await;
    let bot = ready["user"]["id"].as_str().unwrap();

    let guild = emulator.guild_ids()[1];
    assert_eq!(emulator.say(guild, "psst"), 1);
    assert_eq!(emulator.say(guild, &format!("<@{bot}> ping")), 1);
    assert_eq!(client.dispatch("MESSAGE_CREATE").await["d"]["content"], "");
    let question = client.dispatch("MESSAGE_CREATE").await;
    assert_eq!(question["d"]["content"], format!("<@{bot}> ping"));
    assert_eq!(question["d"]["guild_id"], guild.to_string());
    assert_ne!(question["d"]["author"]["id"], bot);

    let path = format!(
        "POST /api/v10/channels/{}/messages",
        question["d"]["channel_id"].as_str().unwrap()
    );
    let (status, message) =
        http_request_as_bot(&emulator, &path, &json!({"content": "pong"})).await;
    assert_eq!((status, &message["content"]), (200, &json!("pong")));
    let answer = client.dispatch("MESSAGE_CREATE").await;
    assert_eq!(answer["d"], message);
    assert_eq!(answer["d"]["author"]["id"], bot);
}

#[tokio::test]
async fn newest_bot_messages_are_kept() {
    const KEPT: usize = 1000;

    let emulator = Emulator::builder().guilds(1).start().await.unwrap();
    let mut client = Client::connect(&format!("{}/?v=10&encoding=json", emulator.url()))
        .await
        .unwrap();
    client.start(GUILD_MESSAGES).await;
    assert_eq!(emulator.bot_messages(), []);

    let guild = emulator.guild_ids()[0];
    emulator.say(guild, "anybody?");
    let question = client.dispatch("MESSAGE_CREATE").await;
    let channel = question["d"]["channel_id"].as_str().unwrap();
    let path = format!("POST /api/v10/channels/{channel}/messages");
    for content in 0..=KEPT {
        let message = json!({"content": content.to_string()});
        http_request_as_bot(&emulator, &path, &message).await;
    }

    let written = emulator.bot_messages();
    assert_eq!(emulator.stats().bot_messages, KEPT as u64 + 1);
    assert_eq!(written.len(), KEPT, "the oldest message was removed");
    assert_eq!(written[0].content, "1");
    assert_eq!(
        json!(written.last().unwrap()),
        json!({
            "guild": guild,
            "channel": channel,
            "interaction": null,
            "content": KEPT.to_string(),
            "body": {"content": KEPT.to_string()},
        })
    );
}

/// Embeds are dispatched with the fields that Discord adds. The test sees the original body.
#[tokio::test]
async fn embeds_are_completed() {
    let emulator = Emulator::builder().guilds(1).start().await.unwrap();
    let mut client = Client::connect(&format!("{}/?v=10&encoding=json", emulator.url()))
        .await
        .unwrap();
    client.start(GUILD_MESSAGES).await;
    emulator.say(emulator.guild_ids()[0], "what is there?");
    let question = client.dispatch("MESSAGE_CREATE").await;
    let channel = question["d"]["channel_id"].as_str().unwrap();

    let (status, _) = http_request_as_bot(
        &emulator,
        &format!("POST /api/v10/channels/{channel}/typing"),
        &Value::Null,
    )
    .await;
    assert_eq!(status, 204);
    let body = json!({"embeds": [{"title": "This", "fields": [{"name": "a", "value": "b"}]}]});
    let path = format!("POST /api/v10/channels/{channel}/messages");
    let (status, _) = http_request_as_bot(&emulator, &path, &body).await;
    assert_eq!(status, 200);
    let shown = client.dispatch("MESSAGE_CREATE").await;
    let message: Message = serde_json::from_value(shown["d"].clone()).unwrap();
    assert_eq!(message.embeds[0].kind, "rich");
    assert_eq!(emulator.bot_messages()[0].body, body);
}

#[tokio::test]
async fn invalid_messages_are_refused() {
    let emulator = Emulator::builder().guilds(1).start().await.unwrap();
    let nowhere = "POST /api/v10/channels/1/messages";
    for (request, token, body, expected) in [
        (
            nowhere,
            DEFAULT_TOKEN,
            json!({"content": "hello"}),
            (404, 10003),
        ),
        (nowhere, DEFAULT_TOKEN, json!({"content": ""}), (400, 50006)),
        (
            nowhere,
            DEFAULT_TOKEN,
            json!({"content": "a".repeat(2001)}),
            (400, 50035),
        ),
        (nowhere, DEFAULT_TOKEN, json!([]), (400, 50035)),
        (nowhere, "another", json!({"content": "hello"}), (401, 0)),
        (
            "POST /api/v10/channels/1/typing",
            DEFAULT_TOKEN,
            json!({}),
            (404, 10003),
        ),
        ("POST /api/v10/gateway", DEFAULT_TOKEN, json!({}), (405, 0)),
        (
            "POST /api/v10/somewhere",
            DEFAULT_TOKEN,
            json!({}),
            (404, 0),
        ),
    ] {
        let headers = format!("Authorization: Bot {token}\r\n");
        let (status, answer) = http_request_with(&emulator, request, &headers, &body).await;
        let expected = (expected.0, json!(expected.1));
        assert_eq!(
            (status, answer["code"].clone()),
            expected,
            "{request} {body}"
        );
    }
    assert_eq!(emulator.say(twilight_model::id::Id::new(1), "anybody?"), 0);
}

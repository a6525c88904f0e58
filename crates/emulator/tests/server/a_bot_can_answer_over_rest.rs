use gloaming_emulator::{DEFAULT_TOKEN, Emulator};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::client::Client;

const GUILD_MESSAGES: u64 = 1 << 9;

/// The status and the body.
async fn post(emulator: &Emulator, path: &str, token: &str, body: &Value) -> (String, Value) {
    let host = emulator.rest_url().strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).await.unwrap();
    let body = body.to_string();
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bot {token}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (
        head.split(' ').nth(1).unwrap().to_owned(),
        serde_json::from_str(body).unwrap(),
    )
}

/// Content is seen where the bot is named, and of its own messages, with no MESSAGE_CONTENT.
#[tokio::test]
async fn what_members_say_reaches_it_and_what_it_writes_comes_back() {
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
    let asked = client.dispatch("MESSAGE_CREATE").await;
    assert_eq!(asked["d"]["content"], format!("<@{bot}> ping"));
    assert_eq!(asked["d"]["guild_id"], guild.to_string());
    assert_ne!(asked["d"]["author"]["id"], bot);

    let path = format!(
        "/api/v10/channels/{}/messages",
        asked["d"]["channel_id"].as_str().unwrap()
    );
    let (status, message) =
        post(&emulator, &path, DEFAULT_TOKEN, &json!({"content": "pong"})).await;
    assert_eq!(
        (status.as_str(), &message["content"]),
        ("200", &json!("pong"))
    );
    let answer = client.dispatch("MESSAGE_CREATE").await;
    assert_eq!(answer["d"], message);
    assert_eq!(answer["d"]["author"]["id"], bot);
}

#[tokio::test]
async fn what_it_writes_is_there_for_a_test_to_look_at() {
    const KEPT: usize = 1000;

    let emulator = Emulator::builder().guilds(1).start().await.unwrap();
    let mut client = Client::connect(&format!("{}/?v=10&encoding=json", emulator.url()))
        .await
        .unwrap();
    client.start(GUILD_MESSAGES).await;
    assert_eq!(emulator.bot_messages(), []);

    let guild = emulator.guild_ids()[0];
    emulator.say(guild, "anybody?");
    let asked = client.dispatch("MESSAGE_CREATE").await;
    let channel = asked["d"]["channel_id"].as_str().unwrap();
    let path = format!("/api/v10/channels/{channel}/messages");
    for content in 0..=KEPT {
        let message = json!({"content": content.to_string()});
        post(&emulator, &path, DEFAULT_TOKEN, &message).await;
    }

    let written = emulator.bot_messages();
    assert_eq!(emulator.stats().bot_messages, KEPT as u64 + 1);
    assert_eq!(written.len(), KEPT, "the first made room");
    assert_eq!(written[0].content, "1");
    assert_eq!(
        json!(written.last().unwrap()),
        json!({"guild": guild, "channel": channel, "content": KEPT.to_string()})
    );
}

#[tokio::test]
async fn what_can_not_be_written_is_refused() {
    let emulator = Emulator::builder().guilds(1).start().await.unwrap();
    let nowhere = "/api/v10/channels/1/messages";
    for (path, token, body, expected) in [
        (nowhere, DEFAULT_TOKEN, json!({"content": "hello"}), "404"),
        (nowhere, DEFAULT_TOKEN, json!({"content": ""}), "400"),
        (
            nowhere,
            DEFAULT_TOKEN,
            json!({"content": "a".repeat(2001)}),
            "400",
        ),
        (nowhere, DEFAULT_TOKEN, json!([]), "400"),
        (nowhere, "another", json!({"content": "hello"}), "401"),
        ("/api/v10/gateway", DEFAULT_TOKEN, json!({}), "405"),
        ("/api/v10/somewhere", DEFAULT_TOKEN, json!({}), "404"),
    ] {
        let (status, _) = post(&emulator, path, token, &body).await;
        assert_eq!(status, expected, "{path} {body}");
    }
    assert_eq!(emulator.say(twilight_model::id::Id::new(1), "anybody?"), 0);
}

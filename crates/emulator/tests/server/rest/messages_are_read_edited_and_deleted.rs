//! The bot reads, edits and deletes messages of a channel, and those that respond to an interaction.

use gloaming_emulator::{DEFAULT_TOKEN, Emulator};
use serde_json::{Value, json};

use crate::harness::{Client, http_request, http_request_as_bot};

const GUILD_MESSAGES: u64 = 1 << 9;

async fn start(emulator: &Emulator) -> Client {
    let mut client = Client::connect(&format!("{}/?v=10&encoding=json", emulator.url()))
        .await
        .unwrap();
    client.start(GUILD_MESSAGES).await;
    client
}

async fn send(emulator: &Emulator, method: &str, path: &str, body: Value) -> (u16, Value) {
    http_request_as_bot(emulator, &format!("{method} /api/v10{path}"), &body).await
}

#[tokio::test]
async fn history_is_read_in_pages() {
    let emulator = Emulator::builder().guilds(1).start().await.unwrap();
    let mut client = start(&emulator).await;
    for content in ["one", "two", "three"] {
        emulator.say(emulator.guild_ids()[0], content);
    }
    let first = client.dispatch("MESSAGE_CREATE").await["d"].clone();
    let channel = format!(
        "/channels/{}/messages",
        first["channel_id"].as_str().unwrap()
    );
    let first = first["id"].as_str().unwrap();
    for (query, expected) in [
        (String::new(), &["three", "two", "one"][..]),
        ("?limit=1".to_owned(), &["three"]),
        (format!("?after={first}&limit=1"), &["two"]),
        (format!("?before={first}"), &[]),
        (format!("?around={first}&limit=1"), &["one"]),
    ] {
        let (status, page) =
            send(&emulator, "GET", &format!("{channel}{query}"), Value::Null).await;
        assert_eq!(status, 200);
        let page = page.as_array().unwrap();
        let contents: Vec<&str> = page
            .iter()
            .map(|it| it["content"].as_str().unwrap())
            .collect();
        assert_eq!(contents, expected, "{query}");
    }
    for query in ["?limit=0", "?limit=101", "?before=x"] {
        let (status, _) = send(&emulator, "GET", &format!("{channel}{query}"), Value::Null).await;
        assert_eq!(status, 400, "{query}");
    }
    let (status, answer) = send(&emulator, "GET", "/channels/1/messages", Value::Null).await;
    assert_eq!((status, &answer["code"]), (404, &json!(10003)));
}

#[tokio::test]
async fn message_is_edited_and_deleted() {
    let emulator = Emulator::builder().guilds(1).start().await.unwrap();
    let mut client = start(&emulator).await;
    emulator.say(emulator.guild_ids()[0], "hello");
    let hello = client.dispatch("MESSAGE_CREATE").await["d"].clone();
    let channel = format!(
        "/channels/{}/messages",
        hello["channel_id"].as_str().unwrap()
    );
    let embed = json!({"type": "rich", "title": "a"});
    let body = json!({"content": "hi", "embeds": [embed]});
    let (_, written) = send(&emulator, "POST", &channel, body).await;
    client.dispatch("MESSAGE_CREATE").await;
    let one = format!("{channel}/{}", written["id"].as_str().unwrap());
    assert_eq!(
        send(&emulator, "GET", &one, Value::Null).await,
        (200, written.clone())
    );

    let (status, edited) = send(&emulator, "PATCH", &one, json!({"content": "hi there"})).await;
    assert_eq!((status, &edited["content"]), (200, &json!("hi there")));
    assert_eq!(edited["embeds"], json!([embed]), "what is omitted stays");
    assert!(edited["edited_timestamp"].is_string());
    assert_eq!(client.dispatch("MESSAGE_UPDATE").await["d"], edited);
    assert_eq!(send(&emulator, "GET", &one, Value::Null).await.1, edited);
    assert_eq!(emulator.bot_messages()[1].content, "hi there");

    let empty = json!({"content": "", "embeds": []});
    let (status, answer) = send(&emulator, "PATCH", &one, empty).await;
    assert_eq!((status, &answer["code"]), (400, &json!(50006)));
    let of_owner = format!("{channel}/{}", hello["id"].as_str().unwrap());
    let (status, answer) = send(&emulator, "PATCH", &of_owner, json!({"content": "no"})).await;
    assert_eq!((status, &answer["code"]), (403, &json!(50005)));

    assert_eq!(send(&emulator, "DELETE", &one, Value::Null).await.0, 204);
    assert_eq!(
        client.dispatch("MESSAGE_DELETE").await["d"]["id"],
        written["id"]
    );
    for method in ["GET", "PATCH", "DELETE"] {
        let (status, answer) = send(&emulator, method, &one, json!({"content": "a"})).await;
        assert_eq!((status, &answer["code"]), (404, &json!(10008)), "{method}");
    }
}

/// The token of the interaction authorizes the bot, also for a message that only one user sees.
#[tokio::test]
async fn follow_up_is_read_edited_and_deleted() {
    let emulator = Emulator::builder().guilds(1).start().await.unwrap();
    let mut client = start(&emulator).await;
    emulator.use_command(emulator.guild_ids()[0], "ping", &json!([]));
    let interaction = client.dispatch("INTERACTION_CREATE").await["d"].clone();
    let text = |name: &str| interaction[name].as_str().unwrap();
    let (id, token) = (text("id"), text("token"));
    let callback = format!("POST /api/v10/interactions/{id}/{token}/callback");
    http_request(
        &emulator,
        &callback,
        &json!({"type": 4, "data": {"content": "pong"}}),
    )
    .await;
    let webhook = format!("/api/v10/webhooks/{}/{token}", text("application_id"));
    for flags in [0, 64] {
        let body = json!({"content": "and more", "flags": flags});
        let (_, written) = http_request(&emulator, &format!("POST {webhook}"), &body).await;
        let one = format!("{webhook}/messages/{}", written["id"].as_str().unwrap());
        let (status, read) = http_request(&emulator, &format!("GET {one}"), &Value::Null).await;
        assert_eq!((status, read), (200, written));
        let body = json!({"content": "and less"});
        let (_, edited) = http_request(&emulator, &format!("PATCH {one}"), &body).await;
        assert_eq!(
            (&edited["content"], &edited["flags"]),
            (&json!("and less"), &json!(flags))
        );
        let (status, _) = http_request(&emulator, &format!("DELETE {one}"), &Value::Null).await;
        assert_eq!(status, 204);
        let (status, answer) = http_request(&emulator, &format!("GET {one}"), &Value::Null).await;
        assert_eq!((status, &answer["code"]), (404, &json!(10008)));
        assert!(!answer.to_string().contains(DEFAULT_TOKEN));
    }
}

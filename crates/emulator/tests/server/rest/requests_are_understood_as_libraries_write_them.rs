//! Percent-encoded paths, queries with other words for true, and files in multipart/form-data.

use gloaming_emulator::{DEFAULT_TOKEN, Emulator};
use serde_json::{Value, json};
use twilight_model::channel::Message;

use crate::harness::{Client, http_request, http_request_as_bot, http_request_with_text};

const GUILD_MESSAGES: u64 = 1 << 9;

/// A client that has a session, and the data of an interaction that it received.
async fn with_interaction(emulator: &Emulator) -> (Client, Value) {
    let mut client = Client::connect(&format!("{}/?v=10&encoding=json", emulator.url()))
        .await
        .unwrap();
    client.start(GUILD_MESSAGES).await;
    let interaction = use_command(emulator, &mut client).await;
    (client, interaction)
}

async fn use_command(emulator: &Emulator, client: &mut Client) -> Value {
    emulator.use_command(emulator.guild_ids()[0], "ping", &json!([]));
    client.dispatch("INTERACTION_CREATE").await["d"].clone()
}

fn callback(interaction: &Value) -> String {
    let text = |name: &str| interaction[name].as_str().unwrap();
    let (id, token) = (text("id"), text("token"));
    format!("POST /api/v10/interactions/{id}/{token}/callback")
}

fn of_webhook(method: &str, interaction: &Value, rest: &str) -> String {
    let text = |name: &str| interaction[name].as_str().unwrap();
    let (application, token) = (text("application_id"), text("token"));
    format!("{method} /api/v10/webhooks/{application}/{token}{rest}")
}

/// A body with JSON and one file, as discord.py and discord.js write it.
fn form(json: &Value, contents: &str) -> (String, String) {
    let headers = format!(
        "Authorization: Bot {DEFAULT_TOKEN}\r\nContent-Type: multipart/form-data; boundary=b0\r\n"
    );
    let body = format!(
        "--b0\r\nContent-Disposition: form-data; name=\"payload_json\"\r\nContent-Type: application/json\r\n\r\n{json}\r\n\
         --b0\r\nContent-Disposition: form-data; name=\"files[0]\"; filename=\"notes.txt\"\r\nContent-Type: text/plain\r\n\r\n{contents}\r\n--b0--\r\n"
    );
    (headers, body)
}

fn check_attachment(message: &Value, size: u64) {
    let attachments = message["attachments"].as_array().unwrap();
    assert_eq!(attachments.len(), 1, "{message}");
    let attachment = &attachments[0];
    assert_eq!(attachment["filename"], "notes.txt");
    assert_eq!(attachment["description"], "what was said");
    assert_eq!(attachment["size"], size);
    assert_eq!(attachment["content_type"], "text/plain");
    serde_json::from_value::<Message>(message.clone()).expect("a message");
}

#[tokio::test]
async fn path_may_be_percent_encoded() {
    let emulator = Emulator::builder().guilds(1).start().await.unwrap();
    let (_client, interaction) = with_interaction(&emulator).await;
    let pong = json!({"type": 4, "data": {"content": "pong"}});
    http_request(&emulator, &callback(&interaction), &pong).await;
    for original in ["@original", "%40original"] {
        let get = of_webhook("GET", &interaction, &format!("/messages/{original}"));
        let (status, message) = http_request(&emulator, &get, &Value::Null).await;
        assert_eq!((status, &message["content"]), (200, &json!("pong")));
    }
}

#[tokio::test]
async fn query_may_have_any_word_for_true() {
    let emulator = Emulator::builder().guilds(1).start().await.unwrap();
    let (mut client, mut interaction) = with_interaction(&emulator).await;
    for (query, expected) in [
        ("?with_response=1", 200),
        ("?with_response=true", 200),
        ("?with_response=True", 200),
        ("?with_response=false", 204),
        ("?with_response=0", 204),
        ("", 204),
    ] {
        let request = format!("{}{query}", callback(&interaction));
        let (status, _) = http_request(&emulator, &request, &json!({"type": 5})).await;
        assert_eq!(status, expected, "{query}");
        interaction = use_command(&emulator, &mut client).await;
    }
}

#[tokio::test]
async fn message_may_have_a_file() {
    let emulator = Emulator::builder().guilds(1).start().await.unwrap();
    let (mut client, interaction) = with_interaction(&emulator).await;
    let channel = interaction["channel_id"].as_str().unwrap();
    let described = json!([{"id": 0, "filename": "notes.txt", "description": "what was said"}]);

    let request = format!("POST /api/v10/channels/{channel}/messages");
    let (headers, body) = form(&json!({"attachments": described}), &"x".repeat(100_000));
    let (status, message) = http_request_with_text(&emulator, &request, &headers, &body).await;
    assert_eq!(status, 200, "{message}");
    check_attachment(&message, 100_000);
    let event = client.dispatch("MESSAGE_CREATE").await;
    assert_eq!(event["d"]["attachments"], message["attachments"]);
    assert_eq!(
        emulator.bot_messages()[0].body["attachments"][0]["size"],
        100_000
    );

    let response = json!({"type": 4, "data": {"content": "here", "attachments": described}});
    let (headers, body) = form(&response, "abc");
    let request = format!("{}?with_response=true", callback(&interaction));
    let (_, answer) = http_request_with_text(&emulator, &request, &headers, &body).await;
    check_attachment(&answer["resource"]["message"], 3);

    let edit = of_webhook("PATCH", &interaction, "/messages/@original");
    let (headers, body) = form(
        &json!({"content": "there", "attachments": described}),
        "abcd",
    );
    let (_, edited) = http_request_with_text(&emulator, &edit, &headers, &body).await;
    assert_eq!(edited["content"], "there");
    check_attachment(&edited, 4);

    let follow_up = of_webhook("POST", &interaction, "");
    let (headers, body) = form(&json!({"attachments": described}), "");
    let (status, message) = http_request_with_text(&emulator, &follow_up, &headers, &body).await;
    assert_eq!(status, 200, "{message}");
    check_attachment(&message, 0);
}

#[tokio::test]
async fn malformed_forms_are_refused() {
    let emulator = Emulator::builder().guilds(1).start().await.unwrap();
    let (_client, interaction) = with_interaction(&emulator).await;
    let channel = interaction["channel_id"].as_str().unwrap();
    let request = format!("POST /api/v10/channels/{channel}/messages");
    let (headers, body) = form(&json!([]), "abc");
    for body in [body.as_str(), "", "--b0", "{}"] {
        let (status, answer) = http_request_with_text(&emulator, &request, &headers, body).await;
        assert_eq!((status, &answer["code"]), (400, &json!(50035)), "{body}");
    }
}

#[tokio::test]
async fn one_command_is_read_edited_and_deleted() {
    let emulator = Emulator::builder().guilds(1).start().await.unwrap();
    let guild = emulator.guild_ids()[0];
    for scope in ["/commands".to_owned(), format!("/guilds/{guild}/commands")] {
        let all = format!("/api/v10/applications/1{scope}");
        let roll = json!({"name": "roll", "description": "Rolls dice"});
        let (_, created) = http_request_as_bot(&emulator, &format!("POST {all}"), &roll).await;
        let one = format!("{all}/{}", created["id"].as_str().unwrap());
        let send = async |method: &str, path: &str, body: Value| {
            http_request_as_bot(&emulator, &format!("{method} {path}"), &body).await
        };
        assert_eq!(send("GET", &one, Value::Null).await, (200, created.clone()));
        let (status, edited) = send("PATCH", &one, json!({"name": "throw", "id": "1"})).await;
        assert_eq!((status, &edited["name"]), (200, &json!("throw")));
        assert_eq!(edited["id"], created["id"]);
        assert_eq!(edited["description"], "Rolls dice");
        assert_ne!(edited["version"], created["version"]);
        assert_eq!(send("GET", &all, Value::Null).await.1, json!([edited]));
        assert_eq!(send("PATCH", &one, json!({"name": ""})).await.0, 400);
        assert_eq!(send("DELETE", &one, Value::Null).await.0, 204);
        for method in ["GET", "PATCH", "DELETE"] {
            let (status, answer) = send(method, &one, json!({})).await;
            assert_eq!((status, &answer["code"]), (404, &json!(10063)), "{method}");
        }
    }
}

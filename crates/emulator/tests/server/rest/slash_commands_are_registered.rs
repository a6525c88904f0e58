//! The bot registers slash commands over REST.

use gloaming_emulator::Emulator;
use serde_json::{Value, json};
use twilight_model::application::command::Command;

use crate::harness::{Client, http_request, http_request_as_bot};

async fn commands(emulator: &Emulator, request: &str, body: Value) -> Vec<Command> {
    let (status, answer) = http_request_as_bot(emulator, request, &body).await;
    assert_eq!(status, 200, "{request} {answer}");
    serde_json::from_value(answer).unwrap()
}

#[tokio::test]
async fn global_and_guild_commands_are_registered() {
    let emulator = Emulator::builder().guilds(1).start().await.unwrap();
    let (guild, everywhere) = (emulator.guild_ids()[0], "/api/v10/applications/1/commands");
    let in_guild = format!("/api/v10/applications/1/guilds/{guild}/commands");

    let roll = json!({"name": "roll", "description": "Rolls dice", "options": []});
    let put = format!("PUT {everywhere}");
    let first = commands(&emulator, &put, json!([roll])).await;
    assert_eq!((&*first[0].name, first[0].guild_id), ("roll", None));
    let user_command = json!({"name": "who", "type": 2});
    let both = commands(&emulator, &put, json!([user_command, roll])).await;
    assert_eq!(both[1].id, first[0].id, "an update keeps the id");
    assert_ne!(both[0].id, both[1].id);
    let got = commands(&emulator, &format!("GET {everywhere}"), Value::Null).await;
    assert_eq!(got, both);

    let get = format!("GET {in_guild}");
    assert_eq!(commands(&emulator, &get, Value::Null).await, []);
    let post = format!("POST {in_guild}");
    let (status, one) = http_request_as_bot(&emulator, &post, &roll).await;
    assert_eq!((status, &one["guild_id"]), (201, &json!(guild)));
    let (_, repeated) = http_request_as_bot(&emulator, &post, &roll).await;
    assert_eq!(repeated, one);
    assert_eq!(commands(&emulator, &get, Value::Null).await.len(), 1);
}

/// The command of the guild takes precedence over the global one.
#[tokio::test]
async fn interactions_have_the_command_id() {
    let emulator = Emulator::builder().guilds(1).start().await.unwrap();
    let mut client = Client::connect(&format!("{}/?v=10&encoding=json", emulator.url()))
        .await
        .unwrap();
    client.start(1).await;
    let guild = emulator.guild_ids()[0];
    let everywhere = "PUT /api/v10/applications/1/commands".to_owned();
    let in_guild = format!("PUT /api/v10/applications/1/guilds/{guild}/commands");
    for put in [everywhere, in_guild] {
        let registered = commands(&emulator, &put, json!([{"name": "roll"}])).await;
        let body = json!({"guild": guild, "name": "roll"});
        let (_, received) = http_request(&emulator, "POST /control/command", &body).await;
        assert_eq!(received, json!({"sessions": 1}));
        let used = client.dispatch("INTERACTION_CREATE").await;
        let id = registered[0].id.unwrap().to_string();
        assert_eq!(used["d"]["data"]["id"], id, "{put}");
    }
}

#[tokio::test]
async fn invalid_commands_are_refused() {
    let emulator = Emulator::builder().guilds(1).start().await.unwrap();
    let everywhere = "/api/v10/applications/1/commands";
    let many: Vec<Value> = (0..101).map(|n| json!({"name": n.to_string()})).collect();
    for (request, body, status) in [
        (format!("PUT {everywhere}"), json!({}), 400),
        (format!("PUT {everywhere}"), json!([1]), 400),
        (format!("PUT {everywhere}"), json!([{"name": ""}]), 400),
        (format!("PUT {everywhere}"), json!(many), 400),
        (format!("POST {everywhere}"), json!([]), 400),
        (format!("DELETE {everywhere}"), json!(null), 405),
        (
            "GET /api/v10/applications/1/guilds/1/commands".to_owned(),
            json!(null),
            404,
        ),
    ] {
        let (code, answer) = http_request_as_bot(&emulator, &request, &body).await;
        assert_eq!(code, status, "{request} {answer}");
    }
    let (status, _) = http_request(&emulator, &format!("GET {everywhere}"), &json!(null)).await;
    assert_eq!(status, 401);
}

//! The bot responds to interactions over REST.

use gloaming_emulator::{Emulator, Selector};
use serde_json::{Value, json};
use twilight_model::application::interaction::{Interaction, InteractionData};

use crate::harness::{Client, http_request, http_request_as_bot};

const GUILD_MESSAGES: u64 = 1 << 9;

/// A client that received a slash command.
struct ReceivedCommand {
    emulator: Emulator,
    client: Client,
    interaction: Value,
}

impl ReceivedCommand {
    async fn new() -> Self {
        let emulator = Emulator::builder().guilds(2).start().await.unwrap();
        let mut client = Client::connect(&format!("{}/?v=10&encoding=json", emulator.url()))
            .await
            .unwrap();
        client.start(GUILD_MESSAGES).await;
        let options = json!([{"name": "dice", "type": 4, "value": 3}]);
        let guild = emulator.guild_ids()[1];
        assert_eq!(emulator.use_command(guild, "roll", &options), 1);
        let interaction = client.dispatch("INTERACTION_CREATE").await["d"].clone();
        Self {
            emulator,
            client,
            interaction,
        }
    }

    fn token(&self) -> &str {
        self.interaction["token"].as_str().unwrap()
    }

    /// The token of the interaction is enough; the token of the bot is not needed.
    async fn answer(&self, query: &str, body: Value) -> (u16, Value) {
        let id = self.interaction["id"].as_str().unwrap();
        let token = self.token();
        let request = format!("POST /api/v10/interactions/{id}/{token}/callback{query}");
        http_request(&self.emulator, &request, &body).await
    }

    async fn original(&self, method: &str, body: Value) -> (u16, Value) {
        let application = self.interaction["application_id"].as_str().unwrap();
        let token = self.token();
        let request =
            format!("{method} /api/v10/webhooks/{application}/{token}/messages/@original");
        http_request(&self.emulator, &request, &body).await
    }

    async fn follow_up(&self, body: Value) -> (u16, Value) {
        let application = self.interaction["application_id"].as_str().unwrap();
        let request = format!("POST /api/v10/webhooks/{application}/{}", self.token());
        http_request(&self.emulator, &request, &body).await
    }

    fn written(&self) -> Vec<String> {
        let messages = self.emulator.bot_messages().into_iter();
        messages.map(|message| message.content).collect()
    }
}

#[tokio::test]
async fn message_response_is_dispatched() {
    let mut command = ReceivedCommand::new().await;
    let interaction: Interaction = serde_json::from_value(command.interaction.clone()).unwrap();
    let Some(InteractionData::ApplicationCommand(data)) = &interaction.data else {
        panic!("{interaction:?}");
    };
    assert_eq!((&*data.name, data.options.len()), ("roll", 1));

    let body = json!({"type": 4, "data": {"content": "11"}});
    assert_eq!(command.answer("", body).await, (204, Value::Null));
    let dispatched = command.client.dispatch("MESSAGE_CREATE").await["d"].clone();
    assert_eq!(
        (&dispatched["content"], &dispatched["type"]),
        (&json!("11"), &json!(20))
    );
    assert_eq!(dispatched["channel_id"], command.interaction["channel_id"]);
    assert_eq!(dispatched["guild_id"], command.interaction["guild_id"]);

    let written = &command.emulator.bot_messages()[0];
    assert_eq!(written.interaction, Some(interaction.id));
    assert_eq!(written.guild, interaction.guild_id);
    let stats = command.emulator.stats();
    assert_eq!((stats.interactions_answered, stats.bot_messages), (1, 1));
}

#[tokio::test]
async fn response_is_returned_on_request() {
    let command = ReceivedCommand::new().await;
    let body = json!({"type": 4, "data": {"content": "11", "flags": 64}});
    let (status, answer) = command.answer("?with_response=true", body).await;
    assert_eq!(status, 200);
    let about = &answer["interaction"];
    assert_eq!(about["id"], command.interaction["id"]);
    assert_eq!(about["response_message_ephemeral"], true);
    let message = &answer["resource"]["message"];
    assert_eq!(
        (&message["content"], &message["id"]),
        (&json!("11"), &about["response_message_id"])
    );
}

#[tokio::test]
async fn second_response_is_refused() {
    let command = ReceivedCommand::new().await;
    let body = json!({"type": 4, "data": {"content": "11"}});
    command.answer("", body.clone()).await;
    let (status, answer) = command.answer("", body).await;
    assert_eq!((status, &answer["code"]), (400, &json!(40060)));
    assert_eq!(command.written(), ["11"]);
}

#[tokio::test]
async fn deferred_response_is_edited_later() {
    let mut command = ReceivedCommand::new().await;
    let none = command.original("PATCH", json!({"content": "11"})).await;
    assert_eq!(
        (none.0, &none.1["code"]),
        (404, &json!(10062)),
        "no response yet"
    );
    assert_eq!(command.answer("", json!({"type": 5})).await.0, 204);
    let none = command.original("GET", Value::Null).await;
    assert_eq!(none.0, 404, "there is no message yet");
    let (status, message) = command.original("PATCH", json!({"content": "11"})).await;
    assert_eq!((status, &message["content"]), (200, &json!("11")));
    assert_eq!(
        command.client.dispatch("MESSAGE_CREATE").await["d"],
        message
    );
    assert_eq!(command.written(), ["11"]);
}

#[tokio::test]
async fn response_can_be_edited_followed_up_and_deleted() {
    let mut command = ReceivedCommand::new().await;
    let body = json!({"type": 4, "data": {"content": "11"}});
    command.answer("", body).await;
    let first = command.client.dispatch("MESSAGE_CREATE").await["d"].clone();
    let (status, edited) = command.original("PATCH", json!({"content": "12"})).await;
    assert_eq!((status, &edited["id"]), (200, &first["id"]));
    let update = command.client.dispatch("MESSAGE_UPDATE").await["d"].clone();
    assert_eq!(update["content"], "12");
    assert_eq!(command.original("GET", Value::Null).await, (200, update));

    let (status, more) = command.follow_up(json!({"content": "again?"})).await;
    assert_eq!(status, 200);
    assert_ne!(more["id"], first["id"]);
    assert_eq!(command.client.dispatch("MESSAGE_CREATE").await["d"], more);

    assert_eq!(command.original("DELETE", Value::Null).await.0, 204);
    let gone = command.client.dispatch("MESSAGE_DELETE").await;
    assert_eq!(gone["d"]["id"], first["id"]);
    assert_eq!(command.original("GET", Value::Null).await.0, 404);
    assert_eq!(command.written(), ["11", "12", "again?"]);
}

/// An edit keeps the fields that it does not mention.
#[tokio::test]
async fn partial_edit_keeps_the_other_fields() {
    let mut command = ReceivedCommand::new().await;
    let buttons =
        json!([{"type": 1, "components": [{"type": 2, "custom_id": "again", "style": 1}]}]);
    let body = json!({"type": 4, "data": {"content": "11", "components": buttons}});
    command.answer("", body).await;
    command.client.dispatch("MESSAGE_CREATE").await;

    let embeds = json!([{"type": "rich", "title": "dice"}]);
    for (edit, content, embeds, components) in [
        (
            json!({"embeds": embeds}),
            "11",
            embeds.clone(),
            buttons.clone(),
        ),
        (json!({"components": []}), "11", embeds.clone(), json!([])),
        (json!({"content": "12"}), "12", embeds.clone(), json!([])),
        (json!({}), "12", embeds.clone(), json!([])),
        (json!({"content": null}), "", embeds.clone(), json!([])),
        (
            json!({"content": "13", "embeds": null}),
            "13",
            json!([]),
            json!([]),
        ),
    ] {
        let (status, message) = command.original("PATCH", edit.clone()).await;
        assert_eq!(status, 200, "{edit}: {message}");
        assert_eq!(message["content"], content, "{edit}");
        assert_eq!(message["embeds"], embeds, "{edit}");
        assert_eq!(message["components"], components, "{edit}");
        let update = command.client.dispatch("MESSAGE_UPDATE").await["d"].clone();
        assert_eq!(update, message, "{edit}");
        let written = command.emulator.bot_messages().pop().unwrap();
        assert_eq!((written.content.as_str(), written.body), (content, edit));
    }

    let (status, answer) = command.original("PATCH", json!({"content": ""})).await;
    assert_eq!(
        (status, &answer["code"]),
        (400, &json!(50006)),
        "the message would be empty"
    );
    let (status, answer) = command.original("PATCH", json!({"content": 1})).await;
    assert_eq!((status, &answer["code"]), (400, &json!(50035)));
    assert_eq!(
        command.original("GET", Value::Null).await.1["content"],
        "13"
    );
}

#[tokio::test]
async fn deferred_response_must_not_be_empty() {
    let command = ReceivedCommand::new().await;
    command.answer("", json!({"type": 5})).await;
    let (status, answer) = command.original("PATCH", json!({"components": []})).await;
    assert_eq!((status, &answer["code"]), (400, &json!(50006)));
    assert_eq!(
        command.original("PATCH", json!({"content": "11"})).await.0,
        200
    );
}

/// The deferring response decides whether the message is ephemeral.
#[tokio::test]
async fn deferred_response_keeps_its_ephemeral_flag() {
    for (promise, is_ephemeral) in [
        (json!({"type": 5, "data": {"flags": 64}}), true),
        (json!({"type": 5, "data": {"flags": 0}}), false),
    ] {
        for method in ["PATCH", "POST"] {
            let mut command = ReceivedCommand::new().await;
            let (_, promised) = command.answer("?with_response=true", promise.clone()).await;
            assert_eq!(
                promised["interaction"]["response_message_ephemeral"],
                is_ephemeral
            );
            let (status, message) = match method {
                "PATCH" => command.original("PATCH", json!({"content": "11"})).await,
                _ => {
                    command
                        .follow_up(json!({"content": "11", "flags": 64}))
                        .await
                }
            };
            assert_eq!(status, 200);
            let flags = if is_ephemeral { 64 } else { 0 };
            assert_eq!(message["flags"], flags, "{method}");
            command.original("PATCH", json!({"content": "12"})).await;
            command.emulator.dispatch(Selector::All, "LAST", json!({}));
            let mut names = Vec::new();
            while names.last().is_none_or(|name| name != "LAST") {
                let payload = command.client.payload().await;
                names.extend(payload["t"].as_str().map(str::to_owned));
            }
            let expected: &[&str] = if is_ephemeral {
                &["LAST"]
            } else {
                &["MESSAGE_CREATE", "MESSAGE_UPDATE", "LAST"]
            };
            assert_eq!(names, expected, "{method}");
        }
    }
}

/// Components, autocompletion and modals may be answered without a message.
#[tokio::test]
async fn response_without_a_message_is_accepted() {
    for kind in [6, 7, 8, 9] {
        let command = ReceivedCommand::new().await;
        assert_eq!(command.answer("", json!({"type": kind})).await.0, 204);
        assert_eq!(command.emulator.stats().interactions_answered, 1);
        assert!(command.written().is_empty());
    }
}

#[tokio::test]
async fn interaction_in_a_direct_message_is_answered() {
    let emulator = Emulator::builder().guilds(0).start().await.unwrap();
    let mut client = Client::connect(&format!("{}/?v=10&encoding=json", emulator.url()))
        .await
        .unwrap();
    client.start(1 << 12).await;
    let interaction = json!({"id": "7", "type": 2, "token": "seven", "channel_id": "8"});
    emulator.publish("INTERACTION_CREATE", interaction);
    let request = "POST /api/v10/interactions/7/seven/callback";
    let body = json!({"type": 4, "data": {"content": "here"}});
    assert_eq!(http_request(&emulator, request, &body).await.0, 204);
    let dispatched = client.dispatch("MESSAGE_CREATE").await["d"].clone();
    assert_eq!(
        (&dispatched["channel_id"], dispatched.get("guild_id")),
        (&json!("8"), None)
    );
    assert_eq!(emulator.bot_messages()[0].guild, None);
}

#[tokio::test]
async fn invalid_responses_are_refused() {
    let command = ReceivedCommand::new().await;
    for (body, code) in [
        (json!({"type": 4, "data": {}}), 50006),
        (json!({"type": 4}), 50035),
        (json!({"type": 99}), 50035),
        (json!([]), 50035),
    ] {
        let (status, answer) = command.answer("", body.clone()).await;
        assert_eq!((status, &answer["code"]), (400, &json!(code)), "{body}");
    }
    let (id, token) = (&command.interaction["id"], command.token());
    for path in [
        format!("1/{token}"),
        format!("{}/else", id.as_str().unwrap()),
        format!("x/{token}"),
    ] {
        let request = format!("POST /api/v10/interactions/{path}/callback");
        let (status, answer) =
            http_request_as_bot(&command.emulator, &request, &json!({"type": 5})).await;
        assert_eq!((status, &answer["code"]), (404, &json!(10062)), "{path}");
    }
    assert_eq!(command.emulator.stats().interactions_answered, 0);
}

use gloaming_emulator::{Emulator, Selector};
use serde_json::{Value, json};
use twilight_model::application::interaction::{Interaction, InteractionData};

use crate::{
    client::Client,
    http::{ask, ask_as_bot},
};

const GUILD_MESSAGES: u64 = 1 << 9;

/// A client that was asked something with a slash command.
struct Asked {
    emulator: Emulator,
    client: Client,
    interaction: Value,
}

impl Asked {
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

    /// Nobody needs the bot's token: that of the interaction is enough.
    async fn answer(&self, query: &str, body: Value) -> (u16, Value) {
        let id = self.interaction["id"].as_str().unwrap();
        let token = self.token();
        let request = format!("POST /api/v10/interactions/{id}/{token}/callback{query}");
        ask(&self.emulator, &request, &body).await
    }

    async fn original(&self, method: &str, body: Value) -> (u16, Value) {
        let application = self.interaction["application_id"].as_str().unwrap();
        let token = self.token();
        let request =
            format!("{method} /api/v10/webhooks/{application}/{token}/messages/@original");
        ask(&self.emulator, &request, &body).await
    }

    async fn follow_up(&self, body: Value) -> (u16, Value) {
        let application = self.interaction["application_id"].as_str().unwrap();
        let request = format!("POST /api/v10/webhooks/{application}/{}", self.token());
        ask(&self.emulator, &request, &body).await
    }

    fn written(&self) -> Vec<String> {
        let messages = self.emulator.bot_messages().into_iter();
        messages.map(|message| message.content).collect()
    }
}

#[tokio::test]
async fn with_a_message_that_everybody_sees() {
    let mut asked = Asked::new().await;
    let interaction: Interaction = serde_json::from_value(asked.interaction.clone()).unwrap();
    let Some(InteractionData::ApplicationCommand(command)) = &interaction.data else {
        panic!("{interaction:?}");
    };
    assert_eq!((&*command.name, command.options.len()), ("roll", 1));

    let body = json!({"type": 4, "data": {"content": "11"}});
    assert_eq!(asked.answer("", body).await, (204, Value::Null));
    let seen = asked.client.dispatch("MESSAGE_CREATE").await["d"].clone();
    assert_eq!(
        (&seen["content"], &seen["type"]),
        (&json!("11"), &json!(20))
    );
    assert_eq!(seen["channel_id"], asked.interaction["channel_id"]);
    assert_eq!(seen["guild_id"], asked.interaction["guild_id"]);

    let written = &asked.emulator.bot_messages()[0];
    assert_eq!(written.interaction, Some(interaction.id));
    assert_eq!(written.guild, interaction.guild_id);
    let stats = asked.emulator.stats();
    assert_eq!((stats.interactions_answered, stats.bot_messages), (1, 1));
}

#[tokio::test]
async fn with_more_to_know_if_it_is_asked_for() {
    let asked = Asked::new().await;
    let body = json!({"type": 4, "data": {"content": "11", "flags": 64}});
    let (status, answer) = asked.answer("?with_response=true", body).await;
    assert_eq!(status, 200);
    let about = &answer["interaction"];
    assert_eq!(about["id"], asked.interaction["id"]);
    assert_eq!(about["response_message_ephemeral"], true);
    let message = &answer["resource"]["message"];
    assert_eq!(
        (&message["content"], &message["id"]),
        (&json!("11"), &about["response_message_id"])
    );
}

#[tokio::test]
async fn once_and_no_more() {
    let asked = Asked::new().await;
    let body = json!({"type": 4, "data": {"content": "11"}});
    asked.answer("", body.clone()).await;
    let (status, answer) = asked.answer("", body).await;
    assert_eq!((status, &answer["code"]), (400, &json!(40060)));
    assert_eq!(asked.written(), ["11"]);
}

#[tokio::test]
async fn later_if_it_says_so_at_once() {
    let mut asked = Asked::new().await;
    let none = asked.original("PATCH", json!({"content": "11"})).await;
    assert_eq!((none.0, &none.1["code"]), (404, &json!(10062)), "not yet");
    assert_eq!(asked.answer("", json!({"type": 5})).await.0, 204);
    let none = asked.original("GET", Value::Null).await;
    assert_eq!(none.0, 404, "there is no message yet");
    let (status, message) = asked.original("PATCH", json!({"content": "11"})).await;
    assert_eq!((status, &message["content"]), (200, &json!("11")));
    assert_eq!(asked.client.dispatch("MESSAGE_CREATE").await["d"], message);
    assert_eq!(asked.written(), ["11"]);
}

#[tokio::test]
async fn with_something_else_than_before() {
    let mut asked = Asked::new().await;
    let body = json!({"type": 4, "data": {"content": "11"}});
    asked.answer("", body).await;
    let first = asked.client.dispatch("MESSAGE_CREATE").await["d"].clone();
    let (status, edited) = asked.original("PATCH", json!({"content": "12"})).await;
    assert_eq!((status, &edited["id"]), (200, &first["id"]));
    let update = asked.client.dispatch("MESSAGE_UPDATE").await["d"].clone();
    assert_eq!(update["content"], "12");
    assert_eq!(asked.original("GET", Value::Null).await, (200, update));

    let (status, more) = asked.follow_up(json!({"content": "again?"})).await;
    assert_eq!(status, 200);
    assert_ne!(more["id"], first["id"]);
    assert_eq!(asked.client.dispatch("MESSAGE_CREATE").await["d"], more);

    assert_eq!(asked.original("DELETE", Value::Null).await.0, 204);
    let gone = asked.client.dispatch("MESSAGE_DELETE").await;
    assert_eq!(gone["d"]["id"], first["id"]);
    assert_eq!(asked.original("GET", Value::Null).await.0, 404);
    assert_eq!(asked.written(), ["11", "12", "again?"]);
}

/// What an edit leaves out stays as it is.
#[tokio::test]
async fn with_a_change_of_a_part() {
    let mut asked = Asked::new().await;
    let buttons =
        json!([{"type": 1, "components": [{"type": 2, "custom_id": "again", "style": 1}]}]);
    let body = json!({"type": 4, "data": {"content": "11", "components": buttons}});
    asked.answer("", body).await;
    asked.client.dispatch("MESSAGE_CREATE").await;

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
        let (status, message) = asked.original("PATCH", edit.clone()).await;
        assert_eq!(status, 200, "{edit}: {message}");
        assert_eq!(message["content"], content, "{edit}");
        assert_eq!(message["embeds"], embeds, "{edit}");
        assert_eq!(message["components"], components, "{edit}");
        let update = asked.client.dispatch("MESSAGE_UPDATE").await["d"].clone();
        assert_eq!(update, message, "{edit}");
        let written = asked.emulator.bot_messages().pop().unwrap();
        assert_eq!((written.content.as_str(), written.body), (content, edit));
    }

    let (status, answer) = asked.original("PATCH", json!({"content": ""})).await;
    assert_eq!(
        (status, &answer["code"]),
        (400, &json!(50006)),
        "nothing would be left"
    );
    let (status, answer) = asked.original("PATCH", json!({"content": 1})).await;
    assert_eq!((status, &answer["code"]), (400, &json!(50035)));
    assert_eq!(asked.original("GET", Value::Null).await.1["content"], "13");
}

#[tokio::test]
async fn but_not_with_nothing_at_first() {
    let asked = Asked::new().await;
    asked.answer("", json!({"type": 5})).await;
    let (status, answer) = asked.original("PATCH", json!({"components": []})).await;
    assert_eq!((status, &answer["code"]), (400, &json!(50006)));
    assert_eq!(
        asked.original("PATCH", json!({"content": "11"})).await.0,
        200
    );
}

/// Who sees it is said when it is promised.
#[tokio::test]
async fn later_for_the_one_who_asked_or_for_everybody() {
    for (promise, is_ephemeral) in [
        (json!({"type": 5, "data": {"flags": 64}}), true),
        (json!({"type": 5, "data": {"flags": 0}}), false),
    ] {
        for method in ["PATCH", "POST"] {
            let mut asked = Asked::new().await;
            let (_, promised) = asked.answer("?with_response=true", promise.clone()).await;
            assert_eq!(
                promised["interaction"]["response_message_ephemeral"],
                is_ephemeral
            );
            let (status, message) = match method {
                "PATCH" => asked.original("PATCH", json!({"content": "11"})).await,
                _ => asked.follow_up(json!({"content": "11", "flags": 64})).await,
            };
            assert_eq!(status, 200);
            let flags = if is_ephemeral { 64 } else { 0 };
            assert_eq!(message["flags"], flags, "{method}");
            asked.original("PATCH", json!({"content": "12"})).await;
            asked.emulator.dispatch(Selector::All, "LAST", json!({}));
            let mut told = Vec::new();
            while told.last().is_none_or(|name| name != "LAST") {
                let payload = asked.client.payload().await;
                told.extend(payload["t"].as_str().map(str::to_owned));
            }
            let expected: &[&str] = if is_ephemeral {
                &["LAST"]
            } else {
                &["MESSAGE_CREATE", "MESSAGE_UPDATE", "LAST"]
            };
            assert_eq!(told, expected, "{method}");
        }
    }
}

/// Buttons, suggestions and forms may be answered with no message at all.
#[tokio::test]
async fn with_no_message() {
    for kind in [6, 7, 8, 9] {
        let asked = Asked::new().await;
        assert_eq!(asked.answer("", json!({"type": kind})).await.0, 204);
        assert_eq!(asked.emulator.stats().interactions_answered, 1);
        assert!(asked.written().is_empty());
    }
}

#[tokio::test]
async fn in_a_direct_message_too() {
    let emulator = Emulator::builder().guilds(0).start().await.unwrap();
    let mut client = Client::connect(&format!("{}/?v=10&encoding=json", emulator.url()))
        .await
        .unwrap();
    client.start(1 << 12).await;
    let interaction = json!({"id": "7", "type": 2, "token": "seven", "channel_id": "8"});
    emulator.publish("INTERACTION_CREATE", interaction);
    let request = "POST /api/v10/interactions/7/seven/callback";
    let body = json!({"type": 4, "data": {"content": "here"}});
    assert_eq!(ask(&emulator, request, &body).await.0, 204);
    let seen = client.dispatch("MESSAGE_CREATE").await["d"].clone();
    assert_eq!(
        (&seen["channel_id"], seen.get("guild_id")),
        (&json!("8"), None)
    );
    assert_eq!(emulator.bot_messages()[0].guild, None);
}

#[tokio::test]
async fn what_is_no_answer_is_refused() {
    let asked = Asked::new().await;
    for (body, code) in [
        (json!({"type": 4, "data": {}}), 50006),
        (json!({"type": 4}), 50035),
        (json!({"type": 99}), 50035),
        (json!([]), 50035),
    ] {
        let (status, answer) = asked.answer("", body.clone()).await;
        assert_eq!((status, &answer["code"]), (400, &json!(code)), "{body}");
    }
    let (id, token) = (&asked.interaction["id"], asked.token());
    for path in [
        format!("1/{token}"),
        format!("{}/else", id.as_str().unwrap()),
        format!("x/{token}"),
    ] {
        let request = format!("POST /api/v10/interactions/{path}/callback");
        let (status, answer) = ask_as_bot(&asked.emulator, &request, &json!({"type": 5})).await;
        assert_eq!((status, &answer["code"]), (404, &json!(10062)), "{path}");
    }
    assert_eq!(asked.emulator.stats().interactions_answered, 0);
}

//! The user and the application of the bot are available over REST.

use gloaming_emulator::Emulator;
use serde_json::Value;
use twilight_model::{oauth::Application, user::CurrentUser};

use crate::harness::{Client, http_request, http_request_as_bot};

/// Libraries request both before they connect, some by the older path, and fail without an answer.
#[tokio::test]
async fn user_and_application_match_ready() {
    let emulator = Emulator::builder().guilds(3).start().await.unwrap();
    let mut client = Client::connect(&format!("{}/?v=10&encoding=json", emulator.url()))
        .await
        .unwrap();
    let ready = client.start(0).await;

    let (status, user) =
        http_request_as_bot(&emulator, "GET /api/v10/users/@me", &Value::Null).await;
    assert_eq!((status, &user), (200, &ready["user"]));
    serde_json::from_value::<CurrentUser>(user).unwrap();

    for path in ["applications/@me", "oauth2/applications/@me"] {
        let request = format!("GET /api/v10/{path}");
        let (status, application) = http_request_as_bot(&emulator, &request, &Value::Null).await;
        assert_eq!(status, 200, "{path}");
        for key in ["id", "flags"] {
            assert_eq!(application[key], ready["application"][key], "{path}");
        }
        let application = serde_json::from_value::<Application>(application).unwrap();
        assert_eq!(application.approximate_guild_count, Some(3));
        let owner = application.owner.unwrap();
        assert!(!owner.bot, "the owner is a person");
        assert_ne!(owner.id.to_string(), ready["user"]["id"].as_str().unwrap());
    }
}

#[tokio::test]
async fn missing_token_is_401() {
    let emulator = Emulator::builder().start().await.unwrap();
    for path in ["users/@me", "applications/@me", "oauth2/applications/@me"] {
        let request = format!("GET /api/v10/{path}");
        let (status, _) = http_request(&emulator, &request, &Value::Null).await;
        assert_eq!(status, 401, "{path}");
    }
}

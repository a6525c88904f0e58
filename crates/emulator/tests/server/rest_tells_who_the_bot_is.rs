use gloaming_emulator::{DEFAULT_TOKEN, Emulator};
use serde_json::Value;
use twilight_model::{oauth::Application, user::CurrentUser};

use crate::{client::Client, rest_tells_where_the_gateway_is::get};

async fn get_as_bot(emulator: &Emulator, path: &str) -> (String, Value) {
    let bot = format!("Authorization: Bot {DEFAULT_TOKEN}\r\n");
    get(emulator, path, &bot).await
}

/// Libraries ask for it before they connect; some by the older path, and give up without it.
#[tokio::test]
async fn the_user_and_the_application_are_those_of_ready() {
    let emulator = Emulator::builder().guilds(3).start().await.unwrap();
    let mut client = Client::connect(&format!("{}/?v=10&encoding=json", emulator.url()))
        .await
        .unwrap();
    let ready = client.start(0).await;

    let (status, user) = get_as_bot(&emulator, "/api/v10/users/@me").await;
    assert_eq!((status.as_str(), &user), ("200", &ready["user"]));
    serde_json::from_value::<CurrentUser>(user).unwrap();

    for path in ["applications/@me", "oauth2/applications/@me"] {
        let (status, application) = get_as_bot(&emulator, &format!("/api/v10/{path}")).await;
        assert_eq!(status, "200", "{path}");
        for key in ["id", "flags"] {
            assert_eq!(application[key], ready["application"][key], "{path}");
        }
        let application = serde_json::from_value::<Application>(application).unwrap();
        assert_eq!(application.approximate_guild_count, Some(3));
        let owner = application.owner.unwrap();
        assert!(!owner.bot, "a person made it");
        assert_ne!(owner.id.to_string(), ready["user"]["id"].as_str().unwrap());
    }
}

#[tokio::test]
async fn nobody_else_is_told() {
    let emulator = Emulator::builder().start().await.unwrap();
    for path in ["users/@me", "applications/@me", "oauth2/applications/@me"] {
        let (status, _) = get(&emulator, &format!("/api/v10/{path}"), "").await;
        assert_eq!(status, "401", "{path}");
    }
}

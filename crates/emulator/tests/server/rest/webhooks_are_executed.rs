//! The bot creates webhooks and writes with them.

use serde_json::{Value, json};

use crate::harness::{Bot, http_request, id};

pub(crate) async fn story(bot: &mut Bot) {
    let of_channel = format!("/channels/{}/webhooks", bot.channel);
    let created = bot
        .ok(&format!("POST {of_channel}"), json!({"name": "News"}))
        .await;
    let updated = json!({"guild_id": bot.guild, "channel_id": bot.channel});
    assert_eq!(bot.event("WEBHOOKS_UPDATE").await, updated);
    assert_eq!(bot.audited(50).await["target_id"], created["id"]);
    assert_eq!(
        (&created["name"], &created["user"]["id"]),
        (&json!("News"), &json!(bot.id))
    );
    let by_id = format!("/webhooks/{}", id(&created));
    let with_token = format!("{by_id}/{}", created["token"].as_str().unwrap());
    assert_eq!(bot.get(&by_id).await, created);
    let without_user = bot.get(&with_token).await;
    assert_eq!(
        (&without_user["token"], without_user.get("user")),
        (&created["token"], None)
    );
    for list in [
        of_channel.clone(),
        format!("/guilds/{}/webhooks", bot.guild),
    ] {
        assert_eq!(bot.get(&list).await, json!([created]));
    }

    // The token in the path authorizes these.
    let request = format!("POST /api/v10{with_token}?wait=true");
    let body = json!({"content": "extra", "username": "Reporter"});
    let (status, message) = http_request(&bot.emulator, &request, &body).await;
    assert_eq!(
        (status, &message["author"]["username"]),
        (200, &json!("Reporter"))
    );
    assert_eq!(
        (&message["webhook_id"], &message["author"]["bot"]),
        (&created["id"], &json!(true))
    );
    assert_eq!(bot.event("MESSAGE_CREATE").await, message);
    let one = format!("{with_token}/messages/{}", id(&message));
    assert_eq!(bot.get(&one).await, message);
    let edited = bot
        .ok(&format!("PATCH {one}"), json!({"content": "more"}))
        .await;
    assert_eq!(
        (&edited["content"], &edited["webhook_id"]),
        (&json!("more"), &created["id"])
    );
    assert_eq!(bot.event("MESSAGE_UPDATE").await, edited);
    let of_bot = format!("/channels/{}/messages/{}", bot.channel, id(&message));
    let edit = json!({"content": "no"});
    bot.refused(&format!("PATCH {of_bot}"), edit, 403, 50005)
        .await;
    bot.ok(&format!("DELETE {one}"), Value::Null).await;
    assert_eq!(bot.event("MESSAGE_DELETE").await["id"], message["id"]);
    bot.refused(&format!("GET {one}"), Value::Null, 404, 10008)
        .await;
    let silent = bot
        .send(&format!("POST {with_token}"), json!({"content": "x"}))
        .await;
    assert_eq!(silent, (204, Value::Null));
    assert_eq!(bot.emulator.bot_messages().len(), 3);

    let renamed = bot
        .ok(&format!("PATCH {by_id}"), json!({"name": "Olds"}))
        .await;
    assert_eq!(
        (&renamed["name"], &renamed["token"]),
        (&json!("Olds"), &created["token"])
    );
    let avatar = json!({"avatar": "data:image/png;base64,AA=="});
    let renamed = bot.ok(&format!("PATCH {with_token}"), avatar).await;
    assert!(renamed["avatar"].is_string(), "{renamed}");
    bot.refused(&format!("GET {by_id}/wrong"), Value::Null, 401, 50027)
        .await;
    bot.refused(
        &format!("POST {of_channel}"),
        json!({"name": "Discord"}),
        400,
        50035,
    )
    .await;
    bot.ok(&format!("DELETE {with_token}"), Value::Null).await;
    bot.refused(&format!("GET {by_id}"), Value::Null, 404, 10015)
        .await;
    for name in 1..=15 {
        bot.ok(
            &format!("POST {of_channel}"),
            json!({"name": name.to_string()}),
        )
        .await;
    }
    bot.refused(
        &format!("POST {of_channel}"),
        json!({"name": "16"}),
        400,
        30007,
    )
    .await;
    let all = bot.get(&of_channel).await;
    bot.ok(&format!("DELETE /webhooks/{}", id(&all[0])), Value::Null)
        .await;
}

#[tokio::test]
async fn webhooks_are_executed() {
    story(&mut Bot::start().await).await;
}

//! The bot opens a direct channel with a user, and both write there.

use serde_json::{Value, json};

use crate::harness::{Bot, http_request, id};

pub(crate) async fn story(bot: &mut Bot) {
    let user = bot.members().await[0].clone();
    let found = bot.get(&format!("/users/{user}")).await;
    let body = json!({"recipient_id": user});
    let channel = bot.ok("POST /users/@me/channels", body.clone()).await;
    assert_eq!(channel["type"], 1);
    assert_eq!(channel["recipients"], json!([found]));
    let again = bot.ok("POST /users/@me/channels", body).await;
    assert_eq!(again, channel, "there is one direct channel per user");
    let path = format!("/channels/{}", id(&channel));
    assert_eq!(bot.get(&path).await, channel);

    let written = bot
        .ok(&format!("POST {path}/messages"), json!({"content": "hi"}))
        .await;
    let created = bot.event("MESSAGE_CREATE").await;
    assert_eq!((&created, created.get("guild_id")), (&written, None));
    assert_eq!(
        (&created["channel_type"], &created["author"]["id"]),
        (&json!(1), &json!(bot.id))
    );
    assert_eq!(bot.emulator.bot_messages()[0].guild, None);

    let sessions = bot
        .emulator
        .say_directly(user.parse().unwrap(), "hello bot");
    let answer = bot.event("MESSAGE_CREATE").await;
    assert_eq!((sessions, &answer["content"]), (1, &json!("hello bot")));
    assert_eq!(
        (&answer["author"]["id"], &answer["channel_id"]),
        (&json!(user), &channel["id"])
    );
    assert_eq!(
        bot.get(&format!("{path}/messages")).await,
        json!([answer, written])
    );

    bot.ok(
        &format!(
            "PUT {path}/messages/{}/reactions/%F0%9F%91%8D/@me",
            id(&answer)
        ),
        Value::Null,
    )
    .await;
    let reaction = bot.event("MESSAGE_REACTION_ADD").await;
    assert_eq!(
        (reaction.get("guild_id"), reaction.get("member")),
        (None, None)
    );

    for (recipient, status, code) in [
        (json!(7), 404, 10013),
        (json!(bot.id), 400, 50007),
        (json!("x"), 400, 50035),
    ] {
        let body = json!({"recipient_id": recipient});
        bot.refused("POST /users/@me/channels", body, status, code)
            .await;
    }
    bot.ok(&format!("DELETE {path}"), Value::Null).await;
    bot.refused(&format!("GET {path}"), Value::Null, 404, 10003)
        .await;
}

#[tokio::test]
async fn direct_messages_are_exchanged() {
    story(&mut Bot::start().await).await;
}

#[tokio::test]
async fn control_api_makes_a_user_write() {
    let mut bot = Bot::start().await;
    let user = bot.members().await[0].clone();
    let body = json!({"user": user, "content": "hello"});
    let request = "POST /control/say-directly";
    let answer = http_request(&bot.emulator, request, &body).await;
    assert_eq!(answer, (200, json!({"sessions": 1})));
    assert_eq!(bot.event("MESSAGE_CREATE").await["content"], "hello");
    let unknown = json!({"user": "7", "content": "hello"});
    assert_eq!(http_request(&bot.emulator, request, &unknown).await.0, 404);
}

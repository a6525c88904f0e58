//! The bot creates, changes and deletes roles and channels of its guild.

use serde_json::{Value, json};

use crate::harness::{Bot, id};

pub(crate) async fn roles(bot: &mut Bot) {
    let roles = format!("/guilds/{}/roles", bot.guild);
    let before = bot.get(&roles).await;
    let body = json!({"name": "Helper", "permissions": "8", "color": 255});
    let role = bot.ok(&format!("POST {roles}"), body).await;
    assert_eq!(
        (&role["name"], &role["permissions"]),
        (&json!("Helper"), &json!("8"))
    );
    assert_eq!(
        (&role["colors"]["primary_color"], &role["hoist"]),
        (&json!(255), &json!(false))
    );
    let created = json!({"guild_id": bot.guild, "role": role});
    assert_eq!(bot.event("GUILD_ROLE_CREATE").await, created);
    assert_eq!(bot.audited(30).await["target_id"], role["id"]);
    let one = format!("{roles}/{}", id(&role));
    assert_eq!(bot.get(&one).await, role);

    let body = json!({"name": "Friend", "colors": {"primary_color": 7}});
    let changed = bot.ok(&format!("PATCH {one}"), body).await;
    assert_eq!(
        (&changed["name"], &changed["color"]),
        (&json!("Friend"), &json!(7))
    );
    assert_eq!(bot.event("GUILD_ROLE_UPDATE").await["role"], changed);
    let entry = bot.audited(31).await;
    let renamed = json!({"key": "name", "old_value": "Helper", "new_value": "Friend"});
    assert!(
        entry["changes"].as_array().unwrap().contains(&renamed),
        "{entry}"
    );
    let positions = json!([{"id": role["id"], "position": 3}]);
    let all = bot.ok(&format!("PATCH {roles}"), positions).await;
    assert_eq!(bot.event("GUILD_ROLE_UPDATE").await["role"]["position"], 3);
    assert_eq!(
        all.as_array().unwrap().len(),
        before.as_array().unwrap().len() + 1
    );

    bot.ok(&format!("DELETE {one}"), Value::Null).await;
    let deleted = json!({"guild_id": bot.guild, "role_id": role["id"]});
    assert_eq!(bot.event("GUILD_ROLE_DELETE").await, deleted);
    assert_eq!(bot.audited(32).await["changes"][0]["old_value"], "Friend");
    assert_eq!(bot.get(&roles).await, before);
    bot.refused(&format!("GET {one}"), Value::Null, 404, 10011)
        .await;
    bot.refused(
        &format!("DELETE {roles}/{}", bot.guild),
        Value::Null,
        400,
        50028,
    )
    .await;
    let error = bot
        .refused(&format!("POST {roles}"), json!({"color": -1}), 400, 50035)
        .await;
    let expected = json!({"color": {"_errors": [{
        "code": "NUMBER_TYPE_MIN",
        "message": "int value should be greater than or equal to 0.",
    }]}});
    assert_eq!(
        (&error["message"], &error["errors"]),
        (&json!("Invalid Form Body"), &expected)
    );
}

pub(crate) async fn channels(bot: &mut Bot) {
    let list = format!("/guilds/{}/channels", bot.guild);
    let before = bot.get(&list).await;
    let category = before.as_array().unwrap().iter().find(|it| it["type"] == 4);
    let category = id(category.unwrap()).to_owned();
    let body = json!({"name": "news", "topic": "News", "parent_id": category});
    let channel = bot.ok(&format!("POST {list}"), body).await;
    assert_eq!(
        (&channel["type"], &channel["topic"]),
        (&json!(0), &json!("News"))
    );
    assert_eq!(bot.event("CHANNEL_CREATE").await, channel);
    assert_eq!(bot.audited(10).await["target_id"], channel["id"]);
    let one = format!("/channels/{}", id(&channel));
    assert_eq!(bot.get(&one).await, channel);
    let written = bot
        .ok(&format!("POST {one}/messages"), json!({"content": "first"}))
        .await;
    assert_eq!(bot.event("MESSAGE_CREATE").await, written);

    let changed = bot
        .ok(
            &format!("PATCH {one}"),
            json!({"name": "olds", "nsfw": true}),
        )
        .await;
    assert_eq!(
        (&changed["name"], &changed["topic"]),
        (&json!("olds"), &json!("News"))
    );
    assert_eq!(bot.event("CHANNEL_UPDATE").await, changed);
    bot.audited(11).await;
    let positions = json!([{"id": channel["id"], "position": 9}]);
    bot.ok(&format!("PATCH {list}"), positions).await;
    assert_eq!(bot.event("CHANNEL_UPDATE").await["position"], 9);

    // Without the permission to view it, the channel is obfuscated.
    let overwrite = format!("{one}/permissions/{}", bot.id);
    bot.ok(
        &format!("PUT {overwrite}"),
        json!({"type": 1, "deny": "1024"}),
    )
    .await;
    assert_eq!(bot.event("CHANNEL_UPDATE").await["name"], "___hidden___");
    bot.audited(13).await;
    bot.refused(&format!("GET {one}"), Value::Null, 403, 50001)
        .await;
    bot.emulator.reveal_channel(id(&channel).parse().unwrap());
    let shown = bot.event("CHANNEL_UPDATE").await;
    assert_eq!(shown["permission_overwrites"][0]["allow"], "1024");
    bot.ok(&format!("DELETE {overwrite}"), Value::Null).await;
    assert_eq!(
        bot.event("CHANNEL_UPDATE").await["permission_overwrites"],
        json!([])
    );
    bot.audited(15).await;
    bot.ok(&format!("POST {one}/typing"), Value::Null).await;

    let deleted = bot.ok(&format!("DELETE {one}"), Value::Null).await;
    assert_eq!(bot.event("CHANNEL_DELETE").await, deleted);
    bot.audited(12).await;
    assert_eq!(bot.get(&list).await, before);
    bot.refused(&format!("GET {one}"), Value::Null, 404, 10003)
        .await;
    bot.refused("GET /channels/x", Value::Null, 400, 50035)
        .await;
    bot.refused(&format!("POST {list}"), json!({}), 400, 50035)
        .await;
    let nowhere = json!({"name": "a", "parent_id": "7"});
    bot.refused(&format!("POST {list}"), nowhere, 400, 50035)
        .await;
    let body = json!({"content": "a"});
    bot.refused(
        &format!("POST /channels/{category}/messages"),
        body,
        400,
        50008,
    )
    .await;
}

#[tokio::test]
async fn roles_are_managed() {
    roles(&mut Bot::start().await).await;
}

#[tokio::test]
async fn channels_are_managed() {
    channels(&mut Bot::start().await).await;
}

#[tokio::test]
async fn guild_has_up_to_250_roles() {
    let bot = Bot::start().await;
    let roles = format!("/guilds/{}/roles", bot.guild);
    let existing = bot.get(&roles).await.as_array().unwrap().len();
    for _ in existing..250 {
        bot.ok(&format!("POST {roles}"), json!({})).await;
    }
    bot.refused(&format!("POST {roles}"), json!({}), 400, 30005)
        .await;
}

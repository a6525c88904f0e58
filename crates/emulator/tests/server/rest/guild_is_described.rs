//! REST describes the guild, the bot and its application, and the bot leaves the guild.

use serde_json::{Value, json};
use twilight_model::guild::Guild;

use crate::harness::{Bot, id};

pub(crate) async fn guild(bot: &mut Bot) {
    let path = format!("/guilds/{}", bot.guild);
    let guild = bot.get(&path).await;
    assert_eq!((id(&guild), guild.get("members")), (&*bot.guild, None));
    assert_eq!(guild.get("approximate_member_count"), None);
    let counted = bot.get(&format!("{path}?with_counts=true")).await;
    assert_eq!(counted["approximate_member_count"], 11);
    let mut typed = guild.clone();
    typed["channels"] = json!([]);
    serde_json::from_value::<Guild>(typed).expect("a guild");
    let preview = bot.get(&format!("{path}/preview")).await;
    assert_eq!(
        (&preview["name"], &preview["approximate_member_count"]),
        (&guild["name"], &json!(11))
    );
    bot.refused("GET /guilds/7", Value::Null, 404, 10004).await;

    let guilds = bot.get("/users/@me/guilds?with_counts=true").await;
    assert_eq!(
        (guilds.as_array().unwrap().len(), id(&guilds[0])),
        (1, &*bot.guild)
    );
    assert_eq!(guilds[0]["name"], guild["name"]);
    assert_eq!(
        bot.get(&format!("/users/@me/guilds?after={}", bot.guild))
            .await,
        json!([])
    );
    assert_eq!(bot.get("/users/@me").await["id"], *bot.id);
    bot.refused("GET /users/7", Value::Null, 404, 10013).await;
    let sounds = bot.get("/soundboard-default-sounds").await;
    assert_eq!(sounds[0]["name"], "quack");
    let application = bot.get("/applications/@me").await;
    assert_eq!(application["summary"], "");
    assert_eq!(application["approximate_user_install_count"], 0);
    assert_eq!(bot.get("/oauth2/applications/@me").await, application);
    assert_eq!(
        bot.get("/gateway/bot").await["url"],
        bot.get("/gateway").await["url"]
    );
}

/// The last test of a guild.
pub(crate) async fn leaving(bot: &mut Bot) {
    let path = format!("/guilds/{}", bot.guild);
    bot.ok(
        &format!("DELETE /users/@me/guilds/{}", bot.guild),
        Value::Null,
    )
    .await;
    assert_eq!(bot.event("GUILD_DELETE").await, json!({"id": bot.guild}));
    bot.refused(&format!("GET {path}"), Value::Null, 404, 10004)
        .await;
    let channel = format!("GET /channels/{}", bot.channel);
    bot.refused(&channel, Value::Null, 404, 10003).await;
    assert_eq!(bot.get("/users/@me/guilds").await, json!([]));
    let deleted = json!({"guild_id": bot.guild, "channel_id": bot.channel, "id": "7"});
    assert_eq!(
        bot.emulator.publish("MESSAGE_DELETE", deleted),
        0,
        "the bot has left"
    );
}

#[tokio::test]
async fn guild_is_described() {
    guild(&mut Bot::start().await).await;
}

#[tokio::test]
async fn bot_leaves_a_guild() {
    leaving(&mut Bot::start().await).await;
}

//! REST describes the guild, its invites and its audit log, and the users.

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

pub(crate) async fn invites(bot: &mut Bot) {
    let of_channel = format!("/channels/{}/invites", bot.channel);
    let body = json!({"max_age": 3600, "max_uses": 2});
    let invite = bot.ok(&format!("POST {of_channel}"), body).await;
    let created = bot.event("INVITE_CREATE").await;
    assert_eq!(
        (&created["code"], &created["max_uses"]),
        (&invite["code"], &json!(2))
    );
    bot.audited(40).await;
    assert_eq!(invite["guild"]["id"], *bot.guild);
    assert_eq!(invite["channel"]["id"], *bot.channel);
    for list in [of_channel.clone(), format!("/guilds/{}/invites", bot.guild)] {
        assert_eq!(bot.get(&list).await, json!([invite]));
    }
    let one = format!("/invites/{}", invite["code"].as_str().unwrap());
    let shown = bot.get(&format!("{one}?with_counts=true")).await;
    assert_eq!(
        (&shown["approximate_member_count"], shown.get("uses")),
        (&json!(11), None)
    );
    bot.ok(&format!("DELETE {one}"), Value::Null).await;
    assert_eq!(bot.event("INVITE_DELETE").await["code"], invite["code"]);
    bot.audited(42).await;
    bot.refused(&format!("GET {one}"), Value::Null, 404, 10006)
        .await;
    let body = json!({"max_age": 604_801});
    bot.refused(&format!("POST {of_channel}"), body, 400, 50035)
        .await;
}

pub(crate) async fn audit_log(bot: &mut Bot) {
    let log = format!("/guilds/{}/audit-logs", bot.guild);
    let roles = format!("/guilds/{}/roles", bot.guild);
    let role = bot.ok(&format!("POST {roles}"), json!({"name": "a"})).await;
    bot.ok(&format!("DELETE {roles}/{}", id(&role)), Value::Null)
        .await;
    let all = bot.get(&log).await;
    let types = |log: &Value| -> Vec<u64> {
        let entries = log["audit_log_entries"].as_array().unwrap();
        entries
            .iter()
            .map(|entry| entry["action_type"].as_u64().unwrap())
            .collect()
    };
    assert_eq!(types(&all), [32, 30], "newest first");
    assert_eq!(all["users"][0]["id"], *bot.id);
    let newest = &all["audit_log_entries"][0];
    assert_eq!(
        (&newest["reason"], newest.get("guild_id")),
        (&json!("as the test says"), None)
    );
    let oldest = id(&all["audit_log_entries"][1]);
    for (query, expected) in [
        ("action_type=30".to_owned(), &[30][..]),
        ("limit=1".to_owned(), &[32]),
        (format!("before={}", id(newest)), &[30]),
        (format!("after={oldest}"), &[32]),
        ("after=1".to_owned(), &[30, 32]),
        ("user_id=7".to_owned(), &[]),
    ] {
        assert_eq!(
            types(&bot.get(&format!("{log}?{query}")).await),
            expected,
            "{query}"
        );
    }
}

#[tokio::test]
async fn guild_is_described() {
    guild(&mut Bot::start().await).await;
}

#[tokio::test]
async fn bot_leaves_a_guild() {
    leaving(&mut Bot::start().await).await;
}

#[tokio::test]
async fn invites_are_described() {
    invites(&mut Bot::start().await).await;
}

#[tokio::test]
async fn audit_log_is_read_in_pages() {
    audit_log(&mut Bot::start().await).await;
}

//! The bot bans users, one by one and at once.

use serde_json::{Value, json};

use crate::harness::Bot;

pub(crate) async fn story(bot: &mut Bot) {
    let guild = format!("/guilds/{}", bot.guild);
    let members = bot.members().await;
    let ban = format!("{guild}/bans/{}", members[0]);
    bot.refused(&format!("GET {ban}"), Value::Null, 404, 10026)
        .await;
    bot.ok(&format!("PUT {ban}"), json!({"delete_message_seconds": 60}))
        .await;
    let added = bot.event("GUILD_BAN_ADD").await;
    assert_eq!(
        (&added["guild_id"], &added["user"]["id"]),
        (&json!(bot.guild), &json!(members[0]))
    );
    assert_eq!(bot.event("GUILD_MEMBER_REMOVE").await, added);
    assert_eq!(bot.audited(22).await["target_id"], *members[0]);
    let banned = json!({"reason": "as the test says", "user": added["user"]});
    assert_eq!(bot.get(&ban).await, banned);
    assert_eq!(
        bot.get(&format!("{guild}/bans?limit=10")).await,
        json!([banned])
    );

    let body = json!({"user_ids": [members[0], members[1], "7"]});
    let answer = bot
        .ok(&format!("POST {guild}/bulk-ban"), body.clone())
        .await;
    let expected = json!({"banned_users": [members[1]], "failed_users": [members[0], "7"]});
    assert_eq!(answer, expected);
    bot.refused(&format!("POST {guild}/bulk-ban"), body, 400, 500_000)
        .await;

    bot.ok(&format!("DELETE {ban}"), Value::Null).await;
    assert_eq!(bot.event("GUILD_BAN_REMOVE").await, added);
    bot.audited(23).await;
    bot.refused(&format!("DELETE {ban}"), Value::Null, 404, 10026)
        .await;
    assert_eq!(
        bot.members().await,
        members[2..],
        "a ban that ends does not bring the member back"
    );
}

#[tokio::test]
async fn members_are_banned() {
    story(&mut Bot::start().await).await;
}

//! The bot creates invites, and describes and deletes them.

use serde_json::{Value, json};

use crate::harness::Bot;

pub(crate) async fn story(bot: &mut Bot) {
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

#[tokio::test]
async fn invites_are_created() {
    story(&mut Bot::start().await).await;
}

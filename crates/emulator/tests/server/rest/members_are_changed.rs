//! The bot lists, changes and kicks members.

use serde_json::{Value, json};

use crate::harness::Bot;

pub(crate) async fn story(bot: &mut Bot) {
    let guild = format!("/guilds/{}", bot.guild);
    let members = bot.members().await;
    assert_eq!(members.len(), 10);
    assert!(members.is_sorted_by_key(|id| id.parse::<u64>().unwrap()));
    let page = bot
        .get(&format!("{guild}/members?limit=2&after={}", members[2]))
        .await;
    let ids: Vec<&Value> = page
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["user"]["id"])
        .collect();
    assert_eq!(ids.len(), 2);
    assert!(
        ids.iter()
            .all(|id| id.as_str().unwrap().parse::<u64>().unwrap() > members[2].parse().unwrap())
    );
    let one = format!("{guild}/members/{}", members[0]);
    let member = bot.get(&one).await;
    let prefix: String = member["user"]["username"]
        .as_str()
        .unwrap()
        .chars()
        .take(9)
        .collect();
    let found = bot
        .get(&format!("{guild}/members/search?limit=9&query={prefix}"))
        .await;
    assert!(found.as_array().unwrap().contains(&member));

    let changed = bot
        .ok(
            &format!("PATCH {one}"),
            json!({"nick": "Nick", "mute": true}),
        )
        .await;
    let mut event = bot.event("GUILD_MEMBER_UPDATE").await;
    assert_eq!(event["guild_id"].take(), *bot.guild);
    event.as_object_mut().unwrap().remove("guild_id");
    assert_eq!(event, changed);
    assert_eq!(
        (&changed["nick"], &changed["roles"]),
        (&json!("Nick"), &member["roles"])
    );
    let entry = bot.audited(24).await;
    let nick = json!({"key": "nick", "new_value": "Nick"});
    let mut nicked = entry["changes"][0].clone();
    nicked.as_object_mut().unwrap().remove("old_value");
    assert_eq!(nicked, nick);
    assert_eq!(bot.get(&one).await, changed);

    let roles = bot.get(&format!("{guild}/roles")).await;
    let role = roles[1]["id"].as_str().unwrap().to_owned();
    let of_bot = format!("{guild}/members/{}/roles/{role}", bot.id);
    bot.ok(&format!("PUT {of_bot}"), Value::Null).await;
    assert_eq!(
        bot.event("GUILD_MEMBER_UPDATE").await["roles"],
        json!([role])
    );
    let entry = bot.audited(25).await;
    assert_eq!(entry["changes"][0]["key"], "$add");
    assert_eq!(entry["changes"][0]["new_value"][0]["id"], *role);
    bot.ok(&format!("DELETE {of_bot}"), Value::Null).await;
    assert_eq!(bot.event("GUILD_MEMBER_UPDATE").await["roles"], json!([]));
    let own = bot
        .ok(
            &format!("PATCH {guild}/members/@me"),
            json!({"nick": "Helper"}),
        )
        .await;
    assert_eq!(
        (&own["nick"], &own["user"]["id"]),
        (&json!("Helper"), &json!(bot.id))
    );
    assert_eq!(
        bot.get(&format!("{guild}/members/{}", bot.id)).await["nick"],
        "Helper"
    );

    bot.ok(&format!("DELETE {one}"), Value::Null).await;
    let removed = bot.event("GUILD_MEMBER_REMOVE").await;
    assert_eq!(
        removed,
        json!({"guild_id": bot.guild, "user": member["user"]})
    );
    assert_eq!(bot.audited(20).await["target_id"], *members[0]);
    assert_eq!(bot.members().await, members[1..]);

    bot.refused(&format!("GET {one}"), Value::Null, 404, 10007)
        .await;
    bot.refused(&format!("GET {guild}/members/x"), Value::Null, 400, 50035)
        .await;
    bot.refused("GET /guilds/7/members", Value::Null, 404, 10004)
        .await;
    let other = format!("{guild}/members/{}", members[1]);
    bot.refused(
        &format!("PATCH {other}"),
        json!({"roles": ["7"]}),
        400,
        50028,
    )
    .await;
    let long = json!({"nick": "x".repeat(33)});
    let error = bot
        .refused(&format!("PATCH {other}"), long, 400, 50035)
        .await;
    assert_eq!(
        error["errors"]["nick"]["_errors"][0]["code"],
        "BASE_TYPE_MAX_LENGTH"
    );
    bot.refused(&format!("PUT {other}/roles/7"), Value::Null, 404, 10011)
        .await;
}

#[tokio::test]
async fn members_are_changed() {
    story(&mut Bot::start().await).await;
}

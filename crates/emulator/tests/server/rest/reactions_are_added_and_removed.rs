//! Reactions of the bot come as events, and are kept with the message.

use serde_json::{Value, json};

use crate::harness::{Bot, id};

pub(crate) async fn story(bot: &mut Bot) {
    let message = bot.message_of_owner().await;
    let channel = message["channel_id"].as_str().unwrap().to_owned();
    let path = format!("/channels/{channel}/messages/{}", id(&message));
    let thumb = format!("{path}/reactions/%F0%9F%91%8D");

    bot.ok(&format!("PUT {thumb}/@me"), Value::Null).await;
    let added = bot.event("MESSAGE_REACTION_ADD").await;
    assert_eq!(added["emoji"], json!({"name": "👍", "id": null}));
    assert_eq!(added["user_id"], *bot.id);
    assert_eq!(added["member"]["user"]["id"], *bot.id);
    assert_eq!(added["message_author_id"], message["author"]["id"]);
    let kept = bot.get(&path).await;
    let reaction = &kept["reactions"][0];
    assert_eq!(
        (&reaction["count"], &reaction["me"]),
        (&json!(1), &json!(true))
    );
    let users = bot.get(&thumb).await;
    assert_eq!(users.as_array().unwrap().len(), 1);
    assert_eq!(users[0]["id"], *bot.id);

    bot.ok(&format!("DELETE {thumb}/@me"), Value::Null).await;
    assert_eq!(
        bot.event("MESSAGE_REACTION_REMOVE").await["user_id"],
        *bot.id
    );
    assert_eq!(bot.get(&path).await["reactions"], json!([]));

    // Reactions of others are events that a test makes happen.
    let member = bot.members().await[0].clone();
    let reaction = json!({
        "guild_id": bot.guild, "channel_id": channel, "message_id": id(&message), "user_id": member,
        "emoji": {"name": "party", "id": "7"},
    });
    bot.emulator
        .publish("MESSAGE_REACTION_ADD", reaction.clone());
    bot.event("MESSAGE_REACTION_ADD").await;
    let party = format!("{path}/reactions/party:7");
    assert_eq!(bot.get(&party).await[0]["id"], *member);
    bot.ok(&format!("DELETE {party}/{member}"), Value::Null)
        .await;
    let removed = bot.event("MESSAGE_REACTION_REMOVE").await;
    assert_eq!(
        (&removed["user_id"], &removed["emoji"]["id"]),
        (&json!(member), &json!("7"))
    );

    bot.emulator.publish("MESSAGE_REACTION_ADD", reaction);
    bot.ok(&format!("DELETE {party}"), Value::Null).await;
    assert_eq!(
        bot.event("MESSAGE_REACTION_REMOVE_EMOJI").await["emoji"]["id"],
        "7"
    );
    bot.ok(&format!("PUT {thumb}/@me"), Value::Null).await;
    bot.ok(&format!("DELETE {path}/reactions"), Value::Null)
        .await;
    let removed = bot.event("MESSAGE_REACTION_REMOVE_ALL").await;
    assert_eq!(
        (&removed["message_id"], removed.get("emoji")),
        (&message["id"], None)
    );
    assert_eq!(bot.get(&path).await["reactions"], json!([]));

    let unknown = format!("PUT {path}/reactions/thumbsup/@me");
    bot.refused(&unknown, Value::Null, 400, 10014).await;
    let unknown = format!("PUT /channels/{channel}/messages/7/reactions/party:7/@me");
    bot.refused(&unknown, Value::Null, 404, 10008).await;
}

#[tokio::test]
async fn reactions_are_added_and_removed() {
    story(&mut Bot::start().await).await;
}

#[tokio::test]
async fn message_has_up_to_20_emojis() {
    let mut bot = Bot::start().await;
    let message = bot.message_of_owner().await;
    let channel = message["channel_id"].as_str().unwrap();
    let path = format!("/channels/{channel}/messages/{}/reactions", id(&message));
    for emoji in 1..=20 {
        bot.ok(&format!("PUT {path}/e:{emoji}/@me"), Value::Null)
            .await;
    }
    bot.refused(&format!("PUT {path}/e:21/@me"), Value::Null, 400, 30010)
        .await;
    bot.ok(&format!("PUT {path}/e:20/@me"), Value::Null).await;
}

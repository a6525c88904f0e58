//! The bot pins messages, with the paths of now and with the older ones.

use serde_json::{Value, json};

use crate::harness::{Bot, id};

pub(crate) async fn story(bot: &mut Bot) {
    let first = bot.message_of_owner().await;
    let second = bot.message_of_owner().await;
    let channel = format!("/channels/{}", first["channel_id"].as_str().unwrap());
    let newer = format!("{channel}/messages/pins");
    let older = format!("{channel}/pins");
    bot.ok(&format!("PUT {newer}/{}", id(&first)), Value::Null)
        .await;
    assert_eq!(bot.event("MESSAGE_UPDATE").await["pinned"], true);
    let update = bot.event("CHANNEL_PINS_UPDATE").await;
    assert!(update["last_pin_timestamp"].is_string(), "{update}");
    assert_eq!(bot.audited(74).await["options"]["message_id"], first["id"]);
    let notice = bot.event("MESSAGE_CREATE").await;
    assert_eq!(
        (&notice["type"], &notice["message_reference"]["message_id"]),
        (&json!(6), &first["id"])
    );
    bot.ok(&format!("PUT {older}/{}", id(&second)), Value::Null)
        .await;
    let list = bot.get(&format!("{newer}?limit=1")).await;
    assert_eq!(
        (&list["items"][0]["message"]["id"], &list["has_more"]),
        (&second["id"], &json!(true))
    );
    let before = list["items"][0]["pinned_at"]
        .as_str()
        .unwrap()
        .replace('+', "%2B");
    let list = bot.get(&format!("{newer}?before={before}")).await;
    assert_eq!(
        (&list["items"][0]["message"]["id"], &list["has_more"]),
        (&first["id"], &json!(false))
    );
    let list = bot.get(&older).await;
    assert_eq!(
        (&list[0]["id"], &list[1]["id"]),
        (&second["id"], &first["id"])
    );

    bot.ok(&format!("DELETE {newer}/{}", id(&second)), Value::Null)
        .await;
    bot.event("CHANNEL_PINS_UPDATE").await;
    let update = bot.event("CHANNEL_PINS_UPDATE").await;
    assert!(
        update["last_pin_timestamp"].is_string(),
        "the first message is still pinned"
    );
    bot.audited(75).await;
    bot.ok(&format!("DELETE {older}/{}", id(&first)), Value::Null)
        .await;
    assert_eq!(
        bot.event("CHANNEL_PINS_UPDATE").await["last_pin_timestamp"],
        Value::Null
    );
    assert_eq!(bot.get(&older).await, json!([]));
    bot.refused(&format!("PUT {newer}/7"), Value::Null, 404, 10008)
        .await;
}

#[tokio::test]
async fn messages_are_pinned() {
    story(&mut Bot::start().await).await;
}

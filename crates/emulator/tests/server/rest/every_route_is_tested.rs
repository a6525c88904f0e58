//! Every route of the table is requested by a test.

use std::collections::BTreeSet;

use gloaming_emulator::RestRoute;
use serde_json::{Value, json};

use super::{
    audit_log_is_read_in_pages, direct_messages_are_exchanged, guild_is_described,
    invites_are_created, members_are_banned, members_are_changed, messages_are_pinned,
    reactions_are_added_and_removed, roles_and_channels_are_managed, threads_are_started,
    webhooks_are_executed,
};
use crate::harness::{Bot, id};

/// Messages are written, read, edited and deleted.
async fn messages(bot: &mut Bot) {
    let messages = format!("/channels/{}/messages", bot.channel);
    let mut ids = Vec::new();
    for content in ["one", "two", "three"] {
        let message = bot
            .ok(&format!("POST {messages}"), json!({"content": content}))
            .await;
        ids.push(id(&message).to_owned());
        bot.event("MESSAGE_CREATE").await;
    }
    assert_eq!(bot.get(&messages).await.as_array().unwrap().len(), 3);
    let one = format!("{messages}/{}", ids[0]);
    bot.get(&one).await;
    let reply =
        json!({"content": "yes", "message_reference": {"message_id": ids[0]}, "nonce": "n"});
    let reply = bot.ok(&format!("POST {messages}"), reply).await;
    assert_eq!(
        (&reply["type"], &reply["referenced_message"]["id"]),
        (&json!(19), &json!(ids[0]))
    );
    assert_eq!(bot.event("MESSAGE_CREATE").await["nonce"], "n");
    bot.ok(&format!("PATCH {one}"), json!({"content": "1"}))
        .await;
    bot.ok(&format!("DELETE {one}"), Value::Null).await;
    bot.ok(
        &format!("POST {messages}/bulk-delete"),
        json!({"messages": [ids[1], ids[2], "7"]}),
    )
    .await;
    let deleted = bot.event("MESSAGE_DELETE_BULK").await;
    assert_eq!(deleted["ids"], json!(ids[1..]));
    bot.audited(73).await;
    let one = json!({"messages": ["7"]});
    bot.refused(&format!("POST {messages}/bulk-delete"), one, 400, 50016)
        .await;
    bot.ok(
        &format!("POST /channels/{}/typing", bot.channel),
        Value::Null,
    )
    .await;
}

/// Commands are registered, and an interaction is answered.
async fn commands(bot: &mut Bot) {
    let application = format!("/applications/{}", bot.id);
    for scope in [
        application.clone(),
        format!("{application}/guilds/{}", bot.guild),
    ] {
        let commands = format!("{scope}/commands");
        let command = json!({"name": "ping", "description": "Answers"});
        bot.ok(&format!("PUT {commands}"), json!([command])).await;
        let command = bot.ok(&format!("POST {commands}"), command).await;
        bot.get(&commands).await;
        let one = format!("{commands}/{}", id(&command));
        bot.get(&one).await;
        bot.ok(
            &format!("PATCH {one}"),
            json!({"description": "Always answers"}),
        )
        .await;
        bot.ok(&format!("DELETE {one}"), Value::Null).await;
        bot.refused(&format!("GET {one}"), Value::Null, 404, 10063)
            .await;
    }
    let guild = bot.emulator.guild_ids()[0];
    bot.emulator.use_command(guild, "ping", &json!([]));
    let interaction = bot.event("INTERACTION_CREATE").await;
    let token = interaction["token"].as_str().unwrap();
    let callback = format!("POST /interactions/{}/{token}/callback", id(&interaction));
    bot.ok(&callback, json!({"type": 5})).await;
    let webhook = format!("/webhooks/{}/{token}", bot.id);
    let original = format!("{webhook}/messages/@original");
    bot.ok(&format!("PATCH {original}"), json!({"content": "pong"}))
        .await;
    bot.get(&original).await;
    bot.ok(&format!("POST {webhook}"), json!({"content": "and more"}))
        .await;
    bot.ok(&format!("DELETE {original}"), Value::Null).await;
}

#[tokio::test]
async fn every_route_is_requested() {
    let mut requested = BTreeSet::new();
    macro_rules! tell {
        ($($story:path),* $(,)?) => {$(
            let mut bot = Bot::start().await;
            $story(&mut bot).await;
            requested.extend(bot.emulator.rest_requests().into_keys());
        )*};
    }
    tell!(
        messages,
        commands,
        reactions_are_added_and_removed::story,
        direct_messages_are_exchanged::story,
        members_are_changed::story,
        members_are_banned::story,
        webhooks_are_executed::story,
        roles_and_channels_are_managed::roles,
        roles_and_channels_are_managed::channels,
        threads_are_started::story,
        messages_are_pinned::story,
        guild_is_described::guild,
        invites_are_created::story,
        audit_log_is_read_in_pages::story,
        guild_is_described::leaving,
    );
    let missing: Vec<String> = RestRoute::all()
        .filter(|route| !requested.contains(route))
        .map(|route| route.to_string())
        .collect();
    assert_eq!(
        missing, [""; 0],
        "a route has no test: add requests for it to a story"
    );
}

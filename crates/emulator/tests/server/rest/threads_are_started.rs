//! The bot starts threads, whose members come and go.

use serde_json::{Value, json};

use crate::harness::{Bot, id};

pub(crate) async fn story(bot: &mut Bot) {
    let message = bot.message_of_owner().await;
    let channel = format!("/channels/{}", message["channel_id"].as_str().unwrap());
    let start = format!("POST {channel}/messages/{}/threads", id(&message));
    let thread = bot
        .ok(
            &start,
            json!({"name": "A thread", "auto_archive_duration": 60}),
        )
        .await;
    assert_eq!(
        (&thread["id"], &thread["type"]),
        (&message["id"], &json!(11))
    );
    let created = bot.event("THREAD_CREATE").await;
    assert_eq!(
        (&created["newly_created"], &created["name"]),
        (&json!(true), &json!("A thread"))
    );
    let joined = bot.event("THREAD_MEMBERS_UPDATE").await;
    assert_eq!(joined["added_members"][0]["user_id"], *bot.id);
    bot.audited(110).await;
    assert_eq!(
        bot.event("MESSAGE_UPDATE").await["thread"]["id"],
        thread["id"]
    );
    let starter = bot.event("MESSAGE_CREATE").await;
    assert_eq!(
        (&starter["type"], &starter["channel_id"]),
        (&json!(21), &thread["id"])
    );
    bot.refused(&start, json!({"name": "Again"}), 400, 160_004)
        .await;

    let path = format!("/channels/{}", id(&thread));
    let written = bot
        .ok(
            &format!("POST {path}/messages"),
            json!({"content": "inside"}),
        )
        .await;
    assert_eq!(
        (&written["channel_id"], &written["channel_type"]),
        (&thread["id"], &json!(11))
    );
    let members = bot.members().await;
    let member = format!("{path}/thread-members/{}", members[0]);
    bot.ok(&format!("PUT {member}"), Value::Null).await;
    let added = bot.event("THREAD_MEMBERS_UPDATE").await;
    assert_eq!(
        (
            &added["member_count"],
            &added["added_members"][0]["user_id"]
        ),
        (&json!(2), &json!(members[0]))
    );
    assert_eq!(bot.get(&member).await["user_id"], *members[0]);
    let all = bot
        .get(&format!("{path}/thread-members?with_member=true"))
        .await;
    assert_eq!(all.as_array().unwrap().len(), 2);
    assert!(all[0]["member"]["user"]["id"].is_string(), "{all}");
    bot.ok(&format!("DELETE {member}"), Value::Null).await;
    assert_eq!(
        bot.event("THREAD_MEMBERS_UPDATE").await["removed_member_ids"],
        json!([members[0]])
    );
    bot.refused(&format!("GET {member}"), Value::Null, 404, 10007)
        .await;
    bot.ok(&format!("DELETE {path}/thread-members/@me"), Value::Null)
        .await;
    assert_eq!(bot.event("THREAD_MEMBERS_UPDATE").await["member_count"], 0);
    bot.ok(&format!("PUT {path}/thread-members/@me"), Value::Null)
        .await;

    let active = format!("/guilds/{}/threads/active", bot.guild);
    let list = bot.get(&active).await;
    assert_eq!(
        (&list["threads"][0]["id"], &list["members"][0]["user_id"]),
        (&thread["id"], &json!(bot.id))
    );
    let changed = bot
        .ok(
            &format!("PATCH {path}"),
            json!({"archived": true, "name": "Old"}),
        )
        .await;
    assert_eq!(changed["thread_metadata"]["archived"], true);
    assert_eq!(bot.event("THREAD_UPDATE").await["name"], "Old");
    bot.audited(111).await;
    assert_eq!(bot.get(&active).await["threads"], json!([]));
    let archived = bot.get(&format!("{channel}/threads/archived/public")).await;
    assert_eq!(
        (&archived["threads"][0]["id"], &archived["has_more"]),
        (&thread["id"], &json!(false))
    );

    let private = bot
        .ok(
            &format!("POST {channel}/threads"),
            json!({"name": "Secret"}),
        )
        .await;
    assert_eq!(private["type"], 12);
    let body = json!({"name": "Public", "type": 11});
    let public = bot.ok(&format!("POST {channel}/threads"), body).await;
    let notice = loop {
        let message = bot.event("MESSAGE_CREATE").await;
        if message["type"] == 18 {
            break message;
        }
    };
    assert_eq!(notice["message_reference"]["channel_id"], public["id"]);
    let archive = format!("PATCH /channels/{}", id(&private));
    bot.ok(&archive, json!({"archived": true})).await;
    for list in [
        "threads/archived/private",
        "users/@me/threads/archived/private",
    ] {
        let list = bot.get(&format!("{channel}/{list}")).await;
        assert_eq!(list["threads"][0]["id"], private["id"]);
    }
    let forum = json!({"name": "forum", "type": 15});
    let forum = bot
        .ok(&format!("POST /guilds/{}/channels", bot.guild), forum)
        .await;
    let body = json!({"name": "Post", "message": {"content": "a question"}});
    let post = bot
        .ok(&format!("POST /channels/{}/threads", id(&forum)), body)
        .await;
    assert_eq!(
        (&post["message"]["content"], &post["parent_id"]),
        (&json!("a question"), &forum["id"])
    );

    bot.ok(&format!("DELETE {path}"), Value::Null).await;
    assert_eq!(bot.event("THREAD_DELETE").await["id"], thread["id"]);
    bot.refused(&format!("GET {path}"), Value::Null, 404, 10003)
        .await;
    let join = format!("PUT {channel}/thread-members/@me");
    bot.refused(&join, Value::Null, 400, 50024).await;
}

#[tokio::test]
async fn threads_are_started() {
    story(&mut Bot::start().await).await;
}

//! The audit log has what requests changed, with the reason.

use serde_json::{Value, json};

use crate::harness::{Bot, id};

pub(crate) async fn story(bot: &mut Bot) {
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
async fn audit_log_is_read_in_pages() {
    story(&mut Bot::start().await).await;
}

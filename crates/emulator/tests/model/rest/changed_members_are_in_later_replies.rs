//! Members that REST has changed or removed are so in later GUILD_CREATEs and replies to op 8.

use gloaming_emulator::{DEFAULT_TOKEN, Emulator, model::RestRequest};
use serde_json::{Value, json};

use crate::harness::{Harness, identify};

/// GUILDS, GUILD_MEMBERS and GUILD_PRESENCES.
const INTENTS: u64 = 1 | 1 << 1 | 1 << 8;

fn request(harness: &mut Harness, method: &str, path: &str, body: &str) -> Value {
    let path = format!("/api/v10{path}");
    let authorization = format!("Bot {DEFAULT_TOKEN}");
    let mut request = RestRequest::new(method, &path);
    request.authorization = Some(&authorization);
    request.body = body.as_bytes();
    let response = harness.gateway.handle_request(harness.now, &request);
    assert!(response.status() < 300, "{response:?}");
    response.body().cloned().unwrap_or_default()
}

#[test]
fn changed_members_are_in_later_replies() {
    let builder = Emulator::builder().guilds(1).members(5);
    let mut harness = Harness::new(builder);
    let guild = harness.gateway.guild_ids()[0];
    let members = format!("/guilds/{guild}/members");
    let all = request(&mut harness, "GET", &format!("{members}?limit=1000"), "");
    let bot = request(&mut harness, "GET", "/users/@me", "");
    let ids: Vec<String> = (all.as_array().unwrap().iter())
        .map(|member| member["user"]["id"].as_str().unwrap().to_owned())
        .filter(|id| bot["id"] != **id)
        .collect();
    request(&mut harness, "DELETE", &format!("{members}/{}", ids[0]), "");
    let nick = r#"{"nick": "Zzz the changed"}"#;
    request(
        &mut harness,
        "PATCH",
        &format!("{members}/{}", ids[1]),
        nick,
    );

    let client = harness.connect();
    harness.send(client, &identify([0, 1], INTENTS));
    let create = harness.payloads(client).pop().unwrap();
    assert_eq!(create["d"]["member_count"], 5, "with the bot");
    let listed = create["d"]["members"].as_array().unwrap();
    let find = |id: &str| listed.iter().find(|member| member["user"]["id"] == *id);
    assert_eq!(find(&ids[0]), None);
    assert_eq!(find(&ids[1]).unwrap()["nick"], "Zzz the changed");
    for (d, expected) in [
        (
            json!({"guild_id": guild, "query": "zzz", "limit": 9}),
            &[&*ids[1]][..],
        ),
        (json!({"guild_id": guild, "user_ids": [ids[0]]}), &[]),
    ] {
        harness.send(client, &json!({"op": 8, "d": d}));
        let chunk = harness.payloads(client).pop().unwrap();
        let found = chunk["d"]["members"].as_array().unwrap().iter();
        let found: Vec<&str> = found.map(|it| it["user"]["id"].as_str().unwrap()).collect();
        assert_eq!(found, expected, "{d}");
    }
}

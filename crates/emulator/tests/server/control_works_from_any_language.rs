use gloaming_emulator::{Emulator, scenario::Scenario};
use serde_json::{Value, json};

use crate::{
    client::{Client, Heard},
    http::ask,
};

const GUILDS_AND_MESSAGES: u64 = 1 | 1 << 9;

#[tokio::test]
async fn events_faults_and_counters() {
    let emulator = Emulator::builder().guilds(1).start().await.unwrap();
    let mut client = Client::connect(&format!("{}/?v=10&encoding=json", emulator.url()))
        .await
        .unwrap();
    client.start(GUILDS_AND_MESSAGES).await;
    client.dispatch("GUILD_CREATE").await;

    let (_, guilds) = ask(&emulator, "GET /control/guilds", &Value::Null).await;
    let guild = guilds[0].as_str().unwrap();
    let said = json!({"guild": guild, "content": "hello"});
    let (status, heard) = ask(&emulator, "POST /control/say", &said).await;
    assert_eq!((status, heard), (200, json!({"sessions": 1})));
    client.dispatch("MESSAGE_CREATE").await;

    let event = json!({"name": "GUILD_NEWS", "data": {"guild_id": guild}});
    let (_, heard) = ask(&emulator, "POST /control/event", &event).await;
    assert_eq!(heard, json!({"sessions": 1}));
    assert_eq!(client.dispatch("GUILD_NEWS").await["d"]["guild_id"], guild);

    let ready = emulator.sessions()[0].id.clone();
    let play = json!({"scenario": "op9-storm"});
    let (status, _) = ask(&emulator, "POST /control/scenario", &play).await;
    assert_eq!(status, 200);
    let (status, _) = ask(&emulator, "POST /control/reset-faults", &Value::Null).await;
    assert_eq!(status, 200);
    let (_, ended) = ask(&emulator, "GET /control/ended-sessions", &Value::Null).await;
    assert_eq!(ended, json!([]), "{ready} lives");

    let close = json!({"action": "close", "code": 4000, "shard": 0});
    let (_, stats) = ask(&emulator, "POST /control/action", &close).await;
    assert_eq!(stats["closes_sent"], 1);
    assert_eq!(client.hear().await, Heard::Close(4000));
    let (_, sessions) = ask(&emulator, "GET /control/sessions", &Value::Null).await;
    assert_eq!(
        (&sessions[0]["shard"], &sessions[0]["connection"]),
        (&json!([0, 1]), &Value::Null)
    );
    emulator.play_scenario(&Scenario::named("accept-then-close").unwrap());
    emulator.reset_faults();
    let mut unharmed = Client::connect(&format!("{}/?v=10&encoding=json", emulator.url()))
        .await
        .unwrap();
    let hello = unharmed.hear().await;
    assert!(!matches!(hello, Heard::Close(_)), "{hello:?}");

    let forget = json!({"action": "forget-sessions"});
    ask(&emulator, "POST /control/action", &forget).await;
    let (_, ended) = ask(&emulator, "GET /control/ended-sessions", &Value::Null).await;
    assert_eq!(emulator.ended_sessions()[0].id, ready);
    assert_eq!(
        (&ended[0]["id"], &ended[0]["reason"]),
        (&json!(ready), &json!("forgotten"))
    );
    let (_, violations) = ask(&emulator, "GET /control/violations", &Value::Null).await;
    assert_eq!(violations, json!([]));
}

#[tokio::test]
async fn what_was_begun_for_good_can_be_ended() {
    let emulator = Emulator::builder().guilds(0).start().await.unwrap();
    let url = format!("{}/?v=10", emulator.url());
    let act = async |deed: Value| {
        let (status, answer) = ask(&emulator, "POST /control/action", &deed).await;
        assert_eq!(status, 200, "{answer}");
    };

    act(json!({"action": "refuse", "host": "main", "status": 503})).await;
    assert!(Client::connect(&url).await.is_err());
    act(json!({"action": "accept", "host": "main"})).await;
    act(json!({"action": "mute", "message": "hello"})).await;
    let mut client = Client::connect(&url).await.unwrap();
    act(json!({"action": "request-heartbeat"})).await;
    assert_eq!(client.payload().await["op"], 1, "which came before HELLO");
    act(json!({"action": "unmute", "message": "hello"})).await;
    client.hello().await;
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_with_a_reason() {
    let emulator = Emulator::builder().start().await.unwrap();
    for (request, body, status, reason) in [
        (
            "POST /control/action",
            json!({"action": "close"}),
            400,
            "`code` is missing",
        ),
        (
            "POST /control/action",
            json!({"action": "drop", "at": 1}),
            400,
            "has no trigger",
        ),
        (
            "POST /control/action",
            json!({"action": "drop", "now": 1}),
            400,
            "unknown field `now`",
        ),
        (
            "POST /control/say",
            json!({"guild": "1"}),
            400,
            "missing field `content`",
        ),
        (
            "POST /control/scenario",
            json!({"scenario": "no-such"}),
            400,
            "it has accept-then-close",
        ),
        ("POST /control/event", json!([]), 400, ""),
        ("GET /control/action", json!(null), 405, ""),
        ("GET /control/else", json!(null), 404, ""),
    ] {
        let (code, answer) = ask(&emulator, request, &body).await;
        assert_eq!(code, status, "{request}: {answer}");
        assert!(
            answer["message"].as_str().unwrap().contains(reason),
            "{answer}"
        );
    }
}

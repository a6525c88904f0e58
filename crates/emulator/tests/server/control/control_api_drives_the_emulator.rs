//! The control API sends events, plays faults and returns counters.

use gloaming_emulator::{Emulator, scenario::Scenario};
use serde_json::{Value, json};

use crate::harness::{Client, Received, http_request};

const GUILDS_AND_MESSAGES: u64 = 1 | 1 << 9;

#[tokio::test]
async fn events_faults_and_counters_are_available() {
    let emulator = Emulator::builder().guilds(1).start().await.unwrap();
    let mut client = Client::connect(&format!("{}/?v=10&encoding=json", emulator.url()))
        .await
        .unwrap();
    client.start(GUILDS_AND_MESSAGES).await;
    client.dispatch("GUILD_CREATE").await;

    let (_, guilds) = http_request(&emulator, "GET /control/guilds", &Value::Null).await;
    let guild = guilds[0].as_str().unwrap();
    let said = json!({"guild": guild, "content": "hello"});
    let (status, received) = http_request(&emulator, "POST /control/say", &said).await;
    assert_eq!((status, received), (200, json!({"sessions": 1})));
    client.dispatch("MESSAGE_CREATE").await;

    let event = json!({"name": "GUILD_NEWS", "data": {"guild_id": guild}});
    let (_, received) = http_request(&emulator, "POST /control/event", &event).await;
    assert_eq!(received, json!({"sessions": 1}));
    assert_eq!(client.dispatch("GUILD_NEWS").await["d"]["guild_id"], guild);

    let ready = emulator.sessions()[0].id.clone();
    let play = json!({"scenario": "op9-storm"});
    let (status, _) = http_request(&emulator, "POST /control/scenario", &play).await;
    assert_eq!(status, 200);
    let (status, _) = http_request(&emulator, "POST /control/reset-faults", &Value::Null).await;
    assert_eq!(status, 200);
    let (_, ended) = http_request(&emulator, "GET /control/ended-sessions", &Value::Null).await;
    assert_eq!(ended, json!([]), "{ready} lives");

    let close = json!({"action": "close", "code": 4000, "shard": 0});
    let (_, stats) = http_request(&emulator, "POST /control/action", &close).await;
    assert_eq!(stats["closes_sent"], 1);
    assert_eq!(client.receive().await, Received::Close(4000));
    let (_, sessions) = http_request(&emulator, "GET /control/sessions", &Value::Null).await;
    assert_eq!(
        (&sessions[0]["shard"], &sessions[0]["connection"]),
        (&json!([0, 1]), &Value::Null)
    );
    emulator.play_scenario(&Scenario::named("accept-then-close").unwrap());
    emulator.reset_faults();
    let mut later = Client::connect(&format!("{}/?v=10&encoding=json", emulator.url()))
        .await
        .unwrap();
    let hello = later.receive().await;
    assert!(!matches!(hello, Received::Close(_)), "{hello:?}");

    let forget = json!({"action": "forget-sessions"});
    http_request(&emulator, "POST /control/action", &forget).await;
    let (_, ended) = http_request(&emulator, "GET /control/ended-sessions", &Value::Null).await;
    assert_eq!(emulator.ended_sessions()[0].id, ready);
    assert_eq!(
        (&ended[0]["id"], &ended[0]["reason"]),
        (&json!(ready), &json!("forgotten"))
    );
    let (_, violations) = http_request(&emulator, "GET /control/violations", &Value::Null).await;
    assert_eq!(violations, json!([]));
    let (_, notes) = http_request(&emulator, "GET /control/notes", &Value::Null).await;
    assert_eq!(notes, json!([]));
}

#[tokio::test]
async fn lasting_faults_can_be_ended() {
    let emulator = Emulator::builder().guilds(0).start().await.unwrap();
    let url = format!("{}/?v=10", emulator.url());
    let run_action = async |action: Value| {
        let (status, answer) = http_request(&emulator, "POST /control/action", &action).await;
        assert_eq!(status, 200, "{answer}");
    };

    run_action(json!({"action": "refuse", "host": "main", "status": 503})).await;
    assert!(Client::connect(&url).await.is_err());
    run_action(json!({"action": "accept", "host": "main"})).await;
    run_action(json!({"action": "mute", "message": "hello"})).await;
    let mut client = Client::connect(&url).await.unwrap();
    run_action(json!({"action": "request-heartbeat"})).await;
    assert_eq!(client.payload().await["op"], 1, "op 1 is sent before HELLO");
    run_action(json!({"action": "unmute", "message": "hello"})).await;
    client.hello().await;
}

#[tokio::test]
async fn invalid_requests_are_refused_with_a_reason() {
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
            404,
            "it has accept-then-close",
        ),
        ("POST /control/event", json!([]), 400, ""),
        ("GET /control/action", json!(null), 405, ""),
        ("GET /control/else", json!(null), 404, ""),
    ] {
        let (code, answer) = http_request(&emulator, request, &body).await;
        assert_eq!(code, status, "{request}: {answer}");
        assert!(
            answer["message"].as_str().unwrap().contains(reason),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn what_does_not_exist_is_not_found() {
    let emulator = Emulator::builder().guilds(1).start().await.unwrap();
    for (request, body, named) in [
        (
            "POST /control/say",
            json!({"guild": "7", "content": "hello"}),
            "guild 7",
        ),
        (
            "POST /control/event",
            json!({"name": "TYPING_START", "data": {"guild_id": "7"}}),
            "guild 7",
        ),
        (
            "POST /control/event",
            json!({"name": "GUILD_DELETE", "data": {"id": "7"}}),
            "guild 7",
        ),
        (
            "POST /control/command",
            json!({"guild": "7", "name": "ping"}),
            "guild 7",
        ),
        (
            "POST /control/hide-channel",
            json!({"channel": "7"}),
            "channel 7",
        ),
        (
            "POST /control/scenario",
            json!({"scenario": "nonsense"}),
            "nonsense",
        ),
        (
            "POST /control/action",
            json!({"action": "drop", "shard": 3}),
            "shard 3",
        ),
    ] {
        let (status, body) = http_request(&emulator, request, &body).await;
        assert_eq!(status, 404, "{request}");
        let message = body["message"].as_str().unwrap();
        assert!(message.contains(named), "{message}");
    }
}

#[tokio::test]
async fn guild_that_the_bot_joins_can_have_events() {
    let emulator = Emulator::builder().guilds(1).start().await.unwrap();
    for (name, data) in [
        ("GUILD_CREATE", json!({"id": "7"})),
        ("TYPING_START", json!({"guild_id": "7"})),
        // Of no guild.
        ("USER_UPDATE", json!({"id": "7"})),
    ] {
        let event = json!({"name": name, "data": data});
        let (status, body) = http_request(&emulator, "POST /control/event", &event).await;
        assert_eq!((status, body), (200, json!({"sessions": 0})), "{name}");
    }
}

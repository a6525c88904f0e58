use std::collections::BTreeSet;

use gloaming_emulator::{
    EmulatorBuilder, VIOLATION_KINDS,
    model::{ConnectionId, Host, Input, Mute},
};
use serde_json::{Value, json};
use twilight_model::gateway::Intents;

use crate::stage::{QUERY, Stage, builder, identify, resume, seconds};

const MESSAGES: u64 = 1 << 9;

type Breach = Box<dyn Fn() -> Stage>;

/// A client that connects with this query.
fn with_query(query: &'static str) -> Breach {
    Box::new(move || {
        let mut stage = Stage::new(builder());
        stage.connect_to(Host::Main, query);
        stage
    })
}

/// A client that was greeted and sends this.
fn greeted(payload: Value) -> Breach {
    Box::new(move || {
        let mut stage = Stage::new(builder());
        let client = stage.connect();
        stage.send(client, &payload);
        stage
    })
}

/// A client that identifies with this field, to a gateway that is made like this.
fn identifying(gateway: EmulatorBuilder, field: &'static str, value: Value) -> Breach {
    Box::new(move || {
        let mut stage = Stage::new(gateway.clone());
        let client = stage.connect();
        let mut payload = identify([0, 1], MESSAGES);
        payload["d"][field] = value.clone();
        stage.send(client, &payload);
        stage
    })
}

/// A client that has a session and sends these, one after another.
fn ready(payloads: impl IntoIterator<Item = Value>) -> Breach {
    let payloads: Vec<Value> = payloads.into_iter().collect();
    Box::new(move || {
        let mut stage = Stage::new(builder());
        let (client, _) = stage.start([0, 1], MESSAGES);
        for payload in &payloads {
            stage.send(client, payload);
        }
        stage
    })
}

/// A session that lost its connection, and what happens to it then.
fn away(act: fn(&mut Stage, ConnectionId, &Value)) -> Breach {
    Box::new(move || {
        let mut stage = Stage::new(builder());
        let (client, ready) = stage.start([0, 1], MESSAGES);
        stage.leave(client, None);
        let again = stage.connect_to(Host::Resume, QUERY);
        act(&mut stage, again, &ready["session_id"]);
        stage
    })
}

/// Whatever else.
fn play(act: impl Fn(&mut Stage) + 'static) -> Breach {
    Box::new(move || {
        let mut stage = Stage::new(builder());
        act(&mut stage);
        stage
    })
}

fn beat(d: impl Into<Value>) -> Value {
    json!({"op": 1, "d": d.into()})
}

/// A list of members is asked for: `{guild}` is the first guild.
fn members(intents: u64, times: usize, request: Value) -> Breach {
    play(move |stage| {
        let guild = stage.gateway.guild_ids()[0];
        let (client, _) = stage.start([0, 1], intents);
        let mut request = request.clone();
        request["guild_id"] = json!(guild);
        for _ in 0..times {
            stage.send(client, &json!({"op": 8, "d": request}));
        }
    })
}

fn connecting() -> Vec<Breach> {
    vec![
        with_query("v=6"),
        with_query("v=10&encoding=etf"),
        with_query("v=10&compress=lzma"),
        play(|stage| {
            let (client, ready) = stage.start([0, 1], 0);
            stage.leave(client, None);
            let again = stage.connect_to(Host::Resume, "v=10&compress=zlib-stream");
            stage.send(again, &resume(&ready["session_id"], 1));
        }),
        play(|stage| {
            stage.gateway.mute(Mute::Hello);
            let client = stage.connect();
            stage.send(client, &identify([0, 1], 0));
        }),
        play(|stage| {
            stage.gateway.mute(Mute::Hello);
            let client = stage.connect();
            stage.send(client, &resume(&"gone".into(), 1));
        }),
        play(|stage| {
            let client = stage.connect_to(Host::Resume, QUERY);
            stage.send(client, &identify([0, 1], 0));
        }),
        play(|stage| {
            let client = stage.connect();
            stage.input(client, Input::Binary(&[0x83]));
        }),
    ]
}

fn beating() -> Vec<Breach> {
    vec![
        play(|stage| {
            let (client, _) = stage.start([0, 1], 0);
            stage.wait(seconds(50));
            stage.send(client, &beat(1));
        }),
        play(|stage| {
            stage.connect();
            stage.wait(seconds(70));
        }),
        ready([beat(0)]),
        ready([beat(2)]),
        ready([beat(1.5)]),
        ready([beat("1")]),
        play(|stage| {
            let (client, _) = stage.start([0, 1], 0);
            let all = gloaming_emulator::Selector::All;
            stage.gateway.dispatch(&all, "TEST", &json!({}));
            stage.send(client, &beat(2));
            stage.send(client, &beat(1));
        }),
        play(|stage| {
            let (client, _) = stage.start([0, 1], 0);
            let now = stage.now;
            stage.gateway.request_heartbeat(now, &client.into());
            stage.wait(seconds(6));
        }),
        play(|stage| {
            let (client, _) = stage.start([0, 1], 0);
            stage.gateway.mute(Mute::Acks);
            stage.send(client, &beat(1));
            stage.leave(client, Some(1000));
        }),
        play(|stage| {
            let client = stage.connect();
            for _ in 0..121 {
                stage.send(client, &beat(Value::Null));
            }
        }),
    ]
}

fn starting() -> Vec<Breach> {
    vec![
        greeted(json!({"op": 2, "d": {}})),
        identifying(
            builder(),
            "properties",
            json!({"os": "", "browser": "b", "device": "d"}),
        ),
        identifying(builder(), "large_threshold", json!(49)),
        identifying(builder(), "token", json!("wrong")),
        identifying(builder(), "shard", json!([1, 1])),
        identifying(builder(), "intents", json!(1_u64 << 40)),
        identifying(
            builder().allowed_intents(Intents::empty()),
            "intents",
            json!(1 << 1),
        ),
        identifying(builder().session_starts(1000, 0), "compress", json!(false)),
        identifying(
            builder(),
            "presence",
            json!({"since": null, "activities": [], "status": "busy", "afk": false}),
        ),
        identifying(
            builder().guilds(3).max_guilds_per_shard(2),
            "compress",
            json!(false),
        ),
        identifying(
            builder().required_shard_multiple(16),
            "compress",
            json!(false),
        ),
        play(|stage| {
            for _ in 0..2 {
                let client = stage.connect();
                stage.send(client, &identify([0, 1], 0));
            }
        }),
        play(|stage| {
            let client = stage.connect_to(Host::Main, "v=10&compress=zstd-stream");
            let mut payload = identify([0, 1], 0);
            payload["d"]["compress"] = true.into();
            stage.send(client, &payload);
        }),
        greeted(json!({"op": 31, "d": {"guild_ids": []}})),
        ready([identify([0, 1], 0)]),
        ready([resume(&"any".into(), 1)]),
    ]
}

fn resuming() -> Vec<Breach> {
    vec![
        away(|stage, again, _| stage.send(again, &json!({"op": 6, "d": {}}))),
        away(|stage, again, session| {
            let mut payload = resume(session, 1);
            payload["d"]["token"] = "wrong".into();
            stage.send(again, &payload);
        }),
        away(|stage, again, session| stage.send(again, &resume(session, 99))),
        away(|stage, again, session| {
            stage.send(again, &resume(&"gone".into(), 1));
            stage.send(again, &resume(session, 1));
        }),
    ]
}

fn asking() -> Vec<Breach> {
    vec![
        ready([json!({"op": 1, "d": null, "x": "x".repeat(4096)})]),
        ready([json!([])]),
        ready([json!({"op": 11})]),
        ready([json!({"op": 8, "d": {}})]),
        ready([json!({"op": 31, "d": {}})]),
        ready([json!({"op": 4, "d": {}})]),
        members(
            MESSAGES,
            1,
            json!({"query": "a", "limit": 1, "nonce": "x".repeat(33)}),
        ),
        members(
            MESSAGES,
            1,
            json!({"query": "a", "limit": 1, "presences": true}),
        ),
        members(MESSAGES, 1, json!({"query": "", "limit": 0})),
        members(1 << 1, 2, json!({"query": "", "limit": 0})),
        Box::new(|| {
            let mut stage = Stage::new(builder().shards(2).guilds(2));
            let (client, _) = stage.start([0, 2], MESSAGES);
            let others = stage.gateway.guild_ids()[1];
            let sounds = json!({"op": 31, "d": {"guild_ids": [others]}});
            stage.send(client, &sounds);
            stage
        }),
    ]
}

/// Each rule that a client can break, broken: what is reported is what the table says, no less and no more.
#[test]
fn every_rule_of_the_table_is_noticed() {
    let breaches = [connecting(), beating(), starting(), resuming(), asking()];
    let mut seen = BTreeSet::new();
    for breach in breaches.iter().flatten() {
        let stage = breach();
        let violations = stage.gateway.violations();
        assert!(!violations.is_empty(), "after {seen:#?}");
        for violation in violations {
            let answer = format!("{:?}", violation.response);
            seen.insert((violation.rule, violation.detail.clone(), answer));
        }
    }
    let table: BTreeSet<_> = (VIOLATION_KINDS.iter())
        .map(|row| {
            (
                row.rule,
                row.detail.to_owned(),
                format!("{:?}", row.response),
            )
        })
        .collect();
    assert_eq!(seen.difference(&table).collect::<Vec<_>>(), [] as [&_; 0]);
    assert_eq!(table.difference(&seen).collect::<Vec<_>>(), [] as [&_; 0]);
}

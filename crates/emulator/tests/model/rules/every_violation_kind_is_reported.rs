//! Each entry of the table of violations is reported when a client commits it.

use std::collections::BTreeSet;

use gloaming_emulator::{
    EmulatorBuilder, VIOLATION_KINDS,
    model::{ConnectionId, Host, Input, Mute},
};
use serde_json::{Value, json};
use twilight_model::gateway::Intents;

use crate::harness::{ETF, Harness, QUERY, builder, identify, resume, seconds};

const MESSAGES: u64 = 1 << 9;

type ViolationCase = Box<dyn Fn() -> Harness>;

/// A client connects with this query.
fn with_query(query: &'static str) -> ViolationCase {
    Box::new(move || {
        let mut harness = Harness::new(builder());
        harness.connect_to(Host::Main, query);
        harness
    })
}

/// A client receives HELLO and sends this payload.
fn after_hello(payload: Value) -> ViolationCase {
    Box::new(move || {
        let mut harness = Harness::new(builder());
        let client = harness.connect();
        harness.send(client, &payload);
        harness
    })
}

/// A client identifies with this field.
fn identifying(gateway: EmulatorBuilder, field: &'static str, value: Value) -> ViolationCase {
    Box::new(move || {
        let mut harness = Harness::new(gateway.clone());
        let client = harness.connect();
        let mut payload = identify([0, 1], MESSAGES);
        payload["d"][field] = value.clone();
        harness.send(client, &payload);
        harness
    })
}

/// A client with a session sends these payloads.
fn with_session(payloads: impl IntoIterator<Item = Value>) -> ViolationCase {
    let payloads: Vec<Value> = payloads.into_iter().collect();
    Box::new(move || {
        let mut harness = Harness::new(builder());
        let (client, _) = harness.start([0, 1], MESSAGES);
        for payload in &payloads {
            harness.send(client, payload);
        }
        harness
    })
}

/// A session loses its connection; `run` receives a new connection and the session id.
fn disconnected(run: fn(&mut Harness, ConnectionId, &Value)) -> ViolationCase {
    Box::new(move || {
        let mut harness = Harness::new(builder());
        let (client, ready) = harness.start([0, 1], MESSAGES);
        harness.disconnect(client, None);
        let second = harness.connect_to(Host::Resume, QUERY);
        run(&mut harness, second, &ready["session_id"]);
        harness
    })
}

/// A gateway with default settings runs these steps.
fn steps(run: impl Fn(&mut Harness) + 'static) -> ViolationCase {
    Box::new(move || {
        let mut harness = Harness::new(builder());
        run(&mut harness);
        harness
    })
}

fn heartbeat(d: impl Into<Value>) -> Value {
    json!({"op": 1, "d": d.into()})
}

/// A client requests members of the first guild.
fn member_request(intents: u64, times: usize, request: Value) -> ViolationCase {
    steps(move |harness| {
        let guild = harness.gateway.guild_ids()[0];
        let (client, _) = harness.start([0, 1], intents);
        let mut request = request.clone();
        request["guild_id"] = json!(guild);
        for _ in 0..times {
            harness.send(client, &json!({"op": 8, "d": request}));
        }
    })
}

fn connection_cases() -> Vec<ViolationCase> {
    vec![
        with_query("v=6"),
        with_query("v=10&encoding=xml"),
        with_query("v=10&compress=lzma"),
        steps(|harness| {
            let (client, ready) = harness.start([0, 1], 0);
            harness.disconnect(client, None);
            let second = harness.connect_to(Host::Resume, "v=10&compress=zlib-stream");
            harness.send(second, &resume(&ready["session_id"], 1));
        }),
        steps(|harness| {
            harness.gateway.mute(Mute::Hello);
            let client = harness.connect();
            harness.send(client, &identify([0, 1], 0));
        }),
        steps(|harness| {
            harness.gateway.mute(Mute::Hello);
            let client = harness.connect();
            harness.send(client, &resume(&"gone".into(), 1));
        }),
        steps(|harness| {
            let client = harness.connect_to(Host::Resume, QUERY);
            harness.send(client, &identify([0, 1], 0));
        }),
        steps(|harness| {
            let client = harness.connect();
            harness.input(client, Input::Binary(&[0x83]));
        }),
    ]
}

fn heartbeat_cases() -> Vec<ViolationCase> {
    vec![
        steps(|harness| {
            let (client, _) = harness.start([0, 1], 0);
            harness.wait(seconds(50));
            harness.send(client, &heartbeat(1));
        }),
        steps(|harness| {
            harness.connect();
            harness.wait(seconds(70));
        }),
        with_session([heartbeat(0)]),
        with_session([heartbeat(2)]),
        with_session([heartbeat(1.5)]),
        with_session([heartbeat("1")]),
        steps(|harness| {
            let (client, _) = harness.start([0, 1], 0);
            let all = gloaming_emulator::Selector::All;
            harness.gateway.dispatch(&all, "TEST", &json!({}));
            harness.send(client, &heartbeat(2));
            harness.send(client, &heartbeat(1));
        }),
        steps(|harness| {
            let (client, _) = harness.start([0, 1], 0);
            let now = harness.now;
            harness.gateway.request_heartbeat(now, &client.into());
            harness.wait(seconds(6));
        }),
        steps(|harness| {
            let (client, _) = harness.start([0, 1], 0);
            harness.gateway.mute(Mute::Acks);
            harness.send(client, &heartbeat(1));
            harness.disconnect(client, Some(1000));
        }),
        steps(|harness| {
            let client = harness.connect();
            for _ in 0..121 {
                harness.send(client, &heartbeat(Value::Null));
            }
        }),
    ]
}

fn identify_cases() -> Vec<ViolationCase> {
    vec![
        after_hello(json!({"op": 2, "d": {}})),
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
        steps(|harness| {
            for _ in 0..2 {
                let client = harness.connect();
                harness.send(client, &identify([0, 1], 0));
            }
        }),
        steps(|harness| {
            let client = harness.connect_to(Host::Main, "v=10&compress=zstd-stream");
            let mut payload = identify([0, 1], 0);
            payload["d"]["compress"] = true.into();
            harness.send(client, &payload);
        }),
        after_hello(json!({"op": 31, "d": {"guild_ids": []}})),
        with_session([identify([0, 1], 0)]),
        with_session([resume(&"any".into(), 1)]),
    ]
}

/// A client with ETF sends this message.
fn with_etf(message: Input<'static>) -> ViolationCase {
    steps(move |harness| {
        let client = harness.connect_to(Host::Main, ETF);
        harness.input(client, message.clone());
    })
}

fn etf_cases() -> Vec<ViolationCase> {
    vec![
        with_etf(Input::Text(r#"{"op":1,"d":null}"#)),
        with_etf(Input::Binary(b"\x83\x50\0\0\0\x02\x78\x9c")),
        with_etf(Input::Binary(b"\x83\x74\0\0\0\x01\x77\x02op\x61\x01")),
        with_etf(Input::Binary(b"\x83")),
        steps(|harness| {
            let client = harness.connect_to(Host::Main, ETF);
            let mut payload = identify([0, 1], 0);
            payload["d"]["compress"] = true.into();
            harness.send(client, &payload);
        }),
    ]
}

fn resume_cases() -> Vec<ViolationCase> {
    vec![
        disconnected(|harness, second, _| harness.send(second, &json!({"op": 6, "d": {}}))),
        disconnected(|harness, second, session| {
            let mut payload = resume(session, 1);
            payload["d"]["token"] = "wrong".into();
            harness.send(second, &payload);
        }),
        disconnected(|harness, second, session| harness.send(second, &resume(session, 99))),
        disconnected(|harness, second, session| {
            harness.send(second, &resume(&"gone".into(), 1));
            harness.send(second, &resume(session, 1));
        }),
    ]
}

fn command_cases() -> Vec<ViolationCase> {
    vec![
        with_session([json!({"op": 1, "d": null, "x": "x".repeat(4096)})]),
        with_session([json!([])]),
        with_session([json!({"op": 11})]),
        with_session([json!({"op": 8, "d": {}})]),
        with_session([json!({"op": 31, "d": {}})]),
        with_session([json!({"op": 4, "d": {}})]),
        member_request(
            MESSAGES,
            1,
            json!({"query": "a", "limit": 1, "nonce": "x".repeat(33)}),
        ),
        member_request(
            MESSAGES,
            1,
            json!({"query": "a", "limit": 1, "presences": true}),
        ),
        member_request(MESSAGES, 1, json!({"query": "", "limit": 0})),
        member_request(1 << 1, 2, json!({"query": "", "limit": 0})),
        Box::new(|| {
            let mut harness = Harness::new(builder().shards(2).guilds(2));
            let (client, _) = harness.start([0, 2], MESSAGES);
            let others = harness.gateway.guild_ids()[1];
            let sounds = json!({"op": 31, "d": {"guild_ids": [others]}});
            harness.send(client, &sounds);
            harness
        }),
    ]
}

/// The reported violations are exactly those of the table.
#[test]
fn every_violation_kind_is_reported() {
    let cases = [
        connection_cases(),
        heartbeat_cases(),
        identify_cases(),
        resume_cases(),
        command_cases(),
        etf_cases(),
    ];
    let mut reported = BTreeSet::new();
    for case in cases.iter().flatten() {
        let harness = case();
        let violations = harness.gateway.violations();
        assert!(!violations.is_empty(), "no violation after {reported:#?}");
        for violation in violations {
            let answer = format!("{:?}", violation.response);
            // The cause may follow the detail of the table.
            let detail = (VIOLATION_KINDS.iter().map(|row| row.detail))
                .find(|detail| violation.detail.starts_with(detail))
                .unwrap_or(&violation.detail);
            reported.insert((violation.rule, detail.to_owned(), answer));
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
    assert_eq!(
        reported.difference(&table).collect::<Vec<_>>(),
        [] as [&_; 0]
    );
    assert_eq!(
        table.difference(&reported).collect::<Vec<_>>(),
        [] as [&_; 0]
    );
}

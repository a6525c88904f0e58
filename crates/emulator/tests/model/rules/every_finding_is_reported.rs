//! Each finding of the table is reported when a client gives reason to it.

use std::collections::BTreeSet;

use gloaming_emulator::{
    EmulatorBuilder, FINDING_KINDS,
    model::{ConnectionId, Host, Input, Mute},
};
use serde_json::{Value, json};
use twilight_model::gateway::Intents;

use crate::harness::{ETF, Harness, QUERY, builder, identify, resume, seconds};

const MESSAGES: u64 = 1 << 9;

type Case = Box<dyn Fn() -> Harness>;

/// A client connects with this query.
fn with_query(query: &'static str) -> Case {
    Box::new(move || {
        let mut harness = Harness::new(builder());
        harness.connect_to(Host::Main, query);
        harness
    })
}

/// A client receives HELLO and sends this payload.
fn after_hello(payload: Value) -> Case {
    Box::new(move || {
        let mut harness = Harness::new(builder());
        let client = harness.connect();
        harness.send(client, &payload);
        harness
    })
}

/// A client identifies with this field.
fn identifying(gateway: EmulatorBuilder, field: &'static str, value: Value) -> Case {
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
fn with_session(payloads: impl IntoIterator<Item = Value>) -> Case {
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
fn disconnected(run: fn(&mut Harness, ConnectionId, &Value)) -> Case {
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
fn steps(run: impl Fn(&mut Harness) + 'static) -> Case {
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
fn member_request(intents: u64, times: usize, request: Value) -> Case {
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

fn connection_cases() -> Vec<Case> {
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
            harness.input(client, Input::Binary(b"{\"op\": 1, \"d\": null}"));
        }),
    ]
}

fn heartbeat_cases() -> Vec<Case> {
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

fn identify_cases() -> Vec<Case> {
    vec![
        after_hello(json!({"op": 2, "d": {}})),
        identifying(builder(), "properties", json!({})),
        identifying(
            builder(),
            "properties",
            json!({"$os": "o", "$browser": "b", "$device": "d"}),
        ),
        identifying(
            builder(),
            "token",
            json!(format!("Bot {}", gloaming_emulator::DEFAULT_TOKEN)),
        ),
        identifying(builder(), "compress", json!("zlib")),
        identifying(builder(), "shard", Value::Null),
        identifying(
            builder().undocumented_intents(1 << 40),
            "intents",
            json!(1_u64 << 40),
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
fn with_etf(message: Input<'static>) -> Case {
    steps(move |harness| {
        let client = harness.connect_to(Host::Main, ETF);
        harness.input(client, message.clone());
    })
}

fn etf_cases() -> Vec<Case> {
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

fn resume_cases() -> Vec<Case> {
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

fn command_cases() -> Vec<Case> {
    vec![
        with_session([json!({"op": 1, "d": null, "x": "x".repeat(4096)})]),
        with_session([json!([])]),
        with_session([json!({"op": 11})]),
        with_session([json!({"op": 8, "d": {}})]),
        with_session([json!({"op": 31, "d": {}})]),
        with_session([json!({"op": 4, "d": {}})]),
        with_session([json!({"op": 3, "d": {}})]),
        with_session([json!({"op": 3, "d": {"since": 1.5, "game": null}})]),
        member_request(MESSAGES, 1, json!({"query": "a"})),
        member_request(
            MESSAGES,
            1,
            json!({"query": "a", "limit": 1, "nonce": null}),
        ),
        steps(|harness| {
            let guild = harness.gateway.guild_ids()[0];
            let (client, _) = harness.start([0, 1], MESSAGES);
            let request = json!({"guild_id": [guild], "query": "a", "limit": 1});
            harness.send(client, &json!({"op": 8, "d": request}));
        }),
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

/// The reported violations and notes are exactly those of the table.
#[test]
fn every_finding_is_reported() {
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
        let (violations, notes) = (harness.gateway.violations(), harness.gateway.notes());
        let count = violations.len() + notes.len();
        assert!(count > 0, "nothing was found after {reported:#?}");
        for violation in violations {
            let response = format!("{:?}", Some(violation.response));
            // The cause may follow the detail of the table.
            let detail = (FINDING_KINDS.iter().map(|row| row.detail))
                .find(|detail| violation.detail.starts_with(detail))
                .unwrap_or(&violation.detail);
            reported.insert((violation.rule, detail.to_owned(), response));
        }
        for note in notes {
            reported.insert((note.rule, note.detail.clone(), "None".to_owned()));
        }
    }
    let table: BTreeSet<_> = (FINDING_KINDS.iter())
        .map(|row| {
            let response = format!("{:?}", row.outcome.response());
            (row.rule, row.detail.to_owned(), response)
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

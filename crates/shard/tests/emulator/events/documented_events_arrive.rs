//! Each of the 79 documented events arrives typed, or as a value that decodes into its supplement, and each of the 6
//! announced events as a value with its name and JSON (P34).

use crate::harness::{config, finish, is_ready, shard, start, until, variants};
use gloaming_emulator::{Emulator, Selector};
use gloaming_protocol::TypeSource;
use gloaming_shard::{
    DispatchKind, Event, EventTypeFlags, Item, JsonParser, Shard, StreamExt as _, UnknownEvent,
    error::ReceiveMessageErrorKind,
};
use serde_json::{Value, json};
use std::{fs, path::Path};

/// The method that receives an event.
#[derive(Clone, Copy, Debug)]
enum Reader {
    NextEvent,
    NextItem,
}

/// The form of a received event.
#[derive(Debug)]
enum Arrived {
    Typed(Box<Event>),
    Named(Box<UnknownEvent>),
}

impl Reader {
    const ALL: [Self; 2] = [Self::NextEvent, Self::NextItem];

    /// Receives the next dispatch; skips lifecycle events, and panics on failures.
    async fn next(self, shard: &mut Shard, wanted: EventTypeFlags) -> Arrived {
        loop {
            let event = match self {
                Self::NextEvent => match shard.next_event(wanted).await.unwrap() {
                    Ok(event) => event,
                    Err(error) => match error.into_parts() {
                        (ReceiveMessageErrorKind::UnknownEvent(event), _) => {
                            return Arrived::Named(event);
                        }
                        other => panic!("{other:?}"),
                    },
                },
                Self::NextItem => match shard.next_item(wanted).await.unwrap() {
                    Item::Event(event) => event,
                    Item::Unknown(event) => return Arrived::Named(Box::new(event)),
                    Item::Lifecycle(_) => continue,
                    other => panic!("{other:?}"),
                },
            };
            if event.kind().name().is_some() {
                return Arrived::Typed(Box::new(event));
            }
        }
    }
}

impl Arrived {
    /// Asserts that the event has this kind, the best form available for it, and all of its data.
    fn assert_is(&self, kind: DispatchKind, how: &str) {
        match (kind.type_source(), self) {
            (TypeSource::Model, Self::Typed(event)) => {
                assert_eq!(event.kind().name(), Some(kind.name()), "{how}");
            }
            (source @ (TypeSource::Supplement | TypeSource::Untyped), Self::Named(event)) => {
                assert_eq!(event.kind(), Some(kind), "{how}");
                assert_eq!(event.name(), Some(kind.name()), "{how}");
                let data: Value = serde_json::from_str(event.data()).unwrap();
                assert_eq!(data, fixture(kind), "{how}");
                let supplement = event.supplement().unwrap().map(|it| it.kind());
                let expected = (source == TypeSource::Supplement).then_some(kind);
                assert_eq!(supplement, expected, "{how}");
            }
            (_, other) => panic!("{how}: {kind} arrived as {other:?}"),
        }
    }
}

/// Returns the documentation's example of an event.
fn fixture(kind: DispatchKind) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../protocol/tests/fixtures/dispatch")
        .join(format!("{}.json", kind.name()));
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    serde_json::from_str(&text).unwrap()
}

/// Returns all kinds except the two that begin a session.
fn kinds() -> impl Iterator<Item = DispatchKind> {
    DispatchKind::ALL
        .into_iter()
        .filter(|kind| !matches!(kind, DispatchKind::Ready | DispatchKind::Resumed))
}

/// Returns a shard for each transport, compression, parser and method that is compiled in.
fn shards(emulator: &Emulator) -> impl Iterator<Item = (String, Shard, Reader)> {
    let parsers = JsonParser::ALL.map(|parser| parser.is_available().then_some(parser));
    let parsers = Vec::from_iter(parsers.into_iter().flatten());
    variants(emulator)
        .into_iter()
        .flat_map(move |(variant, config)| {
            let mut shards = Vec::new();
            for parser in &parsers {
                for reader in Reader::ALL {
                    let how = format!("{variant}, {parser:?}, {reader:?}");
                    shards.push((how, shard(config.clone().json_parser(*parser)), reader));
                }
            }
            shards
        })
}

/// Ends the shard's session, so that the next shard starts with a new one.
async fn leave(emulator: &Emulator, shard: Shard) {
    drop(shard);
    emulator
        .wait_until(|stats| stats.sessions_connected == 0)
        .await;
    emulator.forget_sessions(Selector::All);
}

#[tokio::test]
async fn all_events_arrive_in_order() {
    let emulator = start(Emulator::builder().guilds(0)).await;
    for (how, mut shard, reader) in shards(&emulator) {
        let ready = reader.next(&mut shard, EventTypeFlags::all()).await;
        ready.assert_is(DispatchKind::Ready, &how);
        for kind in kinds() {
            emulator.dispatch(Selector::All, kind.name(), fixture(kind));
        }
        for kind in kinds() {
            let event = reader.next(&mut shard, EventTypeFlags::all()).await;
            event.assert_is(kind, &how);
        }
        // A connection that is dropped while a heartbeat is on its way would be a failure, too.
        emulator.reconnect(Selector::All);
        let resumed = reader.next(&mut shard, EventTypeFlags::all()).await;
        resumed.assert_is(DispatchKind::Resumed, &how);
        leave(&emulator, shard).await;
    }
    let last = shard(config(&emulator));
    finish(emulator, last).await;
}

#[tokio::test]
async fn each_event_arrives_with_its_flag() {
    let emulator = start(Emulator::builder().guilds(0)).await;
    for (how, mut shard, reader) in shards(&emulator) {
        let ready = reader.next(&mut shard, DispatchKind::Ready.flag()).await;
        ready.assert_is(DispatchKind::Ready, &how);
        for (kind, other) in kinds().zip(kinds().skip(1).chain(kinds())) {
            // Its neighbor and an unknown event precede it.
            emulator.dispatch(Selector::All, other.name(), fixture(other));
            emulator.dispatch(Selector::All, "A_NEW_EVENT", json!({}));
            emulator.dispatch(Selector::All, kind.name(), fixture(kind));
            let event = reader.next(&mut shard, kind.flag()).await;
            event.assert_is(kind, &how);
        }
        emulator.drop_connections(Selector::All);
        let resumed = reader.next(&mut shard, DispatchKind::Resumed.flag()).await;
        resumed.assert_is(DispatchKind::Resumed, &how);
        leave(&emulator, shard).await;
    }
    let last = shard(config(&emulator));
    finish(emulator, last).await;
}

#[tokio::test]
async fn other_flags_exclude_each_event() {
    let emulator = start(Emulator::builder().guilds(0)).await;
    let mut shard = shard(config(&emulator));
    until(&mut shard, is_ready).await;
    for wanted in kinds() {
        // It is sent after all others, and is the only one received.
        for kind in kinds().filter(|kind| *kind != wanted).chain([wanted]) {
            emulator.dispatch(Selector::All, kind.name(), fixture(kind));
        }
        let payload = shard.next_payload(wanted.flag()).await.unwrap().unwrap();
        assert_eq!(payload.kind(), Some(wanted));
    }
    let nothing = EventTypeFlags::empty();
    emulator.drop_connections(Selector::All);
    let event = shard.next_event(nothing).await.unwrap().unwrap();
    assert!(matches!(event, Event::GatewayClose(_)));
    finish(emulator, shard).await;
}

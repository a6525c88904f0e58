//! Generated events decode with twilight-model and have realistic sizes.

use std::{collections::BTreeMap, time::Duration};

use gloaming_emulator::{Emulator, Flood};
use serde::de::DeserializeSeed;
use twilight_model::gateway::event::{DispatchEvent, DispatchEventWithTypeDeserializer};

use crate::harness::{Received, all, receive_for};

fn decode(received: &Received) -> DispatchEvent {
    let mut json = serde_json::Deserializer::from_str(&received.data);
    let event = DispatchEventWithTypeDeserializer::new(&received.name)
        .deserialize(&mut json)
        .unwrap_or_else(|error| panic!("{}: {error}: {}", received.name, received.data));
    json.end().unwrap();
    event
}

/// The count of each event kind, and its average size in bytes.
fn sizes(received: &[Received]) -> BTreeMap<&str, (usize, usize)> {
    let mut sizes = BTreeMap::new();
    for received in received {
        let (count, bytes): &mut (usize, usize) = sizes.entry(received.name.as_str()).or_default();
        *count += 1;
        *bytes += received.data.len();
    }
    sizes
        .into_iter()
        .map(|(name, (count, bytes))| (name, (count, bytes / count)))
        .collect()
}

#[test]
fn every_event_kind_decodes() {
    let builder = Emulator::builder()
        .seed(7)
        .guilds(20)
        .events_per_second(1000.0);
    let received = receive_for(builder, all(), Duration::from_secs(110));
    for received in &received {
        let event = decode(received);
        assert_eq!(event.kind().name(), Some(received.name.as_str()));
    }
    let sizes = sizes(&received);
    assert_eq!(
        sizes.keys().copied().collect::<Vec<_>>(),
        [
            "GUILD_CREATE",
            "GUILD_MEMBER_ADD",
            "GUILD_MEMBER_REMOVE",
            "GUILD_MEMBER_UPDATE",
            "INTERACTION_CREATE",
            "MESSAGE_CREATE",
            "MESSAGE_DELETE",
            "MESSAGE_DELETE_BULK",
            "MESSAGE_REACTION_ADD",
            "MESSAGE_REACTION_REMOVE",
            "MESSAGE_UPDATE",
            "PRESENCE_UPDATE",
            "READY",
            "TYPING_START",
            "VOICE_STATE_UPDATE",
        ]
    );
    for (name, (count, _)) in &sizes {
        assert!(
            *count >= 1000 || ["READY", "GUILD_CREATE"].contains(name),
            "{name}: {count}"
        );
    }
}

#[test]
fn event_sizes_are_realistic() {
    let received = receive_for(
        Emulator::builder()
            .guilds(20)
            .members(200)
            .events_per_second(100.0),
        all(),
        Duration::from_secs(60),
    );
    let sizes = sizes(&received);
    let expected = [
        ("MESSAGE_CREATE", 700..1200),
        ("PRESENCE_UPDATE", 200..400),
        ("TYPING_START", 500..900),
        ("MESSAGE_REACTION_ADD", 600..1100),
        ("GUILD_CREATE", 50_000..300_000),
        ("INTERACTION_CREATE", 1500..3500),
    ];
    for (name, range) in expected {
        let (_, average) = sizes[name];
        assert!(
            range.contains(&average),
            "{name}: {average} bytes on average"
        );
    }
}

#[test]
fn guild_size_grows_with_its_members() {
    let size = |members| {
        let received = receive_for(
            Emulator::builder().guilds(5).members(members),
            all(),
            Duration::ZERO,
        );
        let event = received.iter().map(decode).find_map(|event| match event {
            DispatchEvent::GuildCreate(guild) => Some(guild),
            _ => None,
        });
        assert!(event.is_some());
        sizes(&received)["GUILD_CREATE"].1
    };
    let (small, large) = (size(1), size(40));
    assert!((8_000..40_000).contains(&small), "{small}");
    assert!(large > small + 15_000, "{small} and {large}");
}

#[test]
fn flood_events_decode() {
    let builder = Emulator::builder().guilds(3).flood(Flood::new(3000));
    let received = receive_for(builder, all(), Duration::ZERO);
    assert_eq!(received.len(), 1 + 3 + 3000);
    received.iter().for_each(|received| drop(decode(received)));
    assert!(sizes(&received).len() >= 14);
}

use std::{collections::BTreeMap, time::Duration};

use gloaming_emulator::{Emulator, Flood};
use serde::de::DeserializeSeed;
use twilight_model::gateway::event::{DispatchEvent, DispatchEventWithTypeDeserializer};

use crate::session::{Heard, all, listen};

fn decode(heard: &Heard) -> DispatchEvent {
    let mut json = serde_json::Deserializer::from_str(&heard.data);
    let event = DispatchEventWithTypeDeserializer::new(&heard.name)
        .deserialize(&mut json)
        .unwrap_or_else(|error| panic!("{}: {error}: {}", heard.name, heard.data));
    json.end().unwrap();
    event
}

/// How often each kind came, and how many bytes it has on average.
fn sizes(heard: &[Heard]) -> BTreeMap<&str, (usize, usize)> {
    let mut sizes = BTreeMap::new();
    for heard in heard {
        let (count, bytes): &mut (usize, usize) = sizes.entry(heard.name.as_str()).or_default();
        *count += 1;
        *bytes += heard.data.len();
    }
    sizes
        .into_iter()
        .map(|(name, (count, bytes))| (name, (count, bytes / count)))
        .collect()
}

#[test]
fn every_kind_a_thousand_times() {
    let builder = Emulator::builder()
        .seed(7)
        .guilds(20)
        .events_per_second(1000.0);
    let heard = listen(builder, all(), Duration::from_secs(110));
    for heard in &heard {
        let event = decode(heard);
        assert_eq!(event.kind().name(), Some(heard.name.as_str()));
    }
    let sizes = sizes(&heard);
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
fn sizes_are_like_real_ones() {
    let heard = listen(
        Emulator::builder()
            .guilds(20)
            .members(200)
            .events_per_second(100.0),
        all(),
        Duration::from_secs(60),
    );
    let sizes = sizes(&heard);
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
fn guilds_grow_with_their_members() {
    let size = |members| {
        let heard = listen(
            Emulator::builder().guilds(5).members(members),
            all(),
            Duration::ZERO,
        );
        let event = heard.iter().map(decode).find_map(|event| match event {
            DispatchEvent::GuildCreate(guild) => Some(guild),
            _ => None,
        });
        assert!(event.is_some());
        sizes(&heard)["GUILD_CREATE"].1
    };
    let (small, large) = (size(1), size(40));
    assert!((8_000..40_000).contains(&small), "{small}");
    assert!(large > small + 15_000, "{small} and {large}");
}

#[test]
fn load_is_made_of_the_same_events() {
    let builder = Emulator::builder().guilds(3).flood(Flood::new(3000));
    let heard = listen(builder, all(), Duration::ZERO);
    assert_eq!(heard.len(), 1 + 3 + 3000);
    heard.iter().for_each(|heard| drop(decode(heard)));
    assert!(sizes(&heard).len() >= 14);
}
